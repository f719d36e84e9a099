"""Duty events to rows and back, and where a duty stands drawn from them. The only bridge between the two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime, time
from functools import cache
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import connection

from nightlight.domain import duty_events
from nightlight.domain.clockwork import Clockwork
from nightlight.domain.duties import DutyState, state_of
from nightlight.domain.duty_events import Duty, Event, Raised
from nightlight.domain.roles import is_partnership_wide
from nightlight.domain.rota import LEFT, Absence, OnCall, Rota, Shift
from nightlight.domain.rule_types import OfficeHours
from nightlight.store.bulk import array
from nightlight.store.duties.models import AbsenceRow, DutyEvent, DutyNow, DutyRow, OrganisationHours, RotaRow
from nightlight.store.people.models import Practitioner
from nightlight.timeline.spans import END

_T = TypeVar("_T")

EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in vars(duty_events).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}
"""Every kind of event by the name that its rows carry."""


def to_row(event: Event, duty: UUID, number: int) -> DutyEvent:
    """An event as the row with this number in its duty's history."""
    kind = type(event).__name__
    return DutyEvent(duty_id=duty, number=number, kind=kind, at=event.at, by=event.by, detail=detail_of(event))


@cache
def _names(kind: type[Event]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.name not in {"at", "by"})


def detail_of(event: Event) -> dict[str, Any]:
    """What an event says besides who and when, as its row keeps it."""
    return {name: _plain(getattr(event, name)) for name in _names(type(event))}


def _plain(value: Any) -> Any:
    if isinstance(value, Duty):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def read_event(kind: str, at: datetime, by: str, detail: dict[str, Any], child: UUID | str) -> Event:
    """The event that the columns of a row hold.

    Whose duty it is (`child`) follows the decision on who the child is, as entries do.
    """
    if kind == "Raised":
        return Raised(at=at, by=by, duty=Duty(**{**_read(detail["duty"]), "child": str(child)}))
    return EVENTS[kind](at=at, by=by, **_read(detail))


def _read(detail: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in detail.items():
        if isinstance(value, list):
            read[name] = tuple(value)
        elif name in {"raised", "due", "climbs_from"} and isinstance(value, str):
            read[name] = datetime.fromisoformat(value)
        else:
            read[name] = value
    return read


# As text, which is read here: the driver makes an object of each id and each moment in Python, one by one.
_EVENTS = """
    SELECT e.duty_id::text, coalesce(d.child::text, ''), e.kind, e.at::text, e.by, e.detail::text
    FROM duties_dutyevent e JOIN duties_duty d ON d.id = e.duty_id
    WHERE e.duty_id = ANY(%s::uuid[]) ORDER BY e.duty_id, e.number
"""


def events_of(duties: Iterable[UUID]) -> dict[UUID, list[Event]]:
    """The events of each of these duties, in order."""
    found: dict[UUID, list[Event]] = defaultdict(list)
    for some in batched(duties, 5000):
        with connection.cursor() as cursor:
            cursor.execute(_EVENTS, (array(some),))
            rows = cursor.fetchall()
        for duty, of_duty in groupby(rows, key=itemgetter(0)):
            found[UUID(duty)] = [
                read_event(kind, datetime.fromisoformat(at), by, orjson.loads(detail), child)
                for _, child, kind, at, by, detail in of_duty
            ]
    return found


def state(duty: UUID) -> DutyState:
    """Where one duty stands."""
    return state_of(events_of([duty])[duty])


def batched(things: Iterable[_T], count: int) -> Iterator[list[_T]]:
    """So many at a time."""
    rest = iter(things)
    while some := list(islice(rest, count)):
        yield some


def states_of(children: Iterable[UUID]) -> dict[UUID, list[DutyState]]:
    """The duties, open and discharged, of each of these children."""
    owners = dict(DutyRow.objects.filter(child__in=list(children)).values_list("id", "child"))
    found: dict[UUID, list[DutyState]] = defaultdict(list)
    for duty, events in events_of(owners).items():
        found[owners[duty]].append(state_of(events))
    return found


def child_of(duty: Duty) -> UUID | None:
    """Whose duty it is, as its rows keep it; None for the partnership's own."""
    return UUID(duty.child) if duty.child else None


def lapse_of(state: DutyState) -> dict[str, str] | None:
    """How it stood when its time ran out, and how it was answered since; None where it has not run out.

    A correction may show that a time had not run out after all.
    """
    if state.lapse is None or state.lapsed_at is None:
        return None
    ended = state.discharged_at.isoformat() if state.discharged_at else ""
    then = state.lapse
    return {"role": then.role, "level": then.level, "rule": then.rule, "owner": then.owner, "stood": then.stood,
            "ended": ended, "outcome": state.outcome}  # fmt: skip


def now_row(state: DutyState, organisation: str, indicators: Sequence[str]) -> DutyNow:
    """Where a duty stands, as its derived row. Its next edge depends on the rules now in use, and on no rota."""
    return DutyNow(
        duty_id=UUID(state.duty.id),
        child=child_of(state.duty),
        question=state.duty.question,
        level=state.level,
        status=state.status.value,
        role=state.role,
        organisation=organisation,
        owner=state.owner,
        pending_to=state.offered_to,
        due=state.due,
        next_edge=Clockwork().next_edge(state),
        lapsed_due=state.lapse.due if state.lapse and state.lapsed_at else None,
        lapse=lapse_of(state),
        indicators=list(indicators),
        evidence=[UUID(id_) for id_ in state.evidence],
    )


def rota() -> Rota:
    """The whole rota. A role that answers for the whole partnership is looked up in no one organisation.

    Somebody who can't sign in any more has left: from the day that is on record, or, where none is, always.
    """
    rows = RotaRow.objects.select_related("practitioner").defer("practitioner__password").order_by("id")
    away = AbsenceRow.objects.select_related("practitioner", "cover")
    absences = [_absence(row) for row in away.defer("practitioner__password", "cover__password").order_by("id")]
    dated = {absence.person for absence in absences if absence.why == LEFT}
    gone = Practitioner.objects.filter(is_active=False).values_list("username", flat=True)
    absences += [Absence(person=person, why=LEFT) for person in sorted(set(gone) - dated)]
    hours = {
        row.organisation_id: OfficeHours(row.start, row.end, row.every_day) for row in OrganisationHours.objects.all()
    }
    return Rota(tuple(shift(row) for row in rows), tuple(absences), hours)


def _absence(row: AbsenceRow) -> Absence:
    return Absence(
        person=row.practitioner.username,
        since=row.since,
        until=row.until or END,
        why=row.why,
        cover=row.cover.username if row.cover else "",
    )


def shift(row: RotaRow) -> Shift:
    """A row of the rota as the domain has it. Its practitioner is at hand."""
    return Shift(
        role=row.role,
        person=row.practitioner.username,
        organisation="" if is_partnership_wide(row.role) else row.organisation_id,
        since=row.since,
        until=row.until or END,
        on_call=tuple(
            OnCall(day, time.fromisoformat(start), time.fromisoformat(end)) for day, start, end in row.on_call
        ),
        holidays=row.holidays,
        team=row.team_id or "",
    )
