"""Working days against walking a day at a time; local days and clock hours across the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from nightlight.timeline.calendar import (
    WorkingCalendar,
    add_clock_hours,
    add_months,
    end_of_day,
    local_date,
    start_of_day,
)
from nightlight.timeline.spans import Span, Spans

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)
# Around Easter, Christmas, the clock changes, and the two extra holidays of these years.
days = st.one_of(
    st.dates(date(2000, 1, 1), date(2040, 12, 31)),
    st.dates(date(2022, 9, 10), date(2022, 9, 25)),
    st.dates(date(2026, 3, 20), date(2026, 4, 10)),
    st.dates(date(2026, 10, 20), date(2026, 10, 30)),
    st.dates(date(2026, 12, 20), date(2027, 1, 6)),
)
times = st.times()
calendars = st.sampled_from(
    [WorkingCalendar.england(), WorkingCalendar.england([date(2026, 12, 29), date(2026, 12, 30)]), WorkingCalendar()]
)


def walk(calendar, day, n):
    """The nth working day from a date, a day at a time."""
    if n == 0:
        while not calendar.is_working_day(day):
            day += DAY
        return day
    step = DAY if n > 0 else -DAY
    for _ in range(abs(n)):
        day += step
        while not calendar.is_working_day(day):
            day += step
    return day


def london(day, time):
    return datetime.combine(day, time, LONDON)


@given(calendars, days, st.integers(-30, 60))
def test_nth_working_day_is_what_walking_finds(calendar, day, n):
    assert calendar.nth_working_day(day, n) == walk(calendar, day, n)
    assert calendar.next_working_day(day) == walk(calendar, day, 1)


@given(calendars, days, days)
def test_working_days_between_is_what_walking_counts(calendar, a, b):
    first, last = min(a, b), max(a, b)
    last = min(last, first + 90 * DAY)
    counted = sum(calendar.is_working_day(first + k * DAY) for k in range(1, (last - first).days + 1))
    assert calendar.working_days_between(first, last) == counted
    assert calendar.working_days_between(last, first) == -counted
    assert calendar.working_days_between(start_of_day(first), start_of_day(last)) == counted


@given(calendars, days, st.integers(1, 60))
def test_adding_and_counting_agree(calendar, day, n):
    assert calendar.working_days_between(day, calendar.nth_working_day(day, n)) == n


@given(calendars, days, times, st.integers(-5, 45))
def test_due_is_the_last_second_of_day_n_in_london(calendar, day, time, n):
    instant = london(day, time)
    due = calendar.add_working_days(instant, n)
    assert due.tzinfo is UTC
    assert due.astimezone(LONDON).replace(tzinfo=None).isoformat() == f"{walk(calendar, day, n)}T23:59:59"
    assert calendar.end_of_nth_working_day(instant, n) == start_of_day(walk(calendar, day, n) + DAY)
    if n > 0:
        assert calendar.working_window(instant, n) == Span(instant.astimezone(UTC), due + timedelta(seconds=1))


@given(calendars, days, times, days, times)
def test_non_working_spans_hold_the_moments_of_non_working_days(calendar, day, time, other, other_time):
    start = london(day, time).astimezone(UTC)
    end = min(max(start, london(other, other_time).astimezone(UTC)), start + 21 * DAY)
    found = calendar.non_working_spans(Span(start, end))
    assert Spans.of(start, end).covers(found)
    moment = start
    while moment < end:
        assert (moment in found) == (not calendar.is_working_day(moment.astimezone(LONDON).date()))
        moment += timedelta(minutes=37)


@given(days)
@example(FORWARD)
@example(BACK)
def test_a_local_day_is_whole(day):
    start, end = start_of_day(day), end_of_day(day)
    assert start.astimezone(LONDON).replace(tzinfo=None).isoformat() == f"{day}T00:00:00"
    assert end == start_of_day(day + DAY)
    assert local_date(start) == local_date(end - timedelta(microseconds=1)) == day
    assert local_date(end) == day + DAY


@given(days, times, st.integers(-200, 200))
@example(FORWARD, datetime.min.time(), 24)
@example(BACK, datetime.min.time(), 24)
def test_clock_hours_are_hours_that_pass(day, time, hours):
    instant = london(day, time)
    later = add_clock_hours(instant, hours)
    assert later.tzinfo is UTC
    assert later.timestamp() == instant.timestamp() + hours * 3600


@given(days, st.integers(-240, 240))
def test_adding_months_keeps_the_day_or_the_end_of_the_month(day, n):
    later = add_months(day, n)
    assert (later.year - day.year) * 12 + later.month - day.month == n
    assert later.day == day.day or (later.day < day.day and (later + DAY).day == 1)
