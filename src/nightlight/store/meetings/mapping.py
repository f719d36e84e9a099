"""Events of meetings and plans to rows and back, and what is drawn from them. The only bridge between the two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar
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
from nightlight.store.people.models import SourcePerson

SYSTEM = "nightlight:meetings"
"""The system under which what a meeting or plan states is kept."""
_E = TypeVar("_E", bound=Event)
_AS_CALLED: Mapping[str, str] = MappingProxyType({})
_COLUMNS = ("kind_of_event", "id", "at", "by")


def to_row(event: Event, meeting: UUID, number: int) -> MeetingEvent:
    """An event as the row with this number in its meeting's history."""
    return MeetingEvent(meeting_id=meeting, number=number, **_columns(event, called_as(meeting=meeting)))


def to_plan_row(event: Event, plan: UUID, number: int) -> PlanEvent:
    """An event as the row with this number in its plan's history."""
    return PlanEvent(plan_id=plan, number=number, **_columns(event, called_as(plan=plan)))


Children = Mapping[str, str]
"""One id of a child for another: whom the events name, and whom that is found to be now, or the other way about."""


def stands_as(*, meeting: UUID | None = None, plan: UUID | None = None) -> Children:
    """Whom each child of a meeting or plan is found to be now, by the id that its events name. A child whose record was
    erased is not among them, and the meeting is about the others."""
    rows = MeetingChild.objects.filter(meeting=meeting, plan=plan).order_by("id").values_list("called", "child")
    return {str(called): str(child) for called, child in rows}


def called_as(*, meeting: UUID | None = None, plan: UUID | None = None) -> Children:
    """The id that the events name, by whom that is found to be now: so that undoing a match undoes it here."""
    found: dict[str, str] = {}
    for called, child in stands_as(meeting=meeting, plan=plan).items():
        found.setdefault(child, called)
    return {child: called for child, called in found.items() if child != called}


def _about(event: _E, children: Children) -> _E:
    """The event with each child under the other id."""
    if not children:
        return event
    said: dict[str, Any] = {}
    if (child := getattr(event, "child", "")) in children:
        said["child"] = children[child]
    if several := getattr(event, "children", ()):
        said["children"] = tuple(dict.fromkeys(children[each] for each in several if each in children))
    return replace(event, **said) if said else event


def _columns(event: Event, children: Children) -> dict[str, Any]:
    """What is empty is left out of the detail."""
    data = wire.to_data(_about(event, children))
    detail = {name: value for name, value in data.items() if name not in _COLUMNS and value not in (None, "", [])}
    return {
        "event": event.id, "kind": data["kind_of_event"], "at": event.at, "by": event.by,
        "item": str(data.get("item") or ""), "detail": detail,
    }  # fmt: skip


def from_row(row: MeetingEvent, children: Children = _AS_CALLED) -> Event:
    """The event that a row of a meeting holds. children: whom each child is found to be (`stands_as`)."""
    return _about(wire.from_data(_data(row)), children)


def from_plan_row(row: PlanEvent, children: Children = _AS_CALLED) -> Event:
    """The event that a row of a plan holds."""
    return _about(wire.from_data(_data(row), PLAN_EVENTS), children)


def _data(row: MeetingEvent | PlanEvent) -> dict[str, Any]:
    named = {"kind_of_event": row.kind, "id": row.event, "by": row.by, "at": {"instant": row.at.isoformat()}}
    return {**row.detail, **named}


def rows_of(meeting: UUID, *, after: int = 0) -> list[MeetingEvent]:
    """The events of a meeting, in order, from the one after that number on."""
    return list(MeetingEvent.objects.filter(meeting=meeting, number__gt=after).order_by("number"))


def plan_of(plan: UUID) -> tuple[Plan, int] | None:
    """A plan as its events say it stands, and the number of the newest; None where there is no such plan."""
    rows = list(PlanEvent.objects.filter(plan=plan).order_by("number"))
    children = stands_as(plan=plan)
    return (fold_plan(from_plan_row(row, children) for row in rows), rows[-1].number) if rows else None


def event_of(meeting: UUID, event: str) -> Event:
    """The event that was kept under the id that whoever did it gave it."""
    return from_row(MeetingEvent.objects.get(meeting=meeting, event=event), stands_as(meeting=meeting))


@dataclass(slots=True)
class _Held:
    """A meeting as it stood when it was last read in this process, and the row that it was read up to."""

    state: Meeting | None = None
    number: int = 0
    row: int = 0
    children: Children = field(default_factory=dict)


@lru_cache(maxsize=64)
def _held(meeting: UUID) -> list[_Held]:
    return [_Held()]


def meeting_of(meeting: UUID) -> tuple[Meeting, int] | None:
    """A meeting as its events say it stands, and the number of the newest; None where there is no such meeting.

    Events are only added, so it is folded on from where this process left it, if the row that it was read up to is
    still that row (a transaction may have been given up, a database put back). Two threads at once do it twice.
    """
    held, children = _held(meeting)[0], stands_as(meeting=meeting)
    rows = rows_of(meeting, after=max(held.number - 1, 0))
    if held.state is None or not rows or rows[0].id != held.row or held.children != children:
        held, rows = _Held(), rows if held.number < 2 else rows_of(meeting)
        if not rows:
            return None
        state = fold(from_row(row, children) for row in rows)
    else:
        state = held.state
        for row in rows[1:]:
            state = step(state, from_row(row, children))
    _held(meeting)[0] = _Held(state, rows[-1].number, rows[-1].id, children)
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
    """Whom it is about, each once, with the records that make them now: what a later match moves is known by these."""
    held = set(MeetingChild.objects.filter(meeting=meeting, plan=plan).values_list("child", flat=True))
    MeetingChild.objects.bulk_create(
        MeetingChild(child=child, called=child, records=_records(child), meeting_id=meeting, plan_id=plan)
        for child in dict.fromkeys(children)
        if child not in held
    )


def _records(child: UUID) -> list[UUID]:
    """The source records of a child, save for what meetings wrote: those follow the meeting, not it them."""
    theirs = SourcePerson.objects.filter(person=child).exclude(system=SYSTEM)
    return list(theirs.order_by("id").values_list("id", flat=True))
