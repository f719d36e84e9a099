"""A log of a few rows as a chain, and keys to sign it, with no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from nightlight.domain import audit_chain
from nightlight.store.keys.keyring import Keyring, new_data_key, new_signing_key, sign, verifier

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
RING = Keyring((new_data_key(NOW),), (new_signing_key(NOW),))
VERIFY = verifier(RING.public_keys())


def a_row(id_, **changed):
    at = NOW + timedelta(minutes=id_)
    row = {
        "id": str(id_), "at": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", "by": "a.lead", "organisation": "school-1",
        "act": "child.viewed", "child": "11111111-2222-4333-8444-555555555555", "about": "a ground",
        "reason": "a reason", "detail": '{"shown": 3}',
    }  # fmt: skip
    return row | changed


def a_chain(sizes=(3, 2, 4), ring=RING):
    """Seals of so many rows each, with their rows."""
    links, before, id_ = [], None, 0
    for size in sizes:
        rows = [a_row(id_ + n) for n in range(1, size + 1)]
        id_ += size
        before = sealed(rows, before, ring)
        links.append((before, rows))
    return links


def sealed(rows, before, ring=RING):
    signer = ring.signer
    at = NOW + timedelta(minutes=int(rows[-1]["id"]) + 1)
    return audit_chain.close(
        before=before,
        ids=[int(row["id"]) for row in rows],
        rows=rows,
        sealed=f"{at:%Y-%m-%dT%H:%M:%S.%fZ}",
        key=signer.id,
        sign=lambda message: sign(signer, message),
    )
