"""Duties as the clockwork works on them, many at a time: claimed with their rows locked, kept with COPY.

The rows are those that `mapping` writes one by one. All of a batch is in the caller's transaction; another worker
passes by what this one holds, and a person's act waits for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from uuid import UUID

import orjson
from django.db import connection, transaction

from nightlight.domain.clockwork import LATE_AFTER, SET_ASIDE, Held, Turn
from nightlight.domain.duties import DutyState, state_of
from nightlight.domain.duty_events import SYSTEM, DutyError, Event
from nightlight.domain.notices import Wanted, Why
from nightlight.store.audit.models import AuditEvent
from nightlight.store.bulk import NULL, array, copy_lines, field, moment
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow

_CLAIM = """
    SELECT d.id::text, coalesce(d.child::text, ''), n.organisation
    FROM duties_dutynow n JOIN duties_duty d ON d.id = n.duty_id
    WHERE n.next_edge <= %s ORDER BY n.next_edge LIMIT %s FOR UPDATE SKIP LOCKED
"""
# As text, which is read here: the driver makes an object of each id and each moment in Python.
_EVENTS = """
    SELECT duty_id::text, kind, at::text, by, detail::text FROM duties_dutyevent
    WHERE duty_id = ANY(%s::uuid[]) ORDER BY duty_id, number
"""
_STAND = """
    UPDATE duties_dutynow n SET status = v.status, level = v.level, role = v.role, owner = v.owner,
        pending_to = v.pending_to, due = v.due, next_edge = v.next_edge, lapsed_due = v.lapsed_due,
        lapse = v.lapse::jsonb
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
        %s::timestamptz[], %s::timestamptz[], %s::text[])
        AS v (duty, status, level, role, owner, pending_to, due, next_edge, lapsed_due, lapse)
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
            cursor.execute(_EVENTS, (array(claimed),))
            rows: dict[str, list[Sequence[str]]] = defaultdict(list)
            for duty, *row in cursor.fetchall():
                rows[duty].append(row)
        held = []
        for duty, (child, organisation) in claimed.items():
            try:
                held.append(Held(state_of(_read(rows[duty], child)), len(rows[duty]), organisation))
            except (DutyError, LookupError, ValueError, TypeError) as error:
                self.set_aside(duty, type(error).__name__, now + SET_ASIDE, now)
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
        copy_lines("duties_dutyevent", _EVENT, [line for turn in turns for line in _event_lines(turn)])
        copy_lines("audit_auditevent", _AUDIT, [line for turn in turns for line in _audit_lines(turn)])
        with connection.cursor() as cursor:
            cursor.execute(_STAND, _standing(turns))
        notices = [(wanted, turn.held.organisation) for turn in turns for wanted in turn.notices]
        if notices:
            self._notices(notices, now)


def _read(rows: Iterable[Sequence[str]], child: str) -> Iterator[Event]:
    for kind, at, by, detail in rows:
        yield mapping.read_event(kind, datetime.fromisoformat(at), by, orjson.loads(detail), child)


def _event_lines(turn: Turn) -> Iterable[str]:
    """As `mapping.to_row` keeps them. JSON has nothing to escape in it but the backslash."""
    duty = turn.state.duty.id
    for number, event in enumerate(turn.events, turn.held.number + 1):
        detail = orjson.dumps(mapping.detail_of(event)).decode().replace("\\", "\\\\")
        yield f"{duty}\t{number}\t{type(event).__name__}\t{moment(event.at)}\t{field(event.by)}\t{detail}\n"


def _audit_lines(turn: Turn) -> Iterable[str]:
    duty = turn.state.duty
    late = f'{{"late_seconds":{int(turn.late.total_seconds())}}}' if turn.late > LATE_AFTER else "{}"
    for event in turn.events:
        act = f"duty.{type(event).__name__.lower()}"
        yield f"{moment(event.at)}\t{SYSTEM}\t\t{act}\t{duty.child or NULL}\t{duty.id}\t\t{late}\n"


def _standing(turns: Sequence[Turn]) -> Sequence[str]:
    states = [turn.state for turn in turns]
    return (
        array(state.duty.id for state in states),
        array(state.status.value for state in states),
        array(state.level for state in states),
        array(state.role for state in states),
        array(state.owner for state in states),
        array(state.offered_to for state in states),
        array(moment(state.due) for state in states),
        array(turn.next_edge and moment(turn.next_edge) for turn in turns),
        array(moment(state.lapse.due) if state.lapse and state.lapsed_at else None for state in states),
        array(_lapse(state) for state in states),
    )


def _lapse(state: DutyState) -> str | None:
    found = mapping.lapse_of(state)
    return orjson.dumps(found).decode() if found else None


def earliest() -> datetime | None:
    """The next edge of any duty; None while none is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(next_edge) FROM duties_dutynow WHERE next_edge IS NOT NULL")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]
