"""The gates at the deeds that they guard: each refuses with its reasons, and lets through once they are met."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from support.deliveries import NOW, entry, person, record, take_in
from support.meetings import FRIDAY, WEEKEND, conference, key

from nightlight.actions.duties import deeds as duties
from nightlight.actions.meetings import calling as meetings
from nightlight.actions.meetings import closing_work
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.plans import deeds as plans
from nightlight.actions.plans import taking
from nightlight.actions.seeing.access import Refused
from nightlight.actions.telling import notices
from nightlight.domain.duty_events import DutyError
from nightlight.domain.meetings import events as ev
from nightlight.domain.plans import events as pe
from nightlight.store.duties.models import DutyNow
from nightlight.store.intake.models import Draft, RaisedConcern
from nightlight.store.meetings import mapping
from nightlight.store.people.models import SourcePerson
from nightlight.timeline.partial import Partial

pytestmark = pytest.mark.django_db


@pytest.fixture
def held():
    made = conference()
    made.now = max(NOW, FRIDAY) + timedelta(days=1)
    return made


def discharge(held, who, duty, outcome="support_given", **said):
    return duties.discharge(
        by=held.people[who], duty_id=duty, outcome=outcome, reason="Met by us.", now=held.now, **said
    )


def a_duty(held, question_start):
    return DutyNow.objects.filter(child=held.child, question__startswith=question_start).first()


# -- G1


def test_a_concern_that_nobody_took_does_not_end(held):
    row = DutyNow.objects.filter(child=held.child).exclude(status="discharged").first()
    draft = Draft.objects.create(author=held.people["lead"], started=FRIDAY, saved=FRIDAY)
    RaisedConcern.objects.create(
        id=uuid4(), draft=draft, author=held.people["lead"], at=FRIDAY, child=held.child, duty=row.duty_id,
        source_person=SourcePerson.objects.filter(person=held.child).first().id, danger_now=False, entries=[],
    )  # fmt: skip
    DutyNow.objects.filter(duty_id=row.duty_id).update(owner="")
    with pytest.raises(DutyError, match="Nobody is named who answers for this concern"):
        discharge(held, "manager", row.duty_id)
    DutyNow.objects.filter(duty_id=row.duty_id).update(owner=row.owner)
    assert discharge(held, row.owner, row.duty_id).is_discharged


# -- G4


def an_enquiry(held):
    row = a_duty(held, "clock:S47-OUTCOME")
    assert row is not None
    duties.acknowledge(by=held.people[row.owner], duty_id=row.duty_id, now=held.now)
    return row


def test_an_enquiry_before_a_conference_has_no_outcome_without_an_interim_plan(held):
    called = meetings.call(
        by=held.people["worker"],
        kind="initial_conference",
        children=[held.child],
        why="Harm.",
        key=key(),
        now=held.now,
    )
    assert mapping.meeting_of(called)
    row = an_enquiry(held)
    with pytest.raises(DutyError, match="no interim plan is in force"):
        discharge(held, row.owner, row.duty_id)
    plans.begin(
        by=held.people["worker"], kind="interim_safety", children=[held.child], why="Until then.", key=key(),
        now=held.now,
    )  # fmt: skip
    assert discharge(held, row.owner, row.duty_id).is_discharged


def test_whoever_calls_a_conference_is_told_what_the_enquiry_has_not_got(held):
    def before(who="nurse"):
        called = meetings.call(by=held.people[who], kind="initial_conference", why="Harm.", children=[held.child],
                               key=who, now=FRIDAY)  # fmt: skip
        return called, meetings.before_it_sits(mapping.meeting_of(called)[0], FRIDAY)

    called, found = before()
    assert {each.reason.code for each in found} == {"support", "seen", "medical", "interim_plan"}
    assert all(each.reason.can_except for each in found)
    assert {each.child for each in found} == {"", str(held.child)}
    meeting_deeds.invite(by=held.people["nurse"], meeting=called, key=key(), person="manager", part="social_care",
                         now=FRIDAY)  # fmt: skip
    with pytest.raises(Refused):
        meeting_deeds.support(by=held.people["nurse"], meeting=called, key=key(), now=FRIDAY)
    meeting_deeds.support(by=held.people["manager"], meeting=called, key=key(), now=FRIDAY)
    assert "support" not in {each.reason.code for each in before()[1]}
    assert "support" not in {each.reason.code for each in before("manager")[1]}
    seen = entry("social_care.visit", 2, "c1", attributes={"result": "seen", "seen_alone": True})
    take_in(record("v", seen, people=[person("c1")]), agency="social_care", organisation="la")
    assert "seen" not in {each.reason.code for each in before()[1]}
    held_already = mapping.meeting_of(held.meeting)[0]
    assert meetings.before_it_sits(held_already, FRIDAY) == ()


# -- G9


def test_a_conference_says_who_supports_it_and_asks_for_the_concern(held):
    def against(who, **said):
        found = meetings.against_calling(by=held.people[who], kind="review_conference", why="Harm.", now=FRIDAY, **said)
        return [reason.code for reason in found]

    assert against("nurse") == ["support"]
    assert against("nurse", supported_by="manager") == []
    with pytest.raises(ev.MeetingError, match="senior manager"):
        against("nurse", supported_by="worker")
    with pytest.raises(ev.MeetingError):
        meetings.call(by=held.people["worker"], kind="review_conference", children=[held.child], why=" ", key=key(),
                      now=FRIDAY)  # fmt: skip
    called = meetings.call(
        by=held.people["worker"], kind="review_conference", children=[held.child], why="Harm.", key=key(),
        supported_by="manager", now=FRIDAY,
    )  # fmt: skip
    assert mapping.meeting_of(called)[0].called.supported_by == "manager"


# -- G8


def a_plan_that_may_end(held):
    plan = plans.begin(
        by=held.people["worker"], kind="family_help", children=[held.child], why="Help.", key=key(), now=held.now
    )
    item, wire = str(uuid4()), str(uuid4())
    said = {"by": held.people["worker"], "plan": plan, "now": held.now}
    plans.add(**said, key=key(), what="outcome", item=item, fields={"what": "Fed.", "measure": "Eats at school."})
    plans.add(**said, key=key(), what="contingency", item=wire,
              fields={"if_": "Again", "then": "Call", "owner": "worker", "indicator": "neglect.x"})  # fmt: skip
    plans.add(**said, key=key(), what="view", item=str(uuid4()), fields={"child": str(held.child), "words": "It is."})
    seen = pe.ProgressSeen(
        id=key(), at=held.now, by="worker", item=item, moved="better", what="Ate daily.",
        seen_from=Partial.parse("2026-10-01"), seen_to=Partial.parse("2026-11-01"),
    )  # fmt: skip
    plans.do(**said, event=seen)
    return plan


def end(held, plan, **said):
    return plans.end(by=held.people["worker"], plan=plan, key=key(), reason="Better.", child_heard=True, now=held.now,
                     **said)  # fmt: skip


def test_the_last_plan_of_a_child_does_not_end_with_something_open_and_nothing_following(held):
    plan = a_plan_that_may_end(held)
    with pytest.raises(plans.NotEnded) as refused:
        end(held, plan)
    assert "clocks" in {reason.code for reason in refused.value.reasons}
    assert not plans.look(by=held.people["worker"], plan=plan).state.is_closed
    take_in(record("z", entry("social_care.closed", 0, "c1"), people=[person("c1")]), agency="social_care",
            organisation="la")  # fmt: skip
    DutyNow.objects.filter(child=held.child).update(status="discharged")
    assert end(held, plan).state.is_closed


@pytest.mark.parametrize("day", [FRIDAY, datetime(2026, 11, 27, 15, tzinfo=UTC)], ids=["first row", "second row"])
def test_a_plan_that_something_follows_ends_once_somebody_accepted_it_and_while_clocks_run(held, day):
    held.now = day
    plan = a_plan_that_may_end(held)
    said = {"plan": plan, "now": held.now}
    with pytest.raises(plans.NotEnded, match="Nobody is named"):
        end(held, plan, follows="child_in_need")
    taking.ask(by=held.people["worker"], key=key(), person="nurse", **said)
    with pytest.raises(plans.NotEnded):
        end(held, plan, follows="child_in_need")
    with pytest.raises(ev.MeetingError, match="they say it themselves"):
        taking.accept(by=held.people["worker"], key=key(), author="nurse", how="in the room", **said)
    taking.accept(by=held.people["nurse"], key=key(), **said)
    ended = end(held, plan, follows="child_in_need").state.ended
    assert (ended.taken_over_by, ended.follows) == ("Nurse Fiction", "child_in_need")


def test_whoever_is_asked_to_take_a_plan_over_sees_it_is_told_and_may_say_no(held):
    plan = a_plan_that_may_end(held)
    said = {"plan": plan, "now": held.now}
    assert plans.look(by=held.people["nurse"], plan=plan) is None
    taking.ask(by=held.people["worker"], key=key(), person="nurse", **said)
    with pytest.raises(Refused, match="Whoever leads the plan does this"):
        taking.ask(by=held.people["nurse"], key=key(), person="lead", **said)
    assert plans.look(by=held.people["nurse"], plan=plan)
    told = [each.notice for each in notices.my_notices(by=held.people["nurse"], limit=100)]
    assert [each.why for each in told if each.about == f"plan:{plan}"] == ["asked"]
    taking.decline(by=held.people["nurse"], key=key(), reason="I leave in March.", **said)
    assert plans.look(by=held.people["nurse"], plan=plan) is None
    with pytest.raises(plans.NotEnded, match="Nobody is named"):
        end(held, plan, follows="child_in_need")


def test_for_somebody_who_does_not_sign_in_whoever_leads_writes_down_how_they_said_so(held):
    plan = a_plan_that_may_end(held)
    said = {"plan": plan, "now": held.now}
    taking.ask(by=held.people["worker"], key=key(), person="name-1", name="Ruth Alder", **said)
    with pytest.raises(ev.MeetingError, match="say how they accepted"):
        taking.accept(by=held.people["worker"], key=key(), author="name-1", **said)
    done = taking.accept(by=held.people["worker"], key=key(), author="name-1", how="by telephone", **said)
    accepted = done.state.taking.accepted
    assert (accepted.by, accepted.said_by, accepted.how) == ("worker", "name-1", "by telephone")


def test_a_plan_s_protection_counts_once_its_owner_accepted_it_in_their_own_name(held):
    """An aunt's word is written down by whoever leads, with how she gave it; a colleague's never."""
    held.now = FRIDAY
    plan = a_plan_that_may_end(held)
    said = {"plan": plan, "now": held.now}
    worker = held.people["worker"]
    plans.add(by=worker, key=key(), what="danger", item=str(uuid4()), fields={"what": "Attack.", "starts": WEEKEND[0],
              "ends": WEEKEND[1]}, **said)  # fmt: skip
    items = {}
    for owner, name in (("aunt", "Ruth Alder"), ("nurse", "Nurse Fiction")):
        items[owner] = str(uuid4())
        plans.add(by=worker, key=key(), what="protection", item=items[owner], fields={
            "what": "Stays.", "owner": owner, "owner_name": name, "in_force_from": WEEKEND[0], "until": WEEKEND[1],
            "how_confirmed": "a call"}, **said)  # fmt: skip
    uncovered = plans.page(by=worker, **said).coverage
    assert uncovered.still_open()
    assert {each.why for each in uncovered.not_counted} == {"its owner has not accepted it"}
    for author, how, wrong in (("nurse", "she nodded", "themselves"), ("aunt", " ", "say how they accepted")):
        with pytest.raises(ev.MeetingError, match=wrong):
            taking.accept_protection(by=worker, key=key(), item=items[author], of_version=1, author=author, how=how,
                                     **said)  # fmt: skip
    taking.accept_protection(by=worker, key=key(), item=items["aunt"], of_version=1, author="aunt", how="she rang",
                             **said)  # fmt: skip
    assert not plans.page(by=worker, **said).coverage.still_open()


def test_an_unanswered_dissent_keeps_work_open(held):
    held.add("chair", "decision", "d", what="No plan.", reasons="x", outcome="no_plan")
    held.add("lead", "dissent", "x", decision=held.items["d"], reasons="She is not safe.")
    assert closing_work.facts_of([held.child], now=held.now).dissents == (f"of {held.now:%-d %B %Y}",)
    assert closing_work.facts_of([UUID(int=1)], now=held.now).dissents == ()
