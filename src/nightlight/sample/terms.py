"""School weeks of the invented local authority: a plain rule, so that a date is in term or not without a calendar file.

Real authorities publish their own dates; nothing outside the sample may rely on these.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

_HOLIDAY_WEEKS = frozenset({1, 8, 15, 16, 22, *range(30, 36), 44, 52, 53})
"""ISO weeks without school: New Year, February, Easter, Whitsun, summer, October and Christmas."""


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def is_school_week(monday: date) -> bool:
    return monday.isocalendar().week not in _HOLIDAY_WEEKS


def school_weeks(since: date, until: date) -> Iterator[date]:
    """Mondays of whole school weeks between two days; the last week is over by `until`."""
    monday = monday_of(since) + timedelta(days=7)
    while monday + timedelta(days=4) < until:
        if is_school_week(monday):
            yield monday
        monday += timedelta(days=7)


def school_year(day: date) -> int:
    """The year in which the school year of a day began, in September."""
    return day.year if day.month >= 9 else day.year - 1


def year_group(born: date, day: date) -> int:
    """0 for reception, 1 to 13; below 0 is before school."""
    return school_year(day) - school_year(born) - 5
