"""Notices as rows: added with what causes them, taken and settled many at a time by whoever sends."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from nightlight.domain.delivery import Delivered, NotSent, Outcome, Sent, Settled, State, StillOnItsWay, Taken
from nightlight.domain.notices import LEASE, Wanted, Why
from nightlight.store.bulk import NULL, array, copy_lines, copy_rows, field, moment
from nightlight.store.duties.models import ContactRow

_ADD = """
    INSERT INTO duties_notice (id, key, why, person, duty, about, fast, made, state, channel, tries, next_at,
        provider_id)
    SELECT v.id, v.key, v.why, v.person, v.duty, v.about, v.fast, %s, v.state, v.channel, 0, v.next_at, ''
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::bool[], %s::text[],
        %s::text[], %s::timestamptz[]) AS v (id, key, why, person, duty, about, fast, state, channel, next_at)
    ON CONFLICT (key) DO NOTHING
"""
_NOTICE = ("id", "key", "why", "person", "duty", "about", "fast", "made", "state", "channel", "tries", "next_at",
           "provider_id")  # fmt: skip
_TAKE = """
    UPDATE duties_notice n SET next_at = %(until)s, tries = n.tries + CASE n.state WHEN 'waiting' THEN 1 ELSE 0 END
    FROM (
        SELECT id FROM duties_notice WHERE next_at <= %(now)s ORDER BY fast DESC, next_at LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ) due WHERE n.id = due.id
    RETURNING n.id, n.why, n.person, n.duty, n.about, n.fast, n.made, n.state, n.channel, n.tries, n.provider_id, n.sent
"""
_SETTLE = """
    UPDATE duties_notice n SET state = v.state, channel = v.channel, tries = v.tries, next_at = v.next_at,
        provider_id = v.provider_id,
        sent = CASE WHEN v.state IN ('sent', 'delivered') THEN coalesce(n.sent, %(now)s) ELSE n.sent END
    FROM unnest(%(ids)s::uuid[], %(states)s::text[], %(channels)s::text[], %(tries)s::int[],
        %(next)s::timestamptz[], %(providers)s::text[], %(old_states)s::text[], %(old_channels)s::text[],
        %(old_tries)s::int[]) AS v (id, state, channel, tries, next_at, provider_id, old_state, old_channel, old_tries)
    WHERE n.id = v.id AND n.state = v.old_state AND n.channel = v.old_channel AND n.tries = v.old_tries
    RETURNING n.id
"""
_LOCK_DUTIES = "SELECT 1 FROM duties_duty WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_NOTIFIED = """
    INSERT INTO duties_dutyevent (duty_id, number, kind, at, by, detail)
    SELECT v.duty, h.number + row_number() OVER (PARTITION BY v.duty), 'Notified', greatest(%(now)s, h.at), 'system',
        jsonb_build_object('to', v.person)
    FROM unnest(%(duties)s::uuid[], %(people)s::text[]) AS v (duty, person)
    JOIN LATERAL (SELECT number, at FROM duties_dutyevent e WHERE e.duty_id = v.duty ORDER BY number DESC LIMIT 1) h
        ON true
"""
_TRY = ("notice", "at", "channel", "outcome", "code")


@dataclass(frozen=True, slots=True)
class Placed:
    """A wanted notice and how it starts: on the page only, or waiting for a channel until a moment."""

    wanted: Wanted
    channel: str
    next_at: datetime | None

    @property
    def state(self) -> State:
        return State.WAITING if self.channel else State.SHOWN


def add(notices: Sequence[Placed], now: datetime) -> None:
    """Keep notices in the caller's transaction; one whose key is kept already changes nothing.

    The key of what follows from one event of a duty is kept once, with that event, so it is simply added; should it be
    there all the same, all of these are added again one key at a time.
    """
    kept = {each.wanted.key: each for each in notices}
    of_events, others = [], []
    for each in kept.values():
        (of_events if each.wanted.why in _OF_EVENTS and each.wanted.duty else others).append(each)
    try:
        with transaction.atomic():
            copy_lines("duties_notice", _NOTICE, _lines(of_events, now))
    except IntegrityError:
        others = list(kept.values())
    if others:
        with connection.cursor() as cursor:
            cursor.execute(_ADD, (now, *_arrays(others, now)))


_OF_EVENTS = frozenset({Why.RAISED, Why.LAPSED, Why.CLIMBED})
"""What comes by the thousand, and of one event each."""


def _lines(notices: Sequence[Placed], now: datetime) -> list[str]:
    made = moment(now)
    return [
        f"{id_}\t{field(wanted.key)}\t{wanted.why.value}\t{field(wanted.person)}\t{wanted.duty}\t{field(wanted.about)}\t"
        f"{wanted.fast}\t{made}\t{each.state.value}\t{each.channel}\t0\t"
        f"{moment(each.next_at) if each.next_at else NULL}\t\n"
        for id_, each in zip(_ids(len(notices), now), notices, strict=True)
        for wanted in (each.wanted,)
    ]


def _arrays(notices: Sequence[Placed], now: datetime) -> Sequence[str]:
    wanted = [each.wanted for each in notices]
    return (
        array(_ids(len(notices), now)),
        array(each.key for each in wanted),
        array(each.why.value for each in wanted),
        array(each.person for each in wanted),
        array(each.duty or None for each in wanted),
        array(each.about for each in wanted),
        array(str(each.fast) for each in wanted),
        array(each.state.value for each in notices),
        array(each.channel for each in notices),
        array(each.next_at and moment(each.next_at) for each in notices),
    )


def _ids(count: int, now: datetime) -> list[str]:
    """Identifiers (UUID, version 7) that begin with the time, so that new rows lie side by side in their index."""
    at = f"{int(now.timestamp() * 1000):012x}"
    chance = os.urandom(9 * count).hex()
    return [f"{at}7{chance[n : n + 3]}8{chance[n + 3 : n + 18]}" for n in range(0, 18 * count, 18)]


def contacts(people: Iterable[str], organisations: Iterable[str] = ()) -> dict[str, dict[str, str]]:
    """The address by channel of each person, in the order to try them, and of each organisation's system."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    named = Q(person__in=set(people) - {""}) | Q(organisation__in=set(organisations) - {""})
    rows = ContactRow.objects.filter(named, stopped__isnull=True).order_by("place", "id")
    for person, organisation, channel, address in rows.values_list("person", "organisation", "channel", "address"):
        found[person or f"{SYSTEM_OF}{organisation}"][channel] = address
    return dict(found)


SYSTEM_OF = "system-of:"
"""Before an organisation's code: the notice is for its system, not for a person."""


class Outbox:
    """The notices of the database (`domain.delivery.Outbox`)."""

    def transaction(self) -> AbstractContextManager[object]:
        return transaction.atomic()

    def take(self, now: datetime, limit: int) -> Sequence[Taken]:
        """See `domain.delivery.Outbox.take`."""
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, {"until": now + LEASE, "now": now, "limit": limit})
            rows = cursor.fetchall()
        return _with_contacts(rows) if rows else ()

    def settle(self, settled: Iterable[Settled], now: datetime) -> Sequence[Settled]:
        """See `domain.delivery.Outbox.settle`."""
        by_id = {each.taken.id: each for each in settled}
        with connection.cursor() as cursor:
            cursor.execute(_SETTLE, _columns(list(by_id.values()), now))
            written = [by_id[str(id_)] for (id_,) in cursor.fetchall()]
        copy_rows("duties_noticetry", _TRY, [_try(each, now) for each in written if _is_news(each)])
        _notified([each.taken for each in written if _was_told(each)], now)
        return written


def _with_contacts(rows: Sequence[Sequence[Any]]) -> list[Taken]:
    who = {row[2] for row in rows}
    systems = {name.removeprefix(SYSTEM_OF) for name in who if name.startswith(SYSTEM_OF)}
    known = contacts(who, systems)
    return [_taken(row, known.get(row[2], {})) for row in rows]


def _taken(row: Sequence[Any], addresses: Mapping[str, str]) -> Taken:
    id_, why, person, duty, about, fast, made, state, channel, tries, provider_id, sent = row
    return Taken(
        id=str(id_), why=why, person=person, duty=str(duty or ""), about=about, fast=fast, made=made,
        state=State(state), channel=channel, tries=tries, provider_id=provider_id, contacts=addresses, sent=sent,
    )  # fmt: skip


def _columns(settled: Sequence[Settled], now: datetime) -> dict[str, Any]:
    return {
        "now": now,
        "ids": [each.taken.id for each in settled],
        "states": [each.state.value for each in settled],
        "channels": [each.channel for each in settled],
        "tries": [each.tries for each in settled],
        "next": [each.next_at for each in settled],
        "providers": [each.provider_id for each in settled],
        "old_states": [each.taken.state.value for each in settled],
        "old_channels": [each.taken.channel for each in settled],
        "old_tries": [each.taken.tries for each in settled],
    }


def _is_news(settled: Settled) -> bool:
    return not isinstance(settled.outcome, StillOnItsWay) or settled.state is not State.SENT


def _was_told(settled: Settled) -> bool:
    """Whether this try told a person of a duty; a system's copy and word of what became of it tell nobody anew."""
    taken = settled.taken
    told = taken.state is State.WAITING and isinstance(settled.outcome, Sent | Delivered)
    return told and bool(taken.duty) and not taken.person.startswith(SYSTEM_OF)


def _try(settled: Settled, now: datetime) -> Sequence[Any]:
    name, code = outcome_name(settled.outcome)
    return UUID(settled.taken.id), now, settled.taken.channel, name, code


def outcome_name(outcome: Outcome) -> tuple[str, str]:
    """An outcome as the row of a try names it, and its code."""
    match outcome:
        case Sent():
            return "sent", ""
        case Delivered():
            return "delivered", ""
        case NotSent(code, _):
            return "failed", code[:80]
        case StillOnItsWay():
            return "no word", ""


def _notified(taken: Sequence[Taken], now: datetime) -> None:
    """That each was told goes into the history of the duty. The rows are locked first, so that the numbers hold."""
    if not taken:
        return
    duties = [UUID(each.duty) for each in taken]
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_DUTIES, (duties,))
        cursor.execute(_NOTIFIED, {"now": now, "duties": duties, "people": [each.person for each in taken]})


def earliest() -> datetime | None:
    """When a notice is next to be sent or asked after; None while none is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(next_at) FROM duties_notice WHERE next_at IS NOT NULL")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]
