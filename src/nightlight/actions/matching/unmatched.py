"""What waits for a match and may be about a child: the entries that somebody may read, and what they would mean.

Nothing of it counts for the child until somebody decides. The name that its source gives is not shown here: it may be
another child's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nightlight.actions.record.engine import spans_of
from nightlight.actions.record.recent import chronology_of
from nightlight.actions.seeing.access import access_child
from nightlight.actions.seeing.sight import Sight, sight_of
from nightlight.domain.chronology import Chronology, Fact
from nightlight.domain.homes import counted
from nightlight.domain.roles import Permission, may
from nightlight.domain.views import Pooled
from nightlight.indicators.catalogue import CATALOGUE, Indicator
from nightlight.store.access import wall
from nightlight.store.chronology.mapping import load
from nightlight.store.chronology.models import EntrySubject
from nightlight.store.people.models import MatchProposal, Organisation, Person, Practitioner, SourcePerson


@dataclass(frozen=True, slots=True)
class MayBe:
    """A source's record of somebody who may be the child: from where, why that is thought, and its entries."""

    id: UUID
    organisation: str
    agency: str
    why: str
    since: datetime
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """All that may be about a child. would_hold: the indicators that do not hold now, and would if it were."""

    child: UUID
    name: str
    records: tuple[MayBe, ...]
    would_hold: tuple[Indicator, ...]
    may_decide: bool


def unmatched(*, by: Practitioner, child: UUID, now: datetime) -> Unmatched:
    """What waits and may be about this child, to somebody who may see the child; the view is on record."""
    access = access_child(by=by, child=child, now=now)
    sight = sight_of(by=by, access=access, now=now)
    proposals = _proposals(child, sight)
    with_them, without = _chronologies(child, proposals, sight, now)
    person = Person.objects.get(id=child)
    own = {entry.id for entry in without.entries}
    facts = [fact for fact in with_them.facts(Pooled(), now) if fact.entry.id not in own and fact.known_until > now]
    return Unmatched(
        child=child,
        name=f"{person.given} {person.family}".strip() or "Name not known",
        records=tuple(_may_be(row, why, facts, _entries_of(row)) for row, why in proposals.values()),
        would_hold=_would_hold(with_them, without, now) if facts else (),
        may_decide=may(by.role, Permission.MATCH_DECIDE),
    )


def how_many(child: UUID, sight: Sight, now: datetime) -> int:
    """How many entries wait that may be the child's, of those that this person may read."""
    proposals = _proposals(child, sight)
    if not proposals:
        return 0
    with_them, without = _chronologies(child, proposals, sight, now)
    return len({entry.id for entry in with_them.entries} - {entry.id for entry in without.entries})


@wall.lifted("what waits belongs to no child yet; what of it is sealed from this person is left out")
def _proposals(child: UUID, sight: Sight) -> dict[str, tuple[SourcePerson, str]]:
    """Who may be the child: nobody whose record is sealed, or is now a part of another child's with more records."""
    rows = MatchProposal.objects.filter(person=child, source_person__waiting_since__isnull=False)
    found = {
        str(row.source_person_id): (row.source_person, row.why)
        for row in rows.select_related("source_person").order_by("source_person__waiting_since", "id")
        if str(row.source_person_id) not in sight.sealed.source_people
    }
    people = {row.person_id for row, _ in found.values() if row.person_id}
    shared = set(
        SourcePerson.objects.filter(person__in=people).exclude(id__in=list(found)).values_list("person", flat=True)
    )
    return {id_: (row, why) for id_, (row, why) in found.items() if row.person_id not in shared}


@wall.lifted("what waits belongs to no child yet; the policy sieves it as if it were this one's")
def _chronologies(
    child: UUID, proposals: Mapping[str, object], sight: Sight, now: datetime
) -> tuple[Chronology, Chronology]:
    """The child's chronology with what waits, and without, as this person sees either.

    Without it is what the page is drawn from, and in memory: only what waits is read.
    """
    with_them = load([child], as_if=dict.fromkeys(proposals, str(child)))[child]
    return sight.of(with_them, now), chronology_of(child, sight, now).chronology


@wall.lifted("ids, by which what the policy let through is found")
def _entries_of(row: SourcePerson) -> set[str]:
    return {str(id_) for id_ in EntrySubject.objects.filter(source_person=row.id).values_list("entry", flat=True)}


def _may_be(row: SourcePerson, why: str, facts: list[Fact], entries: set[str]) -> MayBe:
    mine = tuple(sorted((f for f in facts if f.entry.id in entries), key=lambda f: f.at, reverse=True))
    named = dict(Organisation.objects.filter(code=row.organisation).values_list("code", "name"))
    return MayBe(
        id=row.id, organisation=named.get(row.organisation, ""), agency=row.agency, why=why,
        since=row.waiting_since or row.updated, facts=mine,
    )  # fmt: skip


def _would_hold(with_them: Chronology, without: Chronology, now: datetime) -> tuple[Indicator, ...]:
    rules = tuple(CATALOGUE.values())
    children = [(counted(each, Pooled(), now), each.born) for each in (with_them, without)]
    then, at_present = spans_of(children, rules)
    return tuple(rule for rule in rules if now in then[rule.code] and now not in at_present[rule.code])
