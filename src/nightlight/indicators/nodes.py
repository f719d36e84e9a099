"""The nodes of an indicator's expression: frozen, and impossible to put together wrongly.

Kinds, attributes and values are checked against `domain/kinds.py` when a node is made, long before there is a child to
evaluate it on. This module says what may be asked; `reference` says what it means. Nobody writes nodes by hand:
`language` is the way in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.chronology import NOT_ABOUT
from nightlight.domain.kinds import KINDS, THEMES, Kind
from nightlight.domain.people import Part
from nightlight.indicators.checks import (
    NodeError,
    attribute_of,
    check_episodes,
    check_few,
    check_group,
    check_in,
    check_number,
    check_numeric,
    check_value,
    instead_of,
)

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
class Expression(Node):
    """A node whose value is `Spans`: when it holds."""


@dataclass(frozen=True, slots=True)
class Amount(Node):
    """A node whose value is a number at each moment."""


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


# -- amounts: a number at each moment


@dataclass(frozen=True, slots=True)
class Count(Amount):
    """How many entries in the last `window`; how many ever, if there is none."""

    entries: Entries
    window: Window | None


@dataclass(frozen=True, slots=True)
class Total(Amount):
    """The sum of a numeric attribute over the entries in the last `window`."""

    entries: Entries
    attribute: str
    window: Window | None

    def __post_init__(self) -> None:
        check_numeric(self.entries.kinds(), self.attribute)


@dataclass(frozen=True, slots=True)
class Distinct(Amount):
    """How many different values (of an attribute, or of the agency) the entries in the last `window` have."""

    entries: Entries
    of: str
    window: Window | None

    def __post_init__(self) -> None:
        check_group(self.entries.kinds(), self.of)


@dataclass(frozen=True, slots=True)
class DistinctNow(Amount):
    """How many different values (of an attribute, or of the agency) the episodes in force at the moment have."""

    entries: Entries
    of: str

    def __post_init__(self) -> None:
        check_episodes(self.entries.kinds(), f"distinct({self.of!r}).in_last(window)")
        check_group(self.entries.kinds(), self.of)


@dataclass(frozen=True, slots=True)
class Followed(Amount):
    """How many of some entries in the last `window` were followed by another within a time: each counts once.

    One counts from when the second of them is known until the last that followed it has left the window.
    """

    first: Entries
    then: Entries
    within: Window
    window: Window | None


# -- expressions: when something holds


@dataclass(frozen=True, slots=True)
class Compare(Expression):
    """An amount reaches a number. Only upward: fewer entries than some number is what missing data looks like."""

    amount: Amount
    op: Op
    number: int | float

    def __post_init__(self) -> None:
        if self.op not in UPWARD:
            raise NodeError(
                f"An amount cannot be asked to be {WORDS[self.op]} a number: what is missing would look like few",
                "Write >= or >, or nothing(entries).for_(window, since=...), with what makes an absence meaningful.",
            )
        check_number(self.number)
        if self.number < 0 or (self.number == 0 and self.op is Op.AT_LEAST):
            raise NodeError("At least 0 always holds, with or without entries", "Compare with a number above 0.")


@dataclass(frozen=True, slots=True)
class Share(Expression):
    """One total is at least, or at most, so many per cent of another, where the other is at least `minimum`."""

    part: Total | Count
    whole: Total | Count
    op: Op
    percent: int | float
    minimum: int | float

    def __post_init__(self) -> None:
        check_number(self.percent)
        check_number(self.minimum)
        if self.minimum <= 0:
            raise NodeError(
                "A share of nothing is not known", "Say how much there must be before it means anything: minimum=40."
            )
        if self.op not in (Op.AT_LEAST, Op.MORE_THAN, Op.AT_MOST, Op.LESS_THAN):
            raise NodeError("A share is compared with >=, >, <= or <", "Write share(...) >= percent(10).")


@dataclass(frozen=True, slots=True)
class Change(Expression):
    """A share has fallen, or risen, by at least so many points from an earlier window to the last one.

    The earlier window ends where the recent one begins. Both wholes must be at least `minimum`.
    """

    part: Total
    whole: Total
    recent: Window
    earlier: Window
    direction: str
    points: int | float
    minimum: int | float

    def __post_init__(self) -> None:
        check_in("direction", (self.direction,), ("fall", "rise"))
        check_number(self.points)
        check_number(self.minimum)
        if self.points <= 0 or self.minimum <= 0:
            raise NodeError(
                "A change needs a size and enough on both sides to compare", "Write fallen_by(points=15, minimum=40)."
            )
        if self.recent.working or self.earlier.working:
            raise NodeError("A change is measured over calendar windows", "Write weeks(8) instead of working days.")


@dataclass(frozen=True, slots=True)
class While(Expression):
    """While one of these episodes lasts."""

    entries: Entries

    def __post_init__(self) -> None:
        check_episodes(self.entries.kinds(), "in_last(window)")


@dataclass(frozen=True, slots=True)
class After(Expression):
    """For `window` from the start, or the end, of one of these episodes."""

    entries: Entries
    edge: str
    window: Window

    def __post_init__(self) -> None:
        check_in("edge", (self.edge,), ("start", "end"))
        check_episodes(self.entries.kinds(), "in_last(window)")


@dataclass(frozen=True, slots=True)
class Lasted(Expression):
    """Something has held for the whole of the last `window`."""

    what: Expression
    window: Window


@dataclass(frozen=True, slots=True)
class Nothing(Expression):
    """None of these entries for `window`, throughout which `since` has held: an absence means nothing without it."""

    entries: Entries
    window: Window
    since: Expression


@dataclass(frozen=True, slots=True)
class Under(Expression):
    """An amount stays under a number, while `since` has held throughout the amount's window."""

    amount: Count | Total | Distinct
    number: int | float
    since: Expression

    def __post_init__(self) -> None:
        check_number(self.number)
        if self.number <= 0:
            raise NodeError("Nothing is under 0", "Compare with a number above 0.")
        if self.amount.window is None:
            raise NodeError("What is under a number needs a time over which to count", "Write in_last(months(6)).")


@dataclass(frozen=True, slots=True)
class NotFollowed(Expression):
    """An entry (an episode: its end) was not followed by another within `window`.

    From then until it is, or until `lasting` has passed; and only while `since` holds, which says that what should
    follow would be on record if it had happened.
    """

    first: Entries
    then: Entries
    window: Window
    lasting: Window
    since: Expression


@dataclass(frozen=True, slots=True)
class Then(Expression):
    """An entry was followed by another within `window`: for `lasting` from the second."""

    first: Entries
    then: Entries
    window: Window
    lasting: Window


@dataclass(frozen=True, slots=True)
class Again(Expression):
    """Something begins to hold within `window` after an entry: from when it begins until that window is over."""

    what: Expression
    after: Entries
    window: Window


@dataclass(frozen=True, slots=True)
class Latest(Expression):
    """The latest known value of an attribute compares so with a value; within `window`, if there is one."""

    entries: Entries
    attribute: str
    op: Op
    value: int | float | str | bool
    window: Window | None = None

    def __post_init__(self) -> None:
        if self.op is not Op.EQUAL:
            check_numeric(self.entries.kinds(), self.attribute)
            check_number(self.value)
            return
        for kind in self.entries.kinds():
            Where(self.attribute, Op.EQUAL, (self.value,)).check(kind)


@dataclass(frozen=True, slots=True)
class LatestChange(Expression):
    """The latest value, less the one `over - 1` values before it, is at least (or at most) a number.

    Values are in the order in which they happened; with fewer than `over` of them within `window` it does not hold.
    """

    entries: Entries
    attribute: str
    op: Op
    number: int | float
    over: int
    window: Window | None = None

    def __post_init__(self) -> None:
        check_numeric(self.entries.kinds(), self.attribute)
        check_number(self.number)
        check_few("over", self.over)
        if self.op not in (Op.AT_LEAST, Op.AT_MOST):
            raise NodeError("A change is at least or at most a number", "Write risen_by(2) or fallen_by(2).")


@dataclass(frozen=True, slots=True)
class InARow(Expression):
    """The latest `number` of some entries, `among` others of their sort, one after the other.

    by: the attribute (or "agency") within each value of which they are in a row; empty for all together. An entry that
    does not have it belongs to no row.
    """

    entries: Entries
    among: Entries
    number: int
    by: str = ""
    window: Window | None = None

    def __post_init__(self) -> None:
        check_few("in_a_row", self.number)
        if self.by:
            check_group((*self.entries.kinds(), *self.among.kinds()), self.by)


@dataclass(frozen=True, slots=True)
class Age(Expression):
    """The child is under, or has reached, an age. Certain ages only: what the birth date leaves open never holds."""

    op: Op
    months: int

    def __post_init__(self) -> None:
        if self.op not in (Op.LESS_THAN, Op.AT_LEAST):
            raise NodeError("An age is reached or not", "Write age() < years(5) or age() >= years(10).")
        if isinstance(self.months, bool) or not isinstance(self.months, int) or not 0 < self.months <= 240:
            raise NodeError("An age is 1 month to 20 years", "Write years(5), or months(6).")


@dataclass(frozen=True, slots=True)
class Uncovered(Expression):
    """A danger voiced with a time, while some of that time is not covered by any protection known so far.

    starts: the attribute of a danger that says from when the harm could come; without it, from when it was voiced.
    in_force: the attribute of a protection that says from when it is in force; one that does not say protects from
    nothing. A protection answers a danger only if it was agreed no earlier than `before` the danger was voiced.
    holding: episodes that protect for as long as they last, whenever they began.
    """

    dangers: Entries
    starts: str
    protections: Entries
    in_force: str
    before: Window
    holding: Entries | None = None

    def __post_init__(self) -> None:
        for entries, attribute in ((self.dangers, self.starts), (self.protections, self.in_force)):
            for kind in entries.kinds():
                attribute_of(kind, attribute)
        if self.holding is not None:
            check_episodes(self.holding.kinds(), "protections=")


@dataclass(frozen=True, slots=True)
class AllOf(Expression):
    """All of these at once."""

    of: tuple[Expression, ...]

    def __post_init__(self) -> None:
        _check_expressions(self.of)


@dataclass(frozen=True, slots=True)
class AnyOf(Expression):
    """At least one of these."""

    of: tuple[Expression, ...]

    def __post_init__(self) -> None:
        _check_expressions(self.of)


@dataclass(frozen=True, slots=True)
class AtLeastOf(Expression):
    """At least so many of these at once."""

    number: int
    of: tuple[Expression, ...]

    def __post_init__(self) -> None:
        _check_expressions(self.of)
        if isinstance(self.number, bool) or not 0 < self.number <= len(self.of):
            raise NodeError(
                f"At least {self.number} of {len(self.of)} cannot be", f"Give a number from 1 to {len(self.of)}."
            )


@dataclass(frozen=True, slots=True)
class Unless(Expression):
    """One thing, except while another holds.

    There is no bare "not": an absence needs something that makes it matter.
    """

    what: Expression
    exception: Expression


@dataclass(frozen=True, slots=True)
class Named(Expression):
    """Another indicator, by its code, with what it means."""

    code: str
    expression: Expression


def children(node: Node) -> Iterator[Node]:
    """The nodes directly within a node, in the order of its fields."""
    for each in fields(node):
        value = getattr(node, each.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Node):
                yield item


def walk(node: Node) -> Iterator[Node]:
    """The node and everything within it, outermost first."""
    yield node
    for child in children(node):
        yield from walk(child)


def _check_expressions(of: tuple[Expression, ...]) -> None:
    if not of or not all(isinstance(each, Expression) for each in of):
        raise NodeError("There is nothing to combine", "Give conditions, such as entries(...).in_last(...) >= 1.")
