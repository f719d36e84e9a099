"""Closing committed audit rows into signed seals, and reading the chain back.

An act adds its rows freely: nothing is locked for its length. The sealer comes after, takes what is committed and
waits, and chains it; only sealers wait for each other. The order of the log is thus the order in which rows became
visible, and by number within a seal: a row whose transaction ended late is in a later seal (docs/adr/0009).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from nightlight.domain.audit_chain import Row, Seal, close
from nightlight.store.audit.models import SealRow
from nightlight.store.keys import keyring as keys
from nightlight.store.keys.vault import keyring

BATCH = 1000
"""Rows of a seal at most: what is read, hashed and compared at a time."""
_LOCK = 0x4E494754
_INSTANT = '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\''
COLUMNS = ("id", "at", "by", "organisation", "act", "child", "about", "reason", "detail")
_ROWS = f"""
    SELECT id::text, to_char(at AT TIME ZONE 'UTC', {_INSTANT}), by, organisation, act, child::text, about, reason,
           detail::text
    FROM audit_auditevent WHERE id = ANY(%s) ORDER BY audit_auditevent.id
"""  # noqa: S608 the pattern above
_TAKE = """
    DELETE FROM audit_waiting WHERE event IN (SELECT event FROM audit_waiting ORDER BY event LIMIT %s) RETURNING event
"""
_SEALS = "SELECT number, version, sealed, before, rows, digests, hash, key, signature FROM audit_seal"


def seal_all(*, wait: bool = True) -> int:
    """Seal every row that waits, a batch at a time; how many. wait: for another sealer that is at it."""
    sealed = 0
    while taken := seal_batch(wait=wait):
        sealed += taken
    return sealed


def seal_batch(*, wait: bool = True) -> int:
    """Seal up to `BATCH` rows in one transaction; how many. 0 when none wait, or another sealer is at it."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not _our_turn(cursor, wait):
            return 0
        cursor.execute(_TAKE, [BATCH])
        ids = sorted(row[0] for row in cursor.fetchall())
        if not ids:
            return 0
        _add(cursor, ids, _rows(cursor, ids))
        return len(ids)


def newest() -> Seal | None:
    """The last seal of the chain."""
    with connection.cursor() as cursor:
        return _newest(cursor)


def links() -> Iterator[tuple[Seal, Sequence[Row]]]:
    """Every seal in its order, with the rows that stand where its rows should. Call within `one_moment`."""
    last = -1
    with connection.cursor() as cursor:
        while True:
            cursor.execute(f"{_SEALS} WHERE number > %s ORDER BY number LIMIT 20", [last])
            found = [_seal(row) for row in cursor.fetchall()]
            if not found:
                return
            for seal in found:
                yield seal, _rows(cursor, seal.rows)
            last = found[-1].number


def hashes(numbers: Sequence[int]) -> Mapping[int, bytes]:
    """The hash of each of these seals, and of the last, by number."""
    wanted = "number = ANY(%s) OR number = (SELECT max(number) FROM audit_seal)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number, hash FROM audit_seal WHERE {wanted}", [list(numbers)])  # noqa: S608
        return {number: bytes(hash_) for number, hash_ in cursor.fetchall()}


def strays(most: int = 100) -> list[int]:
    """Rows that neither a seal holds nor the sealer was told of: they came past the guards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM audit_auditevent EXCEPT SELECT unnest(rows) FROM audit_seal EXCEPT "
            "SELECT event FROM audit_waiting ORDER BY id LIMIT %s",
            [most],
        )
        return [row[0] for row in cursor.fetchall()]


def waiting() -> int:
    """How many rows wait for a seal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_waiting")
        return int(cursor.fetchone()[0])


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read within is read as at one moment, whatever is written meanwhile."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _our_turn(cursor: Any, wait: bool) -> bool:
    if wait:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        return True
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
    return bool(cursor.fetchone()[0])


def _add(cursor: Any, ids: Sequence[int], rows: Sequence[Row]) -> None:
    """One seal over these ids. A row that waited and is gone was deleted past the guards: it is sealed as missing."""
    signer = keyring().signer
    cursor.execute(f"SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', {_INSTANT})")
    sealed = cursor.fetchone()[0]
    seal = close(
        before=_newest(cursor),
        ids=ids,
        rows=rows,
        sealed=sealed,
        key=signer.id,
        sign=lambda message: keys.sign(signer, message),
    )
    SealRow.objects.create(
        number=seal.number,
        version=seal.version,
        sealed=seal.sealed,
        before=seal.before,
        rows=list(seal.rows),
        digests=b"".join(seal.digests),
        hash=seal.hash,
        key=seal.key,
        signature=seal.signature,
    )


def _newest(cursor: Any) -> Seal | None:
    cursor.execute(f"{_SEALS} ORDER BY number DESC LIMIT 1")
    row = cursor.fetchone()
    return _seal(row) if row else None


def _rows(cursor: Any, ids: Sequence[int]) -> list[Row]:
    cursor.execute(_ROWS, [list(ids)])
    return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def _seal(row: Sequence[Any]) -> Seal:
    number, version, sealed, before, rows, digests, hash_, key, signature = row
    joined = bytes(digests)
    return Seal(
        number=number,
        version=version,
        sealed=sealed,
        before=bytes(before),
        rows=tuple(rows),
        digests=tuple(joined[at : at + 32] for at in range(0, len(joined), 32)),
        hash=bytes(hash_),
        key=key,
        signature=bytes(signature),
    )
