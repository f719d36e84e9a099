"""Clocks that deliveries start and stop: their duties raised, ended, moved and withdrawn by entries alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.deliveries import NHS_ONE, NOW, days_ago, entry, person, record, take_in

from nightlight.actions.demo.staff import make_people
from nightlight.actions.owned import clocks
from nightlight.domain.duty_events import ON_RECORD, WITHDRAWN
from nightlight.domain.running import LOOK_BACK
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties import mapping
from nightlight.store.duties.models import ClockRow, DutyNow, Notice

pytestmark = pytest.mark.django_db


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def referral(key="r", ago=0.1, **attributes):
    return record(key, entry("social_care.referral", ago, "c1", attributes=attributes))


def assessment(**more):
    return record("a", entry("social_care.assessment", 0.01, "c1"), **more)


def give(*records, now=NOW):
    return take_in(*records, agency="social_care", organisation="council", now=now)


def duties(rule):
    children = set(DutyNow.objects.filter(question__startswith=f"clock:{rule}:").values_list("child", flat=True))
    states = [state for found in mapping.states_of(children).values() for state in found]
    return [state for state in states if state.duty.rule == rule]


def child():
    return record("p", people=[person(given="Wren", family="Alder", nhs_number=NHS_ONE)])


def test_a_referral_starts_its_clock_by_itself_and_its_assessment_ends_it():
    give(child(), referral())
    (state,) = duties("REF-DECISION")
    assert (state.role, state.is_discharged) == ("front_door_team_manager", False)
    assert state.due == at("2026-11-24T23:59:59+00:00")
    give(assessment(), now=NOW + timedelta(hours=2))
    (state,) = duties("REF-DECISION")
    assert (state.outcome, state.evidence) == (
        ON_RECORD,
        (state.evidence[0], state.discharged_by.removeprefix("entry:")),
    )
    assert AuditEvent.objects.filter(act="duty.discharged", about=state.duty.id).count() == 1


def test_the_same_delivery_twice_raises_nothing_more():
    for _ in range(2):
        give(child(), referral())
    assert len(duties("REF-DECISION")) == 1


def test_what_ran_out_long_before_the_hub_knew_of_it_is_history_and_no_duty():
    give(child(), referral(ago=90))
    assert duties("REF-DECISION") == []
    (counted,) = [each for each in clocks.history(now=NOW, since=days_ago(365)) if each.rule == "REF-DECISION"]
    assert (counted.lapsed, counted.before_the_hub, LOOK_BACK) == (1, 1, "CLOCK-LOOK-BACK")


def test_a_corrected_referral_moves_the_deadline_of_the_same_duty():
    give(child(), referral())
    give(referral(ago=3.1), now=NOW + timedelta(hours=1))
    (state,) = duties("REF-DECISION")
    assert state.due == at("2026-11-23T23:59:59+00:00")  # a Friday's referral
    assert ClockRow.objects.get(rule="REF-DECISION").due == state.due


def test_who_owns_a_duty_hears_that_it_is_due_sooner_and_of_later_sees_it_on_its_page():
    make_people([("council", "Council", "social_care")], now=NOW)
    give(child(), referral())
    give(referral(ago=3.1), now=NOW + timedelta(hours=1))
    give(referral(ago=2.9), now=NOW + timedelta(hours=2))
    give(referral(ago=0.1), now=NOW + timedelta(hours=3))
    (state,) = duties("REF-DECISION")
    assert [notice.person for notice in Notice.objects.filter(why="reckoned")] == [state.owner]


def test_a_withdrawn_referral_withdraws_its_duty_and_one_recorded_anew_raises_it_again():
    give(child(), referral())
    give(record("r", withdrawn=True), now=NOW + timedelta(hours=1))
    (state,) = duties("REF-DECISION")
    assert (state.outcome, state.is_withdrawn) == (WITHDRAWN, True)
    assert not ClockRow.objects.exists()
    give(referral("r2"), now=NOW + timedelta(hours=2))
    assert [state.is_discharged for state in duties("REF-DECISION")].count(False) == 1


def test_an_assessment_recorded_in_error_brings_the_clock_s_duty_back():
    give(child(), referral())
    give(assessment(), now=NOW + timedelta(hours=1))
    give(record("a", withdrawn=True), now=NOW + timedelta(hours=2))
    found = {state.is_discharged: state for state in duties("REF-DECISION")}
    assert found[False].duty.follows == found[True].duty.id
