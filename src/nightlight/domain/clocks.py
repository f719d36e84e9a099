"""Clocks: what must be done, by which role, by when, and to whom it climbs, as dated rows of data.

Every timescale is a row with its source, its grade of evidence and the span over which it is in force; none is a
constant in code, so that an old duty can be re-read under the rule of its day. This module reads no wall clock and
decides nothing about a child: it turns a row and a moment into a due time. A child's own clocks are in `running`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path

from nightlight.domain import dated_rows, local_rules, rule_rows
from nightlight.domain.documents import Document
from nightlight.domain.rule_types import (
    STATUTORY,
    Clause,
    Force,
    Grade,
    NoRuleError,
    OfficeHours,
    RuleRow,
    RulesError,
    Rung,
    Unit,
    in_words,
)
from nightlight.timeline.calendar import (
    WorkingCalendar,
    add_clock_hours,
    add_months,
    end_of_day,
    local_date,
)

__all__ = [
    "STATUTORY", "Clause", "Force", "Grade", "NoRuleError", "OfficeHours", "RuleRow", "Rules", "RulesError", "Rung",
    "Unit", "default_rules", "due", "in_words", "later", "load_rules", "rules_in_use", "rules_with", "use_rules",
]  # fmt: skip


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

    def clocks(self) -> tuple[RuleRow, ...]:
        """The rows whose clocks entries start and stop."""
        return tuple(row for row in self.rows if row.is_clock)

    def role_at(
        self, row: RuleRow | Rung, at: datetime, calendar: WorkingCalendar, hours: OfficeHours | None = None
    ) -> str:
        """The role that answers at that moment: the out-of-hours one where there is one and offices are shut.

        hours: an organisation's own working hours, where it has some.
        """
        if row.out_of_hours and not (hours or self.office_hours).include(at, calendar):
            return row.out_of_hours
        return row.role


def due(row: RuleRow, raised: datetime, calendar: WorkingCalendar) -> datetime:
    """When what was raised at that moment is due under this row.

    Clock hours run through nights, weekends and the change of the clocks. Days and months are counted from the day
    after (day 0 is the day it was raised on) and last until 23:59:59 of the last day in London.
    """
    return later(raised, row.amount, row.unit, calendar)


def later(moment: datetime, amount: int, unit: Unit, calendar: WorkingCalendar) -> datetime:
    """The moment so much later; nothing later is the moment itself.

    School days are counted as working days: no school is open on more of them, so that what is due in school days is
    never shown as due later than it is. A calendar whose closures are a school's holidays counts them exactly.
    """
    if amount == 0:
        return moment
    day = local_date(moment)
    match unit:
        case Unit.MINUTES:
            return add_clock_hours(moment, amount / 60)
        case Unit.CLOCK_HOURS:
            return add_clock_hours(moment, amount)
        case Unit.WORKING_DAYS | Unit.SCHOOL_DAYS:
            return calendar.add_working_days(moment, amount)
        case Unit.CALENDAR_DAYS:
            return end_of_day(day + timedelta(days=amount)) - _LAST
        case Unit.MONTHS:
            return end_of_day(add_months(day, amount)) - _LAST


_LAST = timedelta(seconds=1)
"""What is due on a day is due by 23:59:59, as people write it and as `add_working_days` has it."""


# -- where rows come from


@lru_cache(maxsize=1)
def default_rules() -> Rules:
    """The rows that come with the package (`domain/rules/*.yaml`)."""
    return _rules(_shipped())


def _shipped() -> list[Document]:
    files = (item for item in resources.files("nightlight.domain").joinpath("rules").iterdir())
    texts = {item.name: item.read_text(encoding="utf-8") for item in files if item.name.endswith(".yaml")}
    return [Document.parse(texts[name], name) for name in sorted(texts)]


def load_rules(source: Path | str) -> Rules:
    """Rows from a file, every `.yaml` of a folder, or YAML text; raises `RulesError` listing every mistake."""
    return _rules(dated_rows.documents_of(source, "rules"))


def rules_with(source: Path | str) -> Rules:
    """The package's rows with a partnership's own laid over them; raises `RulesError` listing every mistake.

    >>> stricter = '''
    ... local_values:
    ...   - {id: ASSESS-45, version: 100, valid_from: 2026-01-01, amount: 35, unit: working_days, source: Our board.}
    ... '''
    >>> [row.within() for row in rules_with(stricter).rows if row.id == "ASSESS-45"]
    ['45 working days', '35 working days']
    """
    shipped = rule_rows.read(_shipped())
    local = rule_rows.read(dated_rows.documents_of(source, "rules"), shipped.ladders)
    rows, mistakes = local_rules.over([placed.row for placed in shipped.rows], local)
    if mistakes:
        raise RulesError(mistakes)
    return Rules(tuple(rows), (*local.hours, *shipped.hours)[0])


_IN_USE: list[Rules] = []


def use_rules(source: Path | str) -> Rules:
    """From now on the partnership's own rules are the ones in use. Called once, as the program starts, by `config`."""
    _IN_USE[:] = [rules_with(source)]
    return _IN_USE[0]


def rules_in_use() -> Rules:
    """The partnership's rules, where it has some of its own; else those that come with the package."""
    return _IN_USE[0] if _IN_USE else default_rules()


def _rules(documents: Iterable[Document]) -> Rules:
    files = rule_rows.read(documents)
    if files.mistakes:
        raise RulesError(files.mistakes)
    rows = tuple(placed.row for placed in files.rows)
    return Rules(rows, files.hours[0] if files.hours else OfficeHours(time(0), time.max))
