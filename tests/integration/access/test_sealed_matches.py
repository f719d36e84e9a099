"""A record with the number of somebody sealed: new to everybody, and put before the compartment's keeper alone."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from support.deliveries import NHS_ONE, NHS_TWO, NOW, entry, person, record, take_in
from support.pages import GUARDIAN, LEAD, client_of, partnership, school_log

from nightlight.actions.matching import deciding as matching
from nightlight.actions.people import sealed_matches
from nightlight.actions.seeing import compartments
from nightlight.actions.seeing.access import Refused, may_see
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import MatchProposal, Person, Practitioner, SealedMatch, SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db
BEFORE = Partial.day(date(2018, 5, 10))
STEWARD = "data-steward"


@pytest.fixture(autouse=True)
def child() -> Person:
    partnership()
    return school_log(1)


def somebody(username: str) -> Practitioner:
    return Practitioner.objects.get(username=username)


def seal(what: str, child: Person) -> compartments.Compartment:
    keeper = somebody(GUARDIAN)
    made = compartments.open_compartment(by=keeper, kind="adoption", reason="The order", members=[LEAD], now=NOW)
    item = child.id if what == "child" else SourcePerson.objects.get(source_id="c1").id
    compartments.seal(by=keeper, compartment=made.id, what=what, item=item, reason="The order", now=NOW)
    return made


def comes(number: str = NHS_ONE, given: str = "Robin", source_id: str = "p1") -> SourcePerson:
    same = person(source_id, given=given, family="Fictional", born=BEFORE, nhs_number=number)
    take_in(record(f"i-{source_id}", entry("police.missing", 2, source_id), people=[same]),
            agency="police", organisation="force-1")  # fmt: skip
    return SourcePerson.objects.get(source_id=source_id)


def pages_of(username: str) -> str:
    client: Client = client_of(username)
    return client.get("/matches").content.decode()


@pytest.mark.parametrize("what", ["child", "source_person"])
def test_number_of_somebody_sealed_makes_somebody_new_and_tells_the_keeper(child: Person, what: str) -> None:
    made = seal(what, child)
    row = comes()
    assert row.person_id not in (None, child.id)
    assert row.waiting_since is None
    assert not MatchProposal.objects.exists()
    (waiting,) = sealed_matches.waiting(by=somebody(GUARDIAN), now=NOW)
    assert (waiting.organisation, waiting.why, waiting.kind) == (
        "force-1",
        "the same NHS number",
        compartments.KINDS["adoption"],
    )
    assert SealedMatch.objects.get().compartment == made.id


def test_nobody_but_the_keeper_learns_of_it(child: Person) -> None:
    seal("child", child)
    comes()
    assert sealed_matches.waiting(by=somebody(STEWARD), now=NOW) == ()
    text = pages_of(STEWARD)
    assert "0 matches wait" in text
    assert "compartment" not in text.casefold()
    assert str(child.id) not in text
    keeper = pages_of(GUARDIAN)
    assert "For the keeper of compartments: 1 record" in keeper
    assert "Robin" not in keeper
    assert str(child.id) not in keeper


def test_number_of_nobody_sealed_tells_nothing(child: Person) -> None:
    seal("child", child)
    comes(NHS_TWO, given="Another")
    assert not SealedMatch.objects.exists()


def test_what_is_no_longer_sealed_is_matched_as_ever(child: Person) -> None:
    made = seal("child", child)
    compartments.close_compartment(by=somebody(GUARDIAN), compartment=made.id, reason="Annulled", now=NOW)
    assert comes().person_id == child.id


def test_record_sent_again_is_put_before_the_keeper_once(child: Person) -> None:
    seal("child", child)
    comes()
    comes()
    assert SealedMatch.objects.count() == 1


def test_keeper_puts_the_record_into_the_compartment_and_it_is_gone_for_others(child: Person) -> None:
    seal("child", child)
    row = comes()
    force = somebody("safeguarding-lead.force-1")
    assert row.person_id is not None
    assert may_see(force, row.person_id, NOW)
    response = client_of(GUARDIAN).post(
        f"/matches/sealed/{SealedMatch.objects.get().pk}", {"outcome": "sealed", "reason": "The member knows them"}
    )
    assert response.status_code == 302
    assert not may_see(force, row.person_id, NOW.replace(year=2027))
    assert sealed_matches.waiting(by=somebody(GUARDIAN), now=NOW) == ()
    assert AuditEvent.objects.filter(act="sealed_match.decided").count() == 1
    with pytest.raises(Refused):
        matching.case(by=somebody(STEWARD), source_person=row.id, now=NOW.replace(year=2027))


def test_keeper_says_why_and_somebody_else_decides_nothing(child: Person) -> None:
    seal("child", child)
    comes()
    where = f"/matches/sealed/{SealedMatch.objects.get().pk}"
    assert client_of(GUARDIAN).post(where, {"outcome": "apart", "reason": " "}).status_code == 422
    assert client_of(STEWARD).post(where, {"outcome": "apart", "reason": "x"}).status_code == 403
    assert client_of(GUARDIAN).post(where, {"outcome": "apart", "reason": "Another child"}).status_code == 302
    assert SealedMatch.objects.get().outcome == "apart"
