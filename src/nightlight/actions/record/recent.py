"""Chronologies read lately, kept in this process's memory for as long as nothing about the child has changed.

A child with thousands of entries is opened again and again on the day that matters. The whole of it is kept here, and
nobody gets that: whoever has passed `access_child` gets what their sight lets through, and the second wall confirms.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from uuid import UUID

from django.db import connection

from nightlight.actions.record.engine import calendar, spans_of
from nightlight.actions.seeing.sight import Sight
from nightlight.domain.chronology import Chronology
from nightlight.domain.homes import counted
from nightlight.domain.views import Pooled
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.history import History
from nightlight.store.access import wall
from nightlight.store.chronology.mapping import load
from nightlight.timeline.spans import Spans

MOST_ENTRIES = 30_000
"""Kept in one process, of all children together: some 60 MB."""

Mark = tuple[str, str]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recent:
    """A child's chronology, and its history in the pooled view with all that is known now.

    mark: equal marks of a child mean that nothing about the child has changed; None where that can't be told.
    held: when each indicator holds on this history, where it is not all that the hub has; None where it is.
    """

    mark: Mark | None
    chronology: Chronology
    history: History
    held: Mapping[str, Spans] | None = None


_Key = tuple[UUID, Sight | None]
_kept: OrderedDict[_Key, Recent] = OrderedDict()
_lock = Lock()


def chronology_of(child: UUID, sight: Sight, now: datetime) -> Recent:
    """What is on record of a child now, as far as this sight goes; from memory if nothing has changed."""
    mark = _mark(child)
    kept = _recall((child, sight), mark)
    if kept is None:
        kept = _seen(_whole(child, mark), sight, now)
        _keep((child, sight), kept)
    return kept


def _recall(key: _Key, mark: Mark | None) -> Recent | None:
    with _lock:
        kept = _kept.get(key)
        if kept is None or kept.mark != mark or mark is None:
            return None
        _kept.move_to_end(key)
        return kept


def _whole(child: UUID, mark: Mark | None) -> Recent:
    """All of it, which leaves this module only through somebody's sight."""
    kept = _recall((child, None), mark)
    if kept is None:
        with wall.lifted("the whole is read once, for every reader, and sieved for each"):
            chronology = load([child])[child]
        kept = Recent(mark, chronology, History(counted(chronology, Pooled()), chronology.born, calendar()))
        _keep((child, None), kept)
    return kept


def _seen(whole: Recent, sight: Sight, now: datetime) -> Recent:
    """What the sight lets through. Indicators are worked out from that alone, where it is not everything."""
    seen = _confirmed(sight.of(whole.chronology, now))
    if seen is whole.chronology:
        return whole
    facts = counted(seen, Pooled())
    held = spans_of([(facts, seen.born)], tuple(CATALOGUE.values()))[0]
    return Recent(whole.mark, seen, History(facts, seen.born, calendar()), held)


def _confirmed(seen: Chronology) -> Chronology:
    """What the second wall lets through too. Both mean the same; if they ever differ, the stricter holds."""
    if not wall.stands():
        return seen
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_entries()::text")  # what its rule for the rows of entries asks, asked once
        through = {id_ for (id_,) in cursor.fetchall()}
    entries = tuple(entry for entry in seen.entries if entry.id in through)
    if len(entries) == len(seen.entries):
        return seen
    log.error("the second wall refused %d entries that the policy had permitted", len(seen.entries) - len(entries))
    return replace(seen, entries=entries)


def _mark(child: UUID) -> Mark | None:
    """What changes with every transaction that changes what is on record of a child: the evaluation that it ends with.

    The row's version in the database, not its time: the batches of one delivery share one. It is read before the
    entries, so that what is kept is never older than its mark. A child who was never evaluated is not kept.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text, ctid::text FROM chronology_evaluated WHERE child = %s", [child])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def _keep(key: _Key, found: Recent) -> None:
    if found.mark is None:
        return
    with _lock:
        _kept[key] = found
        _kept.move_to_end(key)
        held = sum(len(each.chronology.entries) for each in _kept.values())
        while held > MOST_ENTRIES:
            _, oldest = _kept.popitem(last=False)
            held -= len(oldest.chronology.entries)
