"""What a row of the rules is: a timescale, what starts and ends its clock, who answers, and to whom it climbs.

Only the shape of a row. Reading one from a file is `rule_rows`, what it means for a moment is `clocks`, and what it
means for a child is `running`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from nightlight.domain.documents import DocumentError
from nightlight.timeline.calendar import WorkingCalendar, local_time


class Unit(StrEnum):
    """What an amount of time is counted in. Minutes and clock hours run to the minute; the others end with a day."""

    CLOCK_HOURS = "clock_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"
    SCHOOL_DAYS = "school_days"
    MINUTES = "minutes"


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


STATUTORY = (Force.LAW, Force.STATUTORY_GUIDANCE)
"""What a partnership may make stricter and never looser."""


SECTIONS = (
    "rules", "office_hours", "ladders", "local_values", "meetings", "parts", "routes", "bases", "gates", "plans",
    "school_holidays", "scope", "sharing", "unusual", "limits", "keeping",
)  # fmt: skip
"""What a file of a partnership's own rules may hold. Each reader takes what is its own, and minds a word that is
nobody's."""


class RulesError(DocumentError):
    """Rule rows that cannot be used; each mistake names file, line, field and what was expected."""


class NoRuleError(LookupError):
    """No row of that id is in force at that moment."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of an escalation ladder: the role it climbs to, and how long after the rung below (or after the due time).

    out_of_hours: the role that answers instead outside office hours; empty when the rung waits for nobody else.
    tells: a role that is told when the rung is reached, though it does not answer.
    """

    role: str
    after: int = 0
    unit: Unit = Unit.CLOCK_HOURS
    out_of_hours: str = ""
    tells: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Which entries of a child's record start, end or stop a clock.

    where: for each attribute named, the values of which the entry has one. ends: the moment is the end of the episode,
    not its beginning. same: it is the very entry that started the clock which now says this (a decision written into
    the referral, the end of the same episode).
    """

    kind: str
    where: Mapping[str, tuple[Any, ...]] = field(default_factory=lambda: MappingProxyType({}))
    ends: bool = False
    same: bool = False

    def words(self) -> str:
        """The clause in words.

        >>> Clause(kind="police.missing", ends=True).words()
        'the end of police.missing'
        """
        stated = " and ".join(f"{name} {_any_of(values)}" for name, values in self.where.items())
        which = f"{'the end of ' if self.ends else ''}{'the same ' if self.same else ''}{self.kind}"
        return f"{which} with {stated}" if stated else which


def _any_of(values: tuple[Any, ...]) -> str:
    said = [{True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else value for value in values]
    return " or ".join(str(value) for value in said)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One dated version of one timescale.

    level: the level of a firing that it answers; or trigger: the event, in words, that starts it. One of the two.
    starts, ends, stops: the entries that start the clock, meet it, or make it pointless. within_episode: the episode
    that must be open for it to run at all. once: while one runs, what would start another does not.
    watched: whether the program can see those entries; not_watched says why not.
    deadline: the source's own words where it gives no number; amount is then 0 and the row is not watched.
    duty_level: the level of the duty that is raised when its clock starts; empty where the clock is only shown.
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
    deadline: str = ""
    starts: tuple[Clause, ...] = ()
    ends: tuple[Clause, ...] = ()
    stops: tuple[Clause, ...] = ()
    within_episode: str = ""
    once: bool = False
    discharged_by: str = ""
    watched: bool = True
    not_watched: str = ""
    duty_level: str = ""
    out_of_hours: str = ""
    ladder: tuple[Rung, ...] = ()
    local: bool = False

    @property
    def is_clock(self) -> bool:
        """Whether entries start and stop it by themselves."""
        return self.watched and bool(self.starts)

    @property
    def is_fast(self) -> bool:
        """Whether it runs in hours, through nights, weekends and bank holidays."""
        return self.unit in (Unit.MINUTES, Unit.CLOCK_HOURS)

    def in_force_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def within(self) -> str:
        """How long, in words.

        >>> in_words(1, Unit.WORKING_DAYS)
        '1 working day'
        """
        return in_words(self.amount, self.unit) if self.amount else self.deadline


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The hours of a working day, on a clock in London, outside which out-of-hours roles answer.

    every_day: open at weekends and on bank holidays too, as a control room is.
    """

    start: time
    end: time
    every_day: bool = False

    def include(self, moment: datetime, calendar: WorkingCalendar) -> bool:
        """Whether offices are open at that moment."""
        local = local_time(moment)
        open_today = self.every_day or calendar.is_working_day(local.date())
        return open_today and self.start <= local.time() < self.end


_SINGULAR = {
    Unit.MINUTES: "minute",
    Unit.CLOCK_HOURS: "hour",
    Unit.WORKING_DAYS: "working day",
    Unit.CALENDAR_DAYS: "day",
    Unit.MONTHS: "month",
    Unit.SCHOOL_DAYS: "school day",
}


def in_words(amount: int, unit: Unit) -> str:
    """An amount of time in words."""
    return f"{amount} {_SINGULAR[unit]}{'' if amount == 1 else 's'}"
