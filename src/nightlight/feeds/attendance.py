"""What each attendance code counts as (feeds/tables/attendance_codes_2024.csv), and a week of marks as counts.

The codes are those of the School Attendance (Pupil Registration) (England) Regulations 2024, in force from 19 August
2024; those they retired are taken for earlier dates only. This module reads no files of marks.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, lru_cache
from importlib import resources

from nightlight.feeds.fields import Refused, in_london

IN_FORCE = date(2024, 8, 19)
"""The first day of the 2024 codes."""
NO_MARK = frozenset({"", "-", "–", "—", "."})
"""What registers print where no mark was made."""
PRESENT, LATE, UNEXPLAINED = "/", "L", "N"
_ENDS = {"AM": time(12, 0), "PM": time(15, 30)}
"""When a session is taken to be over where a register doesn't say: its marks were made by then."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code: what a session with it counts as; "" where the session was not possible. retired: no longer in use."""

    counts_as: str
    retired: bool


@cache
def codes() -> Mapping[str, Code]:
    """Every code of the table.

    >>> codes()["I"].counts_as, codes()["N"].counts_as, codes()["#"].counts_as
    ('authorised', 'unexplained', '')
    """
    table = resources.files("nightlight.feeds") / "tables" / "attendance_codes_2024.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return {row["code"]: _code(row) for row in rows}


def _code(row: Mapping[str, str]) -> Code:
    category = row["statistical_category"].removesuffix("_legacy")
    retired = row["in_2025_census_codeset"] == "0"
    if row["code"] == UNEXPLAINED:
        return Code("unexplained", retired)
    if category in {"authorised", "unauthorised"}:
        return Code(category, retired)
    return Code("attended" if category in {"present", "approved_educational_activity"} else "", retired)


@lru_cache(maxsize=4096)
def read_mark(text: str, on_new_codes: bool) -> str:
    """The code that a cell prints, or "" where there is no mark.

    The two strokes both mean present; which one stands for which session is lost in many exports, so both are `/`.

    >>> read_mark("\\\\\\\\", True), read_mark("i", True), read_mark("-", True)
    ('/', 'I', '')
    """
    mark = text.strip().upper()
    if mark in NO_MARK:
        return ""
    if not mark.strip("\\") or mark == "//":
        return PRESENT
    code = codes().get(mark)
    if code is None:
        raise Refused("Mark", "unknown_code", "an attendance code of 2024 (docs/reference/feeds.md), or - for no mark")
    if code.retired and on_new_codes:
        expected = "a code in use on that date: H, J, Y and F were retired on 19 August 2024"
        raise Refused("Mark", "retired_code", expected)
    return mark


def counts(marks: Iterable[str]) -> dict[str, int]:
    """A week's marks as the attributes of `education.register`.

    Each possible session is counted once as attended, authorised, unauthorised or unexplained (N); late (L) is among
    the attended. U, arriving after the register closed, is an unauthorised absence and not late.

    >>> counts(["/", "L", "I", "U", "N", "#"])
    {'possible': 5, 'attended': 2, 'late': 1, 'authorised': 1, 'unauthorised': 1, 'unexplained': 1}
    """
    table = codes()
    found = dict.fromkeys(("possible", "attended", "late", "authorised", "unauthorised", "unexplained"), 0)
    for mark in marks:
        counts_as = table[mark].counts_as
        if counts_as:
            found["possible"] += 1
            found[counts_as] += 1
            found["late"] += mark == LATE
    return found


@lru_cache(maxsize=16_384)
def session_end(session: str) -> datetime:
    """When the session of a key such as `2024-09-02 AM` was over.

    >>> session_end("2024-09-02 AM").isoformat()
    '2024-09-02T11:00:00+00:00'
    """
    day, _, half = session.partition(" ")
    return in_london(date.fromisoformat(day), _ENDS[half])
