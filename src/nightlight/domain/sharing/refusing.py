"""What a decision not to share must say before it stands: the harm, what was weighed, who decided, and the review.

Not sharing is never a silence: the duty's only brake is that sharing would be worse for the child.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class NotWritten(ValueError):
    """A refusal that leaves something out; `field` is what, and the message says what to write."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A decision not to share. decider and reviewer are two people; the review is after the decision, and in time.

    >>> from datetime import UTC, timedelta
    >>> at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    >>> Refusal(at=at, decider="a", detriment="It would lead him to her.", comparison="That is worse.",
    ...         alternatives="That there is a record.", reviewer="a", review_at=at + timedelta(days=2))
    Traceback (most recent call last):
    ...
    nightlight.domain.sharing.refusing.NotWritten: Name somebody else to review it: nobody reviews their own refusal
    """

    at: datetime
    decider: str
    detriment: str
    comparison: str
    alternatives: str
    reviewer: str
    review_at: datetime
    latest: datetime | None = None

    def __post_init__(self) -> None:
        for name, message in _WRITTEN.items():
            if not str(getattr(self, name)).strip():
                raise NotWritten(name, message)
        if self.decider == self.reviewer:
            raise NotWritten("reviewer", "Name somebody else to review it: nobody reviews their own refusal")
        if self.review_at <= self.at:
            raise NotWritten("review_at", "Give a day for the review that is to come")
        if self.latest is not None and self.review_at > self.latest:
            raise NotWritten("review_at", "Give an earlier day: a refusal is reviewed within the time of the rules")


_WRITTEN = {
    "decider": "Say who decided",
    "detriment": "Say what harm it would do the child to share it",
    "comparison": "Say why that is worse for the child than not sharing it",
    "alternatives": "Say what else was considered: a part of it, or only that there is a record",
    "reviewer": "Name who reviews the refusal",
}
