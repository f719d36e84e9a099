"""Raising duties from firings and challenges, and who on the rota answers for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.duties import MONDAY, OWNER, AFiring, after, history

from nightlight.domain.duties import (
    Challenged,
    Discharged,
    DutyError,
    Joins,
    opens_or_joins,
    schedule,
    state_of,
    step,
)
from nightlight.domain.raising import Arrangements, add_evidence, challenge, raise_duty, raise_under
from nightlight.domain.rota import NobodyOnRota, Rota, Shift, who

ROTA = Rota(
    (
        Shift(role="safeguarding_lead", organisation="school-1", person="p-lead"),
        Shift(role="safeguarding_lead", organisation="school-1", person="p-deputy", since=after(0), until=after(48)),
        Shift(role="safeguarding_lead", person="p-anyone", since=after(24)),
        Shift(role="front_door_team_manager", person="p-door"),
        Shift(role="emergency_duty_team", person="p-night"),
        Shift(role="line_manager", organisation="school-1", person="p-head"),
    )
)
UNDER = Arrangements(rota=ROTA)
HERE = {"organisation": "school-1", "under": UNDER}
DISCHARGED = Discharged(at=after(1), by="p-lead", outcome="no_further_action", reason="Seen and well.")


@pytest.mark.parametrize(
    ("organisation", "hours", "person"),
    [
        ("school-1", -1, "p-lead"),
        ("school-1", 0, "p-deputy"),
        ("school-1", 47.99, "p-deputy"),
        ("school-1", 48, "p-lead"),
        ("school-2", 24, "p-anyone"),
    ],
)
def test_who_holds_a_role(organisation, hours, person):
    assert who(ROTA, "safeguarding_lead", organisation, after(hours)).person == person


def test_nobody_on_the_rota_is_said_and_not_left_blank():
    answer = who(ROTA, "service_manager", "school-2", MONDAY)
    assert isinstance(answer, NobodyOnRota)
    assert str(answer) == "nobody is on the rota as service_manager in school-2 on 23/11/2026 at 09:00"


def test_a_firing_raises_a_duty_with_role_owner_due_time_and_rule():
    duty = raise_duty(AFiring(evidence=("e1", "e1", "e2")), duty_id="d1", at=after(-1), **HERE).duty
    assert (duty.role, duty.owner, duty.rule, duty.rule_version) == (
        "safeguarding_lead",
        "p-lead",
        "response.concern",
        1,
    )
    assert (duty.due.isoformat(), duty.evidence) == ("2026-11-30T23:59:59+00:00", ("e1", "e2"))


def test_a_note_raises_no_duty():
    assert raise_duty(AFiring(level="note"), duty_id="d1", at=MONDAY, **HERE) is None


def test_an_immediate_duty_at_night_is_the_emergency_team_s_within_the_hour():
    night = after(15)
    duty = raise_duty(AFiring(level="immediate"), duty_id="d1", at=night, **HERE).duty
    assert (duty.owner, duty.due - night) == ("p-night", timedelta(hours=1))


def test_a_role_that_nobody_holds_leaves_the_owner_empty():
    assert raise_duty(AFiring(), duty_id="d1", at=MONDAY, organisation="school-9", under=UNDER).duty.owner == ""


def test_more_of_the_same_level_brings_no_new_clock():
    event = add_evidence(AFiring(), Joins("d1", ("e2",), False), at=after(1), **HERE)
    assert (event.evidence, event.level, event.due) == (("e2",), "", None)


def test_a_more_serious_firing_brings_its_own_role_owner_and_clock():
    event = add_evidence(AFiring(level="threshold"), Joins("d1", (), True), at=after(1), **HERE)
    state = step(history(), event)
    assert (state.level, state.role, state.owner) == ("threshold", "front_door_team_manager", "p-door")
    assert state.due.isoformat() == "2026-11-24T23:59:59+00:00"


def test_a_challenge_is_a_duty_one_rung_up_on_the_same_question():
    event = Challenged(at=after(2), by="p-school", reason="He was not seen.")
    duty = challenge(history(DISCHARGED, event), event, duty_id="d2", **HERE)
    assert (duty.role, duty.owner, duty.question, duty.evidence) == ("line_manager", "p-head", "asthma", ("e1",))
    assert duty.raised == after(2)


def test_a_challenge_is_never_answered_by_whoever_discharged():
    state = history(replace(DISCHARGED, by="p-head"))
    event = Challenged(at=after(2), by="p-school", reason="He was not seen.")
    assert challenge(state, event, duty_id="d2", **HERE).owner == ""


def test_only_a_discharged_duty_is_challenged():
    with pytest.raises(DutyError, match="only a discharged duty"):
        challenge(history(), Challenged(at=after(2), by=OWNER, reason="Why?"), duty_id="d2", **HERE)


def test_what_is_raised_is_a_state_at_once():
    raised = raise_duty(AFiring(), duty_id="d1", at=MONDAY, **HERE)
    assert state_of([raised]).owner == "p-deputy"


def test_a_duty_that_comes_back_names_the_one_before():
    decided = opens_or_joins(AFiring(evidence=("e1", "e2")), [history(DISCHARGED)])
    raised = raise_duty(AFiring(), duty_id="d2", at=after(3), follows=decided.follows, **HERE)
    assert raised.duty.follows == "d1"


def test_one_that_is_overdue_already_leaves_its_owner_a_time_of_their_own_before_it_climbs():
    row = UNDER.rules.version("REF-DECISION", 1)
    event = raise_under(
        row, AFiring(question="clock:REF-DECISION:e1"), duty_id="d1", at=after(72), began=after(-72), **HERE
    )
    state = state_of([event])
    assert (state.duty.raised, state.due.date().isoformat()) == (after(-72), "2026-11-23")
    assert schedule(state, UNDER.rules, UNDER.calendar)[0].at == state.climbs_from > event.at


def test_a_dispute_is_due_no_later_than_what_protects_the_child():
    row = UNDER.rules.version("DISAGREEMENT", 1)
    asked = AFiring(question="disagreement:d9")
    event = raise_under(row, asked, duty_id="d1", at=MONDAY, owner="p-nurse", due_by=after(3), **HERE)
    assert (event.duty.owner, event.duty.due) == ("p-nurse", after(3))
    assert [rung.to_role for rung in schedule(state_of([event]), UNDER.rules, UNDER.calendar)] == [
        "line_manager", "service_manager", "delegated_safeguarding_partner", "lead_safeguarding_partner"
    ]  # fmt: skip
