"""Time: spans, step functions, partial dates and England's working days. Everything else is stated in these.

The bottom layer: it imports nothing of Nightlight, and reads no clock.
"""

from __future__ import annotations

from nightlight.timeline.calendar import WorkingCalendar, add_clock_hours, add_months
from nightlight.timeline.instants import (
    BackwardsSpanError,
    DateTextError,
    NaiveInstantError,
    TimelineError,
    UnboundedError,
    as_utc,
)
from nightlight.timeline.london import LONDON, end_of_day, local_date, local_time, start_of_day
from nightlight.timeline.partial import Partial, Precision
from nightlight.timeline.spans import BEGINNING, END, Span, Spans
from nightlight.timeline.steps import Number, Steps, exact

__all__ = [
    "BEGINNING",
    "END",
    "LONDON",
    "BackwardsSpanError",
    "DateTextError",
    "NaiveInstantError",
    "Number",
    "Partial",
    "Precision",
    "Span",
    "Spans",
    "Steps",
    "TimelineError",
    "UnboundedError",
    "WorkingCalendar",
    "add_clock_hours",
    "add_months",
    "as_utc",
    "end_of_day",
    "exact",
    "local_date",
    "local_time",
    "start_of_day",
]
