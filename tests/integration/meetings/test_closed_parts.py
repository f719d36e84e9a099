"""A part of a meeting that is closed to some: what is said in it is not there for them, and it still counts."""

from __future__ import annotations

from uuid import UUID, uuid4

import orjson
import pytest
from support.meetings import WEEKEND, conference, key

from nightlight.actions.child import children
from nightlight.actions.meetings import after as meeting_after
from nightlight.actions.meetings import calling as meetings
from nightlight.actions.meetings import closing as meeting_closing
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings import log as meeting_log
from nightlight.actions.meetings import page as meeting_live
from nightlight.actions.meetings import papers as meeting_papers
from nightlight.actions.meetings import parts as meeting_parts
from nightlight.actions.meetings import typing as meeting_drafts
from nightlight.actions.meetings import view as meeting_view
from nightlight.actions.plans import deeds as plans
from nightlight.actions.seeing import compartments, relationships
from nightlight.domain.access.vocabulary import Relationship
from nightlight.domain.meetings.events import MeetingError
from nightlight.domain.plans import events as pe
from nightlight.store.access import wall
from nightlight.store.access.models import Seal
from nightlight.store.chronology.models import EntryRow, Known
from nightlight.store.meetings import mapping

pytestmark = pytest.mark.django_db
SECRET = "He was seen with a knife; who said so must not be known."


@pytest.fixture
def held():
    return conference()


def close_to_others(held, *members):
    acted = held.do(
        meeting_parts.open_part, "chair", kind="police", reason="A handling code.", members=members,
        away="The mother writes to the chair.",
    )  # fmt: skip
    return acted.event.part


def secret_danger(held, part):
    return held.add(
        "officer", "danger", "secret", what=SECRET, how_bad="could die", said_when="this weekend", starts=WEEKEND[0],
        ends=WEEKEND[1], closed_part=part,
    )  # fmt: skip


def everything_shown(held, who):
    page = meeting_view.page(by=held.people[who], meeting=held.meeting, now=held.now)
    papers = [
        meeting_papers.paper(by=held.people[who], meeting=held.meeting, which=which, now=held.now)
        for which in meeting_papers.PAPERS
    ]
    return repr((page.state, page.check, page.to_record, papers))


def test_who_is_not_in_the_part_meets_nothing_of_it(held):
    part = close_to_others(held, "officer")
    secret_danger(held, part)
    for who in ("nurse", "lead", "worker"):
        shown = everything_shown(held, who)
        assert SECRET not in shown
        assert part not in shown
        assert held.items["secret"] not in shown
    for who in ("chair", "officer"):
        assert SECRET in everything_shown(held, who)


def test_what_is_said_in_it_is_heard_live_by_its_members_alone(held):
    part = close_to_others(held, "officer")
    secret_danger(held, part)
    held.weekend_danger()
    messages = meeting_live.Changes().since(held.meeting, 0)
    for_nurse = [message for message in messages if message.is_for("nurse")]
    assert SECRET.encode() not in b"".join(message.data for message in for_nurse)
    assert part.encode() not in b"".join(message.data for message in for_nurse)
    assert any(SECRET.encode() in message.data for message in messages if message.is_for("officer"))
    assert len(orjson.loads(messages[-1].data)["coverage"]) == 1


def test_what_is_being_typed_for_it_nobody_sees(held):
    part = close_to_others(held, "officer")
    secret_danger(held, part)
    officer = held.people["officer"]
    for place, content in ((f"danger:{uuid4()}", {"closed_part": part}), (f"danger:{held.items['secret']}", {})):
        meeting_drafts.save(
            by=officer, meeting=held.meeting, place=place, content={"what": SECRET, **content}, sequence=1, now=held.now
        )
    assert not meeting_drafts.others(by=held.people["nurse"], meeting=held.meeting)


def test_nobody_acts_on_what_they_do_not_see_nor_speaks_where_they_are_not(held):
    part = close_to_others(held, "officer")
    secret_danger(held, part)
    with pytest.raises(MeetingError, match="reload"):
        held.do(meeting_deeds.change, "nurse", what="danger", item=held.items["secret"], of_version=1,
                changes={"what": "x"})  # fmt: skip
    with pytest.raises(MeetingError, match="reload"):
        held.add("nurse", "danger", "other", what="x", how_bad="y", closed_part=part)
    with pytest.raises(MeetingError, match="reload"):
        held.add("chair", "danger", "other", what="x", how_bad="y", closed_part=str(UUID(int=1)))


def test_the_record_holds_it_sealed_and_only_its_members_agencies_learned_of_it(held):
    part = close_to_others(held, "officer")
    item = str(uuid4())
    fields = {"what": SECRET, "owner": "officer", "closed_part": part}
    held.do(meeting_deeds.add, "officer", what="action", item=item, fields=fields)
    entry = EntryRow.objects.get(kind="meeting.decision")
    assert Seal.objects.filter(compartment=part, what="entry", item=entry.id).exists()
    assert set(Known.objects.filter(entry=entry.id).values_list("agency", flat=True)) <= {"police", "social_care"}


def test_a_danger_in_it_keeps_the_meeting_open_without_being_told(held):
    held.everything_else()
    held.weekend_danger()
    held.protection(answers=(held.items["danger"],))
    part = close_to_others(held, "officer")
    secret_danger(held, part)
    with pytest.raises(meeting_closing.NotClosed, match="knife"):
        held.do(meeting_closing.close, "chair")
    compartments.Member.objects.filter(compartment=part, person="chair").delete()
    with pytest.raises(meeting_closing.NotClosed, match="a part that is closed to you") as refused:
        held.do(meeting_closing.close, "chair")
    assert SECRET not in repr(refused.value.check)


def test_a_plan_takes_it_over_closed(held):
    part = close_to_others(held, "officer")
    secret_danger(held, part)
    plan = plans.begin(
        by=held.people["chair"], kind="child_protection", children=[held.child], why="Decided.", key=key(),
        meeting=held.meeting, lead="worker", now=held.now,
    )  # fmt: skip
    assert SECRET not in repr(plans.page(by=held.people["worker"], plan=plan, now=held.now))
    assert SECRET in repr(plans.page(by=held.people["chair"], plan=plan, now=held.now))


def test_only_whoever_runs_the_meeting_closes_a_part_and_to_people_who_sign_in(held):
    with pytest.raises(meeting_log.Refused):
        held.do(meeting_parts.open_part, "nurse", kind="police", reason="x", members=["nurse"])
    with pytest.raises(MeetingError, match="signs in"):
        held.do(meeting_parts.open_part, "chair", kind="police", reason="x", members=["mother"])
    with pytest.raises(MeetingError, match="as one of"):
        held.do(meeting_parts.open_part, "chair", kind="gossip", reason="x", members=[])


def test_a_page_that_sends_it_twice_closes_one_part(held):
    sent = key()
    said = {"kind": "legal", "reason": "Advice.", "members": ["worker"], "now": held.now}
    for _ in range(2):
        meeting_parts.open_part(by=held.people["chair"], meeting=held.meeting, key=sent, **said)
    state, _ = mapping.meeting_of(held.meeting)
    assert len(state.closed_parts) == 1


def test_withheld_decisions_are_not_there_for_whom_they_are_withheld_until_given(held):
    held.everything_else()
    held.weekend_danger()
    held.protection()
    nurse, chair = held.people["nurse"], held.people["chair"]
    meeting_after.withhold(by=chair, meeting=held.meeting, person="nurse", reason="Related to him.", now=held.now)
    held.do(meeting_closing.close, "chair")
    shown = everything_shown(held, "nurse")
    assert "A plan for neglect" not in shown
    assert "Stays with her aunt" not in shown
    opened = meeting_log.access_meeting(by=nurse, meeting=held.meeting, now=held.now)
    assert opened.withheld
    assert {score.person for score in opened.state.scores.values()} == {"nurse"}
    meeting_after.give(by=chair, meeting=held.meeting, person="nurse", now=held.now)
    assert "A plan for neglect" in everything_shown(held, "nurse")


@pytest.mark.parametrize("given", [False, True], ids=["withheld", "given after all"])
def test_an_open_page_hears_nothing_of_what_is_withheld_from_its_reader(held, given):
    chair = held.people["chair"]
    meeting_after.withhold(by=chair, meeting=held.meeting, person="nurse", reason="Related to him.", now=held.now)
    held.weekend_danger()
    if given:
        meeting_after.give(by=chair, meeting=held.meeting, person="nurse", now=held.now)
    messages = meeting_live.Changes().since(held.meeting, 0)
    assert {message.is_for("nurse") for message in messages} == {given}
    assert all(message.is_for("worker") for message in messages)


def test_nothing_is_withheld_from_whoever_runs_the_meeting(held):
    chair = held.people["chair"]
    with pytest.raises(MeetingError, match="somebody else run it"):
        meeting_after.withhold(by=chair, meeting=held.meeting, person="chair", reason="x", now=held.now)


# -- withheld, and the child's chronology


def read_of(held, who):
    """What somebody reads of the child's record by way of the chronology: through the first wall, and the second."""
    page = children.child_page(by=held.people[who], child=held.child, now=held.now)
    with wall.standing(who):
        wall.opened(held.child, held.now, "protect")
        behind = set(EntryRow.objects.filter(system=mapping.SYSTEM).values_list("id", flat=True))
    return {fact.entry.kind for fact in page.facts if fact.entry.source.system == mapping.SYSTEM}, behind


def a_closed_meeting_withheld_from_the_nurse(held):
    held.everything_else()
    held.weekend_danger()
    held.protection()
    meeting_after.withhold(
        by=held.people["chair"], meeting=held.meeting, person="nurse", reason="Related to him.", now=held.now
    )
    held.do(meeting_closing.close, "chair")
    for who in ("nurse", "worker"):
        relationships.begin(
            kind=Relationship.GIVEN, child=held.child, person=who, about="asked", by=held.people[who], now=held.now
        )


def test_who_is_withheld_from_reads_nothing_of_it_in_the_chronology_either(held):
    a_closed_meeting_withheld_from_the_nurse(held)
    kinds, behind = read_of(held, "nurse")
    assert (kinds, behind) == (set(), set())
    kinds, behind = read_of(held, "worker")
    assert {"meeting.decision", "meeting.safety_score", "social_care.conference"} <= kinds
    assert len(behind) >= 8
    meeting_after.give(by=held.people["chair"], meeting=held.meeting, person="nurse", now=held.now)
    assert read_of(held, "nurse") == read_of(held, "worker")


def test_what_is_withheld_is_so_from_then_on_and_another_meeting_is_not(held):
    held.everything_else()
    before = read_of(held, "nurse")
    assert "meeting.decision" in before[0]
    again = meetings.call(
        by=held.people["worker"], kind="core_group", children=[held.child], why="To go on.", key=key(), now=held.now
    )
    meeting_deeds.invite(
        by=held.people["worker"], meeting=again, key=key(), person="nurse", part="health", now=held.now
    )
    meeting_after.withhold(
        by=held.people["worker"], meeting=again, person="nurse", reason="Related to him.", now=held.now
    )
    assert read_of(held, "nurse") == before


def test_the_plan_begun_from_it_shows_them_what_is_theirs_to_do(held):
    a_closed_meeting_withheld_from_the_nurse(held)
    said = {"by": held.people["worker"], "children": [held.child], "why": "x", "now": held.now}
    plan = plans.begin(kind="child_protection", key=key(), meeting=held.meeting, **said)
    nurse = held.people["nurse"]
    assert plans.look(by=nurse, plan=plan) is None
    plans.add(
        by=held.people["worker"], plan=plan, key=key(), what="action", item=str(uuid4()), now=held.now,
        fields={"what": "Weigh her.", "owner": "nurse", "due": held.now},
    )  # fmt: skip
    page = plans.page(by=nurse, plan=plan, now=held.now)
    assert [item.text("what") for item in page.state.items.values()] == ["Weigh her."]
    assert (page.missing, page.drift) == ((), ())
    assert read_of(held, "nurse") == (set(), set())
    assert read_of(held, "worker")[1]
    plans.do(
        by=held.people["worker"], plan=plan, now=held.now, leads=True,
        event=pe.MembersNamed(id=key(), at=held.now, by="worker", members=("worker", "nurse")),
    )  # fmt: skip
    assert "Stays with her aunt" in repr(plans.page(by=nurse, plan=plan, now=held.now).state)
