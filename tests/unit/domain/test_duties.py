"""Duties: what may follow what, who is accountable, and that nothing ends by silence or for want of capacity."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import timedelta

import pytest
from support.duties import DUE, MONDAY, ONE_OF_EACH, OTHER, OWNER, AFiring, a_duty, after, history, raised

from nightlight.domain.clocks import default_rules
from nightlight.domain.duties import (
    OUTCOMES,
    SYSTEM,
    TRANSITIONS,
    Accepted,
    Acknowledged,
    Assigned,
    Challenged,
    Climb,
    Climbed,
    Declined,
    Discharged,
    DutyError,
    Event,
    EvidenceAdded,
    EvidenceMoved,
    HandedOver,
    Joins,
    Lapsed,
    NothingNew,
    Opens,
    Reckoned,
    Seen,
    Status,
    Withdrawn,
    is_new_evidence,
    opens_or_joins,
    schedule,
    state_of,
    step,
)
from nightlight.timeline.calendar import WorkingCalendar

ENGLAND = WorkingCalendar.england()
RULES = default_rules()
ACKNOWLEDGED = Acknowledged(at=after(1), by=OWNER)
HANDED_OVER = HandedOver(at=after(1), by=OWNER, to=OTHER)
DISCHARGED = Discharged(at=after(1), by=OWNER, outcome="no_further_action", reason="Seen, well, and followed up.")
REACH = {
    Status.OPEN: (),
    Status.ACKNOWLEDGED: (ACKNOWLEDGED,),
    Status.HANDOVER_PENDING: (HANDED_OVER,),
    Status.DISCHARGED: (DISCHARGED,),
}


def test_the_examples_hold_every_event_there_is():
    # By name: a dataclass with slots leaves its first self behind among the subclasses.
    there_are = {kind.__name__ for kind in Event.__subclasses__()} - {"Raised"}
    assert {type(event).__name__ for event in ONE_OF_EACH} == {kind.__name__ for kind in TRANSITIONS} == there_are


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda e: type(e).__name__)
def test_each_event_in_each_state_does_what_the_table_says(status, event):
    state = history(*REACH[status], evidence=("e1", "e2"))
    follows = TRANSITIONS[type(event)].get(status)
    if follows is None:
        with pytest.raises(DutyError, match="cannot happen to a duty that is"):
            step(state, event)
    elif follows in tuple(Status):
        assert step(state, event).status == follows
    else:
        assert step(state, event).status == status


def test_a_duty_is_raised_first_and_once():
    with pytest.raises(DutyError, match="raised before anything else"):
        state_of([ACKNOWLEDGED])
    with pytest.raises(DutyError, match="raised once"):
        history(raised())
    with pytest.raises(DutyError, match="no events"):
        state_of([])


def test_events_come_in_the_order_they_happened_and_say_who_did_them():
    with pytest.raises(DutyError, match="earlier than the one before"):
        history(Seen(at=after(2), by=OWNER), Seen(at=after(1), by=OWNER))
    with pytest.raises(DutyError, match="says who did it"):
        history(Seen(at=after(2), by=""))


def test_reading_is_not_deciding():
    before, seen = history(), history(Seen(at=after(1), by=OWNER))
    assert replace(seen, seen_by=frozenset(), last=before.last) == before
    assert seen.seen_by == {OWNER}


def test_only_the_owner_acknowledges_and_a_duty_without_an_owner_gets_one_that_way():
    with pytest.raises(DutyError, match="only the owner"):
        history(Acknowledged(at=after(1), by=OTHER))
    assert history(Acknowledged(at=after(1), by=OTHER), owner="").owner == OTHER


def test_the_sender_is_accountable_until_the_receiver_accepts():
    assert history(HANDED_OVER).owner == OWNER
    accepted = history(HANDED_OVER, Accepted(at=after(2), by=OTHER))
    assert (accepted.owner, accepted.status, accepted.offered_to) == (OTHER, Status.ACKNOWLEDGED, "")
    declined = history(HANDED_OVER, Declined(at=after(2), by=OTHER, reason="On leave."))
    assert (declined.owner, declined.status, declined.offered_to) == (OWNER, Status.OPEN, "")


@pytest.mark.parametrize("event", [Accepted(at=after(2), by=OWNER), Declined(at=after(2), by="p-3", reason="No.")])
def test_nobody_else_accepts_or_declines_a_handover(event):
    with pytest.raises(DutyError, match="only the person it was offered to"):
        history(HANDED_OVER, event)


def test_a_handover_changes_the_role_only_when_it_is_accepted():
    offered = HandedOver(at=after(1), by=OWNER, to=OTHER, to_role="school_nurse")
    assert history(offered).role == "safeguarding_lead"
    assert history(offered, Accepted(at=after(2), by=OTHER)).role == "school_nurse"


@pytest.mark.parametrize("to", ["", OWNER])
def test_a_handover_names_another_person(to):
    with pytest.raises(DutyError, match="another person"):
        history(HandedOver(at=after(1), by=OWNER, to=to))


def test_a_handover_to_the_wrong_person_can_be_offered_to_another():
    again = HandedOver(at=after(2), by=OWNER, to="p-3")
    assert history(HANDED_OVER, again, Accepted(at=after(3), by="p-3")).owner == "p-3"


@pytest.mark.parametrize("outcome", ["no_capacity", "", "closed"])
def test_want_of_capacity_is_never_an_outcome(outcome):
    with pytest.raises(DutyError, match="capacity is not one"):
        history(Discharged(at=after(1), by=OWNER, outcome=outcome, reason="Nobody free."))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_no_outcome_goes_without_a_reason(outcome):
    with pytest.raises(DutyError, match="takes a reason"):
        history(Discharged(at=after(1), by=OWNER, outcome=outcome, reason="  \n"))


def test_a_clock_never_discharges():
    with pytest.raises(DutyError, match="only a person"):
        history(Discharged(at=after(1), by=SYSTEM, outcome="no_further_action", reason="Time ran out."))


def test_overdue_starts_after_the_due_time_and_ends_with_the_discharge():
    late = DUE + timedelta(days=1)
    state = history(replace(DISCHARGED, at=late))
    moments = (DUE, DUE + timedelta(seconds=1), late, late + timedelta(days=9))
    assert [state.overdue(at) for at in moments] == [False, True, False, False]


def test_a_duty_lapses_at_its_due_time_and_once():
    lapsed = Lapsed(at=DUE, by=SYSTEM)
    assert history(lapsed).lapsed_at == DUE
    with pytest.raises(DutyError, match="not before"):
        history(Lapsed(at=DUE - timedelta(seconds=1), by=SYSTEM))
    with pytest.raises(DutyError, match="lapses once"):
        history(lapsed, lapsed)


def test_climbing_makes_the_higher_role_s_holder_accountable_and_asks_for_an_answer_again():
    state = history(ACKNOWLEDGED, Climbed(at=after(2), by=SYSTEM, to_role="line_manager", owner="p-head"))
    assert (state.role, state.owner, state.status) == ("line_manager", "p-head", Status.OPEN)


def test_climbing_to_a_role_nobody_holds_leaves_the_owner_accountable():
    assert history(Climbed(at=after(2), by=SYSTEM, to_role="line_manager")).owner == OWNER


def test_climbing_ends_an_offer_that_nobody_answered():
    state = history(HANDED_OVER, Climbed(at=after(2), by=SYSTEM, to_role="line_manager"))
    with pytest.raises(DutyError):
        step(state, Accepted(at=after(3), by=OTHER))


def test_more_evidence_joins_once():
    state = history(EvidenceAdded(at=after(1), by=SYSTEM, evidence=("e2", "e1", "e2")))
    assert state.evidence == ("e1", "e2")


def more_serious(due, **changes):
    given = {"level": "immediate", "role": "front_door_team_manager", "rule": "response.immediate", "rule_version": 1}
    return EvidenceAdded(at=after(2), by=SYSTEM, evidence=("e9",), due=due, **given | changes)


def test_a_more_serious_firing_raises_the_level_brings_the_due_time_forward_and_asks_again():
    state = history(ACKNOWLEDGED, more_serious(after(3), owner="p-door"))
    assert (state.level, state.due, state.role) == ("immediate", after(3), "front_door_team_manager")
    assert (state.owner, state.status, state.rule) == ("p-door", Status.OPEN, "response.immediate")


def test_a_due_time_never_goes_back():
    assert history(more_serious(DUE + timedelta(days=3))).due == DUE
    assert history(EvidenceAdded(at=after(1), by=SYSTEM, evidence=("e2",), level="concern", due=after(900))).due == DUE


def test_a_less_serious_firing_only_adds_its_evidence():
    state = history(more_serious(after(3)), EvidenceAdded(at=after(2), by=SYSTEM, evidence=("e5",), level="concern"))
    assert (state.level, state.due, state.evidence) == ("immediate", after(3), ("e1", "e9", "e5"))


def test_a_challenge_needs_a_reason_and_keeps_the_discharge():
    state = history(DISCHARGED, Challenged(at=after(2), by="p-school", reason="He was not seen."))
    assert state.is_discharged
    assert [challenge.by for challenge in state.challenges] == ["p-school"]
    with pytest.raises(DutyError, match="takes a reason"):
        history(DISCHARGED, Challenged(at=after(2), by="p-school", reason=" "))


def test_the_schedule_climbs_the_ladder_from_the_due_time():
    weeks = [(climb.at.date().isoformat(), climb.to_role) for climb in schedule(history(), RULES, ENGLAND)]
    assert weeks == [
        ("2026-11-30", "line_manager"),
        ("2026-12-02", "service_manager"),
        ("2026-12-04", "delegated_safeguarding_partner"),
        ("2026-12-11", "lead_safeguarding_partner"),
    ]


def test_the_schedule_of_an_immediate_duty_runs_through_the_weekend_and_out_of_hours():
    saturday = MONDAY - timedelta(days=2)
    duty = a_duty(level="immediate", rule="response.immediate", raised=saturday, due=saturday + timedelta(hours=1))
    state = state_of([type(raised())(at=saturday, by=SYSTEM, duty=duty)])
    assert schedule(state, RULES, ENGLAND) == (
        Climb(saturday + timedelta(hours=1), "emergency_duty_team_manager"),
        Climb(saturday + timedelta(hours=2), "delegated_safeguarding_partner"),
        Climb(saturday + timedelta(hours=4), "lead_safeguarding_partner"),
    )


def test_the_schedule_goes_on_from_the_rung_that_was_reached():
    climbed = Climbed(at=DUE + timedelta(days=1), by=SYSTEM, to_role="line_manager")
    left = schedule(history(climbed), RULES, ENGLAND)
    assert [climb.to_role for climb in left] == [climb.to_role for climb in schedule(history(), RULES, ENGLAND)][1:]
    assert left[0].at.date().isoformat() == "2026-12-03"


def test_a_level_raised_on_an_overdue_duty_leaves_its_own_time_to_whoever_must_answer_now():
    late = DUE + timedelta(days=2)
    climbed = Climbed(at=DUE + timedelta(seconds=1), by=SYSTEM, to_role="line_manager")
    state = history(climbed, replace(more_serious(late + timedelta(hours=1)), at=late))
    assert (state.due, state.climbs) == (DUE, ())
    assert schedule(state, RULES, ENGLAND)[0].at == late + timedelta(hours=1)


def test_a_discharged_duty_climbs_no_more():
    assert schedule(history(DISCHARGED), RULES, ENGLAND) == ()


def test_acknowledging_stops_no_clock():
    assert schedule(history(ACKNOWLEDGED), RULES, ENGLAND) == schedule(history(), RULES, ENGLAND)


@pytest.mark.parametrize(
    ("firing", "expected"),
    [
        (AFiring(evidence=("e1",)), NothingNew("d1")),
        (AFiring(evidence=("e1", "e2")), Joins("d1", ("e2",), False)),
        (AFiring(level="threshold"), Joins("d1", (), True)),
        (AFiring(level="note", evidence=("e3",)), Joins("d1", ("e3",), False)),
        (AFiring(question="attendance"), Opens()),
        (AFiring(child="c2"), Opens()),
    ],
)
def test_one_duty_is_open_for_a_child_and_a_question(firing, expected):
    assert opens_or_joins(firing, [history()]) == expected


@pytest.mark.parametrize(
    ("firing", "expected"),
    [
        (AFiring(), NothingNew("d1")),
        (AFiring(level="immediate"), NothingNew("d1")),
        (AFiring(evidence=("e1", "e2")), Opens("d1")),
        (AFiring(evidence=(), since=after(0)), NothingNew("d1")),
        (AFiring(evidence=(), since=after(2)), Opens("d1")),
        (AFiring(question="attendance"), Opens()),
    ],
)
def test_what_was_set_aside_returns_only_with_new_evidence(firing, expected):
    assert opens_or_joins(firing, [history(DISCHARGED)]) == expected


def test_evidence_set_aside_by_two_discharges_together_is_not_new():
    second = history(DISCHARGED, id="d2", evidence=("e2",))
    assert not is_new_evidence(AFiring(evidence=("e1", "e2")), [history(DISCHARGED), second])


def test_an_event_cannot_be_changed_afterwards():
    with pytest.raises(FrozenInstanceError):
        ACKNOWLEDGED.by = OTHER


@pytest.mark.parametrize("changes", [{"level": "dire"}, {"due": MONDAY - timedelta(hours=1)}])
def test_a_duty_that_means_nothing_cannot_be_made(changes):
    with pytest.raises(DutyError):
        a_duty(**changes)


VISIT = Discharged(at=after(2), by="entry:e9", outcome="on_record", reason="The child was seen.", evidence=("e9",))
CLOCK = "clock:CPP-VISIT:e1"


def test_the_duty_of_a_clock_ends_with_the_entry_that_it_waited_for():
    state = history(VISIT, question=CLOCK)
    assert (state.outcome, state.discharged_by, state.evidence) == ("on_record", "entry:e9", ("e1", "e9"))


@pytest.mark.parametrize(
    ("event", "question"),
    [
        (VISIT, "asthma"),
        (replace(VISIT, evidence=()), CLOCK),
        (replace(VISIT, by=OWNER), CLOCK),
        (replace(VISIT, outcome="no_further_action"), CLOCK),
        (replace(VISIT, by=OWNER, outcome="post_filled", evidence=()), CLOCK),
    ],
)
def test_an_entry_ends_nothing_else(event, question):
    with pytest.raises(DutyError, match="an outcome is one of"):
        history(event, question=question)


def test_a_place_on_the_rota_ends_the_duty_that_nobody_was_on_it():
    filled = Discharged(at=after(2), by=OTHER, outcome="post_filled", reason="On the rota from today.")
    assert history(filled, question="rota:cp_chair:").is_discharged


def test_what_rested_only_on_errors_is_withdrawn_with_the_reason_and_comes_back_when_it_is_asked_again():
    withdrawn = Withdrawn(at=after(2), by="entry:e9", reason="Recorded on the wrong child.", evidence=("e9",))
    state = history(withdrawn)
    assert (state.is_discharged, state.is_withdrawn, state.reason) == (True, True, "Recorded on the wrong child.")
    for evidence in ("e1", "e2"):  # a withdrawn duty was weighed by nobody
        assert opens_or_joins(AFiring(evidence=(evidence,)), [state]) == Opens("d1")
    with pytest.raises(DutyError, match="name those"):
        history(replace(withdrawn, evidence=()))


def test_evidence_that_moved_in_part_leaves_the_rest_and_changes_nothing_else():
    before = history(Acknowledged(at=after(1), by=OWNER), evidence=("e1", "e2", "e3"))
    left = step(before, EvidenceMoved(at=after(2), by="entry:e2", evidence=("e2",)))
    assert left == replace(before, evidence=("e1", "e3"), last=after(2))
    for evidence in (("e1", "e2", "e3"), ("e9",), ()):
        with pytest.raises(DutyError, match="a part of the evidence moves"):
            step(before, EvidenceMoved(at=after(2), by="entry:e2", evidence=evidence))


def test_a_corrected_start_moves_the_due_time_either_way_and_what_is_to_come_has_not_lapsed():
    earlier = history(Reckoned(at=after(1), by="entry:e9", due=after(2), evidence=("e9",)))
    assert (earlier.due, earlier.evidence) == (after(2), ("e1", "e9"))
    late = DUE + timedelta(hours=1)
    moved = Reckoned(at=late, by="entry:e9", due=late + timedelta(days=2), evidence=("e9",))
    state = history(Lapsed(at=DUE, by=SYSTEM), moved)
    assert (state.lapsed_at, state.climbs_from) == (None, late + timedelta(days=2))


def test_the_rota_names_somebody_for_a_duty_that_nobody_had_and_they_are_asked():
    state = history(Assigned(at=after(1), by=SYSTEM, owner=OTHER, reason="On call."), owner="")
    assert (state.owner, state.status, state.climbs) == (OTHER, Status.OPEN, ())
    for owner in ("", OWNER):
        with pytest.raises(DutyError, match="whom the rota names"):
            history(Assigned(at=after(1), by=SYSTEM, owner=owner, reason="On call."))


def test_what_was_shown_before_a_decision_is_kept_with_it():
    assert history(replace(DISCHARGED, shown=("d7", "d8"))).shown == ("d7", "d8")
