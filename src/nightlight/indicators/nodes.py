"""The nodes of an indicator's expression: frozen, and impossible to put together wrongly.

Kinds, attributes and values are checked against `domain/kinds.py` when a node is made, long before there is a child to
evaluate it on. This module says what may be asked; `reference` says what it means. Nobody writes nodes by hand:
`language` is the way in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from nightlight.indicators.checks import (
    NodeError,
    check_episodes,
    check_few,
    check_group,
    check_in,
    check_moment,
    check_number,
    check_numeric,
)
from nightlight.indicators.patterns import ABOUT_PARTS as ABOUT_PARTS
from nightlight.indicators.patterns import PATHS as PATHS
from nightlight.indicators.patterns import UPWARD as UPWARD
from nightlight.indicators.patterns import WORDS as WORDS
from nightlight.indicators.patterns import Entries as Entries
from nightlight.indicators.patterns import Node as Node
from nightlight.indicators.patterns import Op as Op
from nightlight.indicators.patterns import Pattern as Pattern
from nightlight.indicators.patterns import Where as Where
from nightlight.indicators.patterns import Window as Window


@dataclass(frozen=True, slots=True)
class Expression(Node):
    """A node whose value is `Spans`: when it holds."""


@dataclass(frozen=True, slots=True)
class Amount(Node):
    """A node whose value is a number at each moment."""


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
        check_moment(self.dangers.kinds(), self.starts)
        check_moment(self.protections.kinds(), self.in_force)
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
