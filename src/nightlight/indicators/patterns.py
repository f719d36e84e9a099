"""Which entries a condition is about: kinds, attributes, agencies, parts and paths, and the length of a window.

The lower half of the nodes, checked against `domain/kinds.py` when made. What is asked of the entries is `nodes`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.chronology import NOT_ABOUT
from nightlight.domain.kinds import KINDS, THEMES, Kind
from nightlight.domain.people import Part
from nightlight.indicators.checks import NodeError, check_in, check_value, instead_of

ABOUT_PARTS = tuple(part for part in Part if part not in NOT_ABOUT)
"""The parts in which an entry is evidence of what happens to the person: the default of every filter."""
PATHS = ("child", "adult", "address")
"""The ways in which an entry can concern a child."""


class Op(StrEnum):
    """How an amount is compared with a number."""

    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    LESS_THAN = "less_than"
    EQUAL = "equal"


UPWARD = frozenset({Op.AT_LEAST, Op.MORE_THAN})
WORDS = {
    Op.AT_LEAST: "at least",
    Op.MORE_THAN: "more than",
    Op.AT_MOST: "at most",
    Op.LESS_THAN: "less than",
    Op.EQUAL: "exactly",
}


@dataclass(frozen=True, slots=True)
class Node:
    """Anything in an expression."""


@dataclass(frozen=True, slots=True)
class Window(Node):
    """A length of time: calendar days, or working days of England."""

    days: int
    working: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.days, bool) or not isinstance(self.days, int) or not 0 < self.days <= 36_525:
            raise NodeError(
                "A window is a whole number of days, 1 to 36,525", "Write days(28), weeks(6) or months(12)."
            )

    def __str__(self) -> str:
        if self.working:
            return f"{self.days} working day" + "s" * (self.days != 1)
        if self.days >= 730 and self.days % 365 == 0:
            return f"{self.days // 365} years"
        for months, days in _MONTHS.items():
            if days == self.days:
                return f"{months} month" + "s" * (months != 1)
        if self.days % 7 == 0 and self.days <= 84:
            return f"{self.days // 7} week" + "s" * (self.days != 7)
        return f"{self.days} day" + "s" * (self.days != 1)


_MONTHS = {months: months * 365 // 12 for months in range(3, 61, 3)} | {1: 30}


# -- which entries


@dataclass(frozen=True, slots=True)
class Where(Node):
    """One attribute of an entry equal to one of some values, or at least or at most a number.

    An entry that does not have the attribute never matches: what was not written down is not known.
    """

    attribute: str
    op: Op
    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        if self.op not in (Op.EQUAL, Op.AT_LEAST, Op.AT_MOST) or not self.values:
            raise NodeError(
                f"A filter on {self.attribute} needs a value to compare with",
                f"Write {self.attribute}=value, {self.attribute}=(one, another) or {self.attribute}=at_least(number).",
            )

    def check(self, kind: Kind) -> None:
        """Refuse a value that no entry of this kind can have."""
        for value in self.values:
            check_value(kind, self.attribute, value, numeric=self.op is not Op.EQUAL)


@dataclass(frozen=True, slots=True)
class Pattern(Node):
    """Entries of one kind or theme: their attributes, agency, the child's part in them, and the path to the child."""

    kind: str
    where: tuple[Where, ...] = ()
    agencies: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ABOUT_PARTS
    through: tuple[str, ...] = PATHS

    def __post_init__(self) -> None:
        if self.kind not in KINDS and self.kind not in THEMES:
            raise NodeError(f"There is no kind of entry {self.kind!r}", instead_of(self.kind, (*KINDS, *THEMES)))
        for where in self.where:
            for kind in self.kinds():
                where.check(kind)
        check_in("agency", self.agencies, tuple(AGENCIES))
        check_in("part", self.parts, tuple(Part))
        check_in("path", self.through, PATHS)
        if not self.parts or not self.through:
            raise NodeError("A filter without any part or path matches nothing", "Leave the part or path out for all.")

    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of entry that it may match."""
        if self.kind in KINDS:
            return (KINDS[self.kind],)
        return tuple(kind for kind in KINDS.values() if kind.theme == self.kind)


@dataclass(frozen=True, slots=True)
class Entries(Node):
    """Entries that match any of some patterns. `one` and `many` are what people call them; they change no meaning."""

    patterns: tuple[Pattern, ...]
    one: str = field(default="", compare=False)
    many: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.patterns:
            raise NodeError("No entries are named", "Name at least one kind: entries('health.review').")

    def kinds(self) -> tuple[Kind, ...]:
        return tuple({kind.name: kind for pattern in self.patterns for kind in pattern.kinds()}.values())

    def called(self, number: int) -> str:
        """What so many of them are called.

        >>> Entries((Pattern("health.review"),), "review", "reviews").called(2)
        'reviews'
        """
        if self.many:
            return self.one if number == 1 else self.many
        kinds = " or ".join(dict.fromkeys(pattern.kind for pattern in self.patterns))
        return f"{'entry' if number == 1 else 'entries'} of {kinds}"
