"""Protection: the hours of a danger that someone voiced which no protection in force covers.

A danger and a protection are spans whose ends may be known only to the day. So there are two answers, never one that
pretends: the hours that are certainly uncovered, and those that may be. What a meeting does about it is `actions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from nightlight.timeline.london import local_time
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END, Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """What could happen to the child, and from when; `ends` is None while nobody can say that it is over."""

    id: str
    starts: Partial
    ends: Partial | None = None
    what: str = ""

    def certain(self) -> Spans:
        """When the danger certainly is there."""
        return _between(self.starts.latest, self.ends.earliest if self.ends else END)

    def possible(self) -> Spans:
        """When it may be there."""
        return _between(self.starts.earliest, self.ends.latest if self.ends else END)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """A measure that keeps the child safe, and from when it is in force.

    owner: who does it. accepted: whether the owner has said so; a measure nobody has accepted protects from nothing.
    answers: the ids of the dangers it is against; empty when it is against all of them.
    confirmed: when someone confirmed that it is in fact in force; None until then.
    """

    id: str
    in_force_from: Partial
    until: Partial | None = None
    owner: str = ""
    accepted: bool = False
    answers: frozenset[str] = frozenset()
    confirmed: datetime | None = None
    what: str = ""

    @property
    def is_owned(self) -> bool:
        return bool(self.owner) and self.accepted

    def against(self, danger: Danger) -> bool:
        return self.is_owned and (not self.answers or danger.id in self.answers)

    def certain(self) -> Spans:
        """When it certainly is in force."""
        return _between(self.in_force_from.latest, self.until.earliest if self.until else END)

    def possible(self) -> Spans:
        """When it may be in force."""
        return _between(self.in_force_from.earliest, self.until.latest if self.until else END)

    def needs_confirming(self, at: datetime) -> bool:
        """Whether it should be in force by then and nobody has confirmed that it is."""
        confirmed = self.confirmed is not None and self.confirmed <= at
        return self.in_force_from.latest <= at and not confirmed


@dataclass(frozen=True, slots=True)
class Uncovered:
    """The uncovered time of one danger: `certain` lies within `possible`, and is the same where all dates are exact."""

    danger: Danger
    certain: Spans
    possible: Spans

    def __bool__(self) -> bool:
        return bool(self.possible)

    def words(self) -> str:
        """How long nothing protects the child, in hours, in one sentence."""
        if not self.possible:
            return "Protection is in force from before the danger starts."
        if self.certain == self.possible:
            return f"No protection is in force {_spans_words(self.possible)}."
        if not self.certain:
            return f"There may be no protection in force {_spans_words(self.possible)}."
        certain, possible = _spans_words(self.certain), _spans_words(self.possible)
        return f"No protection is in force {certain}; as dates are imprecise, it may be {possible}."


def uncovered(dangers: Iterable[Danger], protections: Iterable[Protection]) -> tuple[Uncovered, ...]:
    """For each danger, the time that no protection against it covers.

    >>> friday, monday = Partial.parse("2025-11-21T17:00Z"), Partial.parse("2025-11-24T09:00Z")
    >>> talk = Protection(id="a1", in_force_from=monday, owner="social worker", accepted=True)
    >>> found, = uncovered([Danger(id="d1", starts=friday)], [talk])
    >>> found.words()
    'No protection is in force for 64 hours, from Friday 21 November 2025 at 17:00 to Monday 24 November 2025 at 09:00.'
    """
    measures = tuple(protections)
    return tuple(_uncovered(danger, [p for p in measures if p.against(danger)]) for danger in dangers)


def _uncovered(danger: Danger, measures: list[Protection]) -> Uncovered:
    surely = Spans(span for measure in measures for span in measure.certain())
    perhaps = Spans(span for measure in measures for span in measure.possible())
    return Uncovered(danger, danger.certain() - perhaps, danger.possible() - surely)


def hours(spans: Spans) -> float | None:
    """How many hours altogether; None when there is no end to it.

    >>> hours(Spans.always()) is None
    True
    """
    if spans and (spans.start == BEGINNING or spans.end == END):
        return None
    return float(Fraction(spans.total() // timedelta(minutes=1), 60))


def _between(start: datetime, end: datetime) -> Spans:
    return Spans.of(start, end) if start < end else Spans.empty()


def _spans_words(spans: Spans) -> str:
    return " and ".join(_span_words(start, end) for start, end in spans)


def _span_words(start: datetime, end: datetime) -> str:
    if end == END:
        return f"from {_at(start, is_start=True)} on, without end" if start != BEGINNING else "at any time"
    if start == BEGINNING:
        return f"until {_at(end)}"
    length = Fraction((end - start) // timedelta(minutes=1), 60)
    counted = f"{float(length):g} hour{'' if length == 1 else 's'}"
    return f"for {counted}, from {_at(start, is_start=True)} to {_at(end)}"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _at(moment: datetime, *, is_start: bool = False) -> str:
    """A moment as people say it: a midnight is the start of one day, or the end of another."""
    local = local_time(moment)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"the start of {_day_words(local)}" if is_start else f"the end of {_day_words(_day_before(moment))}"
    return f"{_day_words(local)} at {local:%H:%M}"


def _day_before(midnight: datetime) -> datetime:
    return local_time(midnight - timedelta(hours=1))


def _day_words(local: datetime) -> str:
    return f"{_DAYS[local.weekday()]} {Partial.day(local.date()).describe()}"
