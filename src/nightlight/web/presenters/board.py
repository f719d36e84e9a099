"""A team's board: its open duties in columns by where they stand or by the day they are due, and who has how many.

The columns part the duties: each is in exactly one, so that the numbers add up to all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from nightlight.actions.duties.deeds import ListedDuty
from nightlight.timeline import local_date
from nightlight.web.presenters import words
from nightlight.web.presenters.duties import SOON

NOBODY = "-"
"""In an address, for an owner: nobody."""
SHOWN = 12
"""Cards of a column; the rest are behind its number."""
DAYS = 5
"""Columns of a day each, from today; what is due later is in one."""

_STATES = {
    "unowned": "Nobody owns it",
    "overdue": "Overdue",
    "open": "To acknowledge",
    "offered": "Offered, not yet accepted",
    "acknowledged": "Acknowledged, to decide",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what its address calls it, its heading, how many there are, and the first of them."""

    key: str
    heading: str
    count: int
    first: tuple[ListedDuty, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """How many one person has. `owner` is `NOBODY` for what nobody owns."""

    owner: str
    open: int
    overdue: int
    soon: int
    unacknowledged: int


def by_state(each: ListedDuty, at: datetime) -> str:
    """The column of a duty by where it stands: unowned before overdue before the rest."""
    if not each.now.owner:
        return "unowned"
    if each.overdue:
        return "overdue"
    return "offered" if each.now.pending_to else each.now.status


def by_day(each: ListedDuty, at: datetime) -> str:
    """The column of a duty by when it is due, in London."""
    if each.overdue:
        return "overdue"
    day = local_date(each.now.due)
    return day.isoformat() if day < local_date(at) + timedelta(days=DAYS) else "later"


Place = Callable[[ListedDuty, datetime], str]
PLACES: dict[str, Place] = {"state": by_state, "day": by_day}


def columns(listed: Sequence[ListedDuty], by: str, at: datetime) -> list[Column]:
    """All columns in their order, the empty ones too: an empty column is an answer."""
    place = PLACES[by]
    held: dict[str, list[ListedDuty]] = {key: [] for key in _keys(by, at)}
    for each in listed:
        held[place(each, at)].append(each)
    return [Column(key, heading(key, at), len(found), _first(found)) for key, found in held.items()]


def heading(key: str, at: datetime) -> str:
    """What a column is called."""
    if key in _STATES:
        return _STATES[key]
    if key == "later":
        return "Later"
    day = date.fromisoformat(key)
    away = (day - local_date(at)).days
    return {0: "Due today", 1: "Due tomorrow"}.get(away) or f"Due {words.weekday(day)}"


def is_column(by: str, key: str, at: datetime) -> bool:
    """Whether a board has such a column."""
    return by in PLACES and key in _keys(by, at)


def _keys(by: str, at: datetime) -> list[str]:
    if by == "state":
        return list(_STATES)
    today = local_date(at)
    return ["overdue", *((today + timedelta(days=n)).isoformat() for n in range(DAYS)), "later"]


def _first(found: list[ListedDuty]) -> tuple[ListedDuty, ...]:
    return tuple(sorted(found, key=lambda each: (each.now.owner != "", each.now.due))[:SHOWN])


def loads(listed: Sequence[ListedDuty], at: datetime) -> list[Load]:
    """Who has how many: nobody first, then whoever has most overdue, then most open."""
    ordered = sorted(listed, key=lambda each: each.now.owner)
    found = [_load(owner, list(theirs), at) for owner, theirs in groupby(ordered, key=lambda each: each.now.owner)]
    return sorted(found, key=lambda each: (each.owner != NOBODY, -each.overdue, -each.open, each.owner))


def _load(owner: str, theirs: list[ListedDuty], at: datetime) -> Load:
    return Load(
        owner=owner or NOBODY,
        open=len(theirs),
        overdue=sum(each.overdue for each in theirs),
        soon=sum(is_soon(each, at) for each in theirs),
        unacknowledged=sum(each.now.status == "open" for each in theirs),
    )


def is_soon(each: ListedDuty, at: datetime) -> bool:
    """Whether it falls due within a day."""
    return not each.overdue and each.now.due - at <= SOON
