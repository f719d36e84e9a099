"""What lists of duties share: what an address asks for, ways of looking, and lines with what lies ahead of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest

from nightlight.actions.duties.ahead import ahead
from nightlight.actions.duties.deeds import ListedDuty
from nightlight.actions.trail import practitioners
from nightlight.domain.kinds import LEVELS
from nightlight.web.presenters import rules
from nightlight.web.presenters.board import NOBODY, PLACES, is_column, is_soon
from nightlight.web.presenters.duties import people_in, stands

PAGE = 100


@dataclass(frozen=True, slots=True)
class Filter:
    """A way of looking at a list of duties: a link that opens it, and which duties it keeps."""

    key: str
    words: str
    keeps: Callable[[ListedDuty, str, datetime], bool]


_ALL = Filter("", "All open", lambda each, me, at: True)
_OVERDUE = Filter("overdue", "Overdue", lambda each, me, at: each.overdue)
_SOON = Filter("soon", "Due within a day", lambda each, me, at: is_soon(each, at))
_OPEN = Filter("unacknowledged", "Not acknowledged", lambda each, me, at: each.now.status == "open")
_OFFERED = Filter("offered", "Offered to me", lambda each, me, at: each.now.pending_to == me)
_UNOWNED = Filter("unowned", "Owned by nobody", lambda each, me, at: not each.now.owner)
MINE = (_ALL, _OVERDUE, _SOON, _OPEN, _OFFERED)
TEAM = (_ALL, _UNOWNED, _OVERDUE, _SOON, _OPEN)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a list asks for. owner: a user name, or `NOBODY`; by and column: a column of a board."""

    show: str = ""
    level: str = ""
    owner: str = ""
    organisation: str = ""
    by: str = ""
    column: str = ""
    page: int = 1

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        given = {each.name: request.GET.get(each.name, "")[:80] for each in fields(cls) if each.name != "page"}
        return cls(**{**given, "level": given["level"] if given["level"] in LEVELS else ""}, page=_page(request))

    def query(self, **changed: object) -> str:
        """The address with these things changed; from its first page, unless that is one of them."""
        asked = replace(self, **{"page": 1, **changed})
        kept = {each.name: getattr(asked, each.name) for each in fields(asked)}
        return "?" + urlencode({k: v for k, v in kept.items() if v and (k, v) != ("page", 1)})


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 10_000 else 1


def of_owner(listed: Sequence[ListedDuty], asked: Asked) -> list[ListedDuty]:
    """Those of the organisation and the owner that are asked for."""
    owner = "" if asked.owner == NOBODY else asked.owner
    return [
        each
        for each in listed
        if asked.organisation in ("", each.now.organisation) and (not asked.owner or each.now.owner == owner)
    ]


def listing(listed: Sequence[ListedDuty], asked: Asked, ways: tuple[Filter, ...], me: str, at: datetime) -> dict:
    """A page of a list as its template takes it. Every number is counted by what its link shows."""
    chosen = next((way for way in ways if way.key == asked.show), _ALL)
    listed = of_owner(listed, asked)
    found = [each for each in listed if _wanted(each, asked, at) and chosen.keeps(each, me, at)]
    pages = max(1, -(-len(found) // PAGE))
    page = min(asked.page, pages)
    kept = found[(page - 1) * PAGE : page * PAGE]
    lies_ahead = ahead(each.now for each in kept)
    whole = replace(asked, show="", level="", by="", column="")
    return {
        "asked": replace(asked, show=chosen.key, page=page),
        "filters": [(whole.query(show=w.key), w, sum(w.keeps(d, me, at) for d in listed)) for w in ways],
        "levels": [(whole.query(level=l_), l_, sum(d.now.level == l_ for d in listed)) for l_ in reversed(LEVELS[1:])],
        "lines": [_line(each, lies_ahead, me, at) for each in kept],
        "names": practitioners.names(
            _people(kept, asked) | people_in(step for each in lies_ahead.values() for step in each.steps)
        ),
        "count": len(found),
        "page": page,
        "pages": pages,
        "links": {n: asked.query(page=n) for n in range(1, pages + 1)},
        "here": asked.query(page=page),
    }


def _people(kept: Sequence[ListedDuty], asked: Asked) -> set[str]:
    return {each.now.owner for each in kept} | {each.now.pending_to for each in kept} | {asked.owner}


def _wanted(each: ListedDuty, asked: Asked, at: datetime) -> bool:
    if asked.level and each.now.level != asked.level:
        return False
    return not is_column(asked.by, asked.column, at) or PLACES[asked.by](each, at) == asked.column


def _line(each: ListedDuty, lies_ahead: dict, me: str, at: datetime) -> dict:
    found = lies_ahead[each.now.duty_id]
    return {
        "duty": each,
        "clock": stands(each.now.due, at),
        "next": _next(each, me),
        "steps": found.steps,
        "rule": rules.basis(found.rule) if rules.is_clock(each.now.question) else None,
        "deed": _deed(each, me),
    }


def _deed(each: ListedDuty, me: str) -> str:
    """What one press of a button in the list does: acknowledge, accept, or nothing."""
    if each.now.pending_to == me:
        return "accept"
    return "acknowledge" if each.now.owner == me and each.now.status == "open" else ""


def _next(each: ListedDuty, me: str) -> str:
    """What to do next, in a few words."""
    if each.now.pending_to == me:
        return "Accept it, or say why not"
    if each.now.pending_to:
        return "Waiting for the receiver to accept"
    if each.now.status == "open":
        return "Acknowledge it" if each.now.owner else "Somebody must take it"
    return "Decide, and record the outcome"
