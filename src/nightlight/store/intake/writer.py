"""Keeping a batch of source records: raw bytes, entries, subjects, links, each as a version that may supersede.

Everything is added with COPY in the caller's transaction. It decides nothing about who
somebody is (`actions.people.identity`) nor what an entry means.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha1
from typing import Any

import orjson
from django.db import connection

from nightlight.domain.kinds import OF_PLACES
from nightlight.domain.records import EntryRecord, LinkRecord, Record
from nightlight.store.bulk import NULL, array, copy_lines, copy_rows, moment
from nightlight.store.bulk import field as written
from nightlight.store.database import beside
from nightlight.store.keys.vault import seal, seal_text, unseal
from nightlight.timeline.calendar import local_date
from nightlight.timeline.partial import Partial, Precision
from nightlight.timeline.spans import BEGINNING, END

NAMESPACE = uuid.UUID("0c7f2b52-6d0f-5d6c-8f43-656e74726965")

RAW_COLUMN = "intake_rawrecord.raw"
WORDS_COLUMN, TEXT_COLUMN = "chronology_entry.words", "chronology_entry.text"
"""What these are sealed for: rows are copied past the models, whose fields say the same."""

RAW = ("delivery", "system", "record_id", "version", "digest", "raw")
ENTRY = (
    "id", "kind", "occurred_from", "occurred_to", "occurred", "until_from", "until_to", "until", "recorded", "received",
    "attributes", "words", "text", "agency", "organisation", "system", "record_id", "version", "part", "digest",
    "supersedes", "retracts", "sensitivity", "written_by",
)  # fmt: skip
HANDED_OVER = 4000
"""Records whose rows are written together: few enough that PostgreSQL soon has something to do."""
CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
"""Whether each row names what is there is looked at while the next are made, and not at the commit, where all wait."""
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
    """What a batch added: ids of the source people and addresses it touches, kinds, and how many entries.

    homes: the addresses where a link has somebody living.
    """

    people: set[uuid.UUID] = field(default_factory=set)
    addresses: set[uuid.UUID] = field(default_factory=set)
    homes: set[uuid.UUID] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    links: int = 0
    entries: int = 0


def newest_held(system: str, record_ids: Sequence[str], *, with_raw: bool) -> dict[str, tuple[int, str, bytes]]:
    """For each record id already held: its newest version, digest, and (where asked) raw bytes."""
    raw = "raw" if with_raw else "''::bytea"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT ON (record_id) record_id, version, digest, {raw} FROM intake_rawrecord "  # noqa: S608
            "WHERE system = %s AND record_id = ANY(%s::text[]) ORDER BY record_id, version DESC",
            [system, array(record_ids)],
        )
        return {
            id_: (version, digest, unseal(bytes(raw), RAW_COLUMN)) for id_, version, digest, raw in cursor.fetchall()
        }


def keep(
    batch: Sequence[Versioned],
    source: From,
    people: Mapping[str, uuid.UUID],
    addresses: Mapping[str, uuid.UUID],
) -> Kept:
    """Add these records; `people` and `addresses` give the id of each source id they name."""
    keeping = _Keeping(source, _texts(people), _texts(addresses))
    keeping.read_prior([item.record.record_id for item in batch if item.version > 1])
    for first in range(0, len(batch), HANDED_OVER):
        for item in batch[first : first + HANDED_OVER]:
            keeping.take(item)
        keeping.hand_over()
    return keeping.written()


def _texts(ids: Mapping[str, uuid.UUID]) -> dict[str, str]:
    return {name: str(id_) for name, id_ in ids.items()}


def row_id(what: str, source: From, item: Versioned, part: int) -> uuid.UUID:
    """The id of an entry or link: the same whenever and in whatever order the same version is kept."""
    return uuid.UUID(_row_id(what, source, item, part))


def _row_id(what: str, source: From, item: Versioned, part: int) -> str:
    return named_id(f"{what}\x1f{source.system}\x1f{item.record.record_id}\x1f{item.version}\x1f{part}")


_NAMESPACE = NAMESPACE.bytes


def named_id(name: str) -> str:
    """`uuid.uuid5` of a name in our namespace, as text, in a quarter of the time.

    >>> named_id("a") == str(uuid.uuid5(NAMESPACE, "a"))
    True
    """
    made = bytearray(sha1(_NAMESPACE + name.encode(), usedforsecurity=False).digest()[:16])
    made[6], made[8] = made[6] & 0x0F | 0x50, made[8] & 0x3F | 0x80
    text = made.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def bounds(partial: Partial | None) -> tuple[datetime | None, datetime | None, str]:
    """A partial date as its three columns."""
    if partial is None:
        return None, None, ""
    if partial.precision is Precision.day:
        return partial.earliest, partial.latest, _day(partial.earliest)
    earliest = None if partial.earliest == BEGINNING else partial.earliest
    latest = None if partial.latest == END else partial.latest
    return earliest, latest, partial.isoformat()


@lru_cache(maxsize=65_536)
def _day(begins: datetime) -> str:
    """The text of the day that begins then; a register names each day thousands of times."""
    return local_date(begins).isoformat()


def _when(said: tuple[datetime | None, datetime | None, str]) -> str:
    """The three columns of a partial date, as COPY reads them."""
    first, last, text = said
    return f"{moment(first) if first else NULL}\t{moment(last) if last else NULL}\t{written(text)}"


@dataclass(frozen=True, slots=True)
class _Stated:
    """What an entry or link that may be superseded states: enough to withdraw it, and to know whom it was about.

    about: for an entry, (source person, address, part) each; for a link, its three ends. Ids are texts: each is written
    several times.
    """

    id: str
    kind: str
    when: tuple[datetime | None, datetime | None, str]
    about: tuple[tuple[Any, ...], ...]

    def within(self, other: _Stated) -> bool:
        """Whether the other is about everyone that this is about.

        It then supersedes this one. Otherwise somebody's record would hold only the earlier version: it is withdrawn
        from them, and the other stands by itself.
        """
        return {each[:2] for each in self.about} <= {each[:2] for each in other.about}


_Versions = dict[tuple[str, int], dict[int, _Stated]]
_PRIOR_ENTRIES = """
    SELECT e.record_id, e.version, e.part, e.id, e.kind, e.occurred_from, e.occurred_to, e.occurred,
           s.source_person, s.address, s.part
    FROM chronology_entry e LEFT JOIN chronology_entrysubject s ON s.entry_id = e.id
    WHERE e.system = %s AND e.record_id = ANY(%s) AND NOT e.retracts
    ORDER BY s.id
"""
_PRIOR_LINKS = """
    SELECT record_id, version, part, id, kind, NULL, NULL, '', source_person, other_person, other_address
    FROM chronology_link WHERE system = %s AND record_id = ANY(%s) AND NOT retracts
"""


@dataclass(slots=True)
class _Keeping:
    """One batch on its way into the tables: the rows so far, and what they may supersede, held or in the batch."""

    source: From
    people: Mapping[str, str]
    addresses: Mapping[str, str]
    entries: _Versions = field(default_factory=dict)
    links: _Versions = field(default_factory=dict)
    raw_lines: list[str] = field(default_factory=list)
    entry_lines: list[str] = field(default_factory=list)
    subject_lines: list[str] = field(default_factory=list)
    link_rows: list[Sequence[Any]] = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    touched: dict[str, set[str]] = field(default_factory=lambda: {"people": set(), "addresses": set(), "homes": set()})
    whose: str = field(init=False)
    received: str = field(init=False)

    def __post_init__(self) -> None:
        source = self.source
        self.whose = "\t".join(map(written, (source.agency, source.organisation, source.system)))
        self.received = moment(source.received)

    def read_prior(self, record_ids: list[str]) -> None:
        """Read what is held of records that are about to be superseded."""
        if record_ids:
            self.entries = _prior(_PRIOR_ENTRIES, self.source.system, record_ids)
            self.links = _prior(_PRIOR_LINKS, self.source.system, record_ids)

    def take(self, item: Versioned) -> None:
        """Make the rows of one record. Whoever an earlier version was about is touched too."""
        record = item.record
        delivery = item.delivery or self.source.delivery
        raw = seal(record.raw, RAW_COLUMN).hex()
        self.raw_lines.append(
            f"{delivery}\t{written(self.source.system)}\t{written(record.record_id)}\t{item.version}\t{item.digest}\t\\\\x{raw}\n"
        )
        self._take_entries(item, () if record.withdrawn else record.entries)
        self._take_links(item, () if record.withdrawn else record.links)

    def _take_entries(self, item: Versioned, stated: Sequence[EntryRecord]) -> None:
        before = dict(self.entries.get((item.record.record_id, item.version - 1), {}))
        for old in before.values():
            self._touch(old)
        after = self.entries[item.record.record_id, item.version] = {}
        for part, entry in enumerate(stated):
            new = after[part] = self._stated(item, part, entry)
            old = before.pop(part) if part in before and before[part].within(new) else None
            self.entry_lines.append(self._entry_line(new, entry, item, part, old))
            self._add_subjects(new.id, new)
            self._touch(new)
        for part, old in enumerate(before.values(), start=len(stated)):
            id_ = _row_id("entry", self.source, item, part)
            self.entry_lines.append(self._retraction(id_, old, item, part))
            self._add_subjects(id_, old)

    def _stated(self, item: Versioned, part: int, entry: EntryRecord) -> _Stated:
        about = tuple(
            (None, self.addresses[subject.source_id], subject.part.value)
            if subject.address
            else (self.people[subject.source_id], None, subject.part.value)
            for subject in entry.subjects
        )
        return _Stated(_row_id("entry", self.source, item, part), entry.kind, bounds(entry.occurred), about)

    def _add_subjects(self, id_: uuid.UUID, stated: _Stated) -> None:
        self.subject_lines += [
            f"{id_}\t{person or NULL}\t{address or NULL}\t{part}\n" for person, address, part in stated.about
        ]

    def _touch(self, stated: _Stated) -> None:
        self.kept.kinds.add(stated.kind)
        for person, address, _ in stated.about:
            if address:
                self.touched["addresses"].add(address)
                if len(stated.about) > 1:  # somebody was there: what else happened there may concern them now
                    self.kept.kinds |= OF_PLACES | {"housing.unregistered"}
            if person:
                self.touched["people"].add(person)

    def _entry_line(self, new: _Stated, entry: EntryRecord, item: Versioned, part: int, old: _Stated | None) -> str:
        attributes = dict(entry.attributes)
        # A later version was written down at the latest when it came, and what was believed until then stays so.
        recorded = entry.recorded if item.version == 1 else max(entry.recorded, self.source.received)
        if entry.kind == "housing.residence" and attributes.get("address") in self.addresses:
            attributes["address"] = self.addresses[attributes["address"]]
        said = (
            f"{written(orjson.dumps(attributes).decode())}\t{seal_text(entry.words, WORDS_COLUMN)}\t"
            f"{seal_text(entry.text, TEXT_COLUMN)}"
        )
        when = f"{_when(new.when)}\t{_when(bounds(entry.until))}\t{moment(recorded)}"
        return self._line(new, when, said, item, part, old, "f", entry.sensitivity)

    def _retraction(self, id_: uuid.UUID, old: _Stated, item: Versioned, part: int) -> str:
        """A row that withdraws an entry: it states nothing itself, and is about the same people."""
        new = _Stated(id_, old.kind, old.when, old.about)
        when = f"{_when(old.when)}\t{_when(bounds(None))}\t{self.received}"
        return self._line(new, when, "{}\t\t", item, part, old, "t", "ordinary")

    def _line(
        self,
        new: _Stated,
        when: str,
        said: str,
        item: Versioned,
        part: int,
        old: _Stated | None,
        retracts: str,
        sensitivity: str,
    ) -> str:
        """An entry as COPY reads it, in the order of `ENTRY`."""
        record_id, by = written(item.record.record_id), written(self.source.written_by)
        return (
            f"{new.id}\t{new.kind}\t{when}\t{self.received}\t{said}\t{self.whose}\t{record_id}\t{item.version}\t"
            f"{part}\t{item.digest}\t{old.id if old else NULL}\t{retracts}\t{sensitivity}\t{by}\n"
        )

    def _take_links(self, item: Versioned, stated: Sequence[LinkRecord]) -> None:
        before = dict(self.links.get((item.record.record_id, item.version - 1), {}))
        after = self.links[item.record.record_id, item.version] = {}
        for part, link in enumerate(stated):
            new = after[part] = self._stated_link(item, part, link)
            since = link.since.earliest if link.since else None
            until = link.until.latest if link.until else None
            self._add_link(new, item, part, (since, until, link.recorded), before.pop(part, None))
        for part, old in enumerate(before.values(), start=len(stated)):
            ended = _Stated(_row_id("link", self.source, item, part), old.kind, old.when, old.about)
            self._add_link(ended, item, part, (None, None, self.source.received), old, retracts=True)

    def _stated_link(self, item: Versioned, part: int, link: LinkRecord) -> _Stated:
        lives_there = link.kind == "residence"
        to_person = None if lives_there else self.people[link.other]
        to_address = self.addresses[link.other] if lives_there else None
        ends = (self.people[link.person], to_person, to_address)
        return _Stated(_row_id("link", self.source, item, part), link.kind.value, (None, None, ""), (ends,))

    def _add_link(
        self,
        link: _Stated,
        item: Versioned,
        part: int,
        when: tuple[datetime | None, datetime | None, datetime],
        old: _Stated | None,
        *,
        retracts: bool = False,
    ) -> None:
        source = self.source
        for stated in (link, old) if old else (link,):
            self.touched["people"] |= {end for end in stated.about[0][:2] if end}
            self.touched["homes"] |= {end for end in stated.about[0][2:] if end}
        row = (
            link.id, link.kind, *link.about[0], *when, source.received, source.agency, source.system,
            item.record.record_id, item.version, part, old.id if old else None, retracts,
        )  # fmt: skip
        self.link_rows.append(row)

    def hand_over(self) -> None:
        """Have the rows so far written, while the next are made (`store.database.beside`)."""
        self.kept.entries += len(self.entry_lines)
        for table, columns, lines in (
            ("intake_rawrecord", RAW, self.raw_lines),
            ("chronology_entry", ENTRY, self.entry_lines),
            ("chronology_entrysubject", SUBJECT, self.subject_lines),
        ):
            copy_lines(table, columns, lines)
            lines.clear()
        if beside.is_helped():
            beside.execute(CHECK_NOW)

    def written(self) -> Kept:
        """Write what is left, and tell what all of it touches."""
        copy_rows("chronology_link", LINK, self.link_rows)
        self.kept.links = len(self.link_rows)
        for what, ids in self.touched.items():
            getattr(self.kept, what).update(map(uuid.UUID, ids))
        return self.kept


def _prior(query: str, system: str, record_ids: list[str]) -> _Versions:
    """What is held of these records, by version and part."""
    found: _Versions = {}
    with connection.cursor() as cursor:
        cursor.execute(query, [system, record_ids])
        for record_id, version, part, id_, kind, first, last, text, *about in cursor.fetchall():
            parts = found.setdefault((record_id, version), {})
            earlier = parts[part].about if part in parts else ()
            texts = tuple(str(each) if isinstance(each, uuid.UUID) else each for each in about)
            parts[part] = _Stated(str(id_), kind, (first, last, text), (*earlier, texts))
    return found


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
