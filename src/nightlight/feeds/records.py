"""What every feed reader is: bytes in, records or rejections out, one at a time.

A reader streams and never stops for a bad record. It must not look anybody up: people, addresses and links are named by
the source's own ids, and the intake matches them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from nightlight.domain.records import (
    AddressRecord,
    EntryRecord,
    LinkRecord,
    PersonRecord,
    Record,
    Rejection,
    SubjectRecord,
)

__all__ = [
    "LONGEST_RAW",
    "AddressRecord",
    "EntryRecord",
    "Feed",
    "FeedContext",
    "LinkRecord",
    "Merger",
    "PersonRecord",
    "Reader",
    "Record",
    "Rejection",
    "SubjectRecord",
    "UnreadableFile",
]

LONGEST_RAW = 1_000_000
"""Bytes of one raw record that are kept; a longer one is refused (a 2 GB line must not fill the store)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedContext:
    """What a reader may know besides the bytes.

    now: the instant of this delivery (aware UTC); a date after it is refused as a future date.
    system: the source system's name, unique in the partnership ("sims:fernbank"); ids are unique within it.
    mapping: for feeds with no published standard, which column means what (docs/how-to/map-a-concern-log.md).
    file_name: the delivered file's base name, for feeds that are several tables.
    """

    agency: str
    organisation: str
    system: str
    now: datetime
    mapping: Mapping[str, Any] | None = None
    file_name: str = ""


Reader = Callable[[BinaryIO, FeedContext], Iterator[Record | Rejection]]
Merger = Callable[[bytes, Record, FeedContext], Record]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed: its name on the command line, what it reads, and how.

    merge: where a later delivery may state part of a record (a register of the afternoon only), joins the raw bytes
    already held with the new record; None where a new version replaces the old one whole.
    suffixes: the files it takes from a folder, in the order to read them.
    """

    name: str
    title: str
    agency: str
    read: Reader
    suffixes: tuple[str, ...]
    merge: Merger | None = None
    order: Callable[[str], int] = field(default=lambda _name: 0)


class UnreadableFile(Exception):
    """The file as a whole can't be read as this feed; the message says what it looks like and what was expected."""
