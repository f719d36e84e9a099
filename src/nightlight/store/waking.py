"""Sleeping until the database says that something came, by LISTEN and NOTIFY: nobody polls.

A word that is lost (a connection that broke) costs only time: whoever sleeps looks again by itself before long.
"""

from __future__ import annotations

from django.db import connection
from psycopg import sql

INDICATORS, CLOCK, NOTICES = "nightlight_edge", "nightlight_clock", "nightlight_notice"
SEALS, OVERSIGHT = "nightlight_seal", "nightlight_oversight"
"""Stored: edges of indicators; edges of duties; notices (the last two by triggers). Seals and oversight: only that a
worker ends."""


def listen(channel: str) -> None:
    """From now on this connection hears of what others store."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))


def wait(seconds: float) -> bool:
    """Sleep so long at most; True when woken. Everything heard so far is one waking."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        heard = list(connection.connection.notifies(timeout=max(seconds, 0), stop_after=1))
        if heard:
            heard += connection.connection.notifies(timeout=0)  # several words are one waking
    return bool(heard)


def wake(*channels: str) -> None:
    """Wake whoever listens."""
    with connection.cursor() as cursor:
        for channel in channels:
            cursor.execute("SELECT pg_notify(%s, '')", [channel])
