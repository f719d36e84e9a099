"""Where England's dates meet UTC instants: the day, in Europe/London, that a moment falls on, and when that day starts.

Split from `calendar` so that reading a date does not load the table of bank holidays.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from nightlight.timeline.instants import END, as_utc

LONDON = ZoneInfo("Europe/London")


@lru_cache(maxsize=65_536)
def start_of_day(day: date) -> datetime:
    """The instant at which the date starts in London.

    >>> start_of_day(date(2026, 7, 1)).isoformat()
    '2026-06-30T23:00:00+00:00'
    """
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)


@lru_cache(maxsize=65_536)
def end_of_day(day: date) -> datetime:
    """The instant at which the date is over in London, so the first of the next; `END` after the last of all dates.

    >>> end_of_day(date(2026, 3, 29)) - start_of_day(date(2026, 3, 29))
    datetime.timedelta(seconds=82800)
    """
    return END if day == date.max else start_of_day(day + timedelta(days=1))


def local_date(instant: datetime) -> date:
    """The date in London at that moment.

    >>> local_date(datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    datetime.date(2026, 7, 2)
    """
    return local_time(instant).date()


def local_time(instant: datetime) -> datetime:
    """The moment as a clock in London shows it.

    >>> local_time(datetime(2026, 7, 1, 12, tzinfo=UTC)).isoformat()
    '2026-07-01T13:00:00+01:00'
    """
    moment = as_utc(instant)
    try:
        return moment.astimezone(LONDON)
    except OverflowError:  # only at the unbounded beginning: London's mean time was 75 s behind
        return moment.replace(tzinfo=LONDON)
