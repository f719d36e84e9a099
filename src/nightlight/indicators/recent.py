"""The latest few of some entries at each moment: what a row of them and a change between them are made of.

Which is later goes by when it happened, then by when it was known: an old one that arrives late takes its place among
the others and becomes nobody's latest. What the few then mean is `reference`.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise

from nightlight.domain.chronology import Fact
from nightlight.indicators.checks import OF_AGENCY
from nightlight.indicators.history import History
from nightlight.indicators.nodes import Window

Latest = tuple[datetime, datetime, tuple[Fact, ...]]


def latest_few(facts: Iterable[Fact], number: int, window: Window | None, history: History) -> Iterator[Latest]:
    """Each stretch of time with the latest `number` facts that count during it, the latest last; none with fewer."""
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.known_from))
    edges: list[tuple[datetime, int, int]] = []
    for rank, fact in enumerate(ordered):
        if counted := history.counted(fact, window):
            edges += ((counted[0], 1, rank), (counted[1], -1, rank))
    edges.sort()
    counting: list[int] = []
    for (start, sign, rank), (end, _, _) in pairwise(edges):
        if sign > 0:
            insort(counting, rank)
        else:
            counting.remove(rank)
        if end > start and len(counting) >= number:
            yield start, end, tuple(ordered[each] for each in counting[-number:])


def grouped(facts: Iterable[Fact], by: str) -> Iterable[list[Fact]]:
    """The facts apart for each value of an attribute, or of the agency; together if there is none to go by."""
    groups: dict[object, list[Fact]] = {}
    for fact in facts:
        value = value_of(fact, by) if by else ""
        if value is not None:
            groups.setdefault(value, []).append(fact)
    return groups.values()


def value_of(fact: Fact, of: str) -> object | None:
    """The agency, or an attribute, of a fact; None where it was not recorded."""
    return fact.agency if of == OF_AGENCY else fact.entry.attributes.get(of)
