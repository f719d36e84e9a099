"""A family and its places from every feed, as far as somebody may see them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support import families
from support.deliveries import NOW, days_ago, entry, person, record, take_in
from support.pages import GUARDIAN, LEAD, STRANGER, partnership

from nightlight.actions.record import households
from nightlight.actions.seeing import compartments, relationships
from nightlight.actions.seeing.access import Refused
from nightlight.domain.people import LinkKind
from nightlight.store.people.models import Address, Person, Practitioner
from nightlight.timeline import local_date

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def given_the_partnership() -> None:
    partnership()


def somebody(username: str = LEAD) -> Practitioner:
    return Practitioner.objects.get(username=username)


def may_open(child: Person, username: str = LEAD) -> None:
    relationships.begin(
        kind="given", child=child.id, person=username, about=str(child.id), since=NOW, until=None,
        by=somebody(GUARDIAN), now=NOW,
    )  # fmt: skip


def look(child: Person, username: str = LEAD, ago: float | None = None) -> households.Network:
    on = None if ago is None else local_date(days_ago(ago))
    return households.network(by=somebody(username), child=child.id, now=LATER, on=on)


def where(found: households.Network, name: str) -> set[str]:
    ids = {m.id for m in found.members if m.name.startswith(name)}
    texts = {p.id: p.text.partition(",")[0] for p in found.places}
    return {texts[t.place] for t in found.there if t.person in ids}


def names(found: households.Network) -> set[str]:
    return {m.name.split()[0] for m in found.members}


@pytest.fixture
def child() -> Person:
    found = families.social_care()
    may_open(found)
    return found


def test_who_lives_at_an_address_on_a_date_and_where_they_lived_before(child: Person) -> None:
    found = look(child)
    assert (where(found, "Robin"), where(found, "Mara")) == ({families.HOME}, {families.HOME})
    assert [(t.until, t.agency) for t in found.left] == [(days_ago(100), "social_care")]
    before = look(child, ago=200)
    assert where(before, "Robin") == {families.OLD}
    assert before.left == ()


def test_agencies_that_hold_different_addresses_are_shown_to_differ(child: Person) -> None:
    families.school_says_elsewhere(60)
    found = look(child)
    assert found.differ_since == days_ago(60)
    assert {each.agencies for each in found.conflicts} == {("education", "social_care")}
    assert where(found, "Robin") == {families.HOME, families.OLD}  # "4 Former Rd." is the place they left


def test_child_whom_the_police_found_elsewhere_stays_there_though_no_register_says_so(child: Person) -> None:
    families.seen_by_the_police(20)
    found = look(child)
    (there,) = found.unregistered
    assert (there.agencies, there.registered) == (("police",), False)
    assert [(i.kind, i.category) for i in found.incidents] == [("police.incident", "drugs")]
    assert look(child, ago=30).unregistered == ()


def test_incident_where_the_child_lives_is_not_listed_a_second_time(child: Person) -> None:
    at_home = entry("police.incident", 5, address="loc", attributes={"category": "drugs"})
    take_in(record("i", at_home, addresses=[families.place("loc", families.HOME)]), agency="police", organisation="f")
    assert look(child).incidents == ()


def test_adult_known_to_one_agency_alone_and_one_who_lives_there_untied(child: Person) -> None:
    lodger = families.adult("l1", "Lorne")
    take_in(
        record("lodger", people=[lodger], addresses=[families.place("h", "1, Made-Up St")],
               links=[families.lives("l1", "h", 30)]),
        agency="housing", organisation="homes",
    )  # fmt: skip
    found = look(child)
    (member,) = [m for m in found.members if m.name.startswith("Lorne")]
    assert (member.agencies, member.ties) == (("housing",), ())
    assert "Lorne" not in names(look(child, ago=60))


def test_who_lives_where_the_child_once_lived_is_not_said(child: Person) -> None:
    stranger = families.adult("n1", "Newcomer")
    take_in(
        record("next", people=[stranger], addresses=[families.place("o", families.OLD)],
               links=[families.lives("n1", "o", 50)]),
        agency="housing", organisation="homes",
    )  # fmt: skip
    assert "Newcomer" not in names(look(child))


def sibling() -> Person:
    take_in(
        record("sib", people=[person("c2", given="Sky", family="Fictional"), families.adult("m1", "Mara")],
               addresses=[families.place("aunt", "77 Long Road")],
               links=[families.tie("m1", "c2"), families.lives("c2", "aunt")]),
        agency="social_care", organisation="la",
    )  # fmt: skip
    return Person.objects.get(given="Sky")


def test_sibling_elsewhere_is_shown_to_whoever_may_open_that_child_and_to_nobody_else(child: Person) -> None:
    other = sibling()
    found = look(child)
    assert "Sky" not in names(found)
    assert str(other.id) not in repr(found)
    may_open(other)
    found = look(child)
    assert where(found, "Sky") == {"77 Long Road"}


def test_adult_of_two_families_that_nothing_else_connects_is_shown(child: Person) -> None:
    other = families.another_family()
    assert look(child).apart == ()
    may_open(other)
    found = look(child)
    (apart,) = found.apart
    assert [[m.name for m in family] for family in apart.families] == [["Wren Elsewhere"]]
    assert "Wren" not in names(found)


def seal(what: str, item: Any) -> None:
    keeper = somebody(GUARDIAN)
    made = compartments.open_compartment(by=keeper, kind="whereabouts", reason="She fled", members=[STRANGER], now=NOW)
    compartments.seal(by=keeper, compartment=made.id, what=what, item=item, reason="She fled", now=NOW)


def test_sealed_address_is_absent_but_for_a_member(child: Person) -> None:
    families.school_says_elsewhere()
    may_open(child, STRANGER)
    seal("address", Address.objects.get(form__endswith="1 made up st").id)
    found = look(child)
    assert "Made-up" not in repr(found)
    assert found.conflicts == ()
    assert where(look(child, STRANGER), "Robin") == {families.HOME, families.OLD}


def test_sealed_adult_is_absent(child: Person) -> None:
    seal("child", Person.objects.get(given="Finn").id)
    found = look(child)
    assert names(found) == {"Robin", "Mara"}


def test_family_of_a_child_one_may_not_open_is_refused(child: Person) -> None:
    with pytest.raises(Refused):
        look(child, STRANGER)


def test_tie_that_has_ended_is_of_another_time(child: Person) -> None:
    from nightlight.timeline.partial import Partial

    ended = families.tie("x1", "c1", LinkKind.HOUSEHOLD, until=Partial.instant(days_ago(40)))
    take_in(
        record("ex", people=[families.adult("x1", "Xan"), families.CHILD], links=[ended]),
        agency="social_care", organisation="la",
    )  # fmt: skip
    found = look(child)
    assert "Xan" not in names(found)
    assert [m.name.split()[0] for m in found.former] == ["Xan"]
    assert "Xan" in names(look(child, ago=45))
