"""England's working days at the dates that catch programs out, and hours across the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from nightlight.timeline import (
    BEGINNING,
    END,
    Span,
    Spans,
    TimelineError,
    WorkingCalendar,
    add_clock_hours,
    add_months,
    end_of_day,
    local_date,
    local_time,
    start_of_day,
)

LONDON = ZoneInfo("Europe/London")
ENGLAND = WorkingCalendar.england()


def london(*numbers):
    return datetime(*numbers, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2022, 9, 19), False),  # the late Queen's funeral
        (date(2023, 5, 8), False),  # the coronation
        (date(2020, 5, 8), False),  # VE Day, moved from Monday
        (date(2020, 5, 4), True),
        (date(2026, 6, 15), True),  # Scotland only
        (date(2026, 1, 2), True),  # Scotland only
        (date(2026, 3, 17), True),  # Northern Ireland only
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 12, 28), False),  # Boxing Day, moved from Saturday
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(1900, 1, 1), True),  # a Monday, and no holiday before 1974
        (date(2099, 12, 31), True),
    ],
)
def test_england_knows_its_holidays(day, working):
    assert ENGLAND.is_working_day(day) is working


def test_closures_do_not_count_where_an_office_is_configured_so():
    closed = WorkingCalendar.england([date(2026, 12, 29)])
    assert not closed.is_working_day(date(2026, 12, 29))
    assert ENGLAND.is_working_day(date(2026, 12, 29))
    assert closed.next_working_day(date(2026, 12, 24)) == date(2026, 12, 30)
    assert WorkingCalendar.england() is ENGLAND


@pytest.mark.parametrize(
    ("trigger", "n", "due"),
    [
        (london(2026, 11, 23, 9), 1, "2026-11-24T23:59:59+00:00"),
        (london(2026, 11, 23, 9), 0, "2026-11-23T23:59:59+00:00"),
        (london(2026, 11, 21, 9), 0, "2026-11-23T23:59:59+00:00"),  # a Saturday
        (london(2026, 11, 21, 9), 1, "2026-11-23T23:59:59+00:00"),
        (london(2026, 7, 1, 9), 1, "2026-07-02T22:59:59+00:00"),
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), 1, "2026-07-03T22:59:59+00:00"),  # already 2 July in London
        (london(2026, 3, 27, 9), 1, "2026-03-30T22:59:59+00:00"),  # clocks go forward between
        (london(2026, 10, 23, 9), 1, "2026-10-26T23:59:59+00:00"),  # and back
        (london(2026, 12, 24, 9), 1, "2026-12-29T23:59:59+00:00"),
        (london(2026, 3, 2, 9), 15, "2026-03-23T23:59:59+00:00"),  # an initial conference
        (london(2026, 3, 2, 9), 45, "2026-05-07T22:59:59+00:00"),  # an assessment, over Easter and May Day
        (london(2026, 11, 25, 9), -2, "2026-11-23T23:59:59+00:00"),
        (london(2026, 11, 22, 9), -1, "2026-11-20T23:59:59+00:00"),
    ],
)
def test_due_at_the_end_of_working_day_n(trigger, n, due):
    assert ENGLAND.add_working_days(trigger, n).isoformat() == due
    assert ENGLAND.end_of_nth_working_day(trigger, n) == datetime.fromisoformat(due) + timedelta(seconds=1)


def test_nothing_for_ten_working_days_is_known_in_advance():
    visits = [london(2026, 11, 2, 15), london(2026, 11, 11, 15)]
    seen = Spans(ENGLAND.working_window(visit, 10) for visit in visits)
    assert (~seen).next_edge(visits[0]) == london(2026, 11, 26).astimezone(UTC)


def test_working_days_between_counts_the_last_and_not_the_first():
    assert ENGLAND.working_days_between(date(2026, 11, 20), date(2026, 11, 24)) == 2
    assert ENGLAND.working_days_between(date(2026, 11, 24), date(2026, 11, 20)) == -2
    assert ENGLAND.working_days_between(london(2026, 7, 1, 23, 30), london(2026, 7, 2, 0, 30)) == 1


def test_non_working_spans_follow_londons_midnights():
    week = Span(start_of_day(date(2026, 3, 23)), start_of_day(date(2026, 3, 31)))
    assert ENGLAND.non_working_spans(week) == Spans.of(
        datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 29, 23, tzinfo=UTC)
    )
    inside = Span(london(2026, 3, 28, 12).astimezone(UTC), london(2026, 3, 28, 13).astimezone(UTC))
    assert ENGLAND.non_working_spans(inside) == Spans([inside])


def test_outside_the_table_is_refused_and_says_so():
    with pytest.raises(TimelineError, match="counted for 1900 to 2099, and this date is in 1899"):
        ENGLAND.is_working_day(date(1899, 12, 31))
    with pytest.raises(TimelineError, match="1 working days from 2099 leads out of 1900 to 2099"):
        ENGLAND.next_working_day(date(2099, 12, 31))
    with pytest.raises(TimelineError, match="leads out of"):
        ENGLAND.nth_working_day(date(1900, 1, 2), -5)
    with pytest.raises(TimelineError, match="give a bounded span"):
        ENGLAND.non_working_spans(Span(BEGINNING, END))


def test_dates_and_moments_are_not_mixed_up():
    with pytest.raises(TypeError, match="give local_date"):
        ENGLAND.is_working_day(london(2026, 7, 1, 0, 30))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (london(2026, 3, 28, 12), 24, london(2026, 3, 29, 13)),
        (london(2026, 10, 24, 12), 24, london(2026, 10, 25, 11)),
        (london(2026, 10, 23, 12), 72, london(2026, 10, 26, 11)),
        (london(2026, 11, 20, 12), 0.5, london(2026, 11, 20, 12, 30)),
    ],
)
def test_clock_hours_pass_across_the_clock_changes(start, hours, end):
    assert add_clock_hours(start, hours) == end.astimezone(UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)])
def test_a_local_day_has_the_hours_it_has(day, hours):
    assert end_of_day(day) - start_of_day(day) == timedelta(hours=hours)
    assert local_date(start_of_day(day)) == day


def test_the_ends_of_time_have_local_dates():
    assert local_date(BEGINNING) == date.min
    assert local_time(BEGINNING).tzinfo == LONDON
    assert local_date(END) == date.max
    assert end_of_day(date.max) == END


@pytest.mark.parametrize(
    ("day", "n", "later"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 5, 31), 0, date(2026, 5, 31)),
    ],
)
def test_adding_months_stops_at_the_end_of_the_month(day, n, later):
    assert add_months(day, n) == later
