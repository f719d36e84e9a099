"""Any rota, at any instant: exactly one person answers, or nobody does and why is said; the stretches leave no gap."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nightlight.domain.rota import LEFT, Absence, NobodyOnRota, OnCall, OnRota, Rota, Shift, gaps, turns, who
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.instants import END
from nightlight.timeline.london import LONDON, local_time

ENGLAND = WorkingCalendar.england()
PEOPLE = ("p1", "p2", "p3")
# The clocks change in both weeks: 29 March and 25 October 2026; Good Friday is 3 April.
STARTS = (datetime(2026, 3, 27, 12, tzinfo=UTC), datetime(2026, 10, 23, 12, tzinfo=UTC))
WEEK = timedelta(days=8)
starts = st.sampled_from(STARTS)
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
on_call = st.lists(st.builds(OnCall, st.integers(0, 6), times, times), max_size=4).map(tuple)


@st.composite
def rotas(draw):
    start = draw(starts)
    moment = st.integers(-24, 24 * 9).map(lambda n: start + timedelta(hours=n))
    people = st.sampled_from(PEOPLE)
    shifts = st.builds(
        Shift, role=st.just("r"), person=people, organisation=st.sampled_from(["", "o1"]), since=moment,
        until=moment | st.just(END), on_call=on_call, holidays=st.booleans(),
    )  # fmt: skip
    absences = st.builds(
        Absence, person=people, since=moment, until=moment | st.just(END), cover=st.sampled_from(["", *PEOPLE]),
        why=st.sampled_from(["sick", LEFT]),
    )  # fmt: skip
    rota = Rota(draw(st.lists(shifts, max_size=5).map(tuple)), draw(st.lists(absences, max_size=3).map(tuple)))
    return start, rota


@given(rotas(), st.integers(0, 8 * 24 * 60))
def test_one_person_answers_or_nobody_and_why(drawn, minutes):
    start, rota = drawn
    at = start + timedelta(minutes=minutes)
    answer = who(rota, "r", "o1", at)
    if isinstance(answer, NobodyOnRota):
        assert answer.person == ""
        assert answer.because
        return
    assert isinstance(answer, OnRota)
    assert answer.person in PEOPLE
    assert answer.because
    assert answer.shift.since <= at < answer.shift.until
    assert not any(a.person == answer.person and a.lasts(at) for a in rota.absences)


@given(rotas())
def test_the_stretches_of_a_week_agree_with_every_quarter_of_an_hour(drawn):
    start, rota = drawn
    found = turns(rota, "r", "o1", start, start + WEEK)
    assert found[0].since == start
    assert found[-1].until == start + WEEK
    assert all(one.until == other.since for one, other in itertools.pairwise(found))
    for n in range(8 * 24 * 4):
        at = start + timedelta(minutes=15 * n)
        (turn,) = [t for t in found if t.since <= at < t.until]
        assert turn.answer.person == who(rota, "r", "o1", at).person
    uncovered = gaps(rota, "r", "o1", start, start + WEEK)
    assert all(not turn.answer.person for turn in uncovered)


@given(st.builds(OnCall, st.integers(0, 6), times, times), st.integers(0, 8 * 24 * 4), starts)
def test_on_call_hours_are_those_on_a_clock_in_london(hours, quarters, start):
    local = local_time(start + timedelta(minutes=15 * quarters))
    opens = local.replace(hour=hours.start.hour, minute=hours.start.minute, tzinfo=None)
    shut = opens.replace(hour=hours.end.hour, minute=hours.end.minute)
    shut += timedelta(days=1) if shut <= opens else timedelta()
    naive = local.replace(tzinfo=None)
    days = (timedelta(), timedelta(days=-1))
    expected = any(opens + back <= naive < shut + back and (opens + back).weekday() == hours.weekday for back in days)
    assert hours.include(local) is expected


def test_a_night_shift_lasts_an_hour_less_when_the_clocks_go_forward():
    night = Shift(role="r", person="p1", on_call=(OnCall(5, time(21), time(9)),))
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    (shift,) = [t for t in turns(Rota((night,)), "r", "", start, start + timedelta(days=1)) if t.answer.person]
    assert shift.until - shift.since == timedelta(hours=11)
    assert shift.until.astimezone(LONDON).time() == time(9)


def test_bank_holidays_are_on_call_where_the_shift_says_so():
    christmas = datetime(2026, 12, 25, 11, tzinfo=UTC)  # a Friday
    for holidays, person in [(False, ""), (True, "p1")]:
        shift = Shift(role="r", person="p1", on_call=(OnCall(4, time(17), time(9)),), holidays=holidays)
        assert who(Rota((shift,)), "r", "", christmas).person == person
