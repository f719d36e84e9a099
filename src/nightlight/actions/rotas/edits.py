"""Rotas: who holds which role when, who is away and who covers, working hours; and what follows when nobody is there.

Each change settles at once the duties that it concerns: one that nobody had gets the owner whom the rota now names, one
whose owner has left or is away goes to whoever answers. A role that a duty came to and that nobody holds is itself a
duty, of the partnership, one for all that wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from uuid import UUID

from django.db import transaction

from nightlight.actions.owned import raising
from nightlight.actions.rotas import changes, gaps
from nightlight.actions.seeing.access import Refused, require
from nightlight.actions.telling import notices
from nightlight.actions.trail import audit
from nightlight.domain.clocks import RuleRow, Rung, due
from nightlight.domain.clockwork import Clockwork, Held
from nightlight.domain.duties import Assigned, DutyState, HandedOver, state_of
from nightlight.domain.duty_events import SYSTEM, Event
from nightlight.domain.raising import Arrangements
from nightlight.domain.roles import ROLES, Permission, may
from nightlight.domain.rota import LEFT, NobodyOnRota, OnCall, OnRota, Turn, turns, who
from nightlight.domain.rota_changes import Mistake
from nightlight.store.access import wall
from nightlight.store.duties import mapping
from nightlight.store.duties.ledger import Ledger
from nightlight.store.duties.models import AbsenceRow, DutyNow, DutyRow, OrganisationHours, RotaRow, Team
from nightlight.store.people.models import Practitioner

UNACCEPTED = "HANDOVER-UNACCEPTED"
"""The row that says how long the day has to accept what the night handed to it, before it climbs."""
WHY_AWAY = ("leave", "sickness", "training", "other")


class RotaRefused(ValueError):
    """Something that a rota cannot say; the message says what was expected."""


_kept = wall.lifted("who answers is kept by whoever may change it, out of reach of every page")


def _refuse(mistakes: Sequence[Mistake]) -> None:
    if mistakes:
        raise RotaRefused(f"{mistakes[0].says}.")


# -- asking


def who_answers(*, role: str, organisation: str, at: datetime) -> OnRota | NobodyOnRota:
    """Who holds a role in an organisation at any moment, past or to come, and why it is they (or nobody)."""
    return who(mapping.rota(), role, organisation, at)


def rota_of(*, by: Practitioner, organisation: str, since: datetime, until: datetime) -> dict[str, tuple[Turn, ...]]:
    """For each role that the organisation has anybody in, who holds it over that stretch, gaps included."""
    require(by, Permission.TEAM_VIEW)
    roles = RotaRow.objects.filter(organisation=organisation).values_list("role", flat=True).distinct()
    rota = mapping.rota()
    return {role: turns(rota, role, organisation, since, until) for role in sorted(roles)}


# -- changing


@_kept
def put_on_rota(
    *, by: Practitioner, person: str, role: str, organisation: str, since: datetime, until: datetime | None = None,
    on_call: Sequence[OnCall] = (), holidays: bool = False, team: str = "", now: datetime,
) -> RotaRow:  # fmt: skip
    """Put somebody on the rota, from today at the earliest. Duties that waited for the role get them at once."""
    _may_change(by, organisation)
    if role not in ROLES or not may(role, Permission.DUTY_HOLD):
        raise RotaRefused("a rota is of a role that answers for duties: choose one of those.")
    with transaction.atomic():
        practitioner = _somebody(person)
        _refuse(
            changes.mistakes_of_shift(
                person=person, role=role, organisation=organisation, since=since, until=until, on_call=on_call, now=now
            )
        )
        row = RotaRow.objects.create(
            role=role,
            organisation_id=organisation,
            practitioner=practitioner,
            since=since,
            until=until,
            team_id=team or None,
            on_call=[[each.weekday, f"{each.start:%H:%M}", f"{each.end:%H:%M}"] for each in on_call],
            holidays=holidays,
        )
        audit.record(at=now, by=by, act="rota.added", about=f"{role} {organisation} {person}")
        settle(by=by.username, now=now)
    return row


@_kept
def end_shift(*, by: Practitioner, shift: int, at: datetime, now: datetime) -> None:
    """A shift ends then: who held it before stays to be seen."""
    with transaction.atomic():
        row = RotaRow.objects.select_for_update(of=("self",)).select_related("practitioner").get(id=shift)
        _may_change(by, row.organisation_id)
        _refuse(changes.mistakes_of_end(shift=row, until=at, now=now))
        row.until = max(at, row.since)
        row.save(update_fields=["until"])
        audit.record(at=now, by=by, act="rota.ended", about=f"{row.role} {row.organisation_id}")
        settle(by=by.username, now=now)


@_kept
def away(
    *, by: Practitioner, person: str, since: datetime, until: datetime | None, why: str, cover: str = "", now: datetime
) -> AbsenceRow:
    """Somebody is away, and who covers. Without cover the rota passes them over, and says so where nobody is left."""
    if why not in WHY_AWAY:
        raise RotaRefused(f"why somebody is away is one of {', '.join(WHY_AWAY)}.")
    if cover == person:
        raise RotaRefused("nobody covers for themselves: name somebody else, or nobody.")
    with transaction.atomic():
        _lock_both(person, cover)
        practitioner = _somebody(person)
        _may_change(by, practitioner.organisation_id)
        covering = _somebody(cover) if cover else None
        _refuse(changes.mistakes_of_absence(person=person, since=since, until=until, cover=cover, now=now))
        row = AbsenceRow.objects.create(practitioner=practitioner, since=since, until=until, why=why, cover=covering)
        audit.record(at=now, by=by, act="rota.away", about=f"{person} {why}")
        settle(by=by.username, now=now)
    return row


@_kept
def back(*, by: Practitioner, absence: int, now: datetime) -> None:
    """Somebody is back before their absence ends."""
    with transaction.atomic():
        row = AbsenceRow.objects.select_for_update().select_related("practitioner").get(id=absence)
        _may_change(by, row.practitioner.organisation_id)
        if row.since >= now:
            row.delete()
        else:
            row.until = now
            row.save(update_fields=["until"])
        audit.record(at=now, by=by, act="rota.back", about=row.practitioner.username)
        settle(by=by.username, now=now)


@_kept
def leave(*, by: Practitioner, person: str, now: datetime) -> None:
    """Somebody has left: they sign in no more, what they own goes to whoever answers, and an empty post is raised."""
    with transaction.atomic():
        practitioner = _somebody(person)
        _may_change(by, practitioner.organisation_id)
        AbsenceRow.objects.create(practitioner=practitioner, since=now, until=None, why=LEFT, cover=None)
        practitioner.is_active = False
        practitioner.save(update_fields=["is_active"])
        audit.record(at=now, by=by, act="rota.left", about=person)
        settle(by=by.username, now=now)


@_kept
def set_hours(
    *, by: Practitioner, organisation: str, start: time, end: time, every_day: bool = False, now: datetime
) -> None:
    """An organisation's own working hours: outside them, out-of-hours roles answer in its place."""
    _may_change(by, organisation)
    if start >= end:
        raise RotaRefused("working hours start before they end, on one day.")
    with transaction.atomic():
        OrganisationHours.objects.update_or_create(
            organisation_id=organisation, defaults={"start": start, "end": end, "every_day": every_day}
        )
        audit.record(at=now, by=by, act="rota.hours", about=organisation)


@_kept
def set_team(*, by: Practitioner, code: str, name: str, organisation: str, now: datetime) -> Team:
    """A team of an organisation, by a code of its own; again with the same code renames it."""
    _may_change(by, organisation)
    if not code.strip() or not name.strip():
        raise RotaRefused("a team has a code and a name.")
    with transaction.atomic():
        team, _ = Team.objects.get_or_create(code=code, defaults={"name": name, "organisation_id": organisation})
        if team.organisation_id != organisation:
            raise RotaRefused("another organisation has a team of this code: choose another.")
        team.name = name
        team.save(update_fields=["name"])
        audit.record(at=now, by=by, act="rota.team", about=code)
    return team


def _may_change(by: Practitioner, organisation: str) -> None:
    require(by, Permission.ROTA_EDIT)
    if by.organisation_id != organisation and not may(by.role, Permission.ROTA_EDIT_ALL):
        raise Refused("You can change the rota of your own organisation, not of others.")


def _somebody(person: str) -> Practitioner:
    """Somebody who can sign in, locked: of two changes at once that say the same, the second finds the first."""
    locked = Practitioner.objects.select_for_update(no_key=True)
    found = locked.filter(username=person, is_active=True).first()
    if found is None:
        raise RotaRefused("choose somebody who can sign in: a rota never names nobody.")
    return found


def _lock_both(*people: str) -> None:
    """In one order: of two who cover for each other, entered at the same moment, neither waits for the other."""
    locked = Practitioner.objects.select_for_update(no_key=True).filter(username__in=people)
    list(locked.order_by("id").values_list("id"))


# -- what follows


def settle(*, now: datetime, by: str = SYSTEM) -> int:
    """Give every open duty whose owner is nobody, has left or is away to whoever answers; returns how many moved.

    Whoever answers by the rota is asked, not taken to have acknowledged. Where nobody does, that is raised. The duty
    that a post was empty ends once somebody is on it.
    """
    under = Arrangements(rota=mapping.rota())
    absent = {absence.person for absence in under.rota.absences if absence.lasts(now)}
    waiting = DutyNow.objects.exclude(status="discharged").filter(owner__in=["", *absent])
    ids = list(waiting.order_by("duty_id").values_list("duty_id", flat=True))
    with transaction.atomic():
        locked = {*ids, *gaps.open_posts()}  # all in one order: an empty post's duty may end below
        list(DutyRow.objects.select_for_update().filter(id__in=locked).order_by("id").values_list("id"))
        events = mapping.events_of(ids)
        where = dict(DutyNow.objects.filter(duty_id__in=ids).values_list("duty_id", "organisation"))
        settled = [_settle_one(id_, events[id_], where[id_], under, now) for id_ in ids]
        nobody = [each for each in settled if isinstance(each, gaps.Gap)]
        gaps.raise_gaps([*nobody, *gaps.empty_posts(under, now)], under=under, now=now)
        gaps.close_filled(under, by, now)
    return sum(each is True for each in settled)


@wall.lifted("a duty is given by the rota, whoever changed that")
def _settle_one(
    id_: UUID, events: Sequence[Event], organisation: str, under: Arrangements, now: datetime
) -> gaps.Gap | bool | None:
    state = state_of(events)
    if state.is_discharged:
        return None
    answer = who(under.rota, state.role, organisation, now)
    if isinstance(answer, NobodyOnRota):
        return gaps.Gap(state.role, organisation, state, came=events[0].at)
    if answer.person == state.owner:
        return None
    reason = f"By the rota: {answer.because}."
    raising.apply(id_, state, Assigned(at=max(now, state.last), by=SYSTEM, owner=answer.person, reason=reason))
    audit.record(at=now, by=audit.SYSTEM, act="duty.assigned", child=mapping.child_of(state.duty), about=str(id_))
    return True


# -- from the night to the day


@wall.lifted("what a team holds is handed over whole")
def hand_over_the_night(*, now: datetime) -> int:
    """When offices open: offer what an out-of-hours team holds to whoever answers by day (EDT-HANDOVER).

    The team stays accountable until the day service accepts. Asked again, it offers nothing twice. Returns how many it
    offered; a day role that nobody holds is raised.
    """
    under = Arrangements(rota=mapping.rota())
    if not under.rules.office_hours.include(now, under.calendar):
        return 0
    held = DutyNow.objects.filter(role__in=_of_the_night(under), pending_to="").exclude(owner="")
    held = held.exclude(status="discharged")
    offered, nobody = 0, []
    with transaction.atomic():
        ids = list(held.values_list("duty_id", flat=True))
        list(DutyRow.objects.select_for_update().filter(id__in=ids).order_by("id").values_list("id"))
        histories = mapping.events_of(ids)
        for row in held.filter(duty_id__in=ids).order_by("duty_id"):  # read again: a person may have been first
            events = histories[row.duty_id]
            state = state_of(events)
            day_role = _by_day(state, under)
            answer = who(under.rota, day_role, row.organisation, now)
            if not answer.person:
                nobody.append(gaps.Gap(day_role, row.organisation, state, came=events[0].at))
            elif answer.person != state.owner:
                event = HandedOver(at=max(now, state.last), by=SYSTEM, to=answer.person, to_role=day_role)
                raising.apply(row.duty_id, state, event)
                audit.record(at=now, by=audit.SYSTEM, act="duty.handedover", child=row.child, about=str(row.duty_id))
                offered += 1
        gaps.raise_gaps(nobody, under=under, now=now)
    return offered


def climb_unaccepted(*, now: datetime) -> int:
    """What the night offered to the day and nobody accepted in time (HANDOVER-UNACCEPTED, the row in force when it was
    offered) climbs, and so pages the next person; at the top of its ladder the partnership hears. Returns how many.
    """
    under = Arrangements(rota=mapping.rota())
    if not under.rules.office_hours.include(now, under.calendar):
        return 0
    clockwork, turns = Clockwork(under), []
    offered = DutyNow.objects.filter(role__in=_of_the_night(under), status="handover_pending")
    with transaction.atomic():
        ids = list(offered.order_by("duty_id").values_list("duty_id", flat=True))
        list(DutyRow.objects.select_for_update().filter(id__in=ids).order_by("id").values_list("id"))
        histories = mapping.events_of(ids)
        for row in offered.filter(duty_id__in=ids):
            events = histories[row.duty_id]
            last = next(event for event in reversed(events) if isinstance(event, HandedOver))
            if last.by == SYSTEM and now >= due(under.rules.in_force(UNACCEPTED, last.at), last.at, under.calendar):
                held = Held(state_of(events), len(events), row.organisation)
                turns.append(clockwork.not_accepted(held, f"{row.duty_id}.{len(events)}.not_accepted", now))
        Ledger(notices.keep).keep(turns, now)
    return len(turns)


def _of_the_night(under: Arrangements) -> set[str]:
    """The roles that answer in place of others while offices are shut."""
    night = {row.out_of_hours for row in under.rules.rows if row.out_of_hours}
    return night | {rung.out_of_hours for row in under.rules.rows for rung in row.ladder if rung.out_of_hours}


def _by_day(state: DutyState, under: Arrangements) -> str:
    """The role by day of the rung that a duty has reached."""
    row = under.rules.version(state.rule, state.rule_version)
    reached: list[RuleRow | Rung] = [*reversed(row.ladder[: len(state.climbs)]), row]
    for each in reached:
        if each.out_of_hours == state.role:
            return each.role
    return row.role
