"""Reading ahead: a large file is read in a process of its own while the records before are being kept.

The reader's process knows nothing but the file: no database, no settings. What it yields comes over a pipe in order, a
few hundred at a time. It reads a batch or so ahead of whoever takes them and then waits, so that memory stays flat.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO

from nightlight.domain.records import Record, Rejection
from nightlight.feeds.records import FeedContext, UnreadableFile
from nightlight.feeds.registry import feed_named

WORTH_IT = 16 * 1024 * 1024
"""Bytes from which a process of its own saves more than its start and its pipe cost: a file of several batches."""
AT_ONCE = 400
PARTS_AHEAD = 60
"""So many parts wait in the reader's memory: more than a batch, so that the next is read while one is being kept."""

Item = Record | Rejection
_Part = list[tuple[int, Item]]


class ReaderDied(Exception):
    """The reading process ended before the file did; what was kept stands, and sending the file again adds the rest."""


def read_file(feed_name: str, path: Path, context: FeedContext) -> Iterator[tuple[int, Item]]:
    """Every record and rejection of a file, each with how many bytes of it had been read by then.

    Raises `UnreadableFile` where the feed does, and `ReaderDied`.
    """
    if path.stat().st_size < WORTH_IT:
        yield from _here(feed_name, path, context)
    else:
        yield from _elsewhere(feed_name, path, context)


def _here(feed_name: str, path: Path, context: FeedContext) -> Iterator[tuple[int, Item]]:
    with path.open("rb") as stream:
        for item in feed_named(feed_name).read(stream, context):
            yield stream.tell(), item


def _elsewhere(feed_name: str, path: Path, context: FeedContext) -> Iterator[tuple[int, Item]]:
    reader = subprocess.Popen(
        [sys.executable, "-m", "nightlight.feeds.ahead"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with reader:
        if reader.stdin is None or reader.stdout is None:
            raise ReaderDied(f"{path.name}: its reader could not be started.")
        try:
            with contextlib.suppress(BrokenPipeError):  # it died at once: what it sends, nothing, says so
                pickle.dump((feed_name, path, context), reader.stdin)
                reader.stdin.close()
            while part := _receive(reader.stdout, path):
                yield from part
        finally:
            reader.kill()


def _receive(pipe: IO[bytes], path: Path) -> _Part:
    """The next part; our own process wrote it, so that unpickling it trusts nobody else."""
    try:
        part: _Part | UnreadableFile = pickle.load(pipe)  # noqa: S301
    except (EOFError, pickle.UnpicklingError):
        raise ReaderDied(f"{path.name}: its reader stopped before the end of the file. Send the file again.") from None
    if isinstance(part, UnreadableFile):
        raise part
    return part


def _send(pipe: IO[bytes], feed_name: str, path: Path, context: FeedContext) -> None:
    """What the reading process does: an empty part is the end of the file."""
    found = _here(feed_name, path, context)
    parts: Queue[bytes | None] = Queue(PARTS_AHEAD)
    sender = Thread(target=_write, args=(parts, pipe), daemon=True)  # a fault while reading ends the process
    sender.start()
    try:
        while part := list(islice(found, AT_ONCE)):
            parts.put(pickle.dumps(part, protocol=5))
        parts.put(pickle.dumps([], protocol=5))
    except UnreadableFile as error:
        parts.put(pickle.dumps(error, protocol=5))
    parts.put(None)
    sender.join()


def _write(parts: Queue[bytes | None], pipe: IO[bytes]) -> None:
    while (part := parts.get()) is not None:
        pipe.write(part)
    pipe.flush()


if __name__ == "__main__":
    _send(sys.stdout.buffer, *pickle.load(sys.stdin.buffer))  # noqa: S301 from the process that started this one
