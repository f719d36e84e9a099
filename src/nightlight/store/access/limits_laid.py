"""The limits that the database itself keeps to, laid out for it from the rows in use. It decides no number."""

from __future__ import annotations

from django.db import connection, transaction

from nightlight.domain.limits import limits_in_use
from nightlight.store.access.sql_found import CODE

_COLUMNS = "place, code, valid_from, valid_to, amount"


def lay() -> bool:
    """Lay the rows in use out, unless they are already; returns whether they were laid."""
    rows = [row for row in limits_in_use().rows if row.code == CODE]
    wanted = [(place, row.code, row.valid_from, row.valid_to, row.amount) for place, row in enumerate(rows)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('access_limit') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(f"SELECT {_COLUMNS} FROM access_limit ORDER BY place")  # noqa: S608 its own names
        if cursor.fetchall() == wanted:
            return False
        cursor.execute("DELETE FROM access_limit")
        cursor.executemany(
            f"INSERT INTO access_limit ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s)",  # noqa: S608 its own names
            wanted,
        )
    return True
