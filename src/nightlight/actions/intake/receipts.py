"""What became of a delivery, for the system that sent it: counts and faults of its own, and nothing of anybody else's.

A refused record is told by where it stood, the field, and what was expected; never by what was in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from uuid import UUID

from nightlight.actions.intake.ingest import deliver_stream
from nightlight.actions.seeing.access import Refused, not_there
from nightlight.actions.sharing import agreements
from nightlight.actions.signin.service_keys import actor
from nightlight.actions.trail import audit
from nightlight.domain.access.engine import Answer, policy
from nightlight.feeds.records import FeedContext
from nightlight.feeds.registry import feed_named
from nightlight.store.access import wall
from nightlight.store.intake.models import Delivery, Refusal
from nightlight.store.signin.models import ServiceKey

PAGE = 100


@dataclass(frozen=True, slots=True)
class Faults:
    """A page of the records of a delivery that were refused, and how many there are in all."""

    rows: tuple[Refusal, ...]
    total: int


def permits(key: ServiceKey, action: str, *, names_feed: bool = False, own: bool = False) -> Answer:
    """What the access policy answers a system that asks with this key."""
    return policy().serve(action, rights=frozenset(key.may), names_feed=names_feed, own=own)


@wall.lifted("records are kept whole, matched and evaluated, whoever may read them")
def deliver(*, key: ServiceKey, feed: str, body: bytes, file_name: str, now: datetime) -> Delivery:
    """Take in what a system sent, as its own organisation's. Raises `Refused` for a feed that its key does not name."""
    if not (answer := permits(key, "deliver", names_feed=feed in key.feeds)):
        audit.record(at=now, by=actor(key), act="key.refused", detail={"feed_named": feed in key.feeds})
        raise Refused(f"This key may not deliver this feed. {policy().why(answer)}")
    agreements.must_agree(feed=feed, organisation=key.organisation_id, now=now)
    context = FeedContext(
        agency=key.organisation.agency, organisation=key.organisation.code,
        system=key.system or f"{feed}:{key.organisation.code}", now=now, file_name=file_name,
    )  # fmt: skip
    report = deliver_stream(feed=feed_named(feed), stream=BytesIO(body), context=context, by=actor(key))
    return Delivery.objects.get(id=report.delivery)


@wall.lifted("a system's own delivery: counts")
def receipt(*, key: ServiceKey, delivery: UUID, now: datetime) -> Delivery:
    """What became of one of its organisation's deliveries. Another's is answered as one that is not there."""
    row = Delivery.objects.filter(id=delivery, organisation=key.organisation_id).first()
    if not permits(key, "receipt", own=row is not None) or row is None:
        audit.record(at=now, by=actor(key), act="key.refused", about=str(delivery))
        raise not_there()
    audit.record(at=now, by=actor(key), act="delivery.receipt", about=str(delivery))
    return row


@wall.lifted("a system's own delivery: where its faults stood, never what a record held")
def faults(*, key: ServiceKey, delivery: UUID, first: int, now: datetime) -> Faults:
    """The records of one of its deliveries that were refused, a page at a time."""
    row = receipt(key=key, delivery=delivery, now=now)
    found = Refusal.objects.filter(delivery=row).defer("raw").order_by("id")
    return Faults(tuple(found[first : first + PAGE]), found.count())
