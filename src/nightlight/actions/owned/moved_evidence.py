"""Duties of which some evidence was found to be of another child: what has gone, and whether the rest still asks.

It only reads; `clocks` ends or changes the duties. Whose an entry is that waits for a match, nobody has said: it stands
as evidence until somebody does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from nightlight.domain.chronology import Chronology
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.store.chronology.models import EntryRow, EntrySubject, FiringRow
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import SourcePerson


@dataclass(frozen=True, slots=True)
class Moved:
    """What of a duty's evidence is another child's. still_asks: whether its indicators fire without it."""

    evidence: tuple[str, ...]
    still_asks: bool


def moved_evidence(chronologies: Mapping[UUID, Chronology]) -> dict[UUID, dict[str, Moved]]:
    """By child and duty, for the open duties that indicators raised. Called when their firings are drawn again."""
    waiting = DutyNow.objects.filter(child__in=list(chronologies), indicators__len__gt=0, evidence__len__gt=0)
    rows = [
        (row, away)
        for row in waiting.exclude(status="discharged").select_related("duty")
        if row.child is not None and (away := _not_held(row.evidence, chronologies[row.child]))
    ]
    elsewhere = _of_somebody_else({id_ for _, away in rows for id_ in away})
    found: dict[UUID, dict[str, Moved]] = {}
    for row, away in rows:
        gone = [id_ for id_ in away if id_ in elsewhere]
        if row.child is not None and gone:
            left = len(row.evidence) - len(gone)
            asks = left > 0 and (len(gone) < len(away) or _fires(row))
            found.setdefault(row.child, {})[str(row.duty_id)] = Moved(tuple(map(str, gone)), asks)
    return found


def _not_held(evidence: Iterable[UUID], chronology: Chronology) -> list[UUID]:
    held = {entry.id for entry in chronology.entries}
    return [id_ for id_ in evidence if str(id_) not in held]


def _of_somebody_else(entries: set[UUID]) -> frozenset[UUID]:
    """Those of these entries that there are, and of which nobody's match waits."""
    if not entries:
        return frozenset()
    unmatched = SourcePerson.objects.filter(id=OuterRef("source_person"), person__isnull=True)
    waits = EntrySubject.objects.filter(Exists(unmatched), entry=OuterRef("id"))
    return frozenset(EntryRow.objects.filter(~Exists(waits), id__in=entries).values_list("id", flat=True))


def _fires(row: DutyNow) -> bool:
    """Whether one of its indicators holds, or held since it was raised, by the record as it is now.

    One that is in the catalogue no more can't be asked, and so stands.
    """
    if not CATALOGUE.keys() >= set(row.indicators):
        return True
    since = Q(ends__isnull=True) | Q(ends__gt=row.duty.raised)
    held = FiringRow.objects.filter(since, child=str(row.child), indicator__in=row.indicators)
    return held.exists()
