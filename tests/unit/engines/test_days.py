"""The table of days against the calendar that it is made of, and what follows outside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightlight.engines.days import _STARTS, TABLE_FROM, TABLE_TO, start_of, table, until
from nightlight.engines.layout import FIRST, LAST, micros
from nightlight.engines.results import moment
from nightlight.indicators.history import History
from nightlight.indicators.nodes import Window
from nightlight.timeline.calendar import WorkingCalendar, start_of_day
from nightlight.timeline.instants import BEGINNING, END

CALENDAR = WorkingCalendar.england()
HISTORY = History((), None, CALENDAR)
DAYS = table(CALENDAR)


def test_every_date_of_the_table_starts_when_it_does_in_london():
    wrong = [
        day for day in range(TABLE_FROM, TABLE_TO + 1)
        if DAYS[day - TABLE_FROM] != micros(start_of_day.__wrapped__(date.fromordinal(day)))
    ]  # fmt: skip
    assert len(DAYS[:_STARTS]) == TABLE_TO - TABLE_FROM + 1
    assert wrong == []


@given(st.dates())
def test_every_other_date_does_too(day):
    assert start_of.py_func(day.toordinal(), DAYS) == micros(start_of_day(day))


moments = st.datetimes(timezones=st.just(UTC)) | st.sampled_from([BEGINNING, END])


@given(moments, st.integers(1, 400), st.booleans())
def test_a_window_ends_when_the_history_says(at, number, working):
    window = -number if working else number * 86_400_000_000
    expected = HISTORY.until(at, Window(number, working))
    assert moment(until.py_func(micros(at), window, DAYS)) == expected


@pytest.mark.parametrize("at", ["2024-03-29", "2024-12-24T23:59:59", "1899-12-31", "1900-01-01", "2099-12-31T12:00"])
@pytest.mark.parametrize("nudge", [-1, 0, 1])
def test_a_working_window_ends_when_the_history_says_at_the_edges(at, nudge):
    moment_at = datetime.fromisoformat(at).replace(tzinfo=UTC) + timedelta(microseconds=nudge)
    expected = HISTORY.until(moment_at, Window(1, working=True))
    assert moment(until.py_func(micros(moment_at), -1, DAYS)) == expected


def test_unbounded_ends_stay_so():
    assert [until.py_func(at, 5, DAYS) for at in (FIRST, LAST)] == [FIRST, LAST]
