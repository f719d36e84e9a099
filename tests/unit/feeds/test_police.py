"""Police documents: who took which part, what an age can say, and what is refused by its path."""

from __future__ import annotations

import copy
import io
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from nightlight.feeds import police
from nightlight.feeds.records import FeedContext, Record, Rejection

NOW = datetime(2025, 6, 1, 9, tzinfo=UTC)
INCIDENT: dict[str, Any] = {
    "data": {
        "id": "INC1",
        "type": "incident",
        "attributes": {
            "incidentCategory": "domestic_abuse",
            "incidentStartDateTime": "2024-03-01T23:10:00+00:00",
            "childPresent": "present",
            "riskLevel": "high",
            "riskTool": "DASH",
            "dashTicks": 15,
            "description": "Called by a neighbour.",
        },
        "relationships": {
            "victim": {"data": [{"id": "N5", "type": "person"}]},
            "suspect": {"data": {"id": "N6", "type": "person"}},
            "childPresent": {"data": [{"id": "N7", "type": "person"}]},
            "incidentLocation": {"data": {"id": "L1", "type": "location"}},
        },
    },
    "included": [
        {"id": "N5", "type": "person", "attributes": {"givenName": ["Mary"], "surname": "Rowe",
          "dateOfBirth": "1990-02"},
         "relationships": {"parentOf": {"data": {"id": "N7", "type": "person"}}}},
        {"id": "N6", "type": "person", "attributes": {"approximateAgeFrom": 30, "approximateAgeTo": 40}},
        {"id": "N7", "type": "person", "attributes": {"givenName": ["Ada", "May"], "surname": "Rowe", "under18": True},
         "relationships": {"currentAddress": {"data": {"id": "L1", "type": "location"}}}},
        {"id": "L1", "type": "location", "attributes": {"addressLines": ["1 Fern Street"], "postcode": "sw1a1aa"}},
    ],
}  # fmt: skip


def changed(path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(INCIDENT)
    *above, last = path.split(".")
    place: Any = document
    for name in above:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = value
    return document


def read_bytes(content: bytes):
    context = FeedContext(agency="police", organisation="police", system="niche:police", now=NOW)
    return list(police.read(io.BytesIO(content), context))


def read(*documents: Any):
    return read_bytes(orjson.dumps(documents[0] if len(documents) == 1 else documents))


def other(type_: str, attributes: dict[str, Any], **relationships: str) -> dict[str, Any]:
    links = {
        name: {"data": [{"id": id_, "type": "person"}]} for name, id_ in (relationships or {"subject": "N7"}).items()
    }
    return {"data": {"id": "D1", "type": type_, "attributes": attributes, "relationships": links}}


def test_incident_is_an_entry_with_everyone_in_their_part():
    [record] = read(INCIDENT)
    [entry] = record.entries
    assert record.record_id == "incident/INC1"
    assert entry.kind == "police.incident"
    assert entry.attributes == {"category": "domestic_abuse", "child_present": "present", "risk": "high", "dash": 15}
    assert entry.text == "Called by a neighbour.\nRisk tool: DASH"
    assert {(s.source_id, s.part.value, s.address) for s in entry.subjects} == {
        ("N5", "harmed", False), ("N6", "alleged_harmer", False), ("N7", "subject", False), ("L1", "subject", True),
    }  # fmt: skip


def test_people_places_and_links_are_as_described():
    [record] = read(INCIDENT)
    people = {person.source_id: person for person in record.people}
    assert (people["N7"].given, people["N7"].role, people["N7"].postcode) == ("Ada May", "child", "SW1A 1AA")
    assert people["N5"].born.isoformat() == "1990-02"
    assert people["N5"].role == "adult"
    assert record.addresses[0].lines == ("1 Fern Street",)
    assert {(link.kind.value, link.person, link.other) for link in record.links} == {
        ("parent", "N5", "N7"), ("residence", "N7", "L1"),
    }  # fmt: skip


def test_approximate_age_is_the_birth_dates_that_it_allows():
    [record] = read(INCIDENT)
    born = next(person.born for person in record.people if person.source_id == "N6")
    assert born.isoformat() == "1983-03-01..1994-03-01"


def test_victim_who_is_a_suspect_too_has_both_parts():
    [record] = read(changed("data.relationships.suspect.data", [{"id": "N5", "type": "person"}]))
    assert {s.part.value for s in record.entries[0].subjects if s.source_id == "N5"} == {"harmed", "alleged_harmer"}


def test_person_who_is_not_described_is_given_by_id():
    [record] = read({**INCIDENT, "included": []})
    assert {person.source_id for person in record.people} == {"N5", "N6", "N7"}


def test_bounds_of_an_incident_are_kept():
    [record] = read(
        changed("data.attributes.incidentStartDateTime", {"dateFrom": "2024-03-01", "dateTo": "2024-03-03"})
    )
    assert record.entries[0].occurred.isoformat() == "2024-03-01..2024-03-03"


def test_childs_words_to_officers_are_apart_and_verbatim():
    said = {"person": "N7", "words": "I hid.", "setting": "at home"}
    [record] = read(changed("data.attributes.childWords", [said]))
    assert [(e.kind, e.words) for e in record.entries] == [("police.incident", ""), ("voice.words", "I hid.")]


def test_document_entered_in_error_is_withdrawn():
    [record] = read(changed("data.attributes.status", "enteredInError"))
    assert record.withdrawn


@pytest.mark.parametrize(
    ("document", "kind", "attributes", "until"),
    [
        (
            other("notification", {"notificationDateTime": "2024-03-02T07:30:00Z", "scheme": "encompass"}),
            "police.notification", {"scheme": "encompass", "to": "education"}, None,
        ),
        (
            other("missingEpisode", {"missingFrom": "2024-03-01T21:00:00Z", "missingTo": "2024-03-02T06:00:00Z",
                                     "overnight": True}),
            "police.missing", {"overnight": True}, "2024-03-02T06:00:00Z",
        ),
        (
            other("policeProtection", {"protectionFrom": "2024-03-01T21:00:00Z"}), "police.protection", {}, None,
        ),
        (
            other("welfareCheck", {"checkedDateTime": "2024-03-01", "childSeen": False, "result": "no_access"}),
            "police.welfare_check", {"child_seen": False, "result": "no_access"}, None,
        ),
        (
            other("adultOfConcern", {"concernFrom": "2024", "reason": "violence"}, subject="N6"),
            "police.adult_of_concern", {"reason": "violence"}, None,
        ),
    ],
)  # fmt: skip
def test_other_documents(document, kind, attributes, until):
    [record] = read(document)
    [entry] = record.entries
    assert (entry.kind, entry.attributes) == (kind, attributes)
    assert (entry.until.isoformat() if entry.until else None) == until


@pytest.mark.parametrize(
    ("path", "value", "field", "code"),
    [
        ("data.id", "", "data.id", "missing"),
        ("data.id", ["x"], "data.id", "bad_type"),
        ("data.type", "arrest", "data.type", "unknown_type"),
        ("data.attributes", [], "data.attributes", "bad_type"),
        ("data.attributes.incidentCategory", "row", "data.attributes.incidentCategory", "bad_value"),
        ("data.attributes.incidentCatgory", "drugs", "data.attributes", "unknown_attribute"),
        ("data.attributes.dashTicks", 28, "data.attributes.dashTicks", "bad_value"),
        ("data.attributes.incidentStartDateTime", "2024-02-31", "data.attributes.incidentStartDateTime", "bad_date"),
        ("data.attributes.incidentStartDateTime", "2025-06-02", "data.attributes.incidentStartDateTime", "future_date"),
        ("data.attributes.incidentStartDateTime", None, "data.attributes.incidentStartDateTime", "missing"),
        ("data.attributes.status", "void", "data.attributes.status", "bad_value"),
        ("data.attributes.sensitivity", "secret", "data.attributes.sensitivity", "bad_value"),
        ("data.attributes.childWords", [{"person": "N9", "words": "x"}], "data.attributes.childWords[0].person",
         "unknown_reference"),
        ("data.relationships", {}, "data.relationships", "missing"),
        ("data.relationships.victm", {"data": []}, "data.relationships", "unknown_relationship"),
        ("data.relationships.victim.data", [{"type": "person"}], "data.relationships.victim.data[0].id", "missing"),
        ("included.0.attributes.dateOfBirth", "1990-02-31", "included[0].attributes.dateOfBirth", "bad_date"),
        ("included.1.attributes.approximateAgeTo", 20, "included[1].attributes.approximateAgeTo", "bad_value"),
        ("included.1.attributes.approximateAgeTo", "40", "included[1].attributes.approximateAgeTo", "bad_type"),
        ("included.2.attributes.surname", "x" * 201, "included[2].attributes.surname", "too_long"),
    ],
)  # fmt: skip
def test_document_that_is_refused_names_the_path(path, value, field, code):
    [refused] = read(changed(path, value))
    assert isinstance(refused, Rejection)
    assert (refused.field, refused.code) == (field, code)


def test_end_before_the_beginning_is_refused():
    [refused] = read(other("missingEpisode", {"missingFrom": "2024-03-02", "missingTo": "2024-03-01"}))
    assert refused.code == "backwards"


@pytest.mark.parametrize("joiner", [b"\n", b" \n\n ", b""])
def test_documents_after_one_another_and_as_a_list_are_the_same(joiner):
    two = [INCIDENT, changed("data.id", "INC2")]
    expected = [record.record_id for record in read(*two)]
    found = read_bytes(joiner.join(orjson.dumps(document) for document in two))
    assert [record.record_id for record in found] == expected == ["incident/INC1", "incident/INC2"]


def test_broken_document_leaves_the_others_standing():
    content = orjson.dumps([INCIDENT, INCIDENT, INCIDENT])
    half = content.replace(b'"incident"', b"incident", 1)
    found = read_bytes(half[:-40])
    assert [type(item) for item in found] == [Rejection, Record, Rejection]
    assert [item.code for item in found if isinstance(item, Rejection)] == ["not_json", "truncated"]
