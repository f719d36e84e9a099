"""Duties of which some evidence was found to be of another child: what has gone, and whether the rest still asks;
and clocks that had a duty while they were thought to be another child's.

It only reads; `clocks` ends or changes the duties. Whose an entry is that waits for a match, nobody has said: it stands
as evidence until somebody does. What a register says of a home is a link and no entry: it is whoever's record says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from nightlight.domain.chronology import Chronology
from nightlight.domain.running import QUESTION, Clock
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.store.chronology.models import EntryRow, EntrySubject, FiringRow, LinkRow
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import SourcePerson


@dataclass(frozen=True, slots=True)
class Moved:
    """What of a duty's evidence is another child's. still_asks: whether its indicators fire without it; never for a
    clock's duty, which whoever asks knows to be started by what is left or not.
    """

    evidence: tuple[str, ...]
    still_asks: bool


def moved_evidence(chronologies: Mapping[UUID, Chronology]) -> dict[UUID, dict[str, Moved]]:
    """By child and duty, for the open duties that indicators and clocks raised. Called when their firings are drawn
    again.
    """
    by_record = Q(indicators__len__gt=0) | Q(question__startswith=QUESTION)
    waiting = DutyNow.objects.filter(by_record, child__in=list(chronologies), evidence__len__gt=0)
    rows = [
        (row, away)
        for row in waiting.exclude(status="discharged").select_related("duty")
        if row.child is not None and (away := _not_held(row.evidence, chronologies[row.child]))
    ]
    elsewhere = _of_somebody_else({id_ for _, away in rows for id_ in away})
    links = _of_links({id_ for _, away in rows for id_ in away})
    found: dict[UUID, dict[str, Moved]] = {}
    for row, not_held in rows:
        away = [id_ for id_ in not_held if id_ not in links or links[id_] != row.child]
        gone = [id_ for id_ in away if id_ in elsewhere or links.get(id_)]
        if row.child is not None and gone:
            left = len(row.evidence) - len(gone)
            asks = left > 0 and bool(row.indicators) and (len(gone) < len(away) or _fires(row))
            found.setdefault(row.child, {})[str(row.duty_id)] = Moved(tuple(map(str, gone)), asks)
    return found


_ASKED_OF_ANOTHER = """
    SELECT DISTINCT q.question FROM unnest(%(entries)s::uuid[], %(questions)s::text[]) AS q (entry, question)
    JOIN chronology_entrysubject s ON s.entry_id = q.entry
    JOIN people_identitydecision d ON d.source_person = s.source_person
    JOIN duties_duty o ON o.child = d.person AND o.question = q.question
"""


def asked_of_another(clocks: Iterable[Clock]) -> frozenset[str]:
    """The questions of those clocks that asked somebody before, of a child whom their entry was taken to be about."""
    found = list(clocks)
    if not found:
        return frozenset()
    entries, questions = [UUID(clock.anchor) for clock in found], [clock.question for clock in found]
    with connection.cursor() as cursor:
        cursor.execute(_ASKED_OF_ANOTHER, {"entries": entries, "questions": questions})
        return frozenset(question for (question,) in cursor.fetchall())


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


def _of_links(evidence: set[UUID]) -> dict[UUID, UUID | None]:
    """Of those of this evidence that are links: the person whose record says so now, if anybody's."""
    if not evidence:
        return {}
    said = dict(LinkRow.objects.filter(id__in=evidence).values_list("id", "source_person"))
    whose = dict(SourcePerson.objects.filter(id__in=said.values()).values_list("id", "person"))
    return {id_: whose.get(record) for id_, record in said.items()}


def _fires(row: DutyNow) -> bool:
    """Whether one of its indicators holds, or held since it was raised, by the record as it is now.

    One that is in the catalogue no more can't be asked, and so stands.
    """
    if not CATALOGUE.keys() >= set(row.indicators):
        return True
    since = Q(ends__isnull=True) | Q(ends__gt=row.duty.raised)
    held = FiringRow.objects.filter(since, child=str(row.child), indicator__in=row.indicators)
    return held.exists()
