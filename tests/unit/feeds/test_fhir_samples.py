"""Every public sample that the standard calls valid is read, and what it says lands exactly."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nightlight.domain.kinds import problems_with
from nightlight.domain.people import LinkKind
from nightlight.feeds.fhir import FEED
from nightlight.feeds.records import EntryRecord, FeedContext, PersonRecord, Record, Rejection

SAMPLES = Path(__file__).parents[2] / "data" / "fhir"
NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
CONTEXT = FeedContext(agency="health.gp", organisation="Sample Practice", system="gp:sample", now=NOW)
FILES = sorted(path for path in SAMPLES.rglob("*.json*"))


def read(name: str) -> list[Record | Rejection]:
    with (SAMPLES / name).open("rb") as stream:
        return list(FEED.read(stream, CONTEXT))


def entries(name: str) -> list[EntryRecord]:
    return [entry for found in read(name) if isinstance(found, Record) for entry in found.entries]


def people(name: str) -> list[PersonRecord]:
    return [person for found in read(name) if isinstance(found, Record) for person in found.people]


def only(things: list[Any]) -> Any:
    assert len(things) == 1
    return things[0]


def test_samples_are_there():
    assert len(FILES) > 80


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[:40])
def test_sample_is_read_without_a_refusal(path):
    found = read(str(path.relative_to(SAMPLES)))
    assert found
    assert [str(refused) for refused in found if isinstance(refused, Rejection)] == []
    for record in found:
        assert record.record_id
        assert record.raw
        for entry in record.entries:
            assert problems_with(entry.kind, entry.attributes) == []
            assert entry.recorded <= NOW


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[:40])
def test_sample_sent_twice_has_the_same_records(path):
    name = str(path.relative_to(SAMPLES))
    first, second = ([(r.record_id, r.digest) for r in read(name)] for _ in range(2))
    assert first == second
    assert len({record_id for record_id, _ in first}) == len(first)


def test_eps_dispense_notification_is_an_oral_steroid_collected():
    entry = only(entries("eps_examples/dispense_notification.json"))
    assert entry.kind == "health.medicine_collected"
    assert entry.occurred.isoformat() == "2021-05-07T14:47:29Z"
    assert entry.attributes == {"medicine": "oral_steroid", "quantity": 8.0}
    assert entry.text == "Prednisolone 5mg tablets, 8 tablets"


def test_eps_dispense_notification_names_its_patient_by_number():
    person = only(people("eps_examples/dispense_notification.json"))
    entry = only(entries("eps_examples/dispense_notification.json"))
    assert person.nhs_number == "9449304106"
    assert person.source_id == entry.subjects[0].source_id == "nhs-number/9449304106"


@pytest.mark.parametrize(
    ("name", "when"),
    [("acute_prepare", "2021-05-07"), ("repeat_dispensing_prepare", "2022-02-19")],
)
def test_eps_prescription_is_a_reliever_issued(name, when):
    other, reliever = entries(f"eps_examples/{name}.json")
    assert reliever.kind == other.kind == "health.medicine_issued"
    assert reliever.attributes == {"medicine": "reliever", "quantity": 200.0, "days_supply": 30.0}
    assert other.attributes["medicine"] == "other"
    assert other.text == "Paracetamol 500mg soluble tablets, 100 tablet"
    assert reliever.occurred.isoformat() == when


def test_eps_prescription_without_a_date_had_been_issued_by_the_delivery():
    _, reliever = entries("eps_examples/acute_and_repeat_prepare.json")
    assert reliever.occurred.isoformat() == "..2026-11-01T09:00:00Z"


def test_eps_prescription_is_about_the_patient_who_comes_after_it_in_the_message():
    records = [found for found in read("eps_examples/acute_prepare.json") if isinstance(found, Record)]
    assert [person.source_id for person in records[0].people] == ["Patient/78d3c2eb-009e-4ec8-a358-b042954aa9b2"]
    assert records[0].people[0].nhs_number == "9990548609"
    subjects = {entry.subjects[0].source_id for record in records for entry in record.entries}
    assert subjects == {"Patient/78d3c2eb-009e-4ec8-a358-b042954aa9b2"}


def test_uk_core_patient_lands_whole():
    person = only(people("ukcore_examples/UKCore-Patient-RichardSmith-Example.json"))
    assert (person.given, person.family, person.sex, person.role) == ("Richard", "SMITH", "male", "adult")
    assert (person.nhs_number, person.postcode, person.born.isoformat()) == ("9912003888", "LS17 7DF", "1970-09-11")
    assert person.address_lines == ("4 Sandmoor Drive", "LEEDS")
    assert person.details == {
        "ethnicity": "Mixed - Any other mixed background", "language": "British Sign Language",
    }  # fmt: skip


def test_uk_core_dispense_in_the_medicines_coding_system():
    entry = only(entries("ukcore_examples/UKCore-MedicationDispense-Amoxicillin-Example.json"))
    assert entry.attributes == {"medicine": "other", "quantity": 21.0, "days_supply": 7.0}
    assert entry.text == "Amoxicillin 500mg capsules (DE Pharmaceuticals), 21 capsule"


def test_uk_core_medicine_by_a_reference_that_is_not_in_the_delivery_has_no_class():
    entry = only(entries("ukcore_examples/UKCore-MedicationRequest-EyeDrops-Example.json"))
    assert "medicine" not in entry.attributes


def test_uk_core_booked_appointment_states_no_entry():
    assert entries("ukcore_examples/UKCore-Appointment-OrthopaedicSurgery-Example.json") == []


def test_pds_patient_has_number_address_and_uprn():
    person = only(people("pds_stubs/patient_9000000009.json"))
    assert (person.nhs_number, person.postcode, person.uprn) == ("9000000009", "LS1 6AE", "123456789012")
    assert person.address_lines[0] == "1 Trevelyan Square"


def test_pds_child_who_died_is_an_entry():
    entry = only(entries("pds_stubs/patient_9000000009.json"))
    assert (entry.kind, entry.occurred.isoformat()) == ("outcome.death", "2010-10-22T00:00:00Z")


def test_pds_restricted_patient_is_said_to_be():
    assert only(people("pds_stubs/patient_9000000025.json")).details["confidentiality"] == "restricted"


def test_pds_patient_with_only_a_number_is_kept():
    person = only(people("pds_stubs/patient_9000000033.json"))
    assert (person.nhs_number, person.family, person.born, person.role) == ("9000000033", "", None, "")


def test_pds_guardian_is_a_carer_of_the_patient():
    guardian = read("pds_stubs/related_person_9000000017.json")[0]
    assert isinstance(guardian, Record)
    link = only(list(guardian.links))
    assert (link.kind, link.person, link.other) == (
        LinkKind.CARER, "RelatedPerson/F4CF8B96", "nhs-number/5328023641",
    )  # fmt: skip
    assert (link.since.isoformat(), link.until.isoformat()) == ("2020-01-01", "2021-12-31")
    assert {person.source_id: person.role for person in guardian.people}["RelatedPerson/F4CF8B96"] == "adult"


def test_pds_search_set_gives_every_patient():
    found = people("pds_stubs/fuzzy_multimatch_searchset.json")
    assert len(found) == len({person.nhs_number for person in found}) > 5


def test_cpis_bundle_is_one_plan_though_flag_and_plan_both_say_so():
    entry = only(entries("cpis_examples/CPIS-CPP-Bundle-Example.json"))
    assert (entry.kind, entry.occurred.isoformat()) == (
        "social_care.child_protection_plan", "2024-07-22T09:00:00Z",
    )  # fmt: skip
    assert entry.until is None
    assert entry.subjects[0].source_id == "Patient/PatientFlag-AlanMann-Example"


def test_cpis_flag_alone_is_the_plan_that_its_reference_names():
    assert only(entries("cpis_examples/CPIS-Flag-Example.json")).kind == "social_care.child_protection_plan"


SYNTHEA = {
    "Daisey": (0, 0, 2),
    "Erminia": (4, 3, 5),
    "Gerardo": (1, 1, 6),
    "Mathilda": (1, 0, 7),
    "Seymour": (2, 2, 6),
    "Sherron": (1, 0, 3),
}
"""Attendances at the emergency department, those of them for asthma, and asthma reviews, of each child."""


@pytest.mark.parametrize("child", SYNTHEA)
def test_synthea_child_with_asthma(child):
    path = next((SAMPLES / "synthea_children_asthma").glob(f"{child}_*"))
    found = entries(f"synthea_children_asthma/{path.name}")
    attendances = [entry for entry in found if entry.kind == "health.emergency_attendance"]
    asthma = [entry for entry in attendances if entry.attributes.get("reason") == "asthma"]
    reviews = [entry for entry in found if entry.kind == "health.review"]
    assert (len(attendances), len(asthma), len(reviews)) == SYNTHEA[child]
    medicines = Counter(e.attributes["medicine"] for e in found if e.kind == "health.medicine_issued")
    assert (medicines["reliever"], medicines["preventer"]) == (1, 1)
    conditions = Counter(e.attributes["condition"] for e in found if e.kind == "health.condition")
    assert conditions["asthma"] == 1
    assert len({subject.source_id for entry in found for subject in entry.subjects}) == 1


def test_synthea_attendance_has_its_day_and_reason():
    path = next((SAMPLES / "synthea_children_asthma").glob("Erminia_*"))
    found = entries(f"synthea_children_asthma/{path.name}")
    attendances = [entry for entry in found if entry.kind == "health.emergency_attendance"]
    assert [(e.occurred.isoformat(), e.attributes.get("reason"), e.text) for e in attendances][:2] == [
        ("2014-08-21T20:16:51Z", None, "Emergency room admission (procedure)"),
        ("2015-07-14T20:16:51Z", "asthma", "Childhood asthma"),
    ]
