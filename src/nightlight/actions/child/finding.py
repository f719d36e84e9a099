"""Finding a child: by a number, or by name and birth date, for a reason that is written down.

What is shown is only enough to choose by. Each child shown is on record with the reason, and that record is the ground
on which the page may be opened (`actions.seeing.access`); whoever owns the child's record sees it there.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction
from django.db.models import Q

from nightlight.actions.people import describing
from nightlight.actions.seeing.access import require
from nightlight.actions.trail import audit
from nightlight.domain.people import normal_nhs_number, normal_upn
from nightlight.domain.roles import Permission
from nightlight.store.access import wall
from nightlight.store.access.facts import Sealed, sealed_from
from nightlight.store.people.models import Organisation, Person, Practitioner, SourcePerson
from nightlight.timeline import Partial

MOST_SHOWN = 10
ALIKE = 0.3
"""How alike a misspelt name must be, as PostgreSQL's trigrams count it, among those born on the day that was given."""
SHORTEST_REASON = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody looks for: a number, or a name with the birth date; and why."""

    number: str = ""
    name: str = ""
    born: Partial | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Enough to choose by: name, age, postcode area, and which organisations know the child."""

    id: UUID
    name: str
    born: Partial | None
    area: str
    organisations: tuple[str, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The children shown, and how many more there are."""

    shown: tuple[Candidate, ...]
    more: int


def problems_with(asked: Asked) -> list[tuple[str, str]]:
    """What is to be mended before anything is looked for: the field, and what to do."""
    found = []
    if not asked.number and not asked.name:
        found.append(("number", "Enter a number, or a name and birth date"))
    if asked.name and not asked.number and asked.born is None:
        found.append(("born", "Enter the birth date as well as the name"))
    if len(asked.reason.strip()) < SHORTEST_REASON:
        found.append(("reason", "Say why you need to find this child, in a few words"))
    return found


def find(*, by: Practitioner, asked: Asked, now: datetime) -> Found:
    """The children who may be meant; each one that is shown is written down with the reason."""
    require(by, Permission.PERSON_FIND)
    if problems := problems_with(asked):
        raise ValueError("; ".join(message for _, message in problems))
    sealed = sealed_from(by.username, now)
    people = _by_number(asked.number, sealed) if asked.number else _by_name(asked)
    people = [person for person in people if str(person.id) not in sealed.children]
    shown, more = people[:MOST_SHOWN], max(0, len(people) - MOST_SHOWN)
    search = str(uuid.uuid4())
    with wall.lifted("that a child was found opens the record: no page writes it"), transaction.atomic():
        detail = {"by": "number" if asked.number else "name", "shown": len(shown), "more": more}
        audit.record(at=now, by=by, act="person.searched", about=search, reason=asked.reason, detail=detail)
        for person in shown:
            audit.record(at=now, by=by, act="person.found", child=person.id, about=search, reason=asked.reason)
    return Found(_candidates(shown, asked, sealed), more)


@wall.lifted("whoever looks for a child looks among all; what is shown is on record")
def _by_number(number: str, sealed: Sealed) -> list[Person]:
    """By NHS number or UPN, as any source has it, or by a source's own id; by no number of a record that is sealed."""
    plain = number.strip()
    same = Q(source_id=plain)
    if nhs := normal_nhs_number(plain):
        same |= Q(nhs_number=nhs)
    if upn := normal_upn(plain):
        same |= Q(upn=upn)
    rows = SourcePerson.objects.filter(same, person__is_child=True)
    if sealed.source_people:
        rows = rows.exclude(id__in=[UUID(id_) for id_ in sealed.source_people])
    ids = rows.values("person")
    return list(Person.objects.filter(id__in=ids).order_by("search_name", "id")[: MOST_SHOWN + 200])


@wall.lifted("whoever looks for a child looks among all; what is shown is on record")
def _by_name(asked: Asked) -> list[Person]:
    born = asked.born
    if born is None:
        return []
    given, _, family = asked.name.strip().rpartition(" ")
    said = describing.search_name(given, family)
    on_the_day = Q(born_from__lt=born.latest) & Q(born_to__gt=born.earliest)
    alike: Any = Person.objects.filter(on_the_day, is_child=True).annotate(alike=TrigramSimilarity("search_name", said))
    return list(alike.filter(alike__gt=ALIKE).order_by("-alike", "search_name", "id")[: MOST_SHOWN + 200])


def _candidates(people: Iterable[Person], asked: Asked, sealed: Sealed) -> tuple[Candidate, ...]:
    people = list(people)
    known, partly = _organisations((person.id for person in people), sealed)
    given, _, family = asked.name.strip().rpartition(" ")
    said = describing.search_name(given, family)
    return tuple(
        Candidate(
            id=person.id,
            name=f"{person.given} {person.family}".strip() or "Name not known",
            born=Partial.parse(person.born) if person.born else None,
            # Where a child lives is drawn from all their records: with one of them sealed, it is not said.
            area="" if person.id in partly else person.postcode.partition(" ")[0],
            organisations=tuple(sorted(known[person.id])),
            exact=bool(asked.number) or person.search_name == said,
        )
        for person in people
    )


@wall.lifted("who has a record of a child who was found; what is sealed is left out")
def _organisations(people: Iterable[UUID], sealed: Sealed) -> tuple[dict[UUID, set[str]], set[UUID]]:
    """Which organisations have a record of each; and of whom a record, or an address in one, is sealed."""
    names = dict(Organisation.objects.values_list("code", "name"))
    known: dict[UUID, set[str]] = defaultdict(set)
    partly: set[UUID] = set()
    rows = SourcePerson.objects.filter(person__in=list(people))
    for id_, address, person, code in rows.values_list("id", "address", "person", "organisation"):
        if str(id_) in sealed.source_people or str(address) in sealed.addresses:
            partly.add(person)
        if str(id_) not in sealed.source_people:
            known[person].add(names.get(code, code or "an organisation that is not named"))
    return known, partly
