"""What was delivered and what of it was refused, for those who mend it. A raw record that is looked at is on record.

Numbers here are counts of rows that can be listed: a delivery's count and its list are the same query.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from nightlight.actions.seeing.access import not_there, require
from nightlight.actions.trail import audit
from nightlight.domain.roles import Permission
from nightlight.store.access import wall
from nightlight.store.intake.models import Delivery, RawRecord, Refusal
from nightlight.store.people.models import Practitioner

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which deliveries or refusals: of a feed, an organisation, with a code or field of refusal, of one delivery."""

    feed: str = ""
    organisation: str = ""
    code: str = ""
    field: str = ""
    delivery: UUID | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to filter by."""

    feeds: tuple[str, ...]
    organisations: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery and the number of refusals that were first made in it."""

    row: Delivery
    listed: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, and how many there are in all."""

    rows: tuple[Any, ...]
    total: int


def deliveries(*, by: Practitioner, wanted: Filter, first: int = 0) -> Page:
    """Deliveries, newest first."""
    require(by, Permission.REFUSAL_VIEW)
    rows = Delivery.objects.annotate(listed=Count("refusals"))
    if wanted.feed:
        rows = rows.filter(feed=wanted.feed)
    if wanted.organisation:
        rows = rows.filter(organisation=wanted.organisation)
    found = rows.order_by("-received", "id")
    return Page(tuple(Delivered(row, row.listed) for row in found[first : first + PAGE]), found.count())


def delivery(*, by: Practitioner, delivery: UUID) -> Delivered:
    """One delivery."""
    require(by, Permission.REFUSAL_VIEW)
    row = Delivery.objects.annotate(listed=Count("refusals")).filter(id=delivery).first()
    if row is None:
        raise not_there()
    return Delivered(row, row.listed)


def refusals(*, by: Practitioner, wanted: Filter, first: int = 0) -> Page:
    """Refused records, newest first: where each stood, the field, the code and what was expected."""
    require(by, Permission.REFUSAL_VIEW)
    found = _wanted(wanted).select_related("delivery").defer("raw").order_by("-received", "-id")
    return Page(tuple(found[first : first + PAGE]), found.count())


def by_code(*, by: Practitioner, wanted: Filter) -> list[tuple[str, str, int]]:
    """How many were refused for each field and code, most first."""
    require(by, Permission.REFUSAL_VIEW)
    rows = (
        _wanted(wanted).order_by().values_list("field", "code").annotate(n=Count("id")).order_by("-n", "field", "code")
    )
    return list(rows[:30])


def _wanted(wanted: Filter) -> QuerySet[Refusal]:
    rows = Refusal.objects.all()
    if wanted.feed:
        rows = rows.filter(delivery__feed=wanted.feed)
    if wanted.organisation:
        rows = rows.filter(delivery__organisation=wanted.organisation)
    if wanted.code:
        rows = rows.filter(code=wanted.code)
    if wanted.field:
        rows = rows.filter(field=wanted.field)
    return rows.filter(delivery=wanted.delivery) if wanted.delivery else rows


def choices(*, by: Practitioner) -> Choices:
    """The feeds, organisations and codes that there are."""
    require(by, Permission.REFUSAL_VIEW)
    distinct = Delivery.objects.order_by().values_list
    return Choices(
        feeds=tuple(sorted(set(distinct("feed", flat=True).distinct()))),
        organisations=tuple(sorted(set(distinct("organisation", flat=True).distinct()))),
        codes=tuple(sorted(Refusal.objects.order_by().values_list("code", flat=True).distinct())),
    )


def refusal(*, by: Practitioner, refusal: int, now: datetime) -> Refusal:
    """One refused record with the raw bytes; that it was looked at is on record."""
    require(by, Permission.REFUSAL_VIEW)
    row = Refusal.objects.select_related("delivery").filter(id=refusal).first()
    if row is None:
        raise not_there()
    audit.record(at=now, by=by, act="refusal.viewed", about=str(row.id))
    return row


def records(*, by: Practitioner, delivery: UUID, first: int = 0) -> Page:
    """The records that a delivery brought which were kept: the source's id, the version, how many entries each."""
    require(by, Permission.REFUSAL_VIEW)
    rows = RawRecord.objects.filter(delivery=delivery).defer("raw").order_by("id")
    shown = list(rows[first : first + PAGE])
    counts = _entries_of(shown, by)
    return Page(tuple((row, counts.get((row.record_id, row.version), 0)) for row in shown), rows.count())


@wall.lifted("counts of entries by record; nothing of what they say")
def _entries_of(rows: list[RawRecord], by: Practitioner) -> dict[tuple[str, int], int]:
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT record_id, version, count(*) FROM chronology_entry WHERE system = %s AND record_id = ANY(%s) "
            "AND NOT EXISTS (SELECT 1 FROM access_sealed_lifted(%s, now()) s WHERE s.item = chronology_entry.id) "
            "GROUP BY record_id, version",
            [rows[0].system, [row.record_id for row in rows], by.username],
        )
        return {(record_id, version): n for record_id, version, n in cursor.fetchall()}


def entries(*, by: Practitioner, delivery: UUID, record: int | None = None, first: int = 0) -> Page:
    """The entries that a delivery (or one record of it) added: kind, when, and the record. Nothing of what they say."""
    require(by, Permission.REFUSAL_VIEW)
    joined = (
        "FROM intake_rawrecord r JOIN chronology_entry e "
        "ON e.system = r.system AND e.record_id = r.record_id AND e.version = r.version "
        "WHERE r.delivery = %(delivery)s AND (%(record)s::bigint IS NULL OR r.id = %(record)s) "
        "AND NOT EXISTS (SELECT 1 FROM access_sealed_lifted(%(me)s, now()) s WHERE s.item = e.id)"
    )
    wanted: dict[str, Any] = {"me": by.username, "delivery": delivery, "record": record, "most": PAGE, "first": first}
    with wall.lifted("kinds and dates by record; nothing of what they say"), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {joined}", wanted)
        total = cursor.fetchone()[0]
        cursor.execute(
            f"SELECT e.kind, e.occurred, e.record_id, e.version, e.retracts {joined} "
            "ORDER BY r.id, e.part LIMIT %(most)s OFFSET %(first)s",
            wanted,
        )
        return Page(tuple(cursor.fetchall()), total)
