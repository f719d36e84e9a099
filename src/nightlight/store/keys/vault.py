"""Sealing and opening sensitive values with AES-256-GCM, under the keys in use.

A sealed value names its key and carries its nonce; the column that it belongs to is part of what is authenticated, so
that nobody can move a sealed value from one column to another. Values that earlier versions kept in plain are read as
they are (`nightlight keys rotate` seals them). It logs nothing and holds no value.
"""

from __future__ import annotations

import base64
import os
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nightlight.store.keys.keyring import Keyring, KeysError, KeysMissing, read

BYTES = b"\x00NL1"
TEXT = "nl1:"
_ID, _NONCE = 11, 12
_HEAD = len(BYTES) + _ID


class NotOurs(Exception):
    """A sealed value was changed, or belongs to another column. The message names the column, never the value."""


LOOK_EVERY = 2.0
"""Seconds after which a process looks whether its key file was changed, by a rotation in another process."""


@dataclass(slots=True)
class _InUse:
    """The keys in use in this process, the file they came from, and when that was last looked at."""

    ring: Keyring | None = None
    file: Path | None = None
    changed: int = 0
    looked: float = 0.0


_in_use = _InUse()


def use(ring: Keyring, file: Path | None = None) -> None:
    """Seal and open with these keys from now on, in this process; with those of the file, whenever it changes."""
    _in_use.ring, _in_use.file, _in_use.looked = ring, file, time.monotonic()
    _in_use.changed = 0  # it may have changed since it was read: the first look reads it once more
    _cipher.cache_clear()


def file() -> Path | None:
    """Where the keys in use came from; None where they were handed over."""
    return _in_use.file


def keyring() -> Keyring:
    """The keys in use."""
    if _in_use.ring is None:
        raise KeysMissing("no keys are in use: Nightlight reads them when it starts (NIGHTLIGHT_KEYS).")
    if _in_use.file and time.monotonic() - _in_use.looked > LOOK_EVERY:
        _look_again()
    return _in_use.ring


def _look_again() -> None:
    """Read the file anew if it changed. One that is away or broken just now leaves the keys that we have."""
    _in_use.looked = time.monotonic()
    file = _in_use.file
    try:
        if file and (changed := file.stat().st_mtime_ns) != _in_use.changed:
            use(read(file), file)
            _in_use.changed = changed
    except (OSError, KeysError):
        return


def seal(value: bytes, column: str) -> bytes:
    """The value sealed for a column, with the current key."""
    id_ = keyring().current.id
    nonce = os.urandom(_NONCE)
    return b"".join((BYTES, id_.encode(), nonce, _cipher(id_).encrypt(nonce, value, column.encode())))


def unseal(value: bytes, column: str) -> bytes:
    """What was sealed; a value that is not sealed is given back as it is."""
    if not value.startswith(BYTES):
        return value
    id_ = value[len(BYTES) : _HEAD].decode("ascii", "replace")
    nonce, rest = value[_HEAD : _HEAD + _NONCE], value[_HEAD + _NONCE :]
    try:
        return _cipher(id_).decrypt(nonce, rest, column.encode())
    except (InvalidTag, ValueError):
        raise NotOurs(
            f"a sealed value of {column} can't be opened: it was changed, or moved there from elsewhere. "
            "Compare with a backup (nightlight verify, nightlight restore)."
        ) from None


def seal_text(value: str, column: str) -> str:
    """Text sealed for a column of text; empty text stays empty. Refuses what a column of text could not hold."""
    if "\x00" in value:
        raise ValueError(f"{column} can't hold a NUL character")
    return TEXT + base64.b64encode(seal(value.encode(), column)).decode() if value else value


def unseal_text(value: str, column: str) -> str:
    """What `seal_text` sealed."""
    if not value.startswith(TEXT):
        return value
    try:
        sealed = base64.b64decode(value[len(TEXT) :], validate=True)
    except ValueError:
        return value
    return unseal(sealed, column).decode() if sealed.startswith(BYTES) else value


def key_of(value: bytes | str) -> str | None:
    """The id of the key that sealed a value; None for one in plain."""
    if isinstance(value, str):
        if not value.startswith(TEXT):
            return None
        value = base64.b64decode(value[len(TEXT) : len(TEXT) + 20])
    return value[len(BYTES) : _HEAD].decode("ascii", "replace") if value.startswith(BYTES) else None


def mark(id_: str) -> tuple[bytes, str]:
    """What a value sealed with a key begins with, as bytes and as text, for finding those that it did not seal."""
    head = BYTES + id_.encode()
    return head, TEXT + base64.b64encode(head).decode()


@lru_cache(maxsize=64)
def _cipher(id_: str) -> AESGCM:
    try:
        return AESGCM(keyring().data_key(id_).secret)
    except KeysMissing:
        _look_again()  # another process may have made it a moment ago
        return AESGCM(keyring().data_key(id_).secret)
