"""Keeping a batch of source records: raw bytes, entries, subjects, links, each as a version that may supersede.

Everything is added with COPY in the caller's transaction. It decides nothing about who somebody is (`actions.identity`)
nor what an entry means.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from nightlight.domain.records import EntryRecord, LinkRecord, Record
from nightlight.store.bulk import copy_rows
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END

NAMESPACE = uuid.UUID("0c7f2b52-6d0f-5d6c-8f43-656e74726965")

RAW = ("delivery", "system", "record_id", "version", "digest", "raw")
ENTRY = (
    "id", "kind", "occurred_from", "occurred_to", "occurred", "until_from", "until_to", "until", "recorded", "received",
    "attributes", "words", "text", "agency", "organisation", "system", "record_id", "version", "part", "digest",
    "supersedes", "retracts", "sensitivity", "written_by",
)  # fmt: skip
SUBJECT = ("entry_id", "source_person", "address", "part")
LINK = (
    "id", "kind", "source_person", "other_person", "other_address", "since", "until", "recorded", "received", "agency",
    "system", "record_id", "version", "part", "supersedes", "retracts",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """Whose records these are, the delivery they came in, and when."""

    delivery: uuid.UUID
    system: str
    agency: str
    organisation: str
    received: datetime
    written_by: str = ""


@dataclass(frozen=True, slots=True)
class Versioned:
    """A record with the version that it will be kept as (1, or one more than the newest held).

    delivery: the one it came in, where a batch holds several; None for the batch's own.
    """

    record: Record
    version: int
    digest: str
    delivery: uuid.UUID | None = None


@dataclass(slots=True)
class Kept:
    """What a batch added: ids of the source people and addresses it touches, kinds, and how many entries."""

    people: set[uuid.UUID] = field(default_factory=set)
    addresses: set[uuid.UUID] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    links: int = 0
    entries: int = 0
    raw_bytes: int = 0


@dataclass(slots=True)
class _Rows:
    raw: list[Sequence[Any]] = field(default_factory=list)
    entries: list[Sequence[Any]] = field(default_factory=list)
    subjects: list[Sequence[Any]] = field(default_factory=list)
    links: list[Sequence[Any]] = field(default_factory=list)


def newest_held(system: str, record_ids: Sequence[str], *, with_raw: bool) -> dict[str, tuple[int, str, bytes]]:
    """For each record id already held: its newest version, digest, and (where asked) raw bytes."""
    raw = "raw" if with_raw else "''::bytea"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT ON (record_id) record_id, version, digest, {raw} FROM intake_rawrecord "  # noqa: S608
            "WHERE system = %s AND record_id = ANY(%s) ORDER BY record_id, version DESC",
            [system, list(record_ids)],
        )
        return {id_: (version, digest, bytes(raw)) for id_, version, digest, raw in cursor.fetchall()}


def keep(
    batch: Sequence[Versioned],
    source: From,
    people: Mapping[str, uuid.UUID],
    addresses: Mapping[str, uuid.UUID],
) -> Kept:
    """Add these records; `people` and `addresses` give the id of each source id they name."""
    rows, kept = _Rows(), Kept()
    prior_entries, prior_links = _prior(batch, source.system)
    for item in batch:
        delivery = item.delivery or source.delivery
        rows.raw.append((delivery, source.system, item.record.record_id, item.version, item.digest, item.record.raw))
        kept.raw_bytes += len(item.record.raw)
        _entries(item, source, people, addresses, prior_entries, rows, kept)
        _links(item, source, people, addresses, prior_links, rows, kept)
    copy_rows("intake_rawrecord", RAW, rows.raw)
    copy_rows("chronology_entry", ENTRY, rows.entries)
    copy_rows("chronology_entrysubject", SUBJECT, rows.subjects)
    copy_rows("chronology_link", LINK, rows.links)
    kept.entries = len(rows.entries)
    kept.links = len(rows.links)
    return kept


_Prior = dict[tuple[str, int], dict[int, uuid.UUID]]


def _prior(batch: Sequence[Versioned], system: str) -> tuple[_Prior, _Prior]:
    """The entries and links, by part, of the newest version held of each record that is about to be superseded."""
    ids = [item.record.record_id for item in batch if item.version > 1]
    if not ids:
        return {}, {}
    return _prior_in("chronology_entry", system, ids), _prior_in("chronology_link", system, ids)


def _prior_in(table: str, system: str, ids: list[str]) -> _Prior:
    found: _Prior = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT record_id, version, part, id FROM {table} "  # noqa: S608 one of two fixed names
            "WHERE system = %s AND record_id = ANY(%s) AND NOT retracts",
            [system, ids],
        )
        for record_id, version, part, id_ in cursor.fetchall():
            found.setdefault((record_id, version), {})[part] = id_
    return found


def row_id(what: str, source: From, item: Versioned, part: int) -> uuid.UUID:
    """The id of an entry or link: the same whenever and in whatever order the same version is kept."""
    return uuid.uuid5(NAMESPACE, f"{what}\x1f{source.system}\x1f{item.record.record_id}\x1f{item.version}\x1f{part}")


def _entries(
    item: Versioned,
    source: From,
    people: Mapping[str, uuid.UUID],
    addresses: Mapping[str, uuid.UUID],
    prior: _Prior,
    rows: _Rows,
    kept: Kept,
) -> None:
    before = dict(prior.get((item.record.record_id, item.version - 1), {}))
    stated = () if item.record.withdrawn else item.record.entries
    parts: dict[int, uuid.UUID] = {}
    for part, entry in enumerate(stated):
        id_ = row_id("entry", source, item, part)
        parts[part] = id_
        rows.entries.append(_entry_row(id_, entry, item, source, part, before.pop(part, None), addresses))
        kept.kinds.add(entry.kind)
        for subject in entry.subjects:
            at = addresses[subject.source_id] if subject.address else None
            who = None if subject.address else people[subject.source_id]
            rows.subjects.append((id_, who, at, subject.part.value))
            (kept.addresses if at else kept.people).add(at or who)  # type: ignore[arg-type]
    for part, old in before.items():
        id_ = row_id("entry", source, item, len(stated) + part)
        rows.entries.append(_retraction(id_, old, item, source, len(stated) + part))
        _touch_subjects_of(old, rows, kept, id_)
    if parts:
        prior[(item.record.record_id, item.version)] = parts


def _entry_row(
    id_: uuid.UUID,
    entry: EntryRecord,
    item: Versioned,
    source: From,
    part: int,
    supersedes: uuid.UUID | None,
    addresses: Mapping[str, uuid.UUID],
) -> Sequence[Any]:
    attributes = dict(entry.attributes)
    if entry.kind == "housing.residence" and attributes.get("address") in addresses:
        attributes["address"] = str(addresses[attributes["address"]])
    return (
        id_, entry.kind, *bounds(entry.occurred), *bounds(entry.until), entry.recorded, source.received,
        orjson.dumps(attributes).decode(), entry.words, entry.text, source.agency, source.organisation, source.system,
        item.record.record_id, item.version, part, item.digest, supersedes, False, entry.sensitivity, source.written_by,
    )  # fmt: skip


def bounds(partial: Partial | None) -> tuple[datetime | None, datetime | None, str]:
    """A partial date as its three columns."""
    if partial is None:
        return None, None, ""
    earliest = None if partial.earliest == BEGINNING else partial.earliest
    latest = None if partial.latest == END else partial.latest
    return earliest, latest, partial.isoformat()


def _retraction(id_: uuid.UUID, old: uuid.UUID, item: Versioned, source: From, part: int) -> Sequence[Any]:
    """A row that withdraws an entry: it states nothing itself, and is about the same people."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, occurred_from, occurred_to, occurred FROM chronology_entry WHERE id = %s", [old])
        row = cursor.fetchone()
    kind, first, last, text = row if row else ("", None, None, "")
    return (
        id_, kind, first, last, text, None, None, "", source.received, source.received, "{}", "", "", source.agency,
        source.organisation, source.system, item.record.record_id, item.version, part, item.digest, old, True,
        "ordinary", source.written_by,
    )  # fmt: skip


def _touch_subjects_of(old: uuid.UUID, rows: _Rows, kept: Kept, id_: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.source_person, s.address, s.part, e.kind FROM chronology_entrysubject s "
            "JOIN chronology_entry e ON e.id = s.entry_id WHERE s.entry_id = %s",
            [old],
        )
        for who, at, part, kind in cursor.fetchall():
            rows.subjects.append((id_, who, at, part))
            kept.kinds.add(kind)
            (kept.addresses if at else kept.people).add(at or who)


def _links(
    item: Versioned,
    source: From,
    people: Mapping[str, uuid.UUID],
    addresses: Mapping[str, uuid.UUID],
    prior: _Prior,
    rows: _Rows,
    kept: Kept,
) -> None:
    before = dict(prior.get((item.record.record_id, item.version - 1), {}))
    stated = () if item.record.withdrawn else item.record.links
    parts: dict[int, uuid.UUID] = {}
    for part, link in enumerate(stated):
        id_ = row_id("link", source, item, part)
        parts[part] = id_
        row = _link_row(id_, link, item, source, part, before.pop(part, None), people, addresses)
        rows.links.append(row)
        kept.people |= {id_ for id_ in row[2:4] if id_}
    for part, old in before.items():
        rows.links.append(_ended_link(old, item, source, len(stated) + part, kept))
    if parts:
        prior[(item.record.record_id, item.version)] = parts


def _link_row(
    id_: uuid.UUID,
    link: LinkRecord,
    item: Versioned,
    source: From,
    part: int,
    supersedes: uuid.UUID | None,
    people: Mapping[str, uuid.UUID],
    addresses: Mapping[str, uuid.UUID],
) -> Sequence[Any]:
    to_address = addresses[link.other] if link.kind == "residence" else None
    to_person = None if to_address else people[link.other]
    since = link.since.earliest if link.since else None
    until = link.until.latest if link.until else None
    return (
        id_, link.kind.value, people[link.person], to_person, to_address, since, until, link.recorded, source.received,
        source.agency, source.system, item.record.record_id, item.version, part, supersedes, False,
    )  # fmt: skip


def _ended_link(old: uuid.UUID, item: Versioned, source: From, part: int, kept: Kept) -> Sequence[Any]:
    """A row that withdraws a link: it states nothing itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, source_person, other_person, other_address FROM chronology_link WHERE id = %s", [old]
        )
        kind, person, other_person, other_address = cursor.fetchone()
    kept.people |= {id_ for id_ in (person, other_person) if id_}
    return (
        row_id("link", source, item, part), kind, person, other_person, other_address, None, None, source.received,
        source.received, source.agency, source.system, item.record.record_id, item.version, part, old, True,
    )  # fmt: skip


def source_ids(records: Iterable[Record]) -> tuple[set[str], set[str]]:
    """The source ids of people, and of addresses, that these records name in entries and links."""
    people: set[str] = set()
    addresses: set[str] = set()
    for record in records:
        for entry in record.entries:
            for subject in entry.subjects:
                (addresses if subject.address else people).add(subject.source_id)
        for link in record.links:
            people.add(link.person)
            (addresses if link.kind == "residence" else people).add(link.other)
    return people, addresses
