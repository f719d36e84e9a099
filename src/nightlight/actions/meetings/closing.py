"""How a meeting ends: what is missing, the ways out of uncovered danger, and closing, refused until it may be.

Saving, leaving and losing power close nothing. All that was agreed is in force already, whether or not it closes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nightlight.actions.meetings import after as meeting_after
from nightlight.actions.meetings import tell as meeting_tell
from nightlight.actions.meetings.log import Acted, Opened, Right, act
from nightlight.actions.seeing.access import Refused
from nightlight.actions.signin import proof
from nightlight.domain.clocks import due
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.closing import CloseCheck, close_check
from nightlight.domain.meetings.routes import Offered, offered, routes_in_use
from nightlight.domain.meetings.rows import rows_in_use
from nightlight.domain.meetings.scheduling import LateWarning, late_before_break, wrong_day
from nightlight.domain.meetings.state import Meeting
from nightlight.domain.raising import Arrangements
from nightlight.domain.rota import who
from nightlight.domain.rule_types import NoRuleError
from nightlight.store.duties import mapping as duties
from nightlight.store.meetings import mapping
from nightlight.store.people.models import Practitioner


class NotClosed(Exception):
    """The meeting stays open: `check` holds every reason and every way out. All that was agreed is in force."""

    def __init__(self, check: CloseCheck) -> None:
        super().__init__(" ".join(reason.missing for reason in check.reasons))
        self.check = check


def check(state: Meeting, now: datetime) -> CloseCheck:
    """Whether this meeting may close now: each reason against it, and the ways out of uncovered danger."""
    under = Arrangements()
    return close_check(state, now, rules=under.rules, calendar=under.calendar)


def close(*, by: Practitioner, meeting: UUID, key: str, now: datetime) -> Acted:
    """Close the meeting. Raises `NotClosed` with the reasons while it may not be; then nothing has changed."""

    def make(opened: Opened) -> ev.Event:
        found = _of_the_whole(opened, now)
        if not found.may_close:
            raise NotClosed(found)
        return ev.Closed(id=key, at=now, by=by.username, overridden=found.overridden)

    with transaction.atomic():
        acted = act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS, states=True)
        if acted.is_new:
            meeting_after.send(by=by, meeting=meeting, state=acted.state, number=acted.number, now=now)
        return acted


def _of_the_whole(opened: Opened, now: datetime) -> CloseCheck:
    """A danger in a closed part keeps the meeting open too; whoever closes it and is not in that part is told no more
    than that there is something."""
    seen, held = check(opened.state, now), mapping.meeting_of(opened.id)
    whole = check(held[0], now) if held else seen
    if whole.may_close or not seen.may_close:
        return whole if whole.may_close else seen
    inside = replace(whole.reasons[0], code="closed_part", missing=ev.ASK_INSIDE, can_except=False)
    return replace(seen, reasons=(inside,))


def routes(now: datetime) -> tuple[Offered, ...]:
    """Every emergency route, with its clock as it would run from now and its lawful basis."""
    under = Arrangements()
    return offered(now, under.rules, under.calendar)


def emergency(
    *, by: Practitioner, meeting: UUID, key: str, item: str, route: str, reason: str, owner: str = "",
    dangers: tuple[str, ...] = (), by_when: datetime | None = None, author: str = "", now: datetime,
) -> Acted:  # fmt: skip
    """Take an emergency route now: its duty runs from this moment on its own clock. owner: who takes it; where nobody
    is named, whoever the rota names for it now, which out of hours is the team on call."""
    taken = routes_in_use().find(route, now)
    if taken is None:
        raise ev.MeetingError(f"an emergency route is one of {', '.join(routes_in_use().codes)}.")
    under = Arrangements(rota=duties.rota())
    row = under.rules.in_force(taken.clock, now)
    whose = owner or who(under.rota, under.role_at(row, now), "", now).person
    if not whose:
        raise ev.MeetingError("nobody is on the rota for this route: name the person who takes it.")

    def make(_: Opened) -> ev.Event:
        return ev.EmergencyInvoked(
            id=key, at=now, by=by.username, author=author, item=item, route=route, owner=whose,
            by_when=by_when or due(row, now, under.calendar), reason=reason, dangers=dangers,
            basis=taken.basis,
        )  # fmt: skip

    acted = act(by=by, meeting=meeting, key=key, make=make, now=now)
    meeting_tell.given(meeting, whose, item, besides=by.username, now=now)
    return acted


def accept_emergency(*, by: Practitioner, meeting: UUID, key: str, item: str, now: datetime) -> Acted:
    """Take an emergency route that one was given."""

    def make(_: Opened) -> ev.Event:
        return ev.EmergencyAccepted(id=key, at=now, by=by.username, item=item)

    return act(by=by, meeting=meeting, key=key, make=make, now=now)


def end_emergency(*, by: Practitioner, meeting: UUID, key: str, item: str, outcome: str, now: datetime) -> Acted:
    """Record what came of an emergency route; what it put in force is a protection of its own."""

    def make(opened: Opened) -> ev.Event:
        taken = opened.state.emergencies.get(item)
        if taken and by.username != taken.invoked.owner and not opened.runs:
            raise Refused("Whoever took the route records what came of it, or whoever runs the meeting.")
        if not outcome.strip():
            raise ev.MeetingError("say what came of it: what is in force now, or why nothing is.")
        return ev.EmergencyEnded(id=key, at=now, by=by.username, item=item, outcome=outcome)

    return act(by=by, meeting=meeting, key=key, make=make, now=now)


def sign_override(
    *, by: Practitioner, meeting: UUID, key: str, reason: str, dangers: tuple[str, ...], now: datetime
) -> Acted:
    """Put one's name to closing with these dangers uncovered. Two managers do, each signed in as themselves, and each
    having proved lately who they are (`proof.NeedsProof`)."""

    def make(_: Opened) -> ev.Event:
        proof.require_proof(by, now)
        return ev.OverrideSigned(id=key, at=now, by=by.username, role=by.role, reason=reason, dangers=dangers)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.MANAGER)


def adjourn(
    *, by: Practitioner, meeting: UUID, key: str, reason: str, until: datetime | None = None, now: datetime
) -> Acted:
    """Break off, to go on at another time. It stays unclosed; its clock and its duties run."""

    def make(_: Opened) -> ev.Event:
        return ev.Adjourned(id=key, at=now, by=by.username, reason=reason, until=until)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS, states=True)


def stand_down(*, by: Practitioner, meeting: UUID, key: str, reason: str, now: datetime) -> Acted:
    """Say that it will not be held, and why. The clock that it was to answer runs on."""

    def make(_: Opened) -> ev.Event:
        return ev.StoodDown(id=key, at=now, by=by.username, reason=reason)

    return act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS)


# -- when it is held


def late_warning(starts: datetime, covers: str = "") -> LateWarning | None:
    """A warning where it is so late before days without work that nothing can be put in force; it asks who covers."""
    under = Arrangements()
    return late_before_break(starts, rules=under.rules, calendar=under.calendar, covers=covers)


def not_on_that_day(kind: str, starts: datetime) -> str:
    """Why this kind of meeting cannot be recorded on that day; empty where it can."""
    try:
        return wrong_day(starts, rows_in_use().in_force(kind, starts))
    except NoRuleError:
        return "Nothing is known here of how this kind of meeting was held on that day: check the date"
