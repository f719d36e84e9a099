"""The key file: made once, readable by its owner only, never in the database and never in a backup.

Two kinds: data keys seal sensitive columns and backups, signing keys sign the audit log. Of each the newest is used;
older ones stay, to open what they sealed, until `nightlight keys rotate` has left nothing for them to open.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class KeysError(Exception):
    """The key file can't be used, or a key is not in it; the message says what to do.

    KeysError
    ├── KeysMissing   there is no such file, or it lacks a key that the database or a backup needs
    └── KeysUnsafe    others on this machine could read it
    """


class KeysMissing(KeysError):
    """See `KeysError`."""


class KeysUnsafe(KeysError):
    """See `KeysError`."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its id (drawn from the key, so that no two share one), when it was made, and its 32 bytes."""

    id: str
    made: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id})"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of a file, oldest first."""

    data: tuple[Key, ...]
    signing: tuple[Key, ...]

    @property
    def current(self) -> Key:
        """What new values are sealed with."""
        return self.data[-1]

    @property
    def signer(self) -> Key:
        """What new seals of the audit log are signed with."""
        return self.signing[-1]

    def data_key(self, id_: str) -> Key:
        """A data key by its id, or `KeysMissing`."""
        for key in self.data:
            if key.id == id_:
                return key
        raise KeysMissing(
            f"this was encrypted with the key {id_}, which is not in the key file. Put back the key file that was in "
            "use when it was written (NIGHTLIGHT_KEYS)."
        )

    def public_keys(self) -> Mapping[str, bytes]:
        """The public half of each signing key."""
        return MappingProxyType({key.id: _public(key.secret) for key in self.signing})


def new_data_key(now: datetime) -> Key:
    """A fresh data key."""
    secret = secrets.token_bytes(32)
    return Key("d" + _name(b"nightlight data key\n" + secret), now.date().isoformat(), secret)


def new_signing_key(now: datetime) -> Key:
    """A fresh Ed25519 signing key; its id is drawn from its public half, so that anybody can check it."""
    secret = secrets.token_bytes(32)
    return Key(signing_id(_public(secret)), now.date().isoformat(), secret)


def signing_id(public: bytes) -> str:
    """The id of a signing key, from its public half."""
    return "s" + _name(b"nightlight signing key\n" + public)


def sign(key: Key, message: bytes) -> bytes:
    """The signature of a message."""
    return Ed25519PrivateKey.from_private_bytes(key.secret).sign(message)


def verifier(public: Mapping[str, bytes]):
    """A function (key id, message, signature) -> whether it is that key's; None for a key that is not among these."""
    known = {id_: Ed25519PublicKey.from_public_bytes(each) for id_, each in public.items() if id_ == signing_id(each)}

    def verify(id_: str, message: bytes, signature: bytes) -> bool | None:
        if id_ not in known:
            return None
        try:
            known[id_].verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify


def read(path: Path) -> Keyring:
    """The keys of a file; refuses one that others on the machine could read."""
    try:
        if path.stat().st_mode & 0o077:
            raise KeysUnsafe(f"the key file {path} can be read by others on this machine. Run: chmod 600 {path}")
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise KeysMissing(
            f"there is no key file {path}. Put it back from where it is kept, or, for a new installation only, make "
            "one: nightlight keys make"
        ) from None
    try:
        kept = json.loads(text)
        ring = Keyring(*(tuple(_key(each) for each in kept[kind]) for kind in ("data", "signing")))
    except (ValueError, KeyError, TypeError):
        ring = None
    if ring is None or not ring.data or not ring.signing:
        raise KeysError(f"the key file {path} can't be read. Expected the JSON that `nightlight keys make` writes.")
    return ring


def make(path: Path, now: datetime) -> Keyring:
    """A new key file; where another process made one at the same moment, that one. Never writes over a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, Keyring((new_data_key(now),), (new_signing_key(now),)))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return read(path)


def write(path: Path, ring: Keyring) -> None:
    """Put these keys in place of those of the file: the old file or the new one, never half."""
    _draft(path, ring).replace(path)


def with_new(ring: Keyring, now: datetime) -> Keyring:
    """The ring with a fresh data key and a fresh signing key at its end."""
    return replace(ring, data=(*ring.data, new_data_key(now)), signing=(*ring.signing, new_signing_key(now)))


def _draft(path: Path, ring: Keyring) -> Path:
    kept = {"data": [_as_json(key) for key in ring.data], "signing": [_as_json(key) for key in ring.signing]}
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(kept, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return draft


def _as_json(key: Key) -> dict[str, str]:
    return {"id": key.id, "made": key.made, "secret": base64.b64encode(key.secret).decode()}


def _key(kept: Any) -> Key:
    key = Key(str(kept["id"]), str(kept["made"]), base64.b64decode(kept["secret"], validate=True))
    if len(key.secret) != 32:
        raise ValueError("a key has 32 bytes")
    return key


def _public(secret: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _name(of: bytes) -> str:
    return hashlib.sha256(of).hexdigest()[:10]
