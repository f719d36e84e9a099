"""Instants: the one form in which the rest of the package may hold a moment, and the unbounded ends of time.

Every instant is an aware `datetime` whose zone is `datetime.timezone.utc` itself, so that comparing two is a plain
comparison. Nothing here reads a clock.

Errors of this package, all of them `ValueError`:

    TimelineError
    ├── NaiveInstantError    a moment without an offset
    ├── BackwardsSpanError   an end before its start
    ├── UnboundedError       a length asked of something without an end
    └── DateTextError        a date, or the text of one, that cannot be read
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""The unbounded start: a span from here has always been true."""
END = datetime.max.replace(tzinfo=UTC)
"""The unbounded end: a span to here stays true until something more is known."""


class TimelineError(ValueError):
    """Something that cannot be placed in time; the message says what was expected."""


class NaiveInstantError(TimelineError):
    """A moment without an offset: it could be any of two dozen moments."""


class BackwardsSpanError(TimelineError):
    """An end before its start."""


class UnboundedError(TimelineError):
    """A length was asked of something that has no end."""


class DateTextError(TimelineError):
    """A date, or the text of one, that cannot be read."""


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC; a moment without an offset is refused.

    >>> as_utc(datetime.fromisoformat("2026-07-01T09:00+01:00")).isoformat()
    '2026-07-01T08:00:00+00:00'
    """
    if moment.tzinfo is UTC:
        return moment
    if moment.utcoffset() is None:
        raise NaiveInstantError(
            f"{moment.isoformat()} has no offset, so it does not say which moment it is. Give an aware datetime: "
            "attach datetime.UTC, or ZoneInfo('Europe/London') for a time read off a clock in England."
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # within a day of datetime.min or .max: the zone's offset leads out of the calendar
        return BEGINNING if moment.year == BEGINNING.year else END


def moved(moment: datetime, by: timedelta) -> datetime:
    """The moment so much later (or earlier): unbounded ends stay where they are, others stop at the ends."""
    if moment == BEGINNING or moment == END:
        return moment
    try:
        return moment + by
    except OverflowError:
        return END if by > timedelta(0) else BEGINNING
