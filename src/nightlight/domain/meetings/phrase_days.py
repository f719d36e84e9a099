"""The days and hours behind the phrases: weekends and holidays with what touches them, parts of a day, dates as typed.

Everything is London's clock, read into UTC. Nothing here decides what a phrase means; `phrases` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from nightlight.domain.rule_types import OfficeHours
from nightlight.timeline.calendar import LONDON, WorkingCalendar, end_of_day, local_date, local_time, start_of_day
from nightlight.timeline.partial import Partial

NIGHT_ENDS = 5
"""Before this hour "tonight" is the night that is now."""
NUMBERS: Mapping[str, int] = MappingProxyType(
    {word: n for n, word in enumerate("one two three four five six seven eight nine ten".split(), start=1)}
    | {"a": 1, "an": 1}
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTS: Mapping[str, tuple[time, time]] = MappingProxyType(
    {"morning": (time(6), time(12)), "afternoon": (time(12), time(17)), "evening": (time(17), time(22))}
)
_ONE = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class When:
    """The moment at which something was said, with the calendar and the office hours it is read by."""

    now: datetime
    calendar: WorkingCalendar
    hours: OfficeHours

    @property
    def local(self) -> datetime:
        return local_time(self.now)

    @property
    def today(self) -> date:
        return local_date(self.now)

    def at(self, start: Partial) -> When:
        """As though it had been said at that moment: the end of a phrase is counted from its start."""
        return replace(self, now=max(start.earliest, self.now))

    def end_of(self, day: date) -> datetime:
        return end_of_day(day)

    def night(self, day: date) -> tuple[datetime, datetime]:
        """The night after a day: from when offices shut until they would open."""
        return moment(day, self.hours.end), moment(day + _ONE, self.hours.start)

    def days_off(self, day: date) -> tuple[date, date]:
        """The first and the last of the days off that touch this one; the day itself where people work."""
        first = last = day
        while not self.calendar.is_working_day(first - _ONE):
            first -= _ONE
        while not self.calendar.is_working_day(last + _ONE):
            last += _ONE
        return first, last

    def around(self, off: tuple[date, date]) -> tuple[datetime, datetime]:
        """From when offices shut before these days until they open after them."""
        return moment(off[0] - _ONE, self.hours.end), moment(off[1] + _ONE, self.hours.start)

    def weekend(self) -> tuple[date, date]:
        """This weekend, with the bank holidays that touch it: the one that is now, else the next."""
        if not self.calendar.is_working_day(self.today):
            off = self.days_off(self.today)
            if any((off[0] + timedelta(days=n)).weekday() >= _SATURDAY for n in range((off[1] - off[0]).days + 1)):
                return off
        saturday = self.today + timedelta(days=(_SATURDAY - self.today.weekday()) % 7)
        return self.days_off(saturday)

    def weekend_after(self, off: tuple[date, date]) -> tuple[date, date]:
        """The weekend after that one."""
        return self.days_off(off[1] + timedelta(days=(_SATURDAY - off[1].weekday() - 1) % 7 + 1))

    def next_bank_holiday(self) -> date:
        """The next day, today too, on which nobody works though it is Monday to Friday."""
        day = self.today
        while day.weekday() >= _SATURDAY or self.calendar.is_working_day(day):
            day += _ONE
        return day

    def next_date(self, month: int, day: int, days_after: int = 0) -> date:
        """The next time this date comes; the last one while it is not longer ago than so many days."""
        this_year = date(self.today.year, month, day)
        if this_year + timedelta(days=days_after) >= self.today:
            return this_year
        return date(self.today.year + 1, month, day)

    def next_easter(self) -> date:
        """The next Sunday between Good Friday and Easter Monday."""
        day = self.today - 2 * _ONE
        while not (day.weekday() == 6 and self._is_easter(day)):
            day += _ONE
        return day

    def _is_easter(self, sunday: date) -> bool:
        working = self.calendar.is_working_day
        in_season = date(sunday.year, 3, 22) <= sunday <= date(sunday.year, 4, 25)
        return in_season and not working(sunday - 2 * _ONE) and not working(sunday + _ONE)

    def part_of(self, day: date, part: str) -> Partial:
        """Some time in a part of a day; the night, from when it begins."""
        name = part.split()[-1]
        if name == "night":
            return Partial.instant(self.night(day)[0])
        first, last = _PARTS[name]
        return _between(moment(day, first), moment(day, last))

    def opening(self, day: date) -> Partial:
        """When offices open on a day; where they stay shut, some time between then and when they next open."""
        opens = moment(day, self.hours.start)
        if self.calendar.is_working_day(day) or day.weekday() >= _SATURDAY:
            return Partial.instant(opens)
        return _between(opens, moment(self.calendar.next_working_day(day), self.hours.start))

    def clock(self, day: date, text: str, *, roll: bool) -> Partial | None:
        """A time of day; the next time it comes, where no day was said."""
        at = time_of(text)
        if at is None:
            return None
        if "midnight" in text:
            return Partial.instant(end_of_day(day))
        found = moment(day, at)
        return Partial.instant(moment(day + _ONE, at) if roll and found < self.now else found)


def moment(day: date, at: time) -> datetime:
    """The instant of a time on a clock in London on that day."""
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def _between(first: datetime, last: datetime) -> Partial:
    return Partial.bounds(Partial.instant(first), Partial.instant(last))


def time_of(text: str) -> time | None:
    """A time of day as people type it: 5pm, 5.30pm, 17:00, noon.

    >>> time_of("5.30pm")
    datetime.time(17, 30)
    """
    words = text.replace("at ", "").replace("from ", "").strip()
    if words in ("noon", "midday"):
        return time(12)
    match = re.fullmatch(r"(\d{1,2})(?:[:.](\d\d))? ?(am|pm)?", words)
    if match is None:
        return time(0) if words == "midnight" else None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def day_of(said: When, text: str, *, after_today: bool = False) -> date | None:
    """A day as people say or type it; None for one that cannot be.

    A day of the week is today or to come; with `after_today`, to come. A date without a year is the nearest such date.
    """
    words = re.sub(r"^(?:(?:on|this|coming|the) )+", "", text.strip())
    if words in ("today", "tomorrow"):
        return said.today + (_ONE if words == "tomorrow" else 0 * _ONE)
    if words[:3] in _WEEKDAYS:
        ahead = (_WEEKDAYS.index(words[:3]) - said.today.weekday()) % 7
        return said.today + timedelta(days=ahead or (7 if after_today else 0))
    iso = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", words)
    if iso:
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    numbers = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{2,4}))?", words)
    if numbers:
        return _dated(said, int(numbers[1]), int(numbers[2]), numbers[3])
    named = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]+)(?: (\d{4}))?", words)
    return _dated(said, int(named[1]), _MONTHS.index(named[2][:3]) + 1, named[3]) if named else None


def _dated(said: When, day: int, month: int, year: str | None) -> date | None:
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    found = [_date(said.today.year + n, month, day) for n in (-1, 0, 1)]
    return min((each for each in found if each), key=lambda each: abs(each - said.today), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def words(at: datetime) -> str:
    """A moment as a clock and calendar in London show it."""
    if is_midnight(at):
        return f"the end of {day_words(local_date(at) - _ONE)}"
    local = local_time(at)
    return f"{day_words(local.date())} at {local:%H:%M}"


def is_midnight(at: datetime) -> bool:
    """Whether a day ends at that moment in London."""
    return start_of_day(local_date(at)) == at


def day_words(day: date) -> str:
    """A day with its weekday."""
    return f"{_NAMES[day.weekday()]} {Partial.day(day).describe()}"
