"""Who is with whom once a batch has come: what is looked at and kept for it, around the rule (`matcher.settling`).

It writes no person and no source person (`identity`): only which records are certainly the same and yet not together,
so that the next one to come between them is judged with all of them in sight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from nightlight.actions.people.linkage import Found
from nightlight.matcher.groups import Pair, ordered
from nightlight.matcher.settling import Group, linked, parts, settled
from nightlight.matcher.verdicts import Outcome, Verdict
from nightlight.store.access import wall
from nightlight.store.people import linkage as store
from nightlight.store.people.models import IdentityDecision

RULE = "rule"
"""Who decided, where the rules did."""
Links = dict[Pair, Verdict]
Barred = Mapping[str, Collection[UUID]]
"""For a record, the people whom it may not be compared with: what it shares with them is sealed."""


@dataclass(slots=True)
class Settlement:
    """The groups around a batch's records, and the pairs of them that are certainly the same, taken by themselves.

    never: pairs that may not be joined. opened: links that were open before.
    """

    found: Found
    links: Links
    never: frozenset[Pair]
    opened: set[Pair]
    of: dict[str, Group[UUID]] = field(default_factory=dict)
    _beside: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for one, other in self.links:
            self._beside[one].add(other)
            self._beside[other].add(one)

    def put(self, groups: Iterable[Group[UUID]]) -> None:
        """These groups are how their records stand."""
        for group in groups:
            self.of |= dict.fromkeys(group.records, group)

    def beside(self, id_: str) -> set[str]:
        """The records that one is certainly the same as, taken by itself."""
        return self._beside.get(id_, set())

    def between(self, ids: Collection[str]) -> Links:
        """The links of these records, none of which leads to any other."""
        pairs = {ordered(id_, other) for id_ in ids for other in self._beside.get(id_, ())}
        return {pair: self.links[pair] for pair in sorted(pairs)}

    def surest(self, id_: str) -> tuple[str, Verdict] | None:
        """The record of its own group that a record is most certainly the same as."""
        return max(
            ((other, self.links[ordered(id_, other)]) for other in self._beside.get(id_, set()) & self.of[id_].records),
            key=lambda each: (each[1].probability, each[1].weight, each[0]),
            default=None,
        )

    def elsewhere(self, id_: str) -> list[tuple[str, Verdict]]:
        """The records of other groups that a record is certainly the same as, where nothing keeps the groups apart."""
        mine = self.of[id_].records
        return [
            (other, self.links[ordered(id_, other)])
            for other in sorted(self._beside.get(id_, set()) - mine)
            if not self._apart(mine, self.of[other].records)
        ]

    def _apart(self, one: Iterable[str], other: Collection[str]) -> bool:
        records, judge = self.found.records, self.found.judge
        return any(
            ordered(a, b) in self.never or judge.verdict(records[a], records[b]).apart for a in one for b in other
        )

    def keep(self) -> None:
        """Keep which links are open now. The records' source people are kept already."""
        now = {pair for pair in self.links if self.of[pair[0]] is not self.of[pair[1]]}
        store.close_links(_ids(self.opened - now))
        if now - self.opened:
            store.keep_open_links(_ids(now - self.opened))


def _ids(pairs: Iterable[Pair]) -> list[tuple[UUID, UUID]]:
    return [(UUID(one), UUID(other)) for one, other in pairs]


def settle(found: Found, barred: Barred) -> Settlement:
    """The groups around the records of a batch. What people know of is left as they know it."""
    sure = _links(found)
    reached, opened = found.widen(sure)
    never = _never(found, barred)
    links = {pair: verdict for pair, verdict in sure.items() if pair not in never}
    held = {id_: found.person[id_] for id_ in reached if id_ in found.person}
    around = parts(reached, [*links, *opened], held)
    for part in around:
        links |= linked({id_: found.records[id_] for id_ in part if id_ not in found.mine}, found.judge)
    settlement = Settlement(found, links, never, opened)
    disturbed = [part for part in around if not _put(settlement, part)]
    if disturbed:
        kept = _known_to_people(found, [id_ for part in disturbed for id_ in part])
        left = _left_by_people(found, [id_ for part in disturbed for id_ in part])
        for part in disturbed:
            _put(settlement, part, kept, left)
    return settlement


def _never(found: Found, barred: Barred) -> frozenset[Pair]:
    people = {who for each in barred.values() for who in each}
    theirs: dict[UUID, list[str]] = {who: [id_ for id_, of in found.person.items() if of == who] for who in people}
    return frozenset(
        ordered(id_, other) for id_, each in barred.items() for who in each for other in theirs[who] if other != id_
    )


def _links(found: Found) -> Links:
    """The pairs of a batch's record and any other that are certainly the same."""
    links: Links = {}
    for id_, record in found.mine.items():
        for other in found.beside(id_):
            if (pair := ordered(id_, other)) not in links:
                verdict = found.judge.verdict(record, found.records[other])
                if verdict.outcome is Outcome.SAME:
                    links[pair] = verdict
    return links


def _put(
    settlement: Settlement, part: frozenset[str], kept: Collection[UUID] = (), left: Collection[str] | None = None
) -> bool:
    """Put the groups of records that bear on one another; False where it would move what is kept, and nobody asked."""
    found = settlement.found
    if len(part) == 1:
        (id_,) = part
        settlement.put([Group(part, found.person.get(id_))])
        return True
    held = {id_: found.person[id_] for id_ in sorted(part) if id_ in found.person}
    groups = settled(
        {id_: found.records[id_] for id_ in part},
        settlement.between(part), found.judge, held=held, never=settlement.never,
        kept=[who for who in kept if who in set(held.values())], left=[id_ for id_ in left or () if id_ in part],
    )  # fmt: skip
    if left is None and _disturbs(groups, held, found):
        return False
    settlement.put(groups)
    return True


def _disturbs(groups: Sequence[Group[UUID]], held: Mapping[str, UUID], found: Found) -> bool:
    """Whether the groups part anybody's records, join two people, or take in a record that has waited."""
    seen: set[UUID] = set()
    for group in groups:
        people = {held[id_] for id_ in group.records if id_ in held}
        waited = any(id_ not in held and id_ not in found.mine for id_ in group.records)
        if len(people) > 1 or people & seen or (waited and len(group.records) > 1):
            return True
        seen |= people
    return False


@wall.lifted("whether anybody knows of a person, and nothing of what they know")
def _known_to_people(found: Found, ids: Iterable[str]) -> set[UUID]:
    return store.known_to_people({found.person[id_] for id_ in ids if id_ in found.person})


def _left_by_people(found: Found, ids: Iterable[str]) -> set[str]:
    """The waiting records, but the batch's own, of which somebody has said that there is not enough to say yet."""
    waiting = [id_ for id_ in ids if id_ not in found.person and id_ not in found.mine]
    newest: dict[UUID, str] = {}
    if not waiting:
        return set()
    for decision in IdentityDecision.objects.filter(source_person__in=waiting).order_by("id"):
        newest[decision.source_person] = decision.by
    return {str(id_) for id_, by in newest.items() if by != RULE}
