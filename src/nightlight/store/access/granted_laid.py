"""What the two logins of pages are granted, laid out from `granted` whenever the tables change. It decides nothing.

A table that is not declared there is granted to neither: no page and no deed reaches it.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from django.db import connection, transaction
from psycopg import sql

from nightlight.store.access.granted import GRANTED, KEPT_BACK, LETTERS, Granted
from nightlight.store.access.wall import DEEDS_ROLE, ROLE

_LAID = "SELECT to_regprocedure('access_lifted()') IS NOT NULL, obj_description(to_regprocedure('access_lifted()'))"
_TABLES = """
SELECT c.relname, EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid
    AND p.polname NOT IN ('lifted', 'as_granted')) FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND pg_has_role(c.relowner, 'MEMBER')
ORDER BY c.relname
"""
_COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
_LIFTED = "(SELECT access_lifted())"


def lay() -> bool:
    """Grant what is declared, unless that was done; returns whether it was. By the login that owns the tables."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LAID)
        there, laid = cursor.fetchone()
        if not there:
            return False
        cursor.execute(_TABLES)
        tables: list[tuple[str, bool]] = cursor.fetchall()
        digest = sha256(repr((tables, GRANTED, KEPT_BACK)).encode()).hexdigest()
        if laid == digest:
            return False
        for name, has_rules in tables:
            cursor.execute(sql.SQL("; ").join(_statements(name, has_rules)))
        cursor.execute(sql.SQL("COMMENT ON FUNCTION access_lifted() IS {}").format(digest))
    return True


def _statements(name: str, has_rules: bool) -> Iterator[sql.Composed]:
    """One table's: nothing first, then what is declared, and the rule by which deeds are given rows."""
    table, granted = sql.Identifier(name), GRANTED.get(name, Granted())
    pages, deeds = sql.Identifier(ROLE), sql.Identifier(DEEDS_ROLE)
    yield sql.SQL("REVOKE ALL ON {} FROM PUBLIC, {}, {}").format(table, pages, deeds)
    for letter in granted.pages:
        yield sql.SQL("GRANT {} ON {} TO {}").format(_privilege(name, letter), table, pages)
    for letter in granted.deeds:
        yield sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(LETTERS[letter]), table, deeds)
    yield sql.SQL("DROP POLICY IF EXISTS lifted ON {}").format(table)
    yield sql.SQL("DROP POLICY IF EXISTS as_granted ON {}").format(table)
    if granted.deeds:
        yield sql.SQL("CREATE POLICY lifted ON {} TO {} USING ({rule}) WITH CHECK ({rule})").format(
            table, deeds, rule=sql.SQL(_LIFTED)
        )
        yield sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(table)
    if granted.deeds and granted.pages and not has_rules:
        yield sql.SQL("CREATE POLICY as_granted ON {} TO {} USING (true) WITH CHECK (true)").format(table, pages)


def _privilege(name: str, letter: str) -> sql.Composable:
    """Of the whole table; to read, of each column that is not kept back."""
    privilege = sql.SQL(LETTERS[letter])
    if letter != "r" or name not in KEPT_BACK:
        return privilege
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [name])
        given = [sql.Identifier(column) for (column,) in cursor.fetchall() if column not in KEPT_BACK[name]]
    return sql.SQL("{} ({})").format(privilege, sql.SQL(", ").join(given))
