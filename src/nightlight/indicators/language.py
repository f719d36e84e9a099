"""The language in which indicators are written: `entries(...).in_last(...) >= 3`, read aloud as it is meant.

It builds `nodes` and nothing else. What cannot mean anything is refused when it is written, in the writer's words, at
one place (`lengths.build`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from nightlight.domain.people import Part
from nightlight.indicators import nodes
from nightlight.indicators.lengths import (
    LanguageError,
    Limit,
    Percent,
    at_least,
    at_most,
    build,
    days,
    months,
    percent,
    weeks,
    working_days,
    years,
)
from nightlight.indicators.nodes import Op, Window

__all__ = [
    "Amount",
    "Condition",
    "Entries",
    "LanguageError",
    "age",
    "all_of",
    "any_of",
    "at_least",
    "at_least_of",
    "at_most",
    "days",
    "entries",
    "months",
    "nothing",
    "percent",
    "uncovered",
    "weeks",
    "working_days",
    "years",
]

_NO_ABSENCE = "No record of something is not a record of nothing.\n  Say while what the absence means something: {}."

# -- conditions


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
        return Condition(build(nodes.Unless, self.node, exception.node))

    def begins_within(self, window: Window, *, of: Entries) -> Condition:
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
    found = []
    for each in conditions:
        if not isinstance(each, Condition):
            raise LanguageError(
                f"{type(each).__name__} is not a condition.\n"
                "  Compare it with a number: entries(...).in_last(...) >= 1."
            )
        found.append(each.node)
    return tuple(found)


# -- amounts


class Amount:
    """A number at each moment; compare it with `>=` or `>` to make a condition.

    >>> entries("health.appointment", result="not_brought").in_last(months(12)) >= 3
    Condition(Compare)
    """

    __slots__ = ("_make", "_window")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, make: Callable[[Window | None], nodes.Amount], window: Window | None) -> None:
        self._make = make
        self._window = window

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
        if since is None:
            raise LanguageError(_NO_ABSENCE.format("under(number, since=entries(...).going_on())"))
        return Condition(build(nodes.Under, self.node, number, since.node))

    def _compare(self, op: Op, number: Any) -> Condition:
        return Condition(build(nodes.Compare, self.node, op, number))


@dataclass(frozen=True, slots=True)
class Measured:
    """An amount that still needs its window: `entries(...).total("quantity")`."""

    make: Callable[[Window | None], nodes.Amount]

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


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """One total as a share of another; compare it with a percentage."""

    part: nodes.Total
    whole: nodes.Total
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
class ShareOver:
    """A share that still needs its window."""

    of: Entries
    part: str
    whole: str
    whole_of: Entries

    def in_last(self, window: Window, *, minimum: int | float) -> Share:
        """Over the last so many days, where the whole is at least `minimum`: a share of little says little.

        >>> registers = entries("education.register")
        >>> registers.share("attended", of="possible").in_last(months(12), minimum=40) <= percent(90)
        Condition(Share)
        """
        part = build(nodes.Total, self.of.node, self.part, window)
        return Share(part, build(nodes.Total, self.whole_of.node, self.whole, window), minimum)

    def fallen_by(self, points: int | float, *, recent: Window, earlier: Window, minimum: int | float) -> Condition:
        """In the last window it is so many points lower than in the one before.

        >>> attendance = entries("education.register").share("attended", of="possible")
        >>> attendance.fallen_by(15, recent=weeks(8), earlier=weeks(12), minimum=40)
        Condition(Change)
        """
        return self._changed("fall", points, recent, earlier, minimum)

    def risen_by(self, points: int | float, *, recent: Window, earlier: Window, minimum: int | float) -> Condition:
        """In the last window it is so many points higher than in the one before.

        >>> attendance = entries("education.register").share("attended", of="possible")
        >>> attendance.risen_by(10, recent=weeks(8), earlier=weeks(12), minimum=40)
        Condition(Change)
        """
        return self._changed("rise", points, recent, earlier, minimum)

    def _changed(
        self, direction: str, points: int | float, recent: Window, earlier: Window, minimum: int | float
    ) -> Condition:
        part = build(nodes.Total, self.of.node, self.part, recent)
        whole = build(nodes.Total, self.whole_of.node, self.whole, recent)
        return Condition(build(nodes.Change, part, whole, recent, earlier, direction, points, minimum))


@dataclass(frozen=True, slots=True, eq=False)
class LatestValue:
    """The latest known value of an attribute; compare it with a value."""

    of: Entries
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

    def _compare(self, op: Op, value: Any) -> Condition:
        return Condition(build(nodes.Latest, self.of.node, self.attribute, op, value, self.window))


# -- entries


class Entries:
    """Entries of some kinds; start with `entries(...)` and join filters with `|`."""

    __slots__ = ("node",)

    def __init__(self, node: nodes.Entries) -> None:
        self.node = node

    def called(self, one: str, many: str) -> Entries:
        """The words that an explanation uses for one and for several of them.

        >>> entries("health.review").called("review", "reviews").node.called(2)
        'reviews'
        """
        return Entries(nodes.Entries(self.node.patterns, one, many))

    def __or__(self, other: Entries) -> Entries:
        return Entries(build(nodes.Entries, tuple(dict.fromkeys((*self.node.patterns, *other.node.patterns)))))

    def in_last(self, window: Window) -> Amount:
        """How many in the last so many days.

        >>> entries("police.missing").in_last(days(90)) >= 3
        Condition(Compare)
        """
        return Amount(lambda over: nodes.Count(self.node, over), window)

    def ever(self) -> Amount:
        """How many, ever.

        >>> entries("health.admission", critical_care=True).ever() >= 1
        Condition(Compare)
        """
        return Amount(lambda over: nodes.Count(self.node, over), None)

    def total(self, attribute: str) -> Measured:
        """The sum of a numeric attribute.

        >>> entries("education.suspension").total("sessions").in_last(months(12)) >= 10
        Condition(Compare)
        """
        build(nodes.Total, self.node, attribute, None)
        return Measured(lambda over: nodes.Total(self.node, attribute, over))

    def distinct(self, of: str) -> Measured:
        """How many different agencies, or values of an attribute.

        >>> entries("education.concern").distinct("observer").in_last(months(6)) >= 2
        Condition(Compare)
        """
        build(nodes.Distinct, self.node, of, None)
        return Measured(lambda over: nodes.Distinct(self.node, of, over))

    def share(self, part: str, *, of: str, among: Entries | None = None) -> ShareOver:
        """One numeric attribute's total as a share of another's; of other entries', with `among`.

        >>> entries("education.register").share("attended", of="possible").in_last(weeks(8), minimum=40) <= percent(50)
        Condition(Share)
        """
        return ShareOver(self, part, of, among or self)

    def latest(self, attribute: str) -> LatestValue:
        """The latest known value of an attribute.

        >>> entries("health.universal_review").latest("result") == "missed"
        Condition(Latest)
        """
        return LatestValue(self, attribute, None)

    def going_on(self) -> Condition:
        """While one of these episodes lasts.

        >>> entries("social_care.child_protection_plan").going_on()
        Condition(While)
        """
        return Condition(build(nodes.While, self.node))

    def within_of_start(self, window: Window) -> Condition:
        """For a time from the start of one of these episodes.

        >>> entries("housing.residence").within_of_start(months(3))
        Condition(After)
        """
        return Condition(build(nodes.After, self.node, "start", window))

    def within_of_end(self, window: Window) -> Condition:
        """For a time from the end of one of these episodes.

        >>> entries("social_care.child_protection_plan").within_of_end(months(6))
        Condition(After)
        """
        return Condition(build(nodes.After, self.node, "end", window))

    def then(self, other: Entries, *, within: Window, lasting: Window) -> Condition:
        """One of these, then another entry within a time: for a time from the second.

        >>> entries("police.incident").then(entries("health.injury"), within=days(14), lasting=days(90))
        Condition(Then)
        """
        return Condition(build(nodes.Then, self.node, other.node, within, lasting))

    def not_followed_by(
        self, other: Entries, *, within: Window, lasting: Window, since: Condition | None = None
    ) -> Condition:
        """One of these without another entry within a time: from then until it comes, or for a time.

        >>> seen = entries("health.emergency_attendance", reason="asthma")
        >>> practice = entries("health", agency="health.gp").ever() >= 1
        >>> seen.not_followed_by(entries("health.follow_up"), within=working_days(2), lasting=weeks(4), since=practice)
        Condition(NotFollowed)
        """
        if since is None:
            raise LanguageError(_NO_ABSENCE.format("not_followed_by(..., since=entries(...).ever() >= 1)"))
        return Condition(build(nodes.NotFollowed, self.node, other.node, within, lasting, since.node))


@dataclass(frozen=True, slots=True)
class NothingOf:
    """An absence that still needs its length and what makes it meaningful."""

    of: Entries

    def for_(self, window: Window, *, since: Condition | None = None) -> Condition:
        """For so long, while something has held throughout that makes the absence mean something.

        >>> on_plan = entries("social_care.child_protection_plan").going_on()
        >>> nothing(entries("social_care.visit", child_seen=True)).for_(weeks(6), since=on_plan)
        Condition(Nothing)
        """
        if since is None:
            raise LanguageError(_NO_ABSENCE.format("nothing(...).for_(window, since=entries(...).going_on())"))
        return Condition(build(nodes.Nothing, self.of.node, window, since.node))


def nothing(of: Entries) -> NothingOf:
    """None of these entries, for a time; see `for_`.

    >>> asthma = entries("health.condition", condition="asthma").going_on()
    >>> nothing(entries("health.review", condition="asthma")).for_(months(12), since=asthma)
    Condition(Nothing)
    """
    return NothingOf(of)


_AGENCY, _PART, _THROUGH = "agency", "part", "through"


def entries(
    kind: str,
    /,
    *,
    agency: str | Iterable[str] = (),
    part: str | Iterable[str] | None = None,
    through: str | Iterable[str] | None = None,
    where: Mapping[str, Any] | None = None,
    **attributes: Any,
) -> Entries:
    """Entries of a kind or theme, with conditions.

    An attribute is one value, several (any of them), or `at_least` or `at_most` a number. Those named like a word of
    Python take an underscore (`from_="education"`). `agency`: whose entries. `part`: the child's part in them; by
    default those in which an entry is about the child. `through`: "child", "adult" or "address", by default all.

    >>> entries("health.medicine_issued", medicine="reliever").in_last(months(12)) >= 6
    Condition(Compare)
    """
    conditions = {**(where or {}), **{name.rstrip("_"): value for name, value in attributes.items()}}
    given: dict[str, Any] = {
        "where": tuple(build(nodes.Where, name, *_values(value)) for name, value in sorted(conditions.items())),
        "agencies": _several(agency),
    }
    if part is not None:
        given["parts"] = tuple(_part(each) for each in _several(part))
    if through is not None:
        given["through"] = _several(through)
    return Entries(build(nodes.Entries, (build(nodes.Pattern, kind, **given),)))


def _values(value: Any) -> tuple[Op, tuple[Any, ...]]:
    if isinstance(value, Limit):
        return value.op, (value.number,)
    return Op.EQUAL, tuple(value) if isinstance(value, tuple | list | set | frozenset) else (value,)


def _several(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _part(value: str) -> Part:
    try:
        return Part(value)
    except ValueError:
        raise LanguageError(f"There is no part {value!r}.\n  Use one of {', '.join(Part)}.") from None


# -- the child's age, and protection


class ChildAge:
    """The child's age; compare it with `years(...)` or `months(...)`."""

    __slots__ = ()

    def __lt__(self, limit: Window) -> Condition:
        return self._compare(Op.LESS_THAN, limit)

    def __ge__(self, limit: Window) -> Condition:
        return self._compare(Op.AT_LEAST, limit)

    def __gt__(self, limit: Window) -> Condition:
        return self._compare(Op.MORE_THAN, limit)

    def __le__(self, limit: Window) -> Condition:
        return self._compare(Op.AT_MOST, limit)

    def _compare(self, op: Op, limit: Window) -> Condition:
        # months(n) is n * 365 // 12 days, so this gives n back, for years too.
        return Condition(build(nodes.Age, op, -(-limit.days * 12 // 365)))


def age() -> ChildAge:
    """The child's age in whole birthdays. With an unknown birth date nothing about it ever holds.

    >>> age() < months(6)
    Condition(Age)
    """
    return ChildAge()


def uncovered(
    dangers: Entries,
    *,
    starts: str,
    protections: Entries,
    in_force: str,
    before: Window,
    holding: Entries | None = None,
) -> Condition:
    """A danger voiced with a time, some of which is covered by no protection known so far.

    >>> uncovered(entries("concern.raised", severity="immediate"), starts="from_when", before=days(1),
    ...           protections=entries("meeting.decision"), in_force="in_force_from")
    Condition(Uncovered)
    """
    held = holding.node if holding else None
    return Condition(build(nodes.Uncovered, dangers.node, starts, protections.node, in_force, before, held))
