"""School registers: what a week of marks becomes, what is refused, and how deliveries join."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from nightlight.feeds import school_register
from nightlight.feeds.attendance import IN_FORCE, codes, counts, read_mark
from nightlight.feeds.fields import Refused
from nightlight.feeds.records import FeedContext, Record, Rejection, UnreadableFile
from nightlight.feeds.school_register import merge

NOW = datetime(2025, 6, 1, 9, tzinfo=UTC)
CENSUS = Path(__file__).parents[2] / "data" / "schools"
LONG = "Student ID,UPN,Legal name,DOB,Date,Session,Mark"


def context(now: datetime = NOW, mapping=None) -> FeedContext:
    return FeedContext(agency="education", organisation="fernbank", system="sims:fernbank", now=now, mapping=mapping)


def read(*lines: str, now: datetime = NOW, mapping=None):
    content = "\n".join(lines).encode()
    return list(school_register.read(io.BytesIO(content), context(now, mapping)))


def marks(*sessions: str):
    """Rows of one pupil: "02/09/2024 AM /"."""
    found = read(LONG, *(",".join(["77", "", "Rowe Ada", "04/05/2014", *session.split()]) for session in sessions))
    return [r for r in found if isinstance(r, Record)], [r for r in found if isinstance(r, Rejection)]


def test_pupil_is_described_from_the_row():
    [record] = read(
        "Adno;UPN;Surname;Forename;Date of Birth;Gender;Postcode;Address;Ethnicity;Date;AM/PM;Mark",
        "77;B123456789012;Rowe;Ada;04/05/2014;F;sw1a1aa;1 Fern Street, Leigh;WBRI;02/09/2024;AM;/",
    )
    [person] = record.people
    assert (person.source_id, person.role, person.given, person.family, person.sex) == (
        "77",
        "child",
        "Ada",
        "Rowe",
        "F",
    )
    assert person.born.isoformat() == "2014-05-04"
    assert person.postcode == "SW1A 1AA"
    assert person.address_lines == ("1 Fern Street", "Leigh")
    assert person.details == {"ethnicity": "WBRI"}
    assert person.upn is None  # its check letter is wrong


@pytest.mark.parametrize(
    ("name", "expected"), [('"Rowe, Ada May"', ("Ada May", "Rowe")), ("Ada May Rowe", ("Ada May", "Rowe"))]
)
def test_legal_name_in_one_column(name, expected):
    [record] = read(LONG, f"77,,{name},,02/09/2024,AM,/")
    assert (record.people[0].given, record.people[0].family) == expected


def test_pupil_without_an_id_is_known_by_the_upn():
    [record] = read(LONG, ",A1,,,02/09/2024,AM,/")
    assert record.record_id == "A1/2024-W36"


def test_week_is_one_record_recorded_when_its_last_session_ended():
    [record], refused = marks("02/09/2024 AM /", "04/09/2024 PM I", "03/09/2024 AM L")
    [entry] = record.entries
    assert not refused
    assert record.record_id == "77/2024-W36"
    assert entry.occurred.isoformat() == "2024-09-02..2024-09-04"
    assert entry.recorded == datetime(2024, 9, 4, 14, 30, tzinfo=UTC)
    assert entry.attributes == {
        "possible": 3, "attended": 2, "late": 1, "authorised": 1, "unauthorised": 0, "unexplained": 0,
    }  # fmt: skip


def test_weeks_are_iso_weeks_over_new_year():
    records, _ = marks("30/12/2024 AM /", "03/01/2025 AM /", "06/01/2025 AM /")
    assert [record.record_id for record in records] == ["77/2025-W01", "77/2025-W02"]


def test_entry_is_never_recorded_after_the_delivery():
    [record] = read(LONG, "77,,,,02/09/2024,AM,/", now=datetime(2024, 9, 2, 8, 55, tzinfo=UTC))
    assert record.entries[0].recorded == datetime(2024, 9, 2, 8, 55, tzinfo=UTC)


def test_order_of_rows_makes_no_other_record():
    sessions = ["02/09/2024 AM /", "02/09/2024 PM N", "03/09/2024 AM I"]
    [one], _ = marks(*sessions)
    [other], _ = marks(*reversed(sessions))
    assert one.digest == other.digest


def test_both_strokes_are_present_and_the_last_mark_of_a_session_counts():
    [record], _ = marks("02/09/2024 AM \\", "02/09/2024 PM N", "02/09/2024 PM I")
    assert orjson.loads(record.raw)["marks"] == {"2024-09-02 AM": "/", "2024-09-02 PM": "I"}


@pytest.mark.parametrize("mark", ["", "-", " ", "."])
def test_no_mark_makes_no_record(mark):
    assert read(LONG, f"77,,,,02/09/2024,AM,{mark}") == []


@pytest.mark.parametrize(
    ("session", "field", "code"),
    [
        ("31/02/2024 AM /", "Date", "bad_date"),
        ("02/06/2025 AM /", "Date", "future_date"),
        ("02/09/2024 AM 8", "Mark", "unknown_code"),
        ("02/09/2024 AM H", "Mark", "retired_code"),
        ("02/09/2024 noon /", "Session", "bad_value"),
    ],
)
def test_mark_that_is_refused_leaves_the_others_standing(session, field, code):
    [record], [refused] = marks("02/09/2024 PM /", session)
    assert (refused.position, refused.field, refused.code) == ("line 3", field, code)
    assert refused.raw
    assert record.entries[0].attributes["possible"] == 1


def test_missing_pupil_is_refused():
    [refused] = read(LONG, ",,,,02/09/2024,AM,/")
    assert (refused.field, refused.code) == ("Student ID", "missing")


@pytest.mark.parametrize(("code", "counts_as"), [("H", "authorised"), ("F", "authorised"), ("J", "attended")])
def test_retired_code_counts_before_the_new_ones(code, counts_as):
    [record], refused = marks(f"16/07/2024 AM {code}")
    assert not refused
    assert record.entries[0].attributes[counts_as] == 1


def test_retired_y_is_not_possible():
    [record], _ = marks("16/07/2024 AM Y", "16/07/2024 PM /")
    assert record.entries[0].attributes["possible"] == 1


def test_birth_date_that_does_not_exist_is_refused_once_and_the_marks_are_kept():
    found = read(LONG, "77,,,31/02/2014,02/09/2024,AM,/", "77,,,31/02/2014,02/09/2024,PM,/")
    assert [(r.field, r.code) for r in found if isinstance(r, Rejection)] == [("DOB", "bad_date")]
    [record] = [r for r in found if isinstance(r, Record)]
    assert record.people[0].born is None
    assert record.entries[0].attributes["possible"] == 2


def test_comment_and_minutes_late_are_the_entrys_text():
    [record] = read(f"{LONG},Comment,Minutes Late", "77,,,,02/09/2024,AM,L,Walked alone,25", "77,,,,02/09/2024,PM,L,,5")
    assert record.entries[0].text == (
        "2024-09-02 AM L (25 minutes late): Walked alone\n2024-09-02 PM L (5 minutes late)"
    )


def test_wide_register_with_a_future_and_an_impossible_column():
    found = read(
        "Student ID,Mon 02/09/2024 AM,Mon 02/09/2024 PM,Fri 31/02/2025 AM,Tue 03/06/2025 AM", "77,/,8,/,/", "78,I,-,-,-"
    )
    refused = [(r.position, r.code) for r in found if isinstance(r, Rejection)]
    assert refused == [
        ("line 1, column 4", "bad_date"), ("line 2, column 3", "unknown_code"), ("line 2, column 5", "future_date"),
    ]  # fmt: skip
    assert [r.entries[0].attributes["possible"] for r in found if isinstance(r, Record)] == [1, 1]


def test_day_a_row_with_a_bad_morning_keeps_the_afternoon():
    [refused, record] = read("Student ID,Date,AM,PM", "77,02/09/2024,8,\\")
    assert (refused.position, refused.code) == ("line 2, column 3", "unknown_code")
    assert record.entries[0].attributes["attended"] == 1


def test_schools_own_letter_is_mapped():
    [record] = read(LONG, "77,,,,02/09/2024,AM,3", mapping={"codes": {"3": "I"}})
    assert record.entries[0].attributes["authorised"] == 1


def test_header_only_gives_nothing():
    assert read(LONG) == []


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("Student ID,Date,Session", "Mark"),
        ("Student ID,Session,Mark", "Date"),
        ("Date,Session,Mark", "Student ID"),
        ("Student ID,Date,Mark", "Session"),
    ],
)
def test_missing_column_is_named(header, missing):
    with pytest.raises(UnreadableFile, match=f"no column {missing}") as refused:
        read(header, "1,2,3")
    assert header.split(",")[0] in str(refused.value)


def joined(old: Record, *lines: str) -> Record:
    [new] = read(LONG, *lines)
    return merge(old.raw, new, context())


def test_afternoons_join_the_mornings_that_are_held():
    [morning], _ = marks("02/09/2024 AM /")
    both = joined(morning, "77,,Rowe Ada,04/05/2014,02/09/2024,PM,U")
    assert both.record_id == morning.record_id
    assert both.entries[0].attributes["possible"] == 2
    [whole], _ = marks("02/09/2024 AM /", "02/09/2024 PM U")
    assert both.raw == whole.raw


def test_correction_of_a_mark_wins():
    [unexplained], _ = marks("02/09/2024 AM N")
    corrected = joined(unexplained, "77,,Rowe Ada,04/05/2014,02/09/2024,AM,I")
    assert corrected.entries[0].attributes["unexplained"] == 0
    assert corrected.entries[0].attributes["authorised"] == 1
    assert corrected.digest != unexplained.digest


def test_same_marks_again_are_the_same_bytes_even_from_a_file_that_says_less():
    [held], _ = marks("02/09/2024 AM /", "02/09/2024 PM I")
    assert joined(held, "77,,,,02/09/2024,PM,I").digest == held.digest


def test_unsorted_file_past_the_bound_is_whole_once_merged(monkeypatch):
    monkeypatch.setattr(school_register, "HELD", 8)
    days = [date(2024, 9, 2) + timedelta(days=n) for n in range(5)]
    lines = [f"{pupil},,,,{day:%d/%m/%Y},AM,/" for day in days for pupil in range(30)]
    held: dict[str, Record] = {}
    for record in read(LONG, *lines):
        old = held.get(record.record_id)
        held[record.record_id] = merge(old.raw, record, context()) if old else record
    assert len(held) == 30
    assert {record.entries[0].attributes["attended"] for record in held.values()} == {5}


def test_table_of_codes_counts_each_live_code_once():
    live = [code for code, meaning in codes().items() if not meaning.retired]
    found = counts(live)
    assert len(live) == 34
    assert found["possible"] == found["attended"] + found["authorised"] + found["unauthorised"] + found["unexplained"]
    assert found["late"] == found["unexplained"] == 1
    assert counts(["U"]) == {
        "possible": 1, "attended": 0, "late": 0, "authorised": 0, "unauthorised": 1, "unexplained": 0,
    }  # fmt: skip


def test_refusal_of_a_code_says_where_the_codes_are():
    with pytest.raises(Refused, match=r"docs/reference/feeds\.md"):
        read_mark("8", IN_FORCE <= date(2024, 9, 2))


def census(name: str):
    with (CENSUS / f"{name}.csv").open("rb") as stream:
        return list(school_register.read(stream, context()))


def test_census_pupils_are_people_with_their_enrolment():
    found = census("pupilonroll")
    assert len(found) == 200
    assert {type(item) for item in found} == {Record}
    assert found[0].entries[0].kind == "education.enrolment"
    assert found[0].entries[0].occurred.isoformat() == "2023-02-03"
    assert found[0].people[0].family == "SUR6864"


def test_census_suspensions_are_kept_with_their_sessions():
    found = census("termlyexclusionsonroll")
    assert {type(item) for item in found} == {Record}
    assert found[0].entries[0].attributes == {"permanent": True, "sessions": 10}
    assert found[0].people[0].source_id == census("pupilonroll")[0].people[0].source_id


@pytest.mark.parametrize(("name", "code"), [("termlysessiondetailsonroll", "term_totals"), ("senneeds", "no_kind")])
def test_census_tables_that_no_kind_holds_are_refused_once(name, code):
    [refused] = census(name)
    assert (refused.code, refused.position) == (code, "200 rows")


def test_pupil_list_gives_enrolment_and_leaving():
    header = "Student ID,Surname,Forename,Admission Date,Leaving Date,School"
    found = read(header, "1,A,B,01/09/2020,20/07/2024,Fernbank", "2,A,B,01/09/2020,20/07/2025,", "3,A,B,,,")
    assert [record.record_id for record in found] == ["1/enrolment/2020-09-01", "2/enrolment/2020-09-01", "3/pupil"]
    assert found[0].entries[0].until.isoformat() == "2024-07-20"
    assert found[0].entries[0].attributes == {"setting": "Fernbank"}
    assert found[1].entries[0].until is None  # still to come
    assert found[2].entries == ()


def test_pupils_are_read_before_the_tables_that_name_them():
    names = ["termlyexclusionsonroll.csv", "marks.csv", "pupilonroll.csv"]
    assert sorted(names, key=school_register.FEED.order)[0] == "pupilonroll.csv"
