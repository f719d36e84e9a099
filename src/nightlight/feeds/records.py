"""What every feed reader yields: records that can be kept, and rejections that say why one can't.

A reader streams and never stops for a bad record. It must not look anybody up: people, addresses and links are named by
the source's own ids, and the intake matches them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from nightlight.domain.people import LinkKind, Part
from nightlight.timeline.partial import Partial

LONGEST_RAW = 1_000_000
"""Bytes of one raw record that are kept; a longer one is refused (a 2 GB line must not fill the store)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """A person as this source describes them. `source_id` is the source's own; identifiers are normal or None.

    role: "child", "adult" or "" where the source does not say.
    details: what else is kept of a person (ethnicity, disability, language), by the source's words.
    """

    source_id: str
    role: str = ""
    given: str = ""
    family: str = ""
    born: Partial | None = None
    sex: str = ""
    nhs_number: str | None = None
    upn: str | None = None
    postcode: str | None = None
    address_lines: tuple[str, ...] = ()
    uprn: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRecord:
    """An address as this source describes it, under the source's own key."""

    source_id: str
    lines: tuple[str, ...] = ()
    postcode: str | None = None
    uprn: str | None = None


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """A person (or an address, with `address=True`) that an entry is about, by the source's own id."""

    source_id: str
    part: Part = Part.SUBJECT
    address: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRecord:
    """One entry to be: attributes already valid for its kind (`domain.kinds.problems_with` says nothing)."""

    kind: str
    subjects: tuple[SubjectRecord, ...]
    occurred: Partial
    recorded: datetime
    until: Partial | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    text: str = ""
    sensitivity: str = "ordinary"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecord:
    """A person linked to a child (`other` is the child's source id) or, as a residence, to an address's source id."""

    kind: LinkKind
    person: str
    other: str
    since: Partial | None = None
    until: Partial | None = None
    recorded: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of a source: the people, addresses, links and entries it states, and its raw bytes.

    position: where it stands in the file, for people ("line 14", "entry 3").
    record_id: the source's own id of it, stable when the file is sent again; the same id with other bytes is a new
    version that supersedes. withdrawn: the source says it was entered in error; its entries are retracted.
    """

    position: str
    record_id: str
    raw: bytes
    people: tuple[PersonRecord, ...] = ()
    addresses: tuple[AddressRecord, ...] = ()
    links: tuple[LinkRecord, ...] = ()
    entries: tuple[EntryRecord, ...] = ()
    withdrawn: bool = False

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One record that can't be kept, and why, without what it said: `raw` is kept for those who may see it."""

    position: str
    field: str
    code: str
    expected: str
    raw: bytes = b""

    def __str__(self) -> str:
        return f"{self.position}: {self.field}: expected {self.expected}"


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
