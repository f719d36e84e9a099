"""Patients and related persons: what is kept of them, what is left out beside, and who is linked to whom."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from nightlight.domain.people import LinkKind
from nightlight.feeds.fhir import FEED
from nightlight.feeds.fhir.references import canonical
from nightlight.feeds.records import FeedContext, Record, Rejection

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
CONTEXT = FeedContext(agency="health.gp", organisation="Sample Practice", system="gp:sample", now=NOW)
NHS = "https://fhir.nhs.uk/Id/nhs-number"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"


def read(*resources: dict[str, Any]) -> list[Record | Rejection]:
    text = "\n".join(json.dumps(resource) for resource in resources)
    return list(FEED.read(io.BytesIO(text.encode()), CONTEXT))


def record(resource: dict[str, Any]) -> Record:
    found = read(resource)[0]
    assert isinstance(found, Record)
    return found


def patient(**fields: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "1", "name": [{"family": "Rowan-Li", "given": ["Ada", "Mae"]}], **fields}


def test_patient_text_stays_as_the_source_gave_it():
    name = {"use": "official", "family": "O'Néill  ", "given": [None, "ada"]}
    person = record(patient(name=[name], gender="other")).people[0]
    assert (person.given, person.family, person.sex) == ("ada", "O'Néill  ", "other")


@pytest.mark.parametrize(
    ("text", "role"), [("2019", "child"), ("2019-05", "child"), ("2019-05-04", "child"), ("1990", "adult")]
)
def test_patient_birth_date_may_be_partial(text, role):
    person = record(patient(birthDate=text)).people[0]
    assert person.born is not None
    assert (person.born.isoformat(), person.role) == (text, role)


@pytest.mark.parametrize(("text", "code"), [("2019-02-31", "bad_date"), ("2027-01-01", "future_date")])
def test_patient_with_an_impossible_birth_date_is_kept_without_it(text, code):
    kept, beside = read(patient(birthDate=text))
    assert isinstance(kept, Record)
    assert kept.people[0].born is None
    assert kept.people[0].family == "Rowan-Li"
    assert isinstance(beside, Rejection)
    assert (beside.field, beside.code) == ("birthDate", code)
    assert text not in str(beside)


def test_patient_with_a_wrong_nhs_number_is_kept_without_it():
    kept, beside = read(patient(identifier=[{"system": "urn:x", "value": "7"}, {"system": NHS, "value": "9990548600"}]))
    assert isinstance(kept, Record)
    assert kept.people[0].nhs_number is None
    assert isinstance(beside, Rejection)
    assert (beside.field, beside.code) == ("identifier[1].value", "bad_nhs_number")
    assert beside.raw == kept.raw
    assert "9990548600" not in str(beside)


def test_patient_unborn_or_without_a_name_is_kept():
    person = record({"resourceType": "Patient", "id": "bump"}).people[0]
    assert (person.source_id, person.given, person.family, person.born) == ("Patient/bump", "", "", None)


def test_patient_current_name_and_address_are_taken_and_other_names_kept():
    person = record(
        patient(
            name=[
                {"use": "old", "family": "Fern", "given": ["Ada"]},
                {"use": "usual", "family": "Rowan", "given": ["Ada"]},
            ],
            address=[
                {"use": "home", "postalCode": "ZZ99 3VZ", "period": {"end": "2020-01-01"}},
                {"use": "home", "line": ["2 Elm Row"], "city": "Leeds", "postalCode": "ls1 6ae"},
            ],
        )
    ).people[0]
    assert (person.family, person.postcode, person.address_lines) == ("Rowan", "LS1 6AE", ("2 Elm Row", "Leeds"))
    assert person.details["other_names"] == ["Ada Fern"]


def test_two_children_with_one_nhs_number_are_both_given_as_they_are():
    identifier = [{"system": NHS, "value": "9990548609"}]
    one, other = read(patient(id="1", identifier=identifier), patient(id="2", identifier=identifier))
    assert isinstance(one, Record)
    assert isinstance(other, Record)
    assert [one.people[0].source_id, other.people[0].source_id] == ["Patient/1", "Patient/2"]
    assert one.people[0].nhs_number == other.people[0].nhs_number == "9990548609"


def test_two_children_with_one_nhs_number_and_no_id_are_two_records():
    identifier = [{"system": NHS, "value": "9990548609"}]
    one, other = (
        record({"resourceType": "Patient", "identifier": identifier, "name": [{"family": name}]}) for name in "AB"
    )
    assert one.record_id != other.record_id


def test_adult_who_died_is_no_entry():
    died = record(patient(birthDate="1950-01-01", deceasedDateTime="2024-01-01"))
    assert died.entries == ()
    assert died.people[0].details["deceased"] == "2024-01-01"


def related(**fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "RelatedPerson", "id": "9", "patient": {"reference": "Patient/1"},
        "name": [{"family": "Rowan", "given": ["Jo"]}],
        "relationship": [{"coding": [{"system": ROLE, "code": "MTH", "display": "mother"}]}], **fields,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "kind", "role"),
    [
        ("MTH", LinkKind.PARENT, "adult"), ("STPFTH", LinkKind.PARENT, "adult"), ("GUARD", LinkKind.CARER, "adult"),
        ("PRNFOST", LinkKind.CARER, "adult"), ("SIB", LinkKind.SIBLING, ""), ("ROOM", LinkKind.HOUSEHOLD, ""),
    ],
)  # fmt: skip
def test_related_person_is_linked_by_relationship(code, kind, role):
    found = record(related(relationship=[{"coding": [{"system": ROLE, "code": code}]}]))
    assert (found.links[0].kind, found.links[0].person, found.links[0].other) == (kind, "RelatedPerson/9", "Patient/1")
    assert found.people[0].role == role


def test_related_person_of_another_relationship_is_kept_without_a_link():
    found = record(related(relationship=[{"text": "Emergency contact"}]))
    assert found.links == ()
    assert found.people[0].details["relationship"] == "Emergency contact"


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ({"reference": "Patient/1"}, "Patient/1"),
        ({"reference": "Patient/1/_history/3"}, "Patient/1"),
        ({"reference": "https://ehr.example.nhs.uk/FHIR/R4/Patient/1"}, "Patient/1"),
        (
            {"reference": "urn:uuid:78D3C2EB-009E-4EC8-A358-B042954AA9B2"},
            "Patient/78d3c2eb-009e-4ec8-a358-b042954aa9b2",
        ),
        ({"identifier": {"system": NHS, "value": "999 054 8609"}}, "nhs-number/9990548609"),
        ({"reference": f"Patient?identifier={NHS}|9990548609"}, "nhs-number/9990548609"),
        ({"identifier": {"system": "urn:mrn", "value": "A7"}}, "urn:mrn|A7"),
    ],
    ids=["relative", "versioned", "absolute", "urn", "number", "conditional", "identifier"],
)
def test_reference_in_every_form_names_the_patient(reference, name):
    assert record(related(patient=reference)).links[0].other == name


def test_reference_to_a_contained_patient_states_that_patient():
    inside = patient(id="p", birthDate="2019")
    found = record(related(patient={"reference": "#p"}, contained=[inside]))
    assert found.people[0].source_id == found.links[0].other == "RelatedPerson/9#p"
    assert found.people[0].family == "Rowan-Li"


def test_reference_to_a_contained_patient_that_is_not_there_is_refused():
    refused = read(related(patient={"reference": "#p"}))[0]
    assert isinstance(refused, Rejection)
    assert (refused.field, refused.code) == ("patient", "unresolved")


def test_reference_by_a_wrong_number_is_told_beside():
    kept, beside = read(related(patient={"identifier": {"system": NHS, "value": "9990548600"}}))
    assert isinstance(kept, Record)
    assert {person.nhs_number for person in kept.people} == {None}
    assert isinstance(beside, Rejection)
    assert (beside.field, beside.code) == ("patient.identifier.value", "bad_nhs_number")


def test_patient_in_a_bundle_goes_by_its_id_and_by_its_place():
    bundle = {
        "resourceType": "Bundle", "type": "collection",
        "entry": [{"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "resource": patient(id="7")}],
    }  # fmt: skip
    names = [person.source_id for person in record(bundle).people]
    assert names == ["Patient/7", "Patient/0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"]


def test_canonical_keeps_the_case_of_ids_that_are_no_uuid():
    assert canonical("Patient/aB", "Patient") == "Patient/aB"
