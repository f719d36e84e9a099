"""What waits for a match: seen where it may belong, with what it would mean, by those who may see it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from support.deliveries import NOW, entry, person, record, take_in
from support.pages import GUARDIAN, LEAD, client_of, partnership, school_log

from nightlight.actions.matching import deciding as matching
from nightlight.actions.matching import unmatched
from nightlight.actions.seeing import compartments, relationships
from nightlight.actions.seeing.access import Refused
from nightlight.store.people.models import Person, Practitioner, SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def child() -> Person:
    partnership()
    found = school_log(1)
    relationships.begin(
        kind="given", child=found.id, person=LEAD, about="x", since=NOW, until=None, by=somebody(GUARDIAN), now=NOW
    )
    return found


def somebody(username: str = LEAD) -> Practitioner:
    return Practitioner.objects.get(username=username)


def waits(many: int = 3) -> SourcePerson:
    """The police know somebody of the same birth date and family name, gone missing so many times."""
    same = person("p1", given="Rob", family="Fictional", born=Partial.day(date(2018, 5, 10)))
    gone = [record(f"m{n}", entry("police.missing", 2 + n, "p1", text=f"Gone {n}"), people=[same]) for n in range(many)]
    take_in(*gone, agency="police", organisation="force-1")
    row = SourcePerson.objects.get(source_id="p1")
    assert row.person_id is None
    return row


def look(child: Person, username: str = LEAD) -> unmatched.Unmatched:
    return unmatched.unmatched(by=somebody(username), child=child.id, now=LATER)


def test_entries_that_wait_are_seen_with_what_they_would_mean(child: Person) -> None:
    row = waits()
    found = look(child)
    (record_,) = found.records
    assert (record_.id, record_.agency, len(record_.facts)) == (row.id, "police", 3)
    assert "place.missing" in {rule.code for rule in found.would_hold}
    assert not found.may_decide


def test_each_record_has_its_own_entries_though_both_are_of_one_system(child: Person) -> None:
    waits()
    also = person("p2", given="Robbie", family="Fictional", born=Partial.day(date(2018, 5, 10)))
    take_in(
        record("w", entry("police.welfare_check", 1, "p2", attributes={"child_seen": True, "result": "no_concern"}),
               people=[also]),
        agency="police", organisation="force-1",
    )  # fmt: skip
    assert {r.id: len(r.facts) for r in look(child).records} == {
        SourcePerson.objects.get(source_id="p1").id: 3,
        SourcePerson.objects.get(source_id="p2").id: 1,
    }


def test_what_is_decided_waits_no_longer(child: Person) -> None:
    row = waits()
    matching.decide(by=somebody("data-steward"), source_person=row.id, outcome="new", reason="Another", now=LATER)
    found = look(child)
    assert (found.records, found.would_hold) == ((), ())


def test_record_of_another_child_whose_match_was_reopened_is_not_shown(child: Person) -> None:
    row = waits()
    other = Person.objects.create(given="Other", is_child=True, created=NOW)
    SourcePerson.objects.create(
        id="00000000-0000-0000-0000-00000000000a", system="s", source_id="o", agency="health", person=other, updated=NOW
    )
    SourcePerson.objects.filter(id=row.id).update(person=other)
    assert look(child).records == ()


def test_sealed_record_that_waits_is_absent(child: Person) -> None:
    row = waits()
    keeper = somebody(GUARDIAN)
    made = compartments.open_compartment(by=keeper, kind="police", reason="r", members=["data-steward"], now=NOW)
    compartments.seal(by=keeper, compartment=made.id, what="source_person", item=row.id, reason="r", now=NOW)
    assert look(child).records == ()


def test_somebody_who_may_not_open_the_child_is_refused(child: Person) -> None:
    waits()
    with pytest.raises(Refused):
        look(child, "line-manager.force-1")


def test_childs_page_leads_there_and_names_nobody(child: Person) -> None:
    waits()
    text = client_of(LEAD).get(f"/children/{child.id}").content.decode()
    assert "3 entries may belong to this child" in text
    assert f"/children/{child.id}/waiting" in text
    page = client_of(LEAD).get(f"/children/{child.id}/waiting").content.decode()
    assert "If it were, this would hold as well" in page
    assert "Gone 1" not in page
    assert "Rob " not in page
