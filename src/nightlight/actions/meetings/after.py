"""After a meeting: what it decided goes to all who were asked, each says that they read it, and who does not is chased.

People with parental responsibility who do not sign in are told by somebody, who records how (`meeting_deeds.told`), or
records why not: until then that is a duty of whoever chaired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nightlight.actions.meetings import follow as meeting_follow
from nightlight.actions.meetings import log as meeting_log
from nightlight.actions.meetings import tell as meeting_tell
from nightlight.actions.meetings.log import NOT_YOURS, Opened
from nightlight.actions.meetings.words import names_in
from nightlight.actions.seeing.access import Refused
from nightlight.actions.trail import audit
from nightlight.domain.meetings.events import MeetingError
from nightlight.domain.meetings.state import Meeting, Status
from nightlight.store.access import wall
from nightlight.store.meetings.models import Acknowledgement, MeetingRow, Sending
from nightlight.store.people.models import Practitioner


@dataclass(frozen=True, slots=True)
class Received:
    """Somebody who was to hear what was decided: when it was sent and read, or why it was withheld."""

    person: str
    name: str
    sent: datetime | None
    read: datetime | None
    why_withheld: str
    told: str


@wall.lifted("decisions are sent, and followed up, whoever closed the meeting")
def send(*, by: Practitioner, meeting: UUID, state: Meeting, number: int, now: datetime) -> None:
    """To everybody who was asked and signs in, save those from whom it is withheld. In the caller's transaction."""
    withheld = meeting_log.withheld_from(meeting)
    asked = [person for person in meeting_follow.signing(state) if person not in withheld]
    Sending.objects.bulk_create(
        Sending(meeting_id=meeting, person=person, number=number, how="notice", at=now, by=by.username)
        for person in asked
    )
    if by.username in asked:
        Acknowledgement.objects.create(meeting_id=meeting, person=by.username, number=number, at=now, by=by.username)
    meeting_tell.decided(meeting, asked, number, besides=by.username, now=now)
    meeting_follow.follow(by=by, meeting=meeting, state=state, number=number, now=now)


@wall.lifted("what is withheld from somebody is kept, whoever they are")
def withhold(*, by: Practitioner, meeting: UUID, person: str, reason: str, now: datetime) -> None:
    """Hold back from somebody what the meeting decides, with the reason: by whoever runs the meeting, and only so."""
    if not reason.strip():
        raise MeetingError("what a meeting decided is withheld from nobody without a reason.")
    with transaction.atomic():
        opened = _locked(by, meeting)
        if not opened.runs:
            raise Refused("Whoever chairs decides from whom the decisions are withheld.")
        if person in {opened.state.chair, opened.state.minutes, by.username}:
            raise MeetingError("whoever runs the meeting knows what it decides: have somebody else run it first.")
        Sending.objects.create(
            meeting_id=meeting, person=person, number=opened.number, why_withheld=reason.strip(), at=now, by=by.username
        )
        audit.record(at=now, by=by, act="meeting.withheld", child=opened.child, about=f"{meeting} {person}")


@wall.lifted("what is withheld from somebody is kept, whoever they are")
def give(*, by: Practitioner, meeting: UUID, person: str, now: datetime) -> None:
    """Give somebody what was withheld from them: they read it from now, and are asked to say so."""
    with transaction.atomic():
        opened = _locked(by, meeting)
        if not opened.runs:
            raise Refused("Whoever chairs decides from whom the decisions are withheld.")
        if not meeting_log.is_withheld(meeting, person):
            return
        Sending.objects.create(
            meeting_id=meeting, person=person, number=opened.number, how="notice", at=now, by=by.username
        )
        audit.record(at=now, by=by, act="meeting.given", child=opened.child, about=f"{meeting} {person}")
        if opened.state.status is Status.CLOSED:
            meeting_tell.decided(meeting, [person], opened.number, besides=by.username, now=now)


@wall.lifted("what somebody read is kept, and its duty ended")
def acknowledge(*, by: Practitioner, meeting: UUID, now: datetime) -> None:
    """Say that one has read what the meeting decided. Once; again changes nothing."""
    with transaction.atomic():
        opened = _locked(by, meeting)
        if opened.state.status is not Status.CLOSED:
            raise MeetingError("the meeting is not closed yet: there is nothing to acknowledge.")
        if Acknowledgement.objects.filter(meeting=meeting, person=by.username).exists():
            return
        Acknowledgement.objects.create(
            meeting_id=meeting, person=by.username, number=opened.number, at=now, by=by.username
        )
        audit.record(at=now, by=by, act="meeting.acknowledged", child=opened.child, about=str(meeting))
        meeting_follow.follow(by=by, meeting=meeting, state=opened.state, number=opened.number, now=now)


def received(opened: Opened) -> list[Received]:
    """Everybody who was to hear what was decided, and how far that has come. Whoever it is withheld from reads nothing
    of it: the reason is often what they must not know."""
    if opened.withheld:
        return []
    state, names = opened.state, names_in(opened.state)
    sent = _newest(opened.id)
    read = dict(Acknowledgement.objects.filter(meeting=opened.id).values_list("person", "at"))
    people = dict.fromkeys([*state.participants, *state.responsible, *sent])
    return [
        Received(
            person=person,
            name=names.get(person, person),
            sent=row.at if (row := sent.get(person)) and not row.why_withheld else None,
            read=read.get(person),
            why_withheld=row.why_withheld if row else _why_not_told(state, person),
            told=_how_told(state, person),
        )
        for person in people
    ]


def _how_told(state: Meeting, person: str) -> str:
    found = state.responsible.get(person)
    return found.told["decisions"].how if found and "decisions" in found.told else ""


def _why_not_told(state: Meeting, person: str) -> str:
    found = state.responsible.get(person)
    return found.not_told["decisions"].why if found and "decisions" in found.not_told else ""


def _newest(meeting: UUID) -> Mapping[str, Sending]:
    return {row.person: row for row in Sending.objects.filter(meeting=meeting).order_by("id")}


def _locked(by: Practitioner, meeting: UUID) -> Opened:
    MeetingRow.objects.select_for_update().filter(id=meeting).first()
    opened = meeting_log.look(by=by, meeting=meeting)
    if opened is None:
        raise Refused(NOT_YOURS)
    return opened
