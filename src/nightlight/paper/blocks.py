"""What a document is made of, whether it becomes a page or a PDF: headings, paragraphs, lists and tables of plain text.

Text is data: nothing in it is markup, for either of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph. strong: it must not be missed (a danger that nothing covers)."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """Points of equal weight."""

    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they are: chair, date, place."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column headings; the first cell of a row says what the row is about."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"every row of a table has its {len(self.columns)} columns: give empty text for none.")


Block = Text | Listed | Facts | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document in English. footer: stands on each page of a PDF, and names no child."""

    title: str
    subtitle: str = ""
    sections: tuple[Section, ...] = ()
    footer: str = ""
    facts: Facts = field(default_factory=lambda: Facts(()))


def data(document: Document) -> dict[str, Any]:
    """A document as plain data: each block with what it is, under `is`.

    >>> data(Document("Record", sections=(Section("Danger", (Text("None was voiced."),)),)))["sections"][0]["blocks"]
    [{'is': 'text', 'text': 'None was voiced.', 'strong': False}]
    """
    whole = asdict(document)
    for section, made in zip(document.sections, whole["sections"], strict=True):
        made["blocks"] = [_block(block) for block in section.blocks]
    return whole


def _block(block: Block) -> dict[str, Any]:
    return {"is": type(block).__name__.lower(), **asdict(block)}


def sections(*given: tuple[str, Sequence[Block]]) -> tuple[Section, ...]:
    """Sections from headings and blocks; one with nothing under it is left out."""
    return tuple(Section(title, tuple(blocks)) for title, blocks in given if blocks)
