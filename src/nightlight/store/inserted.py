"""Rows written as COPY reads them, added by INSERT: where rules for rows hold, PostgreSQL takes no COPY.

For the few rows of a deed. It must not be where a delivery's rows go: they take three times as long by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from django.db import connection
from psycopg import sql

_AT_ONCE = 200
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANT = {"t": "\t", "n": "\n", "r": "\r"}


def insert_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Add these lines. Each value goes as a text of no type, which the column's own type reads, as it does for COPY."""
    rest = iter(lines)
    into = sql.SQL("INSERT INTO {} ({}) VALUES ").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    row = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(columns)))
    while part := list(islice(rest, _AT_ONCE)):
        with connection.cursor() as cursor:
            cursor.execute(into + sql.SQL(", ").join([row] * len(part)), list(chain.from_iterable(map(values, part))))


def values(line: str) -> list[str | None]:
    """The fields of a line; None for null.

    >>> values("a\\\\tb\\t\\\\N\\t\\\\\\\\x00\\n")
    ['a\\tb', None, '\\\\x00']
    """
    return [None if each == "\\N" else _ESCAPED.sub(_meant, each) for each in line.removesuffix("\n").split("\t")]


def _meant(found: re.Match[str]) -> str:
    return _MEANT.get(found[1], found[1])
