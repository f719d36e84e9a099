"""The end of a source's outbox: events get their number there, in the transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from nightlight.store.source.models import OutEvent


def add(events: Sequence[OutEvent]) -> None:
    """Keep events at the end of the outbox, in this order, in the caller's transaction."""
    if not events:
        return
    for number, event in enumerate(events, start=end_of_outbox() + 1):
        event.number = number
    OutEvent.objects.bulk_create(events)


def end_of_outbox() -> int:
    """The last number given; whoever numbers next waits until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE source_outevent IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SELECT coalesce(max(number), 0) FROM source_outevent")
        last: int = cursor.fetchone()[0]
    return last
