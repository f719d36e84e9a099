"""A child's record from a few words a line, for the tests of clocks: kind, when, and what more there is to say."""

from __future__ import annotations

from typing import Any

from nightlight.domain.chronology import Chronology, Entry, Source, Subject
from nightlight.timeline.partial import Partial

CHILD = "c1"


def an_entry(id_: str, kind: str, occurred: str, **more: Any) -> Entry:
    """An entry about the child. until, recorded, supersedes, retracts, agency; anything else is an attribute."""
    when = Partial.parse(occurred)
    until = Partial.parse(more.pop("until")) if "until" in more else None
    recorded = Partial.parse(more.pop("recorded")) if "recorded" in more else (until or when)
    kept = {name: more.pop(name) for name in ("supersedes", "retracts") if name in more}
    agency = more.pop("agency", kind.partition(".")[0])
    return Entry(
        id=id_, kind=kind, subjects=(Subject(CHILD),), occurred=when, recorded=recorded, until=until,
        source=Source(agency=agency), attributes=more, **kept,
    )  # fmt: skip


def a_record(*entries: Entry) -> Chronology:
    return Chronology(child=CHILD, entries=entries)
