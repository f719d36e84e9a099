"""Reading every table as it is at one moment, and writing them into an empty database, with COPY.

What is structure (tables, guards, policies) comes from the migrations, not from a backup. It decides nothing about who
may do this, nor about files and keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import connection
from psycopg import sql

LEFT_OUT = frozenset({"access_signing", "django_migrations", "django_session"})
"""Migrations are compared, not copied; nobody stays signed in through a restore; a database has keys of its own."""
MADE_BY_MIGRATING = frozenset({
    "django_content_type", "auth_permission", "auth_group", "auth_group_permissions", "access_allowed", "access_laid",
    "audit_keyinuse",
})  # fmt: skip
"""Tables that a database without any record may have rows in: migrating, or starting, makes them."""

_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname
"""
_COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"


def names() -> list[str]:
    """The tables of a backup."""
    return [row[0] for row in _rows(_TABLES) if row[0] not in LEFT_OUT]


def columns(table: str) -> list[str]:
    """The columns of a table that hold something of their own."""
    return [row[0] for row in _rows(_COLUMNS, [f'public."{table}"'])]


def migrations() -> list[tuple[str, str]]:
    """What was applied here; nothing where there are no tables yet."""
    if not _rows("SELECT 1 FROM pg_class WHERE oid = to_regclass('public.django_migrations')"):
        return []
    return [(app, name) for app, name in _rows("SELECT app, name FROM django_migrations ORDER BY app, name")]


def server() -> int:
    """The version of the server, as a number."""
    return int(_rows("SELECT current_setting('server_version_num')")[0][0])


def sequences() -> dict[str, int]:
    """The last number given out by each sequence that gave out any."""
    return {name: last for name, last in _rows(_SEQUENCES) if last is not None}


def size() -> int:
    """Roughly how many bytes the tables hold, to show how far a backup has come."""
    return int(_rows("SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace")[0][0])


def see_all() -> None:
    """Let nothing be hidden from this transaction: an error, rather than a backup with rows left out."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL row_security = off")


def copy_out(table: str) -> Iterator[bytes]:
    """The rows of a table, one a line."""
    statement = _copy(table, columns(table), "TO STDOUT")
    with connection.wrap_database_errors, _raw() as cursor, cursor.copy(statement) as copy:
        for data in copy:
            yield bytes(data)


def copy_in(table: str, held: Iterable[str], data: Iterable[bytes]) -> int:
    """Add rows to a table; how many."""
    rows = 0
    statement = _copy(table, list(held), "FROM STDIN")
    with connection.wrap_database_errors, _raw() as cursor, cursor.copy(statement) as copy:
        for piece in data:
            copy.write(piece)
            rows += piece.count(b"\n")
    return rows


def with_rows() -> list[str]:
    """The tables that hold something which migrating did not put there."""
    return [
        name
        for name in names()
        if name not in MADE_BY_MIGRATING and _rows(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name)))
    ]


def make_room() -> None:
    """Set the guards aside for this transaction, and empty what migrating filled."""
    _guards("DISABLE")
    for name in names():
        _do(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))


def close_up(last: Mapping[str, int]) -> None:
    """Check every reference, put the guards back, and let sequences go on from where they were."""
    _do(sql.SQL("SET CONSTRAINTS ALL IMMEDIATE"))
    _guards("ENABLE")
    here = {row[0] for row in _rows(_SEQUENCES)}
    with connection.cursor() as cursor:
        for name in here & last.keys():
            cursor.execute("SELECT setval(%s::regclass, %s)", [f'public."{name}"', last[name]])


def _guards(what: str) -> None:
    for name in names():
        _do(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(name), sql.SQL(what)))


def _copy(table: str, names_: list[str], how: str) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, names_))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), listed, sql.SQL(how))


def _raw() -> Any:
    connection.ensure_connection()
    return connection.connection.cursor()


def _do(statement: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _rows(statement: Any, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
