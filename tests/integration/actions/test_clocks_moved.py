"""Clocks whose starting entry is found to be another child's, or no start at all: their duties go where they belong."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from support.deliveries import NHS_ONE, NHS_TWO, NOW, entry, person, record, take_in

from nightlight.actions.demo.staff import make_people
from nightlight.actions.duties import deeds
from nightlight.actions.matching import deciding as matching
from nightlight.actions.owned.clocks import CLOCK_MOVED
from nightlight.actions.watching import evaluation
from nightlight.domain.duty_events import ON_RECORD, WITHDRAWN
from nightlight.domain.withdrawal import CORRECTED, EARLIER
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import ClockRow, DutyNow, Notice
from nightlight.store.people.models import Person, Practitioner, SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db

WREN = {"given": "Test", "family": "Fictional", "born": Partial.day(date(2017, 5, 10))}
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def people(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    make_people([("school-1", "One", "education"), ("council", "Council", "social_care")], now=NOW)


def give(*records: Any, now: Any = NOW) -> None:
    take_in(*records, agency="social_care", organisation="council", now=now)


def referral(key: str = "r", ago: float = 0.1, child: str = "c1", **attributes: Any) -> Any:
    return record(key, entry("social_care.referral", ago, child, attributes=attributes))


def known_child() -> Person:
    """A child whom a school's record makes, by number."""
    quiet = entry("education.concern", 3, "c1", attributes={"category": "attainment_drop", "observer": "class teacher"})
    take_in(record("log", quiet, people=[person("c1", **WREN, nhs_number=NHS_ONE)]))
    return Person.objects.get(nhs_number=NHS_ONE)


def decide(outcome: str, whom: Person | None = None, now: Any = LATER) -> None:
    """Decide who the council's child is."""
    row = SourcePerson.objects.get(organisation="council", source_id="c1")
    matching.decide(
        by=Practitioner.objects.get(username="data-steward"), source_person=row.id, outcome=outcome,
        person=whom.id if whom else None, reason="Their mother said so.", now=now,
    )  # fmt: skip


def referred(known: Person, *, ago: float = 0.1) -> DutyNow:
    """A referral of the council's child, who is found to be the school's; the duty of its clock."""
    give(record("p", people=[person("c1", **{**WREN, "given": "Tes"})]), referral(ago=ago))
    row = SourcePerson.objects.get(organisation="council", source_id="c1")
    if row.person_id != known.id:
        decide("same", known, NOW)
    return DutyNow.objects.get(child=known.id, question__startswith="clock:REF-DECISION:", status="open")


def open_decisions() -> list[DutyNow]:
    held = DutyNow.objects.filter(question__startswith="clock:REF-DECISION:").exclude(status="discharged")
    return list(held.order_by("due"))


def ending(duty: DutyNow) -> tuple[str, str]:
    duty.refresh_from_db()
    last = duty.duty.events.last()
    return last.kind, last.detail.get("reason", "")


def test_referral_of_another_child_after_all_withdraws_the_duty_and_raises_it_for_the_right_one() -> None:
    known = known_child()
    here = referred(known)
    due = here.due
    decide("new")
    assert ending(here) == ("Withdrawn", CLOCK_MOVED)
    (there,) = open_decisions()
    assert there.child == SourcePerson.objects.get(organisation="council").person_id != known.id
    assert (there.question, there.due, there.owner != "") == (here.question, due, True)
    assert ClockRow.objects.get(rule="REF-DECISION").child == there.child
    assert AuditEvent.objects.filter(act="duty.withdrawn", about=str(here.duty_id)).count() == 1
    assert Notice.objects.get(why="withdrawn").person == here.owner
    decide("same", known, LATER + timedelta(hours=1))
    (back,) = open_decisions()
    assert (back, back.child) == (there, known.id)  # of whoever has no record left, each duty follows the record


def test_everything_made_again_changes_nothing() -> None:
    known = known_child()
    here = referred(known)
    decide("new")
    (there,) = open_decisions()
    evaluation.evaluate_all(now=LATER)
    assert open_decisions() == [there]
    assert ending(here) == ("Withdrawn", CLOCK_MOVED)


def test_clock_that_ran_out_long_ago_has_an_owner_with_the_right_child_too() -> None:
    known = known_child()
    referred(known)
    much_later = NOW + timedelta(days=90)
    decide("new", now=much_later)
    (there,) = open_decisions()
    assert there.child != known.id
    assert there.due < much_later


def test_while_nobody_has_said_whose_it_is_the_duty_stays_and_then_it_goes_with_the_child() -> None:
    known = known_child()
    here = referred(known)
    decide("waits")
    assert open_decisions() == [here]
    decide("new", now=LATER + timedelta(hours=1))
    assert ending(here) == ("Withdrawn", CLOCK_MOVED)
    (there,) = open_decisions()
    assert there.child != known.id


def test_who_waited_and_is_placed_by_a_number_that_came_later_takes_the_duty_along() -> None:
    known = known_child()
    here = referred(known)
    decide("waits")
    give(record("p", people=[person("c1", given="Robin", family="Elsewhere", nhs_number=NHS_TWO)]), now=LATER)
    assert ending(here) == ("Withdrawn", CLOCK_MOVED)
    (there,) = open_decisions()
    assert there.child == Person.objects.get(nhs_number=NHS_TWO).id


def test_correction_that_names_another_child_moves_the_duty_to_them() -> None:
    give(
        record("p", people=[person("c1", given="Wren", family="Alder", nhs_number=NHS_ONE)]),
        record("q", people=[person("c2", given="Robin", family="Elsewhere", nhs_number=NHS_TWO)]),
        referral(),
    )
    (here,) = open_decisions()
    give(referral(child="c2"), now=LATER)
    assert ending(here)[0] == "Withdrawn"
    (there,) = open_decisions()
    assert there.child == Person.objects.get(nhs_number=NHS_TWO).id


def wren() -> Any:
    return record("p", people=[person("c1", given="Wren", family="Alder", nhs_number=NHS_ONE)])


def discussion(key: str, ago: float, outcome: str) -> Any:
    return record(key, entry("social_care.strategy_discussion", ago, "c1", attributes={"outcome": outcome}))


def enquiries() -> list[DutyNow]:
    return list(DutyNow.objects.filter(question__startswith="clock:S47-START:").order_by("duty__raised", "duty_id"))


def test_correction_after_which_nothing_starts_the_clock_withdraws_its_duty_and_says_by_what() -> None:
    give(wren(), discussion("d", 0.1, "section_47"))
    (duty,) = enquiries()
    give(discussion("d", 0.1, "no_further_action"), now=LATER)
    assert ending(duty) == ("Withdrawn", CORRECTED)
    assert UUID(duty.duty.events.last().detail["evidence"][0]) not in duty.evidence
    give(discussion("d", 0.1, "section_47"), now=LATER + timedelta(hours=1))
    assert sorted(each.status for each in enquiries()) == ["discharged", "open"]


def test_earlier_entry_that_came_later_takes_the_clock_over_and_its_duty_with_it() -> None:
    give(wren(), discussion("d", 0.1, "section_47"))
    (first,) = enquiries()
    give(discussion("e", 90, "section_47"), now=LATER)
    assert ending(first) == ("Withdrawn", EARLIER)
    (now_open,) = [each for each in enquiries() if each.status == "open"]
    assert now_open.due < first.due


def challenged(ended: DutyNow) -> UUID:
    """The duty that follows when somebody of the organisation whose entries were evidence disagrees."""
    manager = Practitioner.objects.get(username="line-manager.council")
    return deeds.challenge(by=manager, duty_id=ended.duty_id, reason="He was not seen.", now=LATER)


def test_challenge_of_what_the_record_ended_is_answered_by_people_alone() -> None:
    give(wren(), referral())
    give(record("a", entry("social_care.assessment", 0.01, "c1")), now=LATER)
    (ended,) = DutyNow.objects.filter(question__startswith="clock:REF-DECISION:")
    followed = challenged(ended)
    due = DutyNow.objects.get(duty=followed).due
    evaluation.evaluate_all(now=LATER)
    give(record("v", entry("social_care.visit", 0.005, "c1")), now=LATER + timedelta(hours=1))
    follows = DutyNow.objects.get(duty=followed)
    assert (follows.status, follows.due) == ("open", due)
    ended.refresh_from_db()
    assert ended.duty.events.filter(kind="Discharged").get().detail["outcome"] == ON_RECORD


def test_challenge_goes_where_the_evidence_is_withdrawn() -> None:
    give(wren(), referral())
    give(record("a", entry("social_care.assessment", 0.01, "c1")), now=LATER)
    (ended,) = DutyNow.objects.filter(question__startswith="clock:REF-DECISION:")
    followed = challenged(ended)
    give(record("r", withdrawn=True), record("a", withdrawn=True), now=LATER + timedelta(hours=1))
    assert DutyNow.objects.get(duty=followed).duty.events.last().detail.get("outcome", WITHDRAWN) == WITHDRAWN
    assert DutyNow.objects.get(duty=followed).status == "discharged"
