"""Calling a meeting, and finding those that are mine or about a child.

A meeting is called from a referral, an enquiry, a duty or a plan: its statutory clock runs already, and runs on until
the meeting is closed, which is an entry of the record and ends the clock's duty (`actions.owned.clocks`).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nightlight.actions.meetings import enquiry
from nightlight.actions.meetings import tell as meeting_tell
from nightlight.actions.meetings.log import follow
from nightlight.actions.seeing.access import access_child, not_there, require
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.gate_rows import Gate
from nightlight.domain.meetings.gates import ConveneFacts, Reason, in_words, may_convene
from nightlight.domain.meetings.rows import MeetingRow as KindRow
from nightlight.domain.meetings.rows import rows_in_use
from nightlight.domain.meetings.state import Meeting
from nightlight.domain.meetings.steps import fold
from nightlight.domain.roles import Permission, may
from nightlight.store.access import wall
from nightlight.store.duties.models import ClockRow, DutyNow
from nightlight.store.meetings import mapping
from nightlight.store.meetings.models import MeetingChild, MeetingNow, MeetingPlace, MeetingRow
from nightlight.store.people.models import Person, Practitioner

NAMESPACE = uuid.UUID("4d3a5f1e-8a47-5c0e-9a65-6d656574696e")


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody to be asked with the call: a practitioner by sign-in name, or somebody of the family by name."""

    person: str
    part: str
    name: str = ""
    agency: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list of meetings. title: of its kind, in words. overdue: not closed by the time of its clock."""

    now: MeetingNow
    title: str
    children: tuple[Person, ...]
    part: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class CanCall:
    """A kind of meeting that can be called for a child, and the clock that it would answer, where one runs."""

    row: KindRow
    clock: ClockRow | None


@dataclass(frozen=True, slots=True)
class Before:
    """What is to be mended before a conference sits; of which child, or of none."""

    child: str
    reason: Reason


def call(
    *,
    by: Practitioner,
    kind: str,
    children: Sequence[UUID],
    why: str,
    key: str,
    starts: datetime | None = None,
    place: str = "",
    chair: str = "",
    asked: Sequence[Invitation] = (),
    anchor: str = "",
    supported_by: str = "",
    now: datetime,
) -> UUID:
    """Call a meeting about these children. key: the page's own id, so that a form sent twice calls one meeting.

    Anybody who works with a child may call one. Of a conference gate G9 asks who, for which agency and with what
    concern, and says where no senior manager supports it yet (`supported_by`; `against_calling`). anchor: the entry or
    duty it is called from; where none is given it is what started the clock that the meeting answers.
    """
    require(by, Permission.DUTY_HOLD)
    row = rows_in_use().in_force(kind, now)
    for child in children:
        access_child(by=by, child=child, now=now)
    if not why.strip():
        raise ev.MeetingError("say why the meeting is called: whoever is asked reads it first.")
    supported_by = supported_by or (by.username if may(by.role, Permission.TEAM_VIEW) else "")
    against = against_calling(by=by, kind=kind, why=why, supported_by=supported_by, now=now)
    if firm := [reason for reason in against if not reason.can_except]:
        raise ev.MeetingError(in_words(firm))
    if chair and not Practitioner.objects.filter(username=chair, is_active=True).exists():
        raise ev.MeetingError("whoever chairs signs in here: choose somebody who can.")
    meeting = uuid.uuid5(NAMESPACE, f"{by.username} {key}")
    with transaction.atomic():
        with wall.lifted("a meeting is kept, whoever called it"):
            held, made = MeetingRow.objects.get_or_create(
                id=meeting,
                defaults={"kind": kind, "organisation": by.organisation_id, "called": now, "called_by": by.username},
            )
        if not made:
            return held.id
        called = _called(by, meeting, row, children, why, starts, place, chair, anchor, key, now)
        called = replace(called, supported_by=supported_by)
        _begin(by, meeting, called, asked, now)
    return meeting


def _called(by, meeting, row, children, why, starts, place, chair, anchor, key, now) -> ev.Called:  # type: ignore[no-untyped-def]
    clock = clock_for(row, children)
    return ev.Called(
        id=key,
        at=now,
        by=by.username,
        meeting=str(meeting),
        kind=row.kind,
        children=tuple(str(child) for child in children),
        why=why.strip(),
        anchor=anchor or (str(clock.anchor) if clock else ""),
        starts=starts,
        place=place,
        chair=chair,
        rule=clock.rule if clock else "",
        rule_version=clock.rule_version if clock else 0,
        due=clock.due if clock else None,
    )


def against_calling(
    *, by: Practitioner, kind: str, why: str, supported_by: str = "", now: datetime
) -> tuple[Reason, ...]:
    """Gate G9: what stops the call, and (`can_except`) what is only said with it."""
    if rows_in_use().in_force(kind, now).gate != Gate.CONFERENCE:
        return ()
    supported_by = supported_by or (by.username if may(by.role, Permission.TEAM_VIEW) else "")
    senior = Practitioner.objects.filter(username=supported_by, is_active=True).first() if supported_by else None
    if senior is not None and not may(senior.role, Permission.TEAM_VIEW):
        raise ev.MeetingError("a conference is supported by a senior manager: choose somebody who answers for a team.")
    facts = ConveneFacts(
        asked_by=by.username, agency=by.agency, concern=why, supported_by=senior.username if senior else ""
    )
    return may_convene(facts, now)


def before_it_sits(state: Meeting, now: datetime) -> tuple[Before, ...]:
    """Of a conference that was called and has not been held: what gates G9 and G4 still say, for it is not put off for
    what can be mended before it sits."""
    if state.held_at or state.is_closed or rows_in_use().in_force(state.kind, now).gate != Gate.CONFERENCE:
        return ()
    asked = ConveneFacts(
        asked_by=state.called.by, agency="-", concern=state.called.why, supported_by=state.supported_by
    )
    found = [Before("", reason) for reason in may_convene(asked, state.called.at)]
    if state.kind == "initial_conference":
        for child in state.called.children:
            found += [Before(child, reason) for reason in enquiry.before_conference(UUID(child), now=now)]
    return tuple(found)


@wall.lifted("a meeting is kept, and what follows from it, whoever called it")
def _begin(by: Practitioner, meeting: UUID, called: ev.Called, asked: Sequence[Invitation], now: datetime) -> None:
    """The first events: the call, and each who is asked with it. They are told, without a child's details."""
    events: list[ev.Event] = [called]
    known = Practitioner.objects.filter(is_active=True, username__in=[each.person for each in asked])
    people = {person.username: person for person in known.select_related("organisation")}
    for each in asked:
        person = people.get(each.person)
        if person is None and not each.name.strip():
            raise ev.MeetingError("give the name of somebody who does not sign in here.")
        events.append(
            ev.Invited(
                id=f"{called.id}/{each.person}", at=now, by=by.username, person=each.person, part=each.part,
                agency=person.agency if person else each.agency, name=person.name if person else each.name,
                needs=each.needs,
            )
        )  # fmt: skip
    for number, event in enumerate(events, 1):
        mapping.to_row(event, meeting, number).save(force_insert=True)
    state = fold(events)
    follow(by=by, meeting=meeting, before=None, after=state, event=called, number=len(events), now=now)
    meeting_tell.invited(meeting, people, besides=by.username, now=now)
    if called.chair and called.chair not in people:
        meeting_tell.invited(meeting, [called.chair], besides=by.username, now=now)


def clock_for(row: KindRow, children: Sequence[UUID]) -> ClockRow | None:
    """The statutory clock that a meeting of this kind answers for these children: the soonest due."""
    running = ClockRow.objects.filter(child__in=list(children), rule__in=row.clocks, how="")
    return running.order_by("due").first()


def can_call(*, by: Practitioner, child: UUID, now: datetime) -> list[CanCall]:
    """Every kind of meeting, with the clock that it would answer for this child. To somebody who may see the child."""
    require(by, Permission.DUTY_HOLD)
    access_child(by=by, child=child, now=now)
    rows = rows_in_use()
    found = [rows.in_force(kind, now) for kind in rows.kinds]
    return [CanCall(row, clock_for(row, [child])) for row in found]


def from_duty(*, by: Practitioner, duty: UUID, now: datetime) -> list[CanCall]:
    """The same from a duty: the kinds whose clock it carries come first."""
    with wall.lifted("whose child's duty it is must be known before anybody can be asked whether they may see it"):
        held = DutyNow.objects.get(duty_id=duty)
    if held.child is None:
        raise not_there()
    found = can_call(by=by, child=held.child, now=now)
    rule = held.question.split(":")[1] if held.question.startswith("clock:") else ""
    return sorted(found, key=lambda each: rule not in each.row.clocks)


# -- finding


def my_meetings(*, by: Practitioner, now: datetime, closed: bool = False) -> list[Listed]:
    """The meetings that I have a place in: those that are open, the soonest first; with the closed ones if asked."""
    places = dict(MeetingPlace.objects.filter(person=by.username).values_list("meeting_id", "part"))
    rows = MeetingNow.objects.filter(meeting__in=places)
    return _listed(rows if closed else rows.exclude(status__in=CLOSED), now, places)


def of_child(*, child: UUID, now: datetime) -> list[Listed]:
    """Every meeting about a child, the newest first: that it was, and where it stands; what was said is for those who
    were asked. Called by what has passed `access_child` already."""
    ids = MeetingChild.objects.filter(child=child, meeting__isnull=False).values_list("meeting_id", flat=True)
    found = _listed(MeetingNow.objects.filter(meeting__in=list(ids)), now, {})
    return sorted(found, key=lambda each: each.now.meeting.called, reverse=True)


CLOSED = ("closed", "stood_down")


def _listed(rows, now: datetime, places: dict[UUID, str]) -> list[Listed]:  # type: ignore[no-untyped-def]
    rows = list(rows.select_related("meeting"))
    people = Person.objects.in_bulk({child for row in rows for child in row.children})
    titles = {kind: rows_in_use().in_force(kind, now).title for kind in rows_in_use().kinds}
    listed = [
        Listed(
            row,
            titles.get(row.kind, row.kind),
            tuple(people[child] for child in row.children if child in people),
            places.get(row.meeting_id, ""),
            row.status not in CLOSED and row.due is not None and row.due < now,
        )
        for row in rows
    ]
    return sorted(listed, key=lambda each: (each.now.starts is None, each.now.starts or each.now.meeting.called))
