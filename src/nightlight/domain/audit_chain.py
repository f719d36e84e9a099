"""The audit log as a chain: what a row's digest covers, what a seal says of its rows, and how both are checked.

Pure, so that the log is checked with no database and no network: from an export, by whoever doubts it. It signs and
verifies nothing itself; whoever calls brings the key. How a row comes into a seal: `store.audit.sealing`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

VERSION = 1
FIELDS: Mapping[int, tuple[str, ...]] = {
    1: ("id", "at", "by", "organisation", "act", "child", "about", "reason", "detail")
}
"""What the digest of a row covers, by the version of the encoding. A new field of the row is a new version."""

NOTHING_BEFORE = bytes(32)
"""What the first seal says of the one before it."""

GONE = bytes(32)
"""Stands for the digest of a row that was gone before it could be sealed; no row has it."""

LATE = timedelta(hours=24)
"""A row that says it is so much older than the seal before its own was written down late, or back-dated."""

Row = Mapping[str, str | None]
"""One audit row as text: instants in UTC with microseconds, `detail` as the database writes it."""

Verify = Callable[[str, bytes, bytes], bool | None]
"""(key id, message, signature) -> whether it is that key's signature; None for a key that nobody gave us."""


class Fault(StrEnum):
    """What is wrong with a row or with the chain."""

    ALTERED = "altered"
    MISSING = "missing"
    REORDERED = "reordered"
    INSERTED = "inserted"
    SEAL_ALTERED = "seal_altered"
    SEAL_MISSING = "seal_missing"
    SIGNATURE = "signature"
    UNKNOWN_KEY = "unknown_key"
    CUT_SHORT = "cut_short"
    OTHER_HISTORY = "other_history"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: in which seal, at which row (None: the seal itself), and a sentence that says it."""

    fault: Fault
    seal: int
    row: int | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A signed link of the chain: the rows that it closes over, in their order, with the digest of each.

    before: the hash of the seal before it. sealed: when, by the database's clock.
    """

    number: int
    sealed: str
    before: bytes
    rows: tuple[int, ...]
    digests: tuple[bytes, ...]
    version: int = VERSION
    hash: bytes = b""
    key: str = ""
    signature: bytes = b""

    def message(self) -> bytes:
        """What is signed."""
        return b"nightlight audit seal 1\n" + self.hash


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A seal's number and hash, signed, kept where nobody who keeps the database can reach it."""

    number: int
    sealed: str
    hash: bytes
    key: str
    signature: bytes

    def line(self) -> str:
        """The checkpoint as one line, to print, send or file."""
        return f"nightlight-audit-1 {self.number} {self.sealed} {self.hash.hex()} {self.key} {self.signature.hex()}"


@dataclass(slots=True)
class Checked:
    """What a check went through: how many seals and rows, the newest seal, and every fault, the first first.

    late: rows that say they are at least `LATE` older than the seal before theirs. No fault in itself (an act may be
    written down late, as a long delivery is), but each is one to ask about.
    """

    seals: int = 0
    rows: int = 0
    newest: Seal | None = None
    late: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings


def row_digest(row: Row, version: int = VERSION) -> bytes:
    """The digest of a row: each field by its name and length, so that no two rows are written alike.

    >>> row_digest({"id": "1", "act": "ab"}) == row_digest({"id": "1", "act": "a", "about": "b"})
    False
    """
    parts = [f"nightlight audit row {version}\n".encode()]
    for name in FIELDS[version]:
        value = row.get(name)
        text = b"" if value is None else value.encode()
        parts.append(f"{name} {'-' if value is None else len(text)}\n".encode() + text)
    return hashlib.sha256(b"".join(parts)).digest()


def seal_hash(seal: Seal) -> bytes:
    """The hash of a seal: over its number, moment, the hash before it, and each row with its digest."""
    head = f"nightlight audit seal {seal.version}\n{seal.number}\n{seal.sealed}\n{seal.before.hex()}\n"
    lines = (f"{row} {digest.hex()}\n" for row, digest in zip(seal.rows, seal.digests, strict=True))
    return hashlib.sha256((head + "".join(lines)).encode()).digest()


def close(
    *,
    before: Seal | None,
    ids: Sequence[int],
    rows: Sequence[Row],
    sealed: str,
    key: str,
    sign: Callable[[bytes], bytes],
) -> Seal:
    """The next seal of a chain, over the rows of these ids.

    A row that is to be sealed and is not there was dropped before its time: its digest is `GONE`, for ever missing.
    """
    digests = {int(row["id"] or 0): row_digest(row) for row in rows}
    seal = Seal(
        number=before.number + 1 if before else 1,
        sealed=sealed,
        before=before.hash if before else NOTHING_BEFORE,
        rows=tuple(ids),
        digests=tuple(digests.get(id_, GONE) for id_ in ids),
        key=key,
    )
    seal = replace(seal, hash=seal_hash(seal))
    return replace(seal, signature=sign(seal.message()))


def check(links: Iterable[tuple[Seal, Sequence[Row]]], verify: Verify) -> Checked:
    """Go through seals in their order, each with the rows that stand where its rows should."""
    checked = Checked()
    for seal, rows in links:
        checked.findings += _seal_faults(seal, checked.newest, verify)
        checked.findings += _row_faults(seal, rows)
        if checked.newest:
            checked.late += _late(checked.newest, rows)
        checked.seals += 1
        checked.rows += len(rows)
        checked.newest = seal
    return checked


def checkpoint_faults(checkpoint: Checkpoint, found: Mapping[int, bytes], verify: Verify) -> Iterator[Finding]:
    """What a checkpoint shows about a chain, whose hashes are given by seal number."""
    number = checkpoint.number
    seal = Seal(number=number, sealed=checkpoint.sealed, before=b"", rows=(), digests=(), hash=checkpoint.hash)
    if not verify(checkpoint.key, seal.message(), checkpoint.signature):
        yield Finding(Fault.SIGNATURE, number, None, f"The checkpoint of seal {number} is not signed by a key given.")
    elif number not in found:
        last = max(found, default=0)
        yield Finding(
            Fault.CUT_SHORT,
            number,
            None,
            f"The log ends at seal {last}; a checkpoint shows that seal {number} was there.",
        )
    elif found[number] != checkpoint.hash:
        yield Finding(
            Fault.OTHER_HISTORY, number, None, f"Seal {number} is not the one that its checkpoint was made of."
        )


def read_checkpoint(line: str) -> Checkpoint:
    """A checkpoint from its line; `ValueError` says what was expected."""
    words = line.split()
    try:
        name, number, sealed, hash_, key, signature = words
        if name != "nightlight-audit-1":
            raise ValueError
        return Checkpoint(int(number), sealed, bytes.fromhex(hash_), key, bytes.fromhex(signature))
    except ValueError:
        raise ValueError(
            "a checkpoint is one line: nightlight-audit-1 NUMBER MOMENT HASH KEY SIGNATURE, as "
            "`nightlight audit checkpoint` prints it"
        ) from None


def _seal_faults(seal: Seal, before: Seal | None, verify: Verify) -> Iterator[Finding]:
    number, expected = seal.number, before.number + 1 if before else 1
    if number != expected:
        fault = Fault.SEAL_MISSING if number > expected else Fault.REORDERED
        yield Finding(fault, expected, None, f"Seal {expected} is not where it should be: seal {number} stands there.")
    elif seal.before != (before.hash if before else NOTHING_BEFORE):
        yield Finding(Fault.SEAL_ALTERED, number, None, f"Seal {number} does not follow from the one before it.")
    if len(seal.rows) != len(seal.digests) or seal.version not in FIELDS or seal.hash != seal_hash(seal):
        yield Finding(Fault.SEAL_ALTERED, number, None, f"Seal {number} was altered: its hash is of something else.")
        return
    signed = verify(seal.key, seal.message(), seal.signature)
    if signed is None:
        yield Finding(Fault.UNKNOWN_KEY, number, None, f"Seal {number} names the key {seal.key}, which was not given.")
    elif not signed:
        yield Finding(Fault.SIGNATURE, number, None, f"The signature of seal {number} is not that of key {seal.key}.")


def _late(before: Seal, rows: Sequence[Row]) -> Iterator[int]:
    """Rows that claim a moment long before a seal in which they should then have been."""
    try:
        latest = (datetime.fromisoformat(before.sealed) - LATE).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:  # altered: that is found by its hash
        return iter(())
    return (int(row["id"] or 0) for row in rows if (row.get("at") or "") < latest)


def _row_faults(seal: Seal, rows: Sequence[Row]) -> Iterator[Finding]:
    """Rows that are not as sealed, in the order of the seal."""
    found = [int(row["id"] or 0) for row in rows]
    by_id = dict(zip(found, rows, strict=True))
    sealed = dict(zip(seal.rows, seal.digests, strict=False))
    for id_, digest in sealed.items():
        if id_ not in by_id:
            yield Finding(Fault.MISSING, seal.number, id_, f"Row {id_} of seal {seal.number} is missing.")
        elif row_digest(by_id[id_], seal.version if seal.version in FIELDS else VERSION) != digest:
            yield Finding(Fault.ALTERED, seal.number, id_, f"Row {id_} of seal {seal.number} was altered.")
    for id_ in found:
        if id_ not in sealed:
            yield Finding(Fault.INSERTED, seal.number, id_, f"Row {id_} stands in seal {seal.number} unsealed.")
    kept = [id_ for id_ in found if id_ in sealed]
    if len(kept) != len(by_id.keys() & sealed.keys()):
        yield Finding(Fault.INSERTED, seal.number, kept[0], f"A row of seal {seal.number} stands there twice.")
    elif kept != [id_ for id_ in sealed if id_ in by_id]:
        first = next(a for a, b in zip(kept, (i for i in sealed if i in by_id), strict=True) if a != b)
        yield Finding(Fault.REORDERED, seal.number, first, f"Row {first} of seal {seal.number} is out of its order.")
