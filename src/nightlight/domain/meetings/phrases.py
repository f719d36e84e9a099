"""Times as people say them, read into moments: "this weekend", "tonight", "until Monday", "over Christmas".

A pure function of the words, the moment they were said, and England's working days. How they were read is always told,
so that it can be shown and put right. Words that are not known, or that people mean differently, are asked about:
nothing is guessed in silence. Where a phrase leaves room ("Monday morning"), the reading is as wide as the room.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from nightlight.domain.meetings import phrase_days as days
from nightlight.domain.meetings.phrase_days import When
from nightlight.domain.rule_types import OfficeHours
from nightlight.timeline.calendar import WorkingCalendar, local_date
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import Span

OFFICE = OfficeHours(time(9), time(17))
"""When offices are open, where a partnership's rules say nothing else."""


@dataclass(frozen=True, slots=True)
class Reading:
    """From when, until when (None for no end that was said), and how the words were read, in a sentence."""

    starts: Partial
    ends: Partial | None
    how: str


@dataclass(frozen=True, slots=True)
class Ask:
    """The words cannot be read as one time: what to ask of whoever said them."""

    question: str


def read_time(
    text: str,
    now: datetime,
    calendar: WorkingCalendar,
    hours: OfficeHours = OFFICE,
    known: Mapping[str, Span] | None = None,
) -> Reading | Ask:
    """The time that these words mean, said at this moment.

    known: the partnership's own dated words, as its half terms: `{"half term": Span(...)}`.

    >>> from datetime import UTC
    >>> friday = datetime(2026, 11, 20, 15, tzinfo=UTC)
    >>> read_time("this weekend", friday, WorkingCalendar.england()).how
    'from Friday 20 November 2026 at 17:00 to Monday 23 November 2026 at 09:00'
    >>> read_time("when he drinks", friday, WorkingCalendar.england()).question
    'From when? Give a day and a time, as "tonight", "this weekend" or "Friday 5pm to Monday 9am".'
    """
    said = When(now, calendar, hours)
    words = _plain(text)
    named = (known or {}).get(words)
    if named is not None:
        return _reading(
            Partial.instant(max(named.start, now)), Partial.instant(named.end), "as your partnership dates it"
        )
    for pattern, meaning in _PHRASES:
        match = pattern.fullmatch(words)
        if match:
            return meaning(said, match)
    return Ask(_UNKNOWN)


_UNKNOWN = 'From when? Give a day and a time, as "tonight", "this weekend" or "Friday 5pm to Monday 9am".'


def _plain(text: str) -> str:
    """Small letters, single spaces, no full stop at the end."""
    return " ".join(text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()).strip(" .!")


def _reading(starts: Partial, ends: Partial | None, note: str = "") -> Reading:
    end = f"to {_said(ends)}" if ends else "on, with no end said"
    return Reading(starts, ends, f"from {_said(starts)} {end}{f' ({note})' if note else ''}")


def _said(when: Partial) -> str:
    if when.earliest == when.latest:
        return days.words(when.earliest)
    if local_date(when.latest) - local_date(when.earliest) == timedelta(days=1) and days.is_midnight(when.latest):
        return f"some time on {days.day_words(local_date(when.earliest))}"
    return f"some time between {days.words(when.earliest)} and {days.words(when.latest)}"


# -- what each phrase means

_Meaning = Callable[[When, re.Match[str]], Reading | Ask]


def _from_now(said: When, _match: re.Match[str]) -> Reading:
    return _reading(Partial.instant(said.now), None)


def _for_so_long(said: When, match: re.Match[str]) -> Reading:
    return _reading(Partial.instant(said.now), Partial.instant(said.now + _length(match)))


def _in_so_long(said: When, match: re.Match[str]) -> Reading:
    return _reading(Partial.instant(said.now + _length(match)), None)


def _length(match: re.Match[str]) -> timedelta:
    number = days.NUMBERS.get(match["number"]) or int(match["number"])
    hours = {"minute": 1 / 60, "hour": 1, "day": 24, "night": 24, "week": 168}[match["unit"]]
    return timedelta(hours=number * hours)


def _today(said: When, _match: re.Match[str]) -> Reading:
    return _reading(Partial.instant(said.now), Partial.instant(said.end_of(said.today)))


def _tonight(said: When, _match: re.Match[str]) -> Reading:
    """The night that is now, before five in the morning; else the coming one, from when offices shut."""
    start, end = said.night(said.today - timedelta(days=1) if said.local.hour < days.NIGHT_ENDS else said.today)
    return _reading(Partial.instant(max(start, said.now)), Partial.instant(end))


def _tomorrow_night(said: When, _match: re.Match[str]) -> Reading:
    start, end = said.night(said.today + timedelta(days=1))
    return _reading(Partial.instant(start), Partial.instant(end))


def _weekend(said: When, _match: re.Match[str]) -> Reading:
    return _off(said, said.weekend())


def _off(said: When, off: tuple[date, date], note: str = "") -> Reading:
    """From when offices shut before these days until they open after them; from now, where that is already so."""
    start, end = said.around(off)
    return _reading(Partial.instant(max(start, said.now)), Partial.instant(end), note)


def _bank_holiday(said: When, _match: re.Match[str]) -> Reading:
    return _off(said, said.days_off(said.next_bank_holiday()))


def _christmas(said: When, _match: re.Match[str]) -> Reading:
    christmas = said.next_date(12, 25, days_after=3)
    return _off(
        said, said.days_off(christmas), "many services stay shut until the new year: put that right if yours does"
    )


def _new_year(said: When, _match: re.Match[str]) -> Reading:
    return _off(said, said.days_off(said.next_date(1, 1, days_after=2)))


def _easter(said: When, _match: re.Match[str]) -> Reading:
    return _off(said, said.days_off(said.next_easter()))


def _which_weekend(said: When, _match: re.Match[str]) -> Ask:
    first = said.weekend()
    second = said.weekend_after(first)
    options = " or ".join(days.day_words(each[0]) for each in (first, second))
    return Ask(f"Which weekend: the one of {options}?")


def _which_holiday(_said_at: When, match: re.Match[str]) -> Ask:
    return Ask(f"When is {match[0]} at this child's school? Give its first and last day: schools differ.")


def _how_often(_said_at: When, match: re.Match[str]) -> Ask:
    return Ask(f'When is the next time? "{match[0]}" comes again and again: name the first, and add the others.')


def _from_to(said: When, match: re.Match[str]) -> Reading | Ask:
    """Any of: a moment; from a moment; until a moment; from one to another."""
    start = _moment(said, match["start"]) if match["start"] else Partial.instant(said.now)
    if start is None:
        return Ask(_UNKNOWN)
    end = _moment(said.at(start), match["end"], is_end=True) if match["end"] else None
    if match["end"] and end is None:
        return Ask(_UNKNOWN)
    if (end or start).latest < said.now and match["since"] != "since" and _WEEKDAY.search(match["start"]):
        return _which_day(said)
    if end is None and not match["since"] and start.earliest != start.latest:
        end = Partial.instant(start.latest)  # "on Monday" is over when Monday is; "from Monday" is not
    if end is not None and end.latest <= start.earliest:
        return Ask(f"That ends ({_said(end)}) before it begins ({_said(start)}). Give the days and times again.")
    return _reading(start, end)


def _which_day(said: When) -> Ask:
    """A day of the week that is today, at a time that has passed: it may be meant for next week."""
    today, next_one = (days.day_words(said.today + timedelta(days=n)) for n in (0, 7))
    return Ask(f"Which one: today, {today}, when that time has passed, or {next_one}? Give the date.")


_WEEKDAY = re.compile(r"\b(?:mon|tue|wed|thu|fri|sat|sun)")


def _moment(said: When, text: str, *, is_end: bool = False) -> Partial | None:
    """One moment: now, a day, a time of it, both, or a part of a day; None for what is none of these."""
    words = text.strip()
    if words in ("now", "right now"):
        return Partial.instant(said.now)
    if words == "tonight":
        return Partial.instant(max(said.night(said.today)[0], said.now))
    match = _MOMENT.fullmatch(words) or _TIME_FIRST.fullmatch(words)
    if match is None or not words:
        return None
    day = days.day_of(said, match["day"], after_today=is_end) if match["day"] else said.today
    if day is None:
        return None
    parts = match.groupdict()
    if parts.get("part"):
        return said.part_of(day, match["part"])
    if parts["time"]:
        return said.clock(day, match["time"], roll=match["day"] is None)
    by_date = bool(match["day"]) and match["day"].removeprefix("the ")[:1].isdigit()
    return said.opening(day) if is_end and not by_date else Partial.day(day)


def _day_night(said: When, match: re.Match[str]) -> Reading | Ask:
    """The night after a day that was named, whole."""
    day = days.day_of(said, match["day"])
    if day is None:
        return Ask(_UNKNOWN)
    start, end = said.night(day)
    return _reading(Partial.instant(start), Partial.instant(end))


_DAY = (
    r"(?:(?:on |this |coming )*"
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thurs?|fri|sat|sun)"
    r"|today|tomorrow|\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?"
    r"|(?:the )?\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:january|february|march|april|may|june|july|august|september|october|"
    r"november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)(?: \d{4})?)"
)
_TIME = r"(?:(?:at )?(?:\d{1,2}(?:[:.]\d\d)? ?(?:am|pm)|\d{1,2}[:.]\d\d|noon|midday|midnight))"
_PART = r"(?:(?:in the |this )?(?:morning|afternoon|evening|night))"
_MOMENT = re.compile(rf"(?P<day>{_DAY})?(?:(?:^| )(?:(?P<part>{_PART})|(?P<time>{_TIME})))?")
_TIME_FIRST = re.compile(rf"(?P<time>{_TIME}) (?:on )?(?P<day>{_DAY})")
_COUNT = rf"(?P<number>\d{{1,3}}|{'|'.join(days.NUMBERS)}) (?P<unit>minute|hour|day|night|week)s?"

_PHRASES: tuple[tuple[re.Pattern[str], _Meaning], ...] = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (r"(?:from |starting |as of )?(?:now|now on|right now|today on(?:wards)?)|immediately|straight ?away|at once|"
         r"at any (?:time|moment)|any (?:time|moment)|always|all the time|ongoing|already", _from_now),
        (rf"(?:for )?(?:the )?(?:next )?{_COUNT}(?: from now)?", _for_so_long),
        (rf"in {_COUNT}(?:'? time)?", _in_so_long),
        (r"(?:later )?today|for the rest of (?:today|the day)", _today),
        (r"(?:for )?tonight|this (?:evening|night)|overnight|over night|the night", _tonight),
        (r"tomorrow (?:night|evening)", _tomorrow_night),
        (r"(?:at |over |on |for |during |all )*(?:this |the |coming )*week ?end", _weekend),
        (r"(?:over |on |at |for |during )*(?:the |this |next )*bank holiday(?: week ?end| monday)?", _bank_holiday),
        (r"(?:over |at |for |during )*(?:the )?(?:christmas|xmas)(?: break| holidays?| period)?", _christmas),
        (r"(?:over |at |for |during )*(?:the )?new year(?:'s eve|'s)?", _new_year),
        (r"(?:over |at |for |during )*(?:the )?easter(?: week ?end)?", _easter),
        (r"(?:over |at )?(?:next|the following) week ?end", _which_weekend),
        (r"(?:over |in |at |during |for )*(?:the )?(?:half[ -]?term|(?:summer|school|easter|christmas) holidays?|"
         r"end of term)(?: holidays?)?", _which_holiday),
        (r"(?:every|each|most|some) .*|(?:at )?(?:week ?ends|nights|evenings)"
         r"|(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)days", _how_often),
        (rf"(?P<day>{_DAY}) night", _day_night),
        (r"(?P<since>from|since|after|as of|starting|starting from) (?P<start>.+?)"
         r"(?: (?:to|until|till|up to) (?P<end>.+))?", _from_to),
        (r"(?P<since>)(?P<start>)(?:from now )?(?:until|till|up to|to) (?P<end>.+)", _from_to),
        (r"(?P<since>)(?P<start>.+?) (?:to|until|till|-|\u2013) (?P<end>.+)", _from_to),
        (r"(?P<since>)(?P<start>.+?)(?P<end>)", _from_to),
    )
)  # fmt: skip
