"""Events of meetings and plans to rows and back, and what is drawn from them. The only bridge between the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from nightlight.domain.meetings import wire
from nightlight.domain.meetings.events import Event
from nightlight.domain.meetings.state import Meeting
from nightlight.domain.meetings.steps import fold, step
from nightlight.store.meetings.models import MeetingChild, MeetingEvent, MeetingNow, MeetingPlace

_COLUMNS = ("kind_of_event", "id", "at", "by")


def to_row(event: Event, meeting: UUID, number: int) -> MeetingEvent:
    """An event as the row with this number in its meeting's history. What is empty is left out of the detail."""
    data = wire.to_data(event)
    detail = {name: value for name, value in data.items() if name not in _COLUMNS and value not in (None, "", [])}
    return MeetingEvent(
        meeting_id=meeting,
        number=number,
        event=event.id,
        kind=data["kind_of_event"],
        at=event.at,
        by=event.by,
        item=str(data.get("item") or ""),
        detail=detail,
    )


def from_row(row: MeetingEvent) -> Event:
    """The event that a row holds."""
    named = {"kind_of_event": row.kind, "id": row.event, "by": row.by, "at": {"instant": row.at.isoformat()}}
    return wire.from_data({**row.detail, **named})


def rows_of(meeting: UUID, *, after: int = 0) -> list[MeetingEvent]:
    """The events of a meeting, in order, from the one after that number on."""
    return list(MeetingEvent.objects.filter(meeting=meeting, number__gt=after).order_by("number"))


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


def _of_children(children: Sequence[UUID], *, meeting: UUID | None = None, plan: UUID | None = None) -> None:
    held = set(MeetingChild.objects.filter(meeting=meeting, plan=plan).values_list("child", flat=True))
    MeetingChild.objects.bulk_create(
        MeetingChild(child=child, meeting_id=meeting, plan_id=plan) for child in children if child not in held
    )
