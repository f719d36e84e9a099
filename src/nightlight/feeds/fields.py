"""Reading one cell: dates and times as English systems print them, ids, yes and no; or why it can't be read.

A refusal names the field and what was expected and never repeats what stood there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache

from nightlight.feeds.records import Rejection
from nightlight.timeline.london import LONDON, local_date
from nightlight.timeline.partial import Partial

LONGEST_ID = 200
"""Characters of a source's own id."""
LONGEST_WORDS = 10_000
"""Characters of one attribute that holds words (domain.kinds.TEXT)."""

_NUMERIC = re.compile(
    r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})|(?P<Y>\d{4})[/-](?P<M>\d{1,2})[/-](?P<D>\d{1,2})"
)
_NAMED = re.compile(r"(?:(?P<d>\d{1,2})|(?P<Y>\d{4}))[ -](?P<m>[A-Za-z]{3})[a-z]*[ -](?:(?P<y>\d{4})|(?P<D>\d{1,2}))")
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)? ?([ap]\.?m\.?)?", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YES = frozenset({"yes", "y", "true", "1"})
_NO = frozenset({"no", "n", "false", "0"})
DATE_EXPECTED = "a date that exists, as DD/MM/YYYY or YYYY-MM-DD"


class Refused(Exception):
    """A cell that can't be kept: its field, the code and what was expected. Never what stood in it."""

    def __init__(self, field: str, code: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field, self.code, self.expected = field, code, expected

    def at(self, position: str, raw: bytes) -> Rejection:
        """The rejection of the record that stands there."""
        return Rejection(position=position, field=self.field, code=self.code, expected=self.expected, raw=raw)


@lru_cache(maxsize=16_384)
def read_date(text: str) -> date | None:
    """A date as registers and exports print it, or None when it is none. Two-digit years are not guessed.

    >>> read_date("Mon 02/09/2024"), read_date("2024-Sep-02 00:00:00"), read_date("31/02/2024")
    (datetime.date(2024, 9, 2), datetime.date(2024, 9, 2), None)
    """
    plain = _WEEKDAY.sub("", text.strip())
    for pattern in (_NUMERIC, _NAMED):
        found = pattern.match(plain)
        if found and _only_midnight(plain[found.end() :]):
            return _date_of(found)
    return None


def _only_midnight(rest: str) -> bool:
    return not rest.strip("T 0:.Z")


def _date_of(found: re.Match[str]) -> date | None:
    parts = found.groupdict()
    year, day = parts.get("y") or parts["Y"], parts["d"] or parts["D"]
    month = parts.get("M") or parts["m"]
    if not (year and day):
        return None
    if not month.isdigit():
        if month.lower() not in _MONTHS:
            return None
        month = str(_MONTHS.index(month.lower()) + 1)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def past_date(text: str, field: str, now: datetime) -> date:
    """A date that must have come: refused when it doesn't exist or is after the delivery."""
    day = read_date(text)
    if day is None:
        raise Refused(field, "bad_date", DATE_EXPECTED)
    if day > local_date(now):
        raise Refused(field, "future_date", "a date that has come, at the latest the day of this delivery")
    return day


def read_time(text: str) -> time | None:
    """A time of day, 24 hours or with am and pm.

    >>> read_time("2:40 pm")
    datetime.time(14, 40)
    """
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[4].lower().startswith("p") else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def in_london(day: date, at: time) -> datetime:
    """The instant at which a clock in England showed this."""
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def past_moment(text: str, field: str, now: datetime, *, clock: str = "") -> Partial:
    """A date with or without a time of day (in the same cell, or `clock` from its own), that has come.

    >>> past_moment("02/09/2024 14:40", "Date", datetime(2024, 9, 3, tzinfo=UTC)).isoformat()
    '2024-09-02T13:40:00Z'
    """
    moment = _offset_instant(text) or _local_moment(text.strip(), field, clock.strip())
    if moment.earliest > now:
        raise Refused(field, "future_date", "a moment that has come, at the latest that of this delivery")
    return moment


def _offset_instant(text: str) -> Partial | None:
    """An ISO 8601 instant with its offset; what has none is read as the time in England."""
    if "T" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return Partial.instant(moment) if moment.utcoffset() is not None else None


def _local_moment(text: str, field: str, clock: str) -> Partial:
    day = read_date(text)
    if day is None:
        head, _, tail = text.replace("T", " ").rpartition(" ")
        if tail.lower().rstrip(".") in {"am", "pm"}:
            head, _, hour = head.rpartition(" ")
            tail = f"{hour} {tail}"
        day, clock = read_date(head), clock or tail
    if day is None:
        raise Refused(field, "bad_date", f"{DATE_EXPECTED}, with or without a time (14:40)")
    if not clock:
        return Partial.day(day)
    at = read_time(clock)
    if at is None:
        raise Refused(field, "bad_time", "a time of day, as 14:40 or 2:40 pm")
    return Partial.instant(in_london(day, at))


def source_id(text: str, field: str) -> str:
    """The source's own id of something, which must be there: without it a second sending can't be recognised."""
    found = text.strip()
    if not found:
        raise Refused(field, "missing", "the source's own id, which this record has not")
    if len(found) > LONGEST_ID:
        raise Refused(field, "too_long", f"an id of at most {LONGEST_ID} characters")
    return found


def name_part(text: str, field: str) -> str:
    """A given or family name, as it stands but for its spaces."""
    name = " ".join(text.split())
    if len(name) > LONGEST_ID:
        raise Refused(field, "too_long", f"a name of at most {LONGEST_ID} characters")
    return name


def sex_letter(text: str) -> str:
    """M or F where a source says so in any of its ways; empty for everything else.

    >>> sex_letter("FEMALE"), sex_letter("not known")
    ('F', '')
    """
    first = text.strip()[:1].upper()
    return first if first in {"M", "F"} else ""


def yes_or_no(text: str, field: str) -> bool | None:
    """Yes or no in the words of exports; None where nothing is said."""
    word = text.strip().casefold()
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    raise Refused(field, "bad_value", "yes or no")


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A column's name or a school's word as it is compared: small letters and digits only.

    >>> folded("Legal Surname_"), folded("D.O.B.")
    ('legalsurname', 'dob')
    """
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def columns_by_alias(columns: Iterable[str], aliases: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Which column holds which field, by the names that systems print; the first alias that is there wins.

    >>> columns_by_alias(["Adno", "Mark"], {"id": ("Student ID", "Adno"), "mark": ("Mark",), "date": ("Date",)})
    {'id': 0, 'mark': 1}
    """
    places: dict[str, int] = {}
    for place, name in enumerate(columns):
        places.setdefault(folded(name), place)
    found = {}
    for field, names in aliases.items():
        at = next((places[folded(name)] for name in names if folded(name) in places), None)
        if at is not None:
            found[field] = at
    return found
