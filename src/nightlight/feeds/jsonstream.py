"""JSON read as a stream: one document, a list of them, or one a line, cut into elements that are decoded one by one.

A document of any length is never in memory: one element is, and it is bounded. What is broken or cut short is a
rejection, and the elements before it stand. This module must not know what an element means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, BinaryIO, NamedTuple

import orjson

from nightlight.feeds.csvfile import Lines
from nightlight.feeds.looks import HEAD, looks_like, opened
from nightlight.feeds.records import LONGEST_RAW, Rejection, UnreadableFile

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_STRING_REST = re.compile(rb'(?s)[^"\\]*+(?:\\.[^"\\]*+)*+"')
_IN_ELEMENT = re.compile(rb'(?s)"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]')
_BETWEEN = re.compile(rb'(?s)"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\],]')
_QUOTE = ord('"')
_KEY = 64
"""Bytes before a bracket that are looked at for the name of the list it opens."""


@dataclass(frozen=True, slots=True)
class Item:
    """One element: where it stands, its value, and its bytes as they were sent.

    envelope: the document around the elements, given after them, with their list left empty.
    """

    position: str
    value: Any
    raw: bytes
    envelope: bool = False


def items(stream: BinaryIO, *, member: str = "", longest: int = LONGEST_RAW) -> Iterator[Item | Rejection]:
    """The elements of a JSON file: of a list; one on each line; one document after another.

    With `member`, the elements of that list in the document ("entry" of a FHIR bundle), and then the document itself
    as the envelope. Raises `UnreadableFile`, before it gives anything, for a file that is not JSON at all.

    >>> import io
    >>> bundle = b'{"type": "batch", "entry": [{"id": 1}, {"id": }, {"id": 3}]}'
    >>> for item in items(io.BytesIO(bundle), member="entry"):
    ...     print(item if isinstance(item, Rejection) else item.raw)
    b'{"id": 1}'
    entry 2: document: expected valid JSON in UTF-8
    b'{"id": 3}'
    b'{"type": "batch", "entry": []}'
    """
    head, chunks = opened(stream)
    if (what := looks_like(head)) != "JSON":
        raise UnreadableFile(f"this looks like {what or 'text'}; expected JSON: a document, a list, or one a line.")
    if _is_one_a_line(head):
        return _one_a_line(Lines(chunks, longest), longest)
    return _cut_up(chunks, member, longest)


def _is_one_a_line(head: bytes) -> bool:
    """Whether each line is a document: the second one begins like one, without the indent of a laid-out document."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    first, _, rest = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    return rest.lstrip(b"\r\n").startswith(b"{") and first.strip() != b"{"


def _one_a_line(lines: Lines, longest: int) -> Iterator[Item | Rejection]:
    for number, line, too_long in lines:
        where = f"line {number}"
        if too_long:
            yield _too_long(where, line, longest)
        elif line.strip():
            yield _decoded(where, line.strip())


def _too_long(where: str, raw: bytes, longest: int) -> Rejection:
    expected = f"at most {longest:,} bytes in one element"
    return Rejection(position=where, field="document", code="too_long", expected=expected, raw=raw[:HEAD])


def _cut_short(where: str, raw: bytes) -> Rejection:
    expected = "the rest of it: the file ends here, so it was cut short; send it again"
    return Rejection(position=where, field="document", code="truncated", expected=expected, raw=raw)


def _decoded(where: str, raw: bytes, *, envelope: bool = False) -> Item | Rejection:
    try:
        value = orjson.loads(raw)
    except ValueError:
        expected = "valid JSON in UTF-8"
        return Rejection(position=where, field="document", code="not_json", expected=expected, raw=raw)
    if b"\\u0000" in raw and _NUL.search(raw):
        expected = "text without NUL characters"
        return Rejection(position=where, field="document", code="nul_byte", expected=expected, raw=raw)
    return Item(where, value, raw, envelope)


class _Cut(NamedTuple):
    """One element's bytes as the cutter found them, before decoding. place: "entry" of a list, or "document"."""

    place: str
    raw: bytes
    too_long: bool
    envelope: bool = False
    cut_short: bool = False


def _cut_up(chunks: Iterator[bytes], member: str, longest: int) -> Iterator[Item | Rejection]:
    numbers = {"entry": 0, "document": 0}
    for cut in _Cutter(member, longest).cuts(chunks):
        numbers[cut.place] += 1
        where = f"{cut.place} {numbers[cut.place]}"
        if cut.too_long:
            yield _too_long(where, cut.raw, longest)
        elif cut.cut_short:
            yield _cut_short(where, cut.raw)
        else:
            yield _decoded(where, cut.raw, envelope=cut.envelope)


class _Held:
    """The bytes of one element so far; past the bound, only its beginning and the fact that it is too long."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._bytes = bytearray()
        self._size = 0
        self.ending = b""

    def add(self, piece: bytes) -> None:
        if self._size <= self._longest:
            self._bytes += piece[: self._longest + 1 - self._size]
        self._size += len(piece)
        self.ending = (self.ending + piece[-_KEY:])[-_KEY:]

    def blank(self) -> bool:
        return not self._bytes.strip(b" \t\r\n,")

    def taken(self, place: str, *, envelope: bool = False, cut_short: bool = False) -> _Cut:
        too_long = self._size > self._longest
        cut = _Cut(place, bytes(self._bytes[: HEAD if too_long else None]).strip(), too_long, envelope, cut_short)
        self._bytes.clear()
        self._size, self.ending = 0, b""
        return cut


class _State(Enum):
    between = "between documents"
    around = "in the document around the wanted list"
    in_list = "in the list, between its elements"
    element = "in an element, or in a document wanted whole"


class _Cutter:
    """Cuts bytes into elements by brackets and quotation marks alone; whether they are JSON is seen on decoding.

    The depth of brackets is a number, so a million of them cost nothing.
    """

    def __init__(self, member: str, longest: int) -> None:
        self._member = re.compile(rb'(?<!\\)"' + re.escape(member.encode()) + rb'"\s*:\s*\[$') if member else None
        self._element, self._around, self._between = _Held(longest), _Held(longest), _Held(longest)
        self._state = _State.between
        self._depth = 0
        self._start = 0
        self._in_string = False
        self._list_open = False
        self._document_open = False

    def cuts(self, chunks: Iterator[bytes]) -> Iterator[_Cut]:
        tail = b""
        for chunk in chunks:
            buffer = tail + chunk
            # An escape that the chunk ends in is read with what it escapes.
            end = len(buffer) - _trailing_escape(buffer)
            tail = buffer[end:]
            yield from self._feed(buffer[:end])
        self._held().add(tail)
        yield from self._finish()

    def _held(self) -> _Held:
        return {_State.between: self._between, _State.around: self._around}.get(self._state, self._element)

    def _feed(self, buffer: bytes) -> Iterator[_Cut]:
        position = self._start = 0
        while position < len(buffer):
            if self._in_string:
                position = self._through_string(buffer, position)
            elif self._state is _State.element:
                position = self._through_element(buffer, position)
                if self._depth == 0:
                    yield self._element_done(buffer, position)
            elif token := _BETWEEN.search(buffer, position):
                position = token.end()
                if buffer[token.start()] == _QUOTE:
                    self._in_string = len(token[0]) == 1
                else:
                    yield from self._step(token[0], buffer, token.start())
            else:
                break
        self._held().add(buffer[self._start :])

    def _through_string(self, buffer: bytes, position: int) -> int:
        rest = _STRING_REST.match(buffer, position)
        self._in_string = rest is None
        return rest.end() if rest else len(buffer)

    def _through_element(self, buffer: bytes, position: int) -> int:
        depth = self._depth
        for token in _IN_ELEMENT.finditer(buffer, position):
            char = buffer[token.start()]
            if char == _QUOTE:
                if token.end() - token.start() == 1:
                    self._in_string, self._depth = True, depth
                    return token.end()
            elif char in b"{[":
                depth += 1
            else:
                depth -= 1
                if depth == 0:
                    self._depth = 0
                    return token.end()
        self._depth = depth
        return len(buffer)

    def _element_done(self, buffer: bytes, position: int) -> _Cut:
        self._element.add(buffer[self._start : position])
        self._start = position
        self._state = _State.in_list if self._list_open else _State.between
        return self._element.taken("entry" if self._list_open else "document")

    def _step(self, token: bytes, buffer: bytes, at: int) -> Iterator[_Cut]:
        match self._state:
            case _State.between:
                yield from self._step_between(token, buffer, at)
            case _State.around:
                yield from self._step_around(token, buffer, at)
            case _:
                yield from self._step_in_list(token, buffer, at)

    def _step_between(self, token: bytes, buffer: bytes, at: int) -> Iterator[_Cut]:
        if token not in b"{[":
            return
        self._between.add(buffer[self._start : at])
        junk = not self._between.blank()
        cut = self._between.taken("document")
        if junk:
            yield cut
        self._start, self._depth, self._list_open = at, 1, False
        if token == b"[":
            self._start, self._list_open, self._state = at + 1, True, _State.in_list
        else:
            self._state = _State.around if self._member else _State.element
        self._document_open = self._state is _State.around

    def _step_around(self, token: bytes, buffer: bytes, at: int) -> Iterator[_Cut]:
        if token in b"{[":
            self._around.add(buffer[self._start : at + 1])
            self._start = at + 1
            if self._depth == 1 and self._member and self._member.search(self._around.ending):
                self._list_open, self._state = True, _State.in_list
            else:
                self._depth += 1
        elif token in b"}]":
            self._depth -= 1
            if self._depth == 0:
                self._around.add(buffer[self._start : at + 1])
                self._start, self._document_open, self._state = at + 1, False, _State.between
                yield self._around.taken("document", envelope=True)

    def _step_in_list(self, token: bytes, buffer: bytes, at: int) -> Iterator[_Cut]:
        if token in b"{[":
            self._depth, self._state = 1, _State.element
        elif token in b",]":
            yield from self._scalar_done(buffer, at)
            if token == b"]":
                self._list_open = False
                self._depth, self._state = 1, _State.around if self._document_open else _State.between
                self._start = at if self._document_open else at + 1

    def _scalar_done(self, buffer: bytes, at: int) -> Iterator[_Cut]:
        """What stood between two commas without brackets: a number or a text, which is an element too."""
        self._element.add(buffer[self._start : at])
        self._start = at + 1
        blank = self._element.blank()
        cut = self._element.taken("entry")
        if not blank:
            yield cut

    def _finish(self) -> Iterator[_Cut]:
        held, place = self._held(), "entry" if self._list_open else "document"
        if self._state is not _State.between:
            yield held.taken(place, cut_short=True)
        elif not held.blank():
            yield held.taken(place)


def _trailing_escape(buffer: bytes) -> int:
    """1 when the bytes end in a backslash that escapes what follows, else 0."""
    return (len(buffer) - len(buffer.rstrip(b"\\"))) % 2
