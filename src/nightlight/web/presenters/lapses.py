"""What lapsed, counted by one thing at a time: each count with the address of the list that it counts, and as a plot.

No child is named, and no sum is made over anything but lapses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from nightlight.actions.duties.lapses import LATE, OPEN, STOOD, WAYS, Counts, Tallied
from nightlight.domain.duty_events import OUTCOMES, SETTLED, outcome_words
from nightlight.domain.roles import role_title
from nightlight.review.plots import Plot, Row, svg
from nightlight.web.presenters import rules, words

PLOTTED = 15
"""Rows of a plot; the table has all of them."""

_STOOD = {
    "nobody": "Nobody owned it",
    "not_acknowledged": "Its owner had not acknowledged it",
    "offered": "Offered to somebody who had not accepted it",
    "acknowledged": "Somebody had it, and had not decided",
}
_LATE = {
    "hour": "Under an hour",
    "day": "An hour to a day",
    "two_days": "One to two days",
    "week": "Two days to a week",
    "month": "A week to four weeks",
    "longer": "Longer than four weeks",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """One row: its key and words, how many lapsed, how many of them are open still, and the middle lateness."""

    key: str
    words: str
    count: int
    open: int
    late: str


@dataclass(frozen=True, slots=True)
class Counted:
    """One way of counting: its name in addresses, its heading, its rows, and the picture of them."""

    way: str
    heading: str
    head: str
    tallies: tuple[Tally, ...]
    picture: str


_HEADINGS = {
    "month": ("Month by month", "Month"),
    "stood": ("Why: where it stood when its time ran out", "Where it stood"),
    "late": ("How late the answer was, or is by now", "How late"),
    "organisation": ("By organisation", "Organisation"),
    "role": ("By role", "Role"),
    "rule": ("By rule", "Rule"),
    "outcome": ("What was said in the end", "Answer"),
}
_ORDERS: Mapping[str, Sequence[str]] = {
    "stood": STOOD,
    "late": tuple(key for key, _ in LATE),
    "outcome": (OPEN, *OUTCOMES, *SETTLED),
}


def counted(counts: Counts, organisations: Mapping[str, str]) -> list[Counted]:
    """Every way of counting these."""
    return [_by(way, counts.by[way], organisations) for way in WAYS]


def said(way: str, key: str, organisations: Mapping[str, str]) -> str:
    """The words of one row."""
    match way:
        case "month":
            return words.month(key)
        case "stood":
            return _STOOD[key]
        case "late":
            return _LATE[key]
        case "organisation":
            return organisations.get(key, "No organisation" if key == "-" else key)
        case "role":
            return role_title(key)
        case "rule":
            return f"{rules.rule_words(key)} ({key})"
    return "Still not answered" if key == OPEN else words.capital(outcome_words(key))


def is_row(way: str, key: str) -> bool:
    """Whether a row of this way of counting could have such a key; it comes from an address."""
    if way == "month":
        year, _, number = key.partition("-")
        return len(key) == 7 and f"{year}{number}".isascii() and f"{year}{number}".isdigit() and 0 < int(number) < 13
    return key in _ORDERS[way] if way in _ORDERS else True


def _by(way: str, tallied: Sequence[Tallied], organisations: Mapping[str, str]) -> Counted:
    held = {each.key: each for each in tallied}
    tallies = tuple(
        _tally(held.get(key) or Tallied(key, 0, 0, timedelta()), said(way, key, organisations))
        for key in _ordered(way, held)
    )
    heading, head = _HEADINGS[way]
    return Counted(way, heading, head, tallies, _picture(way, heading, tallies))


def _ordered(way: str, held: Mapping[str, Tallied]) -> list[str]:
    """Months in their order, with those in between that had none; what has an order of its own; else most first."""
    if way == "month":
        return _months(min(held), max(held)) if held else []
    if way in _ORDERS:
        return [key for key in _ORDERS[way] if key in held]
    return sorted(held, key=lambda key: (-held[key].count, key))


def _months(first: str, last: str) -> list[str]:
    year, number = int(first[:4]), int(first[5:])
    found = [first]
    while found[-1] < last:
        year, number = (year + 1, 1) if number == 12 else (year, number + 1)
        found.append(f"{year}-{number:02}")
    return found


def _tally(found: Tallied, text: str) -> Tally:
    return Tally(found.key, text, found.count, found.open, words.length(found.late) if found.count else "")


def _picture(way: str, heading: str, tallies: Sequence[Tally]) -> str:
    shown = tallies[-PLOTTED:] if way == "month" else tallies[:PLOTTED]
    described = "; ".join(f"{each.words}: {each.count}" for each in shown)
    rows = tuple(Row(_short(each.words), float(each.count)) for each in shown)
    plot = Plot(id=f"plot-{way}", title=heading, description=described, unit="Lapses", rows=rows, bars=True)
    return svg(plot)


def _short(text: str) -> str:
    return text if len(text) <= 44 else f"{text[:43]}\N{HORIZONTAL ELLIPSIS}"
