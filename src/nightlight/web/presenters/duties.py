"""How long a duty has left, or how long it has been overdue, in words and as a state that a style can show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from nightlight.actions.duties.ahead import Step
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


def people_in(steps: Iterable[Step]) -> set[str]:
    """The user names that rungs speak of: whoever is on each, and those whom it says are away."""
    steps = list(steps)
    return {step.person for step in steps} - {""} | words.tokens(step.because for step in steps if not step.person)
