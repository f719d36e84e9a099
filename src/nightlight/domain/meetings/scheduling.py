"""Scheduling a meeting: one that is late before days on which nobody works is warned of, and who covers them asked.

It refuses nothing: the person who schedules it decides, and says who covers the days that follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from nightlight.domain.clocks import Rules
from nightlight.domain.meetings.phrase_days import When
from nightlight.domain.meetings.rows import MeetingRow
from nightlight.domain.protection import at_words
from nightlight.timeline.calendar import WorkingCalendar, local_date


@dataclass(frozen=True, slots=True)
class LateWarning:
    """A conference late on a day before days on which nobody works, and what to ask."""

    starts: datetime
    opens: datetime
    hours: float
    words: str


def late_before_break(
    starts: datetime, *, rules: Rules, calendar: WorkingCalendar, covers: str = ""
) -> LateWarning | None:
    """A warning, where a conference is held so late before a weekend or holiday that nothing can be put in force.

    covers: who covers the days that follow; once somebody is named there is no warning.

    >>> from datetime import UTC
    >>> from nightlight.domain.clocks import default_rules
    >>> friday = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
    >>> warning = late_before_break(friday, rules=default_rules(), calendar=WorkingCalendar.england())
    >>> warning.words  # doctest: +NORMALIZE_WHITESPACE
    'Offices shut on Friday 20 November 2026 at 17:00, 1.5 hours after this starts, and open on Monday 23 November 2026
    at 09:00, 64 hours later. Hold it earlier, or name who covers those days.'
    """
    said = When(starts, calendar, rules.office_hours)
    if covers.strip() or not calendar.is_working_day(said.today):
        return None
    tomorrow = said.today + timedelta(days=1)
    if calendar.is_working_day(tomorrow):
        return None
    shuts, opens = said.around(said.days_off(tomorrow))
    if starts < shuts - _late(rules, starts):
        return None
    return LateWarning(starts, opens, _hours(opens - shuts), _late_words(starts, shuts, opens))


def _late(rules: Rules, at: datetime) -> timedelta:
    return timedelta(hours=rules.in_force("MEETING-LATE", at).amount)


def _late_words(starts: datetime, shuts: datetime, opens: datetime) -> str:
    before = _hours(shuts - starts)
    when = f"{before:g} hours after this starts" if before > 0 else "before this starts"
    return (
        f"Offices shut on {at_words(shuts)}, {when}, and open on {at_words(opens)}, {_hours(opens - shuts):g} "
        f"hours later. "
        "Hold it earlier, or name who covers those days."
    )


def _hours(length: timedelta) -> float:
    return length / timedelta(hours=1)


def wrong_day(starts: datetime, row: MeetingRow) -> str:
    """Why this kind of meeting cannot be recorded on that day; empty where it can.

    The national return refuses a conference on a Saturday or Sunday (rule 8875).
    """
    if row.weekdays_only and local_date(starts).weekday() >= _SATURDAY:
        return (
            f"The national return refuses it on a Saturday or Sunday ({row.title}): choose a working day. A "
            "strategy discussion can be held at any time."
        )
    return ""


_SATURDAY = 5
