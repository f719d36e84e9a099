"""What an open meeting page is sent: each act as it was kept, and what others type, but nothing its reader may not see.

A message says what changed and how it stands now; a score is never in one until all are shown.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import Error, close_old_connections, connection

from nightlight.actions.meetings.log import ground_of, withheld_from
from nightlight.actions.meetings.words import names_in
from nightlight.actions.seeing import compartments
from nightlight.actions.telling.live import Heard, Hub, Message
from nightlight.domain.coverage import Coverage
from nightlight.domain.meetings import scores
from nightlight.domain.meetings import wire as events_wire
from nightlight.domain.meetings.covering import coverage_of
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.seen import parts_of, seen_in
from nightlight.domain.meetings.state import Meeting
from nightlight.domain.protection import hours
from nightlight.store.meetings import hearing, mapping
from nightlight.store.meetings.models import MeetingDraft, MeetingEvent
from nightlight.store.people.models import Practitioner
from nightlight.timeline.instants import BEGINNING, END

_T = TypeVar("_T")
WHAT: Mapping[str, str] = {
    "DangerVoiced": "danger", "ProtectionProposed": "protection", "ActionAgreed": "action", "DecisionMade": "decision",
    "DissentRecorded": "dissent", "ViewGiven": "view", "NoteWritten": "note",
}  # fmt: skip
"""What an item is called on a page, by the event that added it."""
_PEOPLE = (
    "people",
    "Invited", "Arrived", "LeftMeeting", "ApologiesGiven", "ReportReceived", "Chaired", "Scheduled",
    "HasResponsibility", "Told", "NotTold", "ExceptionRecorded", "ClosedPartOpened",
)  # fmt: skip
_SCORES = ("scores", "ScoreGiven", "ScoresShown")
_END = ("close", "EmergencyInvoked", "EmergencyAccepted", "EmergencyEnded", "OverrideSigned", "Adjourned", "Closed",
        "StoodDown", "Called")  # fmt: skip
_SECTION = {kind: group[0] for group in (_PEOPLE, _SCORES, _END) for kind in group[1:]}


class Changes:
    """Where the streams of meetings hear of changes and read them (`live.Source`)."""

    async def listen(self) -> AsyncIterator[Heard]:
        async for heard in hearing.heard():
            yield Heard(heard.about, heard.draft)

    def since(self, topic: UUID, number: int) -> Sequence[Message]:
        """What was done after the event of this number; whatever it may be asked with, it is counted in events."""
        return again(lambda: _since(topic, number))

    def typed(self, topic: UUID, drafts: Sequence[int] | None) -> Sequence[Message]:
        """What is being typed in the open: these drafts, or all."""
        return again(lambda: _typed(topic, drafts))

    def may_hear(self, topic: UUID, person: str) -> bool:
        return again(lambda: _may_hear(topic, person))


HUB = Hub(Changes())
"""The streams of this process."""


def again(read: Callable[[], _T]) -> _T:
    """A connection that broke since it was last used is opened anew, once."""
    try:
        return read()
    except Error:
        connection.close()
        return read()
    finally:
        close_old_connections()


def _may_hear(meeting: UUID, person: str) -> bool:
    found = Practitioner.objects.filter(username=person, is_active=True).first()
    return found is not None and bool(ground_of(found, meeting))


def _since(meeting: UUID, number: int) -> list[Message]:
    rows = list(MeetingEvent.objects.filter(meeting=meeting, number__gt=max(number, 0)).order_by("number"))
    found = mapping.meeting_of(meeting) if rows else None
    if found is None:
        return []
    state, _ = found
    names, withheld = names_in(state), withheld_from(meeting)
    to_all = seen_in(state, compartments.open_to("", parts_of(state)))
    whole = standing(to_all, datetime.now(UTC))
    messages = [_message(row, state, names) for row in rows]
    newest = {**messages[-1], **whole}
    return [
        Message(
            row.number, "changed", orjson.dumps(newest if row is rows[-1] else data), _to(row, state, to_all), withheld
        )
        for row, data in zip(rows, messages, strict=True)
    ]


def _to(row: MeetingEvent, state: Meeting, to_all: Meeting) -> frozenset[str] | None:
    """Who may hear of an event: for what was said in a closed part, only who is in that; else everybody."""
    if row.kind == "ClosedPartOpened":
        opened = {event.id: part for part, event in state.closed_parts.items() if part not in to_all.closed_parts}
        return compartments.members_of(opened[row.event]) if row.event in opened else None
    item, taken = state.items.get(row.item), state.emergencies.get(row.item)
    if (item is None or item.id in to_all.items) and (taken is None or row.item in to_all.emergencies):
        return None
    parts = {item.text("closed_part")} if item else set()
    if item is None or parts == {""}:
        about = taken.invoked.dangers if taken else (str(item.fields.get("decision") or ""),) if item else ()
        parts = {state.items[each].text("closed_part") for each in about if each in state.items}
    return frozenset.intersection(*(compartments.members_of(part) for part in parts - {""}))


def _message(row: MeetingEvent, state: Meeting, names: Mapping[str, str]) -> dict[str, Any]:
    item = state.items.get(row.item)
    section = WHAT.get(item.kind.__name__, "") if item else _SECTION.get(row.kind, "close")
    data: dict[str, Any] = {
        "number": row.number, "event": row.kind, "at": row.at.isoformat(), "by": row.by,
        "by_name": names.get(row.by, row.by), "section": section,
    }  # fmt: skip
    if item:
        data["item"] = item_data(item, state, names)
    return data


def item_data(item: Item, state: Meeting, names: Mapping[str, str]) -> dict[str, Any]:
    """An item as a page is sent it: its fields in plain words and numbers, its version, edits that came too late."""
    agreement = state.agreements.get(item.id)
    became = (
        {name: getattr(agreement, name) is not None for name in ("accepted", "declined", "confirmed", "failed")}
        if agreement
        else {}
    )
    return {
        "id": item.id,
        "what": WHAT.get(item.kind.__name__, ""),
        "version": item.version,
        "author": item.author,
        "author_name": names.get(item.author, item.author),
        "withdrawn": item.withdrawn,
        "fields": {name: _plain(value) for name, value in item.fields.items()},
        "became": became,
        "refused": [edit.edit for edit in item.unsettled],
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool):
        return value
    return events_wire._plain(value)


def standing(state: Meeting, now: datetime) -> dict[str, Any]:
    """Where the meeting stands: its status, whether scores are shown, each danger's coverage in words and hours."""
    return {
        "status": state.status.value,
        "scores_shown": scores.are_shown(state, scores.of_whom(state)[0]),
        "scores_missing": len(scores.still_to_come(state)),
        "coverage": coverage_data(coverage_of(state, now)),
    }


def coverage_data(found: Coverage) -> list[dict[str, Any]]:
    """Each danger: what is uncovered from now on, in words, in hours and as spans; None for hours without end."""
    still = {each.danger.id: each for each in found.still_open()}
    return [
        {
            "danger": each.danger.id,
            "words": found.words(each.danger),
            "uncovered": each.danger.id in still,
            "hours": hours(still[each.danger.id].possible) if each.danger.id in still else 0.0,
            "spans": [[_edge(start), _edge(end)] for start, end in still[each.danger.id].possible]
            if each.danger.id in still
            else [],
        }
        for each in found.dangers
    ]


def _edge(moment: datetime) -> str | None:
    return None if moment in (BEGINNING, END) else moment.isoformat()


def _typed(meeting: UUID, drafts: Sequence[int] | None) -> list[Message]:
    found = MeetingDraft.objects.filter(meeting=meeting, open=True).order_by("saved")
    rows = list(found if drafts is None else found.filter(id__in=drafts))
    withheld = withheld_from(meeting) if rows else frozenset()
    names = dict(Practitioner.objects.filter(username__in={row.person for row in rows}).values_list("username", "name"))
    return [
        Message(
            0,
            "typing",
            orjson.dumps(
                {
                    "person": row.person, "name": names.get(row.person, row.person), "place": row.place,
                    "content": row.content, "sequence": row.sequence, "saved": row.saved.isoformat(),
                }
            ),
            besides=withheld | {row.person},
        )
        for row in rows
    ]  # fmt: skip
