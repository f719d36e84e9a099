"""Records kept by the keys that they are found by. How they are compared is no matter of the store (`matcher`).

What is in a sealed compartment is never found: nothing is compared with it, and nobody learns that it is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
# A batch has thousands of keys, and && would compare each record with each of them: they are looked up in turn.
_SHARING_MANY = f"""SELECT m.form, s.person_id FROM
    (SELECT DISTINCT r.source_person_id FROM unnest(%s::bigint[]) k(key) CROSS JOIN LATERAL
        (SELECT source_person_id FROM people_matchrecord WHERE keys @> ARRAY[k.key] OFFSET 0) r) f
    JOIN people_matchrecord m ON m.source_person_id = f.source_person_id
    JOIN people_sourceperson s ON s.id = m.source_person_id WHERE NOT EXISTS ({_SEALED})"""  # noqa: S608 - as above
_MANY = 100
_OF_PEOPLE = f"SELECT m.form, s.person_id {_OF} WHERE s.person_id = ANY(%s::uuid[]) AND NOT EXISTS ({_SEALED})"
_SEALED_AMONG = """
SELECT l.item FROM access_seal l JOIN access_compartment c ON c.id = l.compartment_id AND c.closed IS NULL
WHERE l.item = ANY(%s::uuid[])
"""

_SEALED_BY_NUMBER = """
WITH sealed AS MATERIALIZED (
    SELECT l.what, l.item, l.compartment_id FROM access_seal l JOIN access_compartment c ON c.id = l.compartment_id
    WHERE c.closed IS NULL AND l.what IN ('source_person', 'child')
)
SELECT p.id, p.person_id, p.nhs_number, p.upn, k.compartment_id FROM (
    SELECT item AS id, compartment_id FROM sealed WHERE what = 'source_person'
    UNION SELECT s.id, compartment_id FROM sealed JOIN people_sourceperson s ON s.person_id = item WHERE what = 'child'
) k JOIN people_sourceperson p ON p.id = k.id
WHERE p.nhs_number <> '' AND p.nhs_number = ANY(%(all)s::text[]) OR p.upn <> '' AND p.upn = ANY(%(all)s::text[])
"""


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A record in a compartment, by its numbers. None of it may reach anybody but the compartment's keeper."""

    id: UUID
    person: UUID | None
    nhs_number: str
    upn: str
    compartment: UUID


Found = tuple[str, UUID | None]
"""A record as it was packed, and whose it is now; nobody's while that waits."""


def sharing(keys: Sequence[int]) -> list[Found]:
    """The records that have any of these keys; none that is sealed."""
    return _read(_SHARING_MANY if len(keys) > _MANY else _SHARING, list(keys)) if keys else []


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


def sealed_with(numbers: Iterable[str]) -> list[SealedRecord]:
    """The records in open compartments that have any of these NHS numbers or UPNs."""
    asked = sorted(set(numbers) - {""})
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SEALED_BY_NUMBER, {"all": asked})
        return [SealedRecord(*row) for row in cursor.fetchall()]


def keep(rows: Sequence[tuple[UUID, str, Sequence[int]]]) -> None:
    """Keep records as they are compared now: the source person, the packed record, its keys."""
    MatchRecord.objects.filter(source_person__in=[id_ for id_, _, _ in rows]).delete()
    copy_rows(
        "people_matchrecord",
        ("source_person_id", "form", "keys"),
        ((id_, form, list(keys)) for id_, form, keys in rows),
    )
