"""Who a source's person is: by identifier, then exactly; anything else waits for a person to decide, visibly.

An entry points at the source person, so that a decision, or its undoing, touches no entry (docs/adr/0004).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from nightlight.actions.people import describing, linkage
from nightlight.actions.people.linkage import Known, Likely
from nightlight.actions.people.placing import placed
from nightlight.actions.people.sealed_numbers import SealedNumbers
from nightlight.actions.people.settling import RULE
from nightlight.domain.records import PersonRecord
from nightlight.store.bulk import add_rows, array
from nightlight.store.people import linkage as store
from nightlight.store.people.models import IdentityDecision, Person, SourcePerson

NAMESPACE = uuid.UUID("5d0a4a0e-8f0b-5a7e-9a53-6e696768746c")


def source_person_id(system: str, source_id: str) -> uuid.UUID:
    """The id of a source person: the same for the same (system, source id), whoever sends it and whenever."""
    return uuid.uuid5(NAMESPACE, f"{system}\x1f{source_id}")


@dataclass(slots=True)
class Resolved:
    """What became of the people of a batch: source persons made or changed, and those whose identity was decided.

    new: the source ids of those made. placed: whether any who had waited wait no more: all that waited with them
    counts now.
    """

    touched: set[uuid.UUID] = field(default_factory=set)
    new: set[str] = field(default_factory=set)
    placed: bool = False
    matched: int = 0
    made: int = 0
    waiting: int = 0


def resolve(
    people: Mapping[str, PersonRecord],
    *,
    system: str,
    agency: str,
    organisation: str,
    now: datetime,
    lives_at: Mapping[str, uuid.UUID] | None = None,
) -> Resolved:
    """Keep these people as the source describes them (by source id) and decide who each is.

    An empty description (an entry about somebody the source has not described yet) makes a source person that waits.
    lives_at: the address that a source person is made with; one that is held already moves by `places.keep_homes`.
    """
    result, homes = Resolved(), lives_at or {}
    ids = {source_id: source_person_id(system, source_id) for source_id in people}
    held = _held(ids.values())
    new: list[SourcePerson] = []
    changed: list[SourcePerson] = []
    numbered: list[SourcePerson] = []
    for source_id, record in people.items():
        row = held.get(ids[source_id])
        if row is None:
            row = SourcePerson(
                id=ids[source_id],
                system=system,
                source_id=source_id,
                agency=agency,
                organisation=organisation,
                address_id=homes.get(source_id),
            )
            describing.put(row, record, now)
            new.append(row)
            result.new.add(source_id)
        elif record != PersonRecord(source_id=source_id):
            before = (row.nhs_number, row.upn)
            if describing.put(row, record, now):
                changed.append(row)
                if row.person_id is not None and before != (row.nhs_number, row.upn):
                    numbered.append(row)
    rows = [*new, *changed]
    waited = [row for row in changed if row.person_id is None]
    open_, shut = _open_and_sealed(rows, changed)
    known, sealed = Known(open_, now), SealedNumbers(rows)
    placing = placed(open_, known, sealed, now)
    placing.reopen_by_number(numbered)
    placing.keep_people()
    add_rows(new)
    describing.upsert(SourcePerson, changed, [*describing.DESCRIBING, "updated", "person", "waiting_since"])
    placing.keep()
    sealed.tell(now)
    known.keep()
    linkage.keep(shut)
    _refresh([row for row in changed if row.person_id], now)
    result.matched, result.made, result.waiting = placing.matched, placing.made, placing.waiting
    result.touched |= {row.id for row in rows} | set(placing.moved) | records_of(placing.left)
    if found := [row.id for row in waited if row.person_id is not None]:
        result.touched |= records_of(taken_for(found))
    result.placed = bool(found or placing.moved or placing.left)
    return result


def _open_and_sealed(
    rows: Iterable[SourcePerson], kept: Iterable[SourcePerson]
) -> tuple[list[SourcePerson], list[SourcePerson]]:
    """The rows that may be compared with others, and those in a compartment, who stay whoever they are."""
    ids = {id_ for row in kept for id_ in (row.id, row.person_id) if id_}
    sealed = store.sealed_among(ids) if ids else set()
    shut = [row for row in rows if row.id in sealed or row.person_id in sealed]
    return [row for row in rows if row not in shut] if shut else list(rows), shut


def taken_for(source_people: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Everybody whom somebody has decided that one of these source people is, now or before."""
    decided = IdentityDecision.objects.filter(source_person__in=list(source_people), person__isnull=False)
    return {person for person in decided.values_list("person", flat=True) if person is not None}


def records_of(people: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """The source people that these people are made of."""
    return set(SourcePerson.objects.filter(person__in=list(people)).values_list("id", flat=True))


def unknown(people: Mapping[str, PersonRecord], *, system: str, now: datetime) -> set[str]:
    """Those of these people of whom nothing is held, and who neither are nor may be anybody here. Nothing is written.

    What is sealed makes nobody known: whoever is turned away, or is not, must not tell of it.
    """
    ids = {source_id: source_person_id(system, source_id) for source_id in people}
    held = _held(ids.values())
    rows = [SourcePerson(id=id_, system=system, source_id=name) for name, id_ in ids.items() if id_ not in held]
    for row in rows:
        describing.put(row, people[row.source_id], now)
    if not rows:
        return set()
    known, sealed = Known(rows, now), SealedNumbers(rows)
    return {row.source_id for row in rows if not _likely(row, known, sealed)}


def _likely(row: SourcePerson, known: Known, sealed: SealedNumbers) -> list[Likely]:
    barred = sealed.barred(row)
    return [each for each in known.likely(row) if each.person not in barred]


def candidates_for(row: SourcePerson, now: datetime) -> list[tuple[Person, Likely]]:
    """The people already known whom this source person may be, with what agrees, the surest first."""
    likely = _likely(row, Known([row], now), SealedNumbers([row]))
    people = Person.objects.in_bulk([each.person for each in likely])
    return [(people[each.person], each) for each in likely]


def _held(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, SourcePerson]:
    """The rows there are of these source people. Of a first delivery there are none, and thousands are asked for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM people_sourceperson WHERE id = ANY(%s::uuid[])", [array(ids)])
        found = [id_ for (id_,) in cursor.fetchall()]
    return SourcePerson.objects.in_bulk(found)


def stand_alone(row: SourcePerson, now: datetime) -> Person:
    """Give a waiting source person a person of their own meanwhile; who they are still waits to be decided."""
    person = describing.person_of(row, now)
    person.is_child = row.role != "adult"
    person.save(force_insert=True)
    row.person = person
    row.save(update_fields=["person"])
    reason = "a record of their own until somebody decides whether this is a child already known"
    IdentityDecision.objects.create(
        source_person=row.id, person=person.id, outcome="alone", at=now, by=RULE, reason=reason
    )
    return person


def _refresh(rows: Iterable[SourcePerson], now: datetime) -> None:
    """A matched source person says something new: their person learns what was not known."""
    rows = list(rows)
    people = Person.objects.in_bulk([row.person_id for row in rows])
    describing.save(
        {row.person_id: people[row.person_id] for row in rows if describing.fill(people[row.person_id], row)}.values()
    )
