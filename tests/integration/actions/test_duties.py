"""A firing becomes somebody's duty; people acknowledge, hand over and discharge it, and nothing else ends it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from support.deliveries import NHS_ONE, NOW, entry, person, record, take_in

from nightlight.actions.demo.staff import make_people
from nightlight.actions.duties import deeds as duties
from nightlight.actions.seeing.access import Refused, access_child
from nightlight.actions.watching import evaluation
from nightlight.domain.duty_events import DutyError
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import Evaluated, FiringRow
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Person, Practitioner
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db

CHILD = person("c1", given="Test", family="Fictional", born=Partial.day(date(2017, 5, 10)), nhs_number=NHS_ONE)
OBSERVERS = ("class teacher", "lunchtime supervisor", "teaching assistant")


@pytest.fixture(autouse=True)
def people() -> None:
    make_people([("school-1", "Fictional School", "education"), ("school-2", "Other School", "education")], now=NOW)


def who(username: str) -> Practitioner:
    return Practitioner.objects.get(username=username)


def neglect_log(*days: float) -> list[Any]:
    """A school's own notes of hunger and hygiene by several people: a concern under school.neglect_log."""
    categories = ("hunger", "hygiene", "clothing", "tired")
    return [
        record(
            f"log{ago}",
            entry(
                "education.concern", ago, "c1",
                attributes={"category": categories[int(ago) % 4], "observer": OBSERVERS[int(ago) // 6 % 3]},
            ),
            people=[CHILD],
        )
        for ago in days
    ]  # fmt: skip


def only_duty() -> DutyNow:
    return DutyNow.objects.get()


def test_firing_makes_a_duty_with_an_owner_a_due_time_and_its_evidence() -> None:
    report = take_in(*neglect_log(3, 9, 15))
    duty = only_duty()
    assert report.duties_raised == 1
    assert (duty.level, duty.status, duty.owner) == ("concern", "open", "safeguarding-lead.school-1")
    assert duty.due > NOW
    assert len(duty.evidence) == 3


def test_note_makes_no_duty() -> None:
    take_in(record("v1", entry("voice.words", 3, "c1", words="I like drawing."), people=[CHILD]))
    assert DutyNow.objects.count() == 0


def test_more_evidence_joins_the_open_duty() -> None:
    take_in(*neglect_log(3, 9, 15))
    before = only_duty()
    take_in(*neglect_log(1, 3, 9, 15))
    after = only_duty()
    assert (after.duty_id, len(after.evidence)) == (before.duty_id, 4)


def test_same_delivery_again_adds_no_event() -> None:
    take_in(*neglect_log(3, 9, 15))
    take_in(*neglect_log(3, 9, 15))
    assert only_duty().duty.events.count() == 1


def test_second_agency_at_the_same_question_makes_no_second_duty() -> None:
    take_in(*neglect_log(3, 9, 15))
    evaluation.evaluate_all(now=NOW + timedelta(hours=1))
    assert DutyNow.objects.count() == 1


def test_owner_acknowledges_and_it_stays_on_the_list() -> None:
    take_in(*neglect_log(3, 9, 15))
    lead = who("safeguarding-lead.school-1")
    duties.acknowledge(by=lead, duty_id=only_duty().duty_id, now=NOW)
    assert [each.now.status for each in duties.my_duties(by=lead, now=NOW)] == ["acknowledged"]


def test_somebody_else_may_not_acknowledge() -> None:
    take_in(*neglect_log(3, 9, 15))
    with pytest.raises(Refused):
        duties.acknowledge(by=who("line-manager.school-1"), duty_id=only_duty().duty_id, now=NOW)


def test_handover_moves_the_duty_only_when_it_is_accepted() -> None:
    take_in(*neglect_log(3, 9, 15))
    lead, manager, id_ = who("safeguarding-lead.school-1"), who("line-manager.school-1"), only_duty().duty_id
    duties.hand_over(by=lead, duty_id=id_, to=manager.username, now=NOW)
    assert (only_duty().owner, only_duty().pending_to) == (lead.username, manager.username)
    duties.accept(by=manager, duty_id=id_, now=NOW)
    assert (only_duty().owner, only_duty().pending_to) == (manager.username, "")


def test_handover_to_nobody_is_refused() -> None:
    take_in(*neglect_log(3, 9, 15))
    with pytest.raises(DutyError, match="handing over to nobody"):
        duties.hand_over(
            by=who("safeguarding-lead.school-1"), duty_id=only_duty().duty_id, to="no-such-person", now=NOW
        )


@pytest.mark.parametrize(("outcome", "reason"), [("no_capacity", "busy"), ("no_further_action", "  ")])
def test_discharge_needs_an_outcome_and_a_reason(outcome: str, reason: str) -> None:
    take_in(*neglect_log(3, 9, 15))
    with pytest.raises(DutyError):
        duties.discharge(
            by=who("safeguarding-lead.school-1"), duty_id=only_duty().duty_id, outcome=outcome, reason=reason, now=NOW
        )
    assert only_duty().status == "open"


def test_what_was_set_aside_returns_on_new_evidence_only() -> None:
    take_in(*neglect_log(3, 9, 15))
    duties.discharge(
        by=who("safeguarding-lead.school-1"),
        duty_id=only_duty().duty_id,
        outcome="no_further_action",
        reason="Explained by a broken boiler, now mended.",
        now=NOW,
    )
    evaluation.evaluate_all(now=NOW + timedelta(hours=1))
    assert DutyNow.objects.filter(status="open").count() == 0
    take_in(*neglect_log(1, 3, 9, 15), now=NOW + timedelta(hours=2))
    assert DutyNow.objects.filter(status="open").count() == 1


def test_overdue_is_shown_as_overdue() -> None:
    take_in(*neglect_log(3, 9, 15))
    lead = who("safeguarding-lead.school-1")
    late = only_duty().due + timedelta(seconds=1)
    assert [each.overdue for each in duties.my_duties(by=lead, now=NOW)] == [False]
    assert [each.overdue for each in duties.my_duties(by=lead, now=late)] == [True]


def test_derived_row_is_what_the_events_say() -> None:
    take_in(*neglect_log(3, 9, 15))
    lead, id_ = who("safeguarding-lead.school-1"), only_duty().duty_id
    duties.acknowledge(by=lead, duty_id=id_, now=NOW)
    story = duties.duty(by=lead, duty_id=id_, now=NOW)
    drawn = mapping.now_row(story.state, only_duty().organisation, only_duty().indicators)
    held = only_duty()
    for field in DutyNow._meta.fields:
        assert getattr(held, field.attname) == getattr(drawn, field.attname), field.name


def test_duty_of_a_child_one_may_not_see_is_refused_as_if_it_were_not_there() -> None:
    take_in(*neglect_log(3, 9, 15))
    with pytest.raises(Refused):
        duties.duty(by=who("safeguarding-lead.school-2"), duty_id=only_duty().duty_id, now=NOW)


def test_every_view_of_a_child_is_written_down_and_so_is_every_refusal() -> None:
    take_in(*neglect_log(3))
    child = Person.objects.get(is_child=True).id
    access_child(by=who("safeguarding-lead.school-1"), child=child, now=NOW)
    with pytest.raises(Refused):
        access_child(by=who("safeguarding-lead.school-2"), child=child, now=NOW)
    with pytest.raises(Refused):
        access_child(by=who("staff.school-1"), child=child, now=NOW)
    acts = AuditEvent.objects.filter(child=child).values_list("act", "by")
    assert ("child.viewed", "safeguarding-lead.school-1") in acts
    assert ("child.refused", "safeguarding-lead.school-2") in acts


def test_evaluating_everything_again_gives_the_same_table() -> None:
    take_in(*neglect_log(1, 3, 9, 15, 40, 80))
    before = sorted(FiringRow.objects.values_list("child", "indicator", "rule", "level", "starts", "ends"))
    FiringRow.objects.all().delete()
    Evaluated.objects.all().delete()
    evaluation.evaluate_all(now=NOW)
    assert before
    assert sorted(FiringRow.objects.values_list("child", "indicator", "rule", "level", "starts", "ends")) == before
