"""Two records found to be of one child, each with an open duty on the same question: one duty answers for both."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from support.deliveries import NHS_ONE, NOW, entry, person, record, take_in

from nightlight.actions.demo.staff import make_people
from nightlight.actions.matching import deciding as matching
from nightlight.actions.watching import evaluation
from nightlight.domain.people import LinkKind
from nightlight.feeds.records import AddressRecord, LinkRecord
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Person, Practitioner, SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db

BORN = Partial.day(date(2017, 5, 10))
OBSERVERS = ("class teacher", "lunchtime supervisor", "teaching assistant")


@pytest.fixture(autouse=True)
def people(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    make_people([("school-1", "One", "education"), ("school-2", "Two", "education")], now=NOW)


OBSERVED = (("hunger", 3), ("hygiene", 9), ("clothing", 15))


def neglect_log(child: Any, school: str, which: slice = slice(None)) -> None:
    take_in(
        *[
            record(
                f"log{ago}",
                entry("education.concern", ago, "c1", attributes={"category": what, "observer": OBSERVERS[n]}),
                people=[child],
            )
            for n, (what, ago) in list(enumerate(OBSERVED))[which]
        ],
        organisation=school,
    )


def test_same_question_open_on_both_is_answered_once_by_whoever_decided() -> None:
    steward = Practitioner.objects.get(username="data-steward")
    described = {"given": "Test", "family": "Fictional", "born": BORN}
    neglect_log(person("c1", **described, nhs_number=NHS_ONE), "school-1")
    neglect_log(person("c1", **{**described, "given": "Tes"}), "school-2")
    waiting = SourcePerson.objects.get(person__isnull=True)
    known = Person.objects.get(nhs_number=NHS_ONE)
    for outcome in ("new", "waits"):
        matching.decide(by=steward, source_person=waiting.id, outcome=outcome, reason="Not sure.", now=NOW)
    assert DutyNow.objects.filter(status="open", question="neglect").count() == 2
    matching.decide(
        by=steward, source_person=waiting.id, outcome="same", person=known.id, reason="His mother said so.", now=NOW
    )
    open_now = DutyNow.objects.get(status="open", question="neglect")
    assert (open_now.child, len(open_now.evidence)) == (known.id, 6)
    ended = DutyNow.objects.get(status="discharged")
    assert ended.duty.events.get(kind="Discharged").by == "data-steward"


def test_duty_whose_whole_evidence_is_another_child_s_after_all_is_withdrawn_and_weighed_there() -> None:
    steward = Practitioner.objects.get(username="data-steward")
    described = {"given": "Test", "family": "Fictional", "born": BORN}
    quiet = entry("education.concern", 3, "c1", attributes={"category": "attainment_drop", "observer": OBSERVERS[0]})
    take_in(record("log", quiet, people=[person("c1", **described, nhs_number=NHS_ONE)]), organisation="school-1")
    neglect_log(person("c1", **{**described, "given": "Tes"}), "school-2")
    waiting = SourcePerson.objects.get(organisation="school-2")
    known = Person.objects.get(nhs_number=NHS_ONE)

    def decide(outcome: str, **whom: Any) -> None:
        matching.decide(by=steward, source_person=waiting.id, outcome=outcome, reason="Seen.", now=NOW, **whom)

    if waiting.person_id != known.id:
        decide("same", person=known.id)
    here = DutyNow.objects.get(child=known.id, question="neglect")
    decide("new")
    here.refresh_from_db()
    assert (here.status, here.duty.events.last().kind) == ("discharged", "Withdrawn")
    there = DutyNow.objects.get(status="open", question="neglect")
    assert there.child != known.id


def matched_logs(one: slice, two: slice) -> tuple[DutyNow, Any]:
    """Two schools' logs found to be of one child, with the duty that they come to together, and how to decide again."""
    steward = Practitioner.objects.get(username="data-steward")
    described = {"given": "Test", "family": "Fictional", "born": BORN}
    neglect_log(person("c1", **described, nhs_number=NHS_ONE), "school-1", one)
    neglect_log(person("c1", **{**described, "given": "Tes"}), "school-2", two)
    waiting = SourcePerson.objects.get(organisation="school-2")
    known = Person.objects.get(nhs_number=NHS_ONE)

    def decide(outcome: str, **whom: Any) -> None:
        matching.decide(by=steward, source_person=waiting.id, outcome=outcome, reason="Seen.", now=NOW, **whom)

    if waiting.person_id != known.id:
        decide("same", person=known.id)
    return DutyNow.objects.get(child=known.id, question="neglect"), decide


def stands(duty: DutyNow) -> tuple[str, str, int]:
    duty.refresh_from_db()
    return duty.status, duty.duty.events.last().kind, len(duty.evidence)


def test_duty_of_which_a_part_is_another_child_s_stays_on_what_is_left_and_says_so() -> None:
    here, decide = matched_logs(slice(None), slice(2))
    level, due = here.level, here.due
    assert stands(here)[2] == 5
    decide("new")
    assert stands(here) == ("open", "EvidenceMoved", 3)
    assert (here.level, here.due) == (level, due)
    mine = set(EntryRow.objects.filter(organisation="school-1").values_list("id", flat=True))
    assert set(here.evidence) == mine
    assert AuditEvent.objects.filter(act="duty.evidencemoved", about=str(here.duty_id)).count() == 1
    evaluation.evaluate_all(now=NOW)
    assert stands(here) == ("open", "EvidenceMoved", 3)
    decide("same", person=here.child)
    assert stands(here) == ("open", "EvidenceAdded", 5)


def test_duty_whose_rest_does_not_ask_the_question_is_withdrawn_and_comes_back_if_the_part_does() -> None:
    here, decide = matched_logs(slice(1), slice(1, None))
    decide("new")
    assert stands(here) == ("discharged", "Withdrawn", 3)
    assert "What is left does not ask" in here.duty.events.last().detail["reason"]
    assert not DutyNow.objects.filter(status="open", question="neglect").exists()
    decide("same", person=here.child)
    again = DutyNow.objects.get(status="open", question="neglect")
    assert (again.child, len(again.evidence)) == (here.child, 3)


@pytest.mark.parametrize("one", [slice(None), slice(1)], ids=["rest_asks", "rest_does_not"])
def test_evidence_of_nobody_yet_stands_until_somebody_says_whose_it_is(one: slice) -> None:
    here, decide = matched_logs(one, slice(1, None))
    before = stands(here)
    decide("waits")
    assert stands(here) == before
    assert before[0] == "open"


def moved_often() -> tuple[DutyNow, Any]:
    """A child of a school and of social care, whose register's three addresses in a year are what a duty rests on."""
    steward = Practitioner.objects.get(username="data-steward")
    described = {"given": "Test", "family": "Fictional", "born": BORN}
    quiet = entry("education.concern", 3, "c1", attributes={"category": "attainment_drop", "observer": OBSERVERS[0]})
    take_in(record("log", quiet, people=[person("c1", **described, nhs_number=NHS_ONE)]), organisation="school-1")
    places = [AddressRecord(source_id=f"a{n}", lines=(f"{n} Test Road",), postcode="ZX1 0AA") for n in range(3)]
    days = [Partial.day((NOW - timedelta(days=ago)).date()) for ago in (300, 200, 100)]
    lived = [
        LinkRecord(kind=LinkKind.RESIDENCE, person="c1", other=place.source_id, since=since, until=until, recorded=NOW)
        for place, since, until in zip(places, days, [*days[1:], None], strict=True)
    ]
    contact = entry("social_care.contact", 30, "c1", attributes={"from": "family", "outcome": "information"})
    told = record("c", contact, people=[person("c1", **{**described, "given": "Tes"})], addresses=places, links=lived)
    take_in(told, agency="social_care", organisation="council")
    waiting = SourcePerson.objects.get(organisation="council")
    known = Person.objects.get(nhs_number=NHS_ONE)

    def decide(outcome: str, **whom: Any) -> None:
        matching.decide(by=steward, source_person=waiting.id, outcome=outcome, reason="Seen.", now=NOW, **whom)

    if waiting.person_id != known.id:
        decide("same", person=known.id)
    return DutyNow.objects.get(child=known.id, question="whereabouts"), decide


def test_duty_that_rests_on_a_register_s_addresses_goes_with_the_register_s_record() -> None:
    here, decide = moved_often()
    assert not EntryRow.objects.filter(id__in=here.evidence).exists()
    evaluation.evaluate_all(now=NOW)
    assert stands(here)[0] == "open"
    decide("waits")
    assert stands(here)[0] == "open"
    decide("new")
    assert stands(here)[:2] == ("discharged", "Withdrawn")
    there = DutyNow.objects.get(status="open", question="whereabouts")
    assert (there.child != here.child, set(there.evidence)) == (True, set(here.evidence))
