"""Protection: the hours of a danger that someone voiced which no protection in force covers.

A danger and a protection are spans whose ends may be known only to the day. So there are two answers, never one that
pretends: the hours that are certainly uncovered, and those that may be. What a meeting does about it is `actions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache

from nightlight.domain.exposure import exposed
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

    @property
    def must_be(self) -> tuple[datetime, datetime]:
        """The ends of the time in which the danger certainly is there; backwards for never certainly."""
        return self.starts.latest, self.ends.earliest if self.ends else END

    @property
    def may_be(self) -> tuple[datetime, datetime]:
        """The ends of the time in which it may be there."""
        return self.starts.earliest, self.ends.latest if self.ends else END

    def certain(self) -> Spans:
        """When the danger certainly is there."""
        return _between(*self.must_be)

    def possible(self) -> Spans:
        """When it may be there."""
        return _between(*self.may_be)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """A measure that keeps the child safe, and from when it is in force.

    in_force_from: None while nobody has said from when. owner: who does it, a named person.
    accepted: whether the owner has said so, accepted_at when; a measure nobody has accepted protects from nothing.
    answers: the ids of the dangers it is against; empty when it is against all of them.
    how_confirmed: how it will be known that it is in force. confirmed: when someone confirmed it; None until then.
    failed: when someone checked, and it was not in force. review: when it is looked at again, where `until` is open.
    """

    id: str
    in_force_from: Partial | None
    until: Partial | None = None
    owner: str = ""
    accepted: bool = False
    answers: frozenset[str] = frozenset()
    confirmed: datetime | None = None
    what: str = ""
    how_confirmed: str = ""
    accepted_at: datetime | None = None
    declined: bool = False
    failed: datetime | None = None
    review: datetime | None = None

    @property
    def is_owned(self) -> bool:
        return bool(self.owner) and self.accepted

    def against(self, danger: Danger) -> bool:
        """Whether it is against this danger, by a person who accepted it."""
        return self.is_owned and (not self.answers or danger.id in self.answers)

    def certain(self) -> Spans:
        """When it certainly is in force."""
        return _between(*self.surely) if self.in_force_from else Spans.empty()

    def possible(self) -> Spans:
        """When it may be in force."""
        return _between(*self.perhaps) if self.in_force_from else Spans.empty()

    @property
    def surely(self) -> tuple[datetime, datetime]:
        """The ends of the time in which it certainly is in force; backwards, or both `END`, for never."""
        if self.in_force_from is None:
            return END, END
        return self.in_force_from.latest, self.until.earliest if self.until else END

    @property
    def perhaps(self) -> tuple[datetime, datetime]:
        """The ends of the time in which it may be in force."""
        if self.in_force_from is None:
            return END, END
        return self.in_force_from.earliest, self.until.latest if self.until else END

    def confirm_by(self, grace: timedelta = timedelta()) -> datetime | None:
        """By when somebody must have confirmed it: its start, or when it was accepted if that was later."""
        if self.in_force_from is None:
            return None
        return max(self.in_force_from.latest, self.accepted_at or BEGINNING) + grace

    def needs_confirming(self, at: datetime) -> bool:
        """Whether it should be in force by then and nobody has confirmed that it is."""
        confirmed = self.confirmed is not None and self.confirmed <= at
        return self.in_force_from is not None and self.in_force_from.latest <= at and not confirmed


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
            return f"No protection is in force {spans_words(self.possible)}."
        if not self.certain:
            return f"There may be no protection in force {spans_words(self.possible)}."
        certain, possible = spans_words(self.certain), spans_words(self.possible)
        return f"No protection is in force {certain}; as dates are imprecise, it may be {possible}."


def uncovered(dangers: Iterable[Danger], protections: Iterable[Protection]) -> tuple[Uncovered, ...]:
    """For each danger, the time that no protection against it covers, counting all that a named owner accepted.

    What a record of the past can show. A meeting, and a check against what is in force now, count less: `coverage`.

    >>> friday, monday = Partial.parse("2025-11-21T17:00Z"), Partial.parse("2025-11-24T09:00Z")
    >>> talk = Protection(id="a1", in_force_from=monday, owner="social worker", accepted=True)
    >>> found, = uncovered([Danger(id="d1", starts=friday)], [talk])
    >>> found.words()
    'No protection is in force for 64 hours, from Friday 21 November 2025 at 17:00 to Monday 24 November 2025 at 09:00.'
    """
    of = tuple(dangers)
    measures = tuple(p for p in protections if p.is_owned and p.in_force_from)
    masks = _masks(of, measures)
    surely, perhaps = [p.surely for p in measures], [p.perhaps for p in measures]
    may_be, must_be = [d.may_be for d in of], [d.must_be for d in of]
    at_most = exposed(may_be, surely, masks)
    at_least = at_most if may_be == must_be and surely == perhaps else exposed(must_be, perhaps, masks)
    return tuple(map(Uncovered, of, at_least, at_most))


def _masks(dangers: tuple[Danger, ...], measures: tuple[Protection, ...]) -> list[int]:
    """For each measure, the bits of the dangers that it is against."""
    ids = tuple(danger.id for danger in dangers)
    masks = _known_masks(ids)
    if new := {measure.answers for measure in measures} - masks.keys():
        bits: dict[str, int] = {}
        for index, id_ in enumerate(ids):
            bits[id_] = bits.get(id_, 0) | 1 << index
        masks.update((answers, sum(bits.get(id_, 0) for id_ in answers)) for answers in new)
    return [masks[measure.answers] for measure in measures]


@lru_cache(maxsize=16)
def _known_masks(ids: tuple[str, ...]) -> dict[frozenset[str], int]:
    """What was worked out for these dangers before: who answers what seldom changes from one letter to the next."""
    return {frozenset(): (1 << len(ids)) - 1}


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


def spans_words(spans: Spans) -> str:
    """Stretches of time as people say them, with their hours."""
    return " and ".join(_span_words(start, end) for start, end in spans)


def _span_words(start: datetime, end: datetime) -> str:
    if end == END:
        return f"from {at_words(start, is_start=True)} on, without end" if start != BEGINNING else "at any time"
    if start == BEGINNING:
        return f"until {at_words(end)}"
    length = Fraction((end - start) // timedelta(minutes=1), 60)
    counted = f"{float(length):g} hour{'' if length == 1 else 's'}"
    return f"for {counted}, from {at_words(start, is_start=True)} to {at_words(end)}"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def at_words(moment: datetime, *, is_start: bool = False) -> str:
    """A moment as people say it: a midnight is the start of one day, or the end of another."""
    local = local_time(moment)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"the start of {_day_words(local)}" if is_start else f"the end of {_day_words(_day_before(moment))}"
    return f"{_day_words(local)} at {local:%H:%M}"


def _day_before(midnight: datetime) -> datetime:
    return local_time(midnight - timedelta(hours=1))


def _day_words(local: datetime) -> str:
    return f"{_DAYS[local.weekday()]} {Partial.day(local.date()).describe()}"
