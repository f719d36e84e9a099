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
ENTRY = "entry:"
"""Before the id of an entry, where what a person recorded is the act: the visit that a clock waited for."""
CLOCK_QUESTION = "clock:"
"""Before the rule and the entry, in the question of a duty that a clock raised (`running`)."""
ROTA_QUESTION = "rota:"
"""Before the role and the organisation, in the question of the duty that nobody is on the rota."""
MEETING_QUESTION, PLAN_QUESTION = "meeting:", "plan:"
"""Before the meeting or plan and what in it is asked, in the question of a duty that it raised."""


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
"""How a person may end a duty, and the words for it. That nobody has capacity is never an outcome."""

NO_FURTHER_ACTION = "no_further_action"
ON_RECORD = "on_record"
REVIEWED = "reviewed"
GLASS_QUESTION = "glass:"
UNUSUAL_QUESTION, SUBJECT_QUESTION = "unusual:", "subject:"
"""Before the finding or the request, in the question of the guardian's duty to ask about an unusual look, or to answer
somebody who asks for a copy of what is held on them. It names no child: whoever looked may see the child's duties."""
ERASURE_QUESTION = "erasure:"
"""Before the id of what a source asked to be erased, where something stops it: the guardian's, and of no child."""
SHARING_QUESTION = "sharing:"
"""Before the request or decision and what is asked of it, in the question of a duty that sharing raised."""
ANSWERED = "answered"
POST_FILLED = "post_filled"
DONE_THERE = "done_there"
NO_LONGER_DUE = "no_longer_due"
WITHDRAWN = "withdrawn"

SETTLED: Mapping[str, str] = MappingProxyType(
    {
        REVIEWED: "the guardian's review is on record",
        ANSWERED: "the request for information was answered, or the refusal reviewed, and is on record",
        ON_RECORD: "what its clock asked for was done, and is on record",
        NO_LONGER_DUE: "what its clock was for has ended, as is on record",
        POST_FILLED: "somebody was put on the rota",
        DONE_THERE: "what it asked for was done, and is on record with the meeting or plan",
        WITHDRAWN: "withdrawn: what it rested on was recorded in error, or is of another child",
    }
)
"""How a duty ends by what somebody recorded elsewhere: the step itself, a place on the rota, a correction."""


def outcome_words(code: str) -> str:
    """The words people see for an outcome.

    >>> outcome_words("on_record")
    'what its clock asked for was done, and is on record'
    """
    return OUTCOMES.get(code) or SETTLED.get(code, code)


def rank(level: str) -> int:
    """How serious a level is: a place in `LEVELS`; raises `DutyError` for one that is not a level."""
    if level not in LEVELS:
        raise DutyError(f"a level is one of {', '.join(LEVELS)}.")
    return LEVELS.index(level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What is raised: what must be done for which child, by which role, by when, on what evidence, under which rule.

    child: empty where it is the partnership's own matter and nobody's record: a post that stands empty.
    question: what the evidence asks about, so that more of it joins; one duty is open for a child and a question.
    owner: the person accountable; empty when the rota named nobody, which is shown, never hidden.
    evidence: the ids of the entries. follows: the duty on the same question that ended before this one came back.
    climbs_from: from when its ladder is counted, where it was overdue already when it was raised; else the due time.
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
    follows: str = ""
    climbs_from: datetime | None = None

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
    """Ended by a person: an outcome of `OUTCOMES`, and the reason; or by the entry that a clock waited for, itself
    somebody's recorded act.

    evidence: that entry. shown: what was put before the person who decided (the duties set aside before, for this child
    and the siblings); "no further action" is refused without it.
    """

    outcome: str
    reason: str
    evidence: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(Event):
    """Ended because what it rested on was withdrawn by whoever recorded it, or was found to be of another child and
    what is left does not ask the question, or was corrected and starts its clock no more; it stays to be seen.

    evidence: the entries that withdrew or corrected it, or that are of another child. What is recorded anew raises a
    duty again.
    """

    reason: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceMoved(Event):
    """A part of its evidence was found to be of another child, and is weighed there; the rest still asks the question.

    Its level, owner and due time stay as they were: only a person says that it is less serious than was thought.
    """

    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned(Event):
    """The entry that started its clock was corrected: it is due at another time. What was due before stays to be seen.

    The one event by which a due time may go back: the earlier one was never right.
    """

    due: datetime
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Event):
    """The rota names somebody for it: nobody owned it, or its owner left or is away. No rung is climbed."""

    owner: str
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
