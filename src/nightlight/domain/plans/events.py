"""Everything that can happen to a plan, one frozen event a deed, besides what it shares with a meeting.

Protections, actions, dangers, views and notes are a meeting's own events (`meetings.events`), in a plan as they are
there: what a conference agreed is taken over under the same item ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from nightlight.domain.meetings.events import Event, ItemAdded, ItemChanged, Said
from nightlight.timeline.partial import Partial


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBegun(Event):
    """The plan exists. kind: a code of `rows.yaml`. meeting: the meeting that decided on it."""

    plan: str
    kind: str
    children: tuple[str, ...]
    why: str
    meeting: str = ""
    lead: str = ""
    review: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNamed(Event):
    """Who leads the plan from now on."""

    lead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersNamed(Event):
    """Who is in the core group, or the team around the family: all of them, as it now is."""

    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSet(Event):
    """When the plan is reviewed next."""

    review: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed(Event):
    """The plan was reviewed, in a meeting where `meeting` names one, and goes on."""

    how: str
    meeting: str = ""
    next_review: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeAgreed(ItemAdded):
    """What must be different for the child, how that will be seen, by when; and the danger that it answers, if one.

    danger: the item of a danger, voiced in this plan or in the meeting that decided on it.
    """

    what: str
    measure: str = ""
    by_when: datetime | None = None
    child: str = ""
    danger: str = ""
    EDITABLE: ClassVar[tuple[str, ...]] = ("what", "measure", "by_when", "child", "danger")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeChanged(ItemChanged):
    """An outcome changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressSeen(Said):
    """What was seen of an outcome: `better`, `same` or `worse`, in words, and over which time it was seen."""

    item: str
    moved: str
    what: str
    seen_from: Partial | None = None
    seen_to: Partial | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitsAgreed(ItemAdded):
    """How often the child is seen, by whom, whether alone, and whether the bedroom is seen. unit: of `rule_types.Unit`.

    where: in what situations, besides at home. child: which of several.
    """

    owner: str
    owner_name: str = ""
    every: int = 10
    unit: str = "working_days"
    alone: bool = True
    bedroom: bool = True
    where: str = ""
    child: str = ""
    EDITABLE: ClassVar[tuple[str, ...]] = ("owner", "owner_name", "every", "unit", "alone", "bedroom", "where", "child")


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitsChanged(ItemChanged):
    """How often, by whom or how the child is seen changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContingencyAgreed(ItemAdded):
    """If X happens, then Y is done, by whom, within so many hours.

    indicator: the id of an indicator on this child that tells that X happened (a tripwire); empty where a person must
    notice it. The id is resolved above: nothing here knows indicators. child: of which of several it speaks.
    """

    if_: str
    then: str
    owner: str = ""
    owner_name: str = ""
    within_hours: int = 24
    indicator: str = ""
    child: str = ""
    EDITABLE: ClassVar[tuple[str, ...]] = ("if_", "then", "owner", "owner_name", "within_hours", "indicator", "child")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContingencyChanged(ItemChanged):
    """A contingency changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TripwireCrossed(Event):
    """What a contingency waits for happened: what it says must be done, by `due`. evidence: what shows it."""

    item: str
    due: datetime
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TripwireAnswered(Said):
    """What the contingency says was done, or why something else was."""

    item: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverAsked(Event):
    """Somebody is asked to take over what follows when the plan ends or steps down. person: who they sign in as, or an
    id of the plan's own for one who does not, with their name. Until they accept, it is whoever leads that has it."""

    person: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverAccepted(Said):
    """They take it over. how: how they said so, where somebody else wrote it down."""

    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverDeclined(Said):
    """They do not, or cannot."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEnded(Event):
    """The plan ended: why, what follows, and who has taken it over. Whether it may is gate G7."""

    reason: str
    follows: str = ""
    taken_over_by: str = ""
