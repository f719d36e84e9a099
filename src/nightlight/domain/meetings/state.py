"""What the events of a meeting come to: a `Meeting`, derived by `steps.fold`, never stored as something to be set.

Only the shape of the state and what can be read off it. Whether a meeting may close is `gates`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.record import Agreement, Record, nothing


class Status(StrEnum):
    """Where a meeting stands. Only the event `Closed` closes it; nothing else does, however long it is left."""

    CALLED = "called"
    HELD = "held"
    ADJOURNED = "adjourned"
    CLOSED = "closed"
    STOOD_DOWN = "stood_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Someone who was asked, or came, and what is known of both."""

    person: str
    part: str
    agency: str = ""
    name: str = ""
    needs: str = ""
    invited_at: datetime | None = None
    arrived_at: datetime | None = None
    how: str = ""
    left_at: datetime | None = None
    apologies: bool = False
    apologies_reason: str = ""
    instead: str = ""
    report_received: datetime | None = None
    report_shared: datetime | None = None

    @property
    def came(self) -> bool:
        return self.arrived_at is not None

    @property
    def is_here(self) -> bool:
        return self.came and self.left_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsible:
    """Someone with parental responsibility, and whether they were told: of the meeting, and of what it decided.

    told: by what they were told of, how and when. not_told: by what, why not.
    """

    person: str
    children: tuple[str, ...]
    name: str = ""
    basis: str = ""
    told: Mapping[str, ev.Told] = field(default_factory=nothing)
    not_told: Mapping[str, ev.NotTold] = field(default_factory=nothing)

    def is_answered(self, what: str = "meeting") -> bool:
        """Whether it is recorded that they were told, or why not."""
        return what in self.told or what in self.not_told


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One person's safety score with their reason. by: who typed it. after_shown: they could see the others' first."""

    person: str
    score: int
    reason: str
    at: datetime
    child: str = ""
    by: str = ""
    after_shown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """An emergency route that was invoked, whether its owner took it, and what came of it."""

    invoked: ev.EmergencyInvoked
    accepted_at: datetime | None = None
    ended: ev.EmergencyEnded | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting(Record):
    """A meeting as it stands.

    scores_complete: the children for whom everybody had given their score, so that all have seen them since.
    """

    id: str
    called: ev.Called
    status: Status
    starts: datetime | None
    place: str
    chair: str
    minutes: str = ""
    covers: str = ""
    supported_by: str = ""
    participants: Mapping[str, Participant] = field(default_factory=nothing)
    responsible: Mapping[str, Responsible] = field(default_factory=nothing)
    exceptions: Mapping[str, ev.ExceptionRecorded] = field(default_factory=nothing)
    scores: Mapping[tuple[str, str], Score] = field(default_factory=nothing)
    scores_shown: ev.ScoresShown | None = None
    scores_complete: frozenset[str] = frozenset()
    dissents_answered: Mapping[str, ev.DissentAnswered] = field(default_factory=nothing)
    emergencies: Mapping[str, Emergency] = field(default_factory=nothing)
    overrides: Mapping[str, ev.OverrideSigned] = field(default_factory=nothing)
    closed_parts: Mapping[str, ev.ClosedPartOpened] = field(default_factory=nothing)
    held_at: datetime | None = None
    closed_at: datetime | None = None
    overridden: bool = False

    @property
    def kind(self) -> str:
        return self.called.kind

    @property
    def is_closed(self) -> bool:
        return self.status in (Status.CLOSED, Status.STOOD_DOWN)

    @property
    def decisions(self) -> tuple[Item, ...]:
        return self.of_kind(ev.DecisionMade)

    @property
    def dissents(self) -> tuple[Item, ...]:
        return self.of_kind(ev.DissentRecorded)


__all__ = [
    "Agreement", "Emergency", "Meeting", "Participant", "Responsible", "Score", "Status",
]  # fmt: skip
