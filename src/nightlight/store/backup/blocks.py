"""A stream of named blocks, compressed: how the tables of a backup follow each other. It knows no database."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

_LENGTH = 4
_LONGEST = 1 << 28


class NotBlocks(Exception):
    """What was opened is not what a backup holds."""


class Sink(Protocol):
    def write(self, data: bytes) -> None: ...


class BlockWriter:
    """Writes blocks: what each is about, then its data in pieces."""

    def __init__(self, sink: Sink) -> None:
        self._sink, self._squeeze = sink, zlib.compressobj(1)

    def block(self, about: Mapping[str, Any], data: Iterable[bytes] = ()) -> None:
        self._piece(json.dumps(about).encode())
        for piece in data:
            if piece:
                self._piece(piece)
        self._piece(b"")

    def finish(self) -> None:
        self._sink.write(self._squeeze.flush())

    def _piece(self, data: bytes) -> None:
        self._sink.write(self._squeeze.compress(len(data).to_bytes(_LENGTH, "big") + data))


class BlockReader:
    """Reads blocks back. The data of each must be read before the next is asked for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._spread, self._held = iter(pieces), zlib.decompressobj(), bytearray()

    def blocks(self) -> Iterator[tuple[dict[str, Any], Iterator[bytes]]]:
        while (about := self._piece()) is not None:
            data = self._data()
            yield json.loads(about), data
            for _ in data:
                pass

    def _data(self) -> Iterator[bytes]:
        while piece := self._piece():
            yield piece

    def _piece(self) -> bytes | None:
        head = self._take(_LENGTH)
        if head is None:
            return None
        length = int.from_bytes(head, "big")
        body = self._take(length) if length <= _LONGEST else None
        if body is None:
            raise NotBlocks("the backup can't be read: what it holds is not what a backup holds.")
        return body

    def _take(self, length: int) -> bytes | None:
        while len(self._held) < length:
            more = next(self._pieces, None)
            if more is None:
                if self._held:
                    raise NotBlocks("the backup can't be read: what it holds ends in the middle.")
                return None
            try:
                self._held += self._spread.decompress(more)
            except zlib.error:
                raise NotBlocks("the backup can't be read: what it holds is not what a backup holds.") from None
        taken = bytes(self._held[:length])
        del self._held[:length]
        return taken
