"""Closing a meeting: refused with reasons while a danger is uncovered, and the three ways out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.meetings import WEEKEND, conference, key
from support.sittings import sitting

from nightlight.actions.meetings import closing as meeting_closing
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings import follow as meeting_follow
from nightlight.actions.meetings.closing import NotClosed
from nightlight.actions.seeing.access import Refused
from nightlight.actions.signin.proof import NeedsProof
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties.models import ClockRow, DutyNow
from nightlight.store.meetings.models import MeetingNow
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db


@pytest.fixture
def held():
    return conference()


def close(held):
    return held.do(meeting_closing.close, "chair")


def open_duties(what):
    return DutyNow.objects.filter(question__contains=f":{what}:").exclude(status="discharged")


def test_it_is_refused_while_the_weekend_is_uncovered_and_closes_once_it_is_covered(held):
    held.everything_else()
    held.weekend_danger()
    held.protection(starts=WEEKEND[1].earliest, until=None, review=held.now + timedelta(days=10))
    with pytest.raises(NotClosed) as refused:
        close(held)
    assert "64 hours" in str(refused.value)
    assert [each.protection for each in refused.value.check.ways_out.forward] == [held.items["protection"]]
    assert MeetingNow.objects.get().status == "held"
    assert ClockRow.objects.get(rule="ICPC-15").how == ""
    forward = {"in_force_from": Partial.instant(held.now + timedelta(minutes=30))}
    said = {"what": "protection", "item": held.items["protection"], "of_version": 1, "changes": forward}
    held.do(meeting_deeds.change, "chair", **said)
    with pytest.raises(NotClosed, match="No protection"):
        close(held)  # its owner has not accepted what it says now
    held.do(meeting_deeds.accept, "worker", item=held.items["protection"], of_version=2)
    closed = close(held)
    assert closed.state.status == "closed"
    assert ClockRow.objects.get(rule="ICPC-15").how == "met"
    entry = EntryRow.objects.get(kind="social_care.conference")
    assert entry.attributes == {"type": "initial", "outcome": "child_protection_plan"}


def test_what_was_agreed_is_in_the_record_before_it_closes_and_dangers_when_it_does(held):
    held.weekend_danger()
    held.protection()
    entry = EntryRow.objects.get(kind="meeting.decision")
    assert entry.attributes["in_force_from"].startswith("2026-11-20T16:00")
    assert not EntryRow.objects.filter(kind="concern.raised").exists()
    held.everything_else()
    close(held)
    assert EntryRow.objects.get(kind="concern.raised").attributes["severity"] == "immediate"
    assert {row.attributes["score"] for row in EntryRow.objects.filter(kind="meeting.safety_score")} == {2}


def test_an_emergency_route_runs_its_own_clock_at_once_and_lets_it_close(held):
    held.everything_else()
    held.weekend_danger()
    item = "0e0e0e0e-0000-4000-8000-000000000001"
    held.do(
        meeting_closing.emergency, "chair", item=item, route="police_protection", owner="officer", reason="Tonight."
    )
    duty = open_duties("emergency").get()
    assert (duty.owner, duty.level, duty.due) == ("officer", "immediate", held.now + timedelta(hours=1))
    with pytest.raises(NotClosed):
        close(held)
    held.do(meeting_closing.accept_emergency, "officer", item=item)
    assert close(held).state.status == "closed"
    held.do(meeting_closing.end_emergency, "officer", item=item, outcome="In police protection since six.")
    assert not open_duties("emergency").exists()


def test_out_of_hours_a_route_goes_to_the_team_on_call(held):
    held.weekend_danger()
    held.later(hours=5)
    acted = held.do(meeting_closing.emergency, "chair", item="e1", route="strategy_discussion", reason="Tonight.")
    assert acted.event.owner == "edt"
    assert open_duties("emergency").get().owner == "edt"


def override(held, who, **signed):
    """Signed by somebody who has just proved who they are."""
    with sitting(held.people[who], held.now):
        return held.do(meeting_closing.sign_override, who, **signed)


def test_an_override_takes_two_managers_and_tells_the_team_on_call_and_the_director(held):
    held.everything_else()
    danger = held.weekend_danger().event.item
    for who in ("manager", "service"):
        held.do(meeting_deeds.invite, "chair", person=who, part="social_care")
    signed = {"reason": "The aunt has her until we know.", "dangers": (danger,)}
    with pytest.raises(Refused, match="manager"):
        override(held, "nurse", **signed)
    with pytest.raises(NeedsProof):
        held.do(meeting_closing.sign_override, "manager", **signed)
    with sitting(held.people["service"], held.now), pytest.raises(NeedsProof):
        held.do(meeting_closing.sign_override, "manager", **signed)
    with sitting(held.people["manager"], held.now - timedelta(minutes=16)), pytest.raises(NeedsProof):
        held.do(meeting_closing.sign_override, "manager", **signed)
    override(held, "manager", **signed)
    with pytest.raises(NotClosed):
        close(held)
    override(held, "manager", **signed)
    with pytest.raises(NotClosed):
        close(held)
    override(held, "service", **signed)
    assert close(held).state.overridden
    raised = {row.owner: row.level for row in [*open_duties("override"), *open_duties("director")]}
    assert raised == {"edt": "immediate", "director": "immediate"}


def test_leaving_closes_nothing_and_an_hour_later_somebody_is_told(held):
    held.weekend_danger()
    for who in ("chair", "worker", "lead", "officer", "nurse"):
        held.do(meeting_deeds.leave, who)
    assert MeetingNow.objects.get().status == "held"
    edge = meeting_follow.next_edge()
    assert edge == held.now + timedelta(hours=1)
    assert meeting_follow.turn(now=edge) == 1
    assert open_duties("left").get().owner == "chair"
    assert meeting_follow.turn(now=edge) == 0


def test_at_night_a_meeting_left_uncovered_goes_to_the_team_on_call(held):
    held.later(hours=4)
    held.weekend_danger()
    meeting_follow.turn(now=held.now + timedelta(hours=1))
    assert open_duties("left").get().owner == "edt"


def test_a_protection_that_nobody_confirmed_by_its_start_is_asked_about_at_the_minute(held):
    held.weekend_danger()
    held.protection()
    edge = meeting_follow.next_edge()
    assert edge == held.now + timedelta(hours=1)
    meeting_follow.turn(now=edge)
    duty = open_duties("unconfirmed").get()
    assert (duty.owner, duty.level, duty.due) == ("worker", "immediate", edge + timedelta(hours=1))
    held.now = edge
    held.do(meeting_deeds.confirm, "worker", item=held.items["protection"], how="Spoke to the aunt at six.")
    assert not open_duties("unconfirmed").exists()
    assert DutyNow.objects.get(duty_id=duty.duty_id).status == "discharged"


def test_a_protection_that_was_not_in_force_is_an_immediate_duty(held):
    held.weekend_danger()
    held.protection()
    held.later(hours=2)
    held.do(meeting_deeds.confirm, "worker", item=held.items["protection"], how="Nobody home.", in_force=False)
    assert open_duties("failed").get().level == "immediate"


def test_an_action_that_is_overdue_is_asked_about_until_it_is_done(held):
    held.add("chair", "action", "a", what="Write to the practice.", owner="nurse", due=held.now + timedelta(days=2))
    meeting_follow.turn(now=held.now + timedelta(days=2))
    assert open_duties("action").get().owner == "nurse"
    held.later(days=2, hours=1)
    held.do(meeting_deeds.action_done, "nurse", item=held.items["a"], how="Letter sent, copy kept.")
    assert not open_duties("action").exists()


def test_two_who_close_at_once_close_it_once(held):
    held.everything_else()
    held.weekend_danger()
    held.protection()
    sent = key()
    said = {"by": held.people["chair"], "meeting": held.meeting, "key": sent, "now": held.now}
    first, second = meeting_closing.close(**said), meeting_closing.close(**said)
    assert first.number == second.number
    assert second.event == first.event
    assert EntryRow.objects.filter(kind="social_care.conference").count() == 1


def test_a_friday_afternoon_asks_who_covers(held):
    assert meeting_closing.late_warning(held.now).hours == 64
    assert meeting_closing.late_warning(held.now, "The team on call, by name") is None
