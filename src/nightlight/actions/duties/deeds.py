"""What people do with duties: see theirs, acknowledge, hand over, accept, decline, discharge. Each writes one event.

A discharge with "no further action" is told to every agency whose entry was evidence: they see it on the duty and on
the child's page. Reading one changes nothing: it leaves no list because it was opened.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from nightlight.actions.duties.ahead import Ahead, of_state
from nightlight.actions.duties.disagreements import QUESTION as DISAGREEMENT
from nightlight.actions.duties.theirs import found, seen_by
from nightlight.actions.meetings import enquiry
from nightlight.actions.owned import raising, weighing
from nightlight.actions.owned.weighing import Weighed
from nightlight.actions.record.recent import chronology_of
from nightlight.actions.seeing.access import Refused, require
from nightlight.actions.seeing.sight import Sight
from nightlight.actions.telling.told import Told, told_of
from nightlight.actions.trail import audit, turns
from nightlight.domain import duty_events
from nightlight.domain.access.vocabulary import Relationship
from nightlight.domain.duties import DutyState, Status, state_of
from nightlight.domain.meetings.gates import ConcernFacts, concern_accepted, in_words
from nightlight.domain.raising import Arrangements
from nightlight.domain.raising import challenge as duty_following
from nightlight.domain.roles import ROLES, Permission
from nightlight.store.access import wall
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow, DutyRow
from nightlight.store.intake.models import RaisedConcern
from nightlight.store.people.models import Person, Practitioner


@dataclass(frozen=True, slots=True)
class ListedDuty:
    """One line of a list of duties. child: None for the partnership's own."""

    now: DutyNow
    child: Person | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Disagreed:
    """A professional disagreement: about which duty, which duty carries it, and who gave what reason."""

    about: UUID
    duty: UUID
    open: bool
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class DutyStory:
    """One duty whole: where it stands, everything that happened, who was told, and what comes if nobody acts.

    sight: of whoever reads it. indicators: those of its indicators that they see hold.
    may_challenge: it has ended, and entries of this person's organisation were evidence. follows: the open duty on the
    same question, where there is one. disagreed: the disagreements about it. about: the one that this duty carries.
    """

    now: DutyNow
    child: Person | None
    sight: Sight
    indicators: tuple[str, ...]
    state: DutyState
    events: tuple[duty_events.Event, ...]
    ahead: Ahead
    told: tuple[Told, ...]
    overdue: bool
    may_challenge: bool
    follows: UUID | None
    disagreed: tuple[Disagreed, ...]
    about: Disagreed | None


def my_duties(*, by: Practitioner, now: datetime) -> list[ListedDuty]:
    """The duties that are mine or offered to me, the soonest due first."""
    require(by, Permission.DUTY_HOLD)
    mine = Q(owner=by.username) | Q(pending_to=by.username)
    return _listed(DutyNow.objects.filter(mine), now, by, Relationship.ALLOCATED)


def team_duties(*, by: Practitioner, now: datetime) -> list[ListedDuty]:
    """The open duties of my organisation, or of the whole partnership for a role that answers for it."""
    require(by, Permission.TEAM_VIEW)
    rows = DutyNow.objects.all()
    if not ROLES[by.role].partnership_wide:
        rows = rows.filter(organisation=by.organisation_id)
    return _listed(rows, now, by, Relationship.TEAM)


def _listed(rows, now: datetime, by: Practitioner, standing: Relationship) -> list[ListedDuty]:  # type: ignore[no-untyped-def]
    rows = seen_by(by, list(rows.exclude(status="discharged").order_by("due", "duty_id")), now, standing)
    children = Person.objects.in_bulk({row.child for row in rows})
    listed = [ListedDuty(row, children.get(row.child), row.status != "discharged" and now > row.due) for row in rows]
    return sorted(listed, key=lambda each: (each.now.status == "discharged", each.now.due))


def _indicators(row: DutyNow, sight: Sight, now: datetime) -> tuple[str, ...]:
    if row.child is None:
        return ()
    held = chronology_of(row.child, sight, now).held
    return tuple(code for code in row.indicators if held is None or held.get(code))


def duty(*, by: Practitioner, duty_id: UUID, now: datetime) -> DutyStory:
    """One duty's whole story, to somebody who may see the child."""
    row, sight = found(by, duty_id, now)
    events = mapping.events_of([duty_id])[duty_id]
    state = state_of(events)
    return DutyStory(
        now=row,
        child=Person.objects.get(id=row.child) if row.child else None,
        sight=sight,
        indicators=_indicators(row, sight, now),
        state=state,
        events=tuple(events),
        ahead=of_state(state, row.organisation, Arrangements(rota=mapping.rota())),
        told=told_of(duty_id),
        overdue=state.overdue(now),
        may_challenge=state.is_discharged and _gave_evidence(by, row),
        follows=_open_on(row),
        disagreed=_disagreements(row, about=duty_id),
        about=_carried(row),
    )


def _carried(row: DutyNow) -> Disagreed | None:
    """The disagreement that a duty carries, if it is one of those."""
    if not row.question.startswith(DISAGREEMENT):
        return None
    found = _disagreements(row, about=UUID(row.question.removeprefix(DISAGREEMENT)))
    return next((each for each in found if each.duty == row.duty_id), None)


def _disagreements(row: DutyNow, *, about: UUID) -> tuple[Disagreed, ...]:
    """The disagreements about a duty of this child, with the reason that was written down as each was raised."""
    same = DutyNow.objects.filter(child=row.child, question=f"{DISAGREEMENT}{about}").select_related("duty")
    said = {
        event.at: event
        for event in AuditEvent.objects.filter(child=row.child, act="duty.disagreed", about=str(about))
    }  # fmt: skip
    return tuple(
        Disagreed(about, each.duty_id, each.status != "discharged", by=told.by, reason=told.reason)
        for each in same.order_by("duty__raised", "duty_id")
        if (told := said.get(each.duty.raised)) is not None
    )


@wall.lifted("whether one of their own entries was evidence")
def _gave_evidence(by: Practitioner, row: DutyNow) -> bool:
    """Whether an entry of this person's organisation was evidence."""
    return EntryRow.objects.filter(id__in=row.evidence, organisation=by.organisation_id).exists()


def _open_on(row: DutyNow) -> UUID | None:
    """The other duty that is open on the same question."""
    same = DutyNow.objects.filter(child=row.child, question=row.question).exclude(duty_id=row.duty_id)
    return same.exclude(status="discharged").values_list("duty_id", flat=True).first()


def acknowledge(*, by: Practitioner, duty_id: UUID, now: datetime) -> DutyState:
    """This is mine: its owner says so, or, where the rota named nobody, somebody with the role takes it."""
    return _act(by, duty_id, now, lambda _: duty_events.Acknowledged(at=now, by=by.username), anyone=False)


def hand_over(*, by: Practitioner, duty_id: UUID, to: str, now: datetime) -> DutyState:
    """Offer it to another person by sign-in name; the sender stays accountable until they accept."""
    receiver = Practitioner.objects.filter(username=to, is_active=True).first()
    if receiver is None:
        raise duty_events.DutyError("Choose somebody who can sign in: handing over to nobody is not possible.")
    require(receiver, Permission.DUTY_HOLD)
    return _act(
        by, duty_id, now, lambda _: duty_events.HandedOver(at=now, by=by.username, to=to, to_role=receiver.role)
    )


def accept(*, by: Practitioner, duty_id: UUID, now: datetime) -> DutyState:
    """Take what was offered: accountable from now."""
    return _act(by, duty_id, now, lambda _: duty_events.Accepted(at=now, by=by.username), anyone=True)


def decline(*, by: Practitioner, duty_id: UUID, reason: str, now: datetime) -> DutyState:
    """Not take what was offered: it is the sender's, as before."""
    return _act(by, duty_id, now, lambda _: duty_events.Declined(at=now, by=by.username, reason=reason), anyone=True)


def discharge(
    *, by: Practitioner, duty_id: UUID, outcome: str, reason: str, now: datetime, read: str = ""
) -> DutyState:
    """End it, with an outcome and a reason. read: the mark of what was read before "no further action" (`weighing`)."""

    def event(row: DutyNow) -> duty_events.Event:
        _is_accepted(row, by, now)
        enquiry.must_be_done(by=by, duty=row, reason=reason, read=read, now=now)
        shown = weighing.must_have_read(by=by, duty=row, outcome=outcome, read=read, reason=reason, now=now)
        return duty_events.Discharged(at=now, by=by.username, outcome=outcome, reason=reason, shown=shown)

    return _act(by, duty_id, now, event)


def _is_accepted(row: DutyNow, by: Practitioner, now: datetime) -> None:
    """Gate G1: what somebody raised ends by a named person who took it, and once it is on record whether the child is
    in danger now. Its owner takes it by answering it; one that the rota gave nobody is acknowledged first."""
    concern = RaisedConcern.objects.filter(duty=row.duty_id).first()
    if concern is None:
        return
    facts = ConcernFacts(
        owner=row.owner,
        accepted=row.owner == by.username or row.status == Status.ACKNOWLEDGED,
        in_danger_now=concern.danger_now,
    )
    if against := concern_accepted(facts, now):
        raise duty_events.DutyError(f"{in_words(against)} Acknowledge it first: then it is yours to answer.")


def to_read_first(*, by: Practitioner, duty_id: UUID, now: datetime) -> Weighed:
    """What is to be read before this duty ends in no further action; to somebody who may see the child."""
    row, _ = found(by, duty_id, now)
    return weighing.weigh(by=by, duty=row, now=now)


def challenge(*, by: Practitioner, duty_id: UUID, reason: str, now: datetime) -> UUID:
    """Disagree with how it ended: an agency whose entry was evidence has it weighed again, one rung up.

    Returns the id of the duty that follows. The first stays as it ended, with the challenge in its history.
    """
    require(by, Permission.DUTY_HOLD)
    with transaction.atomic():
        turns.take()  # two duties that ended on the same question may be challenged at once
        row = _locked(by, duty_id, now)
        if not _gave_evidence(by, row):
            raise Refused("A challenge is for an agency whose own entry was evidence. Raise a concern instead.")
        if _open_on(row):
            raise duty_events.DutyError("a duty on the same question is open already: say it to whoever owns that one.")
        state = mapping.state(duty_id)
        event = duty_events.Challenged(at=max(now, state.last), by=by.username, reason=reason)
        raising.apply(duty_id, state, event)
        made = duty_following(
            state,
            event,
            duty_id=str(uuid.uuid4()),
            organisation=row.organisation,
            under=Arrangements(rota=mapping.rota()),
        )
        raising.open_duty(duty_events.Raised(at=event.at, by=by.username, duty=made), row.organisation)
        audit.record(at=now, by=by, act="duty.challenged", child=row.child, about=str(duty_id))
    return UUID(made.id)


@wall.lifted("whose duty it is; called where the duty was shown")
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
        row = _locked(by, duty_id, now)
        _only_owner(by, row, anyone)
        state = mapping.state(duty_id)
        made = _in_order(event(row), state)
        after = raising.apply(duty_id, state, made)
        audit.record(at=now, by=by, act=f"duty.{type(made).__name__.lower()}", child=row.child, about=str(duty_id))
        return after


def _in_order(event: duty_events.Event, state: DutyState) -> duty_events.Event:
    """What a clock did while this waited for it, or by a clock that runs a little ahead, came before it."""
    return event if event.at >= state.last else replace(event, at=state.last)


def _locked(by: Practitioner, duty_id: UUID, now: datetime) -> DutyNow:
    """The duty, locked until the transaction ends, to somebody who may see its child."""
    with wall.lifted("a row is locked by its id; behind the wall it would be given to be read, and not to be locked"):
        list(DutyRow.objects.select_for_update().filter(id=duty_id).values_list("id"))
    return found(by, duty_id, now)[0]


def _only_owner(by: Practitioner, row: DutyNow, anyone: bool) -> None:
    if anyone or row.owner == by.username:
        return
    if row.owner == "" and (row.role == by.role or Permission.TEAM_VIEW in ROLES[by.role].may):
        return
    raise Refused("Only the owner of this duty can do that. Ask them to hand it over to you, and accept it.")
