"""Duty events to rows and back, and where a duty stands drawn from them. The only bridge between the two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from nightlight.domain import duty_events
from nightlight.domain.duties import DutyState, state_of
from nightlight.domain.duty_events import Duty, Event, Raised
from nightlight.domain.roles import ROLES
from nightlight.domain.rota import Rota, Shift
from nightlight.store.duties.models import DutyEvent, DutyNow, DutyRow, RotaRow
from nightlight.timeline.spans import END

EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in vars(duty_events).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}
"""Every kind of event by the name that its rows carry."""


def to_row(event: Event, duty: UUID, number: int) -> DutyEvent:
    """An event as the row with this number in its duty's history."""
    detail = {f.name: _plain(getattr(event, f.name)) for f in fields(event) if f.name not in {"at", "by"}}
    return DutyEvent(duty_id=duty, number=number, kind=type(event).__name__, at=event.at, by=event.by, detail=detail)


def _plain(value: Any) -> Any:
    if isinstance(value, Duty):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def from_row(row: DutyEvent) -> Event:
    """The event that a row holds. Whose duty it is follows the decision on who the child is, as entries do."""
    kind = EVENTS[row.kind]
    if kind is Raised:
        said = {**_read(row.detail["duty"]), "child": str(row.duty.child)}
        return Raised(at=row.at, by=row.by, duty=Duty(**said))
    return kind(at=row.at, by=row.by, **_read(row.detail))


def _read(detail: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in detail.items():
        if isinstance(value, list):
            read[name] = tuple(value)
        elif name in {"raised", "due"} and isinstance(value, str):
            read[name] = datetime.fromisoformat(value)
        else:
            read[name] = value
    return read


def events_of(duties: Iterable[UUID]) -> dict[UUID, list[Event]]:
    """The events of each of these duties, in order."""
    found: dict[UUID, list[Event]] = defaultdict(list)
    rows = DutyEvent.objects.filter(duty__in=list(duties)).select_related("duty").order_by("duty", "number")
    for row in rows.iterator(2000):
        found[row.duty_id].append(from_row(row))
    return found


def states_of(children: Iterable[UUID]) -> dict[UUID, list[DutyState]]:
    """The duties, open and discharged, of each of these children."""
    owners = dict(DutyRow.objects.filter(child__in=list(children)).values_list("id", "child"))
    found: dict[UUID, list[DutyState]] = defaultdict(list)
    for duty, events in events_of(owners).items():
        found[owners[duty]].append(state_of(events))
    return found


def now_row(state: DutyState, organisation: str, indicators: Sequence[str]) -> DutyNow:
    """Where a duty stands, as its derived row."""
    return DutyNow(
        duty_id=UUID(state.duty.id),
        child=UUID(state.duty.child),
        question=state.duty.question,
        level=state.level,
        status=state.status.value,
        role=state.role,
        organisation=organisation,
        owner=state.owner,
        pending_to=state.offered_to,
        due=state.due,
        indicators=list(indicators),
        evidence=[UUID(id_) for id_ in state.evidence],
    )


def rota() -> Rota:
    """The whole rota. A role that answers for the whole partnership is looked up in no one organisation."""
    rows = RotaRow.objects.select_related("practitioner").filter(practitioner__is_active=True)
    return Rota(tuple(_shift(row) for row in rows))


def _shift(row: RotaRow) -> Shift:
    role = ROLES.get(row.role)
    return Shift(
        role=row.role,
        person=row.practitioner.username,
        organisation="" if role and role.partnership_wide else row.organisation_id,
        since=row.since,
        until=row.until or END,
    )
