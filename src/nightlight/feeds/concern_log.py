"""A school's log of concerns, as CSV with a mapping file: what was seen, each student's part, the child's own words.

One concern is one entry, however many categories it was given. A student said to have harmed is never filed as harmed,
and one whose part nobody stated is only mentioned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from nightlight.domain.people import Part
from nightlight.feeds.csvfile import Row, Table, by_columns, missing_columns, named_columns, open_table, position
from nightlight.feeds.fields import LONGEST_ID, LONGEST_WORDS, Refused, columns_by_alias, folded, past_moment, source_id
from nightlight.feeds.mapping import SHIPPED, ConcernMapping, concern_mapping, load_mapping, shipped_mapping
from nightlight.feeds.pupils import person, pupil_id, pupil_of
from nightlight.feeds.records import (
    EntryRecord,
    Feed,
    FeedContext,
    PersonRecord,
    Record,
    Rejection,
    SubjectRecord,
    UnreadableFile,
)
from nightlight.timeline.london import local_date
from nightlight.timeline.partial import Partial

__all__ = ["FEED", "load_mapping", "read"]

REMEMBERED = 10_000
"""Concern ids of one file that are remembered, to notice two rows with one id."""
LONGEST_RECORD_ID = 300
_LINKED = re.compile(r"(?P<id>[^\s(:]*\d[^\s(:]*)(?P<name>[^(:]*)(?:[(:]\s*(?P<part>[^)]*?)\s*\)?)?")


def read(stream: BinaryIO, context: FeedContext) -> Iterator[Record | Rejection]:
    """The concerns of a log. Without a mapping, one that comes with the package is taken when its columns are there.

    >>> import io
    >>> from datetime import datetime
    >>> csv = b"Incident ID,Student ID,Incident Date,Incident,Category\\n9,77,04/03/2024 12:20,No lunch,Hunger\\n"
    >>> now = datetime.fromisoformat("2024-03-05T09:00Z")
    >>> context = FeedContext(agency="education", organisation="fernbank", system="cpoms:fernbank", now=now)
    >>> [record] = read(io.BytesIO(csv), context)
    >>> record.record_id, record.entries[0].attributes
    ('9', {'category': 'hunger'})
    """
    table = open_table(stream)
    mapping = concern_mapping(context.mapping) if context.mapping else _fitting(table)
    return _Log(table, mapping, context).read()


def _fitting(table: Table) -> ConcernMapping:
    for name in SHIPPED:
        mapping = concern_mapping(shipped_mapping(name))
        if not _missing(table, mapping):
            return mapping
    known = [name for mapping in SHIPPED for names in shipped_mapping(mapping)["columns"].values() for name in names]
    found = missing_columns(table, ["for the concern's id, student, date and text"], known)
    how = "Give a mapping file that says which column is which (docs/how-to/map-a-concern-log.md)."
    raise UnreadableFile(f"{found} {how}")


def _missing(table: Table, mapping: ConcernMapping) -> list[str]:
    concern = columns_by_alias(table.columns, mapping.aliases())
    missing = [mapping.columns[name][0] for name in ("id", "date", "text") if name not in concern]
    student = columns_by_alias(table.columns, mapping.student_aliases())
    if not student.keys() & {"id", "upn"}:
        missing += [mapping.columns[name][0] for name in ("student_id", "upn") if name in mapping.columns][:1]
    return missing


class _Log:
    """One file being read with its mapping."""

    def __init__(self, table: Table, mapping: ConcernMapping, context: FeedContext) -> None:
        missing = _missing(table, mapping)
        if missing:
            raise missing_columns(table, missing, [name for names in mapping.columns.values() for name in names])
        self._table, self._mapping, self._context = table, mapping, context
        self._concern = columns_by_alias(table.columns, mapping.aliases())
        student = columns_by_alias(table.columns, mapping.student_aliases())
        self._student_fields, self._student_places = tuple(student), tuple(student.values())
        self._keep = columns_by_alias(table.columns, {name: (name,) for name in mapping.keep})
        status = columns_by_alias(table.columns, {"withdrawn": (mapping.withdrawn_column,)})
        self._withdrawn_place = status.get("withdrawn") if mapping.withdrawn_column else None
        self._names = named_columns(table.columns)
        self._seen: dict[int, int] = {}

    def read(self) -> Iterator[Record | Rejection]:
        for row in self._table.rows:
            if isinstance(row, Rejection):
                yield row
                continue
            try:
                yield self._record(row)
            except Refused as refused:
                yield refused.at(position(row.line), row.raw)

    def _cell(self, row: Row, field: str) -> str:
        place = self._concern.get(field)
        return row.cells[place].strip() if place is not None else ""

    def _record(self, row: Row) -> Record:
        student = pupil_of(self._student_fields, tuple(row.cells[place] for place in self._student_places))
        key = source_id(self._cell(row, "id"), "id")
        record_id = f"{key}/{pupil_id(student)}" if self._mapping.per_student else key
        if len(record_id) > LONGEST_RECORD_ID:
            raise Refused("id", "too_long", f"ids of at most {LONGEST_RECORD_ID} characters together")
        raw = by_columns(self._names, row)
        if self._seen.setdefault(hash(record_id), hash(raw)) != hash(raw):
            expected = "one row for each id; where each student has a row, the mapping says `rows: student`"
            raise Refused("id", "repeated_id", expected)
        if len(self._seen) > REMEMBERED:
            self._seen.clear()
        linked, unread = self._linked(row, pupil_id(student))
        return Record(
            position=position(row.line),
            record_id=record_id,
            raw=raw,
            people=(
                person(student, local_date(self._context.now)),
                *(PersonRecord(source_id=other, role="child") for other in linked),
            ),
            entries=self._entries(row, pupil_id(student), linked, unread),
            withdrawn=self._withdrawn(row),
        )

    def _withdrawn(self, row: Row) -> bool:
        place = self._withdrawn_place
        return place is not None and folded(row.cells[place].strip()) in self._mapping.withdrawn

    def _entries(
        self, row: Row, student: str, linked: Mapping[str, Part], unread: list[str]
    ) -> tuple[EntryRecord, ...]:
        occurred = past_moment(self._cell(row, "date"), "date", self._context.now, clock=self._cell(row, "time"))
        recorded = self._recorded(row, occurred)
        category, words_for_it = self._category(row)
        own_part = self._part(self._cell(row, "part"), Part.SUBJECT)
        attributes = {"category": category}
        if observer := self._cell(row, "observer"):
            attributes["observer"] = _short(observer, "observer")
        concern = EntryRecord(
            kind="education.concern",
            subjects=(SubjectRecord(student, own_part), *(SubjectRecord(*other) for other in linked.items())),
            occurred=occurred,
            recorded=min(recorded.latest, self._context.now),
            attributes=attributes,
            text=self._text(row, words_for_it, unread),
        )
        voice = tuple(self._voice(row, student, concern))
        if not self._cell(row, "text"):
            if not voice:
                raise Refused("text", "missing", "what was seen, or the child's own words")
            return voice
        return (concern, *voice)

    def _recorded(self, row: Row, occurred: Partial) -> Partial:
        cell = self._cell(row, "recorded")
        return past_moment(cell, "recorded", self._context.now) if cell else occurred

    def _category(self, row: Row) -> tuple[str, list[str]]:
        """The first category that the mapping knows, and the school's words where they say more than it does."""
        cell = self._cell(row, "categories")
        words = [word.strip() for word in cell.split(self._mapping.separators["categories"]) if word.strip()]
        known = [self._mapping.categories[folded(word)] for word in words if folded(word) in self._mapping.categories]
        first = next((category for category in known if category != "other"), "other")
        return first, words

    def _part(self, word: str, otherwise: Part) -> Part:
        return self._mapping.parts.get(folded(word), otherwise) if word else otherwise

    def _linked(self, row: Row, student: str) -> tuple[dict[str, Part], list[str]]:
        """The other students by id with their parts, and what could not be read as one (kept as text)."""
        parts: dict[str, Part] = {}
        unread = []
        for item in self._cell(row, "linked").split(self._mapping.separators["linked"]):
            found = _LINKED.fullmatch(item.strip())
            if found and len(found["id"]) <= LONGEST_ID:
                part = self._part(found["part"] or "", Part.MENTIONED)
                parts[found["id"]] = Part.MENTIONED if self._mapping.per_student else part
            if item.strip() and (not found or (found["part"] and folded(found["part"]) not in self._mapping.parts)):
                unread.append(item.strip())
        parts.pop(student, None)
        return parts, unread

    def _text(self, row: Row, categories: list[str], unread: list[str]) -> str:
        lines = [self._cell(row, "text")]
        lines += [f"Categories: {'; '.join(categories)}"] if categories else []
        lines += [f"Linked: {'; '.join(unread)}"] if unread else []
        lines += [
            f"{name}: {row.cells[place].strip()}" for name, place in self._keep.items() if row.cells[place].strip()
        ]
        return "\n".join(line for line in lines if line)

    def _voice(self, row: Row, student: str, concern: EntryRecord) -> Iterator[EntryRecord]:
        words = self._cell(row, "words")
        if words:
            setting = self._cell(row, "setting")
            yield EntryRecord(
                kind="voice.words",
                subjects=(SubjectRecord(student),),
                occurred=concern.occurred,
                recorded=concern.recorded,
                attributes={"setting": _short(setting, "setting")} if setting else {},
                words=words,
            )


def _short(text: str, field: str) -> str:
    if len(text) > LONGEST_WORDS:
        raise Refused(field, "too_long", f"text of at most {LONGEST_WORDS:,} characters")
    return text


FEED = Feed(
    name="concern-log",
    title="School concern logs (CSV, with a mapping file)",
    agency="education",
    read=read,
    suffixes=(".csv", ".tsv", ".txt"),
)
"""The feed as the registry lists it."""
