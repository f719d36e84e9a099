"""A child: what holds, the timeline picture, and the same as a table; as known to an agency on a date, when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from nightlight.actions.child import share_now as sharing_now
from nightlight.actions.child.children import ChildPage, Look, child_page
from nightlight.domain.agencies import AGENCIES
from nightlight.domain.chronology import Fact
from nightlight.domain.kinds import is_kind_or_theme
from nightlight.domain.roles import Permission
from nightlight.timeline import end_of_day, local_date
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.pictures import picture_of
from nightlight.web.presenters import entries, firings, sharing, timeline, words
from nightlight.web.presenters.duties import stands
from nightlight.web.reads import Of, reads
from nightlight.web.views.child_agreed import agreed

PAGE = 100
EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form on the page asked for. on: as known on this date; to: to this agency; empty: now, everyone."""

    agency: str = ""
    kind: str = ""
    on: str = ""
    to: str = ""
    page: int = 1

    def query(self, **changed: object) -> str:
        asked = replace(self, **{"page": 1, **changed})
        kept = {
            k: v for k, v in (("agency", asked.agency), ("kind", asked.kind), ("on", asked.on), ("to", asked.to)) if v
        }
        if asked.page > 1:
            kept["page"] = str(asked.page)
        return f"?{urlencode(kept)}" if kept else "?"

    @property
    def look(self) -> str:
        """The part that says from where a child is looked at, for the address of an indicator's page."""
        kept = {k: v for k, v in (("on", self.on), ("to", self.to)) if v}
        return f"?{urlencode(kept)}" if kept else ""


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_safe
def child(request: HttpRequest, child_id: UUID) -> HttpResponse:
    at = now()
    asked, look, errors = looked_from(request, at)
    page = child_page(by=request.user, child=child_id, now=at, look=look)
    offers = sharing_now.offers(by=request.user, firings=page.firings, facts=page.facts, at=at) if look.is_now else {}
    context = {**_context(page, asked, at), **agreed(request.user, page, at), "offers": offers, "errors": errors}
    return render(request, "child/page.html", context, status=422 if errors else 200)


def looked_from(request: HttpRequest, at: datetime) -> tuple[Asked, Look, list[tuple[str, str]]]:
    """What an address asks for, from where that looks at a child, and what is wrong with the date in it."""
    asked = _asked(request)
    as_at, errors = _as_at(asked.on, at)
    return asked, Look(agency=asked.to or None, as_at=as_at), errors


def _asked(request: HttpRequest) -> Asked:
    asked = request.GET
    kind, agency, to = asked.get("kind", ""), asked.get("agency", ""), asked.get("to", "")
    number = asked.get("page", "1")
    return Asked(
        agency=agency if agency in AGENCIES else "",
        kind=kind if is_kind_or_theme(kind) else "",
        on=asked.get("on", "").strip()[:10],
        to=to if to in AGENCIES else "",
        page=int(number) if number.isascii() and number.isdigit() and 0 < int(number) < 10_000 else 1,
    )


def _as_at(on: str, at: datetime) -> tuple[datetime | None, list[tuple[str, str]]]:
    """The end of the date asked for; None for now. A date that is none, or to come, is an error of the form."""
    if not on:
        return None, []
    try:
        day = date.fromisoformat(on)
    except ValueError:
        return None, [("on", "Enter a date as year, month and day, like 2025-11-21")]
    if day > local_date(at):
        return None, [("on", "Enter today's date or an earlier one: what will be known is not known yet")]
    return (None if day == local_date(at) else end_of_day(day)), []


def _context(page: ChildPage, asked: Asked, at: datetime) -> dict:
    filtered = bool(asked.agency or asked.kind)
    shown = [fact for fact in page.facts if _wanted(fact, asked)] if filtered else list(page.facts)
    pages = max(1, -(-len(shown) // PAGE))
    asked = replace(asked, page=min(asked.page, pages))
    here = reverse("child", args=[page.child.id])
    first = (asked.page - 1) * PAGE
    return {
        "page": page,
        "asked": asked,
        "here": here,
        "age": _age(page, at),
        "past": page.look.as_at,
        "picture": _picture(page, shown, asked, here),
        "key": timeline.key(),
        "rows": entries.rows(shown[first : first + PAGE], page.organisations, page.people, str(page.child.id)),
        "count": len(shown),
        "first": first + 1,
        "pages": pages,
        "links": {n: asked.query(page=n) + "#entries" for n in _near(asked.page, pages)},
        "groups": firings.groups(page.firings, page.protective, page.at),
        "duties": [(duty, stands(duty.due, at)) for duty in page.duties],
        "agencies": [(code, AGENCIES[code]) for code in AGENCIES if code in page.known_to],
        "kinds": _kinds(page.facts),
        "filtered": filtered,
        "history": page.shared,
        "did": sharing.DID,
        "left_out": sharing.left_out,
    }


def _wanted(fact: Fact, asked: Asked) -> bool:
    if asked.agency and fact.agency != asked.agency:
        return False
    return not asked.kind or fact.kind == asked.kind or fact.kind.partition(".")[0] == asked.kind


def _near(page: int, pages: int) -> list[int]:
    """The page numbers that the links need: both ends, and two to either side."""
    return [n for n in range(1, pages + 1) if n in (1, pages) or abs(n - page) <= 2]


def _age(page: ChildPage, at: datetime) -> str:
    born = page.child.born
    if born is None:
        return "age not known"
    return words.age(local_date(born.earliest), local_date(page.at))


def _kinds(facts: tuple[Fact, ...]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The themes and kinds that the child's entries have, for the filter."""
    held: dict[str, list[tuple[str, str]]] = {}
    for kind in sorted({fact.entry.kind for fact in facts}):
        held.setdefault(kind.partition(".")[0], []).append((kind, words.kind(kind)))
    return [(theme, words.theme(theme), kinds) for theme, kinds in sorted(held.items())]


def _picture(page: ChildPage, shown: list[Fact], asked: Asked, here: str) -> str:
    def addresses() -> Callable[[Fact], str]:
        number = {fact.entry.id: at // PAGE + 1 for at, fact in enumerate(shown)}
        queries = {n: asked.query(page=n) for n in set(number.values())}
        return lambda fact: f"{queries[number[fact.entry.id]]}#{entries.anchor(fact.entry.id)}"

    return picture_of(page, shown, here, asked.query(), asked.look, addresses)
