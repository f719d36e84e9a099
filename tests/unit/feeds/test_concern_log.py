"""Concern logs: one concern one entry, each student's own part, the child's words apart, mappings that teach."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from nightlight.domain.people import Part
from nightlight.feeds import concern_log
from nightlight.feeds.mapping import SHIPPED, MappingError, concern_mapping, load_mapping, read_mapping, shipped_mapping
from nightlight.feeds.records import FeedContext, Record, Rejection, UnreadableFile

NOW = datetime(2025, 6, 1, 9, tzinfo=UTC)
ROW = {
    "Incident ID": "9", "Student ID": "77", "Student": "Rowe, Ada", "DOB": "04/05/2014", "Incident Date": "04/03/2024",
    "Incident Time": "12:20", "Categories": "Hunger", "Incident": "No lunch.",
    "Added By": "Lunch supervisor",
    "Student's Words": "", "Location": "",
    "Student Role": "", "Linked Students": "", "Status": "Open", "Date Added": "",
}  # fmt: skip


def read(*changes: dict[str, str], mapping=None):
    rows = [{**ROW, **change} for change in changes]
    lines = io.StringIO()
    writer = csv.DictWriter(lines, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    context = FeedContext(agency="education", organisation="f", system="cpoms:f", now=NOW, mapping=mapping)
    return list(concern_log.read(io.BytesIO(lines.getvalue().encode()), context))


def parts(record: Record) -> dict[str, str]:
    return {subject.source_id: subject.part.value for subject in record.entries[0].subjects}


def test_concern_is_one_entry_with_its_first_known_category():
    [record] = read({"Categories": "Cause for concern, Playground, Personal hygiene, Hunger"})
    [entry] = record.entries
    assert entry.kind == "education.concern"
    assert entry.attributes == {"category": "hygiene", "observer": "Lunch supervisor"}
    assert entry.occurred.isoformat() == "2024-03-04T12:20:00Z"
    assert entry.text == (
        "No lunch.\nCategories: Cause for concern; Playground; Personal hygiene; Hunger\nStatus: Open"
    )
    assert record.people[0].family == "Rowe"


def test_unknown_category_is_other_and_the_word_is_kept():
    [record] = read({"Categories": "Playground"})
    assert record.entries[0].attributes["category"] == "other"
    assert "Playground" in record.entries[0].text


def test_childs_words_are_an_entry_of_their_own_verbatim():
    [record] = read({"Student's Words": "I don't eat  on Sundays.", "Location": "Dining hall"})
    [concern, voice] = record.entries
    assert voice.kind == "voice.words"
    assert voice.words == "I don't eat  on Sundays."
    assert voice.attributes == {"setting": "Dining hall"}
    assert voice.words not in concern.text


def test_words_without_text_are_kept_alone_and_neither_is_refused():
    [voice_only, refused] = read({"Incident": "", "Student's Words": "No."}, {"Incident ID": "10", "Incident": ""})
    assert [entry.kind for entry in voice_only.entries] == ["voice.words"]
    assert (refused.field, refused.code) == ("text", "missing")


def test_each_linked_student_has_a_part_of_their_own():
    [record] = read(
        {"Student Role": "Victim", "Linked Students": "79 (Alleged perpetrator); 80: Witness; 81; 82 (cousin)"}
    )
    assert parts(record) == {
        "77": "harmed", "79": "alleged_harmer", "80": "witness", "81": "mentioned", "82": "mentioned",
    }  # fmt: skip
    assert "Linked: 82 (cousin)" in record.entries[0].text
    assert {person.source_id for person in record.people} == {"77", "79", "80", "81", "82"}


def test_alleged_harmer_whose_record_it_is_is_not_the_subject():
    [record] = read({"Student Role": "Perpetrator"})
    assert parts(record) == {"77": "alleged_harmer"}


def test_linked_name_without_an_id_is_text_and_nobody():
    [record] = read({"Linked Students": "Sam Okafor (victim)"})
    assert parts(record) == {"77": "subject"}
    assert "Sam Okafor (victim)" in record.entries[0].text


def test_recorded_is_when_it_was_added():
    [record] = read({"Date Added": "05/03/2024 08:00"})
    assert record.entries[0].recorded == datetime(2024, 3, 5, 8, tzinfo=UTC)


def test_deleted_concern_is_withdrawn():
    [record] = read({"Status": "Entered in error"})
    assert record.withdrawn


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"Incident Date": "31/02/2024"}, "date", "bad_date"),
        ({"Incident Date": "02/06/2025"}, "date", "future_date"),
        ({"Incident Time": "25:00"}, "date", "bad_time"),
        ({"Incident ID": ""}, "id", "missing"),
        ({"Student ID": ""}, "Student ID", "missing"),
        ({"Incident ID": "x" * 201}, "id", "too_long"),
        ({"Added By": "x" * 10_001}, "observer", "too_long"),
    ],
)
def test_concern_that_is_refused(change, field, code):
    [refused] = read(change)
    assert isinstance(refused, Rejection)
    assert (refused.field, refused.code) == (field, code)


def test_second_row_with_an_id_is_refused_unless_it_is_the_same_row():
    [first, again, other] = read({}, {}, {"Student ID": "78"})
    assert first.digest == again.digest
    assert (other.code, other.position) == ("repeated_id", "line 4")


def test_log_with_a_row_for_each_student_gives_each_a_record():
    mapping = {**shipped_mapping("cpoms"), "rows": "student"}
    records = read({"Linked Students": "78 (victim)"}, {"Student ID": "78", "Linked Students": "77"}, mapping=mapping)
    assert [record.record_id for record in records] == ["9/77", "9/78"]
    assert [parts(record) for record in records] == [
        {"77": "subject", "78": "mentioned"}, {"78": "subject", "77": "mentioned"},
    ]  # fmt: skip


def test_order_of_columns_makes_no_new_version():
    [one] = read({})
    context = FeedContext(agency="education", organisation="f", system="cpoms:f", now=NOW)
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(reversed(ROW)))
    writer.writeheader()
    writer.writerow(ROW)
    [other] = concern_log.read(io.BytesIO(lines.getvalue().encode()), context)
    assert one.digest == other.digest


def test_log_that_no_mapping_fits_is_refused_with_what_to_do():
    context = FeedContext(agency="education", organisation="f", system="cpoms:f", now=NOW)
    with pytest.raises(UnreadableFile, match=r"map-a-concern-log\.md"):
        list(concern_log.read(io.BytesIO(b"Ref,What\n1,2\n"), context))


def test_mapped_column_that_is_not_there_is_named():
    mapping = {"columns": {"id": "Ref", "date": "Day", "text": "What", "upn": "UPN"}}
    context = FeedContext(agency="education", organisation="f", system="cpoms:f", now=NOW, mapping=mapping)
    with pytest.raises(UnreadableFile, match="no column Day, UPN in the header; found Ref, What"):
        list(concern_log.read(io.BytesIO(b"Ref,What\n1,2\n"), context))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_mapping_is_sound_and_says_it_is_not_tested_for_conformance(name):
    mapping = concern_mapping(shipped_mapping(name))
    assert mapping.parts["victim"] is Part.HARMED
    source = concern_log.__file__.replace("concern_log.py", f"tables/mappings/{name}.yaml")
    with open(source, encoding="utf-8") as text:
        assert "NOT conformance-tested" in text.read()


BASE = {"columns": {"id": "a", "date": "b", "text": "c", "upn": "d"}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"colunms": {}}, "colunms is not a field"),
        ({"columns": None}, "columns: expected names with their values"),
        ({"columns": {"id": "a"}}, r"no date, text, student_id \(or upn\)"),
        ({"rows": "pupil"}, "rows: expected concern"),
        ({"categories": {"hungry": ["x"]}}, "hungry is not one of hunger"),
        ({"categories": {"hunger": ["Food"], "other": ["food"]}}, "food stands under hunger and other"),
        ({"parts": {"bully": ["x"]}}, "bully is not one of subject"),
        ({"separators": {"linked": ""}}, "expected the character between"),
        ({"keep": {"a": 1}}, "keep: expected a word or a list"),
    ],
)
def test_mistake_in_a_mapping_is_named(change, words):
    with pytest.raises(MappingError, match=words):
        concern_mapping({**BASE, **change})


def test_mapping_that_is_not_yaml_names_the_line():
    with pytest.raises(MappingError, match="line 3: this is not YAML"):
        read_mapping("columns:\n  id: [a\nrows: concern")


def test_mapping_from_a_file_or_by_name(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("columns: {id: Ref, date: Date, text: Details, upn: UPN}", encoding="utf-8")
    assert load_mapping(str(path))["columns"]["id"] == "Ref"
    assert load_mapping("cpoms") == shipped_mapping("cpoms")
    with pytest.raises(MappingError, match="expected a path to one, or cpoms, myconcern"):
        load_mapping(str(tmp_path / "none.yaml"))
