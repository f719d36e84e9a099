"""Partial dates: a moment as precisely as it is known, and no more: an instant, a day, a month, a year, or bounds.

"Some time in 2017" must never turn into 1 January: what is kept is the earliest moment it may have been, and the first
moment by which all of it has certainly passed. Dates are read in Europe/London.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from nightlight.timeline.instants import BEGINNING, END, BackwardsSpanError, DateTextError, as_utc
from nightlight.timeline.london import end_of_day, local_time, start_of_day

__all__ = ["Partial", "Precision"]


class Precision(StrEnum):
    """How exactly a moment is known."""

    instant = "instant"
    day = "day"
    month = "month"
    year = "year"
    bounds = "bounds"


@dataclass(frozen=True, slots=True)
class Partial:
    """A moment as precisely as it is known. Make one with `parse`, `instant`, `day`, `month`, `year` or `bounds`.

    `earliest` is the first moment that it may have been. `latest` is the first moment by which it has certainly
    passed: for a day, the start of the next; for an instant, the instant. `not_before` and `not_after` are the ends of
    bounds as they were given ("2017" and "December 2017" end together, but people said one and not the other).

    >>> Partial.parse("2017-11-24").latest.isoformat()
    '2017-11-25T00:00:00+00:00'
    """

    earliest: datetime
    latest: datetime
    precision: Precision
    not_before: Partial | None = None
    not_after: Partial | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "earliest", as_utc(self.earliest))
        object.__setattr__(self, "latest", as_utc(self.latest))
        if self.precision is Precision.bounds:
            self._name_the_ends()
        self._refuse_what_never_was()

    @classmethod
    def instant(cls, moment: datetime) -> Partial:
        """Known exactly.

        >>> Partial.instant(datetime.fromisoformat("2017-11-24T14:40:00Z")).isoformat()
        '2017-11-24T14:40:00Z'
        """
        utc = as_utc(moment)
        return cls(utc, utc, Precision.instant)

    @staticmethod
    def day(day: date) -> Partial:
        """Some time on a date.

        >>> Partial.day(date(2017, 11, 24)).isoformat()
        '2017-11-24'
        """
        if isinstance(day, datetime):
            raise TypeError("Partial.day takes a date; for a datetime use Partial.instant, or local_date(...) of it.")
        return _day(day)

    @staticmethod
    def month(year: int, month: int) -> Partial:
        """Some time in a month.

        >>> Partial.month(2017, 9).describe()
        'September 2017'
        """
        return _month(year, month)

    @staticmethod
    def year(year: int) -> Partial:
        """Some time in a year.

        >>> Partial.year(2017).isoformat()
        '2017'
        """
        return _year(year)

    @classmethod
    def bounds(cls, not_before: Partial | None, not_after: Partial | None) -> Partial:
        """Somewhere between two moments, each as precise as it is; None where that side is open.

        >>> Partial.bounds(Partial.month(2015, 11), None).isoformat()
        '2015-11..'
        """
        if any(side is not None and side.precision is Precision.bounds for side in (not_before, not_after)):
            raise DateTextError("the ends of bounds are instants, days, months or years, not bounds themselves.")
        return cls(
            not_before.earliest if not_before else BEGINNING,
            not_after.latest if not_after else END,
            Precision.bounds,
            not_before,
            not_after,
        )

    @staticmethod
    def parse(text: str) -> Partial:
        """Read YYYY, YYYY-MM, YYYY-MM-DD, an ISO 8601 instant with its offset, or bounds: two of these joined by `..`.

        >>> Partial.parse("..2017-11").describe()
        'by November 2017'
        """
        if ".." in text:
            first, last = text.split("..", maxsplit=1)
            return Partial.bounds(_parse_side(first), _parse_side(last))
        return _parse_instant(text) if _INSTANT.fullmatch(text) else _parse_date(text)

    def isoformat(self) -> str:
        """The text that `parse` reads back to the same partial date.

        >>> Partial.parse("2015-11..2017-11").isoformat()
        '2015-11..2017-11'
        """
        if self.precision is Precision.bounds:
            return "..".join(side.isoformat() if side else "" for side in (self.not_before, self.not_after))
        if self.precision is Precision.instant:
            return self.earliest.isoformat().replace("+00:00", "Z")
        return local_time(self.earliest).date().isoformat()[: _LENGTHS[self.precision]]

    def describe(self) -> str:
        """In words, as a clock and calendar in London show it.

        >>> Partial.parse("2017-07-24T14:40Z").describe()
        '24 July 2017, 15:40'
        """
        if self.precision is Precision.bounds:
            return self._describe_bounds()
        local = local_time(self.earliest)
        month = f"{_MONTHS[local.month - 1]} {local.year}"
        match self.precision:
            case Precision.year:
                return str(local.year)
            case Precision.month:
                return month
            case Precision.day:
                return f"{local.day} {month}"
            case _:
                return f"{local.day} {month}, {_clock(local)}"

    def certainly_before(self, other: Partial) -> bool:
        """Whether every moment that this may have been is before every moment that the other may have been.

        >>> Partial.parse("2017-11-24").certainly_before(Partial.parse("2017-11"))
        False
        """
        if self._may_be_its_latest():
            return self.latest < other.earliest
        return self.latest <= other.earliest

    def possibly_overlaps(self, other: Partial) -> bool:
        """Whether the two may have been at the same moment.

        >>> Partial.parse("2017-11-24").possibly_overlaps(Partial.parse("2017-11"))
        True
        """
        return not self.certainly_before(other) and not other.certainly_before(self)

    def _may_be_its_latest(self) -> bool:
        """An instant is its own latest moment; a day is over by its."""
        last = self.not_after if self.precision is Precision.bounds else self
        return last is not None and last.precision is Precision.instant

    def _refuse_what_never_was(self) -> None:
        width = self.latest - self.earliest
        if width < _NOTHING or (width == _NOTHING and not self._may_be_its_latest()):
            raise BackwardsSpanError(
                f"nothing can be from {self.earliest.isoformat()} on and over by {self.latest.isoformat()}. "
                "Give the earlier one first."
            )
        if width > _NOTHING and self.precision is Precision.instant:
            raise DateTextError("an instant is one moment: give `earliest` and `latest` the same, or use bounds.")

    def _name_the_ends(self) -> None:
        """Bounds made straight from two moments: the moments are the ends."""
        if self.not_before is None and self.earliest != BEGINNING:
            object.__setattr__(self, "not_before", Partial.instant(self.earliest))
        if self.not_after is None and self.latest != END:
            object.__setattr__(self, "not_after", Partial.instant(self.latest))

    @staticmethod
    def _first_in_words(first: Partial, last: Partial) -> str:
        """Of two days, what they share is said once: between 16 and 20 November 2026."""
        days = first.precision is Precision.day and last.precision is Precision.day
        one, other = first.describe().split(), last.describe().split()
        while days and len(one) > 1 and one[-1] == other[-1]:
            one, other = one[:-1], other[:-1]
        return " ".join(one)

    def _describe_bounds(self) -> str:
        if self.not_before and self.not_after:
            return f"between {self._first_in_words(self.not_before, self.not_after)} and {self.not_after.describe()}"
        if self.not_after:
            return f"by {self.not_after.describe()}"
        return f"{self.not_before.describe()} or later" if self.not_before else "date not known"


_NOTHING = timedelta(0)
_LENGTHS = {Precision.year: 4, Precision.month: 7, Precision.day: 10}
# Not strftime's and not calendar's: their names follow the machine's locale.
_MONTHS = tuple("January February March April May June July August September October November December".split())
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)?", re.ASCII)
_EXPECTED = (
    "Expected a year (2017), a month (2017-09), a day (2017-09-24), an instant with its offset "
    "(2017-09-24T14:40:00+01:00), or bounds (2015-11..2017-11; either side may be left out)."
)


@lru_cache(maxsize=65_536)
def _day(day: date) -> Partial:
    return Partial(start_of_day(day), end_of_day(day), Precision.day)


@lru_cache(maxsize=4096)
def _month(year: int, month: int) -> Partial:
    first = _date(year, month, 1)
    return Partial(start_of_day(first), end_of_day(first.replace(day=monthrange(year, month)[1])), Precision.month)


@lru_cache(maxsize=1024)
def _year(year: int) -> Partial:
    return Partial(start_of_day(_date(year, 1, 1)), end_of_day(date(year, 12, 31)), Precision.year)


def _parse_side(text: str) -> Partial | None:
    return Partial.parse(text) if text else None


@lru_cache(maxsize=65_536)
def _parse_date(text: str) -> Partial:
    found = _DATE.fullmatch(text)
    if not found:
        # The text is not repeated: whatever stood in a date's place may be a name or a number.
        raise DateTextError(f"this is not a date. {_EXPECTED}")
    numbers = [int(part) for part in found.groups() if part]
    if len(numbers) == 3:
        return _day(_date(*numbers))
    return _month(*numbers) if len(numbers) == 2 else _year(*numbers)


def _parse_instant(text: str) -> Partial:
    _parse_date(text[:10])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DateTextError(
            "the time or the offset is out of range: hours go from 00 to 23, minutes and seconds to 59, and offsets "
            "to 23:59. Midnight is 00:00 of the new day."
        ) from None
    return Partial.instant(moment)


def _date(year: int, month: int, day: int) -> date:
    """The date, or an error that says which part of it does not exist."""
    if not date.min.year <= year <= date.max.year:
        raise DateTextError(f"there is no year {year:04}: give four digits, from 0001 to 9999.")
    if not 1 <= month <= 12:
        raise DateTextError(f"there is no month {month:02}: months go from 01 to 12, and follow the year (2017-09).")
    longest = monthrange(year, month)[1]
    if not 1 <= day <= longest:
        name = f"{_MONTHS[month - 1]} {year}"
        raise DateTextError(
            f"{name} has no day {day}: its days go from 1 to {longest}. "
            f"If only the month is sure, give {year:04}-{month:02}."
        )
    return date(year, month, day)


def _clock(local: datetime) -> str:
    """Hours and minutes; in the hour that comes twice in autumn, also which of the two."""
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return f"{local:%H:%M} {local.tzname()}" if twice else f"{local:%H:%M}"
