"""The clockwork: the edges of a duty, what follows at each, and who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.duties import DUE, MONDAY, OWNER, AFiring, after, history

from nightlight.domain.clockwork import Clockwork, Done, Held
from nightlight.domain.duties import Acknowledged, Climbed, Discharged, HandedOver, Lapsed, schedule, step
from nightlight.domain.notices import Why
from nightlight.domain.raising import Arrangements, raise_under
from nightlight.domain.rota import Rota, Shift

EVERYBODY = ("line_manager", "service_manager", "delegated_safeguarding_partner", "lead_safeguarding_partner")
LATE = timedelta(hours=3)


def under(*roles):
    return Arrangements(rota=Rota(tuple(Shift(role=role, person=role) for role in roles)))


def held(*events, **changes):
    return Held(history(*events, **changes), 1 + len(events), "school-1")


def test_next_edge_is_the_due_time_then_the_rung_that_the_schedule_says():
    clockwork = Clockwork(under(*EVERYBODY))
    assert clockwork.next_edge(history()) == DUE
    lapsed = history(Lapsed(at=DUE, by="system"), Climbed(at=DUE, by="system", to_role="line_manager", owner="b"))
    given = clockwork.under
    assert clockwork.next_edge(lapsed) == schedule(lapsed, given.rules, given.calendar)[0].at


def test_acknowledging_stops_no_clock_and_a_discharged_duty_has_none():
    clockwork = Clockwork(under(*EVERYBODY))
    assert clockwork.next_edge(history(Acknowledged(at=after(1), by=OWNER))) == DUE
    ended = history(Discharged(at=after(1), by=OWNER, outcome="referred", reason="Met."))
    assert clockwork.next_edge(ended) is None
    turn = clockwork.turn(Held(ended, 2, "s"), DUE + LATE)
    assert (turn.events, turn.notices, turn.next_edge) == ((), (), None)


def test_turn_is_written_when_it_is_done_and_says_how_late_it_was():
    turn = Clockwork(under(*EVERYBODY)).turn(held(), DUE + LATE)
    assert [type(event) for event in turn.events] == [Lapsed, Climbed]
    assert {event.at for event in turn.events} == {DUE + LATE}
    assert turn.late == LATE


def test_clock_that_was_put_back_writes_no_event_before_the_last():
    seen_ahead = Acknowledged(at=DUE + LATE, by=OWNER)
    turn = Clockwork(under(*EVERYBODY)).turn(held(seen_ahead), DUE)
    assert {event.at for event in turn.events} == {DUE + LATE}


def test_whoever_it_climbs_to_after_a_long_outage_has_the_whole_of_their_time():
    now = DUE + timedelta(days=60)
    turn = Clockwork(under(*EVERYBODY)).turn(held(), now)
    assert [event.to_role for event in turn.events[1:]] == ["line_manager"]
    assert turn.next_edge > now + timedelta(days=1)


def test_handover_that_was_never_accepted_does_not_stop_a_climb():
    turn = Clockwork(under(*EVERYBODY)).turn(held(HandedOver(at=after(1), by=OWNER, to="p-other")), DUE)
    assert turn.state.owner == "line_manager"
    assert turn.state.offered_to == ""


def test_top_of_the_ladder_reminds_each_day_once():
    clockwork = Clockwork(under(*EVERYBODY))
    state, now, number = held(), DUE, 1
    while state.state.climbs[-1:] != ("lead_safeguarding_partner",):
        turn = clockwork.turn(state, now)
        number += len(turn.events)
        state, now = Held(turn.state, number, "school-1"), turn.next_edge
    keys = [clockwork.turn(state, now + timedelta(days=n)).notices[0].key for n in range(3)]
    assert keys == [f"d1.reminder.{n}" for n in (1, 2, 3)]
    assert clockwork.turn(state, now).next_edge == now + timedelta(days=1)


@pytest.mark.parametrize("role", EVERYBODY)
def test_rung_that_nobody_is_on_is_passed_at_once(role):
    given = under(*(each for each in EVERYBODY if each != role))
    state, now = held(), DUE
    for _ in range(10):
        turn = Clockwork(given).turn(state, now)
        assert turn.state.owner != role
        assert all(wanted.person for wanted in turn.notices)
        state, now = Held(turn.state, state.number + len(turn.events), "school-1"), turn.next_edge
    assert state.state.climbs == EVERYBODY


def test_someone_unreached_on_a_slow_clock_has_it_still_and_the_next_person_hears():
    turn = Clockwork(under(*EVERYBODY)).unreached(held(), OWNER, "n1.unreached", after(2))
    assert turn.events == ()
    assert [(each.why, each.person) for each in turn.notices] == [(Why.UNREACHED, "line_manager")]
    assert turn.next_edge == DUE


def test_someone_unreached_on_a_fast_clock_is_climbed_past_at_once():
    given = under("service_manager", "delegated_safeguarding_partner")
    fast = held(rule="response.immediate", level="immediate", due=MONDAY + timedelta(hours=1))
    turn = Clockwork(given).unreached(fast, OWNER, "n1.unreached", after(0.1))
    assert turn.state.owner == "service_manager"
    assert [each.fast for each in turn.notices] == [True]


def test_unreached_person_who_has_the_duty_no_more_changes_nothing():
    assert Clockwork(under(*EVERYBODY)).unreached(held(), "p-other", "n1.unreached", after(2)) is None


def test_batch_says_that_it_was_late_from_a_minute():
    assert not Done(late=timedelta(seconds=60)).was_late
    assert Done(late=timedelta(seconds=61)).was_late


def test_a_rung_tells_whoever_need_not_answer():
    shifts = (Shift(role="service_manager", person="boss"), Shift(role="business_unit", person="unit"))
    under = Arrangements(rota=Rota(shifts))
    row = under.rules.in_force("DISAGREEMENT", MONDAY)
    asked = AFiring(question="disagreement:d1", level=row.duty_level)
    raised = raise_under(row, asked, duty_id="d2", at=MONDAY, organisation="o", under=under, owner="p1")
    state = step(None, raised)
    turn = Clockwork(under).turn(Held(state, 1, "o"), MONDAY + timedelta(days=60))
    assert ("unit", Why.TOLD) in [(each.person, each.why) for each in turn.notices]
    assert "unit" != turn.state.owner
