"""Amounts: numbers at each moment, which a comparison turns into a condition. Part of `language`, as printed.

Nothing here is a number yet: an amount has a value only on a child's facts, in an engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nightlight.indicators import nodes
from nightlight.indicators.conditions import NO_ABSENCE, Condition, node_of
from nightlight.indicators.lengths import LanguageError, Percent, Unfinished, a_window, build
from nightlight.indicators.nodes import Op, Window


class Amount:
    """A number at each moment; compare it with `>=` or `>` to make a condition.

    >>> entries("health.appointment", result="not_brought").in_last(months(12)) >= 3
    Condition(Compare)
    """

    __slots__ = ("_make", "_window")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, make: Callable[[Window | None], nodes.Amount], window: Window | None) -> None:
        self._make = make
        self._window = window if window is None else a_window(window)

    @property
    def node(self) -> nodes.Amount:
        return self._make(self._window)

    def __ge__(self, number: int | float) -> Condition:
        return self._compare(Op.AT_LEAST, number)

    def __gt__(self, number: int | float) -> Condition:
        return self._compare(Op.MORE_THAN, number)

    def __le__(self, number: int | float) -> Condition:
        return self._compare(Op.AT_MOST, number)

    def __lt__(self, number: int | float) -> Condition:
        return self._compare(Op.LESS_THAN, number)

    def __eq__(self, number: object) -> Condition:  # type: ignore[override]
        return self._compare(Op.EQUAL, number)

    def under(self, number: int | float, *, since: Condition | None = None) -> Condition:
        """Less than a number, while something has held throughout the window that makes the lack mean something.

        >>> collected = entries("health.medicine_collected", medicine="preventer")
        >>> collected.total("days_supply").in_last(months(6)).under(91, since=collected.ever() >= 1)
        Condition(Under)
        """
        if not isinstance(self.node, nodes.Count | nodes.Total | nodes.Distinct):
            raise LanguageError(
                "Only how many, how much or how many different ones can be under a number.\n"
                "  Write entries(...).in_last(window).under(number, since=...)."
            )
        if since is None:
            raise LanguageError(NO_ABSENCE.format("under(number, since=entries(...).going_on())"))
        return Condition(build(nodes.Under, self.node, number, node_of(since)))

    def _compare(self, op: Op, number: Any) -> Condition:
        return Condition(build(nodes.Compare, self.node, op, number))


@dataclass(frozen=True, slots=True)
class Measured(Unfinished):
    """An amount that still needs its time: `entries(...).total("quantity")`."""

    make: Callable[[Window | None], nodes.Amount]
    now: Callable[[], nodes.Amount] | None = None

    def in_last(self, window: Window) -> Amount:
        """Over the last so many days, at each moment.

        >>> entries("health.medicine_issued", medicine="reliever").total("quantity").in_last(months(12)) >= 6
        Condition(Compare)
        """
        return Amount(self.make, window)

    def ever(self) -> Amount:
        """Over all that is known, at each moment.

        >>> entries("voice.words").distinct("setting").ever() >= 2
        Condition(Compare)
        """
        return Amount(self.make, None)

    def going_on(self) -> Amount:
        """Of the episodes in force, at each moment; for `distinct` only.

        >>> entries("housing.residence", through="child").distinct("address").going_on() >= 2
        Condition(Compare)
        """
        now = self.now
        if now is None:
            raise LanguageError("Only different values can be in force together.\n  Write in_last(window) or ever().")
        return Amount(lambda _: build(now), None)


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """One total as a share of another; compare it with a percentage."""

    part: nodes.Total | nodes.Count
    whole: nodes.Total | nodes.Count
    minimum: int | float

    def __ge__(self, share: Percent) -> Condition:
        return self._compare(Op.AT_LEAST, share)

    def __gt__(self, share: Percent) -> Condition:
        return self._compare(Op.MORE_THAN, share)

    def __le__(self, share: Percent) -> Condition:
        return self._compare(Op.AT_MOST, share)

    def __lt__(self, share: Percent) -> Condition:
        return self._compare(Op.LESS_THAN, share)

    def _compare(self, op: Op, share: Percent) -> Condition:
        if not isinstance(share, Percent):
            raise LanguageError("A share is compared with a percentage.\n  Write percent(10) for a tenth.")
        return Condition(build(nodes.Share, self.part, self.whole, op, share.number, self.minimum))


@dataclass(frozen=True, slots=True)
class ShareOfEntries(Unfinished):
    """How many of some entries are of a sort; it still needs its window."""

    part: nodes.Entries
    whole: nodes.Entries

    def in_last(self, window: Window, *, minimum: int | None = None) -> Share:
        """Over the last so many days, where there are at least `minimum` of them: two of two say little.

        >>> appointments = entries("health.appointment")
        >>> missed = entries("health.appointment", result="not_brought").share_of(appointments)
        >>> missed.in_last(months(12), minimum=6) >= percent(50)
        Condition(Share)
        """
        part, whole = build(nodes.Count, self.part, window), build(nodes.Count, self.whole, window)
        return Share(part, whole, _minimum(minimum))


@dataclass(frozen=True, slots=True)
class ShareOver(Unfinished):
    """A share that still needs its window."""

    of: nodes.Entries
    part: str
    whole: str
    whole_of: nodes.Entries

    def in_last(self, window: Window, *, minimum: int | float | None = None) -> Share:
        """Over the last so many days, where the whole is at least `minimum`: a share of little says little.

        >>> registers = entries("education.register")
        >>> registers.share("attended", of="possible").in_last(months(12), minimum=40) <= percent(90)
        Condition(Share)
        """
        part = build(nodes.Total, self.of, self.part, window)
        return Share(part, build(nodes.Total, self.whole_of, self.whole, window), _minimum(minimum))

    def fallen_by(
        self, points: int | float, *, recent: Window, earlier: Window, minimum: int | float | None = None
    ) -> Condition:
        """In the last window it is so many points lower than in the one before.

        >>> attendance = entries("education.register").share("attended", of="possible")
        >>> attendance.fallen_by(15, recent=weeks(8), earlier=weeks(12), minimum=40)
        Condition(Change)
        """
        return self._changed("fall", points, recent, earlier, minimum)

    def risen_by(
        self, points: int | float, *, recent: Window, earlier: Window, minimum: int | float | None = None
    ) -> Condition:
        """In the last window it is so many points higher than in the one before.

        >>> attendance = entries("education.register").share("attended", of="possible")
        >>> attendance.risen_by(10, recent=weeks(8), earlier=weeks(12), minimum=40)
        Condition(Change)
        """
        return self._changed("rise", points, recent, earlier, minimum)

    def _changed(
        self, direction: str, points: int | float, recent: Window, earlier: Window, minimum: int | float | None
    ) -> Condition:
        part = build(nodes.Total, self.of, self.part, recent)
        whole = build(nodes.Total, self.whole_of, self.whole, recent)
        return Condition(build(nodes.Change, part, whole, recent, earlier, direction, points, _minimum(minimum)))


@dataclass(frozen=True, slots=True, eq=False)
class LatestValue:
    """The latest known value of an attribute; compare it with a value."""

    of: nodes.Entries
    attribute: str
    window: Window | None

    def in_last(self, window: Window) -> LatestValue:
        """Only if it is no older than this.

        >>> entries("voice.scale").latest("score").in_last(months(6)) <= 3
        Condition(Latest)
        """
        return LatestValue(self.of, self.attribute, window)

    def __ge__(self, value: int | float) -> Condition:
        return self._compare(Op.AT_LEAST, value)

    def __gt__(self, value: int | float) -> Condition:
        return self._compare(Op.MORE_THAN, value)

    def __le__(self, value: int | float) -> Condition:
        return self._compare(Op.AT_MOST, value)

    def __lt__(self, value: int | float) -> Condition:
        return self._compare(Op.LESS_THAN, value)

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]
        return self._compare(Op.EQUAL, value)

    __hash__ = None  # type: ignore[assignment]

    def risen_by(self, number: int | float, *, over: int = 2) -> Condition:
        """It is so much higher than the value before; with `over=3`, than the one before that.

        >>> entries("health.growth").latest("centile_spaces_fallen").risen_by(1)
        Condition(LatestChange)
        """
        return self._changed(Op.AT_LEAST, _size(number), over)

    def fallen_by(self, number: int | float, *, over: int = 2) -> Condition:
        """It is so much lower than the value before; with `over=3`, than the one before that.

        >>> entries("voice.scale").latest("score").in_last(months(12)).fallen_by(3)
        Condition(LatestChange)
        """
        return self._changed(Op.AT_MOST, -_size(number), over)

    def not_risen(self, *, over: int = 2) -> Condition:
        """It is no higher than the value before; with `over=3`, than the one before that.

        >>> entries("voice.scale").latest("score").in_last(months(12)).not_risen(over=3)
        Condition(LatestChange)
        """
        return self._changed(Op.AT_MOST, 0, over)

    def not_fallen(self, *, over: int = 2) -> Condition:
        """It is no lower than the value before; with `over=3`, than the one before that.

        >>> entries("voice.scale").latest("score").in_last(months(12)).not_fallen(over=3)
        Condition(LatestChange)
        """
        return self._changed(Op.AT_LEAST, 0, over)

    def _changed(self, op: Op, number: int | float, over: int) -> Condition:
        return Condition(build(nodes.LatestChange, self.of, self.attribute, op, number, over, self.window))

    def _compare(self, op: Op, value: Any) -> Condition:
        return Condition(build(nodes.Latest, self.of, self.attribute, op, value, self.window))


def _minimum(number: int | float | None) -> int | float:
    if number is None:
        raise LanguageError("A share of little says little.\n  Say of how much it must be: minimum=20.")
    return number


def _size(number: int | float) -> int | float:
    if isinstance(number, bool) or not isinstance(number, int | float) or not number > 0:
        raise LanguageError(
            "A change needs a size above 0.\n"
            "  Write risen_by(2) or fallen_by(2); not_risen() for no better than before."
        )
    return number
