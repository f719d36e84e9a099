"""From rows to the domain's chronology: everything that may concern each of some children, in a few queries.

The only bridge between the two. It reads with plain cursors, because a child's page and every evaluation pass through
here; it decides nothing about who may see what (`actions.seeing.access`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from psycopg import Connection

from nightlight.domain.chronology import NOT_ABOUT, Chronology, Entry, Link, Source, Subject
from nightlight.domain.kinds import OF_PLACES, is_at_a_home
from nightlight.domain.people import ADULT_LINKS, LinkKind, Part
from nightlight.store.database import beside
from nightlight.store.keys.vault import unseal_text
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END

# Ids are read as text, as the domain has them, and instants as microseconds: a child's page and every evaluation pass
# through here, and the driver's own conversions were a third of the time.
_SOURCE_PEOPLE = "SELECT id::text, person_id::text FROM people_sourceperson WHERE person_id = ANY(%s::uuid[])"
_BORN = "SELECT id::text, born FROM people_person WHERE id = ANY(%s::uuid[])"
_LINKS = """
    SELECT l.id::text, kind, source_person::text, other_person::text, other_address::text, since, until, recorded,
           l.agency, supersedes::text, retracts, (
               SELECT p.organisation FROM people_sourceperson p WHERE p.id = l.source_person)
    FROM chronology_link l
    WHERE other_person = ANY(%(people)s::uuid[]) OR (kind = 'residence' AND source_person = ANY(%(people)s::uuid[]))
"""
_NOWHERE = "SELECT id::text FROM people_address WHERE id = ANY(%s::uuid[]) AND form = '' AND uprn = ''"
# A home: where somebody is known to live. A street or a shop is nobody's, and who was seen there does not stay there.
_HOMES = """
    SELECT a.id::text FROM unnest(%(addresses)s::uuid[]) AS a (id)
    WHERE EXISTS (SELECT 1 FROM chronology_link l WHERE l.other_address = a.id AND l.kind = 'residence')
    OR EXISTS (SELECT 1 FROM chronology_entry e WHERE e.kind = 'housing.residence'
               AND e.attributes ->> 'address' = a.id::text)
"""
_WHO = "SELECT id::text, person_id::text FROM people_sourceperson WHERE id = ANY(%s::uuid[])"
# LATERAL and OFFSET 0: each entry's subjects are looked up by its id. Left to itself, PostgreSQL reads the whole table
# of subjects for one child until it has statistics.
_ENTRIES = """
    SELECT e.id::text, e.kind, e.occurred, e.until, (extract(epoch FROM e.recorded) * 1000000)::bigint,
           (extract(epoch FROM e.received) * 1000000)::bigint, e.attributes::text, e.words, e.text, e.agency,
           e.organisation, e.system, e.record_id, e.version, e.digest, e.supersedes::text, e.retracts, e.sensitivity,
           s.subjects
    FROM (
        SELECT entry_id FROM chronology_entrysubject WHERE source_person = ANY(%(people)s::uuid[])
        UNION SELECT entry_id FROM chronology_entrysubject WHERE address = ANY(%(addresses)s::uuid[])
    ) w JOIN chronology_entry e ON e.id = w.entry_id CROSS JOIN LATERAL (
        SELECT string_agg(coalesce(source_person::text, '@' || address::text) || ' ' || part, ',' ORDER BY id)
               AS subjects
        FROM chronology_entrysubject u WHERE u.entry_id = w.entry_id OFFSET 0
    ) s
"""
_KNOWN = "SELECT entry_id::text, agency, since FROM chronology_known WHERE entry_id = ANY(%s::uuid[])"


@dataclass(slots=True)
class _Found:
    """What the queries found, before it is told apart by child. Ids are text; a subject: id, is an address, part.

    nowhere: addresses that name no place. homes: those in which the child was seen and somebody is known to live.
    """

    child_of: dict[str, str] = field(default_factory=dict)
    person_of: dict[str, str | None] = field(default_factory=dict)
    links: list[tuple[Any, ...]] = field(default_factory=list)
    subjects: dict[str, list[tuple[str, bool, str]]] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    shared: dict[str, dict[str, datetime]] = field(default_factory=dict)
    nowhere: frozenset[str] = frozenset()
    homes: frozenset[str] = frozenset()


def load(children: Iterable[UUID], as_if: Mapping[str, str] | None = None) -> dict[UUID, Chronology]:
    """For each of these children (people's ids), everything on record that may concern them.

    Entries about an adult or an address come with their links; `Chronology.facts` says when they concern the child.
    as_if: source people whose match waits, and whose they are taken to be.
    """
    wanted = {str(child): child for child in children}
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        return _load(cursor, wanted, as_if or {})


def load_beside(children: Iterable[UUID]) -> beside.Given[dict[UUID, Chronology]]:
    """The same, while whoever asks does something else, where there is a helper."""
    wanted = {str(child): child for child in children}

    def job(raw: Connection) -> dict[UUID, Chronology]:
        with raw.cursor() as cursor:
            return _load(cursor, wanted, {})

    return beside.give(job)


def _load(cursor: Any, wanted: Mapping[str, UUID], as_if: Mapping[str, str]) -> dict[UUID, Chronology]:
    found = _Found()
    cursor.execute(_SOURCE_PEOPLE, [_ids(wanted)])
    found.child_of = {**dict(cursor.fetchall()), **as_if}
    cursor.execute(_BORN, [_ids(wanted)])
    born: dict[str, str] = dict(cursor.fetchall())
    _read_links(cursor, found)
    _read_entries(cursor, found)
    return {
        wanted[child]: _chronology(child, parsed(born.get(child, "")), entries, links, found)
        for child, (entries, links) in _by_child(list(wanted), found).items()
    }


def _read_links(cursor: Any, found: _Found) -> None:
    cursor.execute(_LINKS, {"people": _ids(found.child_of)})
    found.links = list(_standing(cursor.fetchall()))
    linked = {row[2] for row in found.links if row[1] in ADULT_LINKS}
    cursor.execute(_WHO, [_ids(linked)])
    found.person_of = dict(cursor.fetchall())
    adults = [person for person in found.person_of.values() if person]
    if adults:
        cursor.execute(_SOURCE_PEOPLE, [_ids(adults)])
        found.person_of.update(cursor.fetchall())
    found.person_of.update(found.child_of)


def _standing(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The links that stand, each with the moment until when it was known (`END`), and as each stood before.

    A register that says where somebody lives now says when they left: until then it was believed that they lived there.
    What was withdrawn, or was another link altogether, leads nobody to anybody.
    """
    by_id = {row[0]: row for row in rows}
    superseded = {row[9] for row in rows if row[9]}
    for row in rows:
        if row[0] not in superseded and not row[10]:
            yield from _versions(row, by_id)


def _versions(row: tuple[Any, ...] | None, by_id: Mapping[str, tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    until = END
    while row is not None:
        before = by_id.get(row[9])
        if before is not None and (before[1:5] != row[1:5] or before[10]):
            before = None
        if before is not None and before[5:7] == row[5:7]:  # said again
            row = (*row[:7], min(before[7], row[7]), row[8], before[9], *row[10:])
            continue
        if row[7] < until:
            yield (*row, until)
            until = row[7]
        row = before


def _read_entries(cursor: Any, found: _Found) -> None:
    addresses = {row[4] for row in found.links if row[4]}
    _read(cursor, found, list(found.person_of), addresses)
    named = {str(entry.attributes.get("address", "")) for entry in found.entries.values() if _is_home(entry)}
    named = {address for address in named if _is_uuid(address)}
    seen = _seen_at(found)
    at_home = {address for address, is_home in seen.items() if is_home or address in addresses or address in named}
    strange = list(seen.keys() - at_home)
    if strange:
        cursor.execute(_HOMES, {"addresses": _ids(strange)})
        at_home.update(address for (address,) in cursor.fetchall())
    found.homes = frozenset(at_home)
    if further := (named | at_home) - addresses:
        _read(cursor, found, [], further)
    if addresses:
        cursor.execute(_NOWHERE, [_ids(addresses)])
        found.nowhere = frozenset(address for (address,) in cursor.fetchall())
    cursor.execute(_KNOWN, [_ids(found.entries)])
    for entry, agency, since in cursor.fetchall():
        found.shared.setdefault(entry, {})[agency] = since


def _ids(ids: Iterable[str]) -> str:
    """Ids as one array: of a list of thousands the driver would quote each."""
    return f"{{{','.join(ids)}}}"


def _read(cursor: Any, found: _Found, people: list[str], addresses: Iterable[str]) -> None:
    """Read the entries about these source people and at these addresses."""
    cursor.execute(_ENTRIES, {"people": _ids(people), "addresses": _ids(addresses)})
    for row in cursor.fetchall():
        subjects = found.subjects[row[0]] = [_subject(text) for text in row[18].split(",")]
        found.entries[row[0]] = _entry(row, _named(subjects, found.person_of))


def _subject(text: str) -> tuple[str, bool, str]:
    ref, _, part = text.partition(" ")
    return (ref[1:], True, part) if ref[0] == "@" else (ref, False, part)


def _seen_at(found: _Found) -> dict[str, bool]:
    """The addresses at which one of the children was, by an entry about both; whether one says that it is a home."""
    seen: dict[str, bool] = {}
    for id_, subjects in found.subjects.items():
        entry = found.entries[id_]
        if entry.kind not in OF_PLACES or not any(_is_evidence(each, found) for each in subjects):
            continue
        for ref, is_address, _ in subjects:
            if is_address:
                seen[ref] = seen.get(ref, False) or is_at_a_home(entry.kind, entry.attributes)
    return seen


def _is_evidence(subject: tuple[str, bool, str], found: _Found) -> bool:
    """Whether an entry is evidence of what happens to a child, by one of its subjects."""
    return subject[0] in found.child_of and _PARTS[subject[2]] not in NOT_ABOUT


def _is_home(entry: Entry) -> bool:
    return entry.kind == "housing.residence"


def _is_uuid(text: str | None) -> bool:
    try:
        UUID(text or "")
    except ValueError:
        return False
    return True


def _named(subjects: Sequence[tuple[str, bool, str]], person_of: Mapping[str, str | None]) -> tuple[Subject, ...]:
    return tuple(
        Subject(ref if is_address else person_ref(ref, person_of.get(ref)), _PARTS[part])
        for ref, is_address, part in subjects
    )


_PARTS = {part.value: part for part in Part}


def person_ref(source_person: str, person: str | None) -> str:
    """What the domain calls somebody: the person's id, or, while a match waits, the source person's."""
    return person or f"source:{source_person}"


_Split = dict[str, tuple[dict[str, None], list[tuple[Any, ...]]]]


def _by_child(wanted: Sequence[str], found: _Found) -> _Split:
    """Which entries may concern which child, through their own records, an adult's, or an address's."""
    split: _Split = {child: ({}, []) for child in wanted}
    reach: dict[str, set[str]] = defaultdict(set)
    for source_person, child in found.child_of.items():
        reach[source_person].add(child)
    adults: dict[str, set[str]] = defaultdict(set)
    for row in found.links:
        _reach_through(row, found, split, reach, adults)
    for source_person, person in found.person_of.items():
        if person in adults:
            reach[source_person] |= adults[person]
    for id_, subjects in found.subjects.items():
        for ref, _is_address, _part in subjects:
            for child in reach.get(ref, ()):
                split[child][0][id_] = None
    _reach_residences(split, found)
    return split


def _reach_through(
    row: tuple[Any, ...],
    found: _Found,
    split: _Split,
    reach: dict[str, set[str]],
    adults: dict[str, set[str]],
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


def _reach_residences(split: _Split, found: _Found) -> None:
    """Entries at an address that a residence entry of the child names, or at a home where the child was seen."""
    homes = {entry.id: str(entry.attributes.get("address", "")) for entry in found.entries.values() if _is_home(entry)}
    if not homes and not found.homes:
        return
    at: dict[str, list[str]] = defaultdict(list)
    for id_, subjects in found.subjects.items():
        for ref, is_address, _part in subjects:
            if is_address:
                at[ref].append(id_)
    for child, (entries, _links) in split.items():
        for home in _homes_of(child, entries, homes, found):
            entries.update(dict.fromkeys(at.get(home, ())))


def _homes_of(child: str, entries: Iterable[str], homes: Mapping[str, str], found: _Found) -> list[str]:
    """The homes that a child's entries name: where the child lives, and where the child was seen."""
    named = [homes[id_] for id_ in entries if id_ in homes]
    if found.homes:
        for id_ in entries:
            subjects = found.subjects[id_] if found.entries[id_].kind in OF_PLACES else ()
            if any(found.child_of.get(each[0]) == child and _is_evidence(each, found) for each in subjects):
                named += [ref for ref, is_address, _ in subjects if is_address and ref in found.homes]
    return named


def _chronology(
    child: str, born: Partial | None, ids: Iterable[str], links: Iterable[tuple[Any, ...]], found: _Found
) -> Chronology:
    entries = tuple(found.entries[id_] for id_ in ids)
    shared = {entry.id: found.shared[entry.id] for entry in entries if entry.id in found.shared} if found.shared else {}
    return Chronology(
        child=child,
        born=born,
        entries=entries,
        links=tuple(_link(row, found) for row in links),
        shared=MappingProxyType(shared),
        homes=found.homes,
    )


def _link(row: tuple[Any, ...], found: _Found) -> Link:
    (id_, kind, source_person, other_person, other_address, since, until, recorded, agency, _, _, organisation,
     known_until) = row  # fmt: skip
    other = person_ref(other_person, found.person_of.get(other_person)) if other_person else other_address
    return Link(
        kind=LinkKind(kind),
        person=person_ref(source_person, found.person_of.get(source_person)),
        other=other,
        since=since or BEGINNING,
        until=until or END,
        agency=agency,
        known_from=recorded,
        known_until=known_until,
        id=id_,
        organisation=organisation,
        nowhere=other_address in found.nowhere,
    )


def _entry(row: tuple[Any, ...], subjects: tuple[Subject, ...]) -> Entry:
    (id_, kind, occurred, until, recorded, received, attributes, words, text, agency, organisation, system, record_id,
     version, digest, supersedes, retracts, sensitivity, _) = row  # fmt: skip
    when = _instant(recorded)
    return Entry(
        id=id_,
        kind=kind,
        subjects=subjects,
        occurred=parsed(occurred) or when,
        recorded=when,
        source=Source(
            agency=agency, organisation=organisation, system=system, record_id=record_id, version=version, digest=digest
        ),
        until=parsed(until),
        attributes=_attributes(attributes),
        words=unseal_text(words, "chronology_entry.words"),
        text=unseal_text(text, "chronology_entry.text"),
        received=_instant(received).earliest,
        sensitivity=sensitivity,
        supersedes=supersedes,
        retracts=retracts,
    )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=65_536)
def _instant(microseconds: int) -> Partial:
    """An instant from the microseconds since 1970; many entries are written down at one instant."""
    return Partial.instant(_EPOCH + timedelta(microseconds=microseconds))


@lru_cache(maxsize=65_536)
def parsed(text: str) -> Partial | None:
    """A partial date from its own text; None for none."""
    return Partial.parse(text) if text else None


@lru_cache(maxsize=16_384)
def _attributes(text: str) -> Mapping[str, Any]:
    """Most attributes repeat (a week of full attendance), so that reading each once is worth its memory."""
    return MappingProxyType(orjson.loads(text))
