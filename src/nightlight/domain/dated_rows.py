"""Dated rows of other things than clocks: read with their dates, and a partnership's own laid over the package's.

A row of the partnership's own may be stricter than the one it is laid over and never looser; which that is, each kind
of row says for itself. What began under an old row keeps it, so no row is ever changed: one ends, the next begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from nightlight.domain.documents import Document, DocumentError, Item
from nightlight.domain.rule_rows import at_least, date_at
from nightlight.domain.rule_types import SECTIONS, Force, Grade, RulesError


class Held(Protocol):
    """What holds from one date in London to another, or until something ends it."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


class Dated(Held, Protocol):
    """A dated version of something."""

    @property
    def version(self) -> int: ...
    @property
    def force(self) -> Force: ...


T = TypeVar("T")
D = TypeVar("D", bound=Dated)


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A row, and where it stands in its file."""

    row: T
    document: Document
    item: Item

    def refuse(self, key: str, expected: str) -> None:
        """Note what is wrong with the value at a key, or with its being left out."""
        found = (self.item.mapping or {}).get(key)
        self.document.refuse(found or self.item, expected, "" if found else key)


def documents_of(source: Path | str, name: str) -> list[Document]:
    """YAML text, a file, or every `.yaml` of a folder; raises `RulesError` for what is no YAML."""
    try:
        if isinstance(source, str):
            return [Document.parse(source, name)]
        return [Document.read(path) for path in (sorted(source.glob("*.yaml")) if source.is_dir() else [source])]
    except DocumentError as error:
        raise RulesError(list(error.mistakes)) from None


def section(documents: Iterable[Document], name: str) -> list[tuple[Document, Item]]:
    """The items under one heading of these files, which may hold the others too."""
    tops = [(document, document.only(document.root, dict.fromkeys(SECTIONS, False))) for document in documents]
    return [(document, item) for document, top in tops for item in document.items(top.get(name))]


def checked(documents: Iterable[Document]) -> None:
    """Raise every mistake that was found in these files."""
    if mistakes := [mistake for document in documents for mistake in document.mistakes]:
        raise RulesError(mistakes)


def dates(document: Document, item: Item) -> dict[str, Any]:
    """version, valid_from and valid_to of a row."""
    since, until = date_at(document, item, "valid_from"), date_at(document, item, "valid_to")
    if since and until and until < since:
        document.refuse((item.mapping or {})["valid_to"], "a date on or after valid_from")
    return {"version": at_least(document, item, "version", 1), "valid_from": since or date.min, "valid_to": until}


def evidence(document: Document, item: Item) -> dict[str, Any]:
    """source, grade and force of a row: where it was read, how surely, and what binds people to it."""
    return {
        "source": document.words(item, "source"),
        "grade": Grade(document.one_of(item, "grade", tuple(Grade), Grade.UNVERIFIED)),
        "force": Force(document.one_of(item, "force", tuple(Force), Force.HUB)),
    }


def in_force_on(row: Held, day: date) -> bool:
    """Whether this version holds on that date in London."""
    return row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)


def overlap(one: Held, other: Held) -> bool:
    """Whether there is a day on which both are in force."""
    return one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max)


def apart(placed: Sequence[Placed[D]], code: Callable[[D], str]) -> None:
    """Refuse rows of one file or folder that leave it open which is meant: a version twice, or two on one day."""
    for index, each in enumerate(placed):
        for other in (before.row for before in placed[:index] if code(before.row) == code(each.row)):
            if other.version == each.row.version:
                each.refuse("version", "each version of one thing once")
            if overlap(other, each.row):
                each.refuse("valid_from", "no other row of the same thing in force on the same day: end it by valid_to")


def lay_over(
    own: Sequence[Placed[D]], base: Iterable[D], code: Callable[[D], str], *, name: str,
    looser: Callable[[Placed[D], D], None], may_add: bool = False,
) -> None:  # fmt: skip
    """Refuse what a partnership may not lay over the package's rows. name: the key that names what a row is of.

    looser: notes (`Placed.refuse`) where the row is looser than one that it would hold instead of.
    """
    rows = list(base)
    apart(own, code)
    for each in own:
        theirs = [row for row in rows if code(row) == code(each.row)]
        if not theirs and not may_add:
            each.refuse(name, f"one of {', '.join(dict.fromkeys(map(code, rows)))}")
        if each.row.force not in (Force.LOCAL, Force.HUB):
            each.refuse("force", "local or hub: a row of your own is no law")
        if any(row.version == each.row.version for row in theirs):
            each.refuse("version", "a version of its own: this one is the package's")
        for row in theirs:
            if overlap(row, each.row):
                looser(each, row)
