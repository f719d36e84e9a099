"""What of an entry is given: its fields, what sort of information it is, and what the receiver then sees of it.

The preview and the receiver's page are drawn by the same function from the same choice, so that they cannot differ. An
entry never changes, so naming it and its fields says for ever what was shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nightlight.domain.access.vocabulary import matter_of
from nightlight.domain.chronology import Entry
from nightlight.domain.sharing.deciding import Answer
from nightlight.domain.sharing.vocabulary import Category, Mode

ATTRIBUTE = "attribute:"
COMPARTMENTS: Mapping[str, Category] = MappingProxyType(
    {
        "adoption": Category.ADOPTION,
        "whereabouts": Category.WHEREABOUTS,
        "police": Category.POLICE_SENSITIVE,
        "legal": Category.LEGAL,
        "allegation": Category.STAFF_ALLEGATION,
        "informant": Category.INFORMANT,
        "adult_health": Category.ADULT_HEALTH,
        "review": Category.REVIEW,
    }
)
"""What sort of information a sealed compartment holds, by the compartment's kind."""
_SENSITIVE_SERVICES = frozenset({"adult.treatment", "adult.treatment_missed"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entry that can be given or left out."""

    code: str
    value: Any


def fields_of(entry: Entry) -> tuple[Field, ...]:
    """The fields of an entry, in the order in which they are shown."""
    found = [Field("kind", entry.kind), Field("when", entry.occurred)]
    if entry.until is not None:
        found.append(Field("until", entry.until))
    found += [Field(f"{ATTRIBUTE}{name}", value) for name, value in entry.attributes.items()]
    if entry.words:
        found.append(Field("words", entry.words))
    if entry.text:
        found.append(Field("text", entry.text))
    return tuple(found)


def categories_of(entry: Entry, *, child: str, sealed_in: Iterable[str] = ()) -> frozenset[Category]:
    """What sorts of information an entry is. sealed_in: the kinds of the compartments that it is in.

    >>> from nightlight.domain.chronology import Source, Subject
    >>> from nightlight.timeline.partial import Partial
    >>> day = Partial.parse("2026-11-02")
    >>> entry = Entry(id="e", kind="police.missing", subjects=(Subject("c"),), occurred=day, recorded=day,
    ...               source=Source(agency="police"), sensitivity="restricted")
    >>> sorted(categories_of(entry, child="c"))
    [<Category.CRIMINAL: 'criminal'>, <Category.POLICE_SENSITIVE: 'police_sensitive'>, <Category.WELFARE: 'welfare'>]
    """
    found = {Category.WELFARE} | {COMPARTMENTS[kind] for kind in sealed_in if kind in COMPARTMENTS}
    through = "child" if any(subject.ref == child for subject in entry.subjects) else "adult"
    if entry.kind.startswith("health."):
        found.add(Category.SPECIAL)
    if matter_of(entry.kind, through) == "adult_health":
        found.add(Category.ADULT_HEALTH)
    if entry.kind in _SENSITIVE_SERVICES:
        found.add(Category.SENSITIVE_SERVICE)
    if entry.agency == "police":
        found.add(Category.CRIMINAL)
        if entry.sensitivity != "ordinary":
            found.add(Category.POLICE_SENSITIVE)
    return frozenset(found)


def mode_for(categories: frozenset[Category], answer: Answer) -> Mode | None:
    """How an entry of these sorts may be given under an answer; None where it may not be."""
    if not answer.shares or categories & answer.withheld:
        return None
    if categories & (answer.existence | answer.impact):
        return Mode.EXISTENCE
    return answer.mode if answer.mode is Mode.EXISTENCE and not answer.existence else Mode.CONTENT


@dataclass(frozen=True, slots=True)
class Chosen:
    """One entry as somebody chose to give it: in which mode, and of its content these fields."""

    entry: str
    mode: Mode
    fields: tuple[str, ...] = ()

    def left_out(self, entry: Entry) -> tuple[str, ...]:
        """The fields of the entry that are not given."""
        return tuple(field.code for field in fields_of(entry) if not self.shows(field.code))

    def shows(self, code: str) -> bool:
        """Whether a field is given."""
        return self.mode is Mode.CONTENT and code in self.fields


@dataclass(frozen=True, slots=True)
class Shown:
    """What the receiver sees of one entry: who holds it, and of its content what was chosen. Nothing else of it."""

    agency: str
    organisation: str
    mode: Mode
    fields: tuple[Field, ...]
    part: bool


def show(entry: Entry, chosen: Chosen) -> Shown:
    """An entry as the receiver sees it."""
    fields = tuple(field for field in fields_of(entry) if chosen.shows(field.code))
    return Shown(entry.agency, entry.source.organisation, chosen.mode, fields, bool(chosen.left_out(entry)))


def digest(chosen: Iterable[Chosen], note: str, to: str) -> str:
    """The mark of what was previewed: another choice, another note or another receiver has another.

    >>> digest([], "", "a") == digest([], "", "b")
    False
    """
    lines = [f"{each.entry}\x1f{each.mode}\x1f{','.join(each.fields)}" for each in chosen]
    return hashlib.sha256("\x1e".join([*lines, note, to]).encode()).hexdigest()
