"""The parts of FHIR R4 resources that this feed reads, as typed structures; the rest of a resource is left alone.

Decoding checks types only: a wrong type is refused with its path. What the values mean is for `codes`, `people` and
`clinical`.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Part(msgspec.Struct, gc=False):
    """The base of every structure here. (`gc=False`: none can hold a cycle.)"""


class Coding(Part):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(Part):
    """A CodeableConcept: the same thing said in several coding systems, and in words."""

    coding: list[Coding] | None = None
    text: str | None = None


class Identifier(Part):
    system: str | None = None
    value: str | None = None


class Reference(Part):
    reference: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Period(Part):
    start: str | None = None
    end: str | None = None


class Quantity(Part):
    value: float | None = None
    unit: str | None = None
    code: str | None = None


class Extension(Part):
    url: str | None = None
    extension: list[Extension] | None = None
    valueString: str | None = None
    valueCoding: Coding | None = None
    valueCodeableConcept: Concept | None = None
    valueReference: Reference | None = None


class Meta(Part):
    lastUpdated: str | None = None
    security: list[Coding] | None = None


class Resource(Part):
    """What every resource may have."""

    id: str | None = None
    meta: Meta | None = None
    contained: list[dict[str, Any]] | None = None
    extension: list[Extension] | None = None


class HumanName(Part):
    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: list[str | None] | None = None
    period: Period | None = None


class Address(Part):
    use: str | None = None
    line: list[str | None] | None = None
    city: str | None = None
    district: str | None = None
    postalCode: str | None = None
    period: Period | None = None
    extension: list[Extension] | None = None


class Described(Resource):
    """What Patient and RelatedPerson share."""

    identifier: list[Identifier] | None = None
    name: list[HumanName] | None = None
    gender: str | None = None
    birthDate: str | None = None
    address: list[Address] | None = None


class Communication(Part):
    language: Concept | None = None


class Patient(Described):
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None
    communication: list[Communication] | None = None


class RelatedPerson(Described):
    patient: Reference | None = None
    relationship: list[Concept] | None = None
    period: Period | None = None


class Clinical(Resource):
    """A resource about a patient."""

    identifier: list[Identifier] | Identifier | None = None
    status: str | None = None
    subject: Reference | None = None


class Hospitalization(Part):
    dischargeDisposition: Concept | None = None


class Encounter(Clinical):
    class_: Coding | None = msgspec.field(default=None, name="class")
    type: list[Concept] | None = None
    period: Period | None = None
    reasonCode: list[Concept] | None = None
    hospitalization: Hospitalization | None = None


class Participant(Part):
    actor: Reference | None = None


class Appointment(Clinical):
    start: str | None = None
    created: str | None = None
    description: str | None = None
    cancelationReason: Concept | None = None
    serviceCategory: list[Concept] | None = None
    serviceType: list[Concept] | None = None
    specialty: list[Concept] | None = None
    participant: list[Participant] | None = None


class Medicated(Clinical):
    medicationCodeableConcept: Concept | None = None
    medicationReference: Reference | None = None


class DispenseRequest(Part):
    quantity: Quantity | None = None
    expectedSupplyDuration: Quantity | None = None
    validityPeriod: Period | None = None


class MedicationRequest(Medicated):
    intent: str | None = None
    authoredOn: str | None = None
    dispenseRequest: DispenseRequest | None = None


class MedicationDispense(Medicated):
    type: Concept | None = None
    quantity: Quantity | None = None
    daysSupply: Quantity | None = None
    whenPrepared: str | None = None
    whenHandedOver: str | None = None


class Condition(Clinical):
    clinicalStatus: Concept | None = None
    verificationStatus: Concept | None = None
    severity: Concept | None = None
    code: Concept | None = None
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    abatementDateTime: str | None = None
    abatementPeriod: Period | None = None
    recordedDate: str | None = None


class Flag(Clinical):
    category: list[Concept] | None = None
    code: Concept | None = None
    period: Period | None = None


class CarePlan(Clinical):
    category: list[Concept] | None = None
    period: Period | None = None
    created: str | None = None


class Procedure(Clinical):
    code: Concept | None = None
    performedDateTime: str | None = None
    performedPeriod: Period | None = None


class Medication(Resource):
    code: Concept | None = None


class Observation(Clinical):
    pass


STRUCTURES: dict[str, type[Resource]] = {
    structure.__name__: structure
    for structure in (
        Patient, RelatedPerson, Encounter, Appointment, MedicationRequest, MedicationDispense, Condition, Flag,
        CarePlan, Procedure, Medication, Observation,
    )
}  # fmt: skip
"""The resource types that this feed reads. Any other type is accepted and states nothing that the chronology keeps."""
