"""How a source's person is described, and what of that is drawn into the person that they are.

What is drawn is made again whenever it is asked for: a person's own columns say no more than their records do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from nightlight.domain.people import normal_name
from nightlight.domain.records import PersonRecord
from nightlight.store.people.models import Person, SourcePerson
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END

ADULT_AT = timedelta(days=18 * 365 + 5)
DESCRIBING = (
    "role", "given", "family", "born", "born_from", "born_to", "sex", "nhs_number", "upn", "postcode", "details"
)  # fmt: skip


def put(row: SourcePerson, record: PersonRecord, now: datetime) -> bool:
    """Put the source's description into its row; True when anything changed. What it leaves out now is kept."""
    said = {
        "role": record.role, "given": record.given.strip(), "family": record.family.strip(), "sex": record.sex[:1],
        "nhs_number": record.nhs_number or "", "upn": record.upn or "", "postcode": record.postcode or "",
    }  # fmt: skip
    differs = False
    for name, value in said.items():
        if value and getattr(row, name) != value:
            setattr(row, name, value)
            differs = True
    if record.born and record.born.isoformat() != row.born:
        set_born(row, record.born)
        differs = True
    if (details := {**row.details, **record.details}) != row.details:
        row.details = details
        differs = True
    row.updated = now
    return differs


def set_born(row: SourcePerson | Person, born: Partial) -> None:
    """Put a birth date into its columns."""
    row.born = born.isoformat()
    row.born_from = None if born.earliest == BEGINNING else born.earliest
    row.born_to = None if born.latest == END else born.latest


def search_name(given: str, family: str) -> str:
    """The name that people are found by: family name first, plain letters."""
    return f"{normal_name(family)} {normal_name(given)}".strip()[:420]


def person_of(row: SourcePerson, now: datetime) -> Person:
    """Somebody new, as this record has them; not kept yet."""
    person = Person(created=now)
    fill(person, row)
    return person


def fill(person: Person, row: SourcePerson) -> bool:
    """Draw what is not yet known of a person from one of their source persons; True when anything changed."""
    before = {name: getattr(person, name) for name in _FILLED}
    for name in ("given", "family", "sex", "nhs_number", "upn"):
        if not getattr(person, name):
            setattr(person, name, getattr(row, name))
    if row.postcode:
        person.postcode = row.postcode
    if not person.born and row.born:
        person.born, person.born_from, person.born_to = row.born, row.born_from, row.born_to
    if row.role == "adult" and not person.is_child:
        person.details = {**person.details, "role": "adult"}
    if not person.details.get("role"):
        person.is_child = row.role == "child" or _under_18(person, row.updated)
    if row.role == "child":
        person.details = {**row.details, **person.details}
    person.search_name = search_name(person.given, person.family)
    return any(getattr(person, name) != before[name] for name in _FILLED)


_FILLED = (
    "given", "family", "search_name", "sex", "nhs_number", "upn", "postcode", "born", "born_from", "born_to",
    "is_child", "details",
)  # fmt: skip


def _under_18(person: Person, now: datetime) -> bool:
    return person.born_from is not None and now - person.born_from < ADULT_AT


def describe(person: Person, now: datetime) -> None:
    """Draw a person again from the source people that are theirs now. With none left, what was drawn last stands."""
    rows = list(SourcePerson.objects.filter(person=person).order_by("updated", "id"))
    if not rows:
        return
    blank = Person(created=person.created)
    for name in _FILLED:
        setattr(person, name, getattr(blank, name))
    for row in rows:
        fill(person, row)
    save([person])


def save(people: Iterable[Person]) -> None:
    """Keep what was drawn of people who are kept already."""
    upsert(Person, list(people), list(_FILLED))


def upsert(model: type[Person] | type[SourcePerson], rows: Sequence[Any], names: list[str]) -> None:
    """Change many rows that exist; `bulk_update` is ten times as slow, its statement being rows times columns."""
    model.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=names, batch_size=2000)
