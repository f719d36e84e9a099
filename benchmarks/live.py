"""One new entry on a child with 500 entries and 50 indicators: how long until all of them are known again.

    python benchmarks/live.py [--quick]

In order: the entry is the last to count, and the indicators that an entry of its kind can change are asked. Late: it
counts from six years ago, and all indicators are run over all six years again. Each time is of the entry taken in, and
of what holds now, and the next moment at which anything changes, known again. Afresh: what the worker and the pages do,
which keep no child between two entries: the columns are made of all of the child's facts, for each entry anew. Beside
it, asked for how many in a window
only, which is far less: plain Python over sorted lists, SQLite in memory, and CLIPS. The last line is JSON. Needs the
`bench` extra.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sqlite3
import statistics
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import clips

from nightlight.domain.chronology import Entry, Fact, Source, Subject
from nightlight.engines.layout import micros
from nightlight.engines.live import LiveChild, LiveEvaluator
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import END

ENTRIES, INDICATORS = 500, 50
FROM = datetime(2019, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("education.register", {"possible": 10, "attended": 8}),
    ("education.concern", {"category": "hunger", "observer": "a"}),
    ("police.incident", {"category": "drugs", "child_present": "present"}),
    ("police.missing", {"overnight": True}),
    ("health.appointment", {"result": "not_brought"}),
    ("health.emergency_attendance", {"reason": "asthma"}),
    ("health.medicine_issued", {"medicine": "reliever", "quantity": 1}),
    ("social_care.visit", {"child_seen": True}),
    ("social_care.contact", {"outcome": "no_further_action"}),
    ("social_care.child_protection_plan", {"category": "neglect"}),
)
AGENCIES = ("education", "police", "health.gp", "social_care")
EXPRESSIONS = dict(list((code, each.expression) for code, each in CATALOGUE.items())[:INDICATORS])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="300 entries of each sort instead of 3,000")
    times = 300 if parser.parse_args().quick else 3000
    chance = random.Random(20_261_123)
    history = sorted((fact(chance, n, FROM + chance.random() * 2190 * DAY) for n in range(ENTRIES)), key=order)
    in_order = measured("kernel, in order", kernel(chance, history, times, late=False))
    late = measured("kernel, six years late", kernel(chance, history, times, late=True))
    afresh = measured("kernel, the child afresh", whole(chance, history, times // 10))
    peers = {name: measured(name, ask(history, min(times, 300))) for name, ask in PEERS.items()}
    result: dict[str, Any] = {
        "benchmark": "live", "entries": ENTRIES, "indicators": len(EXPRESSIONS),
        "p50_us": in_order[0], "p99_us": in_order[1], "late_p50_us": late[0], "late_p99_us": late[1],
        "afresh_p50_us": afresh[0], "afresh_p99_us": afresh[1],
    }  # fmt: skip
    result |= {f"ratio_vs_{name.split()[0].lower()}": round(p50 / in_order[0], 1) for name, (p50, _) in peers.items()}
    print(json.dumps(result))


def measured(name: str, times: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile, in microseconds."""
    ordered = statistics.quantiles(times, n=100)
    p50, p99 = round(ordered[49] * 1e6, 1), round(ordered[98] * 1e6, 1)
    print(f"{name:<26} p50 {p50:9.1f} us   p99 {p99:9.1f} us")
    return p50, p99


def order(each: Fact) -> tuple[datetime, datetime, str]:
    return each.counts_from, each.at, each.entry.id


numbers = count()


def fact(chance: random.Random, n: int, at: datetime, known: datetime | None = None) -> Fact:
    kind, attributes = chance.choice(KINDS)
    moment = Partial.instant(at)
    entry = Entry(
        id=f"e{next(numbers):06}", kind=kind, subjects=(Subject("child"),), occurred=moment, recorded=moment,
        source=Source(agency=chance.choice(AGENCIES)), attributes=attributes,
    )  # fmt: skip
    return Fact(entry, at, at + 60 * DAY, known or at, END)


def kernel(chance: random.Random, history: list[Fact], times: int, *, late: bool) -> list[float]:
    """Each new entry after the 500 and at most 199 more; the child is taken up again outside the time."""
    evaluator = LiveEvaluator(WorkingCalendar.england(), EXPRESSIONS)
    now = max(each.counts_from for each in history) + DAY
    for kind, _ in KINDS:  # what the process does when it starts
        evaluator.program(evaluator.affected(EXPRESSIONS, kind))
    found = []
    gc.collect()
    gc.freeze()
    for n in range(times):
        if n % 200 == 0:
            child = LiveChild(evaluator, history, Partial.parse("2015-03-02"))
        new = fact(chance, n, FROM if late else now)
        start = time.perf_counter()
        child.add(new)
        result = child.run(EXPRESSIONS if late else evaluator.affected(EXPRESSIONS, new.kind))
        result.holding(micros(now))
        result.next_edge(micros(now))
        found.append(time.perf_counter() - start)
    return found


def whole(chance: random.Random, history: list[Fact], times: int) -> list[float]:
    """Each new entry with all facts before it, as `actions.watching.evaluation` gives them, without reading them."""
    evaluator = LiveEvaluator(WorkingCalendar.england(), EXPRESSIONS)
    now = max(each.counts_from for each in history) + DAY
    born = Partial.parse("2015-03-02")
    for kind, _ in KINDS:
        evaluator.program(evaluator.affected(EXPRESSIONS, kind))
    found = []
    for n in range(times):
        new = fact(chance, n, now)
        start = time.perf_counter()
        evaluator.evaluate_all([((*history, new), born)], evaluator.affected(EXPRESSIONS, new.kind))
        found.append(time.perf_counter() - start)
    return found


# -- the peers: how many of each kind within each of five windows, fifty questions

WINDOWS = (28, 60, 90, 182, 365)
ASKED = tuple((kind, days) for kind, _ in KINDS for days in WINDOWS)


def timed(do: Callable[[int], Any], times: int) -> list[float]:
    found = []
    for n in range(times):
        start = time.perf_counter()
        do(n)
        found.append(time.perf_counter() - start)
    return found


def python(history: list[Fact], times: int) -> list[float]:
    by_kind: dict[str, list[int]] = {kind: [] for kind, _ in KINDS}
    for each in history:
        insort(by_kind[each.kind], micros(each.at))
    last = micros(max(each.at for each in history))
    day = 86_400_000_000

    def ask(n: int) -> list[int]:
        now = last + n
        insort(by_kind[KINDS[n % len(KINDS)][0]], now)
        return [bisect_right(by_kind[kind], now) - bisect_left(by_kind[kind], now - days * day) for kind, days in ASKED]

    return timed(ask, times)


def sqlite(history: list[Fact], times: int) -> list[float]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE entry (kind TEXT, at INTEGER)")
    connection.executemany("INSERT INTO entry VALUES (?, ?)", [(each.kind, micros(each.at)) for each in history])
    connection.execute("CREATE INDEX by_kind ON entry (kind, at)")
    day = 86_400_000_000
    terms = ", ".join(
        f"(SELECT count(*) FROM entry WHERE kind = '{kind}' AND at > ?1 - {days * day} AND at <= ?1)"
        for kind, days in ASKED
    )
    last = micros(max(each.at for each in history))

    def ask(n: int) -> Any:
        connection.execute("INSERT INTO entry VALUES (?, ?)", (KINDS[n % len(KINDS)][0], last + n))
        return connection.execute(f"SELECT {terms}", (last + n,)).fetchall()

    return timed(ask, times)


def rules(history: list[Fact], times: int) -> list[float]:
    environment = clips.Environment()
    environment.eval("(set-fact-duplication TRUE)")
    environment.build("(deftemplate entry (slot kind) (slot at))")
    environment.build("(deftemplate now (slot at))")
    day = 86_400_000_000
    for n, (kind, days) in enumerate(ASKED):
        environment.build(
            f'(defrule r{n} (now (at ?t)) (test (>= (length$ (find-all-facts ((?f entry)) (and (eq ?f:kind "{kind}") '
            f"(> ?f:at (- ?t {days * day})) (<= ?f:at ?t)))) 3)) => (assert (holds {n})))"
        )
    environment.reset()
    for each in history:
        environment.assert_string(f'(entry (kind "{each.kind}") (at {micros(each.at)}))')
    last = micros(max(each.at for each in history))

    def ask(n: int) -> None:
        environment.assert_string(f'(entry (kind "{KINDS[n % len(KINDS)][0]}") (at {last + n}))')
        now = environment.assert_string(f"(now (at {last + n}))")
        environment.run()
        now.retract()

    return timed(ask, times)


PEERS = {"Python over sorted lists": python, "SQLite in memory": sqlite, "CLIPS": rules}

if __name__ == "__main__":
    main()
