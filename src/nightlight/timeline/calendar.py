"""England's working days, and the lengths of time that law and guidance count in: working days, clock hours, months.

Working days are counted in London's dates, clock hours in UTC: an hour is an hour when the clocks change. Public
holidays come from a library, frozen into a table at first use; they must not differ between the parts of a run.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from nightlight.timeline.instants import TimelineError, as_utc
from nightlight.timeline.london import LONDON, end_of_day, local_date, local_time, start_of_day
from nightlight.timeline.spans import Span, Spans

__all__ = [
    "LONDON",
    "WorkingCalendar",
    "add_clock_hours",
    "add_months",
    "end_of_day",
    "local_date",
    "local_time",
    "start_of_day",
]

# Wider than any child's life, so that an adult's old record, or a system's 1900-01-01 for "not known", can be counted.
_YEARS = range(1900, 2100)


class WorkingCalendar:
    """Monday to Friday, without public holidays and the extra closures given.

    >>> WorkingCalendar.england().is_working_day(date(2023, 5, 8))
    False
    """

    __slots__ = ("_working",)

    def __init__(self, holidays: Iterable[date] = (), closures: Iterable[date] = ()) -> None:
        first, last = date(_YEARS[0], 1, 1).toordinal(), date(_YEARS[-1], 12, 31).toordinal()
        off = {day.toordinal() for day in (*holidays, *closures)}
        # Ordinals of all working days: counting on is then an index, not a walk. Modulo 7, Monday is 1 and Friday 5.
        self._working = [n for n in range(first, last + 1) if 1 <= n % 7 <= 5 and n not in off]

    @staticmethod
    def england(closures: Iterable[date] = ()) -> WorkingCalendar:
        """England's public holidays; `closures` are further days that do not count, if an office is configured so.

        >>> WorkingCalendar.england().is_working_day(date(2026, 6, 15))  # Scotland's holiday only
        True
        """
        return _england(frozenset(closures))

    def is_working_day(self, day: date) -> bool:
        """Whether the date is a working day.

        >>> WorkingCalendar.england().is_working_day(date(2022, 9, 19))  # the late Queen's funeral
        False
        """
        up_to = self._working_days_to(day)
        return up_to > 0 and self._working[up_to - 1] == day.toordinal()

    def next_working_day(self, day: date) -> date:
        """The first working day after the date.

        >>> WorkingCalendar.england().next_working_day(date(2026, 12, 24))
        datetime.date(2026, 12, 29)
        """
        return self.nth_working_day(day, 1)

    def nth_working_day(self, day: date, n: int) -> date:
        """The nth working day after the date, which is day 0; before it, if n is negative.

        Day 0 itself is the date if that is a working day, else the next one.

        >>> WorkingCalendar.england().nth_working_day(date(2026, 11, 20), 1)  # a Friday
        datetime.date(2026, 11, 23)
        """
        up_to = self._working_days_to(day)
        if n > 0:
            index = up_to + n - 1
        else:  # from day itself, or the next: one back if the day is a working day and so already counted
            index = up_to + n - self.is_working_day(day)
        if not 0 <= index < len(self._working):
            raise TimelineError(f"{n} working days from {day.year} leads out of {_YEARS[0]} to {_YEARS[-1]}.")
        return date.fromordinal(self._working[index])

    def add_working_days(self, instant: datetime, n: int) -> datetime:
        """When something due within n working days is due: 23:59:59 in London on day n, in UTC.

        Day 0 is the date in London at the instant; what is due on day 0 is due that day, or on the next working day.

        >>> from datetime import UTC
        >>> WorkingCalendar.england().add_working_days(datetime(2026, 10, 23, 16, tzinfo=UTC), 1).isoformat()
        '2026-10-26T23:59:59+00:00'
        """
        return self.end_of_nth_working_day(instant, n) - timedelta(seconds=1)

    def end_of_nth_working_day(self, instant: datetime, n: int) -> datetime:
        """The first moment after day n: the half-open end that goes with `add_working_days`.

        >>> from datetime import UTC
        >>> WorkingCalendar.england().end_of_nth_working_day(datetime(2026, 10, 23, 16, tzinfo=UTC), 1).isoformat()
        '2026-10-27T00:00:00+00:00'
        """
        return end_of_day(self.nth_working_day(local_date(instant), n))

    def working_window(self, instant_from: datetime, n_working_days: int) -> Span:
        """How long something at that moment counts as "within the last n working days": up to the end of day n.

        "Nothing for n working days" is the complement of these windows.

        >>> from datetime import UTC
        >>> visit = datetime(2026, 11, 20, 15, tzinfo=UTC)
        >>> (~Spans([WorkingCalendar.england().working_window(visit, 10)])).next_edge(visit).isoformat()
        '2026-12-05T00:00:00+00:00'
        """
        return Span(as_utc(instant_from), self.end_of_nth_working_day(instant_from, n_working_days))

    def working_days_between(self, a: date, b: date) -> int:
        """How many working days after a, up to and including b; negative if b is the earlier. Instants: London's dates.

        >>> WorkingCalendar.england().working_days_between(date(2026, 11, 20), date(2026, 11, 24))
        2
        """
        return self._working_days_to(_local(b)) - self._working_days_to(_local(a))

    def non_working_spans(self, within: Span) -> Spans:
        """Weekends, holidays and closures, midnight to midnight in London, inside a bounded span.

        >>> week = Span(start_of_day(date(2026, 3, 23)), start_of_day(date(2026, 3, 30)))
        >>> WorkingCalendar.england().non_working_spans(week).total()  # the clocks go forward on Sunday
        datetime.timedelta(days=1, seconds=82800)
        """
        first, last = _counted(local_date(within.start)), _counted(local_date(within.end))
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        off = Spans((start_of_day(day), end_of_day(day)) for day in days if not self.is_working_day(day))
        return off.clip(*within)

    def _working_days_to(self, day: date) -> int:
        """How many of the table's working days have come by the end of this date."""
        return bisect_right(self._working, _counted(day).toordinal())


@lru_cache(maxsize=64)
def _england(closures: frozenset[date]) -> WorkingCalendar:
    return WorkingCalendar(_england_holidays(), closures)


@lru_cache(maxsize=1)
def _england_holidays() -> frozenset[date]:
    from holidays import country_holidays  # a tenth of a second to load, and most commands never count a working day

    return frozenset(country_holidays("GB", subdiv="ENG", years=_YEARS))


def _local(day: date) -> date:
    return local_date(day) if isinstance(day, datetime) else day


def _counted(day: date) -> date:
    if isinstance(day, datetime):
        raise TypeError("this counts dates: give local_date(...) of the moment, the date that it is in London.")
    if day.year not in _YEARS:
        raise TimelineError(
            f"working days are counted for {_YEARS[0]} to {_YEARS[-1]}, and this date is in {day.year}: check it, "
            "or give a bounded span."
        )
    return day


def add_clock_hours(instant: datetime, hours: float) -> datetime:
    """So many hours later as they pass, in UTC, whether or not the clocks change in between.

    >>> add_clock_hours(datetime(2026, 3, 28, 12, tzinfo=LONDON), 24).astimezone(LONDON).isoformat()
    '2026-03-29T13:00:00+01:00'
    """
    return as_utc(instant) + timedelta(hours=hours)


def add_months(day: date, n: int) -> date:
    """The same day n months later, or the last day of that month if it is shorter.

    >>> add_months(date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
