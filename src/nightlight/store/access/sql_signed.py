"""The second wall as it has stood since migration 0007: what a page's connection says of itself is signed.

Whoever can put words into a statement cannot name another practitioner, another child or another day: the database
believes only what the program signed, for this connection and this request, with keys that the page's role cannot read.
What it was asked of and permitted in a request it keeps, signed by itself, so that it is worked out once.
"""

from __future__ import annotations

# Two keys of one block each, an inner and an outer one: a keyed digest of nested hashes, of what PostgreSQL has itself.
KEYS = """
CREATE TABLE access_signing (inner_key bytea NOT NULL, outer_key bytea NOT NULL);
REVOKE ALL ON access_signing FROM PUBLIC, nightlight_web;
INSERT INTO access_signing SELECT
    uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
        || uuid_send(gen_random_uuid()),
    uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
        || uuid_send(gen_random_uuid());

CREATE FUNCTION access_digest(said text) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    keys record;
BEGIN
    SELECT inner_key, outer_key INTO STRICT keys FROM access_signing;
    RETURN encode(sha256(keys.outer_key || sha256(keys.inner_key || convert_to(said, 'UTF8'))), 'hex');
END $$;
REVOKE EXECUTE ON FUNCTION access_digest(text) FROM PUBLIC;

-- The parts of what was signed for this connection; nothing, of what was not.
CREATE FUNCTION access_said(signed text) RETURNS text[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    said text := substr(signed, 65);
    parts text[];
BEGIN
    IF coalesce(said, '') = '' OR access_digest(said) <> left(signed, 64) THEN RETURN NULL; END IF;
    parts := string_to_array(said, E'\\x1f');
    IF parts[2] <> pg_backend_pid()::text THEN RETURN NULL; END IF;
    RETURN parts;
END $$;

-- what, connection, request, practitioner, purpose, at, children: of whoever this connection stands for.
CREATE FUNCTION access_stands() RETURNS text[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    said text[] := access_said(current_setting('nightlight.standing', true));
BEGIN
    IF said[1] IS DISTINCT FROM 'stand' THEN RETURN NULL; END IF;
    RETURN said;
END $$;

CREATE OR REPLACE FUNCTION access_setting(name text) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    said text[] := access_stands();
BEGIN
    RETURN nullif(CASE name WHEN 'practitioner' THEN said[4] WHEN 'purpose' THEN said[5] WHEN 'at' THEN said[6]
        WHEN 'children' THEN said[7] END, '');
END $$;
"""

# Whom the program asked about in this request, and the policy permits to be opened: child:relationship,relationship;...
ASKED = """
CREATE FUNCTION access_may_open(me text, purpose_ text) RETURNS text[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ARRAY(SELECT a.relationship FROM people_practitioner p
        JOIN people_organisation o ON o.code = p.organisation_id
        JOIN access_allowed a ON a.role = p.role AND a.agency = o.agency AND a.action = 'open' AND a.question = purpose_
        WHERE p.username = me AND p.is_active);
END $$;

CREATE FUNCTION access_seen() RETURNS TABLE (child uuid, relationships text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 10 AS $$
DECLARE
    mine text[] := access_stands();
    said text[] := access_said(current_setting('nightlight.seen', true));
BEGIN
    IF mine IS NULL OR said[1] IS DISTINCT FROM 'seen' OR said[3] <> mine[3] THEN RETURN; END IF;
    RETURN QUERY SELECT split_part(one, ':', 1)::uuid, string_to_array(split_part(one, ':', 2), ',')
        FROM unnest(string_to_array(said[4], ';')) one WHERE one <> '';
END $$;

CREATE FUNCTION access_asked(signed text) RETURNS TABLE (child uuid, relationships text[], sealed boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    said text[] := access_said(signed);
    opens text[];
    kept text := '';
    one record;
    sure text;
BEGIN
    IF said[1] IS DISTINCT FROM 'ask' THEN
        RAISE insufficient_privilege USING MESSAGE = 'nightlight: this was not asked by the program';
    END IF;
    opens := access_may_open(said[4], said[5]);
    FOR one IN SELECT s.child, s.relationships, s.sealed FROM access_standing(
        said[4], string_to_array(said[7], ',')::uuid[], said[6]::timestamptz) s LOOP
        IF NOT one.sealed AND ('' = ANY(opens) OR one.relationships && opens) THEN
            kept := kept || one.child || ':' || array_to_string(one.relationships, ',') || ';';
        END IF;
        child := one.child; relationships := one.relationships; sealed := one.sealed;
        RETURN NEXT;
    END LOOP;
    IF kept <> '' THEN
        kept := coalesce((SELECT string_agg(e.child || ':' || array_to_string(e.relationships, ','), ';') || ';'
            FROM access_seen() e WHERE strpos(kept, e.child::text) = 0), '') || kept;
        sure := concat_ws(E'\\x1f', 'seen', said[2], said[3], kept);
        PERFORM set_config('nightlight.seen', access_digest(sure) || sure, false);
    END IF;
END $$;

CREATE FUNCTION access_sealed_asked(signed text) RETURNS TABLE (what text, item uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    said text[] := access_said(signed);
BEGIN
    IF said[1] IS DISTINCT FROM 'ask' THEN
        RAISE insufficient_privilege USING MESSAGE = 'nightlight: this was not asked by the program';
    END IF;
    RETURN QUERY SELECT s.what, s.item FROM access_sealed_from(said[4], said[6]::timestamptz) s;
END $$;

-- How anybody stands to anybody is for the functions of the wall alone.
REVOKE EXECUTE ON FUNCTION access_standing(text, uuid[], timestamptz), access_sealed_from(text, timestamptz),
    access_may_open(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION access_opened() RETURNS TABLE (child uuid, relationships text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 2 AS $$
#variable_conflict use_column
DECLARE
    said text[] := access_stands();
    asked uuid[];
    opens text[];
    known uuid[];
BEGIN
    IF said IS NULL OR said[7] = '' THEN RETURN; END IF;
    asked := string_to_array(said[7], ',')::uuid[];
    opens := access_may_open(said[4], coalesce(nullif(said[5], ''), 'protect'));
    known := ARRAY(SELECT e.child FROM access_seen() e WHERE e.child = ANY(asked));
    RETURN QUERY SELECT e.child, e.relationships FROM access_seen() e
        WHERE e.child = ANY(asked) AND ('' = ANY(opens) OR e.relationships && opens);
    IF NOT asked <@ known THEN
        RETURN QUERY SELECT s.child, s.relationships FROM access_standing(
            said[4], ARRAY(SELECT unnest(asked) EXCEPT SELECT unnest(known)),
            coalesce(nullif(said[6], '')::timestamptz, now())) s
        WHERE NOT s.sealed AND ('' = ANY(opens) OR s.relationships && opens);
    END IF;
END $$;

-- The children whom this request may name: those who were opened, and those who were asked of and permitted.
CREATE FUNCTION access_people() RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp ROWS 10 AS $$
BEGIN
    RETURN QUERY SELECT e.child FROM access_seen() e UNION SELECT o.child FROM access_opened() o;
END $$;

-- Their records, and those of the adults that are linked to them.
CREATE FUNCTION access_records() RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp ROWS 20 AS $$
BEGIN
    RETURN QUERY
    WITH own AS MATERIALIZED (
        SELECT s.id FROM people_sourceperson s WHERE s.person_id = ANY(ARRAY(SELECT access_people()))
    ), linked AS MATERIALIZED (
        SELECT l.source_person AS id FROM chronology_link l WHERE l.other_person = ANY(ARRAY(SELECT id FROM own))
        UNION SELECT l.other_person FROM chronology_link l WHERE l.source_person = ANY(ARRAY(SELECT id FROM own))
    ), grown AS MATERIALIZED (
        SELECT s.id, s.person_id FROM linked JOIN people_sourceperson s ON s.id = linked.id
        LEFT JOIN people_person p ON p.id = s.person_id
        WHERE s.role <> 'child' AND NOT coalesce(p.is_child, false)
    )
    SELECT id FROM own UNION SELECT id FROM grown
    UNION SELECT s.id FROM people_sourceperson s WHERE s.person_id = ANY(ARRAY(SELECT person_id FROM grown));
END $$;

-- The adults that they are of.
CREATE FUNCTION access_adults() RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp ROWS 20 AS $$
BEGIN
    RETURN QUERY
    WITH met AS MATERIALIZED (
        SELECT u.source_person AS id FROM chronology_entrysubject u
        WHERE u.entry_id = ANY(ARRAY(SELECT access_entries())) AND u.source_person IS NOT NULL
    )
    SELECT s.person_id FROM people_sourceperson s JOIN people_person p ON p.id = s.person_id AND NOT p.is_child
    WHERE s.id = ANY(ARRAY(SELECT access_records())) OR s.id = ANY(ARRAY(SELECT id FROM met));
END $$;

-- Whether a list of duties that this practitioner has, or their team, or of their meetings, may name this child.
CREATE FUNCTION access_named(one uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    me text := access_setting('practitioner');
BEGIN
    IF me IS NULL THEN RETURN false; END IF;
    RETURN (EXISTS (
        SELECT 1 FROM duties_dutynow d WHERE d.child = one AND (d.owner = me OR d.pending_to = me
            OR d.organisation = access_team() OR access_team_is_all())
    ) OR EXISTS (
        SELECT 1 FROM meetings_meetingchild c WHERE c.child = one
        AND coalesce(c.meeting_id, c.plan_id) IN (SELECT access_logs())
    )) AND NOT EXISTS (SELECT 1 FROM access_sealed_from(me, access_at()) s WHERE s.item = one);
END $$;

-- The meetings and plans in which this practitioner has a place, or a duty.
CREATE FUNCTION access_logs() RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp ROWS 10 AS $$
DECLARE
    me text := access_setting('practitioner');
BEGIN
    IF me IS NULL THEN RETURN; END IF;
    RETURN QUERY SELECT m.meeting_id FROM meetings_meetingplace m WHERE m.person = me
    UNION SELECT p.plan_id FROM meetings_planplace p WHERE p.person = me
    UNION SELECT split_part(d.question, ':', 2)::uuid FROM duties_dutynow d
    WHERE (d.owner = me OR d.pending_to = me) AND d.status <> 'discharged'
    AND d.question ~ '^(meeting|plan):[0-9a-f]{32}:';
END $$;

-- Those that are about a child whom this request may name, too: that they are, and where they stand.
CREATE FUNCTION access_logs_of_children() RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp ROWS 10 AS $$
BEGIN
    RETURN QUERY SELECT coalesce(c.meeting_id, c.plan_id) FROM meetings_meetingchild c
        WHERE c.child = ANY(ARRAY(SELECT access_people()))
    UNION SELECT access_logs();
END $$;

CREATE FUNCTION access_organisation() RETURNS varchar LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    RETURN (SELECT p.organisation_id FROM people_practitioner p
        WHERE p.username = access_setting('practitioner') AND p.is_active);
END $$;
"""

_PARTY = "(SELECT access_organisation())"
_ME = "(SELECT access_setting('practitioner'))"
_MENDS = "(SELECT access_permits('may', 'match_decide', '{}'))"
_OVERSEES = "(SELECT access_permits('may', 'audit_view', '{}'))"
_PEOPLE = "IN (SELECT access_people())"

READ = {
    "people_person": f"id {_PEOPLE} OR (NOT is_child AND id IN (SELECT access_adults())) OR {_MENDS}"
    " OR access_named(id)",
    "people_sourceperson": f"person_id {_PEOPLE} OR id IN (SELECT access_records()) OR {_MENDS}",
    "people_matchproposal": f"{_MENDS} OR person_id {_PEOPLE}",
    "people_matchrecord": _MENDS,
    "people_sealedmatch": _MENDS,
    "people_identitydecision": f"{_MENDS} OR {_OVERSEES}",
    "people_sourceaddress": _MENDS,
    "chronology_link": "source_person IN (SELECT access_records()) OR other_person IN (SELECT access_records())",
    "chronology_entrysubject": "entry_id IN (SELECT access_entries())",
    "chronology_known": "entry_id IN (SELECT access_entries())",
    "chronology_firing": f"child {_PEOPLE}",
    "chronology_evaluated": f"child {_PEOPLE}",
    "duties_clockrow": f"child {_PEOPLE}",
    "duties_duty": "id IN (SELECT n.duty_id FROM duties_dutynow n)",
    "duties_dutyevent": "duty_id IN (SELECT n.duty_id FROM duties_dutynow n)",
    "duties_notice": f"person = {_ME} OR duty IN (SELECT n.duty_id FROM duties_dutynow n)",  # noqa: S608 its own words
    "duties_noticetry": "notice IN (SELECT n.id FROM duties_notice n)",
    "meetings_meeting": "id IN (SELECT access_logs_of_children())",
    "meetings_plan": "id IN (SELECT access_logs_of_children())",
    "meetings_meetingnow": "meeting_id IN (SELECT access_logs_of_children())",
    "meetings_plannow": "plan_id IN (SELECT access_logs_of_children())",
    "meetings_meetingchild": "coalesce(meeting_id, plan_id) IN (SELECT access_logs_of_children())",
    "meetings_meetingplace": f"person = {_ME} OR meeting_id IN (SELECT access_logs())",
    "meetings_planplace": f"person = {_ME} OR plan_id IN (SELECT access_logs())",
    "meetings_meetingevent": "meeting_id IN (SELECT access_logs())",
    "meetings_planevent": "plan_id IN (SELECT access_logs())",
    "meetings_meetingdraft": "meeting_id IN (SELECT access_logs())",
    "meetings_sending": f"person = {_ME} OR meeting_id IN (SELECT access_logs())",
    "meetings_acknowledgement": f"person = {_ME} OR meeting_id IN (SELECT access_logs())",
    "sharing_request": f"by = {_ME} OR organisation = {_PARTY} OR holder = {_PARTY} OR child {_PEOPLE} OR {_OVERSEES}",
    "sharing_decision": f"by = {_ME} OR organisation = {_PARTY} OR child {_PEOPLE} OR {_OVERSEES}"  # noqa: S608
    " OR request_id IN (SELECT r.id FROM sharing_request r) OR id IN (SELECT d.decision_id FROM sharing_disclosure d)",
    "sharing_review": "decision_id IN (SELECT d.id FROM sharing_decision d)",
    "sharing_disclosure": f"to_person = {_ME} OR organisation = {_PARTY} OR to_organisation = {_PARTY}"
    f" OR child {_PEOPLE} OR {_OVERSEES}",
    "sharing_item": "disclosure_id IN (SELECT d.id FROM sharing_disclosure d)",
    "sharing_itemchange": "item_id IN (SELECT i.id FROM sharing_item i)",
    "sharing_receipt": "disclosure_id IN (SELECT d.id FROM sharing_disclosure d)",
    "intake_raisedconcern": f"author_id = (SELECT p.id FROM people_practitioner p WHERE p.username = {_ME}"  # noqa: S608
    f" AND p.is_active) OR child {_PEOPLE} OR source_person IN (SELECT access_records())",
    "audit_auditevent": f"by = {_ME} OR child {_PEOPLE} OR {_OVERSEES}",
    "access_granted": f"person = {_ME} OR child {_PEOPLE} OR (SELECT access_permits('may', 'glass_review', '{{}}'))",
    "access_seal": "(SELECT access_permits('may', 'compartment_keep', '{}'))",
    "access_member": f"person = {_ME} OR (SELECT access_permits('may', 'compartment_keep', '{{}}'))",
}
"""Which rows of each table a page's connection reads. Addresses say nothing of who lives there, and have none."""

_MINE = f"by = {_ME}"
WRITTEN = {
    "audit_auditevent": "true", "duties_notice": "true", "intake_raisedconcern": "true",
    "meetings_meetingdraft": f"person = {_ME}", "sharing_receipt": f"person = {_ME}", "sharing_request": _MINE,
    "sharing_decision": _MINE, "sharing_review": _MINE, "sharing_disclosure": _MINE, "sharing_item": "true",
}  # fmt: skip
"""What pages write by themselves, and in whose name; to the others only deeds write."""


def _policies() -> str:
    made = []
    for table, condition in READ.items():
        does = f"USING ({condition})" + (f" WITH CHECK ({WRITTEN[table]})" if table in WRITTEN else "")
        which = "" if table in WRITTEN else "FOR SELECT"
        made.append(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;")
        made.append(f"CREATE POLICY need_to_know ON {table} {which} TO nightlight_web {does};")
    return "\n".join(made)


def _no_policies() -> str:
    made = (f"DROP POLICY need_to_know ON {t}; ALTER TABLE {t} DISABLE ROW LEVEL SECURITY;" for t in READ)
    return "\n".join(made)


POLICIES = _policies()
DROP_POLICIES = _no_policies()
SESSIONS = "REVOKE ALL ON django_session FROM nightlight_web;"
GRANT_SESSIONS = "GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO nightlight_web;"

_KEPT = (
    "digest(text)", "said(text)", "stands()", "setting(text)", "may_open(text, text)", "seen()", "asked(text)",
    "sealed_asked(text)", "opened()", "people()", "records()", "adults()", "named(uuid)", "logs()",
    "logs_of_children()", "organisation()",
)  # fmt: skip
KEEP_PLANS = "".join(f"ALTER FUNCTION access_{name} SET plan_cache_mode = force_generic_plan;\n" for name in _KEPT)
