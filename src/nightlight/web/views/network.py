"""A child's family and its places on a date: as a picture, and the same as tables."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from nightlight.actions.record import households
from nightlight.domain.households import LONG_DIFFERENT, OFTEN
from nightlight.domain.roles import Permission
from nightlight.timeline import local_date
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import network as shown
from nightlight.web.reads import Of, reads


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_safe
def family(request: HttpRequest, child_id: UUID) -> HttpResponse:
    """The family and its places on a date; today's, where none or a wrong one is asked for."""
    at, asked = now(), request.GET.get("on", "").strip()[:10]
    on, errors = _day(asked, at)
    found = households.network(by=request.user, child=child_id, now=at, on=on)
    context = {
        "network": found,
        "asked": asked,
        "errors": errors,
        "on": on or local_date(found.at),  # a day is looked at from its end, which is the next day's beginning
        "today": on is None or on == local_date(at),
        "picture": shown.picture(found) if found.there else "",
        "rows": shown.rows(found),
        "former": [(each, shown.tie(each, found), shown.known_to(each)) for each in found.former],
        "texts": {place.id: place.text for place in found.places},
        "span": shown.span,
        "agency": shown.agency,
        "long_different": found.differ_since is not None and found.at - found.differ_since >= LONG_DIFFERENT,
        "often": found.moves >= OFTEN,
        "alone": [each for each in found.members if not each.is_child and len(each.agencies) == 1],
        "names": {each.id: each.name for each in (*found.members, *found.former)},
        "whose": shown.by_whose_word,
    }
    return render(request, "child/family.html", context, status=422 if errors else 200)


def _day(asked: str, at: datetime) -> tuple[date | None, list[tuple[str, str]]]:
    if not asked:
        return None, []
    try:
        on = date.fromisoformat(asked)
    except ValueError:
        return None, [("on", "Enter a date as year, month and day, like 2025-11-21")]
    if on > local_date(at):
        return None, [("on", "Enter today's date or an earlier one: nobody knows yet who will live where")]
    return on, []
