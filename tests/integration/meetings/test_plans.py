"""Plans: begun by a conference, watched by tripwires and drift, and what is in force outside meetings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from support.meetings import FRIDAY, conference, key

from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings import in_force
from nightlight.actions.plans import deeds as plans
from nightlight.actions.watching import evaluation
from nightlight.domain.meetings import events as ev
from nightlight.domain.plans import events as pe
from nightlight.domain.protection import Danger
from nightlight.store.chronology.models import EntryRow, FiringRow
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow, Notice
from nightlight.timeline.partial import Partial
from nightlight.worker.parts import Meetings

pytestmark = pytest.mark.django_db


@pytest.fixture
def held():
    made = conference()
    made.add(
        "chair", "decision", "d", what="A plan.", reasons="Harm.", outcome="child_protection_plan", category="neglect"
    )
    made.weekend_danger()
    made.protection()
    return made


def begin(held, **said):
    return plans.begin(
        by=held.people["chair"], kind="child_protection", children=[held.child], why="Decided by the conference.",
        key=key(), meeting=held.meeting, lead="worker", now=held.now, **said,
    )  # fmt: skip


def add(held, plan, what, **fields):
    item = str(uuid4())
    plans.add(by=held.people["worker"], plan=plan, key=key(), what=what, item=item, fields=fields, now=held.now)
    return item


def duties(what):
    return DutyNow.objects.filter(question__startswith="plan:", question__contains=f":{what}:").exclude(
        status="discharged"
    )


def test_a_plan_takes_over_what_the_conference_agreed_and_its_duties(held):
    plan = begin(held)
    page = plans.page(by=held.people["worker"], plan=plan, now=held.now)
    assert [item.id for item in page.state.protections] == [held.items["protection"]]
    assert not page.coverage.still_open()
    entry = EntryRow.objects.get(kind="social_care.child_protection_plan")
    assert (entry.attributes, entry.until) == ({"category": "neglect"}, "")
    edge = plans.next_edge()
    assert edge == FRIDAY + timedelta(hours=1)
    plans.turn(now=edge)
    assert duties("unconfirmed").get().owner == "worker"
    held.now = edge
    said = ev.ProtectionConfirmed(id=key(), at=edge, by="worker", item=held.items["protection"], how="Spoke at six.")
    plans.do(by=held.people["worker"], plan=plan, event=said, now=edge)
    assert not duties("unconfirmed").exists()


def test_a_tripwire_is_a_duty_within_the_time_that_the_plan_gives_and_goes_off_once(held):
    plan = begin(held)
    item = add(
        held, plan, "contingency", if_="He comes back", then="Call police", owner="officer", within_hours=2,
        indicator="police.domestic_abuse",
    )  # fmt: skip
    now = FRIDAY + timedelta(minutes=10)
    FiringRow.objects.create(
        child=held.child, indicator="police.domestic_abuse", rule="x", level="threshold", starts=now, evidence=[uuid4()]
    )
    plans.turn(now=now)
    plans.turn(now=now + timedelta(minutes=1))
    duty = duties("tripwire").get()
    assert (duty.owner, duty.due) == ("officer", now + timedelta(hours=2))
    held.now = now + timedelta(minutes=5)
    said = pe.TripwireAnswered(id=key(), at=held.now, by="officer", item=item, how="Police went.")
    plans.do(by=held.people["officer"], plan=plan, event=said, now=held.now)
    plans.turn(now=now + timedelta(minutes=6))
    assert not duties("tripwire").exists()


def test_a_plan_that_drifts_is_a_duty_of_whoever_leads_it(held):
    plan = begin(held)
    add(held, plan, "visits", owner="worker", every=10, unit="working_days")
    later = datetime(2027, 1, 20, 8, tzinfo=UTC)
    plans.turn(now=later)
    found = duties("drift")
    assert found.exists()
    assert {row.owner for row in found} == {"worker"}


def test_a_plan_ends_only_through_its_gate(held):
    plan = begin(held)
    said = {"by": held.people["worker"], "plan": plan, "key": key(), "reason": "Better.", "child_heard": False}
    with pytest.raises(plans.NotEnded):
        plans.end(**said, now=held.now)


def test_nobody_without_a_part_opens_a_plan(held):
    plan = begin(held)
    assert plans.look(by=held.people["outsider"], plan=plan) is None
    assert [row.plan_id for row in plans.my_plans(by=held.people["worker"])] == [plan]


def test_a_danger_outside_meetings_is_held_against_what_is_in_force(held):
    weekend = Danger(id="x", starts=Partial.parse("2026-11-21T20:00Z"), ends=Partial.parse("2026-11-22T08:00Z"))
    assert not in_force.check(child=held.child, danger=weekend, now=held.now).still_open()
    monday = Danger(id="y", starts=Partial.parse("2026-11-23T20:00Z"), ends=Partial.parse("2026-11-24T08:00Z"))
    assert in_force.check(child=held.child, danger=monday, now=held.now).still_open()


def test_a_concern_with_a_danger_that_nothing_covers_is_an_immediate_duty(held):
    held.now = FRIDAY + timedelta(minutes=1)
    held.do(meeting_deeds.confirm, "worker", item=held.items["protection"], how="Nobody home.", in_force=False)
    content = {"danger": "soon", "from": "weekend", "said_on": "2026-11-20", "harm": "An attack at night."}
    found = in_force.answer(
        concern=UUID(int=7), child=held.child, content=content, organisation="school", evidence=(), now=held.now
    )
    assert found.still_open()
    duty = DutyNow.objects.get(question=f"uncovered:{UUID(int=7)}")
    assert (duty.level, duty.owner) == ("immediate", "manager")


def test_at_night_nobody_covering_it_is_the_team_on_call_s_at_once(held):
    night = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    content = {"danger": "soon", "from": "now", "said_on": "2026-11-21", "harm": "He is back."}
    meeting_deeds.confirm(
        by=held.people["worker"], meeting=held.meeting, key=key(), item=held.items["protection"], how="Gone.",
        in_force=False, now=night,
    )  # fmt: skip
    in_force.answer(concern=UUID(int=9), child=held.child, content=content, organisation="school", evidence=(),
                    now=night)  # fmt: skip
    duty = in_force.duty_of(UUID(int=9))
    (raised, *_) = mapping.events_of([duty.duty_id])[duty.duty_id]
    assert (duty.owner, duty.level, raised.duty.rule) == ("edt", "immediate", "DANGER-UNCOVERED")


def test_a_tripwire_goes_off_as_the_fact_is_kept(held, monkeypatch):
    plan = begin(held)
    add(held, plan, "contingency", if_="Not fed", then="Visit", owner="officer", within_hours=2, indicator="neglect.x")
    FiringRow.objects.create(
        child=held.child, indicator="neglect.x", rule="x", level="threshold", starts=FRIDAY, evidence=[uuid4()]
    )
    woken = []
    monkeypatch.setattr(evaluation.waking, "wake", lambda *channels: woken.extend(channels))
    evaluation._wake_for_tripwires({uuid4(): []})
    assert not woken
    evaluation._wake_for_tripwires({held.child: []})
    assert woken == [Meetings().channel]
    Meetings().work(FRIDAY + timedelta(minutes=1))
    assert duties("tripwire").get().owner == "officer"


def test_an_action_given_to_somebody_is_told_to_them_at_once_and_to_nobody_twice(held):
    held.add("chair", "action", "a", what="Visit.", owner="nurse")
    asked = Notice.objects.filter(why="asked", person="nurse")
    assert asked.count() == 1
    held.do(meeting_deeds.change, "chair", what="action", item=held.items["a"], of_version=1, changes={"what": "Call."})
    assert asked.count() == 1
    held.do(meeting_deeds.change, "chair", what="action", item=held.items["a"], of_version=2,
            changes={"owner": "officer"})  # fmt: skip
    assert Notice.objects.filter(why="asked", person="officer").exists()
    held.add("nurse", "action", "own", what="Mine.", owner="nurse")
    assert asked.count() == 1
