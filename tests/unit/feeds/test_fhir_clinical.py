"""What each clinical resource states, case by case."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from nightlight.feeds.fhir import FEED
from nightlight.feeds.records import EntryRecord, FeedContext, Record, Rejection

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
CONTEXT = FeedContext(agency="health.hospital", organisation="Sample Hospital", system="pas:sample", now=NOW)
SNOMED = "http://snomed.info/sct"
CHILD = {"reference": "Patient/1"}
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def read(*resources: dict[str, Any]) -> list[Record | Rejection]:
    text = "\n".join(json.dumps(resource) for resource in resources)
    return list(FEED.read(io.BytesIO(text.encode()), CONTEXT))


def record(*resources: dict[str, Any]) -> Record:
    found = read(*resources)[-1]
    assert isinstance(found, Record)
    return found


def entry(*resources: dict[str, Any]) -> EntryRecord:
    entries = record(*resources).entries
    assert len(entries) == 1
    return entries[0]


def refusal(resource: dict[str, Any]) -> tuple[str, str]:
    found = read(resource)
    assert len(found) == 1
    assert isinstance(found[0], Rejection)
    return found[0].field, found[0].code


def concept(code: str, system: str = SNOMED, display: str = "") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, **({"display": display} if display else {})}]}


def encounter(**fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"system": ACT, "code": "EMER"},
        "subject": CHILD, "period": {"start": "2026-03-01T21:10:00Z", "end": "2026-03-02T01:00:00Z"}, **fields,
    }  # fmt: skip


def test_encounter_emergency_is_an_attendance():
    found = entry(encounter(reasonCode=[concept("708038006", display="Acute exacerbation of asthma")]))
    assert found.kind == "health.emergency_attendance"
    assert found.attributes == {"reason": "asthma"}
    assert found.text == "Acute exacerbation of asthma"
    assert found.occurred.isoformat() == "2026-03-01T21:10:00Z"
    assert found.until is None


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Closed fracture of radius", "injury"),
        ("Intentional overdose of paracetamol", "self_harm"),
        ("Febrile convulsion", "seizure"),
        ("Accidental ingestion of button battery", "ingestion"),
        ("Sore throat", "other"),
        ("Heartburn", "other"),
    ],
)
def test_encounter_reason_by_words_where_no_list_has_the_code(words, reason):
    assert entry(encounter(reasonCode=[{"text": words}])).attributes == {"reason": reason}


def test_encounter_without_a_reason_states_none():
    assert entry(encounter()).attributes == {}


@pytest.mark.parametrize(("code", "left"), [("1066301000000103", True), ("1066321000000107", False)])
def test_encounter_left_before_seen(code, left):
    found = entry(encounter(hospitalization={"dischargeDisposition": concept(code)}))
    assert found.attributes["left_before_seen"] is left


def test_encounter_inpatient_is_an_admission_over_a_span():
    found = entry(encounter(**{"class": {"system": ACT, "code": "IMP"}}, reasonCode=[concept("195967001")]))
    assert (found.kind, found.attributes) == ("health.admission", {"reason": "asthma"})
    assert found.until is not None
    assert found.until.isoformat() == "2026-03-02T01:00:00Z"


def test_encounter_inpatient_in_progress_is_open():
    admission = {"class": {"system": ACT, "code": "IMP"}, "status": "in-progress"}
    assert entry(encounter(**admission)).until is None


def test_encounter_ambulatory_states_an_entry_only_for_a_review():
    ambulatory = {"class": {"system": ACT, "code": "AMB"}}
    assert record(encounter(**ambulatory)).entries == ()
    found = entry(encounter(**ambulatory, type=[concept("394700004")]))
    assert (found.kind, found.attributes) == ("health.review", {"condition": "asthma"})


@pytest.mark.parametrize("status", ["planned", "cancelled"])
def test_encounter_that_did_not_happen_states_no_entry(status):
    assert record(encounter(status=status)).entries == ()


@pytest.mark.parametrize(
    "resource",
    [
        encounter(status="entered-in-error"),
        {
            "resourceType": "Condition", "id": "c", "subject": CHILD,
            "verificationStatus": {"coding": [{"code": "entered-in-error"}]},
        },
        {"resourceType": "Flag", "id": "f", "status": "entered-in-error", "subject": CHILD},
    ],
    ids=["encounter", "condition", "flag"],
)  # fmt: skip
def test_entered_in_error_is_withdrawn(resource):
    found = record(resource)
    assert found.withdrawn
    assert found.entries == ()


@pytest.mark.parametrize(
    ("period", "refused"),
    [
        ({"start": "2026-02-31"}, ("period.start", "bad_date")),
        ({"start": "01/03/2026"}, ("period.start", "bad_date")),
        ({"start": "2026-11-01T09:00:01Z"}, ("period.start", "future_date")),
        ({"start": "2026-03-01T10:00:00"}, ("period.start", "bad_date")),
    ],
    ids=["february", "british", "future", "no offset"],
)
def test_encounter_with_a_date_that_cannot_be_is_refused(period, refused):
    assert refusal(encounter(period=period)) == refused


def test_encounter_that_ends_before_it_starts_is_refused():
    period = {"start": "2026-03-02", "end": "2026-03-01"}
    inpatient = {"class": {"system": ACT, "code": "IMP"}}
    assert refusal(encounter(**inpatient, period=period)) == ("period.end", "backwards")


def test_encounter_without_a_patient_is_refused():
    assert refusal(encounter(subject=None)) == ("subject", "missing")


def test_encounter_is_written_down_when_the_server_says():
    found = entry(encounter(meta={"lastUpdated": "2026-03-05T08:00:00.1234567+00:00"}))
    assert found.recorded == datetime(2026, 3, 5, 8, 0, 0, 123456, tzinfo=UTC)


def test_encounter_marked_restricted_is_restricted():
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    assert entry(encounter(meta={"security": [label]})).sensitivity == "restricted"
    assert entry(encounter()).sensitivity == "ordinary"


def appointment(**fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment", "id": "a1", "status": "noshow", "start": "2026-05-06T10:00:00+01:00",
        "serviceType": [{"text": "Asthma clinic"}],
        "participant": [{"actor": {"reference": "Practitioner/9"}}, {"actor": CHILD}], **fields,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "result"),
    [("noshow", "not_brought"), ("fulfilled", "attended"), ("arrived", "attended"), ("checked-in", "attended")],
)
def test_appointment_result(status, result):
    found = entry(appointment(status=status))
    assert (found.kind, found.attributes) == ("health.appointment", {"result": result, "service": "Asthma clinic"})
    assert found.occurred.isoformat() == "2026-05-06T09:00:00Z"
    assert found.subjects[0].source_id == "Patient/1"


@pytest.mark.parametrize("status", ["booked", "proposed", "pending", "waitlist"])
def test_appointment_that_has_not_come_about_states_no_entry(status):
    assert record(appointment(status=status)).entries == ()


@pytest.mark.parametrize(
    ("code", "result"),
    [("pat", "cancelled_by_carer"), ("pat-lt", "cancelled_by_carer"), ("prov", "cancelled_by_service"), ("x", None)],
)
def test_appointment_cancelled_says_by_whom_where_it_is_known(code, result):
    reason = concept(code, "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason")
    found = entry(appointment(status="cancelled", cancelationReason=reason))
    assert found.attributes.get("result") == result


def test_appointment_to_come_that_is_cancelled_happened_when_it_was_written_down():
    later = appointment(status="cancelled", start="2026-12-24T10:00:00Z", meta={"lastUpdated": "2026-10-30T12:00:00Z"})
    assert entry(later).occurred.isoformat() == "2026-10-30T12:00:00Z"


def test_appointment_to_come_that_was_missed_is_refused():
    assert refusal(appointment(start="2026-12-24T10:00:00Z")) == ("start", "future_date")


def medicine(kind: str = "MedicationRequest", **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": kind, "id": "m1", "status": "completed" if kind == "MedicationDispense" else "active",
        "intent": "order", "subject": CHILD, "authoredOn": "2026-04-01", "whenHandedOver": "2026-04-02T10:00:00Z",
        "medicationCodeableConcept": concept("39113611000001102", display="Salbutamol 100micrograms/dose inhaler"),
        **fields,
    }  # fmt: skip


@pytest.mark.parametrize("system", [SNOMED, "https://dmd.nhs.uk"])
@pytest.mark.parametrize(
    ("code", "class_"),
    [
        ("39113611000001102", "reliever"), ("408063002", "preventer"), ("42292311000001106", "preventer"),
        ("325427002", "oral_steroid"), ("999999", "other"),
    ],
)  # fmt: skip
def test_medicine_class_by_code_in_either_system(system, code, class_):
    found = entry(medicine(medicationCodeableConcept=concept(code, system)))
    assert found.attributes == {"medicine": class_}


@pytest.mark.parametrize(
    ("name", "class_"),
    [
        ("Salbutamol 200micrograms dose inhaler (A Brand)", "reliever"),
        ("Fluticasone 50micrograms/dose inhaler", "preventer"),
        ("Fluticasone 50micrograms/dose nasal spray", "other"),
        ("Prednisolone 5mg soluble tablets", "oral_steroid"),
        ("Prednisolone 1% eye drops", "other"),
        ("Insulin glargine 100units/ml solution", "insulin"),
        ("Sodium valproate 200mg tablets", "anti_epileptic"),
        ("Amoxicillin 250mg capsules", "other"),
    ],
)
def test_medicine_class_by_name_where_no_list_has_the_code(name, class_):
    found = entry(medicine(medicationCodeableConcept=concept("1", display=name)))
    assert (found.attributes, found.text) == ({"medicine": class_}, name)


def test_medicine_issued_and_collected_are_two_kinds():
    assert entry(medicine()).kind == "health.medicine_issued"
    found = entry(medicine("MedicationDispense", daysSupply={"value": 4, "unit": "week", "code": "wk"}))
    assert (found.kind, found.occurred.isoformat()) == ("health.medicine_collected", "2026-04-02T10:00:00Z")
    assert found.attributes["days_supply"] == 28


@pytest.mark.parametrize(
    "fields", [{"status": "draft"}, {"status": "cancelled"}, {"intent": "proposal"}, {"intent": "plan"}],
    ids=["draft", "cancelled", "proposal", "plan"],
)  # fmt: skip
def test_medicine_that_was_not_issued_states_no_entry(fields):
    assert record(medicine(**fields)).entries == ()


@pytest.mark.parametrize("status", ["preparation", "cancelled", "on-hold", "declined"])
def test_medicine_that_was_not_collected_states_no_entry(status):
    assert record(medicine("MedicationDispense", status=status)).entries == ()


def test_medicine_not_dispensed_states_no_entry():
    kind = concept("0002", "https://fhir.nhs.uk/CodeSystem/medicationdispense-type")
    assert record(medicine("MedicationDispense", type=kind)).entries == ()


def test_medicine_contained_or_in_the_same_delivery_is_found():
    code = concept("320567001")
    inside = {"medicationCodeableConcept": None, "medicationReference": {"reference": "#x"}}
    contained = medicine(**inside, contained=[{"resourceType": "Medication", "id": "x", "code": code}])
    assert entry(contained).attributes == {"medicine": "preventer"}
    beside = medicine(medicationCodeableConcept=None, medicationReference={"reference": "Medication/x"})
    found = read(beside, {"resourceType": "Medication", "id": "x", "code": code})
    assert isinstance(found[0], Record)
    assert found[0].entries[0].attributes == {"medicine": "preventer"}


def condition(**fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition", "id": "c1", "subject": CHILD, "code": concept("195967001", display="Asthma"),
        "onsetDateTime": "2024-06", **fields,
    }  # fmt: skip


def test_condition_is_open_from_a_partial_onset():
    found = entry(condition(severity={"text": "Moderate"}))
    assert (found.kind, found.occurred.isoformat(), found.until) == ("health.condition", "2024-06", None)
    assert found.attributes == {"condition": "asthma", "severity": "Moderate"}


def test_condition_unknown_is_other_with_its_words():
    found = entry(condition(code=concept("1", display="Family history of asthma")))
    assert (found.attributes, found.text) == ({"condition": "other"}, "Family history of asthma")


def test_condition_resolved_without_a_date_had_ended_when_it_was_written_down():
    over = condition(clinicalStatus={"coding": [{"code": "resolved"}]}, recordedDate="2025-01-02T10:00:00Z")
    until = entry(over).until
    assert until is not None
    assert until.isoformat() == "..2025-01-02T10:00:00Z"


def test_condition_refuted_states_no_entry():
    assert record(condition(verificationStatus={"coding": [{"code": "refuted"}]})).entries == ()


def flag(**fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Flag", "id": "f1", "status": "active", "subject": CHILD, "period": {"start": "2026-01-05"},
        **fields,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "category"), [("836881000000105", "other"), ("700255001", "injury"), ("702953007", "other")]
)
def test_flag_of_safeguarding_is_a_concern(code, category):
    found = entry(flag(code=concept(code, display="words")))
    assert (found.kind, found.attributes, found.text) == ("health.concern", {"category": category}, "words")


@pytest.mark.parametrize("code", ["861931000000100", "123"], ids=["no issues identified", "not safeguarding"])
def test_flag_of_anything_else_states_no_entry(code):
    assert record(flag(code=concept(code))).entries == ()


def test_flag_of_the_safeguarding_category_is_a_concern_whatever_its_code():
    found = entry(flag(code=concept("123"), category=[{"coding": [{"code": "SG"}]}]))
    assert found.kind == "health.concern"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("342191000000101", "social_care.child_protection_plan"),
        ("818901000000100", "social_care.child_protection_plan"),
        ("764841000000100", "social_care.looked_after"),
    ],
)
def test_flag_and_care_plan_of_a_plan_are_that_plan(code, kind):
    plan = {
        "resourceType": "CarePlan", "id": "p", "status": "active", "intent": "plan", "subject": CHILD,
        "category": [concept(code)], "period": {"start": "2026-01-05", "end": "2026-06-01"},
    }  # fmt: skip
    assert entry(flag(code=concept(code))).kind == kind
    found = entry(plan)
    assert (found.kind, found.until.isoformat() if found.until else None) == (kind, "2026-06-01")


def test_care_plan_that_is_no_protection_plan_states_no_entry():
    plan = {"resourceType": "CarePlan", "id": "p", "status": "active", "subject": CHILD, "category": [concept("1")]}
    assert record(plan).entries == ()


def test_procedure_of_a_review_is_a_review():
    done = {
        "resourceType": "Procedure", "id": "p1", "status": "completed", "subject": CHILD,
        "code": concept("394700004"), "performedDateTime": "2026-02-03",
    }  # fmt: skip
    assert (entry(done).kind, entry(done).attributes) == ("health.review", {"condition": "asthma"})
    assert record({**done, "status": "not-done"}).entries == ()
    assert record({**done, "code": concept("1")}).entries == ()


@pytest.mark.parametrize("kind", ["Observation", "Immunization", "OperationOutcome", "Practitioner"])
def test_resource_that_states_nothing_is_read_and_counted(kind):
    found = record({"resourceType": kind, "id": "x"})
    assert (found.record_id, found.entries, found.people) == (f"{kind}/x", (), ())
