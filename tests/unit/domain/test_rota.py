"""The rota's answers: why it is this person, who covers, and why nobody does."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from support.duties import MONDAY, after

from nightlight.domain.rota import LEFT, Absence, OnCall, Rota, Shift, gaps, who
from nightlight.domain.rule_types import OfficeHours

LEAD = Shift(role="safeguarding_lead", organisation="school-1", person="p-lead", since=after(-100))
DEPUTY = Shift(role="safeguarding_lead", organisation="school-1", person="p-deputy", since=after(-200))


def sick(person, cover="", **more):
    return Absence(person=person, since=after(0), until=after(48), why="sickness", cover=cover, **more)


@pytest.mark.parametrize(
    ("absences", "person", "because"),
    [
        ((), "p-lead", "holds the role"),
        ((sick("p-lead"),), "p-deputy", "holds the role"),
        ((sick("p-lead", "p-head"),), "p-head", "covers for p-lead, who is away (sickness)"),
        ((sick("p-lead", "p-head"), sick("p-head")), "p-deputy", "holds the role"),
        (
            (sick("p-lead", "p-head"), sick("p-head"), Absence(person="p-deputy", why=LEFT)),
            "",
            "p-lead is away (sickness), and so is p-head, who covers; p-deputy has left",
        ),
    ],
)
def test_who_answers_when_people_are_away(absences, person, because):
    answer = who(Rota((LEAD, DEPUTY), absences), "safeguarding_lead", "school-1", MONDAY)
    assert (answer.person, answer.because) == (person, because)


@pytest.mark.parametrize(
    ("shift", "because"),
    [
        (None, "nobody was ever named"),
        (Shift(role="r", person="p", until=after(-1)), "the last shift has ended, so the post is vacant"),
        (Shift(role="r", person="p", since=after(1)), "the first shift has not begun"),
        (Shift(role="r", person="p", on_call=(OnCall(6, time(0), time(12)),)), "nobody is on call at that hour"),
    ],
)
def test_nobody_says_why(shift, because):
    assert who(Rota((shift,) if shift else ()), "r", "", MONDAY).because == because


def test_the_gaps_of_a_week_are_known_before_they_come():
    (gap,) = gaps(Rota((LEAD,), (sick("p-lead"),)), "safeguarding_lead", "school-1", after(-10), after(100))
    assert (gap.since, gap.until) == (after(0), after(48))


def test_a_control_room_is_open_every_day():
    from nightlight.timeline.calendar import WorkingCalendar

    sunday = MONDAY - timedelta(days=1)
    for every_day in (True, False):
        hours = OfficeHours(time(0), time(23, 59), every_day=every_day)
        assert hours.include(sunday, WorkingCalendar.england()) is every_day
