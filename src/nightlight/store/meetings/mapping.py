"""Events of meetings and plans to rows and back, and what is drawn from them. The only bridge between the two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from nightlight.domain.meetings import wire
from nightlight.domain.meetings.events import Event
from nightlight.domain.meetings.state import Meeting
from nightlight.domain.meetings.steps import fold, step
from nightlight.domain.plans.state import EVENTS as PLAN_EVENTS
from nightlight.domain.plans.state import Plan
from nightlight.domain.plans.state import fold as fold_plan
from nightlight.store.meetings.models import (
    MeetingChild,
    MeetingEvent,
    MeetingNow,
    MeetingPlace,
    PlanEvent,
    PlanNow,
    PlanPlace,
)

_COLUMNS = ("kind_of_event", "id", "at", "by")


def to_row(event: Event, meeting: UUID, number: int) -> MeetingEvent:
    """An event as the row with this number in its meeting's history."""
    return MeetingEvent(meeting_id=meeting, number=number, **_columns(event))


def to_plan_row(event: Event, plan: UUID, number: int) -> PlanEvent:
    """An event as the row with this number in its plan's history."""
    return PlanEvent(plan_id=plan, number=number, **_columns(event))


def _columns(event: Event) -> dict[str, Any]:
    """What is empty is left out of the detail."""
    data = wire.to_data(event)
    detail = {name: value for name, value in data.items() if name not in _COLUMNS and value not in (None, "", [])}
    return {
        "event": event.id, "kind": data["kind_of_event"], "at": event.at, "by": event.by,
        "item": str(data.get("item") or ""), "detail": detail,
    }  # fmt: skip


def from_row(row: MeetingEvent) -> Event:
    """The event that a row of a meeting holds."""
    return wire.from_data(_data(row))


def from_plan_row(row: PlanEvent) -> Event:
    """The event that a row of a plan holds."""
    return wire.from_data(_data(row), PLAN_EVENTS)


def _data(row: MeetingEvent | PlanEvent) -> dict[str, Any]:
    named = {"kind_of_event": row.kind, "id": row.event, "by": row.by, "at": {"instant": row.at.isoformat()}}
    return {**row.detail, **named}


def rows_of(meeting: UUID, *, after: int = 0) -> list[MeetingEvent]:
    """The events of a meeting, in order, from the one after that number on."""
    return list(MeetingEvent.objects.filter(meeting=meeting, number__gt=after).order_by("number"))


def plan_of(plan: UUID) -> tuple[Plan, int] | None:
    """A plan as its events say it stands, and the number of the newest; None where there is no such plan."""
    rows = list(PlanEvent.objects.filter(plan=plan).order_by("number"))
    return (fold_plan(from_plan_row(row) for row in rows), rows[-1].number) if rows else None


def event_of(meeting: UUID, event: str) -> Event:
    """The event that was kept under the id that whoever did it gave it."""
    return from_row(MeetingEvent.objects.get(meeting=meeting, event=event))


@dataclass(slots=True)
class _Held:
    """A meeting as it stood when it was last read in this process, and the row that it was read up to."""

    state: Meeting | None = None
    number: int = 0
    row: int = 0


@lru_cache(maxsize=64)
def _held(meeting: UUID) -> list[_Held]:
    return [_Held()]


def meeting_of(meeting: UUID) -> tuple[Meeting, int] | None:
    """A meeting as its events say it stands, and the number of the newest; None where there is no such meeting.

    Events are only added, so it is folded on from where this process left it, if the row that it was read up to is
    still that row (a transaction may have been given up, a database put back). Two threads at once do it twice.
    """
    held = _held(meeting)[0]
    rows = rows_of(meeting, after=max(held.number - 1, 0))
    if held.state is None or not rows or rows[0].id != held.row:
        held, rows = _Held(), rows if held.number < 2 else rows_of(meeting)
        if not rows:
            return None
        state = fold(from_row(row) for row in rows)
    else:
        state = held.state
        for row in rows[1:]:
            state = step(state, from_row(row))
    _held(meeting)[0] = _Held(state, rows[-1].number, rows[-1].id)
    return state, rows[-1].number


def draw(
    meeting: UUID, state: Meeting, number: int, *, due: datetime | None, edge: datetime | None,
    places: Mapping[str, str],
) -> None:  # fmt: skip
    """Write down where a meeting stands: its row, whom it concerns, and which children it is about."""
    children = [UUID(child) for child in state.called.children]
    MeetingNow.objects.update_or_create(
        meeting_id=meeting,
        defaults={
            "number": number, "kind": state.kind, "status": state.status.value, "children": children,
            "chair": state.chair, "starts": state.starts, "due": due, "next_edge": edge,
        },
    )  # fmt: skip
    wanted = places
    held = {row.person: row for row in MeetingPlace.objects.filter(meeting=meeting)}
    gone = [person for person in held if person not in wanted]
    MeetingPlace.objects.filter(meeting=meeting, person__in=gone).delete()
    MeetingPlace.objects.bulk_create(
        MeetingPlace(meeting_id=meeting, person=person, part=part)
        for person, part in wanted.items()
        if person not in held
    )
    _of_children(children, meeting=meeting)


def draw_plan(plan: UUID, state: Plan, number: int, *, edge: datetime | None, places: Iterable[str]) -> None:
    """Write down where a plan stands: its row, whom it concerns, which children it is for, what its tripwires are."""
    children = [UUID(child) for child in state.begun.children]
    PlanNow.objects.update_or_create(
        plan_id=plan,
        defaults={
            "number": number, "kind": state.kind, "status": "ended" if state.is_closed else "running",
            "children": children, "lead": state.lead, "next_edge": edge,
            "meeting": UUID(state.begun.meeting) if state.begun.meeting else None,
            "tripwires": sorted(state.tripwires()) if not state.is_closed else [],
        },
    )  # fmt: skip
    wanted = set(places)
    held = set(PlanPlace.objects.filter(plan=plan).values_list("person", flat=True))
    PlanPlace.objects.filter(plan=plan, person__in=held - wanted).delete()
    PlanPlace.objects.bulk_create(PlanPlace(plan_id=plan, person=person) for person in sorted(wanted - held))
    _of_children(children, plan=plan)


def _of_children(children: Sequence[UUID], *, meeting: UUID | None = None, plan: UUID | None = None) -> None:
    held = set(MeetingChild.objects.filter(meeting=meeting, plan=plan).values_list("child", flat=True))
    MeetingChild.objects.bulk_create(
        MeetingChild(child=child, meeting_id=meeting, plan_id=plan) for child in children if child not in held
    )
