"""School registers: CSV of dated session marks, one mark or one day a row, or one pupil a row with a column a session.

One record is a pupil's week: its marks by session, so that a later file of afternoons, or of an N corrected to I, joins
what is held. Lists of pupils and the school census go to `pupil_lists`. What a code counts as is in `attendance`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from operator import itemgetter
from typing import Any, BinaryIO, NamedTuple

import orjson

from nightlight.feeds import pupil_lists
from nightlight.feeds.attendance import IN_FORCE, counts, read_mark, session_end
from nightlight.feeds.csvfile import Row, Table, missing_columns, open_table, position
from nightlight.feeds.fields import DATE_EXPECTED, Refused, columns_by_alias, past_date, read_date
from nightlight.feeds.pupils import ALIASES, Pupil, person, pupil_id, pupil_of
from nightlight.feeds.records import EntryRecord, Feed, FeedContext, Record, Rejection, SubjectRecord, UnreadableFile
from nightlight.timeline.london import local_date
from nightlight.timeline.partial import Partial

HELD = 16_384
"""Pupil-weeks held while their marks arrive; past it the oldest are given, and marks that come later are merged."""
LONGEST_COMMENT = 10_000

_MARKS: Mapping[str, tuple[str, ...]] = {
    "date": ("Date", "Mark Date", "Register Date", "Attendance Date", "Session Date"),
    "session": ("Session", "AM/PM", "AMPM", "Period", "Roll Call"),
    "mark": ("Mark", "Attendance Mark", "Code", "Attendance Code", "Session Mark"),
    "am": ("AM", "AM Mark"),
    "pm": ("PM", "PM Mark"),
    "comment": ("Comment", "Comments", "Note", "Notes"),
    "minutes_late": ("Minutes Late", "Mins Late", "Late Minutes"),
}
_SESSIONS = {
    "am": "AM", "a": "AM", "1": "AM", "morning": "AM", "amsession": "AM", "amreg": "AM", "amregistration": "AM",
    "pm": "PM", "p": "PM", "2": "PM", "afternoon": "PM", "pmsession": "PM", "pmreg": "PM", "pmregistration": "PM",
}  # fmt: skip
_SESSION_COLUMN = re.compile(r"(?P<date>.*\d.*?)[\s_:/-]*\b(?P<session>AM|PM)\b.*", re.IGNORECASE)
_KNOWN = tuple(name for names in (*ALIASES.values(), *_MARKS.values()) for name in names)


class _Slot(NamedTuple):
    """One session: the ISO week it falls in, its key in the week, and whether the codes of 2024 hold on that day."""

    week: str
    session: str
    on_new_codes: bool


@dataclass(slots=True)
class _Week:
    """A pupil's week while its marks arrive."""

    pupil: Pupil
    line: int
    marks: dict[str, str] = field(default_factory=dict)
    notes: dict[str, dict[str, str]] = field(default_factory=dict)


def read(stream: BinaryIO, context: FeedContext) -> Iterator[Record | Rejection]:
    """The pupil-weeks of a register; or the pupils, enrolments and suspensions of a list of them.

    >>> import io
    >>> csv = b"Student ID,Date,Session,Mark\\n77,02/09/2024,AM,/\\n77,02/09/2024,PM,I\\n"
    >>> now = datetime.fromisoformat("2024-09-03T09:00Z")
    >>> context = FeedContext(agency="education", organisation="fernbank", system="sims:fernbank", now=now)
    >>> [record] = read(io.BytesIO(csv), context)
    >>> record.record_id, record.entries[0].attributes["authorised"]
    ('77/2024-W36', 1)
    """
    table = open_table(stream)
    layout = columns_by_alias(table.columns, {**ALIASES, **_MARKS})
    if (census := pupil_lists.census_reader(table)) is not None:
        return census(table, context)
    if {"date", "mark", "session"} <= layout.keys() and _has_pupil(layout):
        return _Register(layout, context).read(table, _one_mark)
    if "date" in layout and layout.keys() & {"am", "pm"} and _has_pupil(layout):
        return _Register(layout, context).read(table, _one_day)
    sessions = _session_columns(table.columns)
    if sessions and _has_pupil(layout):
        return _read_wide(table, layout, sessions, context)
    if _has_pupil(layout) and layout.keys() & {"name", "surname"} and not layout.keys() & {"mark", "session"}:
        return pupil_lists.read_pupils(table, layout, context)
    raise _missing(table, layout)


def _has_pupil(layout: Mapping[str, int]) -> bool:
    return "id" in layout or "upn" in layout


def _missing(table: Table, layout: Mapping[str, int]) -> UnreadableFile:
    missing = [] if _has_pupil(layout) else ["Student ID (or UPN)"]
    missing += [name for name in ("Date", "Session", "Mark") if name.casefold() not in layout]
    return missing_columns(table, missing, _KNOWN)


class _Register:
    """The pupil-weeks of one file, held while their marks arrive."""

    def __init__(self, layout: Mapping[str, int], context: FeedContext) -> None:
        self.layout, self.context = layout, context
        self.ready: list[Record | Rejection] = []
        self._fields = tuple(name for name in ALIASES if name in layout)
        self._cells = _getter([layout[name] for name in self._fields])
        self._weeks: dict[tuple[Pupil, str], _Week] = {}
        self._slots: dict[tuple[str, str], _Slot] = {}
        self._pupils: dict[str, Pupil] = {}
        self._own_codes = _own_codes(context.mapping)
        self._notes = [(name, layout[name]) for name in ("comment", "minutes_late") if name in layout]

    def read(self, table: Table, take: Callable[[_Register, Row], None]) -> Iterator[Record | Rejection]:
        for row in table.rows:
            if isinstance(row, Rejection):
                yield row
                continue
            try:
                take(self, row)
            except Refused as refused:
                yield refused.at(position(row.line), row.raw)
            if self.ready:
                yield from self._drained()
            if len(self._weeks) > HELD:
                yield from self._oldest(HELD // 4)
        yield from self._oldest(len(self._weeks))

    def pupil(self, row: Row) -> Pupil:
        return pupil_of(self._fields, self._cells(row.cells))

    def slot(self, day: str, session: str) -> _Slot:
        found = self._slots.get((day, session))
        if found is None:
            if len(self._slots) > HELD:
                self._slots.clear()
            found = self._slots[day, session] = _slot(day, session, self.context.now)
        return found

    def put(self, row: Row, pupil: Pupil, slot: _Slot, mark: str) -> None:
        """One mark; a second one for the same session in the same file is the school's correction."""
        code = read_mark(self._own_codes.get(mark.strip(), mark), slot.on_new_codes)
        if not code:
            return
        note = self._note(row) if self._notes else None
        week = self._weeks.get((pupil, slot.week))
        if week is None:
            week = self._new_week(row, pupil, slot.week)
        week.marks[slot.session] = code
        if note:
            week.notes[slot.session] = note

    def _note(self, row: Row) -> dict[str, str]:
        note = {name: cell for name, place in self._notes if (cell := " ".join(row.cells[place].split()))}
        if any(len(cell) > LONGEST_COMMENT for cell in note.values()):
            raise Refused("Comment", "too_long", f"a comment of at most {LONGEST_COMMENT:,} characters")
        return note

    def _new_week(self, row: Row, pupil: Pupil, name: str) -> _Week:
        week = self._weeks[pupil, name] = _Week(pupil, row.line)
        key = pupil_id(pupil)
        if self._pupils.get(key) != pupil:
            if len(self._pupils) > HELD:
                self._pupils.clear()
            self._pupils[key] = pupil
            self.ready += pupil_lists.about_pupil(pupil, row, self.context)
        return week

    def _drained(self) -> Iterator[Record | Rejection]:
        yield from self.ready
        self.ready.clear()

    def _oldest(self, number: int) -> Iterator[Record | Rejection]:
        for key in list(islice(self._weeks, number)):
            week = self._weeks.pop(key)
            if week.marks:
                yield _record(dict(week.pupil), week.marks, week.notes, self.context, position(week.line))


def _getter(places: list[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(places) == 1:
        return lambda cells: (cells[places[0]],)
    return itemgetter(*places)


def _own_codes(mapping: Mapping[str, Any] | None) -> Mapping[str, str]:
    """A school's own letters for a national code, from the mapping file's `codes`."""
    found = (mapping or {}).get("codes") or {}
    return {str(own): str(national) for own, national in found.items()} if isinstance(found, Mapping) else {}


def _one_mark(register: _Register, row: Row) -> None:
    cells, layout = row.cells, register.layout
    pupil = register.pupil(row)
    slot = register.slot(cells[layout["date"]], cells[layout["session"]])
    register.put(row, pupil, slot, cells[layout["mark"]])


def _one_day(register: _Register, row: Row) -> None:
    pupil, day = register.pupil(row), row.cells[register.layout["date"]]
    for session in ("am", "pm"):
        place = register.layout.get(session)
        if place is not None:
            _put_or_refuse(register, row, pupil, register.slot(day, session), place)


def _put_or_refuse(register: _Register, row: Row, pupil: Pupil, slot: _Slot, place: int) -> None:
    """One cell of several in a row: a mark that can't be kept leaves the others standing."""
    try:
        register.put(row, pupil, slot, row.cells[place])
    except Refused as refused:
        register.ready.append(refused.at(_cell(row.line, place), row.raw))


def _cell(line: int, place: int) -> str:
    return f"{position(line)}, column {place + 1}"


def _slot(day_text: str, session_text: str, now: datetime) -> _Slot:
    session = _SESSIONS.get(re.sub(r"[^a-z0-9]", "", session_text.casefold()))
    day = past_date(day_text, "Date", now)
    if session is None:
        raise Refused("Session", "bad_value", "AM or PM")
    return _slot_of(day, session)


def _slot_of(day: date, session: str) -> _Slot:
    year, week, _ = day.isocalendar()
    return _Slot(f"{year}-W{week:02}", f"{day.isoformat()} {session}", day >= IN_FORCE)


def _session_columns(columns: tuple[str, ...]) -> dict[int, _Slot | None]:
    """The columns of a wide register that are one session each; None for one whose date does not exist."""
    found: dict[int, _Slot | None] = {}
    for place, name in enumerate(columns):
        match = _SESSION_COLUMN.fullmatch(name[:60])
        if match:
            day = read_date(match["date"])
            found[place] = _slot_of(day, match["session"].upper()) if day else None
    return found


def _read_wide(
    table: Table, layout: Mapping[str, int], sessions: Mapping[int, _Slot | None], context: FeedContext
) -> Iterator[Record | Rejection]:
    for place in (place for place, slot in sessions.items() if slot is None):
        yield Refused("Date", "bad_date", DATE_EXPECTED).at(_cell(1, place), b"")
    today = local_date(context.now).isoformat()
    come = [(place, slot, slot.session[:10] > today) for place, slot in sessions.items() if slot]

    def one_pupil(register: _Register, row: Row) -> None:
        pupil = register.pupil(row)
        for place, slot, future in come:
            if not future:
                _put_or_refuse(register, row, pupil, slot, place)
            elif row.cells[place].strip(" -"):
                refused = Refused("Date", "future_date", "a mark of a session that has come")
                register.ready.append(refused.at(_cell(row.line, place), row.raw))

    yield from _Register(layout, context).read(table, one_pupil)


def _record(
    pupil: Mapping[str, str],
    marks: Mapping[str, str],
    notes: Mapping[str, Mapping[str, str]],
    context: FeedContext,
    where: str,
) -> Record:
    """A pupil's week as one record: its raw bytes are its marks in one fixed order, however they arrived."""
    content = {"pupil": pupil, "marks": marks, **({"notes": notes} if notes else {})}
    sessions = sorted(marks)
    first, last = date.fromisoformat(sessions[0][:10]), date.fromisoformat(sessions[-1][:10])
    entry = EntryRecord(
        kind="education.register",
        subjects=(SubjectRecord(pupil["id"]),),
        occurred=Partial.day(first) if first == last else Partial.bounds(Partial.day(first), Partial.day(last)),
        recorded=min(session_end(sessions[-1]), context.now),
        attributes=counts(marks.values()),
        text="\n".join(_note(session, marks[session], notes[session]) for session in sessions if session in notes),
    )
    year, week, _ = first.isocalendar()
    return Record(
        position=where,
        record_id=f"{pupil['id']}/{year}-W{week:02}",
        raw=orjson.dumps(content, option=orjson.OPT_SORT_KEYS),
        people=(person(tuple(sorted(pupil.items())), local_date(context.now)),),
        entries=(entry,),
    )


def _note(session: str, mark: str, note: Mapping[str, str]) -> str:
    late = f" ({note['minutes_late']} minutes late)" if "minutes_late" in note else ""
    return f"{session} {mark}{late}: {note['comment']}" if "comment" in note else f"{session} {mark}{late}"


def merge(old_raw: bytes, record: Record, context: FeedContext) -> Record:
    """The week that is held joined with a later delivery of it: by session, the later mark wins.

    What neither changes gives the same bytes, so the same file again is no new version.
    """
    old, new = orjson.loads(old_raw), orjson.loads(record.raw)
    if "marks" not in old or "marks" not in new:
        return record
    return _record(
        {**old["pupil"], **new["pupil"]},
        {**old["marks"], **new["marks"]},
        {**old.get("notes", {}), **new.get("notes", {})},
        context,
        record.position,
    )


FEED = Feed(
    name="school-register",
    title="School registers, lists of pupils and suspensions (CSV)",
    agency="education",
    read=read,
    suffixes=(".csv", ".txt", ".tsv"),
    merge=merge,
    order=pupil_lists.order,
)
"""The feed as the registry lists it."""
