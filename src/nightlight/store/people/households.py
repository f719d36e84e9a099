"""Links and addresses as rows, for the people of one family: the statements that hold now of each source record.

It reads and decides nothing: what of it somebody may see is sieved in `actions.record.households`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

_COLUMNS = "id, kind, source_person, other_person, other_address, since, until, recorded, agency, supersedes, retracts"
_OF_PEOPLE = f"SELECT {_COLUMNS} FROM chronology_link WHERE source_person = ANY(%s) OR other_person = ANY(%s)"  # noqa: S608
_AT = f"SELECT {_COLUMNS} FROM chronology_link WHERE other_address = ANY(%s)"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Stated:
    """A link that one source states and has neither corrected nor withdrawn."""

    kind: str
    source_person: UUID
    other_person: UUID | None
    other_address: UUID | None
    since: datetime | None
    until: datetime | None
    recorded: datetime
    agency: str


def links_of(source_people: Iterable[UUID]) -> list[Stated]:
    """The links of these source people, to either side."""
    ids = list(source_people)
    return _standing(_read(_OF_PEOPLE, [ids, ids])) if ids else []


def links_at(addresses: Iterable[UUID]) -> list[Stated]:
    """Who is said to live at these addresses, ever."""
    ids = list(addresses)
    return _standing(_read(_AT, [ids])) if ids else []


def _standing(rows: list[tuple[Any, ...]]) -> list[Stated]:
    superseded = {row[9] for row in rows if row[9]}
    return [Stated(*row[1:9]) for row in rows if row[0] not in superseded and not row[10]]


def _read(query: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
