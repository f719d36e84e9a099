"""Duties as the clockwork works on them, many at a time: claimed with their rows locked, kept with COPY.

The rows are those that `mapping` writes one by one. All of a batch is in the caller's transaction; another worker
passes by what this one holds, and a person's act waits for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from nightlight.domain.clockwork import LATE_AFTER, SET_ASIDE, Held, Turn
from nightlight.domain.duties import DutyState, state_of
from nightlight.domain.duty_events import SYSTEM, DutyError, Event
from nightlight.domain.notices import Wanted, Why
from nightlight.store.audit.models import AuditEvent
from nightlight.store.bulk import copy_rows
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow

_CLAIM = """
    SELECT d.id, d.child, n.organisation FROM duties_dutynow n JOIN duties_duty d ON d.id = n.duty_id
    WHERE n.next_edge <= %s ORDER BY n.next_edge LIMIT %s FOR UPDATE SKIP LOCKED
"""
_EVENTS = """
    SELECT duty_id, kind, at, by, detail::text FROM duties_dutyevent
    WHERE duty_id = ANY(%s::uuid[]) ORDER BY duty_id, number
"""
_STAND = """
    UPDATE duties_dutynow n SET status = v.status, level = v.level, role = v.role, owner = v.owner,
        pending_to = v.pending_to, due = v.due, next_edge = v.next_edge
    FROM json_to_recordset(%s::json) AS v (duty uuid, status text, level text, role text, owner text, pending_to text,
        due timestamptz, next_edge timestamptz)
    WHERE n.duty_id = v.duty
"""
_EVENT = ("duty_id", "number", "kind", "at", "by", "detail")
_AUDIT = ("at", "by", "organisation", "act", "child", "about", "reason", "detail")


Keep = Callable[[Sequence[tuple[Wanted, str]], datetime], None]
"""Keeps notices, each with the organisation of its duty."""


class Ledger:
    """The duties of the database (`domain.clockwork.Ledger`). notices: how the notices of a batch are kept."""

    def __init__(self, notices: Keep) -> None:
        self._notices = notices

    def transaction(self) -> AbstractContextManager[object]:
        return transaction.atomic()

    def claim(self, now: datetime, limit: int) -> Sequence[Held]:
        """See `domain.clockwork.Ledger.claim`."""
        with connection.cursor() as cursor:
            # Once a transaction: its own writing of next edges wakes nobody (migration 0004).
            cursor.execute("SELECT set_config('nightlight.worker', '1', true)")
            cursor.execute(_CLAIM, (now, limit))
            claimed = {duty: (child, organisation) for duty, child, organisation in cursor.fetchall()}
            if not claimed:
                return ()
            cursor.execute(_EVENTS, (f"{{{','.join(map(str, claimed))}}}",))
            events: dict[UUID, list[Event]] = defaultdict(list)
            for duty, kind, at, by, detail in cursor:
                events[duty].append(mapping.read_event(kind, at, by, orjson.loads(detail), claimed[duty][0]))
        held = []
        for duty, (_, organisation) in claimed.items():
            try:
                held.append(Held(state_of(events[duty]), len(events[duty]), organisation))
            except (DutyError, LookupError, ValueError, TypeError) as error:
                self.set_aside(str(duty), type(error).__name__, now + SET_ASIDE, now)
        return held

    def set_aside(self, duty: str, fault: str, until: datetime, now: datetime) -> None:
        """See `domain.clockwork.Ledger.set_aside`. `fault` is a kind of error, never its words."""
        DutyNow.objects.filter(duty_id=UUID(duty)).update(next_edge=until)
        AuditEvent.objects.create(at=now, by=SYSTEM, act="duty.set_aside", about=duty, detail={"fault": fault})
        key = f"{duty}.set_aside.{now:%Y%m%d}"
        self._notices([(Wanted(key=key, why=Why.SET_ASIDE, person="", duty=duty, fast=True), "")], now)

    def keep(self, turns: Iterable[Turn], now: datetime) -> None:
        """See `domain.clockwork.Ledger.keep`. An event's number is unique, so none is kept twice."""
        turns = list(turns)
        copy_rows("duties_dutyevent", _EVENT, (row for turn in turns for row in _event_rows(turn)))
        copy_rows("audit_auditevent", _AUDIT, (row for turn in turns for row in _audit_rows(turn)))
        with connection.cursor() as cursor:
            cursor.execute(_STAND, (_standing(turns),))
        notices = [(wanted, turn.held.organisation) for turn in turns for wanted in turn.notices]
        if notices:
            self._notices(notices, now)


def _event_rows(turn: Turn) -> Iterable[Sequence[Any]]:
    duty = UUID(turn.state.duty.id)
    for number, event in enumerate(turn.events, turn.held.number + 1):
        yield duty, number, type(event).__name__, event.at, event.by, _json(mapping.detail_of(event))


def _audit_rows(turn: Turn) -> Iterable[Sequence[Any]]:
    child = UUID(turn.state.duty.child)
    late = _json({"late_seconds": int(turn.late.total_seconds())}) if turn.late > LATE_AFTER else "{}"
    for event in turn.events:
        act = f"duty.{type(event).__name__.lower()}"
        yield event.at, SYSTEM, "", act, child, turn.state.duty.id, "", late


def _standing(turns: Sequence[Turn]) -> str:
    """One value as JSON: to write eight arrays out for the server took as long as all the rest."""
    return _json([_stands(turn.state, turn.next_edge) for turn in turns])


def _stands(state: DutyState, next_edge: datetime | None) -> dict[str, Any]:
    return {
        "duty": state.duty.id,
        "status": state.status,
        "level": state.level,
        "role": state.role,
        "owner": state.owner,
        "pending_to": state.offered_to,
        "due": state.due,
        "next_edge": next_edge,
    }


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def earliest() -> datetime | None:
    """The next edge of any duty; None while none is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(next_edge) FROM duties_dutynow WHERE next_edge IS NOT NULL")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]
