"""What the access policy costs: one decision put to Cedar, the same remembered, and all the decisions of a page.

Beside it in the same run: Cedar asked for every entry as if nothing were remembered, and the same rules for entries
told to casbin and written by hand in Python, each asked the same questions, checked to answer alike, with its ratio.
Exits with 1 where a decision takes more than 1 ms at p99, a page of 50 entries more than 10 ms, or an answer differs.
casbin comes with the extra `bench`.

    python benchmarks/policy.py [--quick]

The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
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
    parser.add_argument("--quick", action="store_true", help="a sixth of the questions")
    found = measured(1000 if parser.parse_args().quick else 6000)
    for name, value in found.items():
        print(f"{name:58} {value:>10}")
    print(json.dumps(found))
    fresh, page = found["a decision put to Cedar, p99 us"], found["a page of 50 entries, nothing remembered, ms"]
    if fresh > 1000 or page > 10:
        sys.exit(f"too slow: a decision takes {fresh} us at p99 (at most 1,000), a page {page} ms (at most 10)")
    if any(value for name, value in found.items() if name.endswith("answers otherwise")):
        sys.exit("what is compared does not answer alike")


def measured(many: int) -> dict[str, Any]:
    """Every figure, by its name."""
    asked = policy()
    questions = [(who, frozenset({r}), sort) for who in every_who()[:40] for r in EVERY_RELATIONSHIP for sort in SORTS]
    asked.forget()
    fresh = _times(lambda q: asked.read(*q), questions[:many], time.process_time)
    again = _times(lambda q: asked.read(*q), questions[:many])
    opens = [(who, frozenset({r}), p) for who in every_who()[:40] for r in EVERY_RELATIONSHIP for p in Purpose]
    by_hand = _times(lambda q: _by_hand(*q), questions[:many])
    enforcer = _casbin()
    casbin = _times(lambda q: _ask_casbin(enforcer, q), questions[:many], time.process_time)
    answers = [asked.read(*q).allowed for q in questions]
    return {
        "a decision put to Cedar, p50 us": _at(fresh, 0.5),
        "a decision put to Cedar, p99 us": _at(fresh, 0.99),
        "a decision remembered, p50 us": _at(again, 0.5),
        "a decision remembered, p99 us": _at(again, 0.99),
        "opening a record, put to Cedar, p99 us": _at(_times(_opening(asked), opens, time.process_time), 0.99),
        "a page of 50 entries, nothing remembered, ms": _page(50, forget=True),
        "a page of 50 entries, remembered, ms": _page(50, forget=False),
        "a page of 3,000 entries, nothing remembered, ms": _page(3000, forget=True),
        "peer: Cedar for each of 50 entries, ms": _each(50),
        "peer: casbin, the same decisions, p50 us": _at(casbin, 0.5),
        "peer: casbin, the same decisions, p99 us": _at(casbin, 0.99),
        "peer: casbin for each of 50 entries, ms": _casbins_page(enforcer, 50),
        "peer: the same rules by hand in Python, p50 us": _at(by_hand, 0.5),
        "Cedar to casbin, ratio": _ratio(fresh, casbin),
        "a remembered decision to casbin, ratio": _ratio(again, casbin),
        "Cedar to the hand-written one, ratio": _ratio(fresh, by_hand),
        "a remembered decision to the hand-written one, ratio": _ratio(again, by_hand),
        "questions asked of all three": many,
        "of them casbin answers otherwise": sum(
            answer != _ask_casbin(enforcer, q) for q, answer in zip(questions[:many], answers, strict=False)
        ),
        "questions that the hand-written one answers otherwise": sum(
            answer != _by_hand(*q) for q, answer in zip(questions, answers, strict=True)
        ),
        "rules of entries": len(CASBINS),
        "rules": len(asked.rules),
    }


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return round(_at(ours, 0.5) / max(_at(theirs, 0.5), 0.01), 4)


_ADULT_HEALTH = {
    "school_nurse", "social_worker", "cp_chair", "front_door_team_manager", "emergency_duty_team",
    "emergency_duty_team_manager", "service_manager", "caldicott_guardian",
}  # fmt: skip
_RESTRICTED = _ADULT_HEALTH - {"school_nurse"} | {"police_designated_officer"}
_BOTH = {"social_worker", "cp_chair", "caldicott_guardian"}


def _by_hand(who: Who, relationships: frozenset[str], sort: Sort) -> bool:
    """3_entries and 4_compartments as somebody would write them: no reasons, nothing to sign, and silent when wrong."""
    if sort.sealed:
        return False
    if sort.written_by == "organisation" or sort.given:
        return True
    if sort.sensitivity == "other":
        return False
    if "broken_glass" in relationships:
        return True
    if sort.matter == "ordinary":
        return sort.sensitivity == "ordinary" or who.role in _RESTRICTED
    if sort.sensitivity == "restricted":
        return who.role in _BOTH
    within = who.role in ("safeguarding_lead", "line_manager") and who.agency.startswith("health")
    return who.role in _ADULT_HEALTH or within


def _opening(asked: Any) -> Callable[[Any], object]:
    return lambda q: asked.open(q[0], q[1], purpose=q[2])


def _times(
    ask: Callable[[Any], object], questions: list[Any], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """How long each took. What is put to Cedar is measured in time of the processor, or a busy machine is measured."""
    found = []
    for question in questions:
        start = clock()
        ask(question)
        found.append(clock() - start)
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


_MODEL = """
[request_definition]
r = who, related, sort
[policy_definition]
p = rule, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = eval(p.rule)
"""
_PLAIN = "r.sort.sensitivity == 'ordinary' and "
CASBINS = [
    ("r.sort.written_by == 'organisation'", "allow"),
    ("r.sort.given", "allow"),
    (_PLAIN + "r.sort.matter == 'ordinary'", "allow"),
    (_PLAIN + "r.sort.matter == 'adult_health' and r.who.role in adult_health", "allow"),
    (_PLAIN + "r.sort.matter == 'adult_health' and r.who.role in leads and begins(r.who.agency, 'health')", "allow"),
    ("r.sort.sensitivity == 'restricted' and r.sort.matter == 'ordinary' and r.who.role in restricted", "allow"),
    ("r.sort.sensitivity == 'restricted' and r.sort.matter == 'adult_health' and r.who.role in both", "allow"),
    ("'broken_glass' in r.related and r.sort.sensitivity in ('ordinary', 'restricted')", "allow"),
    ("r.sort.sealed", "deny"),
]
"""3_entries and 4_compartments (of entries) as casbin is told them: no types, no words, no sources."""


def _casbin() -> Any:
    """A well-kept peer that keeps its rules as a table and evaluates the text of each."""
    try:
        import casbin
    except ImportError:
        sys.exit("casbin is not installed: pip install -e '.[bench]'")
    model = casbin.Model()
    model.load_model_from_text(_MODEL)
    enforcer = casbin.Enforcer(model)
    enforcer.add_function("begins", str.startswith)
    sets = {"adult_health": _ADULT_HEALTH, "restricted": _RESTRICTED, "both": _BOTH}
    sets["leads"] = {"safeguarding_lead", "line_manager"}
    for rule, effect in CASBINS:
        for name, roles in sets.items():
            rule = rule.replace(f" in {name}", f" in {tuple(sorted(roles))}")
        enforcer.add_policy(rule, effect)
    return enforcer


def _ask_casbin(enforcer: Any, question: tuple[Who, frozenset[str], Sort]) -> bool:
    return bool(enforcer.enforce(*question))


def _casbins_page(enforcer: Any, entries: int) -> float:
    start = time.perf_counter()
    for sort in islice(cycle(SORTS), entries):
        enforcer.enforce(WHO, RELATED, sort)
    return round((time.perf_counter() - start) * 1e3, 3)


if __name__ == "__main__":
    main()
