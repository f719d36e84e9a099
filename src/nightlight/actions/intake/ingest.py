"""Taking in deliveries: records kept and evaluated together, or refused one by one with the reason.

A batch is one transaction: raw records, entries, identity, firings and duties stand together or not at all. When the
store refuses a batch, it is halved until the one record at fault stands alone and is refused; the rest is kept. A file
sent again changes nothing.
"""

from __future__ import annotations

import gc
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import chain, groupby
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import F

from nightlight.actions.intake import erased_before, scope
from nightlight.actions.intake.delivered import (
    Delivered,
    DeliveryReport,
    File,
    Item,
    Progress,
    files_in,
    of_stream,
    received,
)
from nightlight.actions.people import identity, places
from nightlight.actions.record import engine
from nightlight.actions.sharing import agreements
from nightlight.actions.sharing import corrections as sharing_corrections
from nightlight.actions.trail import audit, turns
from nightlight.actions.watching.evaluation import Touched, evaluate_touched
from nightlight.feeds.records import Feed, FeedContext, PersonRecord, Record, Rejection
from nightlight.store.database import beside
from nightlight.store.intake import writer
from nightlight.store.intake.models import Delivery, Refusal
from nightlight.store.people.models import Practitioner
from nightlight.store.rivals import waited_for_each_other
from nightlight.timeline.london import local_date

BATCH_RECORDS = 64_000
BATCH_BYTES = 40 * 1024 * 1024
"""A batch ends at either: memory stays flat, and a child's indicators are evaluated once a batch."""
FIRST_BATCH_RECORDS = 5_000
LARGER = 4
"""The first is small, and each of the next so many times as large: in the time in which records are kept, so many times
as many are read. Fewer batches are fewer times that a child is evaluated."""

WORTH_HELP = 500
"""Records of a batch from which a thread that writes them beside us saves more than it costs."""
_OBJECTS_BEFORE_A_LOOK = 200_000
"""New objects before Python looks for rings of rubbish: a batch makes millions of objects, and next to no ring."""


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

    A file that can't be read at all is reported with its problem and stops nothing else. A feed without an agreement in
    force is not taken in at all (`NoAgreement`). Whatever was kept before a
    fault stands; sending the delivery again adds the rest.
    """
    one = Delivered(
        feed_name=feed_name,
        path=path,
        agency=agency,
        organisation=organisation,
        system=system,
        organisation_name=organisation_name,
        mapping=mapping,
    )
    return deliver_all([one], by=by, now=now, progress=progress)


def deliver_all(
    deliveries: Sequence[Delivered],
    *,
    by: Practitioner | str,
    now: datetime,
    progress: Progress | None = None,
    kept: Callable[[Delivered], None] | None = None,
) -> list[DeliveryReport]:
    """Take in what several organisations sent, in this order, as `deliver` does each; one report a file.

    A child whom several of them know is evaluated once a batch and not once a delivery. kept: told of each delivery
    once all of it stands, so that whoever is interrupted knows what to send again.
    """
    files = files_in(deliveries, by=by, now=now)
    waiting = list(zip(deliveries, files.of, strict=True))
    for _ in _taken(_begun(files.read(progress)), by):
        while waiting and files.over.issuperset(waiting[0][1]):
            delivered, of_it = waiting.pop(0)
            for file in of_it:
                _finish(file, by)
            if kept:
                kept(delivered)
    return [file.report for file in files]


def deliver_stream(
    *, feed: Feed, stream: BinaryIO, context: FeedContext, by: Practitioner | str, withdraws: bool = False
) -> DeliveryReport:
    """Take in one stream, as `deliver` does a file. withdraws: it only takes back, which no agreement need allow."""
    if not withdraws:
        agreements.must_agree(feed=feed.name, organisation=context.organisation, now=context.now)
    file = received(feed, context, by)
    for _ in _taken(of_stream(file, stream), by):
        pass
    _finish(file, by)
    return file.report


def _begun(read: Iterator[Item]) -> Iterator[Item]:
    """The same items. The kernel is loaded while a process of its own reads on from the first."""
    for first in read:
        engine.make_ready()
        yield first
        yield from read


def _taken(read: Iterator[Item], by: Practitioner | str) -> Iterator[None]:
    """Take in a batch at a time; yields after each, and once all is read."""
    with _few_looks_for_rubbish():
        for batch in _batches(read):
            _take(batch, by)
            yield
        yield


@contextmanager
def _few_looks_for_rubbish() -> Iterator[None]:
    """A tenth of the time went into looking through a batch's objects for rings that are not there."""
    before = gc.get_threshold()
    gc.set_threshold(max(_OBJECTS_BEFORE_A_LOOK, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _take(batch: Sequence[Item], by: Practitioner | str) -> None:
    rejections = [(file, item) for file, item in batch if isinstance(item, Rejection)]
    with transaction.atomic():
        _keep_rejections(rejections)
    records = [(file, item) for file, item in batch if isinstance(item, Record)]
    for refused in _kept_in_parts(records, by):
        with transaction.atomic():
            _keep_rejections([refused])


def _batches(read: Iterator[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size, most = 0, min(FIRST_BATCH_RECORDS, BATCH_RECORDS)
    for item in read:
        batch.append(item)
        size += len(item[1].raw)
        if len(batch) >= most or size >= BATCH_BYTES:
            yield batch
            batch, size, most = [], 0, min(LARGER * most, BATCH_RECORDS)
    if batch:
        yield batch


def _finish(file: File, by: Practitioner | str) -> None:
    report = file.report
    counts = {
        name: getattr(report, name) for name in ("accepted", "unchanged", "refused", "outside", "erased", "entries")
    }
    with transaction.atomic():
        Delivery.objects.filter(id=report.delivery).update(finished=file.context.now, problem=report.problem)
        _note_outside(file)
        audit.record(at=file.context.now, by=by, act="feed.delivered", about=str(report.delivery), detail=counts)


def _note_outside(file: File) -> None:
    """How much was out of scope, by feed, reason and day, once all of the file is read: one cut short is sent again."""
    report = file.report
    if report.outside:
        scope.count(
            feed=file.feed.name,
            reason=scope.reason_of(file.scope),
            day=local_date(file.context.now),
            records=report.outside,
            children=report.outside_children,
        )
    if report.erased:
        scope.count(
            feed=file.feed.name,
            reason=scope.ERASED,
            day=local_date(file.context.now),
            records=report.erased,
            children=len(report.erased_people),
        )


_Stated = tuple[File, Record]


def _kept_in_parts(
    records: Sequence[_Stated], by: Practitioner | str, *, again: int = 5
) -> Iterator[tuple[File, Rejection]]:
    """Keep these records whole, or by halves until the one at fault stands alone; yields what had to be refused.

    again: how often it is done again where somebody and we waited for each other, and the database gave us up.
    """
    if not records:
        return
    try:
        with transaction.atomic(), beside.helped() if len(records) >= WORTH_HELP else nullcontext():
            kept = _keep(records, by)
            _note_counts(kept)
    except OperationalError as error:  # a full disk or a lost connection is nobody's record's fault
        if not (again and waited_for_each_other(error)):
            raise
        yield from _kept_in_parts(records, by, again=again - 1)
    except (DatabaseError, ValueError, OverflowError, KeyError) as error:
        if len(records) == 1:
            file, record = records[0]
            yield file, _not_kept(record, error)
            return
        middle = len(records) // 2
        yield from _kept_in_parts(records[:middle], by)
        yield from _kept_in_parts(records[middle:], by)
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


def _note_counts(kept: Iterable[_Kept]) -> None:
    """Write what was kept on each receipt with the records themselves: one that is cut short says what it did."""
    counts: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    for part in kept:
        for file, item in part.batch:
            counts[file.report.delivery].update(accepted=1, entries=len(item.record.entries))
        for file in part.unchanged:
            counts[file.report.delivery].update(unchanged=1)
        for file, _ in part.outside:
            counts[file.report.delivery].update(outside=1)
        for file, _ in part.erased:
            counts[file.report.delivery].update(erased=1)
    _add_up(counts)


def _add_up(counts: Mapping[UUID, Mapping[str, int]]) -> None:
    for delivery, count in counts.items():
        Delivery.objects.filter(id=delivery).update(**{name: F(name) + number for name, number in count.items()})


def _keep_rejections(rejections: Sequence[tuple[File, Rejection]]) -> None:
    for file, rejection in rejections:
        file.report.refuse(rejection)
    refused = Counter(file.report.delivery for file, _ in rejections)
    _add_up({delivery: {"refused": number} for delivery, number in refused.items()})
    Refusal.objects.bulk_create(
        [_refusal(file, rejection) for file, rejection in rejections], ignore_conflicts=True, batch_size=2000
    )


def _refusal(file: File, rejection: Rejection) -> Refusal:
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
    """What one system's part of a batch came to, counted only once it is committed."""

    batch: Sequence[tuple[File, writer.Versioned]]
    unchanged: Sequence[File]
    resolved: identity.Resolved
    touched: Touched
    duties: int = 0
    outside: Sequence[tuple[File, Record]] = ()
    erased: Sequence[tuple[File, Record]] = ()


def _keep(records: Sequence[_Stated], by: Practitioner | str) -> list[_Kept]:
    """Keep these records, one system's after another's, and evaluate the children whom any of them touches, once.

    Who the people of all are is decided first: it asks the database much, and what is written then is written while the
    next system's is made ready (`store.database.beside`).
    """
    turns.take()
    waiting: dict[str, _OfSystem] = {}
    kept: list[_Kept] = []
    for (_, system, *_), part in groupby(records, key=lambda each: _source_of(each[0])):
        if system in waiting:  # what it says now may be a later version of what it said before
            kept += [each.keep() for each in waiting.values()]
            waiting.clear()
        waiting[system] = _of_system(list(part))
    kept += [each.keep() for each in waiting.values()]
    said = [each for each in kept if each.batch]
    for each in said:
        _write_down(each, by)
    if said:
        touched = Touched.together(each.touched for each in said)
        said[0].duties = evaluate_touched(touched, now=records[0][0].context.now)
    return kept


def _write_down(kept: _Kept, by: Practitioner | str) -> None:
    file, detail = kept.batch[0][0], {"records": len(kept.batch)}
    audit.record(at=file.context.now, by=by, act="feed.kept", about=str(file.report.delivery), detail=detail)


def _source_of(file: File) -> tuple[str, str, str, str]:
    return file.feed.name, file.context.system, file.context.agency, file.context.organisation


def _of_system(records: Sequence[_Stated]) -> _OfSystem:
    """One system's part of a batch, once it is known who the people are that it is about."""
    first = records[0][0]
    records, outside = scope.parted(records, first.scope, system=first.context.system, now=first.context.now)
    said, unchanged = _versions(records) if records else ([], [])
    batch, erased = erased_before.parted(said, system=first.context.system, now=first.context.now)
    named = _resolve([item for _, item in batch], batch[0][0]) if batch else None
    return _OfSystem(batch, unchanged, outside, named, erased)


def _count(kept: Iterable[_Kept]) -> None:
    for part in kept:
        for file, item in part.batch:
            file.report.accepted += 1
            file.report.entries += len(item.record.entries)
        for file in part.unchanged:
            file.report.unchanged += 1
        for file, record in part.outside:
            file.report.outside += 1
            file.report.turned_away |= scope.named(record)
        for file, record in part.erased:
            file.report.erased += 1
            file.report.erased_people |= scope.named(record)
        if part.batch:
            report = part.batch[0][0].report
            report.people_made += part.resolved.made
            report.people_matched += part.resolved.matched
            report.people_waiting += part.resolved.waiting
            report.duties_raised += part.duties


def _versions(records: Sequence[_Stated]) -> tuple[list[tuple[File, writer.Versioned]], list[File]]:
    """The records that say something new, each with its version; and the files of those that say what is held."""
    first = records[0][0]
    merge = first.feed.merge
    ids = list({record.record_id for _, record in records})
    newest = writer.newest_held(first.context.system, ids, with_raw=merge is not None)
    batch: list[tuple[File, writer.Versioned]] = []
    unchanged: list[File] = []
    for file, stated in records:
        version, held, raw = newest.get(stated.record_id, (0, "", b""))
        record = merge(raw, stated, file.context) if merge and version else stated
        digest = record.digest
        if digest == held:
            unchanged.append(file)
            continue
        batch.append((file, writer.Versioned(record, version + 1, digest, file.report.delivery)))
        newest[record.record_id] = (version + 1, digest, record.raw)
    return batch, unchanged


@dataclass(frozen=True, slots=True)
class _Named:
    """The people and places that some records name, as they were decided to be; `homes`: where people live now.

    moved: whether anybody's home changed.
    """

    source: writer.From
    resolved: identity.Resolved
    people: Mapping[str, UUID]
    addresses: Mapping[str, UUID]
    homes: frozenset[UUID]
    moved: bool

    def keep(self, batch: Sequence[writer.Versioned]) -> Touched:
        """Keep the records themselves."""
        kept = writer.keep(batch, self.source, self.people, self.addresses)
        if corrected := [item.record.record_id for item in batch if item.version > 1]:
            sharing_corrections.tell(system=self.source.system, records=corrected, now=self.source.received)
        resolved = self.resolved
        return Touched(
            people=frozenset(kept.people | resolved.touched),
            addresses=frozenset(kept.addresses),
            homes=frozenset(kept.homes | self.homes if self.moved else kept.homes),
            kinds=frozenset(kept.kinds),
            everything=bool(kept.links or self.moved or resolved.placed or "housing.residence" in kept.kinds),
        )


@dataclass(frozen=True, slots=True)
class _OfSystem:
    """One system's part of a batch on its way; named: nobody where nothing in it is new."""

    batch: Sequence[tuple[File, writer.Versioned]]
    unchanged: Sequence[File]
    outside: Sequence[tuple[File, Record]]
    named: _Named | None
    erased: Sequence[tuple[File, Record]]

    def keep(self) -> _Kept:
        """Keep what is new."""
        if self.named is None:
            resolved, touched = identity.Resolved(), Touched(frozenset())
        else:
            resolved, touched = self.named.resolved, self.named.keep([item for _, item in self.batch])
        return _Kept(self.batch, self.unchanged, resolved, touched, outside=self.outside, erased=self.erased)


def _resolve(batch: Sequence[writer.Versioned], file: File) -> _Named:
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
    homes = places.homes_of(records, source)
    resolved = identity.resolve(
        stated,
        system=context.system,
        agency=context.agency,
        organisation=context.organisation,
        now=context.now,
        lives_at={id_: home.address for id_, home in homes.items()},
    )
    people = {id_: identity.source_person_id(context.system, id_) for id_ in stated}
    addresses = places.keep_addresses(places.all_addresses(records), context.system)
    addresses = places.ids_of(addresses, at, context.system)
    moved = places.keep_homes(homes, resolved.new, source)
    lived_in = frozenset(home.address for home in homes.values())
    return _Named(source, resolved, people, addresses, lived_in, bool(moved))


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
