"""Clocks: what must be done, by which role, by when, and to whom it climbs, as dated rows of data.

Every timescale is a row with its source, its grade of evidence and the span over which it is in force; none is a
constant in code, so that an old duty can be re-read under the rule of its day. This module reads no wall clock and
decides nothing about a child: it turns a row and a moment into a due time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from pathlib import Path

from nightlight.domain.documents import Document, DocumentError, Item, Mistake
from nightlight.domain.kinds import LEVELS
from nightlight.timeline.calendar import (
    WorkingCalendar,
    add_clock_hours,
    add_months,
    end_of_day,
    local_date,
    local_time,
)


class Unit(StrEnum):
    """What an amount of time is counted in. Only clock hours run to the minute; the others end with their last day."""

    CLOCK_HOURS = "clock_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


class Grade(StrEnum):
    """How well a row's value is evidenced (docs/reference/clocks.md): never show a row as more certain than this."""

    PRIMARY = "P"
    SECONDARY = "S"
    UNVERIFIED = "UNVERIFIED"
    HUB = "hub"


class Force(StrEnum):
    """What binds people to a row."""

    LAW = "law"
    STATUTORY_GUIDANCE = "stat"
    LOCAL = "local"
    STANDARD = "std"
    HUB = "hub"


class RulesError(DocumentError):
    """Rule rows that cannot be used; each mistake names file, line, field and what was expected."""


class NoRuleError(LookupError):
    """No row of that id is in force at that moment."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of an escalation ladder: the role it climbs to, and how long after the rung below (or after the due time).

    out_of_hours: the role that answers instead outside office hours; empty when the rung waits for nobody else.
    """

    role: str
    after: int = 0
    unit: Unit = Unit.CLOCK_HOURS
    out_of_hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One dated version of one timescale.

    level: the level of a firing that it answers; or trigger: the event, in words, that starts it. One of the two.
    valid_from, valid_to: the dates in London, both included, on which it is in force; valid_to is None while it is.
    local: whether a partnership may set its own value (a row with force `law` or `stat` may only be made shorter).
    """

    id: str
    version: int
    valid_from: date
    what: str
    amount: int
    unit: Unit
    role: str
    source: str
    grade: Grade
    force: Force
    valid_to: date | None = None
    level: str = ""
    trigger: str = ""
    out_of_hours: str = ""
    ladder: tuple[Rung, ...] = ()
    local: bool = False

    def in_force_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def within(self) -> str:
        """How long, in words.

        >>> in_words(1, Unit.WORKING_DAYS)
        '1 working day'
        """
        return in_words(self.amount, self.unit)


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The hours of a working day, on a clock in London, outside which out-of-hours roles answer."""

    start: time
    end: time

    def include(self, moment: datetime, calendar: WorkingCalendar) -> bool:
        """Whether offices are open at that moment."""
        local = local_time(moment)
        return calendar.is_working_day(local.date()) and self.start <= local.time() < self.end


@dataclass(frozen=True, slots=True)
class Rules:
    """All rows, of all versions, and the office hours they are read with."""

    rows: tuple[RuleRow, ...]
    office_hours: OfficeHours

    def in_force(self, rule_id: str, at: datetime) -> RuleRow:
        """The row of this id in force at that moment; raises `NoRuleError` when there is none.

        >>> from datetime import UTC
        >>> default_rules().in_force("response.threshold", datetime(2026, 11, 23, tzinfo=UTC)).within()
        '1 working day'
        """
        day = local_date(at)
        for row in self.rows:
            if row.id == rule_id and row.in_force_on(day):
                return row
        known = ", ".join(sorted({row.id for row in self.rows}))
        raise NoRuleError(
            f"no row of {rule_id} is in force on {day.isoformat()}. Add one; the ids with rows are {known}."
        )

    def version(self, rule_id: str, version: int) -> RuleRow:
        """One version of one row, in force or not: what an old duty was opened under."""
        for row in self.rows:
            if row.id == rule_id and row.version == version:
                return row
        raise NoRuleError(f"there is no version {version} of {rule_id}. Rows are never deleted: end one with valid_to.")

    def for_level(self, level: str, at: datetime) -> RuleRow | None:
        """The row that answers a firing of this level at that moment; None when no duty follows from the level."""
        day = local_date(at)
        return next((row for row in self.rows if row.level == level and row.in_force_on(day)), None)

    def role_at(self, row: RuleRow | Rung, at: datetime, calendar: WorkingCalendar) -> str:
        """The role that answers at that moment: the out-of-hours one where there is one and offices are shut."""
        if row.out_of_hours and not self.office_hours.include(at, calendar):
            return row.out_of_hours
        return row.role


def due(row: RuleRow, raised: datetime, calendar: WorkingCalendar) -> datetime:
    """When what was raised at that moment is due under this row.

    Clock hours run through nights, weekends and the change of the clocks. Days and months are counted from the day
    after (day 0 is the day it was raised on) and last until 23:59:59 of the last day in London.
    """
    return later(raised, row.amount, row.unit, calendar)


def later(moment: datetime, amount: int, unit: Unit, calendar: WorkingCalendar) -> datetime:
    """The moment so much later; nothing later is the moment itself."""
    if amount == 0:
        return moment
    day = local_date(moment)
    match unit:
        case Unit.CLOCK_HOURS:
            return add_clock_hours(moment, amount)
        case Unit.WORKING_DAYS:
            return calendar.add_working_days(moment, amount)
        case Unit.CALENDAR_DAYS:
            return end_of_day(day + timedelta(days=amount)) - _LAST
        case Unit.MONTHS:
            return end_of_day(add_months(day, amount)) - _LAST


_LAST = timedelta(seconds=1)
"""What is due on a day is due by 23:59:59, as people write it and as `add_working_days` has it."""
_SINGULAR = {
    Unit.CLOCK_HOURS: "hour",
    Unit.WORKING_DAYS: "working day",
    Unit.CALENDAR_DAYS: "day",
    Unit.MONTHS: "month",
}


def in_words(amount: int, unit: Unit) -> str:
    """An amount of time in words."""
    singular = {Unit.CLOCK_HOURS: "hour", Unit.WORKING_DAYS: "working day", Unit.CALENDAR_DAYS: "day"}.get(
        unit, "month"
    )
    return f"{amount} {singular}{'' if amount == 1 else 's'}"


# -- reading rows

_ROW_KEYS = {
    "id": True, "version": True, "valid_from": True, "valid_to": False, "what": True, "level": False, "trigger": False,
    "amount": True, "unit": True, "role": True, "out_of_hours": False, "ladder": False, "source": True, "grade": True,
    "force": True, "local": False,
}  # fmt: skip
_RUNG_KEYS = {"role": True, "after": True, "unit": True, "out_of_hours": False}


@lru_cache(maxsize=1)
def default_rules() -> Rules:
    """The rows that come with the package (`domain/rules/*.yaml`)."""
    files = (item for item in resources.files("nightlight.domain").joinpath("rules").iterdir())
    texts = {item.name: item.read_text(encoding="utf-8") for item in files if item.name.endswith(".yaml")}
    return _rules(Document.parse(texts[name], name) for name in sorted(texts))


def load_rules(source: Path | str) -> Rules:
    """Rows from a file, every `.yaml` of a folder, or YAML text; raises `RulesError` listing every mistake."""
    try:
        if isinstance(source, str):
            return _rules([Document.parse(source, "rules")])
        paths = sorted(source.glob("*.yaml")) if source.is_dir() else [source]
        return _rules([Document.read(path) for path in paths])
    except DocumentError as error:
        raise RulesError(list(error.mistakes)) from None


def _rules(documents: Iterable[Document]) -> Rules:
    rows: list[tuple[RuleRow, Mistake]] = []
    hours: list[OfficeHours] = []
    mistakes: list[Mistake] = []
    for document in documents:
        top = document.only(document.root, {"rules": True, "office_hours": False})
        if "office_hours" in top:
            hours.append(_office_hours(document, top["office_hours"]))
        for item in document.items(top.get("rules")):
            if row := _row(document, item):
                rows.append((row, Mistake(document.file, item.line, item.path, "")))
        mistakes += document.mistakes
    mistakes += _clashes(rows)
    if mistakes:
        raise RulesError(mistakes)
    return Rules(tuple(row for row, _ in rows), hours[0] if hours else OfficeHours(time(0), time.max))


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


def _row(document: Document, item: Item) -> RuleRow | None:
    before = len(document.mistakes)
    document.only(item, _ROW_KEYS)
    level, trigger = document.one_of(item, "level", LEVELS), document.words(item, "trigger")
    if ("level" in (item.mapping or {})) == bool(trigger):
        document.refuse(item, "either a level or a trigger, not both", "level")
    valid_from, valid_to = _date(document, item, "valid_from"), _date(document, item, "valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        document.refuse(item, "a date on or after valid_from", "valid_to")
    row = RuleRow(
        id=document.words(item, "id"),
        version=_at_least(document, item, "version", 1),
        valid_from=valid_from or date.min,
        valid_to=valid_to,
        what=document.words(item, "what"),
        level=level,
        trigger=trigger,
        amount=_at_least(document, item, "amount", 1),
        unit=Unit(document.one_of(item, "unit", tuple(Unit), Unit.CLOCK_HOURS)),
        role=document.words(item, "role"),
        out_of_hours=document.words(item, "out_of_hours"),
        ladder=tuple(_rung(document, rung) for rung in document.items((item.mapping or {}).get("ladder"))),
        source=document.words(item, "source"),
        grade=Grade(document.one_of(item, "grade", tuple(Grade), Grade.UNVERIFIED)),
        force=Force(document.one_of(item, "force", tuple(Force), Force.HUB)),
        local=document.yes(item, "local"),
    )
    return row if len(document.mistakes) == before else None


def _rung(document: Document, item: Item) -> Rung:
    document.only(item, _RUNG_KEYS)
    return Rung(
        document.words(item, "role"),
        _at_least(document, item, "after", 0),
        Unit(document.one_of(item, "unit", tuple(Unit), Unit.CLOCK_HOURS)),
        document.words(item, "out_of_hours"),
    )


def _at_least(document: Document, item: Item, key: str, smallest: int) -> int:
    number = document.whole(item, key, smallest)
    if number is None or not smallest <= number <= 100_000:
        document.refuse((item.mapping or {}).get(key, item), f"a whole number, {smallest} to 100000")
        return smallest
    return number


def _date(document: Document, item: Item, key: str) -> date | None:
    text = document.words(item, key)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        document.refuse((item.mapping or {})[key], "a date that exists, as 2026-09-01")
        return None


def _clashes(rows: list[tuple[RuleRow, Mistake]]) -> list[Mistake]:
    """Rows that leave it open which one is meant: one version twice, or two in force on one day."""
    found = []
    for index, (row, place) in enumerate(rows):
        for other, _ in rows[:index]:
            same = row.id == other.id
            if same and row.version == other.version:
                found.append(Mistake(place.file, place.line, f"{place.field}.version", "each version of an id once"))
            if (same or (row.level and row.level == other.level)) and _overlap(row, other):
                expected = "no other row of this id or level in force on the same day: end it with valid_to"
                found.append(Mistake(place.file, place.line, f"{place.field}.valid_from", expected))
    return found


def _overlap(one: RuleRow, other: RuleRow) -> bool:
    return one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max)
