"""Small deliveries for tests: records made by hand, taken in through the same door as any feed's."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import orjson

from nightlight.actions.intake.ingest import DeliveryReport, deliver_stream
from nightlight.feeds.records import (
    AddressRecord,
    EntryRecord,
    Feed,
    FeedContext,
    LinkRecord,
    PersonRecord,
    Record,
    Rejection,
    SubjectRecord,
)
from nightlight.store.people.models import Organisation
from nightlight.timeline.partial import Partial

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NHS_ONE, NHS_TWO = "9990000018", "9990000026"
"""Numbers of the range that is never issued, with right check digits."""


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def person(source_id: str = "c1", **fields: Any) -> PersonRecord:
    return PersonRecord(source_id=source_id, **{"role": "child", **fields})


def entry(kind: str, ago: float, *about: str, address: str = "", **fields: Any) -> EntryRecord:
    """An entry that happened and was written down so many days ago, about these people (and an address)."""
    subjects = [SubjectRecord(who) for who in about] + ([SubjectRecord(address, address=True)] if address else [])
    return EntryRecord(
        kind=kind,
        subjects=tuple(subjects),
        occurred=Partial.instant(days_ago(ago)),
        recorded=days_ago(ago),
        **fields,
    )


def record(
    record_id: str,
    *entries: EntryRecord,
    people: Iterable[PersonRecord] = (),
    addresses: Iterable[AddressRecord] = (),
    links: Iterable[LinkRecord] = (),
    withdrawn: bool = False,
) -> Record:
    """A record whose raw bytes say everything it states, so that a change of it is a new version."""
    people, addresses, links = tuple(people), tuple(addresses), tuple(links)
    raw = orjson.dumps(repr((entries, people, addresses, links, withdrawn)))
    return Record(
        position=f"record {record_id}",
        record_id=record_id,
        raw=raw,
        people=people,
        addresses=addresses,
        links=links,
        entries=entries,
        withdrawn=withdrawn,
    )


def feed_of(items: Iterable[Record | Rejection]) -> Feed:
    def read(_stream: BinaryIO, _context: FeedContext) -> Iterator[Record | Rejection]:
        yield from items

    return Feed(name="by-hand", title="By hand", agency="education", read=read, suffixes=(".none",))


def take_in(
    *items: Record | Rejection,
    agency: str = "education",
    organisation: str = "school-1",
    system: str = "",
    now: datetime = NOW,
    reading: Iterable[Record | Rejection] | None = None,
) -> DeliveryReport:
    """Take these (or what `reading` yields) in as one delivery of one organisation."""
    Organisation.objects.get_or_create(code=organisation, defaults={"name": organisation, "agency": agency})
    context = FeedContext(
        agency=agency, organisation=organisation, system=system or f"by-hand:{organisation}", now=now, file_name="f"
    )
    return deliver_stream(
        feed=feed_of(items if reading is None else reading), stream=io.BytesIO(), context=context, by="test"
    )
