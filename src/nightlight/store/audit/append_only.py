"""The guard of tables whose rows are only ever added: a trigger, so that it holds for every program and every person.

Raised as `nightlight: TABLE only takes new rows`. A correction is a new row that supersedes; see docs/adr/0002.
"""

from __future__ import annotations

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION nightlight_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'nightlight: % only takes new rows; % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""
DROP_FUNCTION = "DROP FUNCTION IF EXISTS nightlight_append_only()"


def guard(*tables: str) -> migrations.RunSQL:
    """The migration step that makes each table refuse update, delete and truncate."""
    make = [
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION nightlight_append_only(); "
        f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION nightlight_append_only();"
        for table in tables
    ]
    drop = [f"DROP TRIGGER append_only ON {table}; DROP TRIGGER no_truncate ON {table};" for table in tables]
    return migrations.RunSQL("\n".join(make), "\n".join(drop))
