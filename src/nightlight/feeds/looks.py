"""What a file looks like from its first bytes, for a refusal that a person can act on.

Nothing is parsed: a file of another format is refused unread, so an XML bomb or a zip bomb is only so many bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

CHUNK = 1 << 16
"""Bytes read at a time."""
HEAD = 4096
"""Bytes at the start of a file that are looked at."""
_BOM = b"\xef\xbb\xbf"

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"PK\x03\x04", "a zip file or an Excel workbook (.xlsx)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file (.xls, .doc)"),
    (b"\x1f\x8b", "a gzip file"),
    (b"%PDF", "a PDF"),
)


def looks_like(head: bytes) -> str:
    """What the first bytes look like, in words; empty for plain text of no known format.

    >>> looks_like(b'<?xml version="1.0"?><Message/>')
    'XML'
    >>> looks_like(b"UPN,Date,Mark")
    ''
    """
    for beginning, words in _BEGINNINGS:
        if head.startswith(beginning):
            return words
    text = head.removeprefix(_BOM).lstrip()
    if not text:
        return "an empty file"
    if text.startswith(b"<"):
        return "a web page (HTML)" if text[:14].lower().startswith((b"<!doctype html", b"<html")) else "XML"
    if text.startswith((b"{", b"[")):
        return "JSON"
    return "a file that is not text" if b"\0" in text[:16] else ""


def opened(stream: BinaryIO) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes of a file, to look at, and all of it (those included) in chunks, without a byte-order mark."""
    chunks = iter(lambda: stream.read(CHUNK), b"")
    first = b""
    for chunk in chunks:  # a socket may give a few bytes at a time
        first += chunk
        if len(first) >= HEAD:
            break
    return first[:HEAD], chain([first.removeprefix(_BOM)], chunks)
