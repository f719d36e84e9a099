"""Records kept by the keys that they are found by. How they are compared is no matter of the store (`matcher`).

What is in a sealed compartment is never found: nothing is judged beside it, and nobody learns that it is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from nightlight.store import quick
from nightlight.store.bulk import array, copy_rows
from nightlight.store.database import beside
from nightlight.store.people.models import OpenLink

_SEALED = """SELECT FROM access_seal l JOIN access_compartment c ON c.id = l.compartment_id AND c.closed IS NULL
    WHERE l.item IN (s.id, s.person_id)"""
# As one text: to take up a hundred values one by one takes longer than to find them.
_SHARING = r"SELECT string_agg(form, E'\x1e') FROM people_matchrecord WHERE keys && $1::bigint[]"
# A batch has thousands of keys, and && would compare each record with each of them: they are looked up in turn.
_SHARING_EACH = """SELECT k.key, r.form FROM unnest($1::bigint[]) k(key) CROSS JOIN LATERAL
    (SELECT form FROM people_matchrecord WHERE keys @> ARRAY[k.key] OFFSET 0) r"""
# Each is looked up one by one (OFFSET 0): the server takes there to be many, and would read them all.
_FORMS = """CROSS JOIN LATERAL (SELECT form FROM people_matchrecord WHERE source_person_id = s.id OFFSET 0) m"""
_OPEN = "EXISTS (SELECT FROM people_openlink WHERE record_id = s.id)"
_OF_PEOPLE = f"""SELECT m.form, s.person_id, {_OPEN} FROM people_sourceperson s {_FORMS}
    WHERE s.person_id = ANY($1::uuid[]) AND NOT EXISTS ({_SEALED})"""  # noqa: S608 - our own constants
# How many are asked for is hidden from the server (OFFSET 0): it would plan anew for each number of them.
_WITH = f"""
WITH found AS MATERIALIZED (
    SELECT s.id, s.person_id FROM (SELECT $1::uuid[] AS ids OFFSET 0) asked CROSS JOIN unnest(asked.ids) a(id)
    CROSS JOIN LATERAL (SELECT id, person_id FROM people_sourceperson WHERE id = a.id OFFSET 0) s
    WHERE NOT EXISTS ({_SEALED})
), s AS (
    SELECT id, person_id FROM found WHERE person_id IS NULL
    UNION ALL SELECT o.id, o.person_id FROM (SELECT DISTINCT person_id FROM found WHERE person_id IS NOT NULL) p
    CROSS JOIN LATERAL (SELECT id, person_id FROM people_sourceperson WHERE person_id = p.person_id OFFSET 0) o
)
SELECT m.form, s.person_id, {_OPEN} FROM s {_FORMS} WHERE NOT EXISTS ({_SEALED})
"""  # noqa: S608 - as above
_OPEN_LINKS = "SELECT record_id, other_id FROM people_openlink WHERE record_id = ANY($1::uuid[])"
_KNOWN = """
SELECT p FROM (SELECT $1::uuid[] AS ids OFFSET 0) asked CROSS JOIN unnest(asked.ids) p
WHERE EXISTS (SELECT FROM audit_auditevent WHERE child = p) OR EXISTS (
    SELECT FROM people_sourceperson s WHERE s.person_id = p AND (s.waiting_since IS NOT NULL OR EXISTS (
        SELECT FROM people_identitydecision d WHERE d.source_person = s.id AND d.person = p AND d.by <> 'rule')))
"""
_SEALED_AMONG = """
SELECT l.item FROM access_seal l JOIN access_compartment c ON c.id = l.compartment_id AND c.closed IS NULL
WHERE l.item = ANY($1::uuid[])
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


Found = tuple[str, UUID | None, bool]
"""A record as it was packed, whose it is now (nobody's while that waits), and whether it has open links."""


def sharing(keys: Sequence[int]) -> list[str]:
    """The records that have any of these keys, packed; the sealed among them too, which `with_theirs` leaves out.

    No more is looked up than the keys: most records that share one are soon seen to be others'.
    """
    ((forms,),) = quick.rows(_SHARING, keys) if keys else (("",),)
    return forms.split("\x1e") if forms else []


def sharing_each(keys: Sequence[int]) -> list[tuple[int, str]]:
    """The same for many keys, beside the key that each was found by."""
    return [(int(key or 0), form) for key, form in quick.rows(_SHARING_EACH, keys) if form] if keys else []


def with_theirs(ids: Iterable[UUID]) -> list[Found]:
    """These records, and all others of the people whose they are; none that is sealed."""
    return _found(_WITH, ids)


def of_people(people: Iterable[UUID]) -> list[Found]:
    """The records of these people; none that is sealed."""
    return _found(_OF_PEOPLE, people)


def _found(statement: str, ids: Iterable[UUID]) -> list[Found]:
    wanted = list(ids)
    found = quick.rows(statement, wanted) if wanted else []
    return [(form, UUID(person) if person else None, is_open == "t") for form, person, is_open in found if form]


def open_links(ids: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    """The open links of these records, each from its side."""
    wanted = list(ids)
    found = quick.rows(_OPEN_LINKS, wanted) if wanted else []
    return [(UUID(record), UUID(other)) for record, other in found if record and other]


def keep_open_links(pairs: Collection[tuple[UUID, UUID]]) -> None:
    """Links that are open from now on, each seen from both sides."""
    both = [each for one, other in pairs for each in ((one, other), (other, one))]
    rows = [OpenLink(record_id=record, other_id=other) for record, other in both]
    OpenLink.objects.bulk_create(rows, ignore_conflicts=True)


def close_links(pairs: Iterable[tuple[UUID, UUID]]) -> None:
    """Links that are open no more: their records are together, or not the same."""
    for one, other in pairs:
        OpenLink.objects.filter(record__in=(one, other), other__in=(one, other)).delete()


def known_to_people(people: Iterable[UUID]) -> set[UUID]:
    """Those of these people whom somebody has looked at, decided on, or been asked about."""
    wanted = list(people)
    return {UUID(who) for (who,) in (quick.rows(_KNOWN, wanted) if wanted else ()) if who}


def sealed_among(ids: Iterable[UUID]) -> set[UUID]:
    """Which of these people or source people are in an open compartment."""
    return {UUID(item) for (item,) in quick.rows(_SEALED_AMONG, ids) if item}


def sealed_with(numbers: Iterable[str]) -> list[SealedRecord]:
    """The records in open compartments that have any of these NHS numbers or UPNs."""
    asked = sorted(set(numbers) - {""})
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SEALED_BY_NUMBER, {"all": asked})
        return [SealedRecord(*row) for row in cursor.fetchall()]


_NAMESAKES = """
SELECT search_name, id FROM people_person
WHERE search_name = ANY(%(undated)s::text[]) OR (born = '' AND search_name = ANY(%(dated)s::text[]))
ORDER BY created, id
"""


def namesakes(undated: Collection[str], dated: Collection[str]) -> list[tuple[str, UUID]]:
    """The people of the undated's names, and those of the dated's who have no birth date; the oldest first."""
    if not undated and not dated:
        return []
    with connection.cursor() as cursor:
        # Each as one text: of a list of thousands the driver would quote each, and the server read each.
        cursor.execute(_NAMESAKES, {"undated": array(undated), "dated": array(dated)})
        return cursor.fetchall()  # type: ignore[no-any-return]


def forget_proposals(records: Iterable[UUID]) -> None:
    """Whom these records may be is asked no more."""
    gone = "DELETE FROM people_matchproposal WHERE source_person_id = ANY(%s::uuid[])"
    beside.execute(gone, [array(records)])


def keep(rows: Sequence[tuple[UUID, str, Sequence[int]]]) -> None:
    """Keep records as they are compared now: the source person, the packed record, its keys."""
    if not rows:
        return
    gone = "DELETE FROM people_matchrecord WHERE source_person_id = ANY(%s::uuid[])"
    beside.execute(gone, [array(id_ for id_, _, _ in rows)])
    copy_rows(
        "people_matchrecord",
        ("source_person_id", "form", "keys"),
        ((id_, form, list(keys)) for id_, form, keys in rows),
    )
