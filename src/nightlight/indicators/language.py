"""The language in which indicators are written: `entries(...).in_last(...) >= 3`, read aloud as it is meant.

It builds `nodes` and nothing else. What cannot mean anything is refused when it is written, in the writer's words, at
one place (`lengths.build`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nightlight.domain.people import Part
from nightlight.indicators import nodes
from nightlight.indicators.amounts import Amount, LatestValue, Measured, ShareOfEntries, ShareOver
from nightlight.indicators.conditions import NO_ABSENCE, Condition, all_of, any_of, at_least_of, node_of
from nightlight.indicators.lengths import (
    LanguageError,
    Limit,
    Unfinished,
    a_window,
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


# -- entries


class Entries(Unfinished):
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
        return Measured(lambda over: nodes.Distinct(self.node, of, over), lambda: nodes.DistinctNow(self.node, of))

    def followed_by(self, other: Entries, *, within: Window) -> Measured:
        """How many of these were followed by another entry within a time.

        >>> incidents = entries("police.incident", category="domestic_abuse")
        >>> absences = entries("education.register", unauthorised=at_least(1))
        >>> incidents.followed_by(absences, within=working_days(3)).in_last(months(12)) >= 2
        Condition(Compare)
        """
        return Measured(lambda over: build(nodes.Followed, self.node, other.node, within, over))

    def first_in_last(self, window: Window) -> Condition:
        """One of these in the last so many days, and none on record before.

        >>> entries("police.missing").first_in_last(days(28))
        Condition(Unless)
        """
        return (self.in_last(window) >= 1).unless((self.ever() >= 1).lasting(window))

    def in_a_row(self, number: int, *, among: Entries, by: str = "", within: Window | None = None) -> Condition:
        """The latest so many are of this sort, among all of their sort; `by` an attribute: at one service, of one kind.

        >>> appointments = entries("health.appointment", result=("attended", "not_brought"))
        >>> missed = entries("health.appointment", result="not_brought")
        >>> missed.in_a_row(2, among=appointments, by="service", within=months(12))
        Condition(InARow)
        """
        return Condition(build(nodes.InARow, self.node, among.node, number, by, within))

    def share_of(self, among: Entries) -> ShareOfEntries:
        """How many of some entries are these.

        >>> missed = entries("health.appointment", result="not_brought")
        >>> missed.share_of(entries("health.appointment")).in_last(months(12), minimum=6) >= percent(50)
        Condition(Share)
        """
        return ShareOfEntries(self.node, among.node)

    def share(self, part: str, *, of: str, among: Entries | None = None) -> ShareOver:
        """One numeric attribute's total as a share of another's; of other entries', with `among`.

        >>> entries("education.register").share("attended", of="possible").in_last(weeks(8), minimum=40) <= percent(50)
        Condition(Share)
        """
        return ShareOver(self.node, part, of, (among or self).node)

    def latest(self, attribute: str) -> LatestValue:
        """The latest known value of an attribute.

        >>> entries("health.universal_review").latest("result") == "missed"
        Condition(Latest)
        """
        return LatestValue(self.node, attribute, None)

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
            raise LanguageError(NO_ABSENCE.format("not_followed_by(..., since=entries(...).ever() >= 1)"))
        return Condition(build(nodes.NotFollowed, self.node, other.node, within, lasting, node_of(since)))


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
            raise LanguageError(NO_ABSENCE.format("nothing(...).for_(window, since=entries(...).going_on())"))
        return Condition(build(nodes.Nothing, self.of.node, window, node_of(since)))


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
        number = -(-a_window(limit).days * 12 // 365)
        if limit.working or months(number) != limit:
            raise LanguageError("An age is in whole months or years.\n  Write months(6) or years(5).")
        return Condition(build(nodes.Age, op, number))


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
