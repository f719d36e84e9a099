"""Placing records one at a time: found by their keys, judged by the model, grouped with those they touch.

What is placed is the same as what a batch gives (`grouping`), because a group depends on its own component alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nightlight.matcher.groups import MOST_TOGETHER, Pair, components, grouped, ordered
from nightlight.matcher.prepared import Comparable, Prepared
from nightlight.matcher.verdicts import Judge, Outcome, Verdict


class Index(Protocol):
    """Where records are kept by their keys: in memory here, in the database in `store.people`."""

    def sharing(self, keys: Sequence[int]) -> Iterable[Prepared]:
        """The records that have any of these keys."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that another may be the same as, and the verdict on the two."""

    record: Prepared
    verdict: Verdict


def candidates(record: Prepared, index: Index, judge: Judge) -> list[Candidate]:
    """Whom a record may be: those found that are not different, the surest first."""
    may_be = judge.screen(record)
    found = [
        Candidate(other, verdict)
        for other in index.sharing(record.keys)
        if other.id != record.id
        and may_be(other)
        and (verdict := judge.verdict(record, other)).outcome is not Outcome.DIFFERENT
    ]
    return sorted(found, key=lambda each: (-each.verdict.probability, -each.verdict.weight, each.record.id))


class Memory:
    """An index in memory."""

    def __init__(self, records: Iterable[Prepared] = ()) -> None:
        self.records: dict[str, Prepared] = {}
        self._by: dict[int, set[str]] = defaultdict(set)
        for record in records:
            self.add(record)

    def add(self, record: Prepared) -> None:
        """Keep a record; one of the same id goes."""
        if (before := self.records.get(record.id)) is not None:
            for key in before.keys:
                self._by[key].discard(record.id)
        self.records[record.id] = record
        for key in record.keys:
            self._by[key].add(record.id)

    def sharing(self, keys: Sequence[int]) -> list[Prepared]:
        """The records that have any of these keys."""
        ids: set[str] = set()
        for key in keys:
            ids |= self._by.get(key, set())
        return [self.records[each] for each in ids]


class Placer:
    """Groups that grow one record at a time."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._index = Memory()
        self._links: dict[Pair, Verdict] = {}
        self._beside: dict[str, set[str]] = defaultdict(set)
        self._group: dict[str, frozenset[str]] = {}

    def place(self, record: Prepared) -> frozenset[str]:
        """Take a record in, and say whom it is with."""
        self._index.add(record)
        for found in candidates(record, self._index, self._judge):
            self._links[ordered(record.id, found.record.id)] = found.verdict
            self._beside[record.id].add(found.record.id)
            self._beside[found.record.id].add(record.id)
        for group in groups_of(self._reached(record.id), self._index.records, self._links, self._judge):
            self._group |= dict.fromkeys(group, group)
        return self._group[record.id]

    def _reached(self, start: str) -> set[str]:
        reached, ahead = {start}, [start]
        while ahead:
            new = self._beside[ahead.pop()] - reached
            reached |= new
            ahead += new
        return reached

    def groups(self) -> set[frozenset[str]]:
        """All groups."""
        return set(self._group.values())


def groups_of(
    ids: Collection[str],
    records: Mapping[str, Comparable],
    links: Mapping[Pair, Verdict],
    judge: Judge,
    *,
    decided_same: Collection[Pair] = (),
    decided_apart: Collection[Pair] = (),
) -> list[frozenset[str]]:
    """The groups of records that links connect to no others."""
    held = set(ids)
    within = {pair: verdict for pair, verdict in links.items() if pair[0] in held and pair[1] in held}
    if held and not decided_apart and _each_is_sure_of_each(len(held), within):
        return [frozenset(held)]

    def apart(one: str, other: str) -> bool:
        verdict = within.get(ordered(one, other)) or judge.verdict(records[one], records[other])
        return verdict.apart

    return grouped(held, within, apart, decided_same=decided_same, decided_apart=decided_apart)


def _each_is_sure_of_each(count: int, links: Mapping[Pair, Verdict]) -> bool:
    """Whether all are certainly the same as all: none has a rival, so that they are one group on whatever grounds."""
    pairs = count * (count - 1) // 2
    return count <= MOST_TOGETHER and pairs == sum(v.outcome is Outcome.SAME for v in links.values())


def group_all(records: Mapping[str, Prepared], links: Mapping[Pair, Verdict], judge: Judge) -> list[frozenset[str]]:
    """The groups of a whole population, worked out a component at a time."""
    by_one: dict[str, list[Pair]] = defaultdict(list)
    for pair in links:
        by_one[pair[0]].append(pair)
    found: list[frozenset[str]] = []
    for component in components(records, links):
        if len(component) == 1:
            found.append(component)
            continue
        within = {pair: links[pair] for each in component for pair in by_one.get(each, ())}
        found += groups_of(component, records, within, judge)
    return found
