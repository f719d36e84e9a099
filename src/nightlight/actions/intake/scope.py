"""The door of a shared hub: what of a delivery is about a child in scope, and the count of what is not.

Of what is turned away nothing is kept: no name, no number, no record; only how much, by feed, reason and day. The door
stands from the first agreement on, as theirs does (`actions.sharing.agreements`), and nowhere at a source, whose
records are its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar

from django.db import connection

from nightlight.actions.people import identity
from nightlight.actions.sharing import agreements
from nightlight.domain.scope.rows import Admits, ScopeRow, rows_in_use
from nightlight.feeds.records import PersonRecord, Record
from nightlight.store.intake.models import OutOfScope

T = TypeVar("T")
NOT_KNOWN, NOTHING, BELOW, ERASED = "not_known", "nothing", "below", "erased"
REASONS = {
    NOT_KNOWN: "with no service and no concern known here",
    NOTHING: "in a feed of which nothing is in scope",
    BELOW: "by a signal below the least level that is taken",
    ERASED: "that was erased before: ask the guardian",
}
"""Why something is out of scope, in words that follow a count of records and children."""

_COUNT = """
    INSERT INTO intake_out_of_scope (feed, reason, day, records, children) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (feed, reason, day) DO UPDATE SET records = intake_out_of_scope.records + EXCLUDED.records,
        children = intake_out_of_scope.children + EXCLUDED.children
"""


def at_the_door(feed: str, organisation: str, now: datetime) -> ScopeRow | None:
    """What of a feed is in scope here now; None where all of it is, so that nothing needs to be asked."""
    row = rows_in_use().of(feed, organisation, now)
    return row if row.admits is not Admits.EVERY and agreements.gated() else None


def parted(
    records: Sequence[tuple[T, Record]], row: ScopeRow | None, *, system: str, now: datetime
) -> tuple[Sequence[tuple[T, Record]], list[tuple[T, Record]]]:
    """One system's part of a batch, as what is in scope and what is not. People are asked after together, once.

    A record that names somebody in scope is in scope with all whom it names.
    """
    outsiders = _outsiders([record for _, record in records], row, system, now) if row else set()
    if not outsiders:
        return records, []
    inside: list[tuple[T, Record]] = []
    outside: list[tuple[T, Record]] = []
    for each in records:
        names = named(each[1])
        (outside if names and names <= outsiders else inside).append(each)
    return inside, outside


def _outsiders(records: Sequence[Record], row: ScopeRow, system: str, now: datetime) -> set[str]:
    brought: set[str] = set().union(*(named(record) for record in records if _brings(record, row)))
    people = {name: PersonRecord(source_id=name) for record in records for name in named(record) - brought}
    for record in records:
        people.update((person.source_id, person) for person in record.people if person.source_id in people)
    return set(people) if row.admits is Admits.NOBODY else identity.unknown(people, system=system, now=now)


def _brings(record: Record, row: ScopeRow) -> bool:
    return any(row.brings_in(entry.kind) for entry in record.entries)


def named(record: Record) -> set[str]:
    """The source ids of the people whom a record names."""
    names = {person.source_id for person in record.people}
    names |= {subject.source_id for entry in record.entries for subject in entry.subjects if not subject.address}
    for link in record.links:
        names |= {link.person} if link.kind == "residence" else {link.person, link.other}
    return names


def reason_of(row: ScopeRow | None) -> str:
    """Why what a row turns away is turned away."""
    return NOTHING if row is not None and row.admits is Admits.NOBODY else NOT_KNOWN


def count(*, feed: str, reason: str, day: date, records: int, children: int) -> None:
    """Count what was turned away, in the transaction that keeps the rest."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, (feed, reason, day, records, children))


def counted() -> list[tuple[str, str, int, int]]:
    """What was out of scope, by feed and reason: records and children, of all days."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for feed, reason, records, children in OutOfScope.objects.values_list("feed", "reason", "records", "children"):
        found.setdefault((feed, reason), Counter()).update(records=records, children=children)
    return [(*key, sums["records"], sums["children"]) for key, sums in sorted(found.items())]


def days(feed: str = "", most: int = 60) -> list[OutOfScope]:
    """The counts by day, newest first."""
    rows = OutOfScope.objects.filter(feed=feed) if feed else OutOfScope.objects.all()
    return list(rows.order_by("-day", "feed", "reason")[:most])


def in_words(records: int, children: int) -> str:
    """A count as people read it.

    >>> in_words(1, 1), in_words(1200, 3)
    ('1 record of 1 child', '1,200 records of 3 children')
    """
    return f"{records:,} record{'s' * (records != 1)} of {children:,} {'child' if children == 1 else 'children'}"
