"""Chronologies read lately, kept in this process's memory for as long as nothing about the child has changed.

A child with thousands of entries is opened again and again on the day that matters. What is kept here has passed no
access check: only what has passed `access_child` may ask for it.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from uuid import UUID

from django.db import connection

from nightlight.actions.evaluation import calendar
from nightlight.domain.chronology import Chronology
from nightlight.domain.views import Pooled
from nightlight.indicators.history import History
from nightlight.store.chronology.mapping import load

MOST_ENTRIES = 30_000
"""Kept in one process, of all children together: some 60 MB."""

_Mark = tuple[str, str]
_kept: OrderedDict[UUID, tuple[_Mark, Chronology, History]] = OrderedDict()
_lock = Lock()


def chronology_of(child: UUID) -> tuple[Chronology, History]:
    """A child's chronology, and its history in the pooled view with everything known now."""
    mark = _mark(child)
    with _lock:
        kept = _kept.get(child)
        if kept is not None and kept[0] == mark:
            _kept.move_to_end(child)
            return kept[1], kept[2]
    chronology = load([child])[child]
    history = History(chronology.facts(Pooled()), chronology.born, calendar())
    if mark is not None:
        _keep(child, mark, chronology, history)
    return chronology, history


def _mark(child: UUID) -> _Mark | None:
    """What changes with every transaction that changes what is on record of a child: the evaluation that it ends with.

    The row's transaction, not its time: the batches of one delivery share one time. It is read before the entries are,
    so that what is kept is never older than its mark. A child who was never evaluated is not kept.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text, at::text FROM chronology_evaluated WHERE child = %s", [child])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def _keep(child: UUID, mark: _Mark, chronology: Chronology, history: History) -> None:
    with _lock:
        _kept[child] = (mark, chronology, history)
        _kept.move_to_end(child)
        held = sum(len(each.entries) for _, each, _ in _kept.values())
        while held > MOST_ENTRIES:
            _, (_, oldest, _) = _kept.popitem(last=False)
            held -= len(oldest.entries)
