"""What a duty is when it is raised, and everything that can happen to it afterwards, as frozen events.

`duties` gives them meaning; nothing here decides whether one event may follow another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from nightlight.domain.kinds import LEVELS

SYSTEM = "system"
"""Who acts when the clock does: the worker that lapses and climbs."""


class DutyError(ValueError):
    """An event that cannot follow from the state; the message says why, and what to do instead."""


OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "referred": "referred to children's social care",
        "strategy_discussion": "a strategy discussion was called",
        "assessment": "an assessment or section 47 enquiry was started",
        "emergency_protection": "emergency protection is in force",
        "family_help": "family help was agreed",
        "support_given": "the need was met by the agency itself",
        "already_answered": "an open plan or enquiry answers this evidence",
        "recorded_in_error": "the evidence was recorded in error and has been corrected",
        "no_further_action": "no further action",
    }
)
"""How a duty may end, and the words for it. That nobody has capacity is never an outcome."""


def rank(level: str) -> int:
    """How serious a level is: a place in `LEVELS`; raises `DutyError` for one that is not a level."""
    if level not in LEVELS:
        raise DutyError(f"a level is one of {', '.join(LEVELS)}.")
    return LEVELS.index(level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What is raised: what must be done for which child, by which role, by when, on what evidence, under which rule.

    question: what the evidence asks about, so that more of it joins; one duty is open for a child and a question.
    owner: the person accountable; empty when the rota named nobody, which is shown, never hidden.
    evidence: the ids of the entries.
    """

    id: str
    child: str
    question: str
    level: str
    what: str
    role: str
    raised: datetime
    due: datetime
    rule: str
    rule_version: int
    owner: str = ""
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        rank(self.level)
        if self.due < self.raised:
            raise DutyError("a duty is due after it is raised: work `due` out from `raised` with clocks.due.")


# -- events


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a duty: when, and who did it (a person's id, or `SYSTEM`)."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised(Event):
    """The duty exists, and its clock runs."""

    duty: Duty


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified(Event):
    """A person was told (an owner of the duty, or an agency of its outcome)."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Event):
    """Someone opened it. Reading is not deciding: nothing else changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(Event):
    """The owner says: this is mine. Where the duty has no owner, whoever acknowledges it becomes the owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(Event):
    """Offered to another person, and role if that changes too. The sender stays accountable until it is accepted."""

    to: str
    to_role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Event):
    """The person it was offered to takes it, and is accountable from then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(Event):
    """The person it was offered to does not take it: it is the sender's, as before."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAdded(Event):
    """More evidence on the same question; a more serious level brings its own clock, role, owner and rule.

    due: by when the more serious level must be answered; the earlier of this and the present due time holds.
    """

    evidence: tuple[str, ...]
    level: str = ""
    due: datetime | None = None
    what: str = ""
    role: str = ""
    owner: str = ""
    rule: str = ""
    rule_version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharged(Event):
    """Ended by a person: an outcome of `OUTCOMES`, and the reason."""

    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenged(Event):
    """An agency whose entry was evidence disagrees with how it ended; `challenge` gives the duty that follows."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed(Event):
    """The due time passed and the duty was not discharged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbed(Event):
    """Gone up to a more senior role; where nobody holds that role, the owner stays who it was."""

    to_role: str
    owner: str = ""
