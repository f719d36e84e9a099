"""Who is with whom once records have come, where some are somebody's already: the groups of a batch, and whose each is.

Pure, and the same in whatever order the records came. What people know is kept: records that somebody has seen together
stay together, and two people of whom one is known to somebody are not made one by a machine.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Generic, TypeVar

from nightlight.matcher.groups import Links, Pair, components, ordered
from nightlight.matcher.placing import groups_of
from nightlight.matcher.prepared import Comparable
from nightlight.matcher.verdicts import Judge, Outcome, Verdict

Who = TypeVar("Who", bound=Hashable)
"""What a person is known by."""


@dataclass(frozen=True, slots=True)
class Group(Generic[Who]):
    """Records that are one person, and which of the people already held that is; nobody where they are somebody new."""

    records: frozenset[str]
    person: Who | None


def linked(records: Mapping[str, Comparable], judge: Judge) -> dict[Pair, Verdict]:
    """The pairs of these records that are certainly the same, taken by themselves. Those who share no key are not."""
    found: dict[Pair, Verdict] = {}
    for one, other in combinations(sorted(records), 2):
        verdict = judge.verdict(records[one], records[other])
        if verdict.outcome is Outcome.SAME and judge.compared(records[one], records[other]):
            found[one, other] = verdict
    return found


def settled(
    records: Mapping[str, Comparable],
    links: Links,
    judge: Judge,
    *,
    held: Mapping[str, Who],
    never: Collection[Pair] = (),
    kept: Collection[Who] = (),
    left: Collection[str] = (),
) -> list[Group[Who]]:
    """The groups of records that links connect, each with its person.

    held: whose each record is now. never: pairs that may not be joined. kept: the people whom somebody knows. left:
    records that somebody has decided to leave with nobody.
    """
    theirs: dict[Who, list[str]] = defaultdict(list)
    for id_ in sorted(held):
        theirs[held[id_]].append(id_)
    together = [pair for who in kept for pair in pairwise(theirs[who])]
    apart = [*never, *_known_as_two(theirs, kept), *_left_alone(records, left)]
    found = groups_of(records, records, links, judge, decided_same=together, decided_apart=apart)
    return _homes(found, held, kept)


def _known_as_two(theirs: Mapping[Who, list[str]], kept: Collection[Who]) -> Iterator[Pair]:
    for mine in kept:
        for other, others in theirs.items():
            if other != mine:
                yield from (ordered(one, id_) for one in theirs[mine] for id_ in others)


def _left_alone(records: Iterable[str], left: Collection[str]) -> Iterator[Pair]:
    ids = list(records)
    return (ordered(one, other) for one in left for other in ids if one != other)


def _homes(groups: Iterable[frozenset[str]], held: Mapping[str, Who], kept: Collection[Who]) -> list[Group[Who]]:
    """A person goes with the most of their records, the first by id where it is as many; the rest are somebody new."""
    wanted = [
        (who not in kept, -count, min(group), str(who), group, who)
        for group in groups
        for who, count in Counter(held[id_] for id_ in group if id_ in held).items()
    ]
    home: dict[frozenset[str], Who] = {}
    taken: set[Who] = set()
    for *_, group, who in sorted(wanted, key=lambda each: each[:4]):
        if group not in home and who not in taken:
            home[group] = who
            taken.add(who)
    return [Group(group, home.get(group)) for group in sorted(groups, key=min)]


def parts(records: Iterable[str], links: Iterable[Pair], held: Mapping[str, Who]) -> list[frozenset[str]]:
    """The records that can bear on one another: connected by links, or one person's now."""
    first: dict[Who, str] = {}
    beside = [(first.setdefault(who, id_), id_) for id_, who in held.items()]
    return components(records, [*links, *beside])
