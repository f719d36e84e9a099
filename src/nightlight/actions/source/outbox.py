"""A source's end: what its hub is to hear, drawn from what holds here, as events that wait in the database.

Each event is kept with what it tells of, numbered, and sent by others (`source_sending`). What holds is compared with
what the hub was told last, so that nothing is lost by a crash at any instant, and nothing is told twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from nightlight.actions.trail import audit, turns
from nightlight.domain.kinds import LEVELS
from nightlight.domain.pointers import ERASED, FIRED, WITHDRAWN, stamp
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.catalogue.base import SpeaksOf
from nightlight.store.access import wall
from nightlight.store.chronology.models import EntryRow, FiringRow
from nightlight.store.people.models import Person
from nightlight.store.source.models import HubRequest, OutEvent, Pointed
from nightlight.store.source.outgoing import add

AS_IT_CAME = timedelta(seconds=1)
"""A signal ends at the very moment at which a correction came, but for what rounding does to it."""
LEAST = "concern"
"""What no indicator across agencies counts, a hub has no use for, and a note is not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Whose source this is, as its hub knows it, and whom its people call about a pointer."""

    organisation: str
    agency: str
    contact: str = ""


_Key = tuple[UUID, str, datetime]


def pointed_at() -> tuple[str, ...]:
    """The indicators of which a hub is told: about a family, and of concern or more.

    What a service failed to do says nothing of the child that another agency should count as a worry.
    """
    return tuple(
        each.code
        for each in CATALOGUE.values()
        if each.speaks_of is SpeaksOf.FAMILY and LEVELS.index(each.level) >= LEVELS.index(LEAST)
    )


@wall.lifted("a source tells its hub of every child about whom something holds")
def draw(*, own: Own, now: datetime) -> int:
    """Put what changed since into the outbox; how many events were added.

    A signal is told of when it begins to hold, when it ends, and when it turns out never to have held: withdrawn.
    """
    with transaction.atomic():
        turns.take()
        told = {(row.child, row.indicator, row.since): row for row in Pointed.objects.all()}
        holds, rests_on = _holding(told, own, now)
        events: list[OutEvent] = []
        for key, said in holds.items():
            events += _told(told.get(key), key, said, now)
        for key, row in told.items():
            if key not in holds and not row.withdrawn:
                events.append(_withdrawn(row, now))
        _keep_evidence(rests_on)
        add(events)
        if events:
            audit.record(at=now, by=audit.SYSTEM, act="source.drawn", detail={"events": len(events)})
    return len(events)


def _holding(
    told: Mapping[_Key, Pointed], own: Own, now: datetime
) -> tuple[dict[_Key, dict[str, Any]], dict[_Key, list[UUID]]]:
    """What holds now, and what the hub was told of and has ended since; and what that which holds now rests on.

    Of children who have an agreed number. What ended because an entry that it rested on was put right never held.
    """
    rows = FiringRow.objects.filter(indicator__in=pointed_at(), starts__lte=now).filter(
        Q(ends__isnull=True) | Q(ends__gt=now) | Q(child__in={child for child, _, _ in told})
    )
    keyed = {(row.child, row.indicator, row.starts): row for row in rows}
    ended = {key: row.ends for key, row in keyed.items() if row.ends is not None and row.ends <= now}
    gone = {key for key in ended if key not in told} | _put_right(
        {key: told[key] for key in ended if key in told}, ended
    )
    numbered = set(_numbers(key[0] for key in keyed))
    left = {key: row for key, row in keyed.items() if key not in gone and key[0] in numbered}
    said = {
        key: {
            "indicator": row.indicator, "level": row.level, "rule": row.rule, "since": stamp(row.starts),
            "until": stamp(ended[key]) if key in ended else None, "agency": own.agency, "contact": own.contact,
        }
        for key, row in left.items()
    }  # fmt: skip
    return said, {key: list(row.evidence) for key, row in left.items() if key not in ended}


def _put_right(told: Mapping[_Key, Pointed], ended: Mapping[_Key, datetime]) -> set[_Key]:
    """Those of these that ended as an entry which they rested on was corrected or withdrawn."""
    rested_on = {id_ for row in told.values() for id_ in row.evidence}
    rows = EntryRow.objects.filter(supersedes__in=rested_on).values_list("supersedes", "received")
    changed: dict[UUID, list[datetime]] = {}
    for id_, received in rows:
        if id_ is None:
            continue
        changed.setdefault(id_, []).append(received)
    return {
        key
        for key, row in told.items()
        if any(abs(at - ended[key]) <= AS_IT_CAME for id_ in row.evidence for at in changed.get(id_, ()))
    }


def _keep_evidence(rests_on: Mapping[_Key, list[UUID]]) -> None:
    rows = Pointed.objects.filter(child__in={child for child, _, _ in rests_on})
    moved = [row for row in rows if rests_on.get((row.child, row.indicator, row.since), row.evidence) != row.evidence]
    for row in moved:
        row.evidence = rests_on[row.child, row.indicator, row.since]
    Pointed.objects.bulk_update(moved, ["evidence"], batch_size=500)


def _numbers(children: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """The number by which a hub may know each child, with its scheme; a child without any is not among them."""
    rows = Person.objects.filter(id__in=set(children)).values_list("id", "nhs_number", "upn")
    return {id_: ("nhs_number", nhs) if nhs else ("upn", upn) for id_, nhs, upn in rows if nhs or upn}


def number_of(child: UUID) -> tuple[str, str] | None:
    """The number by which a hub may know this child, with its scheme."""
    return _numbers([child]).get(child)


def _told(row: Pointed | None, key: _Key, said: Mapping[str, Any], now: datetime) -> list[OutEvent]:
    mark = _mark(said)
    if row is not None and row.said == mark and not row.withdrawn:
        return []
    if row is None:
        row = Pointed(child=key[0], indicator=key[1], since=key[2])
    row.said, row.withdrawn = mark, False
    row.save()
    return [_event(row, FIRED, said, now)]


def _withdrawn(row: Pointed, now: datetime) -> OutEvent:
    """It does not hold and never did, by what is known now: a correction took it away."""
    fired = OutEvent.objects.filter(about=row.id, type=FIRED)
    last = fired.order_by("-number").values_list("data", flat=True).first() or {}
    row.withdrawn = True
    row.save(update_fields=["withdrawn"])
    return _event(row, WITHDRAWN, last, now)


def _event(row: Pointed, type_: str, said: Mapping[str, Any], now: datetime) -> OutEvent:
    return OutEvent(
        id=uuid4(), child=row.child, type=type_, about=row.id, data={**said, "signal": str(row.id)}, made=now
    )


def _mark(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(dict(said), sort_keys=True).encode()).hexdigest()


def forget_told(*, child: UUID | None = None, but: UUID | None = None) -> None:
    """Draw all that was told of this child again, or of every child: the hub has lost it. but: what is under way."""
    theirs = Q() if child is None else Q(child=child)
    rest = Q() if but is None else ~Q(id=but)
    Pointed.objects.filter(theirs & rest).update(said="", withdrawn=False)
    HubRequest.objects.filter(theirs & rest).update(said="")


@wall.lifted("a hub that lost what it was told is told again")
def again(*, now: datetime) -> int:
    """Tell the hub everything again that holds, was withdrawn, was given or was erased; how many were erased.

    What it has already it knows for what it is, by the id of what is told.
    """
    with transaction.atomic():
        turns.take()
        forget_told()
        gone = list(OutEvent.objects.filter(type=ERASED, state="sent").order_by("number"))
        add([OutEvent(id=uuid4(), child=row.child, type=ERASED, about=row.about, made=now) for row in gone])
        OutEvent.objects.filter(id__in=[row.id for row in gone]).delete()
        audit.record(at=now, by=audit.SYSTEM, act="source.again", detail={"erased": len(gone)})
    return len(gone)


def unnumbered() -> int:
    """How many children there is something to say of whom no agreed number is known for: their hub can't be told."""
    children = set(
        FiringRow.objects.filter(indicator__in=pointed_at(), ends__isnull=True).values_list("child", flat=True)
    )
    return len(children) - len(_numbers(children))
