"""A plan: what it must hold, how it drifts with numbers and dates, and what its end needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nightlight.domain.clocks import default_rules
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.gates import step_down
from nightlight.domain.meetings.wire import from_data, to_data
from nightlight.domain.plans import events as pe
from nightlight.domain.plans.contents import coverage_of, missing_from, step_down_facts
from nightlight.domain.plans.drift import Visit, drift
from nightlight.domain.plans.rows import default_plans
from nightlight.domain.plans.state import EVENTS, fold, step
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

BEGUN = datetime(2026, 9, 1, 9, tzinfo=UTC)
RULES, ENGLAND = default_rules(), WorkingCalendar.england()
_COUNT = iter(range(10_000))


def event(deed, /, by="lead", days=0, **given):
    return deed(id=f"e{next(_COUNT)}", at=BEGUN + timedelta(days=days), by=by, **given)


def full():
    return fold(
        [
            event(pe.PlanBegun, plan="x", kind="child_protection", children=("c1",), why="neglect", lead="lead",
                  review=BEGUN + timedelta(days=90)),
            event(pe.MembersNamed, members=("lead", "nurse")),
            event(pe.OutcomeAgreed, item="o1", what="Inhaler used every day", measure="pharmacy", by_when=BEGUN),
            event(ev.ActionAgreed, item="a1", what="asthma clinic", owner="Asha Grant", agency="health.gp",
                  due=BEGUN + timedelta(days=14)),
            event(pe.VisitsAgreed, item="v1", owner="lead", every=10),
            event(pe.ContingencyAgreed, item="k1", if_="admitted", then="strategy discussion", owner="lead",
                  indicator="health.asthma_admission"),
            event(ev.ViewGiven, item="w1", child="c1", words="I am scared"),
            event(ev.NoteWritten, item="n1", block="family_version", text="We will…"),
        ]
    )  # fmt: skip


def drifts(plan, days, *visits):
    found = drift(plan, visits, BEGUN + timedelta(days=days), rules=RULES, calendar=ENGLAND)
    return {finding.code: finding for finding in found}


def visit(days, *, seen=True, **given):
    return Visit(at=BEGUN + timedelta(days=days), child_seen=seen, **given)


def test_a_full_plan_misses_nothing_and_an_empty_one_says_each_thing():
    assert missing_from(full()) == ()
    empty = fold([event(pe.PlanBegun, plan="x", kind="child_protection", children=("c1",), why="x")])
    needs = default_plans().on(BEGUN)["child_protection"].needs
    assert [r.code for r in missing_from(empty)] == [n for n in needs if n != "protections"]
    assert all(r.missing.endswith(".") and r.source for r in missing_from(empty))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (event(ev.ActionAgreed, item="a2", what="housing letter", owner="the housing team", due=BEGUN), "actions"),
        (event(pe.OutcomeAgreed, item="o2", what="Sleeps in a bed"), "measures"),
    ],
)
def test_what_is_half_said_is_named(more, code):
    (reason,) = missing_from(step(full(), more))
    assert (reason.code, more.what in reason.missing) == (code, True)


def test_tripwires_are_ids_and_actions_stand_by_agency():
    assert full().tripwires() == {"health.asthma_admission": ("k1",)}
    assert [a.id for a in full().actions_by_agency()["health.gp"]] == ["a1"]


def test_a_tripwire_crossed_stays_until_it_is_answered():
    crossed = step(full(), event(pe.TripwireCrossed, by="system", item="k1", due=BEGUN))
    assert set(crossed.crossed) == {"k1"}
    assert not step(crossed, event(pe.TripwireAnswered, item="k1", how="held on the day")).crossed


def test_a_plan_on_course_does_not_drift():
    plan = step(full(), event(ev.ActionDone, item="a1", how="letter", days=10))
    plan = step(plan, event(pe.ProgressSeen, item="o1", moved="better", what="collected twice", days=20))
    assert drifts(plan, 30, visit(9, alone=True, bedroom=True), visit(20, alone=True, bedroom=True)) == {}


def test_drift_is_said_with_numbers_and_dates():
    found = drifts(full(), 60, visit(30, seen=False, parent_met=True), visit(45, seen=False, parent_met=True))
    assert found["no_progress"].words == (
        "Nothing has got better in 1 of 1 outcomes since 1 September 2026, 60 days ago."
    )
    assert found["actions_overdue"].words == (
        "1 of 1 actions are overdue, the oldest since 15 September 2026, 46 days ago (health.gp)."
    )
    assert found["child_not_seen"].words == (
        "The child was not seen since the plan began on 1 September 2026, 43 working days ago; agreed is every "
        "10 working days."
    )
    assert "met once" in found["parent_not_child"].words
    assert {"child_not_seen_alone", "bedroom_not_seen"} <= set(found)


def test_seen_with_a_parent_there_is_not_seen_alone():
    found = drifts(full(), 12, visit(8))
    assert "child_not_seen" not in found
    assert "not_reviewed" in drifts(full(), 100)
    assert set(drifts(full(), 20, visit(12))) == {"actions_overdue", "child_not_seen_alone"}


def test_a_plan_without_visits_of_its_own_is_held_to_its_row():
    bare = fold([event(pe.PlanBegun, plan="x", kind="child_in_need", children=("c1",), why="x")])
    assert "agreed is every 20 working days" in drifts(bare, 40)["child_not_seen"].words


def test_an_ended_plan_neither_drifts_nor_changes():
    ended = step(full(), event(pe.PlanEnded, reason="safe", days=30))
    assert drifts(ended, 90) == {}
    with pytest.raises(ev.MeetingError, match="has ended"):
        step(ended, event(pe.LeadNamed, lead="another"))


def test_an_action_done_is_not_a_danger_answered():
    done = step(full(), event(ev.ActionDone, item="a1", how="letter"))
    facts = {"child_heard": True, "follows": False}
    assert [r.code for r in step_down(step_down_facts(done, BEGUN, **facts), BEGUN)] == ["danger"]
    seen = event(pe.ProgressSeen, item="o1", moved="better", what="daily use", seen_from=Partial.parse("2026-09"),
                 seen_to=Partial.parse("2026-11"))  # fmt: skip
    over = step(done, seen)
    assert step_down(step_down_facts(over, BEGUN, **facts), BEGUN) == ()
    voiced = event(ev.DangerVoiced, item="d1", what="a brother is back", starts=Partial.instant(BEGUN))
    assert [r.code for r in step_down(step_down_facts(step(over, voiced), BEGUN, **facts), BEGUN)] == ["danger"]
    ended = replace(voiced, ends=Partial.instant(BEGUN + timedelta(days=2)))
    later = BEGUN + timedelta(days=3)
    assert step_down(step_down_facts(step(over, ended), later, **facts), BEGUN) == ()


def taken(plan, *more):
    """What gate G7 says of who takes a plan over, which something follows."""
    for each in more:
        plan = step(plan, each)
    facts = step_down_facts(plan, BEGUN, child_heard=True, follows=True)
    return facts.taken_over_by, facts.accepted


def test_who_takes_a_plan_over_is_asked_and_says_so_themselves():
    asks = event(pe.TakeOverAsked, person="amina", name="Amina Fiction")
    assert taken(full()) == ("", False)
    assert taken(full(), asks) == ("Amina Fiction", False)
    says = event(pe.TakeOverAccepted, by="lead", author="amina", how="by telephone")
    assert taken(full(), asks, says) == ("Amina Fiction", True)
    assert taken(full(), asks, says, event(pe.TakeOverAsked, person="b", name="B Fiction")) == ("B Fiction", False)
    declines = event(pe.TakeOverDeclined, by="amina", reason="I leave in March")
    assert taken(full(), asks, says, declines) == ("", False)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (event(pe.TakeOverAsked, person="team", name="The family help team"), "name the person"),
        (event(pe.TakeOverAsked, person="", name="Amina"), "name the person"),
        (event(pe.TakeOverAccepted, by="lead"), "only whoever was asked"),
        (event(pe.TakeOverDeclined, by="amina", reason=" "), "say why not"),
    ],
)
def test_nobody_is_made_to_take_a_plan_over(wrong, said):
    asked = step(full(), event(pe.TakeOverAsked, person="amina", name="Amina Fiction"))
    with pytest.raises(ev.MeetingError, match=said):
        step(asked, wrong)


def test_an_action_that_changes_is_to_be_taken_again_by_its_owner_alone():
    plan = step(full(), event(ev.ActionAgreed, item="a9", what="Letter", owner="amina", due=BEGUN))
    with pytest.raises(ev.MeetingError, match="only its owner"):
        step(plan, event(ev.ActionAccepted, by="lead", item="a9"))
    plan = step(plan, event(ev.ActionAccepted, by="lead", author="amina", item="a9", how="in the room"))
    assert plan.actions_accepted["a9"].how == "in the room"
    same = step(plan, event(ev.ActionChanged, item="a9", of_version=1, changes={"said_when": "today"}))
    assert "a9" in same.actions_accepted
    other = step(plan, event(ev.ActionChanged, item="a9", of_version=1, changes={"owner": "b", "owner_name": "B"}))
    assert "a9" not in other.actions_accepted


def test_a_plan_s_dangers_are_covered_as_in_a_meeting():
    danger = event(ev.DangerVoiced, item="d1", what="asthma", starts=Partial.instant(BEGUN))
    assert [u.danger.id for u in coverage_of(step(full(), danger), BEGUN).still_open()] == ["d1"]


def test_scores_and_decisions_belong_to_meetings_and_plans_are_read_back():
    with pytest.raises(ev.MeetingError, match="does not belong to a plan"):
        step(full(), event(ev.ScoreGiven, score=1, reason="x"))
    sent = event(pe.ProgressSeen, item="o1", moved="same", what="x", seen_from=Partial.parse("2026-09"))
    assert from_data(to_data(sent), EVENTS) == sent
