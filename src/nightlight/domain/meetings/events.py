"""Everything that can happen in a meeting, one frozen event a deed.

`id` is given by whoever did it, so that what is sent twice counts once. `by` typed it; `author` said it, where a chair
types for others. Fields are plain (text, numbers, moments, partial dates, tuples of text), so that any store can keep
them. Nothing here decides whether one event may follow another: `state` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar

from nightlight.timeline.partial import Partial

Value = str | int | bool | datetime | Partial | tuple[str, ...] | None
"""What a field of an event may hold."""
Changes = Mapping[str, Value]
"""The fields that an edit changes, and what they become."""

ASK_INSIDE = "Something in a part that is closed to you is not settled yet: ask whoever is in it."
"""What somebody is told where the reason against a step is not theirs to read."""
NO_CHANGES: Changes = MappingProxyType({})


class MeetingError(ValueError):
    """An event that cannot follow from the state; the message says why, and what to do instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something done in or for a meeting: when, and who did it (a person's id, or `system`)."""

    id: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Event):
    """Something that a person said, or agreed to. `author` is who; empty where it is whoever typed it."""

    author: str = ""

    @property
    def said_by(self) -> str:
        return self.author or self.by


# -- called, asked, came


@dataclass(frozen=True, slots=True, kw_only=True)
class Called(Event):
    """The meeting exists, and the clock that it answers runs on until it is held.

    kind: a code of `rows.MEETINGS`. children: all the children it is about. anchor: the entry or duty it was called
    from (the strategy discussion that a conference counts its days from). rule, rule_version, due: its clock.
    """

    meeting: str
    kind: str
    children: tuple[str, ...]
    why: str
    anchor: str = ""
    starts: datetime | None = None
    place: str = ""
    chair: str = ""
    supported_by: str = ""
    rule: str = ""
    rule_version: int = 0
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supported(Event):
    """A senior manager or named professional supports that the conference is called. role: as what."""

    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled(Event):
    """When and where it is held. covers: who covers the days after it, where it is late before a weekend or holiday."""

    starts: datetime
    place: str = ""
    covers: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chaired(Event):
    """Who chairs, and who takes the minutes."""

    chair: str
    minutes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Event):
    """Someone was asked. agency: a code of `AGENCIES`, or `family`. part: what they come as (`rows.PARTS`).

    person: an id; or for someone whom the hub does not know (a grandmother), any id, with their name.
    """

    person: str
    part: str
    agency: str = ""
    name: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReceived(Event):
    """A report for the meeting arrived. shared: when the family had it; None while they have not."""

    person: str
    received: datetime
    shared: datetime | None = None
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived(Event):
    """Someone is here, in the room or by telephone or video."""

    person: str
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftMeeting(Event):
    """Someone left before the end."""

    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApologiesGiven(Event):
    """Someone who was asked cannot come. instead: who comes for them."""

    person: str
    reason: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HasResponsibility(Event):
    """This person has parental responsibility for the child. name: where the hub has no record of the person."""

    person: str
    child: str
    name: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Event):
    """A person with parental responsibility was told of the meeting, or of what it decided (`what`)."""

    person: str
    how: str
    what: str = "meeting"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTold(Event):
    """They were not told, and why not: unsafe for the child, not found, in prison and not yet reached."""

    person: str
    why: str
    what: str = "meeting"
    review: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPartOpened(Event):
    """A part of the meeting that only its members hear: why it is closed to the others, and how the views of whoever
    is not in it are heard instead (`away`). part: the compartment that holds what is said in it."""

    part: str
    kind: str
    reason: str
    members: tuple[str, ...]
    away: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRecorded(Event):
    """Why a requirement is not met and the meeting goes on: what is missing (`requirement`), who accepts that, why."""

    requirement: str
    reason: str


# -- scores


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreGiven(Said):
    """How safe this person thinks the child is, 0 (no safety) to 10 (safe enough to close), and why."""

    score: int
    reason: str
    child: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresShown(Event):
    """The chair shows the scores although some are missing, and names whose."""

    missing: tuple[str, ...]


# -- what is written down in items, each with its own versions


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAdded(Said):
    """A new item. `item` is its id, given by whoever adds it. closed_part: the closed part of the meeting in which it
    was said, if one; for who is not in that it is not there (`seen`)."""

    item: str
    closed_part: str = ""
    EDITABLE: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChanged(Said):
    """A change to an item. `of_version`: the version that the author saw; `changes`: fields and what they become."""

    item: str
    of_version: int
    changes: Changes = field(default_factory=lambda: NO_CHANGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWithdrawn(Said):
    """An item taken back, with a reason; it stays to be seen."""

    item: str
    of_version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditSettled(Event):
    """Someone looked at a refused edit (`edit`, its event's id) and both texts, and says which stands."""

    item: str
    edit: str
    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerVoiced(ItemAdded):
    """What could happen to the child, in plain words, how bad, and from when.

    said_when: the words ("this weekend"). starts, ends: how they were read, shown and correctable; starts is None while
    nobody has said from when, and the danger then counts from when it was voiced. read_as: the reading, in words.
    """

    what: str
    child: str = ""
    how_bad: str = ""
    said_when: str = ""
    starts: Partial | None = None
    ends: Partial | None = None
    read_as: str = ""
    EDITABLE: ClassVar[tuple[str, ...]] = ("what", "child", "how_bad", "said_when", "starts", "ends", "read_as")


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerCorrected(ItemChanged):
    """A danger reworded, or its time corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionProposed(ItemAdded):
    """A measure that keeps the child safe: what, who, from when, until when, and how it will be confirmed.

    owner: a named person (an id, or the name of one whom the hub does not know), never a team. answers: the items of
    the dangers it is against; empty when against all. review: when it is looked at again, needed where `until` is open.
    """

    what: str
    owner: str = ""
    owner_name: str = ""
    agency: str = ""
    answers: tuple[str, ...] = ()
    said_when: str = ""
    in_force_from: Partial | None = None
    until: Partial | None = None
    review: datetime | None = None
    how_confirmed: str = ""
    confirmer: str = ""
    EDITABLE: ClassVar[tuple[str, ...]] = (
        "what", "owner", "owner_name", "agency", "answers", "said_when", "in_force_from", "until", "review",
        "how_confirmed", "confirmer",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionChanged(ItemChanged):
    """A protection changed. Where what, who or when changes, its owner must accept it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionAccepted(Said):
    """The owner says: I will do this. of_version: the version they accepted. how: how they said so, where somebody else
    wrote it down."""

    item: str
    of_version: int
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionDeclined(Said):
    """The owner will not, or cannot."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionConfirmed(Said):
    """Someone checked that it is in force, and how they know."""

    item: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionFailed(Said):
    """Someone checked, and it is not in force, or no longer."""

    item: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionAgreed(ItemAdded):
    """Something to be done: what, by whom, by when; child: for which of several. It is owed from when it is agreed."""

    what: str
    owner: str = ""
    owner_name: str = ""
    agency: str = ""
    due: datetime | None = None
    said_when: str = ""
    child: str = ""
    EDITABLE: ClassVar[tuple[str, ...]] = ("what", "owner", "owner_name", "agency", "due", "said_when", "child")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionChanged(ItemChanged):
    """An action changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionAccepted(Said):
    """The owner takes the action. how: how they said so, where somebody else wrote it down."""

    item: str
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDone(Said):
    """The action was done, and how that shows."""

    item: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionMade(ItemAdded):
    """A decision and its reasons. outcome: a code of the kind of meeting (`rows`), where it is the meeting's own."""

    what: str
    reasons: str = ""
    outcome: str = ""
    category: str = ""
    child: str = ""
    EDITABLE: ClassVar[tuple[str, ...]] = ("what", "reasons", "outcome", "category", "child")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionChanged(ItemChanged):
    """A decision reworded or changed, while the meeting is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DissentRecorded(ItemAdded):
    """Someone disagrees with a decision (`decision`), why, and whether they think that it leaves the child at risk."""

    reasons: str
    decision: str = ""
    leaves_at_risk: bool = False
    EDITABLE: ClassVar[tuple[str, ...]] = ("reasons", "decision", "leaves_at_risk")


@dataclass(frozen=True, slots=True, kw_only=True)
class DissentChanged(ItemChanged):
    """The dissenting person rewords their dissent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DissentAnswered(Said):
    """The dissent was answered in writing."""

    item: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewGiven(ItemAdded):
    """The child's view: their own words, how it was heard, when, and whether they were seen alone.

    not_heard: why there is no view, where a child could not or would not be heard. Then `words` is empty.
    """

    child: str
    words: str = ""
    how: str = ""
    when: Partial | None = None
    seen_alone: bool | None = None
    heard_by: str = ""
    not_heard: str = ""
    EDITABLE: ClassVar[tuple[str, ...]] = ("words", "how", "when", "seen_alone", "heard_by", "not_heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewChanged(ItemChanged):
    """How a view was written down is corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWritten(ItemAdded):
    """The text of one of the blocks that the record must hold (`block`: a code of `rows`)."""

    block: str
    text: str
    child: str = ""
    EDITABLE: ClassVar[tuple[str, ...]] = ("text", "child")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteChanged(ItemChanged):
    """The text of a block changed."""


# -- ways out of uncovered danger, and the end


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyInvoked(Said):
    """An emergency route taken at once: which (`route`, a code of `routes.yaml`), for which dangers, who, by when.

    basis: the rows of the lawful basis that were shown. dangers: the items; empty for all that are uncovered.
    """

    item: str
    route: str
    owner: str
    by_when: datetime
    reason: str
    dangers: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyAccepted(Said):
    """The owner of an emergency route takes it."""

    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyEnded(Said):
    """What came of an emergency route."""

    item: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideSigned(Said):
    """One of the names by which a meeting is closed with danger uncovered. dangers: which ones; role: as what."""

    role: str
    reason: str
    dangers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjourned(Event):
    """Broken off, to go on at another time. It stays unclosed, its clock and its duties run."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Event):
    """The meeting ended: the gates let it, under an override where `overridden`."""

    overridden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoodDown(Event):
    """The meeting will not be held, and why. The clock that it was to answer runs on."""

    reason: str
