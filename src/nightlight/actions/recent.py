"""Chronologies read lately, kept in this process's memory for as long as nothing about the child has changed.

A child with thousands of entries is opened again and again on the day that matters. What is kept here has passed no
access check: only what has passed `access_child` may ask for it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from django.db import connection

from nightlight.actions.engine import calendar
from nightlight.domain.chronology import Chronology
from nightlight.domain.views import Pooled
from nightlight.indicators.history import History
from nightlight.store.chronology.mapping import load

MOST_ENTRIES = 30_000
"""Kept in one process, of all children together: some 60 MB."""

Mark = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Recent:
    """A child's chronology, and its history in the pooled view with all that is known now.

    mark: equal marks of a child mean that nothing about the child has changed; None where that can't be told.
    """

    mark: Mark | None
    chronology: Chronology
    history: History


_kept: OrderedDict[UUID, Recent] = OrderedDict()
_lock = Lock()


def chronology_of(child: UUID) -> Recent:
    """What is on record of a child now, from memory if it has not changed."""
    mark = _mark(child)
    with _lock:
        kept = _kept.get(child)
        if kept is not None and kept.mark == mark:
            _kept.move_to_end(child)
            return kept
    chronology = load([child])[child]
    found = Recent(mark, chronology, History(chronology.facts(Pooled()), chronology.born, calendar()))
    if mark is not None:
        _keep(child, found)
    return found


def _mark(child: UUID) -> Mark | None:
    """What changes with every transaction that changes what is on record of a child: the evaluation that it ends with.

    The row's version in the database, not its time: the batches of one delivery share one. It is read before the
    entries, so that what is kept is never older than its mark. A child who was never evaluated is not kept.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text, ctid::text FROM chronology_evaluated WHERE child = %s", [child])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def _keep(child: UUID, found: Recent) -> None:
    with _lock:
        _kept[child] = found
        _kept.move_to_end(child)
        held = sum(len(each.chronology.entries) for each in _kept.values())
        while held > MOST_ENTRIES:
            _, oldest = _kept.popitem(last=False)
            held -= len(oldest.chronology.entries)
