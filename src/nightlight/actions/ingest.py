"""Taking in a delivery: records kept and evaluated together, or refused one by one with the reason.

A batch is one transaction: raw records, entries, identity, firings and duties stand together or not at all. When the
store refuses a batch, it is halved until the one record at fault stands alone and is refused; the rest is kept. A file
sent again changes nothing.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from django.db import DatabaseError, OperationalError, transaction

from nightlight.actions import audit, identity, places, turns
from nightlight.actions.evaluation import Touched, evaluate_touched
from nightlight.feeds.ahead import read_file
from nightlight.feeds.records import Feed, FeedContext, PersonRecord, Record, Rejection, UnreadableFile
from nightlight.feeds.registry import feed_named
from nightlight.store.intake import writer
from nightlight.store.intake.models import Delivery, Refusal
from nightlight.store.people.models import Organisation, Practitioner

BATCH_RECORDS = 20_000
BATCH_BYTES = 24 * 1024 * 1024
"""A batch ends at either: memory stays flat, and a child's indicators are evaluated once a batch."""

REFUSALS_TOLD = 10
"""Refused records that a report names itself; all of them are kept, and the pages list them."""

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
    first_refusals: list[str] = field(default_factory=list)
    delivery: uuid.UUID = field(default_factory=uuid.uuid4)

    def refuse(self, rejection: Rejection) -> None:
        self.refused += 1
        key = f"{rejection.field}: {rejection.code}"
        self.reasons[key] = self.reasons.get(key, 0) + 1
        if len(self.first_refusals) < REFUSALS_TOLD:
            self.first_refusals.append(str(rejection))


@dataclass(frozen=True, slots=True)
class _File:
    """One file of a delivery: what its reader is told, and the report of what became of it."""

    context: FeedContext
    report: DeliveryReport


_Item = tuple[_File, Record | Rejection]


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

    A file that can't be read at all is reported with its problem and stops nothing else. Whatever was kept before a
    fault stands; sending the delivery again adds the rest.
    """
    feed = feed_named(feed_name)
    Organisation.objects.get_or_create(
        code=organisation, defaults={"name": organisation_name or organisation, "agency": agency}
    )
    paths = files_of(feed, path)
    files = [
        _file(
            feed,
            FeedContext(
                agency=agency, organisation=organisation, system=system, now=now, mapping=mapping, file_name=each.name
            ),
            by,
        )
        for each in paths
    ]
    total = sum(each.stat().st_size for each in paths)
    _take_all(_of_files(feed, paths, files, total, progress), feed, by)
    for file in files:
        _finish(file, by)
    if progress:
        progress(total, total)
    return [file.report for file in files]


def deliver_stream(*, feed: Feed, stream: BinaryIO, context: FeedContext, by: Practitioner | str) -> DeliveryReport:
    """Take in one stream, as `deliver` does a file."""
    file = _file(feed, context, by)
    _take_all(_of_stream(feed, stream, file), feed, by)
    _finish(file, by)
    return file.report


def _of_files(
    feed: Feed, paths: Sequence[Path], files: Sequence[_File], total: int, progress: Progress | None
) -> Iterator[_Item]:
    before = 0
    for path, file in zip(paths, files, strict=True):
        try:
            for number, (read, item) in enumerate(read_file(feed.name, path, file.context)):
                yield file, item
                if progress and number % 500 == 0:
                    progress(before + read, total)
        except UnreadableFile as error:
            file.report.problem = str(error)
        before += path.stat().st_size


def _of_stream(feed: Feed, stream: BinaryIO, file: _File) -> Iterator[_Item]:
    try:
        for item in feed.read(stream, file.context):
            yield file, item
    except UnreadableFile as error:
        file.report.problem = str(error)


def _file(feed: Feed, context: FeedContext, by: Practitioner | str) -> _File:
    report = DeliveryReport(feed=feed.name, file_name=context.file_name)
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
    return _File(context, report)


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


def _take_all(read: Iterator[_Item], feed: Feed, by: Practitioner | str) -> None:
    for batch in _batches(read):
        rejections = [(file, item) for file, item in batch if isinstance(item, Rejection)]
        with transaction.atomic():
            _keep_rejections(rejections)
        records = [(file, item) for file, item in batch if isinstance(item, Record)]
        for refused in _kept_in_parts(records, feed, by):
            with transaction.atomic():
                _keep_rejections([refused])


def _batches(read: Iterator[_Item]) -> Iterator[list[_Item]]:
    batch: list[_Item] = []
    size = 0
    for item in read:
        batch.append(item)
        size += len(item[1].raw)
        if len(batch) >= BATCH_RECORDS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _finish(file: _File, by: Practitioner | str) -> None:
    report = file.report
    counts = {name: getattr(report, name) for name in ("accepted", "unchanged", "refused", "entries")}
    with transaction.atomic():
        Delivery.objects.filter(id=report.delivery).update(finished=file.context.now, problem=report.problem, **counts)
        audit.record(at=file.context.now, by=by, act="feed.delivered", about=str(report.delivery), detail=counts)


_Stated = tuple[_File, Record]


def _kept_in_parts(records: Sequence[_Stated], feed: Feed, by: Practitioner | str) -> Iterator[tuple[_File, Rejection]]:
    """Keep these records whole, or by halves until the one at fault stands alone; yields what had to be refused."""
    if not records:
        return
    try:
        with transaction.atomic():
            kept = _keep(records, feed, by)
    except OperationalError:  # a full disk or a lost connection is nobody's record's fault
        raise
    except (DatabaseError, ValueError, OverflowError, KeyError) as error:
        if len(records) == 1:
            file, record = records[0]
            yield file, _not_kept(record, error)
            return
        middle = len(records) // 2
        yield from _kept_in_parts(records[:middle], feed, by)
        yield from _kept_in_parts(records[middle:], feed, by)
    else:
        _count(kept)


def _not_kept(record: Record, error: Exception) -> Rejection:
    return Rejection(
        position=record.position,
        field="record",
        code="not_kept",
        expected=f"a record that the store can keep ({type(error).__name__}); mend it at the source and send it again",
        raw=record.raw,
    )


def _keep_rejections(rejections: Sequence[tuple[_File, Rejection]]) -> None:
    for file, rejection in rejections:
        file.report.refuse(rejection)
    Refusal.objects.bulk_create(
        [_refusal(file, rejection) for file, rejection in rejections], ignore_conflicts=True, batch_size=2000
    )


def _refusal(file: _File, rejection: Rejection) -> Refusal:
    return Refusal(
        delivery_id=file.report.delivery,
        system=file.context.system,
        position=rejection.position[:80],
        field=rejection.field[:120],
        code=rejection.code[:60],
        expected=rejection.expected,
        raw=rejection.raw,
        mark=_mark(rejection, file.context),
        received=file.context.now,
    )


def _mark(rejection: Rejection, context: FeedContext) -> str:
    where = b"" if rejection.raw else f"{context.file_name}\x1f{rejection.position}".encode()
    fault = f"\x1f{rejection.field}\x1f{rejection.code}".encode()
    return hashlib.sha256(rejection.raw + where + fault).hexdigest()


@dataclass(slots=True)
class _Kept:
    """What a batch came to, counted only once it is committed."""

    batch: Sequence[tuple[_File, writer.Versioned]]
    unchanged: Sequence[_File]
    resolved: identity.Resolved
    duties: int


def _keep(records: Sequence[_Stated], feed: Feed, by: Practitioner | str) -> _Kept:
    turns.take()
    batch, unchanged = _versions(records, feed)
    if not batch:
        return _Kept(batch, unchanged, identity.Resolved(), 0)
    file = batch[0][0]
    resolved, duties = _keep_new([item for _, item in batch], file)
    detail = {"records": len(batch)}
    audit.record(at=file.context.now, by=by, act="feed.kept", about=str(file.report.delivery), detail=detail)
    return _Kept(batch, unchanged, resolved, duties)


def _count(kept: _Kept) -> None:
    for file, item in kept.batch:
        file.report.accepted += 1
        file.report.entries += len(item.record.entries)
    for file in kept.unchanged:
        file.report.unchanged += 1
    if kept.batch:
        report = kept.batch[0][0].report
        report.people_made += kept.resolved.made
        report.people_matched += kept.resolved.matched
        report.people_waiting += kept.resolved.waiting
        report.duties_raised += kept.duties


def _versions(records: Sequence[_Stated], feed: Feed) -> tuple[list[tuple[_File, writer.Versioned]], list[_File]]:
    """The records that say something new, each with its version; and the files of those that say what is held."""
    system = records[0][0].context.system
    ids = list({record.record_id for _, record in records})
    newest = writer.newest_held(system, ids, with_raw=feed.merge is not None)
    batch: list[tuple[_File, writer.Versioned]] = []
    unchanged: list[_File] = []
    for file, stated in records:
        version, held, raw = newest.get(stated.record_id, (0, "", b""))
        record = feed.merge(raw, stated, file.context) if feed.merge and version else stated
        digest = record.digest
        if digest == held:
            unchanged.append(file)
            continue
        batch.append((file, writer.Versioned(record, version + 1, digest, file.report.delivery)))
        newest[record.record_id] = (version + 1, digest, record.raw)
    return batch, unchanged


def _keep_new(batch: Sequence[writer.Versioned], file: _File) -> tuple[identity.Resolved, int]:
    context = file.context
    records = [item.record for item in batch]
    source = writer.From(
        delivery=file.report.delivery,
        system=context.system,
        agency=context.agency,
        organisation=context.organisation,
        received=context.now,
    )
    named, at = writer.source_ids(records)
    stated = _people(records, named)
    resolved = identity.resolve(
        stated,
        system=context.system,
        agency=context.agency,
        organisation=context.organisation,
        now=context.now,
    )
    people = {id_: identity.source_person_id(context.system, id_) for id_ in stated}
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
    return resolved, evaluate_touched(touched, now=context.now)


def _people(records: Iterable[Record], named: set[str]) -> dict[str, PersonRecord]:
    """Every person of a batch, in the order the file names them, so that it decides the same twice.

    What several records say of one person is joined, the last to say something standing (a table of numbers beside a
    table of names). One only named stands with nothing but the source's id.
    """
    people: dict[str, PersonRecord] = {}
    for person in chain.from_iterable(record.people for record in records):
        before = people.get(person.source_id)
        people[person.source_id] = _joined(before, person) if before else person
    for id_ in sorted(named - set(people)):
        people[id_] = PersonRecord(source_id=id_)
    return people


def _joined(before: PersonRecord, after: PersonRecord) -> PersonRecord:
    if before == after:
        return after
    said = {f.name: getattr(after, f.name) or getattr(before, f.name) for f in fields(PersonRecord)}
    return PersonRecord(**{**said, "details": {**before.details, **after.details}})
