"""Encounters, appointments, medicines, conditions, flags and reviews as entries of the chronology.

One function a resource type: `function(stated, resource)`. A resource that is valid but says nothing that has a kind
(a booked appointment, a blood pressure) states no entry; docs/reference/feeds-fhir.md lists each case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from nightlight.feeds.fhir.codes import code_means, concept_means, first_meaning, text_of, texts_of, words_mean
from nightlight.feeds.fhir.moments import ended, first_past, moment, recorded, started, undated
from nightlight.feeds.fhir.people import patient, related_person, who
from nightlight.feeds.fhir.references import canonical
from nightlight.feeds.fhir.resources import (
    Appointment,
    CarePlan,
    Clinical,
    Concept,
    Condition,
    Encounter,
    Flag,
    Medicated,
    MedicationDispense,
    MedicationRequest,
    Period,
    Procedure,
    Quantity,
    Reference,
)  # fmt: skip
from nightlight.feeds.fhir.stated import Stated
from nightlight.timeline.partial import Partial

ENTERED_IN_ERROR = "entered-in-error"
_NOT_BEGUN = frozenset({"planned", "cancelled"})
_ATTENDED = frozenset({"arrived", "checked-in", "fulfilled"})
_ORDERS = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
_NOT_ISSUED = frozenset({"draft", "cancelled"})
_NOT_COLLECTED = frozenset({"preparation", "cancelled", "on-hold", "declined"})
_NOT_DISPENSED_TYPE = frozenset({"0002", "0004"})
"""EPS dispense types: item not dispensed; item owing."""
_OVER = frozenset({"inactive", "remission", "resolved"})
_DAYS: Mapping[str, int] = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7}


def encounter(stated: Stated, resource: Encounter) -> None:
    """EMER is an attendance at the emergency department, IMP an admission; another contact only when it is a review."""
    if resource.status in _NOT_BEGUN:
        return
    kind = code_means(resource.class_, "class")
    review = first_meaning(resource.type, "review")
    if kind not in ("emergency", "inpatient") and review is None:
        return
    patient_id = who(stated, resource.subject, "subject")
    since = started(resource.period, "period", stated.now)
    written = recorded(resource.meta, stated.now, since)
    occurred = since or undated(written)
    text = texts_of(resource.reasonCode) or texts_of(resource.type)
    if kind == "emergency":
        left = _left_before_seen(resource)
        reason = _reason(resource)
        stated.entry(
            "health.emergency_attendance",
            patient_id,
            occurred,
            written,
            text=text,
            reason=reason,
            left_before_seen=left,
        )
    elif kind == "inpatient":
        end = resource.period.end if resource.period and resource.status in ("finished", None) else None
        until = ended(end, "period.end", occurred, stated.now)
        stated.entry(
            "health.admission", patient_id, occurred, written, until=until, text=text, reason=_reason(resource)
        )
    else:
        stated.entry("health.review", patient_id, occurred, written, text=text, condition=review)


def _reason(resource: Encounter) -> str | None:
    """Why: by the lists of codes, then by the words, then "other"; None when the encounter gives no reason."""
    concepts = [*(resource.reasonCode or ()), *(resource.type or ())]
    found = first_meaning(concepts, "reason")
    if found is None:
        found = next((r for concept in concepts if (r := words_mean(text_of(concept), "reason"))), None)
    return found or ("other" if resource.reasonCode else None)


def _left_before_seen(resource: Encounter) -> bool | None:
    disposition = resource.hospitalization.dischargeDisposition if resource.hospitalization else None
    left = concept_means(disposition, "left")
    return left == "yes" if left else None


def appointment(stated: Stated, resource: Appointment) -> None:
    """What came of it. One that is booked, proposed or waited for has not come about, and states no entry yet."""
    result = _appointment_result(resource)
    if result == "":
        return
    patient_id = _patient_of(stated, resource)
    occurred = first_past(stated.now, ("start", resource.start)) if resource.status != "cancelled" else None
    written = recorded(resource.meta, stated.now, occurred)
    if resource.status == "cancelled":
        occurred = _cancelled_when(stated, resource, written)
    service = texts_of(resource.serviceType) or texts_of(resource.specialty) or texts_of(resource.serviceCategory)
    text = "; ".join(part for part in (resource.description, text_of(resource.cancelationReason)) if part)
    occurred = occurred or undated(written)
    stated.entry("health.appointment", patient_id, occurred, written, text=text, result=result, service=service)


def _appointment_result(resource: Appointment) -> str | None:
    """The result; None for a cancellation that does not say by whom; "" for one that has not come about."""
    if resource.status == "noshow":
        return "not_brought"
    if resource.status in _ATTENDED:
        return "attended"
    return concept_means(resource.cancelationReason, "cancelled") if resource.status == "cancelled" else ""


def _cancelled_when(stated: Stated, resource: Appointment, written: datetime) -> Partial:
    """The day it was for, or, when that is still to come, when the cancellation was written down."""
    day = moment(resource.start, "start") if resource.start else None
    return day if day is not None and day.earliest <= stated.now else Partial.instant(written)


def _patient_of(stated: Stated, resource: Appointment) -> str:
    for participant in resource.participant or ():
        actor = participant.actor
        if actor is None:
            continue
        if (actor.reference or "").startswith("urn:") or "Patient" in (actor.reference or ""):
            return who(stated, actor, "participant.actor")
        if actor.identifier is not None and not actor.reference:
            return who(stated, actor, "participant.actor")
    return who(stated, resource.subject, "participant.actor")


def medication_request(stated: Stated, resource: MedicationRequest) -> None:
    """A prescription: issued, unless it is a proposal or a plan, a draft, or cancelled."""
    if resource.intent not in _ORDERS or resource.status in _NOT_ISSUED:
        return
    supply = resource.dispenseRequest
    validity = supply.validityPeriod.start if supply and supply.validityPeriod else None
    quantity = supply.quantity if supply else None
    days = supply.expectedSupplyDuration if supply else None
    when = [("authoredOn", resource.authoredOn), ("dispenseRequest.validityPeriod.start", validity)]
    _medicine(stated, resource, "health.medicine_issued", when, quantity, days)


def medication_dispense(stated: Stated, resource: MedicationDispense) -> None:
    """A medicine collected: handed over, or (where the source does not write that down) prepared and completed."""
    kinds = {coding.code for coding in (resource.type.coding if resource.type else None) or ()}
    if resource.status in _NOT_COLLECTED or kinds & _NOT_DISPENSED_TYPE:
        return
    if resource.status != "completed" and not resource.whenHandedOver:
        return
    when = [("whenHandedOver", resource.whenHandedOver), ("whenPrepared", resource.whenPrepared)]
    _medicine(stated, resource, "health.medicine_collected", when, resource.quantity, resource.daysSupply)


def _medicine(
    stated: Stated,
    resource: Medicated,
    kind: str,
    when: list[tuple[str, str | None]],
    quantity: Quantity | None,
    days: Quantity | None,
) -> None:
    patient_id = who(stated, resource.subject, "subject")
    given = first_past(stated.now, *when)
    written = recorded(resource.meta, stated.now, given)
    concept = _medication(stated, resource)
    name = text_of(concept) or (resource.medicationReference.display if resource.medicationReference else None) or ""
    amount = f"{quantity.value:g} {quantity.unit or ''}".strip() if quantity and quantity.value is not None else ""
    stated.entry(
        kind, patient_id, given or undated(written), written,
        text=", ".join(part for part in (name, amount) if part),
        medicine=_medicine_class(concept, name),
        quantity=quantity.value if quantity else None,
        days_supply=_in_days(days),
    )  # fmt: skip


def _medication(stated: Stated, resource: Medicated) -> Concept | None:
    """The medicine's code: in the resource, contained in it, or in a Medication of this delivery."""
    if resource.medicationCodeableConcept is not None:
        return resource.medicationCodeableConcept
    reference = (resource.medicationReference.reference if resource.medicationReference else None) or ""
    if not reference.startswith("#"):
        return stated.delivery.medicines.get(canonical(reference, "Medication")) if reference else None
    for inside in resource.contained or ():
        if inside.get("id") == reference[1:] and isinstance(code := inside.get("code"), dict):
            return msgspec.convert(code, Concept)
    return None


def _medicine_class(concept: Concept | None, name: str) -> str | None:
    """The class of medicine; None when the delivery does not say which medicine it is, which is not "other"."""
    if concept is None and not name:
        return None
    return concept_means(concept, "medicine") or words_mean(name, "medicine") or "other"


def _in_days(quantity: Quantity | None) -> float | None:
    if quantity is None or quantity.value is None:
        return None
    unit = _DAYS.get((quantity.code or quantity.unit or "d").casefold())
    return quantity.value * unit if unit else None


def condition(stated: Stated, resource: Condition) -> None:
    """A condition, from its onset to its end. One that was refuted never was."""
    verification = _codes_of(resource.verificationStatus)
    if ENTERED_IN_ERROR in verification:
        stated.withdrawn = True
        return
    if "refuted" in verification:
        return
    patient_id = who(stated, resource.subject, "subject")
    onset = first_past(stated.now, ("onsetDateTime", resource.onsetDateTime))
    onset = onset or started(resource.onsetPeriod, "onsetPeriod", stated.now)
    noted = first_past(stated.now, ("recordedDate", resource.recordedDate))
    written = recorded(resource.meta, stated.now, noted or onset)
    occurred = onset or undated(written)
    stated.entry(
        "health.condition", patient_id, occurred, written,
        until=_over(stated, resource, occurred, written),
        text=text_of(resource.code),
        condition=concept_means(resource.code, "condition") or "other",
        severity=text_of(resource.severity),
    )  # fmt: skip


def _over(stated: Stated, resource: Condition, occurred: Partial, written: datetime) -> Partial | None:
    end = resource.abatementDateTime or (resource.abatementPeriod.end if resource.abatementPeriod else None)
    until = ended(end, "abatement", occurred, stated.now)
    if until is None and _codes_of(resource.clinicalStatus) & _OVER:
        return undated(written)
    return until


def _codes_of(concept: Concept | None) -> set[str | None]:
    return {coding.code for coding in (concept.coding if concept else None) or ()}


def flag(stated: Stated, resource: Flag) -> None:
    """A safeguarding flag is a concern. A CP-IS flag is what its care plan says it is, said there and not twice."""
    meaning = concept_means(resource.code, "flag") or _by_category(resource)
    plan = concept_means(resource.code, "plan")
    if meaning == "child_protection_information":
        if _plan_is_here(stated, resource):
            return
        plan, meaning = _plan_in_words(resource), "other"
    if plan:
        _plan(stated, resource, resource.period, plan, text_of(resource.code))
    elif meaning:
        _flagged(stated, resource, meaning)


def _by_category(resource: Flag) -> str | None:
    """A flag of the category "safeguarding" (SG) whose code is in no list is a concern all the same."""
    return "other" if any("SG" in _codes_of(category) for category in resource.category or ()) else None


def _detail(resource: Flag) -> Reference | None:
    for extension in resource.extension or ():
        if (extension.url or "").endswith("/flag-detail") and extension.valueReference:
            return extension.valueReference
    return None


def _plan_is_here(stated: Stated, resource: Flag) -> bool:
    detail = _detail(resource)
    return bool(detail and detail.reference and canonical(detail.reference, "CarePlan") in stated.delivery.plans)


def _plan_in_words(resource: Flag) -> str | None:
    """What kind of plan a CP-IS flag sent without its care plan is, where its reference says so in words."""
    detail = _detail(resource)
    words = ((detail.display if detail else None) or "").casefold()
    if "child protection plan" in words:
        return "child_protection_plan"
    return "looked_after" if "looked after" in words else None


def _flagged(stated: Stated, resource: Flag, category: str) -> None:
    patient_id = who(stated, resource.subject, "subject")
    since = started(resource.period, "period", stated.now)
    written = recorded(resource.meta, stated.now, since)
    occurred = since or undated(written)
    stated.entry("health.concern", patient_id, occurred, written, text=text_of(resource.code), category=category)


def care_plan(stated: Stated, resource: CarePlan) -> None:
    """A child protection or looked-after plan as CP-IS sends it; any other care plan states no entry."""
    plan = first_meaning(resource.category, "plan")
    if plan and resource.status != "draft":
        _plan(stated, resource, resource.period, plan, texts_of(resource.category))


def _plan(stated: Stated, resource: Clinical, period: Period | None, plan: str, text: str) -> None:
    patient_id = who(stated, resource.subject, "subject")
    since = started(period, "period", stated.now)
    written = recorded(resource.meta, stated.now, since)
    occurred = since or undated(written)
    until = ended(period.end if period else None, "period.end", occurred, stated.now)
    if until is None and resource.status in ("inactive", "completed", "revoked"):
        until = undated(written)
    stated.entry(f"social_care.{plan}", patient_id, occurred, written, until=until, text=text)


def procedure(stated: Stated, resource: Procedure) -> None:
    """A procedure that is a review of a condition; any other states no entry."""
    review = concept_means(resource.code, "review")
    if review is None or resource.status not in ("completed", None):
        return
    patient_id = who(stated, resource.subject, "subject")
    when = first_past(stated.now, ("performedDateTime", resource.performedDateTime))
    when = when or started(resource.performedPeriod, "performedPeriod", stated.now)
    written = recorded(resource.meta, stated.now, when)
    occurred = when or undated(written)
    stated.entry("health.review", patient_id, occurred, written, text=text_of(resource.code), condition=review)


def nothing(_stated: Stated, _resource: Any) -> None:
    """A resource that is read and states no entry."""


MAPPERS: Mapping[str, Callable[[Stated, Any], None]] = {
    "Patient": patient,
    "RelatedPerson": related_person,
    "Encounter": encounter,
    "Appointment": appointment,
    "MedicationRequest": medication_request,
    "MedicationDispense": medication_dispense,
    "Condition": condition,
    "Flag": flag,
    "CarePlan": care_plan,
    "Procedure": procedure,
    "Medication": nothing,
    "Observation": nothing,
}
"""How each resource type is read; the same names as `resources.STRUCTURES`."""
