"""One event at a time: `fold(events)` gives the meeting that they come to, and `step` adds one to it.

An event seen before (the same id) changes nothing, so that a device which lost its connection may send everything
again. An event that cannot follow is refused with what to do instead; an edit that came too late is kept (`items`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings import scores
from nightlight.domain.meetings.record import HANDLERS, Handler, item_of, items_of, put
from nightlight.domain.meetings.state import (
    Emergency,
    Meeting,
    Participant,
    Responsible,
    Score,
    Status,
)

AFTERWARDS = (
    ev.Told, ev.NotTold, ev.ReportReceived, ev.ProtectionAccepted, ev.ProtectionDeclined, ev.ProtectionConfirmed,
    ev.ProtectionFailed, ev.ActionAccepted, ev.ActionDone, ev.DissentRecorded, ev.DissentChanged, ev.DissentAnswered,
    ev.EmergencyAccepted, ev.EmergencyEnded, ev.EditSettled,
)  # fmt: skip
"""What may still be recorded when a meeting is closed: what became of it. Nothing that it decided is changed."""

MOST_SAFE = 10
"""The safety score of somebody who thinks the child safe enough; 0 is no safety at all."""


def fold(events: Iterable[ev.Event]) -> Meeting:
    """The meeting that these events, in the order in which they were kept, come to; the first is `Called`."""
    iterator = iter(events)
    first = next(iterator, None)
    if not isinstance(first, ev.Called):
        raise ev.MeetingError("a meeting begins with the event Called.")
    meeting, seen = _begin(first), {first.id}
    for event in iterator:
        if event.id not in seen:
            seen.add(event.id)
            meeting = _next(meeting, event)
    return replace(meeting, events=frozenset(seen))


def step(meeting: Meeting, event: ev.Event) -> Meeting:
    """The meeting after one more event; raises `MeetingError` for one that cannot follow."""
    if event.id in meeting.events:
        return meeting
    return replace(_next(meeting, event), events=meeting.events | {event.id})


def _next(meeting: Meeting, event: ev.Event) -> Meeting:
    if meeting.is_closed and not isinstance(event, AFTERWARDS):
        raise ev.MeetingError("this meeting is closed: call another, or record what became of this one.")
    if isinstance(event, ev.ItemAdded) and event.closed_part and event.closed_part not in meeting.closed_parts:
        raise ev.MeetingError("there is no such closed part of this meeting: open it first, with its members.")
    handler = _HANDLERS.get(type(event))
    if handler is None:
        raise ev.MeetingError("a meeting is called once: call another one for another meeting.")
    after: Meeting = handler(meeting, event)
    return replace(after, last=max(meeting.last, event.at), number=meeting.number + 1)


def _begin(event: ev.Called) -> Meeting:
    if not event.children:
        raise ev.MeetingError("a meeting is about at least one child: name them.")
    return Meeting(
        id=event.meeting,
        called=event,
        status=Status.CALLED,
        starts=event.starts,
        place=event.place,
        chair=event.chair,
        supported_by=event.supported_by,
        last=event.at,
        events=frozenset({event.id}),
        number=1,
    )


# -- called, asked, came


def _supported(meeting: Meeting, event: ev.Supported) -> Meeting:
    return replace(meeting, supported_by=event.by)


def _scheduled(meeting: Meeting, event: ev.Scheduled) -> Meeting:
    return replace(
        meeting, starts=event.starts, place=event.place or meeting.place, covers=event.covers or meeting.covers
    )


def _chaired(meeting: Meeting, event: ev.Chaired) -> Meeting:
    return replace(meeting, chair=event.chair, minutes=event.minutes or meeting.minutes)


def _invited(meeting: Meeting, event: ev.Invited) -> Meeting:
    known = meeting.participants.get(event.person)
    known = known or Participant(person=event.person, part=event.part)
    asked = replace(
        known,
        part=event.part,
        agency=event.agency,
        name=event.name,
        needs=event.needs,
        invited_at=known.invited_at or event.at,
    )
    return _with_participant(meeting, asked)


def _with_participant(meeting: Meeting, participant: Participant) -> Meeting:
    return replace(meeting, participants=put(meeting.participants, participant.person, participant))


def _participant(meeting: Meeting, person: str) -> Participant:
    """Whoever this is; someone who comes without having been asked is a participant too."""
    return meeting.participants.get(person) or Participant(person=person, part="other")


def _report(meeting: Meeting, event: ev.ReportReceived) -> Meeting:
    known = _participant(meeting, event.person)
    return _with_participant(
        meeting, replace(known, report_received=event.received, report_shared=event.shared or known.report_shared)
    )


def _arrived(meeting: Meeting, event: ev.Arrived) -> Meeting:
    known = _participant(meeting, event.person)
    here = replace(known, arrived_at=known.arrived_at or event.at, how=event.how, left_at=None)
    held = replace(meeting, status=Status.HELD, held_at=meeting.held_at or event.at)
    return _with_participant(held, here)


def _left(meeting: Meeting, event: ev.LeftMeeting) -> Meeting:
    return _with_participant(meeting, replace(_participant(meeting, event.person), left_at=event.at))


def _apologies(meeting: Meeting, event: ev.ApologiesGiven) -> Meeting:
    known = _participant(meeting, event.person)
    return _with_participant(
        meeting, replace(known, apologies=True, apologies_reason=event.reason, instead=event.instead)
    )


def _responsible(meeting: Meeting, event: ev.HasResponsibility) -> Meeting:
    known = meeting.responsible.get(event.person)
    children = tuple(dict.fromkeys((*(known.children if known else ()), event.child)))
    if known is None:
        known = Responsible(person=event.person, children=children)
    found = replace(known, children=children, name=event.name or known.name, basis=event.basis or known.basis)
    return replace(meeting, responsible=put(meeting.responsible, event.person, found))


def _told(meeting: Meeting, event: ev.Told) -> Meeting:
    known = _known_responsible(meeting, event.person)
    return _with_responsible(meeting, replace(known, told=put(known.told, event.what, event)))


def _not_told(meeting: Meeting, event: ev.NotTold) -> Meeting:
    if not event.why.strip():
        raise ev.MeetingError("say why they were not told: this is the reason that will be read in a review.")
    known = _known_responsible(meeting, event.person)
    return _with_responsible(meeting, replace(known, not_told=put(known.not_told, event.what, event)))


def _known_responsible(meeting: Meeting, person: str) -> Responsible:
    if person not in meeting.responsible:
        raise ev.MeetingError("record first that this person has parental responsibility, and for which child.")
    return meeting.responsible[person]


def _with_responsible(meeting: Meeting, found: Responsible) -> Meeting:
    return replace(meeting, responsible=put(meeting.responsible, found.person, found))


def _exception(meeting: Meeting, event: ev.ExceptionRecorded) -> Meeting:
    if not event.reason.strip():
        raise ev.MeetingError("going on without what is required needs a reason.")
    return replace(meeting, exceptions=put(meeting.exceptions, event.requirement, event))


# -- scores


def _scored(meeting: Meeting, event: ev.ScoreGiven) -> Meeting:
    if not 0 <= event.score <= MOST_SAFE:
        raise ev.MeetingError(f"a safety score is a whole number from 0 to {MOST_SAFE}.")
    if not event.reason.strip():
        raise ev.MeetingError("a safety score needs its reason, in a sentence.")
    shown = scores.are_shown(meeting, event.child)
    if shown and (event.said_by, event.child) in meeting.scores:
        raise ev.MeetingError("scores have been shown: yours stands as you gave it before you saw the others'.")
    score = Score(
        person=event.said_by,
        score=event.score,
        reason=event.reason,
        at=event.at,
        child=event.child,
        by=event.by,
        after_shown=shown,
    )
    given = replace(meeting, scores=put(meeting.scores, (score.person, score.child), score))
    if scores.is_complete(given):
        return replace(given, scores_complete=given.scores_complete.union(scores.of_whom(given)))
    return given


def _shown(meeting: Meeting, event: ev.ScoresShown) -> Meeting:
    if event.by != meeting.chair:
        raise ev.MeetingError("whoever chairs shows the scores while some are missing.")
    return replace(meeting, scores_shown=meeting.scores_shown or event)


# -- dissent


def _dissent_answered(meeting: Meeting, event: ev.DissentAnswered) -> Meeting:
    item_of(meeting, event.item, ev.DissentRecorded)
    return replace(meeting, dissents_answered=put(meeting.dissents_answered, event.item, event))


# -- ways out, and the end


def _invoked(meeting: Meeting, event: ev.EmergencyInvoked) -> Meeting:
    if event.item in meeting.emergencies:
        raise ev.MeetingError("there is a route with this id already: give the new one its own.")
    if event.by_when < event.at:
        raise ev.MeetingError("an emergency route is taken by a moment that is still to come.")
    accepted = event.at if event.said_by == event.owner else None
    emergency = Emergency(invoked=event, accepted_at=accepted)
    return replace(meeting, emergencies=put(meeting.emergencies, event.item, emergency))


def _emergency_accepted(meeting: Meeting, event: ev.EmergencyAccepted) -> Meeting:
    emergency = _emergency(meeting, event.item)
    if event.said_by != emergency.invoked.owner:
        raise ev.MeetingError("only whoever it was given to accepts an emergency route.")
    return _with_emergency(meeting, event.item, replace(emergency, accepted_at=event.at))


def _emergency_ended(meeting: Meeting, event: ev.EmergencyEnded) -> Meeting:
    emergency = _emergency(meeting, event.item)
    return _with_emergency(meeting, event.item, replace(emergency, ended=event))


def _emergency(meeting: Meeting, item: str) -> Emergency:
    if item not in meeting.emergencies:
        raise ev.MeetingError("no such emergency route was invoked in this meeting.")
    return meeting.emergencies[item]


def _with_emergency(meeting: Meeting, item: str, emergency: Emergency) -> Meeting:
    return replace(meeting, emergencies=put(meeting.emergencies, item, emergency))


def _override(meeting: Meeting, event: ev.OverrideSigned) -> Meeting:
    if not event.reason.strip():
        raise ev.MeetingError("closing with a child unprotected needs a reason from each who signs it.")
    return replace(meeting, overrides=put(meeting.overrides, event.said_by, event))


def _part_opened(meeting: Meeting, event: ev.ClosedPartOpened) -> Meeting:
    if not event.reason.strip() or not event.members:
        raise ev.MeetingError("a closed part has its reason, and names who is in it.")
    return replace(meeting, closed_parts=put(meeting.closed_parts, event.part, event))


def _adjourned(meeting: Meeting, event: ev.Adjourned) -> Meeting:
    return replace(meeting, status=Status.ADJOURNED, starts=event.until or meeting.starts)


def _closed(meeting: Meeting, event: ev.Closed) -> Meeting:
    return replace(meeting, status=Status.CLOSED, closed_at=event.at, overridden=event.overridden)


def _stood_down(meeting: Meeting, event: ev.StoodDown) -> Meeting:
    if meeting.held_at is not None:
        raise ev.MeetingError("this meeting was held: close it.")
    if not event.reason.strip():
        raise ev.MeetingError("a meeting that is not held needs a reason: its clock runs on.")
    return replace(meeting, status=Status.STOOD_DOWN, closed_at=event.at)


ITEMS: tuple[type[ev.ItemAdded] | type[ev.ItemChanged], ...] = (
    ev.DangerVoiced, ev.DangerCorrected, ev.ProtectionProposed, ev.ProtectionChanged, ev.ActionAgreed, ev.ActionChanged,
    ev.DecisionMade, ev.DecisionChanged, ev.DissentRecorded, ev.DissentChanged, ev.ViewGiven, ev.ViewChanged,
    ev.NoteWritten, ev.NoteChanged,
)  # fmt: skip
"""The items that a meeting may have."""

_HANDLERS: Mapping[type[ev.Event], Handler] = MappingProxyType(
    {
        ev.Supported: _supported,
        ev.Scheduled: _scheduled,
        ev.Chaired: _chaired,
        ev.Invited: _invited,
        ev.ReportReceived: _report,
        ev.Arrived: _arrived,
        ev.LeftMeeting: _left,
        ev.ApologiesGiven: _apologies,
        ev.HasResponsibility: _responsible,
        ev.Told: _told,
        ev.NotTold: _not_told,
        ev.ExceptionRecorded: _exception,
        ev.ScoreGiven: _scored,
        ev.ScoresShown: _shown,
        ev.ClosedPartOpened: _part_opened,
        **items_of(*ITEMS),
        **HANDLERS,
        ev.DissentAnswered: _dissent_answered,
        ev.EmergencyInvoked: _invoked,
        ev.EmergencyAccepted: _emergency_accepted,
        ev.EmergencyEnded: _emergency_ended,
        ev.OverrideSigned: _override,
        ev.Adjourned: _adjourned,
        ev.Closed: _closed,
        ev.StoodDown: _stood_down,
    }
)
_KINDS: tuple[type[ev.Event], ...] = (ev.Called, *_HANDLERS)
EVENTS: Mapping[str, type[ev.Event]] = MappingProxyType({kind.__name__: kind for kind in _KINDS})
"""Every kind of event by its name."""
