"""Reading rule rows from YAML as people write it: every mistake in a file at once, with its line, field and remedy.

It decides nothing: rows that cannot be told apart, or that the kinds of entry cannot mean, are refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from types import MappingProxyType
from typing import Any

from nightlight.domain.documents import Document, Item, Mistake
from nightlight.domain.kinds import KINDS, LEVELS
from nightlight.domain.rule_types import SECTIONS, Clause, Force, Grade, OfficeHours, RuleRow, Rung, Unit

_NEEDED = ("id", "version", "valid_from", "what", "role", "source", "grade", "force")
_OPTIONAL = (
    "valid_to", "level", "trigger", "amount", "unit", "deadline", "starts", "ends", "stops", "within_episode", "once",
    "discharged_by", "watched", "not_watched", "duty_level", "out_of_hours", "ladder", "local",
)  # fmt: skip
_ROW_KEYS = {**dict.fromkeys(_NEEDED, True), **dict.fromkeys(_OPTIONAL, False)}
_RUNG_KEYS = {"role": True, "after": True, "unit": True, "out_of_hours": False, "tells": False}
_CLAUSE_KEYS = {"kind": True, "where": False, "at": False, "same": False}
_TOP = dict.fromkeys(SECTIONS, False)
MOST = 100_000

Ladders = Mapping[str, tuple[Rung, ...]]


@dataclass(frozen=True, slots=True)
class Placed:
    """A row, and where it stands in its file."""

    row: RuleRow
    place: Mistake


@dataclass(slots=True)
class Files:
    """What a set of files holds: rows, office hours, named ladders, and every mistake found in them."""

    rows: list[Placed] = field(default_factory=list)
    hours: list[OfficeHours] = field(default_factory=list)
    ladders: dict[str, tuple[Rung, ...]] = field(default_factory=dict)
    local_values: list[tuple[Document, Item]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def read(documents: Iterable[Document], ladders: Ladders | None = None) -> Files:
    """Everything in these documents; `ladders` are names that other files gave already."""
    files = Files(ladders=dict(ladders or {}))
    tops = [(document, document.only(document.root, _TOP)) for document in documents]
    for document, top in tops:
        for name, item in document.pairs(top.get("ladders")):
            files.ladders[name] = _rungs(document, item, {})
    for document, top in tops:
        if "office_hours" in top:
            files.hours.append(_office_hours(document, top["office_hours"]))
        for item in document.items(top.get("rules")):
            if row := _row(document, item, files.ladders):
                files.rows.append(Placed(row, Mistake(document.file, item.line, item.path, "")))
        files.local_values += [(document, item) for item in document.items(top.get("local_values"))]
        files.mistakes += document.mistakes
    files.mistakes += clashes(files.rows)
    return files


def _office_hours(document: Document, item: Item) -> OfficeHours:
    keys = document.only(item, {"start": True, "end": True})
    start, end = (_time(document, keys.get(name)) for name in ("start", "end"))
    if start >= end and not document.mistakes:
        document.refuse(item, "a start before the end")
    return OfficeHours(start, end)


def _time(document: Document, item: Item | None) -> time:
    try:
        return time.fromisoformat(item.text or "") if item else time(0)
    except ValueError:
        document.refuse(item or document.root, "a time of day, as 09:00")
        return time(0)


def _row(document: Document, item: Item, ladders: Ladders) -> RuleRow | None:
    before = len(document.mistakes)
    document.only(item, _ROW_KEYS)
    level, trigger = document.one_of(item, "level", LEVELS), document.words(item, "trigger")
    if ("level" in (item.mapping or {})) == bool(trigger):
        document.refuse(item, "either a level or a trigger, not both", "level")
    valid_from, valid_to = date_at(document, item, "valid_from"), date_at(document, item, "valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        document.refuse(item, "a date on or after valid_from", "valid_to")
    watched = document.yes(item, "watched", default=True)
    _watched_or_why(document, item, watched)
    row = RuleRow(
        id=document.words(item, "id"),
        version=at_least(document, item, "version", 1),
        valid_from=valid_from or date.min,
        valid_to=valid_to,
        what=document.words(item, "what"),
        level=level,
        trigger=trigger,
        amount=amount_of(document, item),
        unit=unit_of(document, item),
        deadline=document.words(item, "deadline"),
        starts=_clauses(document, item, "starts"),
        ends=_clauses(document, item, "ends"),
        stops=_clauses(document, item, "stops"),
        within_episode=_episode(document, item),
        once=document.yes(item, "once"),
        discharged_by=document.words(item, "discharged_by"),
        watched=watched,
        not_watched=document.words(item, "not_watched"),
        duty_level=document.one_of(item, "duty_level", LEVELS[1:]),
        role=document.words(item, "role"),
        out_of_hours=document.words(item, "out_of_hours"),
        ladder=ladder_of(document, item, ladders),
        source=document.words(item, "source"),
        grade=Grade(document.one_of(item, "grade", tuple(Grade), Grade.UNVERIFIED)),
        force=Force(document.one_of(item, "force", tuple(Force), Force.HUB)),
        local=document.yes(item, "local"),
    )
    return row if len(document.mistakes) == before else None


def _watched_or_why(document: Document, item: Item, watched: bool) -> None:
    """A row that the program cannot watch is kept and says why; one that it can has a number."""
    given = item.mapping or {}
    if not watched and not document.words(item, "not_watched"):
        document.refuse(item, "why its clock can't be started or stopped by entries", "not_watched")
    if watched and "not_watched" in given:
        document.refuse(item, "no reason while watched is true", "not_watched")
    if "amount" not in given and (watched or not document.words(item, "deadline")):
        document.refuse(
            item, "a value: it must be given (a row that is not watched may give deadline instead)", "amount"
        )
    if "amount" in given and "unit" not in given:
        document.refuse(item, "a value: it must be given", "unit")


def amount_of(document: Document, item: Item) -> int:
    """How many; 0 where the row gives only the words of its deadline."""
    return at_least(document, item, "amount", 1) if "amount" in (item.mapping or {}) else 0


def unit_of(document: Document, item: Item) -> Unit:
    return Unit(document.one_of(item, "unit", tuple(Unit), Unit.CLOCK_HOURS))


def ladder_of(document: Document, item: Item, ladders: Ladders) -> tuple[Rung, ...]:
    """The rungs written out, or those of a named ladder; none where it was left out."""
    found = (item.mapping or {}).get("ladder")
    return _rungs(document, found, ladders) if found else ()


def _rungs(document: Document, item: Item, ladders: Ladders) -> tuple[Rung, ...]:
    if item.text is None or item.is_nothing:
        return tuple(_rung(document, rung) for rung in document.items(item))
    if item.text not in ladders:
        known = ", ".join(sorted(ladders)) or "none yet"
        document.refuse(item, f"a list of rungs, or the name of a ladder under ladders (there are: {known})")
    return ladders.get(item.text, ())


def _rung(document: Document, item: Item) -> Rung:
    document.only(item, _RUNG_KEYS)
    return Rung(
        document.words(item, "role"),
        at_least(document, item, "after", 0),
        unit_of(document, item),
        document.words(item, "out_of_hours"),
        document.words(item, "tells"),
    )


def _episode(document: Document, item: Item) -> str:
    name = document.words(item, "within_episode")
    if name and (name not in KINDS or not KINDS[name].episode):
        document.refuse((item.mapping or {})["within_episode"], "a kind of entry that lasts (docs/reference/kinds.md)")
    return name


def _clauses(document: Document, item: Item, key: str) -> tuple[Clause, ...]:
    found = (_clause(document, each) for each in document.items((item.mapping or {}).get(key)))
    return tuple(clause for clause in found if clause)


def _clause(document: Document, item: Item) -> Clause | None:
    keys = document.only(item, _CLAUSE_KEYS)
    kind = KINDS.get(document.words(item, "kind"))
    if kind is None:
        document.refuse(keys.get("kind", item), "a kind of entry (docs/reference/kinds.md)")
        return None
    ends = document.one_of(item, "at", ("start", "end"), "start") == "end"
    if ends and not kind.episode:
        document.refuse(keys["at"], f"start: {kind.name} does not last, so it has no end")
    where: dict[str, tuple[Any, ...]] = {}
    for name, values in document.pairs(keys.get("where")):
        found = tuple(each.value() for each in (values.items if values.items is not None else [values]))
        attribute = kind.attributes.get(name)
        if attribute is None:
            document.refuse(values, f"an attribute of {kind.name}: {', '.join(kind.attributes) or 'it has none'}")
        elif not all(attribute.accepts(value) for value in found):
            document.refuse(values, attribute.expected)
        where[name] = found
    return Clause(kind=kind.name, where=MappingProxyType(where), ends=ends, same=document.yes(item, "same"))


def at_least(document: Document, item: Item, key: str, smallest: int) -> int:
    """A whole number no smaller than that; a mistake where it is none."""
    number = document.whole(item, key, smallest)
    if number is None or not smallest <= number <= MOST:
        document.refuse((item.mapping or {}).get(key, item), f"a whole number, {smallest} to {MOST}")
        return smallest
    return number


def date_at(document: Document, item: Item, key: str) -> date | None:
    """A date; None where it was left out or does not exist."""
    text = document.words(item, key)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        document.refuse((item.mapping or {})[key], "a date that exists, as 2026-09-01")
        return None


def clashes(rows: list[Placed]) -> list[Mistake]:
    """Rows that leave it open which one is meant: one version twice, or two in force on one day."""
    found = []
    for index, placed in enumerate(rows):
        row, place = placed.row, placed.place
        for other in (each.row for each in rows[:index]):
            same = row.id == other.id
            if same and row.version == other.version:
                found.append(Mistake(place.file, place.line, f"{place.field}.version", "each version of an id once"))
            if (same or (row.level and row.level == other.level)) and _overlap(row, other):
                expected = "no other row of this id or level in force on the same day: end it with valid_to"
                found.append(Mistake(place.file, place.line, f"{place.field}.valid_from", expected))
    return found


def _overlap(one: RuleRow, other: RuleRow) -> bool:
    return one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max)
