"""The statements of the second wall, for its migrations: tables and functions that no program but PostgreSQL runs.

Functions here are the owner's (SECURITY DEFINER), so that they see what their caller may not; each answers only about
the practitioner in whose name the connection stands.
"""

from __future__ import annotations

import re

from nightlight.domain.access.vocabulary import ADULT_HEALTH_KINDS

MAKE_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nightlight_web') THEN
        BEGIN
            CREATE ROLE nightlight_web NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'nightlight: this user of the database may not make the role nightlight_web.'
                USING HINT = format('As a superuser, run: CREATE ROLE nightlight_web NOLOGIN; '
                    'GRANT nightlight_web TO %I; then, as before: nightlight migrate', current_user);
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'nightlight_web', 'MEMBER') THEN
        EXECUTE format('GRANT nightlight_web TO %I', current_user);
    ELSIF current_setting('server_version_num')::int >= 160000
        AND NOT pg_has_role(current_user, 'nightlight_web', 'SET') THEN
        EXECUTE format('GRANT nightlight_web TO %I WITH SET TRUE, INHERIT FALSE', current_user);
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO nightlight_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO nightlight_web;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO nightlight_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO nightlight_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO nightlight_web;
"""

MAKE_TABLES = """
CREATE TABLE access_allowed (action text, role text, agency text, relationship text, question text);
CREATE INDEX access_allowed_asked ON access_allowed (role, agency, action);
CREATE TABLE access_laid (digest text);
REVOKE INSERT, UPDATE, DELETE ON access_allowed, access_laid, access_granted, access_glassreview, access_compartment,
    access_member, access_seal, access_policysignature FROM nightlight_web;
"""
DROP_TABLES = "DROP TABLE access_allowed; DROP TABLE access_laid;"

STANDING = """
CREATE FUNCTION access_setting(name text) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT nullif(current_setting('nightlight.' || name, true), '') $$;

CREATE FUNCTION access_at() RETURNS timestamptz LANGUAGE sql STABLE AS
    $$ SELECT coalesce(access_setting('at')::timestamptz, now()) $$;

-- What is in compartments of which somebody is no member: the seals, and every entry that they cover.
CREATE FUNCTION access_sealed_from(me text, at_ timestamptz) RETURNS TABLE (what text, item uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
$$;

-- How a practitioner stands to each of these people: what the access policy is asked with.
CREATE FUNCTION access_standing(me text, children uuid[], at_ timestamptz)
RETURNS TABLE (child uuid, relationships text[], sealed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH mine AS MATERIALIZED (
        SELECT p.username, o.code AS organisation, o.agency FROM people_practitioner p
        JOIN people_organisation o ON o.code = p.organisation_id WHERE p.username = me AND p.is_active
    ), hidden AS MATERIALIZED (SELECT what, item FROM access_sealed_from(me, at_))
    SELECT c.id, array_remove(ARRAY[
        CASE WHEN EXISTS (
            SELECT 1 FROM people_sourceperson s WHERE s.person_id = c.id AND s.organisation = mine.organisation
            AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.item = s.id)) THEN 'own_record' END,
        CASE WHEN EXISTS (
            SELECT 1 FROM duties_dutynow d WHERE d.child = c.id
            AND (d.owner = mine.username OR d.pending_to = mine.username)) THEN 'allocated' END,
        -- That the glass was broken, and is to be reviewed, opens the record to nobody but who reviews it.
        CASE WHEN EXISTS (
            SELECT 1 FROM duties_dutynow d WHERE d.child = c.id AND d.organisation = mine.organisation
            AND d.question NOT LIKE 'glass:%') THEN 'team' END,
        CASE WHEN EXISTS (
            SELECT 1 FROM duties_dutynow d WHERE d.child = c.id AND d.question NOT LIKE 'glass:%') OR EXISTS (
            SELECT 1 FROM people_sourceperson s JOIN chronology_entrysubject u ON u.source_person = s.id
            JOIN chronology_entry e ON e.id = u.entry_id AND e.agency = mine.agency
            WHERE s.person_id = c.id AND s.agency = mine.agency
            AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.item IN (s.id, e.id))) THEN 'partnership' END,
        CASE WHEN EXISTS (
            SELECT 1 FROM audit_auditevent a WHERE a.child = c.id AND a.by = mine.username
            AND a.act = 'person.found' AND a.at > at_ - interval '12 hours') THEN 'found' END,
        CASE WHEN EXISTS (
            SELECT 1 FROM intake_raisedconcern r JOIN people_practitioner p ON p.id = r.author_id
            JOIN people_sourceperson s ON s.id = r.source_person
            WHERE p.username = mine.username AND s.person_id = c.id) THEN 'raised' END
    ], NULL) || ARRAY(
        SELECT DISTINCT g.kind::text FROM access_granted g WHERE g.child = c.id AND g.person = mine.username
        AND g.since <= at_ AND (g.until IS NULL OR g.until > at_)),
    EXISTS (SELECT 1 FROM hidden h WHERE h.item = c.id)
    FROM people_person c CROSS JOIN mine WHERE c.id = ANY(children)
$$;
"""
DROP_STANDING = """
DROP FUNCTION access_standing(text, uuid[], timestamptz); DROP FUNCTION access_sealed_from(text, timestamptz);
DROP FUNCTION access_at(); DROP FUNCTION access_setting(text);
"""

WALL = """
-- Whether the policy, as laid out, permits this question to the practitioner of this connection.
CREATE FUNCTION access_permits(action_ text, question_ text, relationships text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM people_practitioner p JOIN people_organisation o ON o.code = p.organisation_id
        JOIN access_allowed a ON a.role = p.role AND a.agency = o.agency AND a.action = action_
        WHERE p.username = access_setting('practitioner') AND p.is_active AND a.question = question_
        AND (a.relationship = '' OR a.relationship = ANY(relationships)))
$$;

-- The children whom an action opened for this connection, as far as the policy permits it to open them.
CREATE FUNCTION access_opened() RETURNS TABLE (child uuid, relationships text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.child, s.relationships FROM access_standing(
        access_setting('practitioner'), string_to_array(coalesce(access_setting('children'), ''), ',')::uuid[],
        access_at()) s
    WHERE NOT s.sealed
    AND access_permits('open', coalesce(access_setting('purpose'), 'protect'), s.relationships)
$$;

-- The entries of those children that the policy permits to be read.
CREATE FUNCTION access_entries() RETURNS SETOF uuid
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
            WHERE other_person IN (SELECT id FROM own) AND kind IN ('parent', 'carer', 'household')
            UNION ALL SELECT NULL, other_address FROM chronology_link
            WHERE kind = 'residence' AND source_person IN (SELECT id FROM own)
        ), people AS MATERIALIZED (
            SELECT id FROM own UNION SELECT source_person FROM links WHERE source_person IS NOT NULL
            UNION SELECT t.id FROM links JOIN people_sourceperson s ON s.id = links.source_person
            JOIN people_sourceperson t ON t.person_id = s.person_id
        ), theirs AS MATERIALIZED (
            SELECT DISTINCT u.entry_id FROM chronology_entrysubject u WHERE u.source_person IN (SELECT id FROM people)
        ), places AS MATERIALIZED (
            SELECT other_address::text AS id FROM links WHERE other_address IS NOT NULL
            UNION SELECT e.attributes ->> 'address' FROM theirs t JOIN chronology_entry e ON e.id = t.entry_id
            WHERE e.kind = 'housing.residence'
        ), reached AS MATERIALIZED (
            SELECT entry_id FROM theirs UNION SELECT u.entry_id FROM chronology_entrysubject u
            WHERE u.address IN (SELECT id::uuid FROM places WHERE id ~ '^[0-9a-fA-F-]{36}$')
        ), described AS (
            SELECT e.id,
                CASE WHEN e.sensitivity IN ('ordinary', 'restricted') THEN e.sensitivity ELSE 'other' END || '/' ||
                CASE WHEN e.kind = ANY('{adult_health}'::text[]) OR (e.kind LIKE 'health.%' AND NOT EXISTS (
                    SELECT 1 FROM chronology_entrysubject u WHERE u.entry_id = e.id
                    AND u.source_person IN (SELECT id FROM own))) THEN 'adult_health' ELSE 'ordinary' END || '/' ||
                CASE WHEN e.organisation = mine.code THEN 'organisation' ELSE 'other' END || '/' ||
                CASE WHEN EXISTS (SELECT 1 FROM chronology_known k WHERE k.entry_id = e.id
                    AND k.agency = mine.agency AND k.since <= at_) THEN 't' ELSE 'f' END || '/' ||
                CASE WHEN hidden <> '{}' AND e.id = ANY(hidden) THEN 't' ELSE 'f' END AS sort
            FROM chronology_entry e WHERE e.id IN (SELECT entry_id FROM reached)
        )
        SELECT d.id FROM described d WHERE d.sort = ANY(allowed);
    END LOOP;
END $$;

ALTER TABLE chronology_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY need_to_know ON chronology_entry FOR SELECT TO nightlight_web USING (id IN (SELECT access_entries()));

ALTER TABLE intake_draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY my_own ON intake_draft TO nightlight_web USING (author_id = (
    SELECT p.id FROM people_practitioner p WHERE p.username = access_setting('practitioner') AND p.is_active));

ALTER TABLE intake_rawrecord ENABLE ROW LEVEL SECURITY;
ALTER TABLE intake_refusal ENABLE ROW LEVEL SECURITY;
CREATE POLICY to_mend ON intake_refusal FOR SELECT TO nightlight_web
    USING ((SELECT access_permits('may', 'refusal_view', '{}')));
CREATE POLICY to_mend ON intake_rawrecord FOR SELECT TO nightlight_web
    USING ((SELECT access_permits('may', 'refusal_view', '{}')));

-- A duty is seen by whoever holds it, by its team, and by whoever opened its child.
CREATE FUNCTION access_children() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$ SELECT child FROM access_opened() $$;

CREATE FUNCTION access_team() RETURNS varchar LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT p.organisation_id FROM people_practitioner p
    WHERE p.username = access_setting('practitioner') AND access_permits('may', 'team_view', '{}')
$$;

-- Whether the team of this practitioner is the partnership: whoever may open what is open to it, or any record at all.
CREATE FUNCTION access_team_is_all() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT access_permits('may', 'team_view', '{}') AND EXISTS (
        SELECT 1 FROM people_practitioner p JOIN access_allowed a ON a.role = p.role AND a.action = 'open'
        AND a.relationship IN ('', 'partnership') WHERE p.username = access_setting('practitioner'))
$$;

ALTER TABLE duties_dutynow ENABLE ROW LEVEL SECURITY;
CREATE POLICY need_to_know ON duties_dutynow FOR SELECT TO nightlight_web USING (
    owner = (SELECT access_setting('practitioner')) OR pending_to = (SELECT access_setting('practitioner'))
    OR (SELECT access_team_is_all()) OR organisation = (SELECT access_team())
    OR child IN (SELECT access_children()));
"""
WALL = WALL.replace("{adult_health}", "{" + ",".join(ADULT_HEALTH_KINDS) + "}")
DROP_WALL = """
DROP POLICY need_to_know ON chronology_entry; ALTER TABLE chronology_entry DISABLE ROW LEVEL SECURITY;
DROP POLICY my_own ON intake_draft; ALTER TABLE intake_draft DISABLE ROW LEVEL SECURITY;
DROP POLICY to_mend ON intake_refusal; ALTER TABLE intake_refusal DISABLE ROW LEVEL SECURITY;
DROP POLICY to_mend ON intake_rawrecord; ALTER TABLE intake_rawrecord DISABLE ROW LEVEL SECURITY;
DROP POLICY need_to_know ON duties_dutynow; ALTER TABLE duties_dutynow DISABLE ROW LEVEL SECURITY;
DROP FUNCTION access_team(); DROP FUNCTION access_team_is_all(); DROP FUNCTION access_children();
DROP FUNCTION access_entries();
DROP FUNCTION access_opened(); DROP FUNCTION access_permits(text, text, text[]);
"""

ATTACHMENTS = """
ALTER TABLE intake_attachment ENABLE ROW LEVEL SECURITY;
CREATE POLICY my_own ON intake_attachment TO nightlight_web USING (draft_id IN (SELECT d.id FROM intake_draft d));
"""
DROP_ATTACHMENTS = """
DROP POLICY my_own ON intake_attachment; ALTER TABLE intake_attachment DISABLE ROW LEVEL SECURITY;
"""


def _planned_once(statements: str, *names: str) -> str:
    """These functions again, in the language whose plans a session keeps: planning took longer than answering."""
    found = []
    for name in names:
        match = re.search(rf"CREATE FUNCTION {name}\(.*?\$\$(.*?)\$\$;", statements, re.DOTALL)
        assert match, name  # noqa: S101 a name that is not among the statements above
        head = match[0][: match.start(1) - match.start(0) - 2].replace("LANGUAGE sql", "LANGUAGE plpgsql")
        answer = "RETURN QUERY" if "RETURNS TABLE" in head or "SETOF" in head else "RETURN ("
        close = "" if answer == "RETURN QUERY" else ")"
        body = f"#variable_conflict use_column\nBEGIN {answer} {match[1].strip()}{close}; END"
        found.append(f"{head.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION', 1)}$$\n{body}\n$$;")
    return "\n".join(found)


PLANNED_ONCE = _planned_once(STANDING, "access_sealed_from", "access_standing") + _planned_once(
    WALL, "access_permits", "access_opened", "access_children", "access_team", "access_team_is_all"
)
