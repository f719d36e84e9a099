"""After a meeting: decisions to all who were asked, read or chased; papers that need no minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.meetings import conference

from nightlight.actions.meetings import after as meeting_after
from nightlight.actions.meetings import closing as meeting_closing
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings import follow as meeting_follow
from nightlight.actions.meetings import papers as meeting_papers
from nightlight.actions.meetings import view as meeting_view
from nightlight.domain.meetings.events import MeetingError
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import DutyNow, Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed():
    held = conference()
    held.everything_else()
    held.weekend_danger()
    held.protection()
    return held


def close(held):
    return held.do(meeting_closing.close, "chair")


def meeting_after_withhold(**said):
    said.pop("key")
    meeting_after.withhold(**said)


def open_duties(what):
    return DutyNow.objects.filter(question__contains=f":{what}:").exclude(status="discharged")


def test_everybody_who_was_asked_is_told_with_a_link_and_no_details(closed):
    close(closed)
    told = Notice.objects.filter(why="decisions")
    assert {row.person for row in told} == {"worker", "lead", "officer", "nurse"}
    assert {row.about for row in told} == {f"meeting:{closed.meeting}"}


def test_who_has_not_read_the_decisions_is_chased_until_they_have(closed):
    close(closed)
    monday = closed.now + timedelta(days=4)
    while (edge := meeting_follow.next_edge()) and edge <= monday:
        meeting_follow.turn(now=edge)
    assert {row.owner for row in open_duties("unread")} == {"worker", "lead", "officer", "nurse"}
    meeting_after.acknowledge(by=closed.people["nurse"], meeting=closed.meeting, now=monday)
    assert {row.owner for row in open_duties("unread")} == {"worker", "lead", "officer"}


def test_a_parent_is_told_or_it_is_on_record_why_not(closed):
    close(closed)
    assert open_duties("tell").get().owner == "chair"
    closed.do(
        meeting_deeds.told, "worker", person="mother", how="visit, with the plan in plain words", what="decisions"
    )
    assert not open_duties("tell").exists()


def test_decisions_are_withheld_only_with_a_reason(closed):
    with pytest.raises(MeetingError, match="without a reason"):
        closed.do(meeting_after_withhold, "chair", person="officer", reason=" ")
    closed.do(meeting_after_withhold, "chair", person="officer", reason="A criminal enquiry into their own force.")
    close(closed)
    assert "officer" not in set(Notice.objects.filter(why="decisions").values_list("person", flat=True))
    page = meeting_view.page(by=closed.people["chair"], meeting=closed.meeting, now=closed.now)
    found = {each.person: each.why_withheld for each in meeting_after.received(page.opened)}
    assert found["officer"] == "A criminal enquiry into their own force."


def test_the_record_needs_no_minutes_and_is_an_accessible_pdf(closed):
    for which in meeting_papers.PAPERS:
        paper = meeting_papers.paper(by=closed.people["lead"], meeting=closed.meeting, which=which, now=closed.now)
        assert paper.sections
        made = meeting_papers.paper_as_pdf(
            by=closed.people["lead"], meeting=closed.meeting, which=which, now=closed.now
        )
        assert made.startswith(b"%PDF")
        assert b"pdfuaid" in made
    assert AuditEvent.objects.filter(act="meeting.record_read", by="lead").exists()


def test_a_score_is_nowhere_to_be_seen_before_all_are_shown():
    held = conference()
    held.do(meeting_deeds.score, "lead", score=1, reason="Only her inhaler.")
    page = meeting_view.page(by=held.people["nurse"], meeting=held.meeting, now=held.now)
    assert not page.state.scores
    assert not page.scores[""].scores
    paper = meeting_papers.paper(by=held.people["nurse"], meeting=held.meeting, which="record", now=held.now)
    assert "inhaler" not in str(paper)
    mine = meeting_view.page(by=held.people["lead"], meeting=held.meeting, now=held.now)
    assert [score.score for score in mine.scores[""].scores] == [1]
