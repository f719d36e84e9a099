"""Lists of pupils and suspensions: what of a row is refused, and that the rest of the file stands."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from nightlight.feeds import school_register
from nightlight.feeds.csvfile import open_table
from nightlight.feeds.records import FeedContext, Record, Rejection, UnreadableFile

CONTEXT = FeedContext(
    agency="education", organisation="fernbank", system="sims:f", now=datetime(2025, 6, 1, 9, tzinfo=UTC)
)
PUPILS = "Student ID,Surname,Forename,DOB,Admission Date,Leaving Date,UPRN"
SUSPENSIONS = "Suspension ID,Student ID,Suspension Start Date,Sessions,Suspension Category"


def read(*lines: str):
    return list(school_register.read(io.BytesIO("\n".join(lines).encode()), CONTEXT))


def codes(found) -> list[str | type]:
    return [(item.field, item.code) if isinstance(item, Rejection) else type(item) for item in found]


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        ("1,A,B,,31/02/2020,,", ("Admission Date", "bad_date")),
        ("1,A,B,,01/09/2025,,", ("Admission Date", "future_date")),
        ("1,A,B,,01/09/2020,01/09/2019,", ("Leaving Date", "bad_date")),
        (",A,B,,01/09/2020,,", ("Student ID", "missing")),
        ("1,A", ("row", "columns")),
        ("1," + "A" * 201 + ",B,,,,", ("name", "too_long")),
        ("1,A,B,,,," + "9" * 2001, ("pupil", "too_long")),
    ],
)
def test_pupil_that_is_refused_leaves_the_next_standing(row, refused):
    assert codes(read(PUPILS, row, "2,A,B,,01/09/2020,,")) == [refused, Record]


def test_pupil_with_a_birth_date_to_come_is_kept_without_it():
    found = read(PUPILS, "1,A,B,01/01/2030,01/09/2020,,100012345678")
    assert codes(found) == [("DOB", "bad_date"), Record]
    assert found[1].people[0].born is None
    assert found[1].people[0].uprn == "100012345678"


def test_bad_enrolment_in_a_register_keeps_the_marks():
    found = read("Student ID,Admission Date,Date,Session,Mark", "1,31/02/2020,02/09/2024,AM,/")
    assert codes(found) == [("Admission Date", "bad_date"), Record]


def test_enrolment_in_a_register_is_one_record_a_pupil():
    rows = [f"1,01/09/2020,{day:02}/09/2024,AM,/" for day in range(2, 28) if day not in (7, 8, 14, 15, 21, 22)]
    found = read("Student ID,Admission Date,Date,Session,Mark", *rows)
    assert [record.record_id for record in found].count("1/enrolment/2020-09-01") == 1
    assert len(found) == 5


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        (",1,02/09/2024,4,SUSP", ("record id", "missing")),
        ("9,,02/09/2024,4,SUSP", ("pupil", "missing")),
        ("9,1,31/02/2024,4,SUSP", ("startdate", "bad_date")),
        ("9,1,02/09/2024,4.5,SUSP", ("sessions", "bad_value")),
        ("9,1,02/09/2024,4,AWAY", ("category", "unknown_code")),
        ("9,1", ("row", "columns")),
    ],
)
def test_suspension_that_is_refused_leaves_the_next_standing(row, refused):
    found = read(SUSPENSIONS, row, "10,1,02/09/2024,,LNCH")
    assert codes(found) == [refused, Record]
    assert found[1].entries[0].attributes == {"permanent": False}
    assert found[1].entries[0].text == "Lunchtime suspension"


def test_empty_census_table_is_nothing():
    assert read("pupilonrolltableid,sessions,attendancereason") == []


def test_first_line_of_a_megabyte_is_no_header():
    with pytest.raises(UnreadableFile, match="longer than any header"):
        open_table(io.BytesIO(b"a," * 600_000))
