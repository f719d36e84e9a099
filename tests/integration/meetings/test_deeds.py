"""Deeds of a meeting: who may do them, each once, and two people editing one thing at once."""

from __future__ import annotations

import pytest
from support.meetings import conference, key

from nightlight.actions.meetings import calling as meetings
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings import log as meeting_log
from nightlight.actions.seeing.access import Refused
from nightlight.domain.meetings.events import MeetingError
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import DutyNow, Notice
from nightlight.store.meetings.models import MeetingEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def held():
    return conference()


def test_a_meeting_is_called_from_the_enquiry_with_its_clock_running(held):
    state = meeting_log.access_meeting(by=held.people["chair"], meeting=held.meeting, now=held.now).state
    assert state.called.rule == "ICPC-15"
    assert state.called.due == DutyNow.objects.get(question__startswith="clock:ICPC-15").due
    assert {row.person for row in Notice.objects.filter(why="invited")} == {"chair", "lead", "officer", "nurse"}
    assert [each.now.meeting_id for each in meetings.my_meetings(by=held.people["nurse"], now=held.now)] == [
        held.meeting
    ]


def test_a_form_sent_twice_calls_one_meeting_and_a_deed_sent_twice_counts_once(held):
    sent = key()
    said = {
        "by": held.people["lead"],
        "meeting": held.meeting,
        "key": sent,
        "score": 2,
        "reason": "Afraid.",
        "now": held.now,
    }
    first = meeting_deeds.score(**said)
    before = MeetingEvent.objects.count()
    assert meeting_deeds.score(**said).number == first.number
    assert MeetingEvent.objects.count() == before


def test_only_those_who_were_asked_may_open_it(held):
    with pytest.raises(Refused, match="no such meeting"):
        meeting_log.access_meeting(by=held.people["outsider"], meeting=held.meeting, now=held.now)
    assert AuditEvent.objects.filter(act="meeting.refused", by="outsider").exists()
    with pytest.raises(Refused):
        held.do(meeting_deeds.score, "outsider", score=1, reason="No.")
    assert not meetings.my_meetings(by=held.people["outsider"], now=held.now)


def test_whoever_is_given_something_in_it_may_open_it(held):
    held.add("chair", "protection", "p", what="Drives past at nine.", owner="service", how_confirmed="a call")
    assert meeting_log.look(by=held.people["service"], meeting=held.meeting)


def test_the_chair_types_for_who_is_in_the_room_and_nobody_else_does(held):
    held.add("chair", "danger", "d", author="officer", what="He has threatened to come back.")
    with pytest.raises(Refused, match="types for others"):
        held.add("lead", "danger", "e", author="officer", what="Said by somebody else.")
    held.do(meeting_deeds.leave, "officer")
    with pytest.raises(MeetingError, match="not here"):
        held.add("chair", "danger", "f", author="officer", what="He has threatened to come back.")


def test_two_people_who_edit_one_thing_at_once_overwrite_nothing(held):
    held.weekend_danger()
    change = {"what": "danger", "item": held.items["danger"], "of_version": 1}
    first = held.do(meeting_deeds.change, "lead", **change, changes={"what": "Could die at home."})
    late = held.do(meeting_deeds.change, "officer", **change, changes={"what": "Could be hurt."})
    assert first.refused is None
    assert late.refused is not None
    item = late.state.items[held.items["danger"]]
    assert item["what"] == "Could die at home."
    assert (item.refused[0].author, item.refused[0].wanted["what"]) == ("officer", "Could be hurt.")
    settled = held.do(meeting_deeds.settle, "chair", item=item.id, edit=item.refused[0].edit, kept="theirs")
    assert not settled.state.unsettled


def test_edits_of_different_fields_both_stand(held):
    held.weekend_danger()
    change = {"what": "danger", "item": held.items["danger"], "of_version": 1}
    held.do(meeting_deeds.change, "lead", **change, changes={"what": "Could die at home."})
    other = held.do(meeting_deeds.change, "officer", **change, changes={"how_bad": "serious harm"})
    assert other.refused is None
    assert other.state.items[held.items["danger"]]["what"] == "Could die at home."


def test_every_deed_is_on_record_without_what_was_said(held):
    held.weekend_danger()
    row = AuditEvent.objects.get(act="meeting.dangervoiced")
    assert (row.by, row.child) == ("lead", held.child)
    assert "inhaler" not in f"{row.about} {row.reason} {row.detail}"
