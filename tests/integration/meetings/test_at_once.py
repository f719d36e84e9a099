"""Several people at the same instant, each on a connection of their own: nothing is lost and nothing done twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from support.at_once import rival
from support.meetings import conference, key

from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings import log as meeting_log
from nightlight.actions.meetings import parts as meeting_parts
from nightlight.actions.meetings import typing as meeting_drafts
from nightlight.store.access.models import Compartment
from nightlight.store.meetings.models import MeetingDraft, MeetingEvent

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds):
    """Do these at the same instant; what each gave, in their order."""
    gate = threading.Barrier(len(deeds))

    def do(deed):
        try:
            gate.wait(120)
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [future.result(120) for future in [pool.submit(do, deed) for deed in deeds]]


def test_of_two_edits_of_one_thing_one_stands_and_the_other_is_kept_beside_it():
    held = conference()
    held.weekend_danger()
    said = {"what": "danger", "item": held.items["danger"], "of_version": 1}
    one, other = at_once(
        lambda: held.do(meeting_deeds.change, "lead", **said, changes={"what": "Could die at home."}),
        lambda: held.do(meeting_deeds.change, "officer", **said, changes={"what": "Could be hurt."}),
    )
    assert [one.refused is None, other.refused is None].count(True) == 1
    state = meeting_log.look(by=held.people["chair"], meeting=held.meeting).state
    item = state.items[held.items["danger"]]
    assert {item["what"], item.refused[0].wanted["what"]} == {"Could die at home.", "Could be hurt."}


def test_scores_given_at_once_are_all_there():
    held = conference()
    people = ("worker", "lead", "officer", "nurse")
    at_once(*(lambda who=who: held.do(meeting_deeds.score, who, score=3, reason="So so.") for who in people))
    state = meeting_log.look(by=held.people["chair"], meeting=held.meeting).state
    assert {person for person, _ in state.scores} == set(people)


def test_a_deed_sent_twice_at_once_counts_once():
    held = conference()
    sent = key()
    said = {
        "by": held.people["lead"],
        "meeting": held.meeting,
        "key": sent,
        "score": 2,
        "reason": "No.",
        "now": held.now,
    }
    at_once(lambda: meeting_deeds.score(**said), lambda: meeting_deeds.score(**said))
    assert MeetingEvent.objects.filter(meeting=held.meeting, event=sent).count() == 1


def test_of_two_drafts_at_one_place_the_later_stands():
    held = conference()
    said = {"by": held.people["lead"], "meeting": held.meeting, "place": "danger:x", "now": held.now}
    at_once(
        lambda: meeting_drafts.save(**said, content={"what": "Could d"}, sequence=1),
        lambda: meeting_drafts.save(**said, content={"what": "Could die"}, sequence=2),
    )
    assert meeting_drafts.mine(by=held.people["lead"], meeting=held.meeting)["danger:x"].content == {
        "what": "Could die"
    }
    assert not meeting_drafts.save(**said, content={"what": "Could"}, sequence=1)


def test_a_draft_written_between_another_s_look_and_its_writing_does_not_hide_the_later_one():
    held = conference()
    said = {"by": held.people["lead"], "meeting": held.meeting, "place": "danger:x", "now": held.now}
    slower = []

    def then_the_slower(execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if sql.startswith("UPDATE") and MeetingDraft._meta.db_table in sql and not slower:
            slower.append(at_once(lambda: meeting_drafts.save(**said, content={"what": "Could d"}, sequence=1)))
        return done

    with connection.execute_wrapper(then_the_slower):
        assert meeting_drafts.save(**said, content={"what": "Could die"}, sequence=2)
    assert slower == [[True]]
    assert meeting_drafts.mine(by=held.people["lead"], meeting=held.meeting)["danger:x"].content == {
        "what": "Could die"
    }


def test_a_part_that_is_closed_by_a_button_pressed_twice_is_one():
    held = conference()
    said = {"by": held.people["chair"], "meeting": held.meeting, "key": key(), "kind": "police", "now": held.now}

    def close():
        return meeting_parts.open_part(**said, reason="A handling code.", members=["officer"])

    with rival(close, after='"access_compartment"') as other:
        assert close().is_new
    assert other.raised is None
    assert not other.gave.is_new
    assert Compartment.objects.count() == 1
