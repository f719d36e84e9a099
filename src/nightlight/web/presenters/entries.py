"""Entries as rows of the table: what happened, who wrote it down, how it concerns the child. Words stay as said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.chronology import Fact
from nightlight.domain.homes import NAMED
from nightlight.domain.kinds import KINDS
from nightlight.domain.people import Part
from nightlight.timeline import Partial
from nightlight.web.presenters import words

LATE = timedelta(days=7)
"""Written down so long after it happened is said beside the entry."""

_PARTS = {
    Part.HARMED: "harmed",
    Part.ALLEGED_HARMER: "alleged harmer",
    Part.WITNESS: "witness",
    Part.REPORTER: "reporter",
    Part.CARER_PRESENT: "carer present",
    Part.MENTIONED: "mentioned",
}
_LABELS = {"dash": "DASH score"}
_VALUES = {
    ("scheme", "encompass"): "Operation Encompass",
    ("child_present", "present"): "yes",
    ("child_present", "absent"): "no",
    ("child_present", "unknown"): "not known",
}
_TIME = re.compile(r", \d\d:\d\d")
_SESSIONS = ("late", "authorised", "unauthorised", "unexplained")


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as the table shows it."""

    anchor: str
    when: str
    until: str
    agency: str
    organisation: str
    theme: str
    kind: str
    detail: str
    words: str
    text: str
    notes: tuple[str, ...]


def rows(facts: Sequence[Fact], organisations: Mapping[str, str], people: Mapping[str, str], child: str) -> list[Row]:
    """The rows for these facts, in their order. people: what to call the subjects, by their ref."""
    return [_row(fact, organisations, people, child) for fact in facts]


def anchor(entry_id: str) -> str:
    """The id of an entry's row in the page."""
    return f"e-{entry_id}"


def _row(fact: Fact, organisations: Mapping[str, str], people: Mapping[str, str], child: str) -> Row:
    entry = fact.entry
    return Row(
        anchor=anchor(entry.id),
        when=_said(fact, entry.occurred),
        until=until(fact),
        agency=AGENCIES.get(entry.agency, entry.agency),
        organisation=organisations.get(entry.source.organisation, ""),
        theme=words.theme(entry.kind),
        kind=words.kind(entry.kind),
        detail=_place(fact, people) or detail(entry.kind, entry.attributes),
        words=entry.words,
        text=entry.text,
        notes=tuple(_notes(fact, people, child)),
    )


def until(fact: Fact) -> str:
    """For an episode, until when; empty for an event."""
    if not KINDS[fact.kind].episode:
        return ""
    if fact.entry.until is None:
        return "still open"
    return f"{'counts until' if fact.kind == NAMED else 'until'} {_said(fact, fact.entry.until)}"


def _said(fact: Fact, when: Partial) -> str:
    """When it was, as people say it. What follows from registers is of days, though it begins and ends at a moment."""
    return _TIME.sub("", when.describe()) if fact.derived else when.describe()


def _place(fact: Fact, names: Mapping[str, str]) -> str:
    """Which address it is of, where it follows from where registers have the child."""
    return names.get(str(fact.entry.attributes.get("address", "")), "") if fact.derived else ""


def detail(kind: str, attributes: Mapping[str, Any]) -> str:
    """The attributes in a few words."""
    if kind == "education.register":
        return _register(attributes)
    return "; ".join(_attribute(name, value) for name, value in attributes.items() if name != "address")


def _register(sessions: Mapping[str, Any]) -> str:
    said = f"{sessions.get('attended', 0)} of {sessions.get('possible', 0)} sessions attended"
    rest = [f"{sessions[name]} {name}" for name in _SESSIONS if sessions.get(name)]
    return "; ".join([said, *rest])


def _attribute(name: str, value: Any) -> str:
    label = _LABELS.get(name) or name.replace("_", " ").capitalize()
    if (name, value) in _VALUES:
        return f"{label}: {_VALUES[name, value]}"
    if isinstance(value, bool):
        return f"{label}: {'yes' if value else 'no'}"
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if name in ("from", "to", "towards"):
        return f"{label}: {AGENCIES.get(text, text)}"
    return f"{label}: {text.replace('_', ' ')}"


def _notes(fact: Fact, people: Mapping[str, str], child: str) -> list[str]:
    entry, notes = fact.entry, []
    if fact.through == "adult":
        adults = [people.get(s.ref, "an adult linked to the child") for s in entry.subjects if s.ref != child]
        notes.append("About " + " and ".join(adults))
    elif fact.through == "address":
        notes.append("At an address where the child lives or lived, not about the child by name")
    elif fact.part in _PARTS:
        notes.append(f"The child's part: {_PARTS[fact.part]}")
    if _is_late(entry.recorded.latest, entry.occurred.latest):
        notes.append(f"Written down {words.day(entry.recorded.earliest)}")
    if entry.supersedes:
        notes.append("Corrects an earlier record")
    if entry.sensitivity != "ordinary":
        notes.append(f"Handling: {entry.sensitivity.replace('_', ' ')}")
    return notes


def _is_late(recorded: datetime, happened: datetime) -> bool:
    return recorded - happened > LATE
