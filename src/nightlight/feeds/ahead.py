"""Reading ahead: large files are read in a process of its own while the records before are being kept.

The reader's process knows nothing but the files: no database, no settings. What it yields comes over a pipe in order, a
few hundred at a time. It reads a batch or so ahead of whoever takes them and then waits, so that memory stays flat.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO

from nightlight.domain.records import Record, Rejection
from nightlight.feeds import crossing
from nightlight.feeds.records import FeedContext, UnreadableFile
from nightlight.feeds.registry import feed_named

WORTH_IT = 4 * 1024 * 1024
"""Bytes, of all the files, from which a process of its own saves more than its start and its pipe cost."""
AT_ONCE = 400
PARTS_AHEAD = 160
"""So many parts wait in the reader's memory: a batch, so that the next is read while one is being kept."""

Item = Record | Rejection


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to read: by which feed, where it is, and what its reader is told."""

    feed: str
    path: Path
    context: FeedContext


@dataclass(frozen=True, slots=True)
class Read:
    """The next record or rejection of the file at this place in the list, and how much of it was read by then.

    An `UnreadableFile` is the last of its file: it can't be read, or not any further. None is the file's end.
    """

    file: int
    bytes: int
    item: Item | UnreadableFile | None


class ReaderDied(Exception):
    """The reading process ended before the files did; what was kept stands, and sending them again adds the rest."""


def read_files(files: Sequence[Wanted]) -> Iterator[Read]:
    """What these files hold, one after another. Raises `ReaderDied`."""
    if sum(file.path.stat().st_size for file in files) < WORTH_IT:
        yield from _here(files)
    else:
        yield from _elsewhere(files)


def _here(files: Sequence[Wanted]) -> Iterator[Read]:
    for number, file in enumerate(files):
        with file.path.open("rb") as stream:
            try:
                for item in feed_named(file.feed).read(stream, file.context):
                    yield Read(number, stream.tell(), item)
            except UnreadableFile as error:
                yield Read(number, stream.tell(), error)
            yield Read(number, stream.tell(), None)


def _elsewhere(files: Sequence[Wanted]) -> Iterator[Read]:
    reader = subprocess.Popen(
        [sys.executable, "-m", "nightlight.feeds.ahead"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    at = 0
    with reader:
        if reader.stdin is None or reader.stdout is None:
            raise ReaderDied(f"{files[at].path.name}: its reader could not be started.")
        try:
            with contextlib.suppress(BrokenPipeError):  # it died at once: what it sends, nothing, says so
                pickle.dump(tuple(files), reader.stdin)
                reader.stdin.close()
            while part := _receive(reader.stdout, files[at].path):
                for each in part:
                    at = each[0]
                    yield Read(*each)
        finally:
            reader.kill()


_Plain = tuple[int, int, Item | UnreadableFile | None]
"""A `Read` as it crosses the pipe: a plain tuple costs a third."""


def _receive(pipe: IO[bytes], path: Path) -> list[_Plain]:
    """The next part; our own process wrote it, so that unpickling it trusts nobody else."""
    try:
        part: list[_Plain] = pickle.load(pipe)  # noqa: S301
    except (EOFError, pickle.UnpicklingError):
        raise ReaderDied(f"{path.name}: its reader stopped before the end of the file. Send the file again.") from None
    return part


def _send(pipe: IO[bytes], files: Sequence[Wanted]) -> None:
    """What the reading process does: an empty part is the end of the last file."""
    found = ((each.file, each.bytes, each.item) for each in _here(files))
    parts: Queue[bytes | None] = Queue(PARTS_AHEAD)
    sender = Thread(target=_write, args=(parts, pipe), daemon=True)  # a fault while reading ends the process
    sender.start()
    while part := list(islice(found, AT_ONCE)):
        parts.put(pickle.dumps(part, protocol=5))
    parts.put(pickle.dumps([], protocol=5))
    parts.put(None)
    sender.join()


def _write(parts: Queue[bytes | None], pipe: IO[bytes]) -> None:
    while (part := parts.get()) is not None:
        pipe.write(part)
    pipe.flush()


if __name__ == "__main__":
    crossing.plainly()
    _send(sys.stdout.buffer, pickle.load(sys.stdin.buffer))  # noqa: S301 from the process that started this one
