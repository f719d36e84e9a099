"""Consent that was taken back: how somebody said so, what rested on it, and what a receiver does with what they have.

Pure, and it decides nothing: whether another basis carries what is shared is asked of the rules (`deciding`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NotTaken(ValueError):
    """What was said can't be put on record like this; `field` says where, the message what to mend."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class How(StrEnum):
    """How somebody said that they take their consent back. Any way will do: it is as easy as giving it."""

    IN_PERSON = "in_person"
    TELEPHONE = "telephone"
    WRITING = "writing"
    THROUGH_ANOTHER = "through_another"


class Does(StrEnum):
    """What a receiver does with what they have."""

    DESTROYED = "destroyed"
    NEVER_KEPT = "never_kept"
    KEPT = "kept"


ARTICLE_7 = (
    "UK GDPR Article 7(3): consent can be taken back at any time, as easily as it was given, and what was done before "
    "stays lawful (UNVERIFIED: text not read here)."
)
NOT_ITS_BASIS = "Sharing does not rest on consent here, so it goes on. Tell them so, and why, unless that is not safe."
"""Said of whatever was shared on another basis while consent, too, was on record."""
NO_BASIS = "It rested on consent, which was taken back, and nothing else carries it."
"""What whoever asked is told of a request that ends so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """That consent was taken back: whose it was, when they said so and how, and their words as far as they matter.

    >>> from datetime import UTC
    >>> at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    >>> TakenBack(whose="Her mother", on=datetime(2026, 11, 24, tzinfo=UTC), how=How.TELEPHONE, now=at)
    Traceback (most recent call last):
    ...
    nightlight.domain.sharing.consent.NotTaken: Enter when they told you: not a time that is still to come
    """

    whose: str
    on: datetime
    how: How
    now: datetime
    said: str = ""

    def __post_init__(self) -> None:
        if not self.whose.strip():
            raise NotTaken("whose", "Say whose consent it was, as it was written when it was given")
        if self.on > self.now:
            raise NotTaken("on", "Enter when they told you: not a time that is still to come")


def check_answer(does: str, reason: str) -> Does:
    """What a receiver says that they do; whoever keeps it says on what ground of their own.

    >>> check_answer("destroyed", "").value
    'destroyed'
    >>> check_answer("kept", " ")
    Traceback (most recent call last):
    ...
    nightlight.domain.sharing.consent.NotTaken: Say on what ground of your own you keep it: consent is none any more
    """
    if does not in tuple(Does):
        raise NotTaken("does", "Choose what you do with what you were given")
    if does == Does.KEPT and not reason.strip():
        raise NotTaken("reason", "Say on what ground of your own you keep it: consent is none any more")
    return Does(does)
