"""The people and places of a police document: who took which part, where, and how they are linked.

Ids are the force's own, stable over documents. An age that an officer guessed stays a span of birth dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from nightlight.domain.people import LinkKind, Part, normal_nhs_number, normal_postcode, normal_upn
from nightlight.feeds.fields import Refused, name_part, sex_letter, source_id
from nightlight.feeds.nodes import Node
from nightlight.feeds.records import AddressRecord, LinkRecord, PersonRecord, SubjectRecord
from nightlight.timeline.london import local_date
from nightlight.timeline.partial import Partial

PARTS = {
    "subject": Part.SUBJECT,
    "victim": Part.HARMED,
    "suspect": Part.ALLEGED_HARMER,
    "offender": Part.ALLEGED_HARMER,
    "witness": Part.WITNESS,
    "childPresent": Part.SUBJECT,
    "carer": Part.CARER_PRESENT,
    "reportingPerson": Part.REPORTER,
    "involved": Part.MENTIONED,
}
"""A document's relationship to a person, and the person's part. A child who was present is a subject of it."""

LINKS = {
    "parentOf": LinkKind.PARENT,
    "carerOf": LinkKind.CARER,
    "siblingOf": LinkKind.SIBLING,
    "householdMemberOf": LinkKind.HOUSEHOLD,
}
"""A person's relationship to another, and the link it is."""

LOCATIONS = ("incidentLocation", "location")
OLDEST = 120


def subjects(data: Node) -> tuple[SubjectRecord, ...]:
    """Everyone in the document by their part, and its places; refused for a relationship that has no meaning here."""
    found: dict[SubjectRecord, None] = {}
    relationships = data.node("relationships")
    for name in relationships.names():
        if name not in PARTS and name not in LOCATIONS:
            expected = f"one of {', '.join((*PARTS, *LOCATIONS))}"
            raise Refused("data.relationships", "unknown_relationship", expected)
        for reference in references(relationships, name):
            address = name in LOCATIONS
            found[SubjectRecord(reference, Part.SUBJECT if address else PARTS[name], address)] = None
    return tuple(found)


def references(relationships: Node, name: str) -> Iterator[str]:
    """The ids that a relationship names: one, or a list."""
    for reference in relationships.node(name).one_or_more("data"):
        yield source_id(reference.text("id"), reference.at("id"))


def people_and_places(
    document: Node, named: tuple[SubjectRecord, ...], at: Partial, now: datetime
) -> tuple[tuple[PersonRecord, ...], tuple[AddressRecord, ...]]:
    """Those described in `included`; one that is named and not described is given by id alone."""
    places = {place.source_id: place for place in _places(document)}
    people = {person.source_id: person for person in _people(document, places, at, now)}
    for subject in named:
        if subject.address:
            places.setdefault(subject.source_id, AddressRecord(source_id=subject.source_id))
        else:
            people.setdefault(subject.source_id, PersonRecord(source_id=subject.source_id))
    return tuple(people.values()), tuple(places.values())


def _included(document: Node, type_: str) -> Iterator[Node]:
    for node in document.one_or_more("included"):
        if node.text("type") == type_:
            yield node


def _places(document: Node) -> Iterator[AddressRecord]:
    for node in _included(document, "location"):
        attributes = node.node("attributes")
        uprn = attributes.text("uprn")
        yield AddressRecord(
            source_id=source_id(node.text("id"), node.at("id")),
            lines=tuple(attributes.texts("addressLines")),
            postcode=normal_postcode(attributes.text("postcode")),
            uprn=uprn if uprn.isdecimal() and uprn.isascii() and len(uprn) <= 12 else None,
        )


def _people(document: Node, places: dict[str, AddressRecord], at: Partial, now: datetime) -> Iterator[PersonRecord]:
    for node in _included(document, "person"):
        attributes = node.node("attributes")
        home = next(
            (places[ref] for ref in references(node.node("relationships"), "currentAddress") if ref in places), None
        )
        born = _born(attributes, local_date(min(at.latest, now)), now)
        given = " ".join([*attributes.texts("givenName"), *attributes.texts("middleName")])
        yield PersonRecord(
            source_id=source_id(node.text("id"), node.at("id")),
            role=_role(attributes, born, at),
            given=name_part(given, attributes.at("givenName")),
            family=name_part(attributes.text("surname"), attributes.at("surname")),
            born=born,
            sex=sex_letter(attributes.text("sex")),
            nhs_number=normal_nhs_number(attributes.text("nhsNumber")),
            upn=normal_upn(attributes.text("upn")),
            postcode=home.postcode if home else None,
            address_lines=home.lines if home else (),
            uprn=home.uprn if home else None,
            details={
                ours: text
                for ours, theirs in (
                    ("ethnicity", "ethnicitySelfDefined"),
                    ("gender", "gender"),
                    ("language", "language"),
                )
                if (text := attributes.text(theirs))
            },
        )


def _born(attributes: Node, on: date, now: datetime) -> Partial | None:
    if attributes.text("dateOfBirth"):
        return attributes.moment("dateOfBirth", now)
    youngest, oldest = attributes.whole("approximateAgeFrom"), attributes.whole("approximateAgeTo")
    if youngest is None and oldest is None:
        return None
    youngest = youngest if youngest is not None else oldest or 0
    oldest = oldest if oldest is not None else youngest
    if not youngest <= oldest <= OLDEST:
        raise Refused(attributes.at("approximateAgeTo"), "bad_value", f"an age from approximateAgeFrom to {OLDEST}")
    return Partial.bounds(Partial.day(_years_before(on, oldest + 1)), Partial.day(_years_before(on, youngest)))


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def _role(attributes: Node, born: Partial | None, at: Partial) -> str:
    under_18 = attributes.flag("under18")
    if under_18 is not None:
        return "child" if under_18 else "adult"
    if born is None:
        return ""
    eighteen_before = Partial.day(_years_before(local_date(at.earliest), 18))
    if eighteen_before.certainly_before(born):
        return "child"
    return "adult" if born.certainly_before(eighteen_before) else ""


def links(document: Node, places: tuple[AddressRecord, ...], at: Partial, recorded: datetime) -> Iterator[LinkRecord]:
    """Who is whose parent, carer, brother or sister, and who lives where, as the police had it then."""
    known = {place.source_id for place in places}
    for node in _included(document, "person"):
        person, relationships = source_id(node.text("id"), node.at("id")), node.node("relationships")
        for name, kind in LINKS.items():
            for other in references(relationships, name):
                yield LinkRecord(kind=kind, person=person, other=other, recorded=recorded)
        for place in references(relationships, "currentAddress"):
            if place in known:
                yield LinkRecord(kind=LinkKind.RESIDENCE, person=person, other=place, since=at, recorded=recorded)
