"""A meeting's log: who may open it, and the one way in which anything is added to it.

Each act locks the meeting, folds what is there, adds one event that can follow, draws what is drawn from it, raises and
ends the duties that follow, and writes the audit row: all of it, or nothing. An act sent twice counts once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from nightlight.actions.meetings import entries as meeting_entries
from nightlight.actions.meetings import follow as meeting_follow
from nightlight.actions.meetings import tell as meeting_tell
from nightlight.actions.seeing import compartments, relationships
from nightlight.actions.seeing.access import Refused
from nightlight.actions.trail import audit, turns
from nightlight.domain.access.vocabulary import Relationship
from nightlight.domain.meetings.events import (
    Called,
    Closed,
    Event,
    Invited,
    ItemAdded,
    ItemChanged,
    MeetingError,
    Said,
    StoodDown,
)
from nightlight.domain.meetings.items import RefusedEdit
from nightlight.domain.meetings.record import Record
from nightlight.domain.meetings.seen import parts_of, seen_in, without_decisions
from nightlight.domain.meetings.state import Meeting
from nightlight.domain.meetings.steps import step
from nightlight.domain.roles import Permission, may
from nightlight.store.access import wall
from nightlight.store.duties.models import DutyNow
from nightlight.store.meetings import mapping
from nightlight.store.meetings.models import MeetingDraft, MeetingPlace, MeetingRow, Sending
from nightlight.store.people.models import Practitioner

R = TypeVar("R", bound=Record)
NOT_YOURS = "There is no such meeting, or it is not one that you were asked to."


class Right(StrEnum):
    """Who may do a deed: anybody with a place; whoever runs the meeting (chair, minutes, caller); a manager."""

    PLACE = "place"
    RUNS = "runs"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Opened:
    """A meeting as somebody who may open it sees it (`domain.meetings.seen`). number: of its newest event. runs: they
    may run it. withheld: what it decided is withheld from them."""

    id: UUID
    state: Meeting
    number: int
    person: str
    ground: str
    runs: bool
    withheld: bool = False

    @property
    def child(self) -> UUID:
        """The child whom it is about, or the first of several."""
        return UUID(self.state.called.children[0])


@dataclass(frozen=True, slots=True)
class Acted:
    """What became of a deed. refused: an edit that came too late, kept beside the text that stands. is_new: False
    for one that was sent again."""

    meeting: UUID
    state: Meeting
    number: int
    event: Event
    refused: RefusedEdit | None = None
    is_new: bool = True


def access_meeting(*, by: Practitioner, meeting: UUID, now: datetime) -> Opened:
    """A meeting, to somebody with a place in it or a duty of it; the look is on record. Raises `Refused`.

    A meeting that does not exist and one that a person was not asked to are refused with the same words.
    """
    opened = look(by=by, meeting=meeting)
    if opened is None:
        audit.record(at=now, by=by, act="meeting.refused", about=str(meeting))
        raise Refused(NOT_YOURS)
    audit.record(at=now, by=by, act="meeting.viewed", child=opened.child, about=str(meeting), reason=opened.ground)
    return opened


def look(*, by: Practitioner, meeting: UUID) -> Opened | None:
    """The same without a word on record: for what an open page asks again and again, and for what acts at once."""
    ground = ground_of(by, meeting)
    found = mapping.meeting_of(meeting) if ground else None
    if found is None:
        return None
    state, number = found
    withheld = is_withheld(meeting, by.username)
    seen = seen_by(by.username, state, withheld)
    return Opened(meeting, seen, number, by.username, ground, _runs(by, state), withheld)


def seen_by(person: str, state: R, withheld: bool = False) -> R:
    """A meeting or plan as it stands for somebody: without what was said in parts that are closed to them, nor what is
    withheld from them."""
    seen = seen_in(state, compartments.open_to(person, parts_of(state)))
    return without_decisions(seen, person) if withheld else seen


@wall.lifted("what is withheld from somebody must be known before anything is shown to them")
def is_withheld(meeting: UUID, person: str) -> bool:
    """Whether what this meeting decides is withheld from somebody, as was last said of it."""
    newest = Sending.objects.filter(meeting=meeting, person=person).order_by("-id").first()
    return newest is not None and bool(newest.why_withheld)


@wall.lifted("what is withheld from somebody must be known before anything is sent to them")
def withheld_from(meeting: UUID) -> frozenset[str]:
    """Everybody from whom what this meeting decides is withheld, as was last said of each."""
    newest = {row.person: row for row in Sending.objects.filter(meeting=meeting).order_by("id")}
    return frozenset(person for person, row in newest.items() if row.why_withheld)


@wall.lifted("whose duty of a meeting it is must be known before anything of it is shown")
def ground_of(by: Practitioner, meeting: UUID) -> str:
    """Why somebody may open a meeting; empty where they may not."""
    if not by.is_active:
        return ""
    if MeetingPlace.objects.filter(meeting=meeting, person=by.username).exists():
        return "you were asked to this meeting, or something in it is yours"
    question = meeting_follow.prefix(meeting)
    of_it = DutyNow.objects.filter(question__startswith=question).exclude(status="discharged")
    if (of_it.filter(owner=by.username) | of_it.filter(pending_to=by.username)).exists():
        return "a duty of this meeting is yours or offered to you"
    return ""


def _runs(by: Practitioner, state: Meeting) -> bool:
    return by.username in {state.chair, state.minutes, state.called.by} - {""}


@wall.lifted("a deed is kept, and what follows from it, whoever did it")
def act(
    *,
    by: Practitioner,
    meeting: UUID,
    key: str,
    make: Callable[[Opened], Event],
    now: datetime,
    right: Right = Right.PLACE,
    draft: str = "",
    states: bool = False,
) -> Acted:
    """Add one event, once for a key. make: gives it, from the meeting as it stands under the lock.

    draft: the one that it makes pointless. states: it may state something in the children's record, which is evaluated;
    so it waits for its turn, before it locks the meeting.
    """
    with transaction.atomic():
        if states:
            turns.take()
        opened = _locked(by, meeting)
        _permit(by, opened, right)
        if key in opened.state.events:
            return Acted(meeting, opened.state, opened.number, mapping.event_of(meeting, key), is_new=False)
        event = make(opened)
        _may_say_it(by, opened, event)
        before = _whole(opened)
        _is_there(by, opened, before, event)
        after, number = step(before, event), opened.number + 1
        mapping.to_row(event, meeting, number).save(force_insert=True)
        if draft:
            MeetingDraft.objects.filter(meeting=meeting, person=by.username, place=draft).delete()
        follow(by=by, meeting=meeting, before=before, after=after, event=event, number=number, now=now)
        seen = seen_by(by.username, after, opened.withheld)
        return Acted(meeting, seen, number, event, _refused(after, event))


def _whole(opened: Opened) -> Meeting:
    """The meeting with what is closed to whoever acts: what they do is done to the whole."""
    found = mapping.meeting_of(opened.id)
    if found is None:
        raise Refused(NOT_YOURS)
    return found[0]


def _is_there(by: Practitioner, opened: Opened, whole: Meeting, event: Event) -> None:
    """Nothing is done to an item that whoever acts does not see, nor said in a part that they are not in."""
    item = str(getattr(event, "item", "") or "")
    hidden = item in {*whole.items, *whole.emergencies} - {*opened.state.items, *opened.state.emergencies}
    part = event.closed_part if isinstance(event, ItemAdded) else ""
    if hidden or (part and part not in compartments.open_to(by.username, {part})):
        raise MeetingError("there is no such item, or closed part, here: reload the page to see those that there are.")


def follow(
    *, by: Practitioner, meeting: UUID, before: Meeting | None, after: Meeting, event: Event, number: int, now: datetime
) -> None:
    """What follows from an event, in its transaction: entries, duties, where the meeting stands, the audit row."""
    _grant(by, meeting, after, event, now)
    meeting_entries.write(by=by, meeting=meeting, before=before, after=after, event=event, now=now)
    meeting_follow.follow(by=by, meeting=meeting, state=after, number=number, now=now)
    _ask_owner(by, meeting, before, after, event, now)
    item = str(getattr(event, "item", "") or "")
    audit.record(
        at=now,
        by=by,
        act=f"meeting.{type(event).__name__.lower()}",
        child=UUID(after.called.children[0]),
        about=f"{meeting} {item}".strip(),
        detail={"number": number},
    )


def _ask_owner(
    by: Practitioner, meeting: UUID, before: Meeting | None, after: Meeting, event: Event, now: datetime
) -> None:
    """Whoever an action or a protection is given to hears of it at once, if they sign in and did not take it by this
    deed themselves; once for each time that it becomes theirs."""
    owner, mark = newly_given(before, after, event)
    if owner and owner in meeting_follow.signing(after):
        meeting_tell.given(meeting, owner, mark, besides=by.username, now=now)


def newly_given(before: Record | None, after: Record, event: Event) -> tuple[str, str]:
    """Whom an event gives an item to, and what marks that giving; both empty where it gives nobody anything new."""
    if not isinstance(event, ItemAdded | ItemChanged) or event.item not in after.items:
        return "", ""
    held = before.items.get(event.item) if before else None
    item = after.items[event.item]
    owner = str(item.fields.get("owner") or "")
    if held is not None and held.fields.get("owner") == owner:
        return "", ""
    return owner, f"{event.item}.{item.version}"


def _grant(by: Practitioner, meeting: UUID, after: Meeting, event: Event, now: datetime) -> None:
    """Whoever is asked may open the children's record, as the access policy has it, until the meeting is over."""
    about = str(meeting)
    if isinstance(event, Closed | StoodDown):
        relationships.end(kind=Relationship.MEETING, about=about, now=now, by=by)
    elif isinstance(event, Called | Invited):
        people = [event.person] if isinstance(event, Invited) else [*after.participants, after.chair, event.by]
        for person in meeting_follow.signing(after):
            for child in after.called.children if person in people else ():
                relationships.begin(
                    kind=Relationship.MEETING, child=UUID(child), person=person, about=about, by=by, now=now
                )


def _locked(by: Practitioner, meeting: UUID) -> Opened:
    """The meeting, locked until the transaction ends: of two acts at once, one sees what the other did."""
    MeetingRow.objects.select_for_update().filter(id=meeting).first()
    opened = look(by=by, meeting=meeting)
    if opened is None:
        raise Refused(NOT_YOURS)
    return opened


def _permit(by: Practitioner, opened: Opened, right: Right) -> None:
    if right is Right.RUNS and not opened.runs:
        raise Refused("Whoever chairs, takes the minutes or called the meeting does this. Ask them.")
    if right is Right.MANAGER and not may(by.role, Permission.TEAM_VIEW):
        raise Refused("This takes a manager: somebody who answers for a team. Ask yours, and have them invited.")


def _may_say_it(by: Practitioner, opened: Opened, event: Event) -> None:
    """Each says what they say; whoever runs the meeting types for people who are in the room or do not sign in."""
    author = event.author if isinstance(event, Said) else ""
    if author in ("", by.username):
        return
    if not opened.runs:
        raise Refused("Only whoever chairs or takes the minutes types for others. Say it as yourself.")
    known = opened.state.participants.get(author)
    if Practitioner.objects.filter(username=author).exists() and not (known and known.is_here):
        raise MeetingError("this person is not here: they say it themselves, from their own page.")


def _refused(after: Meeting, event: Event) -> RefusedEdit | None:
    item = after.items.get(str(getattr(event, "item", "") or ""))
    return next((edit for edit in item.refused if edit.edit == event.id), None) if item else None
