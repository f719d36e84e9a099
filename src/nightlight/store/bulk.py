"""Writing many rows at once with COPY, inside the transaction that Django has open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import connection
from django.db.models import AutoField, JSONField, Model
from psycopg import sql


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a table. Values are Python's (UUID, aware datetime, bytes, text); JSON is text already encoded."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        connection.connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def add_rows(rows: Sequence[Model]) -> None:
    """Add new rows of one model, as `bulk_create` does but with COPY. Ids that the database makes are not read back."""
    if not rows:
        return
    fields = [field for field in rows[0]._meta.concrete_fields if not isinstance(field, AutoField)]
    names = [field.attname for field in fields]
    encoded = {field.attname for field in fields if isinstance(field, JSONField)}
    copy_rows(
        rows[0]._meta.db_table,
        [field.column for field in fields],
        ([_encoded(getattr(row, name)) if name in encoded else getattr(row, name) for name in names] for row in rows),
    )


def _encoded(value: Any) -> str:
    return orjson.dumps(value).decode() if value else "{}"
