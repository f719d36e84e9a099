"""Writing many rows at once with COPY, inside the transaction that Django has open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import AutoField, JSONField, Model
from psycopg import Connection, sql

from nightlight.store.database import beside
from nightlight.store.inserted import insert_lines


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a table. Values are Python's (UUID, aware datetime, bytes, text); JSON is text already encoded."""
    copy_lines(table, columns, map(line, rows))


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Add rows that are written already as COPY reads them: fields (`field`, `moment`, `NULL`) by tabs, a line each.

    They are kept by the helper, where there is one (`store.database.beside`).
    """
    if connection.lifted_in_deed:
        insert_lines(table, columns, lines)
        return
    rest = iter(lines)
    parts = iter(lambda: "".join(islice(rest, _AT_ONCE)), "")
    if first := next(parts, ""):
        every = chain([first], parts)  # a million rows are never all in memory, where nobody else is to take them over
        beside.give(partial(_copy, _statement(table, columns), list(every) if beside.is_helped() else every))


def _statement(table: str, columns: Sequence[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)


def _copy(statement: sql.Composed, parts: Iterable[str], raw: Connection) -> None:
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for part in parts:
            copy.write(part)


_AT_ONCE = 1000
NULL = "\\N"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})


def field(text: str) -> str:
    """A text as a field of a line for COPY."""
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPED)


@lru_cache(8192)
def moment(at: datetime) -> str:
    """An instant as PostgreSQL reads it, in a line or an array. A batch writes the same few again and again."""
    return at.isoformat()


def line(row: Iterable[object]) -> str:
    """A row as COPY reads it. The driver's own way takes twice as long.

    >>> line(["a\\tb", None, True, 7, b"\\x00", ["x", None]])
    'a\\\\tb\\t\\\\N\\tt\\t7\\t\\\\\\\\x00\\t{"x",NULL}\\n'
    """
    return "\t".join([_WRITTEN.get(type(value), _by_its_base)(value) for value in row]) + "\n"


def array(values: Iterable[object]) -> str:
    """An array as PostgreSQL reads it from one text; None for null. The driver's own takes ten times as long.

    >>> array(["a", None, "b c"])
    '{"a",NULL,"b c"}'
    """
    return f"{{{','.join(map(_item, values))}}}"


def _item(value: object) -> str:
    if value is None:
        return "NULL"
    text = str(value)
    return f'"{text.translate(_QUOTED)}"' if '"' in text or "\\" in text else f'"{text}"'


_WRITTEN: dict[type, Callable[[Any], str]] = {
    str: field,
    UUID: str,
    datetime: moment,
    date: date.isoformat,
    type(None): lambda _: NULL,
    bool: lambda value: "t" if value else "f",
    int: str,
    float: repr,
    bytes: lambda value: f"\\\\x{value.hex()}",
    list: lambda value: field(array(value)),
    tuple: lambda value: field(array(value)),
}


def _by_its_base(value: object) -> str:
    """A code of an enumeration is its text; what is none of these is a fault of whoever wrote the row."""
    for base in (str, datetime, UUID):
        if isinstance(value, base):
            return _WRITTEN[base](str(value) if base is not datetime else value)
    raise ValueError(f"COPY was given a {type(value).__name__}; expected text, a number, an instant, bytes or an array")


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
