"""Tables in CSV, read as a stream: columns by name, rows with their line numbers, broken rows as rejections.

One line, one field and one quoted text are bounded, so memory stays flat whatever the file holds. This module must not
know what any column means; and it prints no cell, because a cell is about a child.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

import orjson

from nightlight.feeds.looks import HEAD, looks_like, opened
from nightlight.feeds.records import LONGEST_RAW, Rejection, UnreadableFile

DELIMITERS = ",;\t"
_SHOWN = 40
"""Column names listed, and letters of each, in a message."""


class Row(NamedTuple):
    """One row: the line of the file on which it starts, its cells (as many as there are columns), its bytes."""

    line: int
    cells: list[str]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV whose header has been read; `rows` reads the rest once, as it comes.

    >>> import io
    >>> table = open_table(io.BytesIO(b"UPN;Mark\\nA1;/\\nA2\\n"))
    >>> table.columns
    ('UPN', 'Mark')
    >>> [str(row) if isinstance(row, Rejection) else row.cells for row in table.rows]
    [['A1', '/'], 'line 3: row: expected 2 columns, as in the header; this row has 1']
    """

    columns: tuple[str, ...]
    delimiter: str
    rows: Iterator[Row | Rejection]


def named_columns(columns: tuple[str, ...]) -> list[str]:
    """What to call each column of a record that is kept: its name; of one that is there twice, its place as well.

    >>> named_columns(("UPN", "", "UPN"))
    ['UPN', ' (column 2)', 'UPN (column 3)']
    """
    return [
        name if name and columns.index(name) == place else f"{name} (column {place + 1})"
        for place, name in enumerate(columns)
    ]


def by_columns(names: Sequence[str], row: Row) -> bytes:
    """A row by its column names, as it is kept: the order of an export's columns makes no new version of it.

    Whoever it is about reads by them what each cell is.
    """
    cells = {name: cell.strip() for name, cell in zip(names, row.cells, strict=True) if cell.strip()}
    return orjson.dumps(cells, option=orjson.OPT_SORT_KEYS)


def position(line: int) -> str:
    """Where a row stands, as people say it.

    >>> position(14)
    'line 14'
    """
    return f"line {line}"


def open_table(stream: BinaryIO, *, longest: int = LONGEST_RAW) -> Table:
    """Read the header (comma, semicolon or tab, whichever it uses most) and give the rows as a stream.

    Raises `UnreadableFile` for another format, an empty file, or a header that is not UTF-8.
    """
    head, chunks = opened(stream)
    lines = Lines(chunks, longest)
    if (what := looks_like(head)) != "":
        raise UnreadableFile(f"this looks like {what}; expected CSV: one header line of column names, then rows.")
    first = _header_line(lines)
    delimiter = max(DELIMITERS, key=_outside_quotes(first).count)
    columns = tuple(name.strip() for name in next(csv.reader([first], delimiter=delimiter), []))
    return Table(columns, delimiter, _rows(lines, delimiter, len(columns)))


def missing_columns(table: Table, missing: Iterable[str], known: Iterable[str]) -> UnreadableFile:
    """The refusal of a file without a column that it needs: names it, and lists the columns that were found.

    They are listed only where one is a known name: a file without a header starts with a child, not with columns.
    """
    wanted = ", ".join(missing)
    return UnreadableFile(f"no column {wanted} in the header; {_found(table.columns, known)}.")


def _found(columns: Sequence[str], known: Iterable[str]) -> str:
    folded = {name.casefold() for name in known}
    if len(columns) == 1:
        return "it is one column: expected columns separated by commas, semicolons or tabs"
    if not any(name.casefold() in folded for name in columns):
        return f"none of its {len(columns)} columns is known here: expected a header line of column names first"
    return "found " + ", ".join(name[:_SHOWN] for name in columns[:_SHOWN])


class Lines:
    """Lines of a stream without their newline, numbered, each bounded; a line can be put back to be read again."""

    def __init__(self, chunks: Iterable[bytes], longest: int) -> None:
        self._longest = longest
        self._lines: deque[tuple[int, bytes, bool]] = deque()
        self._source = self._cut(chunks)

    def __iter__(self) -> Iterator[tuple[int, bytes, bool]]:
        return self

    def __next__(self) -> tuple[int, bytes, bool]:
        """(number, bytes, whether it was too long to hold: then only its beginning)."""
        return self._lines.popleft() if self._lines else next(self._source)

    def put_back(self, lines: Sequence[tuple[int, bytes, bool]]) -> None:
        self._lines.extendleft(reversed(lines))

    def _cut(self, chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes, bool]]:
        number, kept, size = 1, [b""], 0
        for chunk in chunks:
            first, *rest = chunk.split(b"\n")
            size = self._keep(kept, size, first)
            if rest:
                yield number, b"".join(kept), size > self._longest
                for line in rest[:-1]:
                    number += 1
                    yield number, line[: self._longest], len(line) > self._longest
                number, kept, size = number + 1, [rest[-1]], len(rest[-1])
        if size:
            yield number, b"".join(kept), size > self._longest

    def _keep(self, kept: list[bytes], size: int, piece: bytes) -> int:
        """Past the bound only the size is remembered: a line of 2 GB must not be in memory."""
        if size <= self._longest:
            kept.append(piece[: self._longest - size])
        return size + len(piece)


def _header_line(lines: Lines) -> str:
    for _number, line, too_long in lines:
        if too_long:
            raise UnreadableFile("the first line is longer than any header; expected CSV with a header line.")
        if line.strip():
            return _decoded_header(line)
    raise UnreadableFile("this looks like an empty file; expected CSV: one header line of column names, then rows.")


def _decoded_header(line: bytes) -> str:
    try:
        text = line.decode("utf-8").rstrip("\r")
    except UnicodeDecodeError:
        raise UnreadableFile(
            "the header is not UTF-8; expected CSV in UTF-8 (in Excel: save as 'CSV UTF-8')."
        ) from None
    if "\r" in text:
        raise UnreadableFile("its lines end in a carriage return alone; expected a line feed at the end of each line.")
    return text


def _outside_quotes(text: str) -> str:
    return "".join(text.split('"')[::2])


def _rows(lines: Lines, delimiter: str, width: int) -> Iterator[Row | Rejection]:
    for number, line, too_long in lines:
        if b'"' in line or too_long or b"\0" in line:
            row = _awkward_row(lines, number, line, too_long, delimiter)
        else:
            row = _plain_row(number, line, delimiter)
        if isinstance(row, Rejection):
            yield row
        elif len(row.cells) == width:
            yield row
        elif any(map(str.strip, row.cells)):
            yield _of_width(row, width)


def _plain_row(number: int, line: bytes, delimiter: str) -> Row | Rejection:
    try:
        return Row(number, line.decode("utf-8").rstrip("\r").split(delimiter), line)
    except UnicodeDecodeError:
        return _not_utf8(number, line)


def _of_width(row: Row, width: int) -> Row | Rejection:
    if len(row.cells) > width and not any(map(str.strip, row.cells[width:])):
        return Row(row.line, row.cells[:width], row.raw)
    expected = f"{width} columns, as in the header; this row has {len(row.cells)}"
    return Rejection(position=position(row.line), field="row", code="columns", expected=expected, raw=row.raw)


def _not_utf8(number: int, raw: bytes) -> Rejection:
    expected = "text in UTF-8 (in Excel: save as 'CSV UTF-8')"
    return Rejection(position=position(number), field="row", code="not_utf8", expected=expected, raw=raw)


def _awkward_row(lines: Lines, number: int, line: bytes, too_long: bool, delimiter: str) -> Row | Rejection:
    where = position(number)
    if too_long:
        expected = f"a line of at most {LONGEST_RAW:,} bytes"
        return Rejection(position=where, field="row", code="too_long", expected=expected, raw=line[:HEAD])
    if b"\0" in line:
        return Rejection(position=where, field="row", code="nul_byte", expected="text without NUL bytes", raw=line)
    return _quoted_row(lines, number, line, delimiter)


def _quoted_row(lines: Lines, number: int, line: bytes, delimiter: str) -> Row | Rejection:
    """A row with quotation marks, which may go on over several lines.

    One that is never closed would swallow the rest of the file: then its line is refused and the next is a row again.
    """
    more = _More(lines, number, line)
    try:
        cells = next(csv.reader(more, delimiter=delimiter), [])
        closed = not more.ran_out
    except csv.Error:  # a field longer than the csv module's bound, or a stray carriage return
        closed = False
    if closed:
        return Row(number, cells, more.raw()) if more.is_utf8 else _not_utf8(number, more.raw())
    lines.put_back(more.taken[1:])
    expected = "a quotation mark that is closed in the same row"
    return Rejection(position=position(number), field="row", code="unclosed_quote", expected=expected, raw=line)


class _More:
    """The lines that csv.reader asks for to finish one row, remembered; `ran_out` when there was none to give."""

    def __init__(self, lines: Lines, number: int, line: bytes) -> None:
        self._lines = lines
        self.taken: list[tuple[int, bytes, bool]] = [(number, line, False)]
        self._given = 0
        self.ran_out = False
        self.is_utf8 = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._given:
            self._take()
        self._given += 1
        text = self._decoded(self.taken[-1][1])
        return (text[:-1] if text.endswith("\r") else text) + "\n"

    def _take(self) -> None:
        line = next(self._lines, None)
        if line is None or line[2] or b"\0" in line[1]:
            self.ran_out = True
            if line is not None:
                self._lines.put_back([line])
            raise StopIteration
        self.taken.append(line)

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.is_utf8 = False
            return line.decode("utf-8", "replace")

    def raw(self) -> bytes:
        return b"\n".join(line for _number, line, _too_long in self.taken)
