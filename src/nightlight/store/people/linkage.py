"""Records kept by the keys that they are found by. How they are compared is no matter of the store (`matcher`).

What is in a sealed compartment is never found: nothing is compared with it, and nobody learns that it is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import Cursor

from nightlight.store.bulk import copy_rows
from nightlight.store.people.models import MatchRecord

_SEALED = """SELECT FROM access_seal l JOIN access_compartment c ON c.id = l.compartment_id AND c.closed IS NULL
    WHERE l.item IN (s.id, s.person_id)"""
_OF = "FROM people_matchrecord m JOIN people_sourceperson s ON s.id = m.source_person_id"
# Whose each is, is looked up one by one (OFFSET 0): the server takes a key to be on many rows, and would read them all.
_SHARING = f"""SELECT m.form, s.person_id FROM people_matchrecord m CROSS JOIN LATERAL
    (SELECT id, person_id FROM people_sourceperson WHERE id = m.source_person_id OFFSET 0) s
    WHERE m.keys && %s::bigint[] AND NOT EXISTS ({_SEALED})"""  # noqa: S608 - our own constants
_OF_PEOPLE = f"SELECT m.form, s.person_id {_OF} WHERE s.person_id = ANY(%s::uuid[]) AND NOT EXISTS ({_SEALED})"
_SEALED_AMONG = """
SELECT l.item FROM access_seal l JOIN access_compartment c ON c.id = l.compartment_id AND c.closed IS NULL
WHERE l.item = ANY(%s::uuid[])
"""

Found = tuple[str, UUID | None]
"""A record as it was packed, and whose it is now; nobody's while that waits."""


def sharing(keys: Sequence[int]) -> list[Found]:
    """The records that have any of these keys; none that is sealed."""
    return _read(_SHARING, list(keys)) if keys else []


def of_people(people: Iterable[UUID]) -> list[Found]:
    """The records of these people; none that is sealed."""
    return _read(_OF_PEOPLE, list(people))


def _read(statement: str, values: Sequence[object]) -> list[Any]:
    """Asked by a prepared statement: to plan it anew each time would cost more than to answer it."""
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(statement, [values], prepare=True)
        return cursor.fetchall()


def sealed_among(ids: Iterable[UUID]) -> set[UUID]:
    """Which of these people or source people are in an open compartment."""
    return {item for (item,) in _read(_SEALED_AMONG, list(ids))}


def keep(rows: Sequence[tuple[UUID, str, Sequence[int]]]) -> None:
    """Keep records as they are compared now: the source person, the packed record, its keys."""
    MatchRecord.objects.filter(source_person__in=[id_ for id_, _, _ in rows]).delete()
    copy_rows(
        "people_matchrecord",
        ("source_person_id", "form", "keys"),
        ((id_, form, list(keys)) for id_, form, keys in rows),
    )
