"""The hub's end of a source's events: each is checked, taken once and in its place among those of its child.

Whatever is refused is refused with what to mend, never with a value, and leaves nothing half done.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from nightlight.actions.intake import scope
from nightlight.actions.sharing import agreements
from nightlight.actions.signin.service_keys import actor
from nightlight.actions.source import answers as source_answers
from nightlight.actions.source import erased, pointers
from nightlight.actions.source.signed import Signed, checked
from nightlight.actions.trail import audit, turns
from nightlight.domain.pointers import ANSWERED, ERASED, FEED, WITHDRAWN, BadEvent, Event, read, signal_of
from nightlight.store.access import wall
from nightlight.store.signin.models import ServiceKey
from nightlight.store.source.models import ReceivedEvent
from nightlight.timeline.london import local_date


class OutOfOrder(Exception):
    """An event that is not the next of its child. expected: the number of the next."""

    def __init__(self, expected: int, words: str) -> None:
        super().__init__(words)
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an event. held: it had been taken before, and nothing was done again."""

    id: UUID
    sequence: int
    held: bool


@wall.lifted("a source's own pointers are kept and evaluated, whoever may read them")
def receive(*, key: ServiceKey, signed: Signed, body: bytes, now: datetime) -> Taken:
    """Take an event of a source, once and in its place.

    Raises `Refused` (the key may not), `BadSignature`, `BadEvent`, `OutOfOrder` or `agreements.NoAgreement`.
    """
    secret = checked(key=key, signed=signed, body=body, now=now)
    event = read(body)
    if event.organisation != key.organisation_id:
        raise BadEvent("source", "not_yours", "the organisation of the key that it is sent with")
    if signed.id != str(event.id):
        raise BadEvent("id", "not_signed", "the id that was signed (webhook-id)")
    if event.type not in (WITHDRAWN, ERASED):  # what is taken back is taken back, whatever has ended
        agreements.must_agree(feed=FEED, organisation=key.organisation_id, now=now)
    with transaction.atomic():
        turns.take()
        if held := _held(event):
            return held
        _next_only(event)
        _acted(key, secret, event, now)
        ReceivedEvent.objects.create(
            id=event.id, organisation=event.organisation, subject=event.subject, sequence=event.sequence,
            type=event.type, digest=_digest(event), at=now,
        )  # fmt: skip
        audit.record(
            at=now, by=actor(key), act="source.event", about=str(event.id), detail={"sequence": event.sequence}
        )
    return Taken(event.id, event.sequence, held=False)


def _held(event: Event) -> Taken | None:
    """The event as it was taken before. One of the same id that says something else is refused."""
    row = ReceivedEvent.objects.filter(id=event.id).first()
    if row is None:
        return None
    if row.digest != _digest(event) or row.organisation != event.organisation:
        raise BadEvent("id", "used", "an id of its own: another event had this one")
    return Taken(row.id, row.sequence, held=True)


def _digest(event: Event) -> str:
    """Of what it says; who the child is is sealed anew each time that it is sent."""
    said = [str(event.subject), event.sequence, event.type, {k: v for k, v in event.data.items() if k != "child"}]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _next_only(event: Event) -> None:
    of_child = ReceivedEvent.objects.filter(organisation=event.organisation, subject=event.subject)
    last = of_child.aggregate(last=Max("sequence"))["last"] or 0
    if event.sequence <= last:
        raise OutOfOrder(last + 1, "another event of this child had this number. It was sent before, or is replayed")
    if event.sequence > last + 1:
        raise OutOfOrder(last + 1, "an earlier event of this child has not come. Send that first")


def _acted(key: ServiceKey, secret: str, event: Event, now: datetime) -> None:
    if event.type == ANSWERED:
        source_answers.take(key=key, event=event, now=now)
    elif event.type == ERASED:
        withdrawn = pointers.withdraw_all(key=key, event=event, now=now)
        source_answers.nothing_left(key=key, event=event, now=now)
        audit.record(at=now, by=actor(key), act="source.erased", about=str(event.id), detail={"records": withdrawn})
        erased.take(organisation=key.organisation_id, subject=event.subject, event=event.id, by=actor(key), now=now)
    else:
        pointers.keep_signal(key=key, event=event, signal=signal_of(event), secret=secret, now=now)


@wall.lifted("counts, of nobody: no page writes them")
def count_below(*, error: BadEvent, now: datetime) -> None:
    """Count a signal that was below what the scope takes; called once nothing of it is left to undo."""
    if error.code == scope.BELOW:
        scope.count(feed=FEED, reason=scope.BELOW, day=local_date(now), records=1, children=1)
