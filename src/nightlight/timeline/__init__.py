"""Time: spans, step functions, partial dates and England's working days. Everything else is stated in these.

The bottom layer: it imports nothing of Nightlight, and reads no clock.
"""

from __future__ import annotations

from nightlight.timeline.instants import (
    BackwardsSpanError,
    DateTextError,
    NaiveInstantError,
    TimelineError,
    UnboundedError,
    as_utc,
)
from nightlight.timeline.london import LONDON, local_date, start_of_day
from nightlight.timeline.partial import Partial, Precision
from nightlight.timeline.spans import BEGINNING, END, Span, Spans

__all__ = [
    "BEGINNING",
    "END",
    "LONDON",
    "BackwardsSpanError",
    "DateTextError",
    "NaiveInstantError",
    "Partial",
    "Precision",
    "Span",
    "Spans",
    "TimelineError",
    "UnboundedError",
    "as_utc",
    "local_date",
    "start_of_day",
]
