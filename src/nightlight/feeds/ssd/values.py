"""Reads the cells of Standard Safeguarding Dataset tables: dates, flags and codes as the three systems write them.

What can't be read is a `Refused` naming the column, never the value. Text stays as the source gave it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from importlib import resources

from nightlight.timeline.london import LONDON
from nightlight.timeline.partial import Partial

NOTHING = frozenset({"", "null", "none", "n/a", "(null)", "nan"})
NO_DATE = date(1900, 1, 1)
"""What SQL Server writes for an empty text read as a date."""
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?", re.ASCII)
_BRITISH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?", re.ASCII)
_YES = frozenset({"y", "yes", "1", "true", "t"})
_NO = frozenset({"n", "no", "0", "false", "f"})


class Refused(Exception):
    """A cell that can't be kept: its column, the code, and what was expected. Never the value."""

    def __init__(self, field: str, code: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field, self.code, self.expected = field, code, expected


def moment(text: str, field: str) -> Partial | None:
    """A date, or an instant where a time of day other than midnight is given; None for an empty cell.

    >>> moment("2024-03-01 00:00:00.000", "cont_contact_date").isoformat()
    '2024-03-01'
    >>> moment("01/07/2024 09:30", "cont_contact_date").isoformat()
    '2024-07-01T08:30:00Z'
    """
    if text.casefold() in NOTHING:
        return None
    try:
        return _moment(text)
    except (ValueError, OverflowError):
        expected = "a date that exists, as YYYY-MM-DD HH:MM:SS or dd/mm/yyyy"
        raise Refused(field, "bad_date", expected) from None


@lru_cache(maxsize=65_536)
def _moment(text: str) -> Partial | None:
    if match := _ISO.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif match := _BRITISH.fullmatch(text):
        year, month, day = int(match[3]), int(match[2]), int(match[1])
    else:
        raise ValueError
    return _made(date(year, month, day), int(match[4] or 0), int(match[5] or 0), int(match[6] or 0))


def _made(day: date, hour: int, minute: int, second: int) -> Partial | None:
    if day == NO_DATE:
        return None
    if not (hour or minute or second):  # a date column written as a datetime
        return Partial.day(day)
    return Partial.instant(datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=LONDON))


def flag(text: str, field: str) -> bool | None:
    """Yes or no, in any of the ways it is written; None for an empty cell.

    >>> flag("1", "cppv_cp_visit_seen"), flag("No", "cppv_cp_visit_seen"), flag("", "cppv_cp_visit_seen")
    (True, False, None)
    """
    folded = text.casefold()
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    if folded in NOTHING:
        return None
    raise Refused(field, "unknown_code", "Y or N (or 1 or 0, true or false)")


@cache
def _codes() -> Mapping[str, list[tuple[str, str, tuple[str, ...]]]]:
    text = (resources.files("nightlight.feeds") / "tables" / "ssd_codes.csv").read_text(encoding="utf-8")
    lists: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {}
    for row in csv.DictReader(text.splitlines()):
        words = tuple(word for word in row["words"].split("|") if word)
        lists.setdefault(row["list"], []).append((row["code"], row["means"], words))
    return lists


@lru_cache(maxsize=4096)
def code_means(name: str, code: str) -> str | None:
    """What a code means in one list: "" for a code that is in it and has no word of ours; None for one that isn't.

    >>> code_means("source", "6"), code_means("source", "10"), code_means("source", "99")
    ('police', '', None)
    """
    return next((means for listed, means, _words in _codes()[name] if listed and listed == code.upper()), None)


@lru_cache(maxsize=4096)
def words_mean(name: str, words: str) -> str | None:
    """What a label means, by the words in it, in the order of the list; None when no rule has it.

    >>> words_mean("source", "HEALTH SERVICES - school nurse")
    'health.community'
    """
    folded = words.casefold()
    if folded in NOTHING:
        return None
    return next((means for _code, means, rules in _codes()[name] if any(rule in folded for rule in rules)), None)


def flagged(name: str, values: Mapping[str, str]) -> str | None:
    """What the flags of an outcome column say: the first that is set of the list, which is in order of weight."""
    for code, means, _words in _codes()[name]:
        if code and values.get(code, "").casefold() in _YES:
            return means
    return None
