"""How long a duty has left, or how long it has been overdue, in words and as a state that a style can show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from nightlight.timeline import local_date
from nightlight.web.presenters import words

SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Stands:
    """overdue, soon (within a day), or later; and the words."""

    state: str
    words: str


def stands(due: datetime, at: datetime) -> Stands:
    """Where the clock of an open duty is.

    >>> from datetime import UTC
    >>> stands(datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 25, 9, tzinfo=UTC)).words
    'Overdue by 2 days'
    """
    if at > due:
        return Stands("overdue", f"Overdue by {words.length(at - due)}")
    return Stands("soon" if due - at <= SOON else "later", f"{words.length(due - at)} left")


def is_today(due: datetime, at: datetime) -> bool:
    """Whether it falls due later today, by London's calendar."""
    return due >= at and local_date(due) == local_date(at)
