"""Conditions: when something holds, and how several are put together. Part of `language`, which prints as one with it.

It knows nothing of which entries there are: what it is given already has a node.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn, Protocol

from nightlight.indicators import nodes
from nightlight.indicators.lengths import LanguageError, build
from nightlight.indicators.nodes import Window

NO_ABSENCE = "No record of something is not a record of nothing.\n  Say while what the absence means something: {}."


class SomeEntries(Protocol):
    """What names entries: `language.Entries`, without importing it."""

    @property
    def node(self) -> nodes.Entries: ...


class Condition:
    """When something holds. Combine with `&`, `|`, `all_of`, `any_of`, `at_least_of` and `unless`.

    >>> moved = entries("housing.notice").in_last(months(6)) >= 1
    >>> moved & (age() < years(5))
    Condition(AllOf)
    """

    __slots__ = ("node",)

    def __init__(self, node: nodes.Expression) -> None:
        self.node = node

    def __and__(self, other: Condition) -> Condition:
        return all_of(self, other)

    def __or__(self, other: Condition) -> Condition:
        return any_of(self, other)

    def unless(self, exception: Condition) -> Condition:
        """This, except while something else holds. An absence must have something that makes it matter.

        >>> many = entries("education.concern").in_last(months(3)) >= 3
        >>> many.unless(entries("social_care.conference").in_last(months(3)) >= 1)
        Condition(Unless)
        """
        return Condition(build(nodes.Unless, self.node, node_of(exception)))

    def lasting(self, window: Window) -> Condition:
        """This has held for the whole of the last so many days.

        >>> entries("police.adult_of_concern").going_on().lasting(days(28))
        Condition(Lasted)
        """
        return Condition(build(nodes.Lasted, self.node, window))

    def begins_within(self, window: Window, *, of: SomeEntries) -> Condition:
        """This begins to hold within a time of an entry: from when it begins until that time is over.

        >>> dismissed = entries("social_care.contact", outcome="no_further_action")
        >>> (entries("education.concern").in_last(months(3)) >= 3).begins_within(months(3), of=dismissed)
        Condition(Again)
        """
        return Condition(build(nodes.Again, self.node, of.node, window))

    def __bool__(self) -> NoReturn:
        raise LanguageError(
            "A condition holds at some times and not at others, so it is not true or false here.\n"
            "  Write & instead of `and`, | instead of `or`, .unless(...) instead of `not`, and two comparisons "
            "joined by & instead of a chained one."
        )

    def __repr__(self) -> str:
        return f"Condition({type(self.node).__name__})"


def all_of(*conditions: Condition) -> Condition:
    """All of these at the same time.

    >>> all_of(age() < years(5), entries("health.injury").in_last(days(28)) >= 1)
    Condition(AllOf)
    """
    return Condition(build(nodes.AllOf, _nodes(conditions)))


def any_of(*conditions: Condition) -> Condition:
    """At least one of these.

    >>> any_of(age() < years(5), entries("health.injury").in_last(days(28)) >= 1)
    Condition(AnyOf)
    """
    return Condition(build(nodes.AnyOf, _nodes(conditions)))


def at_least_of(number: int, *conditions: Condition) -> Condition:
    """At least so many of these at the same time.

    >>> at_least_of(2, age() < years(5), entries("health.injury").in_last(days(28)) >= 1)
    Condition(AtLeastOf)
    """
    return Condition(build(nodes.AtLeastOf, number, _nodes(conditions)))


def _nodes(conditions: Iterable[Condition]) -> tuple[nodes.Expression, ...]:
    return tuple(node_of(each) for each in conditions)


def node_of(condition: object) -> nodes.Expression:
    """The node of a condition; a refusal of what is none."""
    if not isinstance(condition, Condition):
        raise LanguageError(
            f"{type(condition).__name__} is not a condition.\n"
            "  Compare it with a number: entries(...).in_last(...) >= 1."
        )
    return condition.node
