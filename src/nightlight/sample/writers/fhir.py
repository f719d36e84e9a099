"""Health records as FHIR R4 in the style of UK Core: NDJSON from each practice, collection bundles from each hospital.

Every resource is tagged as test data (HTEST), the place that the standard has for saying so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from nightlight.sample.dirt import Written
from nightlight.sample.happenings import Happening
from nightlight.sample.organisations import Delivery, hospital_of, practice_of, slug
from nightlight.sample.population import Family, Person
from nightlight.sample.writers.base import Setting, person_of

_FEED = "fhir"
_SNOMED = "http://snomed.info/sct"
_TEST = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST", "display": "test health data"}
_NHS = "https://fhir.nhs.uk/Id/nhs-number"
_BUNDLE_ENTRIES = 400
Resource = dict[str, Any]

_MEDICINES: Mapping[str, tuple[str, str, str]] = {
    "reliever": ("39113611000001102", "Salbutamol 100micrograms/dose inhaler CFC free", "inhaler"),
    "preventer": ("408063002", "Beclometasone 100micrograms/dose inhaler CFC free", "inhaler"),
    "oral_steroid": ("325427002", "Prednisolone 5mg tablets", "course"),
}
_REASONS: Mapping[str, Resource] = {
    "asthma": {"coding": [{"system": _SNOMED, "code": "281239006", "display": "Exacerbation of asthma"}]},
    "injury": {"coding": [{"system": _SNOMED, "code": "283371005", "display": "Laceration of forearm"}]},
    "self_harm": {"text": "Self-harm"},
    "seizure": {"text": "Febrile convulsion"},
    "ingestion": {"text": "Accidental ingestion of household product"},
    "other": {"text": "Fever and vomiting"},
}
_RELATIONSHIPS = {
    "mother": ("MTH", "mother"), "father": ("FTH", "father"), "step_father": ("STPFTH", "stepfather"),
    "step_mother": ("STPMTH", "stepmother"), "grandmother": ("GUARD", "guardian"),
}  # fmt: skip
_CANCELLED = {"cancelled_by_carer": "pat", "rescheduled_by_carer": "pat", "cancelled_by_service": "prov"}
_GENDER = {"F": "female", "M": "male"}


class FhirWriter:
    """Practices and hospitals. What a carer rescheduled is written as cancelled by the patient: FHIR has one word."""

    feed = _FEED
    _KINDS = frozenset(
        {
            "health.condition", "health.emergency_attendance", "health.admission", "health.appointment",
            "health.medicine_issued", "health.medicine_collected", "health.review",
        }
    )  # fmt: skip

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._practices: dict[str, None] = {}
        self._hospitals: dict[str, _Bundles] = {}

    def carries(self, happening: Happening) -> bool:
        return happening.kind in self._KINDS

    def family(self, family: Family, happenings: Sequence[Happening]) -> None:
        by_agency: dict[str, list[Happening]] = defaultdict(list)
        for happening in happenings:
            by_agency[happening.agency].append(happening)
        self._practice(family, by_agency["health.gp"])
        if by_agency["health.hospital"]:
            self._hospital(family, by_agency["health.hospital"])

    def _practice(self, family: Family, happenings: list[Happening]) -> None:
        name = practice_of(family)
        self._practices[name] = None
        lines = [orjson.dumps(r) for r in self._resources(family, f"emis:{slug(name)}", family.children, happenings)]
        rng = self._setting.rng("practice", family.number)
        if family.number >= 0 and rng.random() < 0.02:
            self._setting.dirt.note("repeated_record", _FEED)
            lines.append(lines[-1])
        self._setting.files.append(f"fhir/{slug(name)}.ndjson", b"\n".join(lines) + b"\n")

    def _hospital(self, family: Family, happenings: list[Happening]) -> None:
        name = hospital_of(family)
        seen = {h.about[0] for h in happenings}
        children = [child for child in family.children if child.true_id in seen]
        resources = self._resources(family, f"pas:{slug(name)}", children, happenings)
        self._hospitals.setdefault(name, _Bundles(self._setting, slug(name))).add(resources)

    def _resources(
        self, family: Family, system: str, children: Sequence[Person], happenings: list[Happening]
    ) -> list[Resource]:
        found = [r for child in children for r in self._described(family, system, child)]
        for number, happening in enumerate(happenings):
            child = person_of(family, happening.about[0])
            patient = self._setting.written(
                child, family, system=system, feed=_FEED, identified="nhs_number", tell=False
            )
            found += _event(self._late(happening, family), f"{patient.source_id}-{number}", patient)
        self._setting.count(_FEED, len(happenings))
        return found

    def _late(self, happening: Happening, family: Family) -> Happening:
        """One record in a hundred is written down weeks late."""
        rng = self._setting.rng("late", happening.kind, happening.about, happening.instant)
        moved = happening.written + timedelta(days=rng.randint(20, 60))
        end = datetime.combine(self._setting.until, datetime.min.time(), UTC)
        if family.number < 0 or rng.random() > 0.01 or moved >= end:
            return happening
        from dataclasses import replace

        self._setting.dirt.note("late_record", _FEED)
        return replace(happening, recorded=moved)

    def _described(self, family: Family, system: str, child: Person) -> Iterator[Resource]:
        patient = self._setting.written(child, family, system=system, feed=_FEED, identified="nhs_number", tell=False)
        number = self._setting.shared_numbers.get(child.true_id) if system.startswith("emis") else None
        if number:
            self._setting.dirt.note("shared_nhs_number", _FEED)
        elif patient.nhs_number and len(patient.nhs_number) == 10 and _is_wrong(patient, child):
            self._setting.refuse(_FEED)
        self._setting.truth.append((system, f"Patient/{patient.source_id}", child.true_id))
        stamp = _stamp(child.born, self._setting)
        yield _patient(patient, number or patient.nhs_number, stamp)
        for adult in family.adults if system.startswith("emis") else family.adults[:1]:
            written = self._setting.written(adult, family, system=system, feed=_FEED, tell=False)
            related = _related(written, patient, stamp)
            self._setting.truth.append((system, f"RelatedPerson/{related['id']}", adult.true_id))
            yield related

    def finish(self) -> list[Delivery]:
        practices = [
            Delivery(
                feed=_FEED, path=f"fhir/{slug(name)}.ndjson", agency="health.gp", organisation=slug(name),
                organisation_name=name, system=f"emis:{slug(name)}",
            )
            for name in self._practices
        ]  # fmt: skip
        hospitals = [
            Delivery(
                feed=_FEED, path=f"fhir/{slug(name)}", agency="health.hospital", organisation=slug(name),
                organisation_name=name, system=f"pas:{slug(name)}",
            )
            for name, bundles in self._hospitals.items()
            if bundles.close()
        ]  # fmt: skip
        return practices + hospitals


class _Bundles:
    """A hospital's bundles, each of some hundreds of entries and whole families."""

    def __init__(self, setting: Setting, name: str) -> None:
        self._setting, self._name = setting, name
        self._entries: list[Resource] = []
        self._made = 0

    def add(self, resources: list[Resource]) -> None:
        self._entries += [
            {"fullUrl": f"https://{self._name}.example/fhir/{r['resourceType']}/{r['id']}", "resource": r}
            for r in resources
        ]
        if len(self._entries) >= _BUNDLE_ENTRIES:
            self.close()

    def close(self) -> bool:
        """Write what is held; true once there is any bundle."""
        if self._entries:
            self._made += 1
            bundle = {
                "resourceType": "Bundle", "id": f"{self._name}-{self._made:05d}", "meta": {"tag": [_TEST]},
                "type": "collection", "entry": self._entries,
            }  # fmt: skip
            self._setting.files.append(f"fhir/{self._name}/bundle-{self._made:05d}.json", orjson.dumps(bundle))
            self._entries = []
        return self._made > 0


def _is_wrong(written: Written, child: Person) -> bool:
    return written.nhs_number != child.nhs_number


def _stamp(born: date, setting: Setting) -> str:
    """When the source last touched who someone is: at the start of the window, or soon after birth."""
    return (
        f"{max(born + timedelta(days=10), setting.until - timedelta(days=365 * setting.years)).isoformat()}T09:00:00Z"
    )


def _meta(stamp: str) -> Resource:
    return {"lastUpdated": stamp, "tag": [_TEST]}


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _name_and_home(written: Written) -> Resource:
    home = written.address
    return {
        "name": [{"use": "official", "family": written.family, "given": written.given.split(" ")}],
        "gender": _GENDER[written.sex],
        "birthDate": written.born.isoformat(),
        "address": [
            {
                "use": "home", "line": list(home.lines[:1]), "city": home.town, "postalCode": written.postcode,
                "extension": [
                    {
                        "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AddressKey",
                        "extension": [
                            {"url": "type", "valueCoding": {"code": "UPRN"}},
                            {"url": "value", "valueString": home.uprn},
                        ],
                    }
                ],
            }
        ],
    }  # fmt: skip


def _patient(written: Written, nhs_number: str, stamp: str) -> Resource:
    numbers = [{"system": _NHS, "value": nhs_number}] if nhs_number else []
    identifier = {"identifier": numbers} if numbers else {}
    return {
        "resourceType": "Patient", "id": written.source_id, "meta": _meta(stamp), **identifier,
        **_name_and_home(written),
    }  # fmt: skip


def _related(written: Written, patient: Written, stamp: str) -> Resource:
    code, display = _RELATIONSHIPS[written.person.role]
    role = {"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": code, "display": display}
    return {
        "resourceType": "RelatedPerson", "id": f"{written.source_id}-{patient.source_id}", "meta": _meta(stamp),
        "patient": {"reference": f"Patient/{patient.source_id}"}, "relationship": [{"coding": [role]}],
        **_name_and_home(written),
    }  # fmt: skip


def _event(happening: Happening, serial: str, patient: Written) -> Iterator[Resource]:
    about = {"reference": f"Patient/{patient.source_id}"}
    meta = _meta(_instant(happening.written))
    yield {"id": serial, "meta": meta, **_MAKERS[happening.kind](happening, about)}


def _when(happening: Happening) -> str:
    return _instant(happening.when) if isinstance(happening.when, datetime) else happening.when.isoformat()


def _condition(happening: Happening, about: Resource) -> Resource:
    severity = happening.attributes.get("severity")
    return {
        "resourceType": "Condition", "subject": about, "onsetDateTime": _when(happening),
        "code": {"coding": [{"system": _SNOMED, "code": "195967001", "display": "Asthma"}]},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        **({"severity": {"text": severity}} if severity else {}),
    }  # fmt: skip


def _encounter(happening: Happening, about: Resource) -> Resource:
    inpatient = happening.kind == "health.admission"
    start = _when(happening)
    end = happening.until.isoformat() if happening.until else None if inpatient else start
    return {
        "resourceType": "Encounter", "status": "finished" if end else "in-progress", "subject": about,
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP" if inpatient else "EMER",
        },
        "period": {"start": start, **({"end": end} if end else {})},
        "reasonCode": [_REASONS[happening.attributes["reason"]]],
    }  # fmt: skip


def _review(happening: Happening, about: Resource) -> Resource:
    return {
        "resourceType": "Encounter", "status": "finished", "subject": about,
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "type": [{"coding": [{"system": _SNOMED, "code": "394700004", "display": "Asthma annual review"}]}],
        "period": {"start": _when(happening), "end": _when(happening)},
    }  # fmt: skip


def _appointment(happening: Happening, about: Resource) -> Resource:
    result = happening.attributes["result"]
    status = {"attended": "fulfilled", "not_brought": "noshow"}.get(result, "cancelled")
    reason = {
        "system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason",
        "code": _CANCELLED.get(result),
    }
    return {
        "resourceType": "Appointment", "status": status, "start": _instant(happening.instant),
        "serviceType": [{"text": happening.attributes.get("service", "clinic")}],
        "participant": [{"actor": about, "status": "accepted"}],
        **({"cancelationReason": {"coding": [reason]}} if status == "cancelled" else {}),
    }  # fmt: skip


def _medication(medicine: str) -> Resource:
    if medicine not in _MEDICINES:
        return {"text": "Amoxicillin 125mg/5ml oral suspension"}
    code, display, _unit = _MEDICINES[medicine]
    return {"coding": [{"system": _SNOMED, "code": code, "display": display}]}


def _supply(happening: Happening) -> tuple[Resource, Resource]:
    unit = _MEDICINES.get(happening.attributes["medicine"], ("", "", "bottle"))[2]
    days = {"value": happening.attributes["days_supply"], "unit": "days", "code": "d"}
    return {"value": happening.attributes["quantity"], "unit": unit}, days


def _request(happening: Happening, about: Resource) -> Resource:
    quantity, days = _supply(happening)
    return {
        "resourceType": "MedicationRequest", "status": "completed", "intent": "order", "subject": about,
        "medicationCodeableConcept": _medication(happening.attributes["medicine"]), "authoredOn": _when(happening),
        "dispenseRequest": {"quantity": quantity, "expectedSupplyDuration": days},
        "substitution": {"allowedBoolean": False},
    }  # fmt: skip


def _dispense(happening: Happening, about: Resource) -> Resource:
    quantity, days = _supply(happening)
    return {
        "resourceType": "MedicationDispense", "status": "completed", "subject": about, "quantity": quantity,
        "medicationCodeableConcept": _medication(happening.attributes["medicine"]), "daysSupply": days,
        "whenHandedOver": _when(happening),
    }  # fmt: skip


_MAKERS = {
    "health.condition": _condition,
    "health.emergency_attendance": _encounter,
    "health.admission": _encounter,
    "health.appointment": _appointment,
    "health.medicine_issued": _request,
    "health.medicine_collected": _dispense,
    "health.review": _review,
}
