"""An encrypted file of any length, written and read in pieces: what a backup is kept in.

AES-256-GCM over pieces of a megabyte, under a key drawn for this file from a data key. A piece's place and whether it
is the last are authenticated: pieces can't be changed, dropped, repeated or put in another order, and an end that is
missing is found.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from nightlight.store.keys.keyring import Key, Keyring

MAGIC = b"NIGHTLIGHT SEALED FILE 1\n"
PIECE = 1 << 20
_LENGTH = 4
_LONGEST_HEAD = 10_000


class NotASealedFile(Exception):
    """The file can't be opened; the message says why and what to do.

    NotASealedFile
    ├── CutShort   its end is missing
    └── Changed    a piece of it was changed
    """


class CutShort(NotASealedFile):
    """See `NotASealedFile`."""


class Changed(NotASealedFile):
    """See `NotASealedFile`."""


class Writer:
    """Writes pieces as they fill. Without `finish` the file has no end, and no reader takes it for whole."""

    def __init__(self, file: IO[bytes], key: Key, about: Mapping[str, Any]) -> None:
        head = json.dumps({**about, "key": key.id, "salt": secrets.token_hex(32)}).encode() + b"\n"
        file.write(MAGIC + head)
        self._file, self._held, self._number = file, bytearray(), 0
        self._cipher, self._bound = _cipher(key, head), hashlib.sha256(head).digest()

    def write(self, data: bytes) -> None:
        self._held += data
        while len(self._held) > PIECE:
            self._put(bytes(self._held[:PIECE]), last=False)
            del self._held[:PIECE]

    def finish(self) -> None:
        """Write what is held as the last piece."""
        self._put(bytes(self._held), last=True)

    def _put(self, piece: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number), piece, self._bound + bytes([last]))
        self._file.write(bytes([last]) + len(sealed).to_bytes(_LENGTH, "big") + sealed)
        self._number += 1


def head_of(file: IO[bytes]) -> Mapping[str, Any]:
    """What the file says of itself before anything is opened: the key's id, and what its writer put there."""
    return _head(file)[1]


def pieces(file: IO[bytes], ring: Keyring) -> Iterator[bytes]:
    """Each piece opened, in order; raises at the first that is not as it was written."""
    head, said = _head(file)
    cipher, bound = _cipher(ring.data_key(str(said["key"])), head), hashlib.sha256(head).digest()
    number, last = 0, False
    while not last:
        mark = file.read(1 + _LENGTH)
        sealed = file.read(int.from_bytes(mark[1:], "big")) if len(mark) == 1 + _LENGTH else b""
        if len(mark) < 1 + _LENGTH or len(sealed) < int.from_bytes(mark[1:], "big"):
            raise CutShort("the file ends before its last part: it was cut short. Use another copy of it.")
        last = mark[0] == 1
        try:
            yield cipher.decrypt(_nonce(number), sealed, bound + mark[:1])
        except InvalidTag:
            raise Changed(
                f"part {number + 1} of the file was changed since it was written. Use another copy."
            ) from None
        number += 1
    if file.read(1):
        raise Changed("something was added after the end of the file. Use another copy of it.")


def _head(file: IO[bytes]) -> tuple[bytes, Mapping[str, Any]]:
    file.seek(0)
    if file.read(len(MAGIC)) != MAGIC:
        raise NotASealedFile("this is no backup. Expected a file that `nightlight backup FILE` wrote.")
    head = file.readline(_LONGEST_HEAD)
    try:
        said = json.loads(head)
        bytes.fromhex(said["salt"]), str(said["key"])
    except (ValueError, KeyError, TypeError):
        raise CutShort("the head of the backup can't be read: it was cut short or changed. Use another copy.") from None
    return head, said


def _cipher(key: Key, head: bytes) -> AESGCM:
    salt = bytes.fromhex(json.loads(head)["salt"])
    return AESGCM(HKDF(hashes.SHA256(), 32, salt, b"nightlight sealed file 1").derive(key.secret))


def _nonce(number: int) -> bytes:
    """The piece's number: the key is the file's own, so none is used twice."""
    return number.to_bytes(12, "big")
