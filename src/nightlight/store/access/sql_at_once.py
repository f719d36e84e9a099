"""The functions of the second wall that every page asks, as they have stood since migration 0005: the same answers as
in `sql`, worked out for all entries of a child at once, by plans that a session keeps and that need no statistics.

A subquery that looks one row up is written to stay one (`LIMIT 1`), and a set of ids is an array where an index shall
be asked for it: on a new hub, or after a large delivery, PostgreSQL would read whole tables instead.
"""

from __future__ import annotations

from nightlight.domain.access.vocabulary import ADULT_HEALTH_KINDS

# How a practitioner stands to each of these people: what the access policy is asked with. Duties of sharing open the
# record to nobody: whoever answers a request does so where it was asked.
STANDING = """
CREATE OR REPLACE FUNCTION access_standing(me text, children uuid[], at_ timestamptz)
RETURNS TABLE (child uuid, relationships text[], sealed boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    mine record;
BEGIN
    SELECT p.id, p.username, o.code AS organisation, o.agency INTO mine FROM people_practitioner p
    JOIN people_organisation o ON o.code = p.organisation_id WHERE p.username = me AND p.is_active;
    IF NOT FOUND THEN RETURN; END IF;
    RETURN QUERY
    WITH hidden AS MATERIALIZED (SELECT what, item FROM access_sealed_from(me, at_))
    SELECT c.id, array_remove(ARRAY[
        CASE WHEN (
            SELECT true FROM people_sourceperson s WHERE s.person_id = c.id AND s.organisation = mine.organisation
            AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.item = s.id) LIMIT 1) THEN 'own_record' END,
        CASE WHEN (
            SELECT true FROM duties_dutynow d WHERE d.child = c.id
            AND (d.owner = mine.username OR d.pending_to = mine.username)
            AND d.question NOT LIKE 'sharing:%' LIMIT 1) THEN 'allocated' END,
        -- That the glass was broken, and is to be reviewed, opens the record to nobody but who reviews it.
        CASE WHEN (
            SELECT true FROM duties_dutynow d WHERE d.child = c.id AND d.organisation = mine.organisation
            AND d.question NOT LIKE 'glass:%' AND d.question NOT LIKE 'sharing:%' LIMIT 1) THEN 'team' END,
        CASE WHEN (
            SELECT true FROM duties_dutynow d WHERE d.child = c.id
            AND d.question NOT LIKE 'glass:%' AND d.question NOT LIKE 'sharing:%' LIMIT 1) OR (
            SELECT true FROM people_sourceperson s JOIN chronology_entrysubject u ON u.source_person = s.id
            JOIN chronology_entry e ON e.id = u.entry_id AND e.agency = mine.agency
            WHERE s.person_id = c.id AND s.agency = mine.agency
            AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.item IN (s.id, e.id)) LIMIT 1) THEN 'partnership' END,
        CASE WHEN (
            SELECT true FROM audit_auditevent a WHERE a.child = c.id AND a.by = mine.username
            AND a.act = 'person.found' AND a.at > at_ - interval '12 hours' LIMIT 1) THEN 'found' END,
        CASE WHEN (
            SELECT true FROM intake_raisedconcern r JOIN people_sourceperson s ON s.id = r.source_person
            WHERE r.author_id = mine.id AND s.person_id = c.id LIMIT 1) THEN 'raised' END
    ], NULL) || ARRAY(
        SELECT DISTINCT g.kind::text FROM access_granted g WHERE g.child = c.id AND g.person = mine.username
        AND g.since <= at_ AND (g.until IS NULL OR g.until > at_)),
    coalesce((SELECT true FROM hidden h WHERE h.item = c.id LIMIT 1), false)
    FROM people_person c WHERE c.id = ANY(children);
END $$;
"""

# The entries of the opened children that the policy permits to be read.
ENTRIES = """
CREATE OR REPLACE FUNCTION access_entries() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 200 AS $$
DECLARE
    me text := access_setting('practitioner');
    at_ timestamptz := access_at();
    mine record;
    one record;
    allowed text[];
    hidden uuid[];
BEGIN
    SELECT p.role, o.agency, o.code INTO mine FROM people_practitioner p
    JOIN people_organisation o ON o.code = p.organisation_id WHERE p.username = me AND p.is_active;
    IF NOT FOUND THEN RETURN; END IF;
    hidden := ARRAY(SELECT item FROM access_sealed_from(me, at_) WHERE what = 'entry');
    FOR one IN SELECT * FROM access_opened() LOOP
        allowed := ARRAY(
            SELECT a.question FROM access_allowed a WHERE a.role = mine.role AND a.agency = mine.agency
            AND a.action = 'read' AND (a.relationship = '' OR a.relationship = ANY(one.relationships)));
        RETURN QUERY
        WITH own AS MATERIALIZED (
            SELECT id FROM people_sourceperson WHERE person_id = one.child
        ), links AS MATERIALIZED (
            SELECT source_person, other_address FROM chronology_link
            WHERE other_person = ANY(ARRAY(SELECT id FROM own)) AND kind IN ('parent', 'carer', 'household')
            UNION ALL SELECT NULL, other_address FROM chronology_link
            WHERE kind = 'residence' AND source_person = ANY(ARRAY(SELECT id FROM own))
        ), people AS MATERIALIZED (
            SELECT id FROM own UNION SELECT source_person FROM links WHERE source_person IS NOT NULL
            UNION SELECT t.id FROM links JOIN people_sourceperson s ON s.id = links.source_person
            JOIN people_sourceperson t ON t.person_id = s.person_id
        ), about AS MATERIALIZED (
            SELECT u.entry_id FROM chronology_entrysubject u WHERE u.source_person = ANY(ARRAY(SELECT id FROM own))
        ), theirs AS MATERIALIZED (
            SELECT e.id, e.kind, e.sensitivity, e.organisation,
                CASE WHEN e.kind = 'housing.residence' THEN e.attributes ->> 'address' END AS home
            FROM chronology_entry e WHERE e.id = ANY(ARRAY(
                SELECT entry_id FROM about UNION SELECT u.entry_id FROM chronology_entrysubject u
                WHERE u.source_person = ANY(ARRAY(SELECT id FROM people))))
        ), places AS MATERIALIZED (
            SELECT other_address::text AS id FROM links WHERE other_address IS NOT NULL
            UNION SELECT home FROM theirs WHERE home IS NOT NULL
        ), reached AS MATERIALIZED (
            SELECT id, kind, sensitivity, organisation FROM theirs
            UNION ALL SELECT e.id, e.kind, e.sensitivity, e.organisation FROM chronology_entry e WHERE e.id = ANY(ARRAY(
                SELECT u.entry_id FROM chronology_entrysubject u WHERE u.address = ANY(ARRAY(
                    SELECT id::uuid FROM places WHERE id ~ '^[0-9a-fA-F-]{36}$'))
                EXCEPT SELECT id FROM theirs))
        ), given AS MATERIALIZED (
            SELECT k.entry_id FROM chronology_known k
            WHERE k.entry_id = ANY(ARRAY(SELECT id FROM reached)) AND k.agency = mine.agency AND k.since <= at_
        )
        SELECT r.id FROM reached r WHERE
            CASE WHEN r.sensitivity IN ('ordinary', 'restricted') THEN r.sensitivity ELSE 'other' END || '/' ||
            CASE WHEN r.kind = ANY('{adult_health}'::text[])
                OR (r.kind LIKE 'health.%' AND r.id NOT IN (SELECT entry_id FROM about))
                THEN 'adult_health' ELSE 'ordinary' END || '/' ||
            CASE WHEN r.organisation = mine.code THEN 'organisation' ELSE 'other' END || '/' ||
            CASE WHEN r.id IN (SELECT entry_id FROM given) THEN 't' ELSE 'f' END || '/' ||
            CASE WHEN r.id IN (SELECT unnest(hidden)) THEN 't' ELSE 'f' END
            IN (SELECT unnest(allowed));
    END LOOP;
END $$;
""".replace("{adult_health}", "{" + ",".join(ADULT_HEALTH_KINDS) + "}")

_ASKED = (
    "access_standing(text, uuid[], timestamptz)",
    "access_sealed_from(text, timestamptz)",
    "access_permits(text, text, text[])",
    "access_opened()",
    "access_entries()",
    "access_children()",
    "access_team()",
    "access_team_is_all()",
)
# A plan made anew for each question took longer than the answer.
KEEP_PLANS = "".join(f"ALTER FUNCTION {name} SET plan_cache_mode = force_generic_plan;\n" for name in _ASKED)
DROP_PLANS = "".join(f"ALTER FUNCTION {name} RESET plan_cache_mode;\n" for name in _ASKED)
