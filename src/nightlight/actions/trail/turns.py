"""One change to who people are at a time: two at once must not each make the same person, or open the same duty."""

from __future__ import annotations

import hashlib

from django.db import connection

_LOCK = 0x4E494748


def take() -> None:
    """Wait for our turn, and hold it until the transaction that is open ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def take_for(thing: str) -> None:
    """Wait for our turn at one thing, and hold it until the transaction ends: whoever has it next sees what we did.

    thing: its kind and id ("request 1f0c..."). Whoever takes the whole turn (`take`) too takes that before, and locks
    rows after.
    """
    key = int.from_bytes(hashlib.sha256(b"turn:" + thing.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def try_to_take() -> bool:
    """Our turn now, if nobody else has it: held until the transaction that is open ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])
