"""From rows to the domain's chronology: everything that may concern each of some children, in a few queries.

The only bridge between the two. It reads with plain cursors, because a child's page and every evaluation pass through
here; it decides nothing about who may see what (`actions.access`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from nightlight.domain.chronology import Chronology, Entry, Link, Source, Subject
from nightlight.domain.people import ADULT_LINKS, LinkKind, Part
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END

# In sets and rows below, ids stay UUIDs; the domain sees their text.
_SOURCE_PEOPLE = "SELECT id, person_id FROM people_sourceperson WHERE person_id = ANY(%s)"
_BORN = "SELECT id, born FROM people_person WHERE id = ANY(%s)"
_LINKS = """
    SELECT id, kind, source_person, other_person, other_address, since, until, recorded, agency, supersedes, retracts
    FROM chronology_link
    WHERE other_person = ANY(%(people)s) OR (kind = 'residence' AND source_person = ANY(%(people)s))
"""
_WHO = "SELECT id, person_id FROM people_sourceperson WHERE id = ANY(%s)"
_SUBJECTS = """
    SELECT entry_id, source_person, address, part FROM chronology_entrysubject
    WHERE entry_id IN (
        SELECT entry_id FROM chronology_entrysubject WHERE source_person = ANY(%(people)s)
        UNION SELECT entry_id FROM chronology_entrysubject WHERE address = ANY(%(addresses)s)
    )
"""
_ENTRY_COLUMNS = (
    "id, kind, occurred, until, recorded, received, attributes, words, text, agency, organisation, system, record_id, "
    "version, digest, supersedes, retracts, sensitivity"
)
_ENTRIES = f"SELECT {_ENTRY_COLUMNS} FROM chronology_entry WHERE id = ANY(%s)"  # noqa: S608 fixed text
_KNOWN = "SELECT entry_id, agency, since FROM chronology_known WHERE entry_id = ANY(%s)"


@dataclass(slots=True)
class _Found:
    """What the queries found, before it is told apart by child."""

    child_of: dict[UUID, UUID] = field(default_factory=dict)
    person_of: dict[UUID, UUID | None] = field(default_factory=dict)
    links: list[tuple[Any, ...]] = field(default_factory=list)
    subjects: dict[UUID, list[tuple[UUID | None, UUID | None, str]]] = field(default_factory=dict)
    entries: dict[UUID, Entry] = field(default_factory=dict)
    shared: dict[str, dict[str, datetime]] = field(default_factory=dict)


def load(children: Iterable[UUID]) -> dict[UUID, Chronology]:
    """For each of these children (people's ids), everything on record that may concern them.

    Entries about an adult or an address come with their links; `Chronology.facts` says when they concern the child.
    """
    wanted = list(children)
    if not wanted:
        return {}
    found = _Found()
    with connection.cursor() as cursor:
        cursor.execute(_SOURCE_PEOPLE, [wanted])
        found.child_of = dict(cursor.fetchall())
        cursor.execute(_BORN, [wanted])
        born: dict[UUID, str] = dict(cursor.fetchall())
        _read_links(cursor, found)
        _read_entries(cursor, found)
    return {
        child: _chronology(child, parsed(born.get(child, "")), entries, links, found)
        for child, (entries, links) in _by_child(wanted, found).items()
    }


def _read_links(cursor: Any, found: _Found) -> None:
    cursor.execute(_LINKS, {"people": list(found.child_of)})
    rows = cursor.fetchall()
    superseded = {row[9] for row in rows if row[9]}
    found.links = [row for row in rows if row[0] not in superseded and not row[10]]
    linked = {row[2] for row in found.links if row[1] in ADULT_LINKS}
    cursor.execute(_WHO, [list(linked)])
    found.person_of = dict(cursor.fetchall())
    adults = [person for person in found.person_of.values() if person]
    if adults:
        cursor.execute(_SOURCE_PEOPLE, [adults])
        found.person_of.update(cursor.fetchall())
    found.person_of.update(found.child_of)


def _read_entries(cursor: Any, found: _Found) -> None:
    addresses = {row[4] for row in found.links if row[4]}
    addresses |= _addresses_lived_at(cursor, list(found.child_of))
    cursor.execute(_SUBJECTS, {"people": list(found.person_of), "addresses": list(addresses)})
    subjects: dict[UUID, list[tuple[UUID | None, UUID | None, str]]] = defaultdict(list)
    for entry, person, address, part in cursor.fetchall():
        subjects[entry].append((person, address, part))
    found.subjects = subjects
    cursor.execute(_ENTRIES, [list(subjects)])
    for row in cursor.fetchall():
        found.entries[row[0]] = _entry(row, _named(subjects[row[0]], found.person_of))
    cursor.execute(_KNOWN, [list(subjects)])
    for entry, agency, since in cursor.fetchall():
        found.shared.setdefault(str(entry), {})[agency] = since


def _addresses_lived_at(cursor: Any, people: list[UUID]) -> set[UUID]:
    """The addresses that residence entries of these source people name."""
    cursor.execute(
        "SELECT e.attributes ->> 'address' FROM chronology_entry e JOIN chronology_entrysubject s ON s.entry_id = e.id "
        "WHERE s.source_person = ANY(%s) AND e.kind = 'housing.residence'",
        [people],
    )
    return {UUID(text) for (text,) in cursor.fetchall() if _is_uuid(text)}


def _is_uuid(text: str | None) -> bool:
    try:
        UUID(text or "")
    except ValueError:
        return False
    return True


def _named(
    subjects: Sequence[tuple[UUID | None, UUID | None, str]], person_of: Mapping[UUID, UUID | None]
) -> tuple[Subject, ...]:
    return tuple(
        Subject(person_ref(person, person_of.get(person)) if person else str(address), Part(part))
        for person, address, part in subjects
    )


def person_ref(source_person: UUID, person: UUID | None) -> str:
    """What the domain calls somebody: the person's id, or, while a match waits, the source person's."""
    return str(person) if person else f"source:{source_person}"


def _by_child(wanted: Sequence[UUID], found: _Found) -> dict[UUID, tuple[dict[UUID, None], list[tuple[Any, ...]]]]:
    """Which entries may concern which child, through their own records, an adult's, or an address's."""
    split: dict[UUID, tuple[dict[UUID, None], list[tuple[Any, ...]]]] = {child: ({}, []) for child in wanted}
    reach: dict[object, set[UUID]] = defaultdict(set)
    for source_person, child in found.child_of.items():
        reach[source_person].add(child)
    adults: dict[UUID, set[UUID]] = defaultdict(set)
    for row in found.links:
        _reach_through(row, found, split, reach, adults)
    for source_person, person in found.person_of.items():
        if person in adults:
            reach[source_person] |= adults[person]
    for id_, subjects in found.subjects.items():
        for person, address, _part in subjects:
            for child in reach.get(person or address, ()):
                split[child][0][id_] = None
    _reach_residences(split, found)
    return split


def _reach_through(
    row: tuple[Any, ...],
    found: _Found,
    split: Mapping[UUID, tuple[dict[UUID, None], list[tuple[Any, ...]]]],
    reach: dict[object, set[UUID]],
    adults: dict[UUID, set[UUID]],
) -> None:
    _id, kind, source_person, other_person, other_address = row[:5]
    child = found.child_of.get(other_person) if other_person else found.child_of.get(source_person)
    if child is None:
        return
    split[child][1].append(row)
    if kind == LinkKind.RESIDENCE:
        reach[other_address].add(child)
    elif kind in ADULT_LINKS:
        reach[source_person].add(child)
        if person := found.person_of.get(source_person):
            adults[person].add(child)


def _reach_residences(split: Mapping[UUID, tuple[dict[UUID, None], list[tuple[Any, ...]]]], found: _Found) -> None:
    """Entries at an address that a residence entry of the child names."""
    at: dict[str, list[UUID]] = defaultdict(list)
    for id_, subjects in found.subjects.items():
        for _person, address, _part in subjects:
            if address:
                at[str(address)].append(id_)
    for entries, _links in split.values():
        homes = [found.entries[id_] for id_ in entries if found.entries[id_].kind == "housing.residence"]
        for home in homes:
            entries.update(dict.fromkeys(at.get(str(home.attributes.get("address", "")), ())))


def _chronology(
    child: UUID, born: Partial | None, ids: Iterable[UUID], links: Iterable[tuple[Any, ...]], found: _Found
) -> Chronology:
    entries = tuple(found.entries[id_] for id_ in ids)
    shared = {entry.id: found.shared[entry.id] for entry in entries if entry.id in found.shared}
    return Chronology(
        child=str(child),
        born=born,
        entries=entries,
        links=tuple(_link(row, found) for row in links),
        shared=MappingProxyType(shared),
    )


def _link(row: tuple[Any, ...], found: _Found) -> Link:
    _id, kind, source_person, other_person, other_address, since, until, recorded, agency, _, _ = row
    other = person_ref(other_person, found.person_of.get(other_person)) if other_person else str(other_address)
    return Link(
        kind=LinkKind(kind),
        person=person_ref(source_person, found.person_of.get(source_person)),
        other=other,
        since=since or BEGINNING,
        until=until or END,
        agency=agency,
        known_from=recorded,
    )


def _entry(row: tuple[Any, ...], subjects: tuple[Subject, ...]) -> Entry:
    (id_, kind, occurred, until, recorded, received, attributes, words, text, agency, organisation, system, record_id,
     version, digest, supersedes, retracts, sensitivity) = row  # fmt: skip
    return Entry(
        id=str(id_),
        kind=kind,
        subjects=subjects,
        occurred=parsed(occurred) or Partial.instant(recorded),
        recorded=Partial.instant(recorded.astimezone(UTC)),
        source=Source(
            agency=agency, organisation=organisation, system=system, record_id=record_id, version=version, digest=digest
        ),
        until=parsed(until),
        attributes=_attributes(attributes),
        words=words,
        text=text,
        received=received,
        sensitivity=sensitivity,
        supersedes=str(supersedes) if supersedes else None,
        retracts=retracts,
    )


@lru_cache(maxsize=65_536)
def parsed(text: str) -> Partial | None:
    """A partial date from its own text; None for none."""
    return Partial.parse(text) if text else None


@lru_cache(maxsize=16_384)
def _attributes(text: str) -> Mapping[str, Any]:
    """Most attributes repeat (a week of full attendance), so that reading each once is worth its memory."""
    return MappingProxyType(orjson.loads(text))
