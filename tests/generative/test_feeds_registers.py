"""Registers: however the marks of a week arrive, in whatever files and order, the hub ends with the same week."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st

from nightlight.domain.kinds import problems_with
from nightlight.feeds import school_register
from nightlight.feeds.attendance import codes
from nightlight.feeds.records import FeedContext, Record

CONTEXT = FeedContext(
    agency="education", organisation="fernbank", system="sims:fernbank", now=datetime(2025, 6, 1, tzinfo=UTC)
)
LIVE = sorted(code for code, meaning in codes().items() if not meaning.retired)
SESSIONS = [
    (date(2024, 12, 23) + timedelta(days=day), session, pupil)
    for day in range(21)
    for session in ("AM", "PM")
    for pupil in ("1", "2", "3")
]
MARKS = st.dictionaries(st.sampled_from(SESSIONS), st.sampled_from(LIVE), min_size=1, max_size=30)


def long(marks) -> bytes:
    rows = [f"{pupil},{day:%d/%m/%Y},{session},{mark}" for (day, session, pupil), mark in marks]
    return "\n".join(["Student ID,Date,Session,Mark", *rows]).encode()


def wide(marks) -> bytes:
    columns = sorted({(day, session) for (day, session, _pupil), _mark in marks})
    table = dict(marks)
    header = ["Student ID", *(f"{day:%a %d/%m/%Y} {session}" for day, session in columns)]
    pupils = sorted({pupil for (_day, _session, pupil), _mark in marks})
    rows = [[pupil, *(table.get((*column, pupil), "-") for column in columns)] for pupil in pupils]
    return "\n".join(";".join(row) for row in [header, *rows]).encode()


def held(*files: bytes) -> dict[str, Record]:
    """What a hub holds after these deliveries, one after another."""
    found: dict[str, Record] = {}
    for content in files:
        for record in school_register.read(io.BytesIO(content), CONTEXT):
            assert isinstance(record, Record)
            old = found.get(record.record_id)
            found[record.record_id] = school_register.merge(old.raw, record, CONTEXT) if old else record
    return found


def stated(records: dict[str, Record]):
    return {key: (record.raw, record.entries) for key, record in records.items()}


@given(marks=MARKS, data=st.data())
def test_marks_split_over_files_in_any_order_make_the_same_weeks(marks, data):
    whole = list(marks.items())
    shuffled = data.draw(st.permutations(whole))
    at = data.draw(st.integers(0, len(whole)))
    assert stated(held(long(shuffled[:at]), long(shuffled[at:]))) == stated(held(long(whole)))


@given(marks=MARKS)
def test_wide_and_long_registers_say_the_same(marks):
    assert stated(held(wide(list(marks.items())))) == stated(held(long(marks.items())))


@given(marks=MARKS, again=st.integers(1, 3))
def test_sending_again_changes_nothing(marks, again):
    content = long(marks.items())
    assert stated(held(*[content] * (again + 1))) == stated(held(content))


@given(marks=MARKS)
def test_each_possible_session_is_counted_once(marks):
    records = held(long(marks.items()))
    for record in records.values():
        [entry] = record.entries
        counted = entry.attributes
        assert not problems_with(entry.kind, counted)
        parts = ("attended", "authorised", "unauthorised", "unexplained")
        assert counted["possible"] == sum(counted[part] for part in parts)
        assert counted["late"] <= counted["attended"]
    possible = sum(record.entries[0].attributes["possible"] for record in records.values())
    assert possible == sum(bool(codes()[mark].counts_as) for mark in marks.values())
    assert sum(len(orjson.loads(record.raw)["marks"]) for record in records.values()) == len(marks)


@given(rows=st.lists(st.lists(st.text(max_size=12), min_size=4, max_size=4), max_size=12))
def test_any_rows_are_kept_or_refused(rows):
    content = "\n".join(["Student ID,Date,Session,Mark", *(",".join(row) for row in rows)]).encode("utf-8", "replace")
    for item in school_register.read(io.BytesIO(content), CONTEXT):
        assert item.position
