"""Edges: the moments, known in advance, at which an indicator starts or stops holding for a child by itself.

They are the ends of the firing rows, which reach into the future. Nothing polls children: whoever waits sleeps until
the earliest one and is woken when an earlier one is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from nightlight.store import waking
from nightlight.store.chronology.models import Evaluated
from nightlight.store.database import beside

CHANNEL = waking.INDICATORS

_REMEMBER = """
    INSERT INTO chronology_evaluated (child, at, next_edge)
    SELECT child, %(now)s, (
        SELECT min(edge) FROM chronology_firing f, unnest(ARRAY[f.starts, f.ends]) AS edge
        WHERE f.child = c.child AND edge > %(now)s
    ) FROM unnest(%(children)s::uuid[]) AS c (child)
    ON CONFLICT (child) DO UPDATE SET at = EXCLUDED.at, next_edge = EXCLUDED.next_edge
"""


def is_waited_for(children: Sequence[UUID]) -> bool:
    """Whether a running plan of one of these children waits for an indicator."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM meetings_plannow WHERE status = 'running' AND cardinality(tripwires) > 0 "
            "AND children && %s::uuid[])",
            [list(children)],
        )
        return bool(cursor.fetchone()[0])


def remember(children: Iterable[UUID], now: datetime) -> None:
    """Store that these children were evaluated, and their next edges; whoever waits hears once it is committed."""
    beside.execute(_REMEMBER, {"children": list(children), "now": now})
    beside.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def passed(now: datetime) -> list[UUID]:
    """The children for whom an edge has come since they were last evaluated."""
    rows = Evaluated.objects.filter(next_edge__lte=now).order_by("next_edge", "child")
    return list(rows.values_list("child", flat=True))


def earliest() -> datetime | None:
    """The next edge of all; None while nothing will change by itself."""
    return (
        Evaluated.objects.filter(next_edge__isnull=False)
        .order_by("next_edge")
        .values_list("next_edge", flat=True)
        .first()
    )


def put_off(child: UUID, until: datetime) -> None:
    """Look at this child again at that moment: evaluating them failed, and others wait behind."""
    Evaluated.objects.filter(child=child).update(next_edge=until)
