"""What the access policy costs: one decision put to Cedar, the same remembered, and all the decisions of a page.

Beside it in the same run: Cedar asked for every entry as if nothing were remembered, and casbin where it is installed.

    python benchmarks/policy.py [--json]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from itertools import cycle, islice, product
from typing import Any

from nightlight.domain.access.engine import EVERY_RELATIONSHIP, every_who, policy
from nightlight.domain.access.vocabulary import MATTERS, SENSITIVITIES, WRITTEN_BY, Purpose, Sort, Who

WHO = Who(role="social_worker", agency="social_care")
RELATED = frozenset({"partnership", "allocated"})
SORTS = [
    Sort(sensitivity=s, matter=m, written_by=w, given=g)
    for s, m, w, g in product(SENSITIVITIES, MATTERS, WRITTEN_BY, (False, True))
]


def main() -> None:
    """Measure, and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    found = measured()
    if wanted.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:58} {value:>10}")


def measured() -> dict[str, Any]:
    """Every figure, by its name."""
    asked = policy()
    questions = [(who, frozenset({r}), sort) for who in every_who()[:40] for r in EVERY_RELATIONSHIP for sort in SORTS]
    asked.forget()
    fresh = _times(lambda q: asked.read(*q), questions[:6000])
    again = _times(lambda q: asked.read(*q), questions[:6000])
    opens = [(who, frozenset({r}), p) for who in every_who()[:40] for r in EVERY_RELATIONSHIP for p in Purpose]
    return {
        "a decision put to Cedar, p50 us": _at(fresh, 0.5),
        "a decision put to Cedar, p99 us": _at(fresh, 0.99),
        "a decision remembered, p50 us": _at(again, 0.5),
        "a decision remembered, p99 us": _at(again, 0.99),
        "opening a record, put to Cedar, p99 us": _at(_times(_opening(asked), opens), 0.99),
        "a page of 50 entries, nothing remembered, ms": _page(50, forget=True),
        "a page of 50 entries, remembered, ms": _page(50, forget=False),
        "a page of 3,000 entries, nothing remembered, ms": _page(3000, forget=True),
        "peer: Cedar for each of 50 entries, ms": _each(50),
        "peer: casbin, a decision by 30 rules, p50 us": _casbin(),
        "rules": len(asked.rules),
    }


def _opening(asked: Any) -> Callable[[Any], object]:
    return lambda q: asked.open(q[0], q[1], purpose=q[2])


def _times(ask: Callable[[Any], object], questions: list[Any]) -> list[float]:
    found = []
    for question in questions:
        start = time.perf_counter()
        ask(question)
        found.append(time.perf_counter() - start)
    return sorted(found)


def _at(times: list[float], part: float) -> float:
    return round(times[min(len(times) - 1, int(len(times) * part))] * 1e6, 2)


def _page(entries: int, *, forget: bool) -> float:
    """As a page asks: of each entry, by its sort; the sorts come round again."""
    asked = policy()
    asked.open(WHO, RELATED)
    best = float("inf")
    for _ in range(5):
        if forget:
            asked.forget()
        start = time.perf_counter()
        for sort in islice(cycle(SORTS), entries):
            asked.read(WHO, RELATED, sort)
        best = min(best, time.perf_counter() - start)
    return round(best * 1e3, 3)


def _each(entries: int) -> float:
    asked = policy()
    total = 0.0
    for sort in islice(cycle(SORTS), entries):
        asked.forget()
        start = time.perf_counter()
        asked.read(WHO, RELATED, sort)
        total += time.perf_counter() - start
    return round(total * 1e3, 3)


def _casbin() -> float | str:
    """A peer that keeps its rules as a table and evaluates each with Python; no types, no reasons in words."""
    try:
        import casbin
    except ImportError:
        return "not installed"
    model = casbin.Model()
    model.load_model_from_text(
        "[request_definition]\nr = sub, obj, act\n[policy_definition]\np = role, sensitivity, matter, act\n"
        "[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\n"
        "m = r.sub == p.role && r.obj.sensitivity == p.sensitivity && r.obj.matter == p.matter && r.act == p.act\n"
    )
    enforcer = casbin.Enforcer(model)
    for role in [f"role{n}" for n in range(14)] + ["social_worker"]:
        for matter in MATTERS:
            enforcer.add_policy(role, "restricted", matter, "read")
    asked = [("social_worker", sort, "read") for sort in SORTS] * 50
    return _at(_times(lambda q: enforcer.enforce(*q), asked), 0.5)


if __name__ == "__main__":
    main()
