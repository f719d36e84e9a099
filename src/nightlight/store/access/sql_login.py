"""What the pages' login may not, since it is one (migration 0008): count by sequences, or leave anything to the next.

A table of its own making would stand before the program's of that name for whoever asks next on the same connection.
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
