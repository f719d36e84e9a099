"""What was erased is not taken in again: marks of its records, made as they are erased, until the guardian lifts them.

The door that goes by them is `actions.intake.erased_before`. Nothing here says who it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count

from nightlight.actions.intake import erased_before
from nightlight.actions.seeing.access import require
from nightlight.actions.trail import audit, turns
from nightlight.domain.erased_before import Marks
from nightlight.domain.roles import Permission
from nightlight.store.access import wall
from nightlight.store.audit.models import AuditEvent
from nightlight.store.intake.writer import TEXT_COLUMN, WORDS_COLUMN
from nightlight.store.keeping.models import SuppressedRecord, Suppression
from nightlight.store.keys.vault import unseal_text
from nightlight.store.people.models import Practitioner


class NotLifted(ValueError):
    """A suppression can't be lifted as asked; the message says what to do."""


@dataclass(slots=True)
class Told:
    """One record before it is erased: the marks of what it said, and the newest of its dates."""

    facts: set[str] = field(default_factory=set)
    recorded: datetime | None = None

    def add(self, mark: str, recorded: datetime) -> None:
        self.facts.add(mark)
        self.recorded = max(self.recorded or recorded, recorded)


ERASED = ("record.erased", "record.part_erased")
"""The acts by which records are erased."""
_ENTRIES = """
    SELECT system, record_id, kind, occurred, until, attributes, words, text, recorded FROM chronology_entry
    WHERE id = ANY(%(entries)s) AND NOT retracts
"""
_LINKS = """
    SELECT l.system, l.record_id, l.kind, p.source_id, coalesce(o.source_id, ''), l.recorded FROM chronology_link l
    JOIN people_sourceperson p ON p.id = l.source_person LEFT JOIN people_sourceperson o ON o.id = l.other_person
    WHERE (l.source_person = ANY(%(who)s) OR l.other_person = ANY(%(who)s)) AND NOT l.retracts
"""
_RECORDS = "SELECT * FROM unnest(%(systems)s::text[], %(records)s::text[])"
_PEOPLE = "SELECT system, source_id FROM people_sourceperson WHERE id = ANY(%(who)s)"
_STILL_HERE = f"SELECT DISTINCT system, record_id FROM intake_rawrecord WHERE (system, record_id) IN ({_RECORDS})"  # noqa: S608 the line above


@dataclass(frozen=True, slots=True)
class Known:
    """What of a child's records is about to be erased, by its source's own ids; gone with this object."""

    records: Mapping[tuple[str, str], Told]
    people: Sequence[tuple[str, str]]


def known(wanted: Mapping[str, Any]) -> Known:
    """What these records say, while they can still be read. wanted: the ids, as `retention` has them."""
    by = erased_before.marks()
    records: dict[tuple[str, str], Told] = {key: Told() for key in _rows(_RECORDS, wanted)}
    for system, record, kind, occurred, until, attributes, words, text, recorded in _rows(_ENTRIES, wanted):
        mark = by.entry(
            kind=kind, occurred=occurred, until=until, attributes=_read(attributes),
            words=unseal_text(words, WORDS_COLUMN), text=unseal_text(text, TEXT_COLUMN),
        )  # fmt: skip
        records.setdefault((system, record), Told()).add(mark, recorded)
    for system, record, kind, person, other, recorded in _rows(_LINKS, wanted):
        other = "" if kind == "residence" else other
        records.setdefault((system, record), Told()).add(by.link(kind=kind, person=person, other=other), recorded)
    return Known(records, _rows(_PEOPLE, wanted))


def _read(attributes: Any) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads(attributes) if isinstance(attributes, str) else attributes
    return read


def keep(*, child: UUID, known: Known, wanted: Mapping[str, Any], by: str, now: datetime) -> int:
    """Turn away from now on what was erased just now; how many records. One that stayed, for a sibling, is none."""
    marks = erased_before.marks()
    here = set(_rows(_STILL_HERE, wanted))
    gone = {key: told for key, told in known.records.items() if key not in here}
    row = Suppression.objects.create(at=now, by=by[:80], records=len(gone))
    SuppressedRecord.objects.bulk_create(
        _marked(row, gone, known.people, marks), ignore_conflicts=True, batch_size=2000
    )
    audit.record(at=now, by=by, act="suppression.began", child=child, about=str(row.id), detail={"records": len(gone)})
    return len(gone)


def _marked(
    row: Suppression, gone: Mapping[tuple[str, str], Told], people: Sequence[tuple[str, str]], marks: Marks
) -> list[SuppressedRecord]:
    records = [
        SuppressedRecord(suppression=row, mark=marks.record(*key), facts=sorted(told.facts), recorded=told.recorded)
        for key, told in gone.items()
    ]
    return records + [SuppressedRecord(suppression=row, mark=marks.person(*key)) for key in people]


def _rows(query: str, values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


# -- the guardian's


@dataclass(frozen=True, slots=True)
class Stands:
    """One erasure whose records are turned away, or were; and why it was erased, as the log has it."""

    row: Suppression
    marks: int
    why: str


@wall.lifted("counts and ids that mean nothing any more; the guardian's own list")
def listed(*, by: Practitioner) -> list[Stands]:
    """Every erasure whose records are turned away, and those that were lifted, the newest first."""
    require(by, Permission.AUDIT_VIEW)
    rows = Suppression.objects.annotate(held=Count("marks")).order_by("lifted", "-at", "id")[:200]
    why = _why(str(row.id) for row in rows)
    return [Stands(row, row.held, why.get(str(row.id), "")) for row in rows]


def _why(ids: Iterable[str]) -> dict[str, str]:
    """By suppression, the reason with which its records were erased."""
    began = AuditEvent.objects.filter(act="suppression.began", about__in=list(ids)).values_list("about", "child", "at")
    of = {(child, at): about for about, child, at in began}
    erased = AuditEvent.objects.filter(act__in=ERASED, child__in=[child for child, _ in of])
    return {of[child, at]: why for child, at, why in erased.values_list("child", "at", "reason") if (child, at) in of}


@wall.lifted("what is lifted is of nobody whom a page could name")
def lift(*, by: Practitioner | str, suppression: UUID, why: str, now: datetime) -> Suppression:
    """Take in again what was erased, when it is sent again. Twice is once."""
    if isinstance(by, Practitioner):
        require(by, Permission.AUDIT_VIEW)
    if not why.strip():
        raise NotLifted("say why: it was erased by mistake, or the person asks for it, with the reference.")
    with transaction.atomic():
        turns.take()  # a delivery is taken in whole before, or after
        row = Suppression.objects.filter(id=suppression).first()
        if row is None:
            raise NotLifted("there is no suppression of this id: `nightlight retention list` names those that stand.")
        if row.lifted is None:
            row.lifted, row.lifted_by, row.why = now, audit.actor(by), why.strip()
            row.save(update_fields=["lifted", "lifted_by", "why"])
            marks = erased_before.lifted(row.id)
            audit.record(
                at=now, by=by, act="suppression.lifted", about=str(row.id), reason=why.strip(), detail={"marks": marks}
            )
    return row


def standing() -> list[Suppression]:
    """Those that stand, for a command: ids and counts."""
    return list(Suppression.objects.filter(lifted=None).order_by("-at", "id"))
