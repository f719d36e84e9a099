"""How long it takes to work out what protects a child from each danger, as a meeting does at every letter typed.

    python benchmarks/uncovered.py [--quick] [--dangers 50] [--protections 200] [--again 200]

Three mixes: each protection against a few dangers (as meetings have them), against half of them, against all. Beside
it, the same question asked of pandas (an index of intervals a danger) and of every minute, on the same dates; all
three must give the same hours. What is timed is the whole of `coverage.coverage`: which protections count, with the
reason for each that does not, and the uncovered time of each danger. The last line is JSON; its `ratio` says how many
times as long each of the others takes.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from nightlight.domain.coverage import Coverage, coverage
from nightlight.domain.protection import Danger, Protection
from nightlight.timeline.partial import Partial

EPOCH = datetime(2026, 10, 23, 15, tzinfo=UTC)
"""A Friday afternoon; the clocks go back on the Sunday."""
MINUTES = 14 * 24 * 60
MIXES = {"few": 0.04, "half": 0.5, "all": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dangers", type=int, default=50)
    parser.add_argument("--protections", type=int, default=200)
    parser.add_argument("--again", type=int, default=200, help="how often each is timed")
    parser.add_argument("--quick", action="store_true", help="fifty times of each; some seconds")
    args = parser.parse_args()
    found = measure(args.dangers, args.protections, 50 if args.quick else args.again)
    for mix in MIXES:
        ours = found[mix]["nightlight"]
        print(f"{mix:5} {ours['median_ms']:8.3f} ms, p95 {ours['p95_ms']:.3f};", end=" ")
        print(", ".join(f"{way} {times:.0f} times as long" for way, times in found[mix]["ratio"].items()))
    print(json.dumps(found))


def measure(dangers: int, protections: int, again: int) -> dict[str, Any]:
    """Milliseconds for one answer, by mix and by way: the median, and what one in twenty takes longer than."""
    found: dict[str, Any] = {"dangers": dangers, "protections": protections}
    for mix, share in MIXES.items():
        asked = made(dangers, protections, share)
        ours = coverage(*asked, EPOCH)
        assert by_minute(*asked) == by_pandas(*asked) == minutes(ours)
        mine = timed(lambda asked=asked: coverage(*asked, EPOCH), again)
        peers = {way.__name__[3:]: timed(lambda way=way, asked=asked: way(*asked), 3) for way in (by_pandas, by_minute)}
        ratio = {way: round(took["median_ms"] / mine["median_ms"], 1) for way, took in peers.items()}
        found[mix] = {"nightlight": mine, **peers, "ratio": ratio, "uncovered_minutes": sum(minutes(ours))}
    return found


def timed(act: Callable[[], object], again: int) -> dict[str, float]:
    took = []
    for _ in range(again):
        start = time.perf_counter()
        act()
        took.append((time.perf_counter() - start) * 1000)
    took.sort()
    return {"median_ms": round(statistics.median(took), 3), "p95_ms": round(took[len(took) * 95 // 100], 3)}


def made(dangers: int, protections: int, share: float) -> tuple[list[Danger], list[Protection]]:
    """Dangers and protections over two weeks; a tenth of the protections do not count, for one reason or another."""
    chance = random.Random(5)
    ids = [f"d{n}" for n in range(dangers)]
    return [danger(id_, chance) for id_ in ids], [protection(n, ids, share, chance) for n in range(protections)]


def danger(id_: str, chance: random.Random) -> Danger:
    start = chance.randrange(MINUTES)
    end = at(start + chance.randrange(60, MINUTES)) if chance.random() < 0.7 else None
    return Danger(id=id_, starts=at(start), ends=end, what="what could happen")


def protection(number: int, ids: list[str], share: float, chance: random.Random) -> Protection:
    start = chance.randrange(MINUTES)
    return Protection(
        id=f"p{number}",
        what="what keeps the child safe",
        owner="Asha Grant",
        accepted=chance.random() < 0.9,
        how_confirmed="a call",
        in_force_from=at(start),
        until=at(start + chance.randrange(60, 3 * 24 * 60)),
        answers=frozenset() if share == 1.0 else some(ids, share, chance),
    )


def some(ids: list[str], share: float, chance: random.Random) -> frozenset[str]:
    return frozenset(each for each in ids if chance.random() < share) or frozenset(ids[:1])


def at(minute: int) -> Partial:
    return Partial.instant(EPOCH + timedelta(minutes=minute))


# -- the same question asked otherwise


def minutes(found: Coverage) -> list[int]:
    """For each danger, how many minutes of the two weeks and one more are uncovered."""
    end = EPOCH + timedelta(minutes=3 * MINUTES)
    return [u.possible.clip(EPOCH, end).total() // timedelta(minutes=1) for u in found.dangers]


def by_minute(dangers: list[Danger], protections: list[Protection]) -> list[int]:
    """Every minute of six weeks, marked."""
    counts = [p for p in protections if p.accepted]
    found = []
    for each in dangers:
        there = bytearray(3 * MINUTES)
        first, last = number(each.starts), number(each.ends)
        there[first:last] = b"\x01" * (min(last, 3 * MINUTES) - first)
        for p in counts:
            if not p.answers or each.id in p.answers:
                first, last = number(p.in_force_from), number(p.until)
                there[first:last] = bytes(min(last, 3 * MINUTES) - first)
        found.append(sum(there))
    return found


def number(when: Partial | None) -> int:
    return 3 * MINUTES if when is None else min((when.earliest - EPOCH) // timedelta(minutes=1), 3 * MINUTES)


def by_pandas(dangers: list[Danger], protections: list[Protection]) -> list[int]:
    """A frame of protections, and for each danger the running end of those that are against it."""
    import pandas as pd

    counts = [p for p in protections if p.accepted]
    frame = pd.DataFrame({"start": [number(p.in_force_from) for p in counts], "end": [number(p.until) for p in counts]})
    frame["answers"] = [p.answers for p in counts]
    frame = frame.sort_values("start")
    found = []
    for each in dangers:
        first, last = number(each.starts), number(each.ends)
        mine = frame[[not a or each.id in a for a in frame["answers"]]]
        start = mine["start"].clip(first, last)
        end = mine["end"].clip(first, last)
        reached = end.cummax().shift(fill_value=first).clip(lower=first)
        gaps = (start - reached).clip(lower=0).sum()
        found.append(int(gaps + last - max(first, end.max() if len(mine) else first)))
    return found


if __name__ == "__main__":
    main()
