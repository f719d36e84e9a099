"""The records as they came that only say who somebody is: no entry and no link leads to them, and they are erased, too.

They are found by what they hold: the source's own id of the person, and of nobody else whom that source knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from nightlight.store.intake.writer import RAW_COLUMN
from nightlight.store.keys.vault import unseal
from nightlight.store.people.models import SourcePerson

_LEAD_NOWHERE = """
    SELECT r.id, r.record_id, r.raw FROM intake_rawrecord r WHERE r.system = %s AND r.id > %s
    AND NOT EXISTS (SELECT FROM chronology_entry e WHERE (e.system, e.record_id) = (r.system, r.record_id))
    AND NOT EXISTS (SELECT FROM chronology_link l WHERE (l.system, l.record_id) = (r.system, r.record_id))
    ORDER BY r.id LIMIT %s
"""
_PART = 20_000


def of(who: Sequence[UUID]) -> list[tuple[str, str]]:
    """The system and id of every record that describes these people of sources and nobody else."""
    found: dict[tuple[str, str], bool] = {}
    for system in sorted(set(SourcePerson.objects.filter(id__in=list(who)).values_list("system", flat=True))):
        of_system = SourcePerson.objects.filter(system=system)
        theirs = set(of_system.filter(id__in=list(who)).values_list("source_id", flat=True))
        others = set(of_system.exclude(id__in=list(who)).values_list("source_id", flat=True))
        for record_id, raw in _records(system):
            named = set(_said(raw, record_id))
            if named & theirs:
                found[system, record_id] = found.get((system, record_id), True) and not named & others
    return [key for key, alone in found.items() if alone]


def _records(system: str) -> Iterator[tuple[str, bytes]]:
    """A part at a time, so that a register of a whole city does not fill the memory."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_LEAD_NOWHERE, [system, last, _PART])
            rows = cursor.fetchall()
        for id_, record_id, raw in rows:
            last = id_
            yield record_id, unseal(bytes(raw), RAW_COLUMN)
        if len(rows) < _PART:
            return


def _said(raw: bytes, record_id: str) -> Iterator[str]:
    """Every value of a record, and its id and the parts of that, as text."""
    yield from (record_id, *record_id.split("/"))
    try:
        yield from _leaves(json.loads(raw))
    except ValueError:
        text = raw.decode("utf-8", "replace")
        for delimiter in ",;\t":
            yield from (cell.strip(' "\r\n') for cell in text.split(delimiter))


def _leaves(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif value is not None:
        yield str(value)
