"""Taking in a delivery: records kept and evaluated together, or refused one by one with the reason.

A batch is one transaction: raw records, entries, identity, firings and duties stand together or not at all. When the
store refuses a batch, it is halved until the one record at fault stands alone and is refused; the rest is kept. A file
sent again changes nothing.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from django.db import DatabaseError, transaction

from nightlight.actions import audit, identity, places, turns
from nightlight.actions.evaluation import Touched, evaluate_touched
from nightlight.feeds.records import Feed, FeedContext, PersonRecord, Record, Rejection, UnreadableFile
from nightlight.feeds.registry import feed_named
from nightlight.store.intake import writer
from nightlight.store.intake.models import Delivery, Refusal
from nightlight.store.people.models import Organisation, Practitioner

BATCH_RECORDS = 20_000
BATCH_BYTES = 24 * 1024 * 1024
"""A batch ends at either: memory stays flat, and a child's indicators are evaluated once a batch."""

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class DeliveryReport:
    """What became of one delivered file. `accepted` counts records kept now; `unchanged`, those held already."""

    feed: str
    file_name: str
    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    entries: int = 0
    people_made: int = 0
    people_matched: int = 0
    people_waiting: int = 0
    duties_raised: int = 0
    problem: str = ""
    reasons: dict[str, int] = field(default_factory=dict)
    delivery: uuid.UUID = field(default_factory=uuid.uuid4)

    def refuse(self, rejection: Rejection) -> None:
        self.refused += 1
        key = f"{rejection.field}: {rejection.code}"
        self.reasons[key] = self.reasons.get(key, 0) + 1


def deliver(
    *,
    feed_name: str,
    path: Path,
    agency: str,
    organisation: str,
    system: str,
    by: Practitioner | str,
    now: datetime,
    organisation_name: str = "",
    mapping: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> list[DeliveryReport]:
    """Take in a file, or every file of a folder that the feed takes, in its order. One report a file.

    A file that can't be read at all is reported with its problem and stops nothing else.
    """
    feed = feed_named(feed_name)
    Organisation.objects.get_or_create(
        code=organisation, defaults={"name": organisation_name or organisation, "agency": agency}
    )
    files = files_of(feed, path)
    total = sum(file.stat().st_size for file in files)
    done = 0
    reports = []
    for file in files:
        context = FeedContext(
            agency=agency, organisation=organisation, system=system, now=now, mapping=mapping, file_name=file.name
        )
        before = done

        def told(read: int, before: int = before) -> None:
            if progress:
                progress(before + read, total)

        with file.open("rb") as stream:
            reports.append(deliver_stream(feed=feed, stream=stream, context=context, by=by, progress=told))
        done += file.stat().st_size
    if progress:
        progress(total, total)
    return reports


def files_of(feed: Feed, path: Path) -> list[Path]:
    """The files to read, in the feed's order; raises `UnreadableFile` where there are none."""
    if not path.exists():
        raise UnreadableFile(f"{path}: there is no such file or folder. Give the path of what the agency delivered.")
    if path.is_file():
        return [path]
    found = [file for file in sorted(path.iterdir()) if file.is_file() and file.name.lower().endswith(feed.suffixes)]
    if not found:
        endings = ", ".join(feed.suffixes)
        raise UnreadableFile(f"{path}: no file that the {feed.name} feed reads. Expected names ending in {endings}.")
    return sorted(found, key=lambda file: (feed.order(file.name), file.name))


def deliver_stream(
    *, feed: Feed, stream: BinaryIO, context: FeedContext, by: Practitioner | str, progress: Progress | None = None
) -> DeliveryReport:
    """Take in one stream. Whatever was kept before a fault stands; sending the file again adds the rest."""
    report = DeliveryReport(feed=feed.name, file_name=context.file_name)
    _start(report, context, by)
    try:
        for batch in _batches(feed.read(stream, context)):
            _take(batch, feed, context, by, report)
            if progress:
                progress(_position(stream), 0)
    except UnreadableFile as error:
        report.problem = str(error)
    _finish(report, context, by)
    return report


def _position(stream: BinaryIO) -> int:
    return stream.tell() if stream.seekable() else 0


def _batches(read: Iterator[Record | Rejection]) -> Iterator[list[Record | Rejection]]:
    batch: list[Record | Rejection] = []
    size = 0
    for item in read:
        batch.append(item)
        size += len(item.raw)
        if len(batch) >= BATCH_RECORDS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _start(report: DeliveryReport, context: FeedContext, by: Practitioner | str) -> None:
    Delivery.objects.create(
        id=report.delivery,
        feed=report.feed,
        file_name=report.file_name,
        agency=context.agency,
        organisation=context.organisation,
        system=context.system,
        received=context.now,
        by=audit.actor(by),
    )


def _finish(report: DeliveryReport, context: FeedContext, by: Practitioner | str) -> None:
    counts = {name: getattr(report, name) for name in ("accepted", "unchanged", "refused", "entries")}
    with transaction.atomic():
        Delivery.objects.filter(id=report.delivery).update(finished=context.now, problem=report.problem, **counts)
        audit.record(at=context.now, by=by, act="feed.delivered", about=str(report.delivery), detail=counts)


def _take(
    batch: Sequence[Record | Rejection],
    feed: Feed,
    context: FeedContext,
    by: Practitioner | str,
    report: DeliveryReport,
) -> None:
    records = [item for item in batch if isinstance(item, Record)]
    rejections = [item for item in batch if isinstance(item, Rejection)]
    with transaction.atomic():
        _keep_rejections(rejections, context, report)
    for part in _kept_in_parts(records, feed, context, by, report):
        with transaction.atomic():
            _keep_rejections(part, context, report)


def _kept_in_parts(
    records: Sequence[Record], feed: Feed, context: FeedContext, by: Practitioner | str, report: DeliveryReport
) -> Iterator[list[Rejection]]:
    """Keep these records whole, or by halves until the one at fault stands alone; yields what had to be refused."""
    if not records:
        return
    try:
        with transaction.atomic():
            _keep(records, feed, context, by, report)
    except (DatabaseError, ValueError, OverflowError, KeyError) as error:
        if len(records) == 1:
            yield [_not_kept(records[0], error)]
            return
        middle = len(records) // 2
        yield from _kept_in_parts(records[:middle], feed, context, by, report)
        yield from _kept_in_parts(records[middle:], feed, context, by, report)


def _not_kept(record: Record, error: Exception) -> Rejection:
    return Rejection(
        position=record.position,
        field="record",
        code="not_kept",
        expected=f"a record that the store can keep ({type(error).__name__}); mend it at the source and send it again",
        raw=record.raw,
    )


def _keep_rejections(rejections: Sequence[Rejection], context: FeedContext, report: DeliveryReport) -> None:
    for rejection in rejections:
        report.refuse(rejection)
    Refusal.objects.bulk_create(
        [
            Refusal(
                delivery_id=report.delivery,
                system=context.system,
                position=rejection.position[:80],
                field=rejection.field[:120],
                code=rejection.code[:60],
                expected=rejection.expected,
                raw=rejection.raw,
                mark=_mark(rejection, context),
                received=context.now,
            )
            for rejection in rejections
        ],
        ignore_conflicts=True,
    )


def _mark(rejection: Rejection, context: FeedContext) -> str:
    where = b"" if rejection.raw else f"{context.file_name}\x1f{rejection.position}".encode()
    fault = f"\x1f{rejection.field}\x1f{rejection.code}".encode()
    return hashlib.sha256(rejection.raw + where + fault).hexdigest()


def _keep(
    records: Sequence[Record], feed: Feed, context: FeedContext, by: Practitioner | str, report: DeliveryReport
) -> None:
    turns.take()
    batch, unchanged = _versions(records, feed, context)
    if batch:
        kept, resolved, duties = _keep_new(batch, context, report.delivery)
        audit.record(at=context.now, by=by, act="feed.kept", about=str(report.delivery), detail={"records": len(batch)})
        report.entries += kept.entries
        report.people_made += resolved.made
        report.people_matched += resolved.matched
        report.people_waiting += resolved.waiting
        report.duties_raised += duties
    report.accepted += len(batch)
    report.unchanged += unchanged


def _versions(records: Sequence[Record], feed: Feed, context: FeedContext) -> tuple[list[writer.Versioned], int]:
    """The records that say something new, each with its version; and how many said what is held already."""
    ids = list({record.record_id for record in records})
    newest = writer.newest_held(context.system, ids, with_raw=feed.merge is not None)
    batch: list[writer.Versioned] = []
    unchanged = 0
    for stated in records:
        version, digest, raw = newest.get(stated.record_id, (0, "", b""))
        record = feed.merge(raw, stated, context) if feed.merge and version else stated
        if record.digest == digest:
            unchanged += 1
            continue
        batch.append(writer.Versioned(record, version + 1, record.digest))
        newest[record.record_id] = (version + 1, record.digest, record.raw)
    return batch, unchanged


def _keep_new(
    batch: Sequence[writer.Versioned], context: FeedContext, delivery: uuid.UUID
) -> tuple[writer.Kept, identity.Resolved, int]:
    records = [item.record for item in batch]
    source = writer.From(
        delivery=delivery,
        system=context.system,
        agency=context.agency,
        organisation=context.organisation,
        received=context.now,
    )
    named, at = writer.source_ids(records)
    resolved = identity.resolve(
        _people(records, named),
        system=context.system,
        agency=context.agency,
        organisation=context.organisation,
        now=context.now,
    )
    people = {id_: identity.source_person_id(context.system, id_) for id_ in named | _described(records)}
    addresses = places.keep_addresses(places.all_addresses(records), context.system)
    addresses = places.ids_of(addresses, at, context.system)
    moved = places.keep_homes(records, source)
    kept = writer.keep(batch, source, people, addresses)
    touched = Touched(
        people=frozenset(kept.people | resolved.touched),
        addresses=frozenset(kept.addresses),
        kinds=frozenset(kept.kinds),
        everything=bool(kept.links or moved or "housing.residence" in kept.kinds),
    )
    return kept, resolved, evaluate_touched(touched, now=context.now)


def _described(records: Iterable[Record]) -> set[str]:
    return {person.source_id for record in records for person in record.people}


def _people(records: Iterable[Record], named: set[str]) -> dict[str, PersonRecord]:
    """Every person of a batch as last described, in the order the file names them, so that it decides the same twice.

    One only named stands with nothing but the source's id.
    """
    people: dict[str, PersonRecord] = {}
    for person in chain.from_iterable(record.people for record in records):
        people[person.source_id] = person
    for id_ in sorted(named - set(people)):
        people[id_] = PersonRecord(source_id=id_)
    return people
