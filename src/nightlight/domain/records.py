"""What a source states, in the domain's words but under the source's own ids: records to keep, and rejections.

Feeds read them out of agencies' files, the concern form writes them, and the store keeps them. Who the people named in
them are is decided elsewhere (`actions.people.identity`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nightlight.domain.people import LinkKind, Part
from nightlight.timeline.partial import Partial


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
