"""Steps: numbers that are constant between moments, such as how many visits in the last 28 days, at every moment.

A `Steps` is a sum of contributions over time; compared with a number or another `Steps` it gives `Spans`. It must add
exactly: what a contribution adds, its end takes away, to the last digit. So a float means the decimal that it prints as
(0.1 is a tenth: 3 of 30 sessions *is* "at least 0.1"), and sums are kept as whole numbers or fractions.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from heapq import heappop, heappush
from typing import Any, NoReturn

from nightlight.timeline.instants import BEGINNING, END, BackwardsSpanError, TimelineError, as_utc
from nightlight.timeline.spans import Span, Spans

__all__ = ["Number", "Steps", "exact"]

Number = int | float | Fraction | Decimal
Exact = int | Fraction


@lru_cache(maxsize=4096, typed=True)
def exact(number: Number) -> Exact:
    """The number as people mean it: a float is the decimal that it prints as.

    >>> exact(0.1), exact(2.0)
    (Fraction(1, 10), 2)
    """
    if isinstance(number, int):
        return int(number)
    if not math.isfinite(number):
        raise TimelineError(f"{number} is not a number that can be added up. Leave the contribution out instead.")
    fraction = Fraction(repr(number)) if isinstance(number, float) else Fraction(number)
    return fraction.numerator if fraction.denominator == 1 else fraction


class Steps:
    """An immutable number over all of time, constant between its edges.

    >>> from datetime import UTC
    >>> first, second, third, fourth = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3, 4))
    >>> absences = Steps.sum([(first, third, 1), (second, fourth, 1)])
    >>> absences.at(second)
    2
    >>> absences.at_least(2)
    Spans(2026-03-02T00:00Z..2026-03-03T00:00Z)
    """

    __slots__ = ("_edges", "_values")
    # _values[i] holds from _edges[i - 1] (or the beginning) up to _edges[i] (or the end); neighbours differ.
    _edges: tuple[datetime, ...]
    _values: tuple[Exact, ...]

    def __init__(self) -> None:
        raise TypeError("make one with Steps.sum, Steps.constant, Steps.latest or Steps.latest_known.")

    @classmethod
    def _trusted(cls, edges: tuple[datetime, ...], values: tuple[Exact, ...]) -> Steps:
        made = object.__new__(cls)
        object.__setattr__(made, "_edges", edges)
        object.__setattr__(made, "_values", values)
        return made

    @classmethod
    def _joined(cls, pieces: Iterable[tuple[datetime, Exact]]) -> Steps:
        """From (from when, value) in order of time, the first from BEGINNING: equal neighbours become one."""
        edges: list[datetime] = []
        values: list[Exact] = []
        for start, value in pieces:
            if not values or value != values[-1]:
                edges.append(start)
                values.append(value)
        return cls._trusted(tuple(edges[1:]), tuple(values))

    @classmethod
    def sum(cls, contributions: Iterable[tuple[datetime, datetime, Number]]) -> Steps:
        """The sum, at each moment, of the weights whose span `[start, end)` holds it; 0 elsewhere.

        >>> Steps.sum([(BEGINNING, END, 2.5)]) == Steps.constant(2.5)
        True
        """
        changes: defaultdict[datetime, Exact] = defaultdict(int)
        for start, end, weight in contributions:
            start, end = _forwards(start, end)
            amount = exact(weight)
            changes[start] += amount
            changes[end] -= amount
        return cls._joined(_running(changes))

    @classmethod
    def constant(cls, value: Number) -> Steps:
        """The same at all times.

        >>> Steps.constant(3).at(BEGINNING)
        3
        """
        return cls._trusted((), (exact(value),))

    @classmethod
    def latest(cls, observations: Iterable[tuple[datetime, Number, datetime]], default: Number = 0) -> Steps:
        """The value, at each moment, of the latest of the observations `(instant, value, until)` still in force.

        One that has run out, or was retracted, gives way to the one before it. Of two at the same instant the later in
        the iterable counts. Where none is in force the value is `default`.

        >>> from datetime import UTC
        >>> first, second, third = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3))
        >>> weight = Steps.latest([(first, 12.4, END), (second, 11.9, third)])
        >>> [float(weight.at(moment)) for moment in (first, second, third)]
        [12.4, 11.9, 12.4]
        """
        return cls.latest_known(((instant, instant, value, until) for instant, value, until in observations), default)

    @classmethod
    def latest_known(
        cls, observations: Iterable[tuple[datetime, datetime, Number, datetime]], default: Number = 0
    ) -> Steps:
        """As `latest`, of observations `(occurred, known, value, until)` that count from when they were known.

        Which is the latest goes by when they occurred: an old weight that arrives late does not displace a newer one.
        One first known when it no longer holds never counts.

        >>> from datetime import UTC
        >>> first, second, third = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3))
        >>> Steps.latest_known([(second, second, 40, END), (first, third, 60, END)]).at(third)
        40
        """
        ordered = sorted(
            (
                (as_utc(occurred), as_utc(known), exact(value), as_utc(until))
                for occurred, known, value, until in observations
            ),
            key=operator.itemgetter(0, 1),
        )
        starting: list[tuple[datetime, int, datetime, Exact]] = []
        for rank, (occurred, known, value, until) in enumerate(ordered):
            _forwards(occurred, until)
            if max(occurred, known) < until:
                starting.append((max(occurred, known), -rank, until, value))
        return cls._joined(_topmost(sorted(starting), exact(default)))

    # -- reading

    def at(self, instant: datetime) -> Exact:
        """The value at a moment: a whole number, or a fraction; `float(...)` it for people.

        >>> Steps.constant(0.5).at(END)
        Fraction(1, 2)
        """
        return self._values[bisect_right(self._edges, as_utc(instant))]

    def pieces(self) -> Iterator[tuple[datetime, datetime, Exact]]:
        """(start, end, value) over all of time, in order; neighbouring values differ.

        >>> list(Steps.constant(1).pieces()) == [(BEGINNING, END, 1)]
        True
        """
        return zip((BEGINNING, *self._edges), (*self._edges, END), self._values, strict=True)

    # -- arithmetic

    def __add__(self, other: Steps | Number) -> Steps:
        return self._with(other, operator.add)

    __radd__ = __add__

    def __mul__(self, other: Steps | Number) -> Steps:
        return self._with(other, operator.mul)

    __rmul__ = __mul__

    def __sub__(self, other: Steps | Number) -> Steps:
        return self._with(other, operator.sub)

    def __rsub__(self, other: Steps | Number) -> Steps:
        return -self + other

    def __neg__(self) -> Steps:
        return self * -1

    def _with(self, other: Steps | Number, combine: Callable[[Any, Any], Exact]) -> Steps:
        if not isinstance(other, Steps | Number):
            return NotImplemented
        return Steps._joined((start, _whole(combine(mine, theirs))) for start, mine, theirs in _together(self, other))

    # -- comparison with a number, or with another Steps moment by moment

    def at_least(self, n: Steps | Number) -> Spans:
        """When this is `n` or more. `n` is a number, or another Steps compared moment by moment.

        >>> Steps.constant(3).at_least(3) == Spans.always()
        True
        """
        return self._when(operator.ge, n)

    def more_than(self, n: Steps | Number) -> Spans:
        """When this is above `n`.

        >>> Steps.constant(3).more_than(3) == Spans.empty()
        True
        """
        return self._when(operator.gt, n)

    def at_most(self, n: Steps | Number) -> Spans:
        """When this is `n` or less.

        >>> Steps.constant(3).at_most(Steps.constant(4)) == Spans.always()
        True
        """
        return self._when(operator.le, n)

    def less_than(self, n: Steps | Number) -> Spans:
        """When this is below `n`.

        >>> Steps.constant(3).less_than(3) == Spans.empty()
        True
        """
        return self._when(operator.lt, n)

    def equal_to(self, n: Steps | Number) -> Spans:
        """When this is exactly `n`.

        >>> Steps.constant(0.3).equal_to(Steps.constant(0.1) + 0.2) == Spans.always()
        True
        """
        return self._when(operator.eq, n)

    def _when(self, holds: Callable[[Any, Any], bool], other: Steps | Number) -> Spans:
        return _where((start, holds(mine, theirs)) for start, mine, theirs in _together(self, other))

    @staticmethod
    def ratio_at_least(numerator: Steps, denominator: Steps, ratio: Number) -> Spans:
        """When the numerator is at least that share of the denominator; never where the denominator is not above 0.

        >>> Steps.ratio_at_least(Steps.constant(3), Steps.constant(30), 0.1) == Spans.always()
        True
        """
        return numerator.at_least(denominator * ratio) & denominator.more_than(0)

    @staticmethod
    def ratio_at_most(numerator: Steps, denominator: Steps, ratio: Number) -> Spans:
        """When the numerator is at most that share of the denominator; never where the denominator is not above 0.

        >>> Steps.ratio_at_most(Steps.constant(0), Steps.constant(0), 0.5) == Spans.empty()
        True
        """
        return numerator.at_most(denominator * ratio) & denominator.more_than(0)

    # -- an immutable value

    def __eq__(self, other: object) -> bool:
        """Whether it is the same number at every moment. (For *when* two are equal, ask `equal_to`.)"""
        if not isinstance(other, Steps):
            return NotImplemented
        return self._edges == other._edges and self._values == other._values

    def __hash__(self) -> int:
        return hash((self._edges, self._values))

    def __repr__(self) -> str:
        return f"Steps({', '.join(f'{value} over {Spans.of(start, end)!r}' for start, end, value in self.pieces())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Steps._trusted, (self._edges, self._values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"Steps is immutable: make another with the {name} you need.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"Steps is immutable: {name} stays.")


def _whole(value: Exact) -> Exact:
    return value.numerator if value.denominator == 1 else value


def _forwards(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    start, end = as_utc(start), as_utc(end)
    if end < start:
        raise BackwardsSpanError(
            f"this would stop counting at {end.isoformat()}, before it starts at {start.isoformat()}. "
            "Leave it out if it became known only when its window had passed."
        )
    return start, end


def _running(changes: dict[datetime, Exact]) -> Iterator[tuple[datetime, Exact]]:
    value = changes.pop(BEGINNING, 0)
    changes.pop(END, None)
    yield BEGINNING, _whole(value)
    for moment in sorted(changes):
        value += changes[moment]
        yield moment, _whole(value)


def _topmost(starting: list[tuple[datetime, int, datetime, Exact]], default: Exact) -> Iterator[tuple[datetime, Exact]]:
    """Sweep (from, minus rank, until, value), sorted: the value of the highest rank in force at each edge."""
    edges = sorted({BEGINNING, *(start for start, *_ in starting), *(until for _, _, until, _ in starting)} - {END})
    in_force: list[tuple[int, datetime, Exact]] = []
    begun = 0
    for edge in edges:
        while begun < len(starting) and starting[begun][0] <= edge:
            heappush(in_force, starting[begun][1:])
            begun += 1
        while in_force and in_force[0][1] <= edge:
            heappop(in_force)
        yield edge, in_force[0][2] if in_force else default


def _together(left: Steps, right: Steps | Number) -> Iterator[tuple[datetime, Exact, Exact]]:
    """(from when, left's value, right's value) at each edge of either."""
    if not isinstance(right, Steps):
        number = exact(right)
        yield from ((start, value, number) for start, _, value in left.pieces())
        return
    i = j = 0
    start = BEGINNING
    while True:
        yield start, left._values[i], right._values[j]
        left_edge = left._edges[i] if i < len(left._edges) else END
        right_edge = right._edges[j] if j < len(right._edges) else END
        start = min(left_edge, right_edge)
        if start == END:
            return
        i += left_edge == start
        j += right_edge == start


def _where(pieces: Iterable[tuple[datetime, bool]]) -> Spans:
    """The spans over which it holds, from (from when, whether it holds) over all of time."""
    spans: list[Span] = []
    since: datetime | None = None
    for start, holds in pieces:
        if holds and since is None:
            since = start
        elif since is not None and not holds:
            spans.append(Span(since, start))
            since = None
    if since is not None:
        spans.append(Span(since, END))
    return Spans._trusted(tuple(spans))
