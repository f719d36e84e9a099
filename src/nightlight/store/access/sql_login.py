"""What the pages' login may not, since it is one: count by sequences, leave anything to the next (migration 0008), or
write who anybody is, and what opens a record (0010).

A table of its own making would stand before the program's of that name for whoever asks next on the same connection.
Whoever could write people's roles, organisations' agencies, rotas or finds would be let through by the wall itself.
"""

from __future__ import annotations

NO_SEQUENCES = """
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM nightlight_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE ON SEQUENCES FROM nightlight_web;
"""
SEQUENCES = """
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO nightlight_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO nightlight_web;
"""

# Where the database is somebody else's, its owner does this once: docs/how-to/access.md.
NOTHING_OF_ITS_OWN = """
DO $$ BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$;
DO $$ BEGIN
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$;
"""

# Tables with rules for rows take what those rules let through. Every other is written by deeds, the wall lifted.
NO_WRITING = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT c.relrowsecurity
        AND c.relname <> 'audit_waiting' AND pg_has_role(c.relowner, 'MEMBER')
    LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %s FROM nightlight_web', one.name);
    END LOOP;
END $$;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE INSERT, UPDATE, DELETE ON TABLES FROM nightlight_web;
"""
WRITING = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT, UPDATE, DELETE ON TABLES TO nightlight_web;
"""

_ME = "(SELECT access_setting('practitioner'))"
_OTHERS = "SELECT p.username FROM people_practitioner p"
_NOBODY_ELSE = f"({_ME} IS NULL OR by = {_ME} OR by NOT IN ({_OTHERS}))"
IN_ONES_OWN_NAME = """
ALTER POLICY need_to_know ON audit_auditevent WITH CHECK (act <> 'person.found' AND {nobody_else});
ALTER POLICY need_to_know ON intake_raisedconcern WITH CHECK (author_id = (
    SELECT p.id FROM people_practitioner p WHERE p.username = {me} AND p.is_active));
""".replace("{nobody_else}", _NOBODY_ELSE).replace("{me}", _ME)
IN_ANY_NAME = """
ALTER POLICY need_to_know ON audit_auditevent WITH CHECK (true);
ALTER POLICY need_to_know ON intake_raisedconcern WITH CHECK (true);
"""
