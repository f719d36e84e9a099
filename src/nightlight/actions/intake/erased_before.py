"""The door, for what was erased: a record that says nothing but what was erased here is turned away, and only counted.

Whatever says something new is taken in, with whom it names: a new worry about a child whose old record was erased is
never lost. Marks, not names, are compared (`domain.erased_before`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from nightlight.actions.intake import scope
from nightlight.actions.trail import audit
from nightlight.domain.erased_before import Marks, Said, is_the_same
from nightlight.feeds.records import Record
from nightlight.store.intake.writer import Versioned, bounds
from nightlight.store.keeping.models import SuppressedRecord, SuppressionKey

T = TypeVar("T")
Batch = Sequence[tuple[T, Versioned]]


def marks() -> Marks:
    """The key of this installation's marks, made when the first is needed; a lost one makes them mean nothing."""
    row = SuppressionKey.objects.filter(id=1).first()
    if row is None:
        SuppressionKey.objects.bulk_create([SuppressionKey(id=1, secret=os.urandom(32).hex())], ignore_conflicts=True)
        row = SuppressionKey.objects.get(id=1)
    return Marks(bytes.fromhex(row.secret))


def parted(batch: Batch[T], *, system: str, now: datetime) -> tuple[Batch[T], list[tuple[T, Record]]]:
    """One system's part of a batch that says something new, as what is taken in and what was erased before."""
    if not batch or not SuppressedRecord.objects.exists():
        return batch, []
    by = marks()
    records = [item.record for _, item in batch]
    held = _held(by, system, records)
    if not held:
        return batch, []
    stopped = {id(record) for record in records if _says(record) and _erased(by, system, record, held, now)}
    new = [record for record in records if _says(record) and not record.withdrawn and id(record) not in stopped]
    named: set[str] = set().union(*(scope.named(record) for record in new))
    _welcome(by, system, named, held, now)
    stopped |= {
        id(record) for record in records if not _says(record) and _only_describes(by, system, record, named, held)
    }
    inside = [each for each in batch if id(each[1].record) not in stopped]
    return inside, [(file, item.record) for file, item in batch if id(item.record) in stopped]


def _says(record: Record) -> bool:
    """Whether a record says anything but who somebody is."""
    return bool(record.entries or record.links or record.withdrawn)


def _held(by: Marks, system: str, records: Sequence[Record]) -> Mapping[str, SuppressedRecord]:
    wanted = {by.record(system, record.record_id) for record in records}
    wanted |= {by.person(system, name) for record in records for name in scope.named(record)}
    return {row.mark: row for row in SuppressedRecord.objects.filter(mark__in=wanted)}


def _erased(by: Marks, system: str, record: Record, held: Mapping[str, SuppressedRecord], now: datetime) -> bool:
    row = held.get(by.record(system, record.record_id))
    if row is None:
        return False
    return record.withdrawn or is_the_same(row.facts, row.recorded, said_by(by, record, now))


def said_by(by: Marks, record: Record, now: datetime) -> Said:
    """What a record says, as marks. A date that a reader put there itself, for want of one, is none."""
    entries = (
        (
            by.entry(
                kind=each.kind, occurred=bounds(each.occurred)[2], until=bounds(each.until)[2],
                attributes=each.attributes, words=each.words, text=each.text,
            ),
            each.recorded,
        )
        for each in record.entries
    )  # fmt: skip
    links = (
        (
            by.link(kind=each.kind, person=each.person, other="" if each.kind == "residence" else each.other),
            each.recorded,
        )
        for each in record.links
    )
    return Said(tuple((mark, at if at < now else None) for mark, at in (*entries, *links)))


def _welcome(by: Marks, system: str, named: set[str], held: Mapping[str, SuppressedRecord], now: datetime) -> None:
    """Something new names somebody who was erased: what describes them is taken in again, now and from now on."""
    rows = [held[mark] for name in named if (mark := by.person(system, name)) in held]
    if rows:
        SuppressedRecord.objects.filter(id__in=[row.id for row in rows]).delete()
        for suppression in sorted({row.suppression_id for row in rows}):
            audit.record(at=now, by=audit.SYSTEM, act="suppression.new_fact", about=str(suppression))


def _only_describes(
    by: Marks, system: str, record: Record, named: set[str], held: Mapping[str, SuppressedRecord]
) -> bool:
    """Whether a record describes nobody but people who were erased, and of whom nothing new is said."""
    names = scope.named(record)
    return bool(names) and all(name not in named and by.person(system, name) in held for name in names)


def lifted(suppression: UUID) -> int:
    """No record of this erasure is turned away any more; how many marks are gone."""
    return SuppressedRecord.objects.filter(suppression=suppression).delete()[0]
