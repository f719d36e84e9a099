"""What the second wall finds since migration 0006, where a child lives and stays being counted (`domain.homes`).

The entries of the opened children: those too that are about a home where the child was seen. And what is sealed: with a
record and an address, what registers say of who lives there.
"""

from __future__ import annotations

from nightlight.domain.chronology import NOT_ABOUT
from nightlight.domain.kinds import AT_A_HOME, OF_PLACES
from nightlight.store.access import sql_at_once


def _list(words: frozenset[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


def _at_a_home() -> str:
    """That the entry itself says that it was in somebody's home (`kinds.is_at_a_home`)."""
    each = [
        f"(e.kind = '{kind}'" + (f" AND e.attributes ->> 'category' IN ({_list(frozenset(of))})" if of else "") + ")"
        for kind, of in AT_A_HOME.items()
    ]
    return f"EXISTS (SELECT 1 FROM chronology_entry e WHERE e.id = a.entry_id AND ({' OR '.join(each)}))"  # noqa: S608 of our own lists


_HOMES_BEFORE = "UNION SELECT home FROM theirs WHERE home IS NOT NULL\n"
_SEEN = """            UNION SELECT a.address::text FROM chronology_entrysubject a
            WHERE a.address IS NOT NULL AND a.entry_id = ANY(ARRAY(
                SELECT t.id FROM theirs t WHERE t.kind IN ({of_places}) AND EXISTS (
                    SELECT 1 FROM chronology_entrysubject u WHERE u.entry_id = t.id
                    AND u.source_person = ANY(ARRAY(SELECT id FROM own)) AND u.part NOT IN ({not_there}))))
            AND ({at_a_home}
                OR EXISTS (SELECT 1 FROM chronology_link l WHERE l.other_address = a.address AND l.kind = 'residence')
                OR EXISTS (SELECT 1 FROM chronology_entry e WHERE e.kind = 'housing.residence'
                    AND e.attributes ->> 'address' = a.address::text))
"""
_SEEN = _SEEN.replace("{at_a_home}", _at_a_home())
_SEEN = _SEEN.replace("{of_places}", _list(OF_PLACES))
_SEEN = _SEEN.replace("{not_there}", _list(frozenset(part.value for part in NOT_ABOUT)))

assert _HOMES_BEFORE in sql_at_once.ENTRIES  # noqa: S101 a part of the statement that this one goes on from
ENTRIES = sql_at_once.ENTRIES.replace(_HOMES_BEFORE, _HOMES_BEFORE + _SEEN)

SEALED = """
CREATE OR REPLACE FUNCTION access_sealed_from(me text, at_ timestamptz) RETURNS TABLE (what text, item uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN RETURN QUERY
    WITH seals AS MATERIALIZED (
        SELECT s.what::text AS what, s.item FROM access_seal s JOIN access_compartment c ON c.id = s.compartment_id
        WHERE s.since <= at_ AND (c.closed IS NULL OR c.closed > at_) AND NOT EXISTS (
            SELECT 1 FROM access_member m WHERE m.compartment_id = c.id AND m.person = me
            AND m.since <= at_ AND (m.until IS NULL OR m.until > at_))
    ), records AS MATERIALIZED (
        SELECT item AS id FROM seals WHERE what = 'source_person'
        UNION SELECT p.id FROM seals JOIN people_sourceperson p ON p.person_id = seals.item WHERE what = 'child'
    )
    SELECT what, item FROM seals
    UNION SELECT 'source_person', id FROM records
    UNION SELECT 'entry', u.entry_id FROM records JOIN chronology_entrysubject u ON u.source_person = records.id
    UNION SELECT 'entry', u.entry_id FROM seals JOIN chronology_entrysubject u ON u.address = seals.item
    WHERE what = 'address'
    UNION SELECT 'entry', l.id FROM records JOIN chronology_link l ON l.source_person = records.id
    UNION SELECT 'entry', l.id FROM records JOIN chronology_link l ON l.other_person = records.id
    UNION SELECT 'entry', l.id FROM seals JOIN chronology_link l ON l.other_address = seals.item
    WHERE what = 'address';
END $$;
"""
