"""Lists of pupils with their enrolment, and the school census as tables: pupils on roll, suspensions, and the rest.

The census has a term's totals by attendance code; no kind of entry holds a term, so those tables are refused once, with
what to send instead, rather than spread over days on which nobody knows what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time

import orjson

from nightlight.feeds.csvfile import Row, Table, by_columns, named_columns, position
from nightlight.feeds.fields import Refused, columns_by_alias, folded, in_london, past_date, read_date, source_id
from nightlight.feeds.pupils import ALIASES, Pupil, person, pupil_id, pupil_of
from nightlight.feeds.records import EntryRecord, FeedContext, PersonRecord, Record, Rejection, SubjectRecord
from nightlight.timeline.london import local_date
from nightlight.timeline.partial import Partial

_SCHOOL_OPENS = time(9, 0)
_SCHOOL_CLOSES = time(15, 30)
_SUSPENSION = {
    "record": ("termlyexclusionsonrolltableid", "termlyexclusionstableid", "Suspension ID", "Exclusion ID"),
    "pupil": ("pupilonrolltableid", "Student ID", "Pupil ID"),
    "date": ("startdate", "Exclusion Start Date", "Suspension Start Date"),
    "sessions": ("sessions", "Sessions"),
    "category": ("category", "Exclusion Category", "Suspension Category"),
}
_CATEGORIES = {"PERM": True, "SUSP": False, "FIXD": False, "LNCH": False}
"""The census's categories: whether each is a permanent exclusion."""


def order(file_name: str) -> int:
    """Lists of pupils are read first: the other tables name pupils by id alone."""
    name = file_name.casefold()
    return 0 if "pupilonroll" in name or ("pupil" in name and "list" in name) else 1


def about_pupil(pupil: Pupil, row: Row, context: FeedContext) -> Iterator[Record | Rejection]:
    """What a row of marks says of the pupil besides: the enrolment, and a birth date that can't be."""
    cells = dict(pupil)
    if "dob" in cells:
        born = read_date(cells["dob"])
        if born is None or born > local_date(context.now):
            expected = "a birth date that exists and has come; the rest of the row is kept without it"
            yield Refused("DOB", "bad_date", expected).at(position(row.line), row.raw)
    if "admission" in cells:
        try:
            yield _pupil_record(pupil, row, context)
        except Refused as refused:
            yield refused.at(position(row.line), row.raw)


def read_pupils(table: Table, layout: Mapping[str, int], context: FeedContext) -> Iterator[Record | Rejection]:
    """One record a pupil: the person, and the enrolment where there is a date of admission."""
    fields = tuple(name for name in ALIASES if name in layout)
    for row in table.rows:
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            pupil = pupil_of(fields, tuple(row.cells[layout[name]] for name in fields))
            yield from about_pupil(pupil, row, context)
            if "admission" not in dict(pupil):
                yield _pupil_record(pupil, row, context)
        except Refused as refused:
            yield refused.at(position(row.line), row.raw)


def _pupil_record(pupil: Pupil, row: Row, context: FeedContext) -> Record:
    cells = dict(pupil)
    entries = (_enrolment(cells, context),) if "admission" in cells else ()
    since = entries[0].occurred.isoformat() if entries else ""
    return Record(
        position=position(row.line),
        record_id=f"{pupil_id(pupil)}/enrolment/{since}" if since else f"{pupil_id(pupil)}/pupil",
        raw=orjson.dumps({"pupil": cells}, option=orjson.OPT_SORT_KEYS),
        people=(person(pupil, local_date(context.now)),),
        entries=entries,
    )


def _enrolment(cells: Mapping[str, str], context: FeedContext) -> EntryRecord:
    since = past_date(cells["admission"], "Admission Date", context.now)
    until = _leaving(cells.get("leaving", ""), since, context)
    return EntryRecord(
        kind="education.enrolment",
        subjects=(SubjectRecord(cells["id"]),),
        occurred=Partial.day(since),
        until=Partial.day(until) if until else None,
        recorded=min(in_london(until or since, _SCHOOL_OPENS), context.now),
        attributes={"setting": cells.get("school") or context.organisation or context.system},
    )


def _leaving(text: str, since: date, context: FeedContext) -> date | None:
    """A date of leaving that is still to come is a plan: the child is enrolled until then."""
    if not text:
        return None
    until = read_date(text)
    if until is None or until < since:
        raise Refused("Leaving Date", "bad_date", "a date that exists and is not before the admission")
    return until if until <= local_date(context.now) else None


Reader = Callable[[Table, FeedContext], Iterator[Record | Rejection]]


def census_reader(table: Table) -> Reader | None:
    """The reader of a school census table other than the pupils, or None when this is not one."""
    names = {folded(name) for name in table.columns}
    if {"attendancereason", "sessions"} <= names:
        return _refuse_term_totals
    if {"pupilonrolltableid", "sentype"} <= names:
        return _refuse_needs
    layout = columns_by_alias(table.columns, _SUSPENSION)
    return _read_suspensions if _SUSPENSION.keys() <= layout.keys() else None


def _refuse_term_totals(table: Table, context: FeedContext) -> Iterator[Record | Rejection]:
    expected = "dated session marks (send the register export): a term's totals can't be placed in a day or week"
    return _refused_whole(table, "attendancereason", "term_totals", expected)


def _refuse_needs(table: Table, context: FeedContext) -> Iterator[Record | Rejection]:
    expected = "registers, lists of pupils or suspensions: no kind of entry holds a table of special needs"
    return _refused_whole(table, "sentype", "no_kind", expected)


def _refused_whole(table: Table, field: str, code: str, expected: str) -> Iterator[Record | Rejection]:
    """One rejection for all the rows, so that a census folder does not fill the list of refused records."""
    rows = sum(1 for _row in table.rows)
    if rows:
        yield Rejection(position=f"{rows:,} rows", field=field, code=code, expected=expected)


def _read_suspensions(table: Table, context: FeedContext) -> Iterator[Record | Rejection]:
    layout, names = columns_by_alias(table.columns, _SUSPENSION), named_columns(table.columns)
    for row in table.rows:
        if isinstance(row, Rejection):
            yield row
            continue
        cells = {field: row.cells[place].strip() for field, place in layout.items()}
        try:
            yield _suspension(cells, row, by_columns(names, row), context)
        except Refused as refused:
            yield refused.at(position(row.line), row.raw)


def _suspension(cells: Mapping[str, str], row: Row, raw: bytes, context: FeedContext) -> Record:
    pupil, key = source_id(cells["pupil"], "pupil"), source_id(cells["record"], "record id")
    day = past_date(cells["date"], "startdate", context.now)
    if cells["category"].upper() not in _CATEGORIES:
        raise Refused("category", "unknown_code", "one of PERM, SUSP, FIXD, LNCH")
    permanent = _CATEGORIES[cells["category"].upper()]
    attributes: dict[str, int | bool] = {"permanent": permanent}
    if cells["sessions"]:
        attributes["sessions"] = _sessions(cells["sessions"])
    entry = EntryRecord(
        kind="education.suspension",
        subjects=(SubjectRecord(pupil),),
        occurred=Partial.day(day),
        recorded=min(in_london(day, _SCHOOL_CLOSES), context.now),
        attributes=attributes,
        text="Lunchtime suspension" if cells["category"].upper() == "LNCH" else "",
    )
    return Record(
        position=position(row.line),
        record_id=f"suspension/{key}",
        raw=raw,
        people=(PersonRecord(source_id=pupil, role="child"),),
        entries=(entry,),
    )


def _sessions(text: str) -> int:
    """Whole sessions; the census's tables print them as 10.0."""
    whole = text.removesuffix(".0")
    if not (whole.isascii() and whole.isdecimal() and len(whole) <= 4):
        raise Refused("sessions", "bad_value", "a whole number of sessions")
    return int(whole)
