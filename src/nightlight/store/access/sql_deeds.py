"""The deeds' login (migration 0011): it owns nothing, and by itself is given no row of any table.

In a deed's transaction it takes the role of a page, and what it asks then is a page's. To lift the wall the program
gives the database a word that it signed for this connection, and until the transaction ends the database holds that it
was given (`access_lifted`: the rules of every table that deeds reach go by it, `granted`). Whoever can put a statement
of their own in where the wall stands cannot make that word: its keys are readable by neither login.
"""

from __future__ import annotations

MAKE_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nightlight_deeds') THEN
        BEGIN
            CREATE ROLE nightlight_deeds NOLOGIN NOINHERIT;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF NOT pg_has_role('nightlight_deeds', 'nightlight_web', 'MEMBER') THEN
        GRANT nightlight_web TO nightlight_deeds;
    END IF;
    IF NOT pg_has_role(current_user, 'nightlight_deeds', 'MEMBER') THEN
        EXECUTE format('GRANT nightlight_deeds TO %I', current_user);
    ELSIF current_setting('server_version_num')::int >= 160000
        AND NOT pg_has_role(current_user, 'nightlight_deeds', 'SET') THEN
        EXECUTE format('GRANT nightlight_deeds TO %I WITH SET TRUE, INHERIT FALSE', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'nightlight: this user of the database may not make the role nightlight_deeds, or give it away.'
        USING HINT = format('As a superuser, run: CREATE ROLE nightlight_deeds NOLOGIN NOINHERIT; '
            'GRANT nightlight_web TO nightlight_deeds; GRANT nightlight_deeds TO %I; then, as before: '
            'nightlight migrate', current_user);
END $$;
GRANT USAGE ON SCHEMA public TO nightlight_deeds;
"""

LIFTING = """
-- The wall is lifted for this transaction, since the program says so for this connection.
CREATE FUNCTION access_lift(word text) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    said text[] := access_said(word);
BEGIN
    IF said[1] IS DISTINCT FROM 'lift' THEN
        RAISE insufficient_privilege USING MESSAGE = 'nightlight: the wall is lifted by nobody but the program';
    END IF;
    PERFORM set_config('nightlight.lifted', access_digest(concat_ws(E'\\x1f', 'lifted', pg_backend_pid(),
        extract(epoch FROM now()))), true);
END $$;

-- Whether it is. A transaction begins once: what was lifted in one is not in another, nor on another connection.
CREATE FUNCTION access_lifted() RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    held text := current_setting('nightlight.lifted', true);
BEGIN
    RETURN coalesce(held, '') <> '' AND held = access_digest(concat_ws(E'\\x1f', 'lifted', pg_backend_pid(),
        extract(epoch FROM now())));
END $$;

-- What else only the functions of the wall may ask: a deed, with the wall lifted, and the login that owns the tables.
CREATE FUNCTION access_must_be_lifted() RETURNS void LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF session_user <> current_user AND NOT access_lifted() THEN
        RAISE insufficient_privilege USING MESSAGE = 'nightlight: the wall stands';
    END IF;
END $$;
CREATE FUNCTION access_standing_lifted(me text, children uuid[], at_ timestamptz)
RETURNS TABLE (child uuid, relationships text[], sealed boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM access_must_be_lifted();
    RETURN QUERY SELECT * FROM access_standing(me, children, at_);
END $$;
CREATE FUNCTION access_sealed_lifted(me text, at_ timestamptz) RETURNS TABLE (what text, item uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM access_must_be_lifted();
    RETURN QUERY SELECT * FROM access_sealed_from(me, at_);
END $$;
REVOKE EXECUTE ON FUNCTION access_must_be_lifted(), access_standing_lifted(text, uuid[], timestamptz),
    access_sealed_lifted(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_standing_lifted(text, uuid[], timestamptz), access_sealed_lifted(text, timestamptz)
    TO nightlight_deeds;
"""
DROP_LIFTING = """
DROP FUNCTION access_sealed_lifted(text, timestamptz); DROP FUNCTION access_standing_lifted(text, uuid[], timestamptz);
DROP FUNCTION access_must_be_lifted(); DROP FUNCTION access_lifted() CASCADE; DROP FUNCTION access_lift(text);
"""

# A table that is made from now on is nobody's until it is declared (`granted`).
NOTHING_BY_DEFAULT = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM nightlight_web;
"""
READING_BY_DEFAULT = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO nightlight_web;
"""
