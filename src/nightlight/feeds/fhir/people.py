"""Patient and RelatedPerson: who they are as this source describes them, and who is whose parent, carer or sibling.

Text stays as the source gave it. What is wrong with one field (a number's check digit, a birth date of 31 February) is
told beside, and the person is kept without that field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from nightlight.domain.people import LinkKind, normal_postcode
from nightlight.feeds.fhir.codes import first_meaning, text_of, texts_of
from nightlight.feeds.fhir.moments import Refused, ended, past, recorded, started
from nightlight.feeds.fhir.references import is_nhs_number, target
from nightlight.feeds.fhir.resources import Address, Described, Extension, HumanName, Patient, Reference, RelatedPerson
from nightlight.feeds.fhir.stated import Stated
from nightlight.feeds.records import LinkRecord, PersonRecord
from nightlight.timeline.london import local_date
from nightlight.timeline.partial import Partial, Precision

ADULT_AT = 18
_NAME_ORDER = ("official", "usual", None, "temp", "nickname", "anonymous", "maiden", "old")
_ADDRESS_ORDER = ("home", None, "temp", "work", "billing", "old")
_ROLES: Mapping[str, str] = {"parent": "adult", "carer": "adult"}


def who(stated: Stated, reference: Reference | None, field: str) -> str:
    """The source id of the patient referred to. Whoever is known only by this reference is stated as a person too."""
    if reference is None:
        raise Refused(field, "missing", "a reference to the patient")
    if (reference.reference or "").startswith("#"):
        return _contained(stated, reference.reference or "", field)
    found = target(reference, "Patient")
    if found is None:
        raise Refused(field, "missing", "a reference to the patient, or their NHS number")
    name, identifier = found
    # Their own resource, where this delivery has it, says more than a reference does.
    if identifier is not None and is_nhs_number(identifier) and name not in stated.delivery.people:
        number = stated.nhs_number(identifier, f"{field}.identifier.value")
        details = {"name": reference.display} if reference.display and not reference.reference else {}
        stated.people.append(PersonRecord(source_id=name, nhs_number=number, details=details))
    return name


def _contained(stated: Stated, reference: str, field: str) -> str:
    for inside in stated.resource.contained or ():
        if inside.get("id") == reference[1:] and inside.get("resourceType") == "Patient":
            name = f"{stated.record_id}{reference}"
            stated.people.append(described(stated, msgspec.convert(inside, Patient), name, ""))
            return name
    raise Refused(field, "unresolved", "a reference to a Patient that is contained in the resource")


def patient(stated: Stated, resource: Patient) -> None:
    """The person, under each name that other resources give them; and a child's death, a fact of its own."""
    for number, name in enumerate(stated.names):
        person = described(stated, resource, name, "", quiet=number > 0)
        stated.people.append(person)
        stated.delivery.remember(stated.delivery.people, name)
    if resource.deceasedDateTime:
        _death(stated, resource, stated.people[0])


def related_person(stated: Stated, resource: RelatedPerson) -> None:
    """A person, and their link to the patient where the relationship is one that concerns a child's life at home."""
    child = who(stated, resource.patient, "patient")
    relationship = first_meaning(resource.relationship, "link")
    words = texts_of(resource.relationship)
    name = stated.names[0]
    person = described(stated, resource, name, _ROLES.get(relationship or "", ""), relationship=words)
    stated.people.append(person)
    if relationship:
        since = started(resource.period, "period", stated.now)
        until = ended(resource.period.end if resource.period else None, "period.end", since or _ever(), stated.now)
        stated.links.append(
            LinkRecord(
                kind=LinkKind(relationship), person=name, other=child, since=since, until=until,
                recorded=recorded(resource.meta, stated.now, since),
            )
        )  # fmt: skip


def described(
    stated: Stated, resource: Described, source_id: str, role: str, *, relationship: str = "", quiet: bool = False
) -> PersonRecord:
    """The person as the resource describes them. `quiet`: its faults were told already."""
    told = len(stated.beside)
    born = _born(stated, resource.birthDate)
    name = _best(resource.name, _NAME_ORDER)
    home = _best(resource.address, _ADDRESS_ORDER)
    person = PersonRecord(
        source_id=source_id,
        role=_ROLES.get(role, role) if role in ("adult", "child") else _role(born, stated),
        given=" ".join(part for part in (name.given if name else None) or () if part),
        family=(name.family if name else None) or "",
        born=born,
        sex=resource.gender or "",
        nhs_number=_number(stated, resource),
        postcode=normal_postcode(home.postalCode) if home and home.postalCode else None,
        address_lines=_lines(home),
        uprn=_uprn(home),
        details=dict(_details(resource, name, home, relationship)),
    )
    if quiet:
        del stated.beside[told:]
    return person


def _ever() -> Partial:
    return Partial.bounds(None, None)


def _born(stated: Stated, text: str | None) -> Partial | None:
    if not text:
        return None
    try:
        return past(text, "birthDate", stated.now)
    except Refused as refused:
        stated.beside.append(Refused("birthDate", refused.code, f"{refused.expected}; the person is kept without it"))
        return None


def _role(born: Partial | None, stated: Stated) -> str:
    """A child is under 18 on the day of the delivery; without a birth date the source does not say."""
    if born is None or born.precision is Precision.bounds:
        return ""
    return "child" if _age(born, local_date(stated.now)) < ADULT_AT else "adult"


def _age(born: Partial, on: date) -> int:
    day = local_date(born.earliest)
    return on.year - day.year - ((on.month, on.day) < (day.month, day.day))


def _number(stated: Stated, resource: Described) -> str | None:
    found = None
    for place, identifier in enumerate(resource.identifier or ()):
        if is_nhs_number(identifier) and identifier.value:
            found = found or stated.nhs_number(identifier, f"identifier[{place}].value")
    return found


def _best(things: Iterable[Any] | None, order: tuple[str | None, ...]) -> Any:
    """The one in use: by its use, and of several the one whose period has no end."""
    ranked = sorted(
        things or (),
        key=lambda thing: (
            bool(thing.period and thing.period.end),
            order.index(thing.use) if thing.use in order else len(order),
        ),
    )
    return ranked[0] if ranked else None


def _lines(home: Address | None) -> tuple[str, ...]:
    if home is None:
        return ()
    return tuple(line for line in (*(home.line or ()), home.city, home.district) if line)


def _uprn(home: Address | None) -> str | None:
    """The Unique Property Reference Number, from UK Core's address key extension."""
    for key in _named(home.extension if home else None, "AddressKey"):
        parts = {part.url: part for part in key.extension or ()}
        kind = parts["type"].valueCoding if "type" in parts else None
        value = parts["value"].valueString if "value" in parts else None
        if (
            kind is not None
            and kind.code == "UPRN"
            and value
            and value.isdecimal()
            and value.isascii()
            and len(value) <= 12
        ):
            return value
    return None


def _named(extensions: Iterable[Extension] | None, ending: str) -> Iterator[Extension]:
    return (extension for extension in extensions or () if (extension.url or "").endswith(ending))


def _details(
    resource: Described, name: HumanName | None, home: Address | None, relationship: str
) -> Iterator[tuple[str, Any]]:
    """What else is kept of a person, by the source's words."""
    for ethnicity in _named(resource.extension, "EthnicCategory"):
        if text := text_of(ethnicity.valueCodeableConcept):
            yield "ethnicity", text
    if relationship:
        yield "relationship", relationship
    if name is not None and name.text and not name.family:
        yield "name", name.text
    others = [_whole(other) for other in resource.name or () if other is not name]
    if others := [text for text in others if text]:
        yield "other_names", others
    if home is not None and home.postalCode and normal_postcode(home.postalCode) is None:
        yield "postcode_as_given", home.postalCode
    yield from _of_patient(resource)


def _of_patient(resource: Described) -> Iterator[tuple[str, Any]]:
    if isinstance(resource, Patient):
        if languages := texts_of(said.language for said in resource.communication or () if said.language):
            yield "language", languages
        if resource.deceasedDateTime or resource.deceasedBoolean:
            yield "deceased", resource.deceasedDateTime or True
    security = [label.code for label in (resource.meta.security if resource.meta else None) or () if label.code]
    if any(code in ("R", "V") for code in security):
        yield "confidentiality", "restricted"


def _whole(name: HumanName) -> str:
    return " ".join(part for part in (*(name.given or ()), name.family) if part) or name.text or ""


def _death(stated: Stated, resource: Patient, person: PersonRecord) -> None:
    try:
        when = past(resource.deceasedDateTime or "", "deceasedDateTime", stated.now)
    except Refused as refused:
        stated.beside.append(refused)
        return
    if person.born is not None and _age(person.born, local_date(when.earliest)) < ADULT_AT:
        stated.entry("outcome.death", person.source_id, when, recorded(resource.meta, stated.now, when))
