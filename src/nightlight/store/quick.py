"""Reads of a few rows by a list of ids or keys, asked of PostgreSQL directly: for the searches of one record's placing.

A cursor's own work is some 0.07 ms a question, and planning 0.2 ms, where the answer takes 0.05. Only reads, and
only of statements that are constants: nothing that a person wrote is ever in one.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import connection
from psycopg import Connection
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from nightlight.store.database import beside

Row = tuple[str | None, ...]
_prepared: WeakKeyDictionary[Connection, dict[str, bytes]] = WeakKeyDictionary()


def rows(statement: str, values: Iterable[int | UUID]) -> list[Row]:
    """The rows of a statement with one parameter, `$1`, an array of these values; each column as text.

    In a transaction it sees what the transaction sees; outside one, what is committed.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        raw = connection.connection
        beside.wait_for(raw)
        listed = [f"{{{','.join(map(str, values))}}}".encode()]
        if raw.prepare_threshold is None and not connection.lifted_in_deed:
            result = raw.pgconn.exec_prepared(_name(raw, statement), listed)
        else:
            # The driver prepares, too, and after a rollback has the server forget all that was prepared. And in a deed,
            # where the wall stood a moment before, somebody else may have prepared something under that name.
            result = raw.pgconn.exec_params(statement.encode(), listed)
        _check(result, ExecStatus.TUPLES_OK)
    columns = range(result.nfields)
    return [tuple(_text(result.get_value(row, column)) for column in columns) for row in range(result.ntuples)]


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _name(raw: Connection, statement: str) -> bytes:
    """The statement's name on this connection, where it is prepared once."""
    names = _prepared.setdefault(raw, {})
    if (name := names.get(statement)) is None:
        name = f"quick_{len(names)}".encode()
        _check(raw.pgconn.prepare(name, statement.encode()), ExecStatus.COMMAND_OK)
        names[statement] = name
    return name


def _check(result: PGresult, expected: ExecStatus) -> None:
    if result.status != expected:
        raise error_from_result(result)
