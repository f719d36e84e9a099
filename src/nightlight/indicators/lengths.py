"""Lengths of time and numbers as an indicator's author writes them, and the one place where refusals are put in words.

Part of `language`, which prints as one with it. It knows nothing of entries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NoReturn, TypeVar

from nightlight.indicators.checks import IndicatorError, NodeError
from nightlight.indicators.nodes import Op, Window

_T = TypeVar("_T")


class LanguageError(IndicatorError):
    """An expression that cannot mean anything; the message says what to write instead."""


def build(make: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
    """Make a node; what it refuses is said once, here, without the inner machinery."""
    if isinstance(make, type) and is_dataclass(make):
        for field, given in zip(fields(make), args, strict=False):
            if field.type == "Window" or (field.type == "Window | None" and given is not None):
                a_window(given)
    try:
        return make(*args, **kwargs)
    except NodeError as error:
        raise LanguageError(f"{error.problem}.\n  {error.instead}") from None


def a_window(given: object) -> Window:
    """What was given, if it is a length of time; a number alone says nothing of its unit."""
    if not isinstance(given, Window):
        raise LanguageError(f"{given!r} is not a length of time.\n  Write days(28), weeks(6) or months(12).")
    return given


class Unfinished:
    """What is no number yet, so that comparing it says what is missing."""

    __slots__ = ()

    def _refuse(self, _other: object) -> NoReturn:
        raise LanguageError(
            "Over what time is not said yet.\n"
            "  Write .in_last(months(12)), or .ever() where it is there, before comparing."
        )

    __ge__ = __gt__ = __le__ = __lt__ = _refuse


def days(number: int) -> Window:
    """So many calendar days.

    >>> str(days(10))
    '10 days'
    """
    return build(Window, number)


def weeks(number: int) -> Window:
    """So many weeks.

    >>> str(weeks(6))
    '6 weeks'
    """
    return build(Window, number * 7)


def months(number: int) -> Window:
    """So many twelfths of 365 days: 12 months are 365 days, 6 are 182.

    >>> str(months(12)), months(12).days
    ('12 months', 365)
    """
    return build(Window, number * 365 // 12)


def years(number: int) -> Window:
    """So many times 365 days; of an age, so many birthdays.

    >>> years(2).days
    730
    """
    return build(Window, number * 365)


def working_days(number: int) -> Window:
    """So many working days of England, counted to the end of the last one.

    >>> str(working_days(2))
    '2 working days'
    """
    return build(Window, number, working=True)


@dataclass(frozen=True, slots=True)
class Percent:
    """A number of hundredths."""

    number: int | float


def percent(number: int | float) -> Percent:
    """So many hundredths, to compare a share with.

    >>> percent(10)
    Percent(number=10)
    """
    return Percent(number)


@dataclass(frozen=True, slots=True)
class Limit:
    """At least, or at most, a number: a condition on a numeric attribute."""

    op: Op
    number: int | float


def at_least(number: int | float) -> Limit:
    """In a filter: an attribute of at least this number.

    >>> from nightlight.indicators.language import entries
    >>> entries("police.incident", dash=at_least(14)).in_last(months(12)) >= 1
    Condition(Compare)
    """
    return Limit(Op.AT_LEAST, number)


def at_most(number: int | float) -> Limit:
    """In a filter: an attribute of at most this number.

    >>> from nightlight.indicators.language import entries
    >>> entries("voice.scale", score=at_most(3)).in_last(months(6)) >= 1
    Condition(Compare)
    """
    return Limit(Op.AT_MOST, number)
