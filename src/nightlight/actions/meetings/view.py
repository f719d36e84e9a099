"""What an open meeting shows to one person: everything that stands, and of scores only what that person may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from nightlight.actions.meetings import closing as meeting_closing
from nightlight.actions.meetings import typing as meeting_drafts
from nightlight.actions.meetings.log import Opened, access_meeting, look
from nightlight.actions.meetings.words import children_of, names_in
from nightlight.domain.coverage import picture
from nightlight.domain.meetings import scores
from nightlight.domain.meetings.closing import CloseCheck, still_to_record
from nightlight.domain.meetings.gates import Reason
from nightlight.domain.meetings.rows import MeetingRow, rows_in_use
from nightlight.domain.meetings.scheduling import LateWarning
from nightlight.domain.meetings.scores import Scores
from nightlight.domain.meetings.state import Meeting
from nightlight.store.meetings.models import MeetingDraft
from nightlight.store.people.models import Person, Practitioner
from nightlight.timeline.spans import Span, Spans


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """A meeting for one person. state: as it stands, with no scores in it: they are in `scores`, by child.

    check: whether it may close, why not, and the ways out; its coverage is what each danger's protection comes to now.
    to_record: what the full record still wants. drafts: mine, by place; typing: what the others are at.
    """

    opened: Opened
    state: Meeting
    row: MeetingRow
    children: Mapping[str, Person]
    names: Mapping[str, str]
    scores: Mapping[str, Scores]
    check: CloseCheck
    to_record: tuple[Reason, ...]
    late: LateWarning | None
    drafts: Mapping[str, MeetingDraft]
    typing: tuple[MeetingDraft, ...]

    def name(self, person: str) -> str:
        """What to call somebody."""
        return self.names.get(person, person)

    def picture(self, window: Span) -> Mapping[str, Mapping[str, Spans]]:
        """By danger: when it is there, what covers it and what is left, within the window; for drawing."""
        return picture(self.check.coverage, window)


def page(*, by: Practitioner, meeting: UUID, now: datetime) -> MeetingPage:
    """The meeting's page, to somebody with a place in it; the look is on record."""
    return _page(by, access_meeting(by=by, meeting=meeting, now=now), now)


def part_of_page(*, by: Practitioner, meeting: UUID, now: datetime) -> MeetingPage | None:
    """The same for a page that is open already and draws a part of itself again; None where it may not."""
    opened = look(by=by, meeting=meeting)
    return _page(by, opened, now) if opened else None


def _page(by: Practitioner, opened: Opened, now: datetime) -> MeetingPage:
    state, row = opened.state, rows_in_use().in_force(opened.state.kind, opened.state.called.at)
    asked = dict.fromkeys([*scores.of_whom(state), *(child for _, child in state.scores)])
    late = meeting_closing.late_warning(state.starts, state.covers) if state.starts and not state.is_closed else None
    return MeetingPage(
        opened=replace(opened, state=without_scores(state)),
        state=without_scores(state),
        row=row,
        children=children_of(state),
        names=names_in(state),
        scores={child: scores.visible(state, by.username, child) for child in asked},
        check=meeting_closing.check(state, now),
        to_record=still_to_record(state, row),
        late=late,
        drafts=meeting_drafts.mine(by=by, meeting=opened.id),
        typing=tuple(meeting_drafts.others(by=by, meeting=opened.id)),
    )


def without_scores(state: Meeting) -> Meeting:
    """The meeting with no score in it, so that a page cannot show one by mistake."""
    return replace(state, scores=MappingProxyType({}))
