"""What every writer is given, and files that stay open only while they are written to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BufferedWriter
from pathlib import Path
from random import Random
from typing import Protocol

from nightlight.sample.dirt import Dirt, Written, as_written
from nightlight.sample.happenings import Happening
from nightlight.sample.organisations import Delivery
from nightlight.sample.population import Family, Person

_OPEN_AT_ONCE = 64


class Files:
    """Append to many files by relative path, a few open at a time: thousands of schools must not need thousands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: OrderedDict[str, BufferedWriter] = OrderedDict()
        self.started: dict[str, None] = {}

    def append(self, path: str, data: bytes) -> None:
        handle = self._open.get(path)
        if handle is None:
            handle = self._opened(path)
        self._open.move_to_end(path)
        handle.write(data)

    def _opened(self, path: str) -> BufferedWriter:
        while len(self._open) >= _OPEN_AT_ONCE:
            self._open.popitem(last=False)[1].close()
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = target.open("ab" if path in self.started else "wb")
        self.started[path] = None
        self._open[path] = handle
        return handle

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def cut_last_line(self, path: str) -> None:
        """Break the file off in the middle of its last line, as an interrupted transfer does."""
        self.close()
        with (self.folder / path).open("rb+") as file:
            file.seek(0, 2)
            end = file.tell()
            file.seek(max(0, end - 4096))
            tail = file.read()
            last = tail.rstrip(b"\n").rfind(b"\n") + 1
            file.truncate(end - len(tail) + last + max(1, (len(tail) - last) // 4))


@dataclass(slots=True)
class Setting:
    """One making of a sample: the folder's files, the seed, the last day, and the dirt and refusals counted so far.

    refused: how many records each feed's reader is meant to refuse. outside: how many are of children out of scope.
    truth: every source id with the true one.
    """

    files: Files
    seed: int
    until: date
    years: int
    register_years: float
    dirt: Dirt = field(default_factory=Dirt)
    refused: dict[str, int] = field(default_factory=dict)
    outside: dict[str, int] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    truth: list[tuple[str, str, str]] = field(default_factory=list)
    shared_numbers: dict[str, str] = field(default_factory=dict)
    _written: dict[tuple[str, str], Written] = field(default_factory=dict)

    def rng(self, *parts: object) -> Random:
        """A stream of chance of its own for what these parts name."""
        return Random("/".join(map(str, (self.seed, *parts))))  # noqa: S311 - play, not secrets

    def refuse(self, feed: str, times: int = 1) -> None:
        self.refused[feed] = self.refused.get(feed, 0) + times

    def count(self, feed: str, times: int = 1) -> None:
        self.records[feed] = self.records.get(feed, 0) + times

    def written(
        self, person: Person, family: Family, *, system: str, feed: str, identified: str = "", tell: bool = True
    ) -> Written:
        """The person as this source has them: the same every time, and told to the truth once.

        tell: False where the source names people otherwise than by `source_id`, and its writer tells the truth itself.
        """
        key = (system, person.true_id)
        if key not in self._written:
            self._written[key] = as_written(
                person, family, system=system, feed=feed, seed=self.seed, day=self.until, dirt=self.dirt,
                identified=identified,
            )  # fmt: skip
            if tell:
                self.truth.append((system, self._written[key].source_id, person.true_id))
        return self._written[key]

    def forget(self) -> None:
        """A family is done: memory stays flat."""
        self._written.clear()
        self.truth.clear()


class Writer(Protocol):
    """A feed's writer: families one after another, then the deliveries that it made."""

    feed: str

    def carries(self, happening: Happening) -> bool:
        """Whether this feed's format has a place for such a fact."""

    def family(self, family: Family, happenings: Sequence[Happening]) -> None:
        """Write what this feed's agencies would record of a family."""

    def finish(self) -> list[Delivery]:
        """Close up and say what is to be ingested, in order."""


def person_of(family: Family, true_id: str) -> Person:
    return next(person for person in family.people() if person.true_id == true_id)
