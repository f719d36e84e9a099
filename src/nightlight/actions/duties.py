"""What people do with duties: see theirs, acknowledge, hand over, accept, decline, discharge. Each writes one event.

A discharge with "no further action" is told to every agency whose entry was evidence: they see it on the duty and on
the child's page. Reading one changes nothing: it leaves no list because it was opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from nightlight.actions import audit, raising
from nightlight.actions.access import Refused, access_child, require
from nightlight.domain import duty_events
from nightlight.domain.clocks import default_rules
from nightlight.domain.duties import Climb, DutyState, schedule, state_of
from nightlight.domain.roles import ROLES, Permission
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow, DutyRow
from nightlight.store.people.models import Person, Practitioner
from nightlight.timeline.calendar import WorkingCalendar


@dataclass(frozen=True, slots=True)
class ListedDuty:
    """One line of a list of duties."""

    now: DutyNow
    child: Person
    overdue: bool


@dataclass(frozen=True, slots=True)
class DutyStory:
    """One duty whole: where it stands, everything that happened, and where it would climb if nobody acted."""

    now: DutyNow
    child: Person
    state: DutyState
    events: tuple[duty_events.Event, ...]
    climbs: tuple[Climb, ...]
    overdue: bool


def my_duties(*, by: Practitioner, now: datetime) -> list[ListedDuty]:
    """The duties that are mine or offered to me, the soonest due first."""
    require(by, Permission.DUTY_HOLD)
    mine = Q(owner=by.username) | Q(pending_to=by.username)
    return _listed(DutyNow.objects.filter(mine), now)


def team_duties(*, by: Practitioner, now: datetime) -> list[ListedDuty]:
    """The open duties of my organisation, or of the whole partnership for a role that answers for it."""
    require(by, Permission.TEAM_VIEW)
    rows = DutyNow.objects.all()
    if not ROLES[by.role].partnership_wide:
        rows = rows.filter(organisation=by.organisation_id)
    return _listed(rows, now)


def duties_of_child(*, child: UUID, now: datetime) -> list[ListedDuty]:
    """Every duty about a child, open ones first. Called by what has passed `access_child` already."""
    return _listed(DutyNow.objects.filter(child=child), now, discharged=True)


def _listed(rows, now: datetime, *, discharged: bool = False) -> list[ListedDuty]:  # type: ignore[no-untyped-def]
    if not discharged:
        rows = rows.exclude(status="discharged")
    rows = list(rows.order_by("due", "duty_id"))
    children = Person.objects.in_bulk({row.child for row in rows})
    listed = [ListedDuty(row, children[row.child], row.status != "discharged" and now > row.due) for row in rows]
    return sorted(listed, key=lambda each: (each.now.status == "discharged", each.now.due))


def duty(*, by: Practitioner, duty_id: UUID, now: datetime) -> DutyStory:
    """One duty's whole story, to somebody who may see the child."""
    row = DutyNow.objects.select_related("duty").filter(duty_id=duty_id).first()
    if row is None:
        raise Refused("There is no such duty, or it is not one that you may see.")
    access_child(by=by, child=row.child, now=now)
    events = mapping.events_of([duty_id])[duty_id]
    state = state_of(events)
    climbs = schedule(state, default_rules(), WorkingCalendar.england())
    return DutyStory(
        now=row,
        child=Person.objects.get(id=row.child),
        state=state,
        events=tuple(events),
        climbs=climbs,
        overdue=state.overdue(now),
    )


def acknowledge(*, by: Practitioner, duty_id: UUID, now: datetime) -> DutyState:
    """This is mine: its owner says so, or, where the rota named nobody, somebody with the role takes it."""
    return _act(by, duty_id, now, lambda: duty_events.Acknowledged(at=now, by=by.username), anyone=False)


def hand_over(*, by: Practitioner, duty_id: UUID, to: str, now: datetime) -> DutyState:
    """Offer it to another person by sign-in name; the sender stays accountable until they accept."""
    receiver = Practitioner.objects.filter(username=to, is_active=True).first()
    if receiver is None:
        raise duty_events.DutyError("Choose somebody who can sign in: handing over to nobody is not possible.")
    require(receiver, Permission.DUTY_HOLD)
    return _act(by, duty_id, now, lambda: duty_events.HandedOver(at=now, by=by.username, to=to, to_role=receiver.role))


def accept(*, by: Practitioner, duty_id: UUID, now: datetime) -> DutyState:
    """Take what was offered: accountable from now."""
    return _act(by, duty_id, now, lambda: duty_events.Accepted(at=now, by=by.username), anyone=True)


def decline(*, by: Practitioner, duty_id: UUID, reason: str, now: datetime) -> DutyState:
    """Not take what was offered: it is the sender's, as before."""
    return _act(by, duty_id, now, lambda: duty_events.Declined(at=now, by=by.username, reason=reason), anyone=True)


def discharge(*, by: Practitioner, duty_id: UUID, outcome: str, reason: str, now: datetime) -> DutyState:
    """End it, with an outcome and a reason."""
    return _act(
        by, duty_id, now, lambda: duty_events.Discharged(at=now, by=by.username, outcome=outcome, reason=reason)
    )


def receivers(*, by: Practitioner, duty_id: UUID) -> Sequence[Practitioner]:
    """The people it can be handed to: those of the duty's organisation, and those who answer for the partnership."""
    row = DutyNow.objects.get(duty_id=duty_id)
    wide = [role.code for role in ROLES.values() if role.partnership_wide]
    holding = [role.code for role in ROLES.values() if Permission.DUTY_HOLD in role.may]
    people = Practitioner.objects.filter(is_active=True, role__in=holding).exclude(username=row.owner)
    near = Q(organisation=row.organisation) | Q(organisation=by.organisation_id) | Q(role__in=wide)
    return list(people.filter(near).select_related("organisation").order_by("organisation__name", "name"))


def _act(by, duty_id, now, event, *, anyone: bool = False) -> DutyState:  # type: ignore[no-untyped-def]
    """Add the event, by its owner (or the person it was offered to); the row is locked, so two never act at once."""
    require(by, Permission.DUTY_HOLD)
    with transaction.atomic():
        if not DutyRow.objects.select_for_update().filter(id=duty_id).exists():
            raise Refused("There is no such duty, or it is not one that you may see.")
        row = DutyNow.objects.get(duty_id=duty_id)
        access_child(by=by, child=row.child, now=now)
        _only_owner(by, row, anyone)
        state = state_of(mapping.events_of([duty_id])[duty_id])
        made = event()
        after = raising.apply(duty_id, state, made)
        audit.record(at=now, by=by, act=f"duty.{type(made).__name__.lower()}", child=row.child, about=str(duty_id))
        return after


def _only_owner(by: Practitioner, row: DutyNow, anyone: bool) -> None:
    if anyone or row.owner == by.username:
        return
    if row.owner == "" and (row.role == by.role or Permission.TEAM_VIEW in ROLES[by.role].may):
        return
    raise Refused("Only the owner of this duty can do that. Ask them to hand it over to you, and accept it.")
