"""One place however sources write it: by UPRN, by its normal form, and never one that is written as none."""

from __future__ import annotations

import pytest
from support.deliveries import entry, person, record, take_in

from nightlight.actions.people.places import form_again
from nightlight.domain.views import Pooled
from nightlight.feeds.records import AddressRecord, PersonRecord
from nightlight.store.chronology.mapping import load
from nightlight.store.people.models import Address, Person, SourcePerson

pytestmark = pytest.mark.django_db

AT = "ZX1 1AA"


def living(source_id: str, given: str, *lines: str, postcode: str | None = AT, uprn: str | None = None) -> PersonRecord:
    return person(
        source_id, given=given, family="Fictional", address_lines=lines, postcode=postcode, uprn=uprn
    )  # fmt: skip


def incident(*lines: str, uprn: str | None = None) -> None:
    place = AddressRecord(source_id="loc1", lines=lines, postcode=AT, uprn=uprn)
    said = entry("police.incident", 2, address="loc1", attributes={"category": "drugs"})
    take_in(record("i1", said, addresses=[place]), agency="police", organisation="force")


def concerned() -> set[str]:
    children = Person.objects.filter(is_child=True)
    loaded = load([child.id for child in children])
    return {child.given for child in children if loaded[child.id].facts(Pooled())}


def test_incident_at_another_spelling_concerns_the_child_of_that_flat_alone() -> None:
    take_in(record("r", people=[living("c1", "One", "Flat 1, 12 High Street", "Exampleton"),
                                living("c2", "Two", "Flat 2", "12 High St.")]))  # fmt: skip
    incident("Apartment 2", "12, High St")
    assert concerned() == {"Two"}


def test_place_with_a_uprn_is_the_one_that_was_written_alike_without() -> None:
    take_in(record("r", people=[living("c1", "One", "12 High Street")]))
    incident("12 High St", uprn="100000001")
    assert Address.objects.get().uprn == "100000001"
    assert concerned() == {"One"}


def test_place_written_alike_is_the_one_whose_uprn_is_known() -> None:
    take_in(record("r", people=[living("c1", "One", "12 High Street", uprn="100000001")]))
    incident("12 High St")
    assert Address.objects.count() == 1
    assert concerned() == {"One"}


def test_two_uprns_are_two_places_however_they_are_written() -> None:
    take_in(record("r", people=[living("c1", "One", "12 High Street", uprn="100000001")]))
    incident("12 High Street", uprn="100000002")
    assert Address.objects.count() == 2
    assert concerned() == set()


def test_no_fixed_abode_is_nobody_elses_place() -> None:
    take_in(record("r", people=[living("c1", "One", "No fixed abode", postcode=None),
                                living("c2", "Two", "NFA", postcode=None)]))  # fmt: skip
    assert len(set(SourcePerson.objects.values_list("address", flat=True))) == 2


def test_postcode_alone_is_no_place_that_two_sources_share() -> None:
    take_in(record("r", people=[living("c1", "One", "Unknown")]))
    incident()
    assert concerned() == set()


def test_form_again_brings_an_upgraded_database_to_the_normal_form() -> None:
    take_in(record("r", people=[living("c1", "One", "12 High Street")]))
    Address.objects.update(form="")
    assert form_again(Address.objects.values_list("id", flat=True)) == 1
    incident("12 High St")
    assert concerned() == {"One"}
    assert form_again(Address.objects.values_list("id", flat=True)) == 0
