"""What lapsed, where and why: counts without a child's name, and the list behind each count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from nightlight.actions.duties import lapses as acts
from nightlight.actions.trail import practitioners
from nightlight.domain.roles import Permission
from nightlight.timeline import BEGINNING
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters.lapses import counted, is_row, said
from nightlight.web.presenters.words import length
from nightlight.web.reads import Of, reads

PAGE = 100
_PERIODS = {
    "30": ("The last 30 days", timedelta(days=30)),
    "90": ("The last 90 days", timedelta(days=90)),
    "365": ("The last 365 days", timedelta(days=365)),
    "all": ("All time", None),
}


@reads(Of.LISTED, Permission.TEAM_VIEW)
@signed_in
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    at = now()
    period, since = _period(request, at)
    counts = acts.counts(by=request.user, now=at, since=since)
    organisations = _organisations(each.key for each in counts.by["organisation"])
    context = {
        "period": period,
        "periods": [(key, text) for key, (text, _) in _PERIODS.items()],
        "count": counts.count,
        "open": counts.open,
        "ways": counted(counts, organisations),
        "address": lambda **chosen: "?" + urlencode({"period": period, **chosen}),
    }
    return render(request, "lapses/overview.html", context, at="lapses")


@reads(Of.LISTED, Permission.TEAM_VIEW)
@signed_in
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    at = now()
    period, since = _period(request, at)
    asked = {way: request.GET.get(way, "")[:80] for way in acts.WAYS}
    asked = {way: key for way, key in asked.items() if key and is_row(way, key)}
    text = request.GET.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 10_000 else 1
    shown, count = _page(request, at, since, asked, page)
    pages = max(1, -(-count // PAGE))
    if page > pages:
        page = pages
        shown, count = _page(request, at, since, asked, page)
    organisations = _organisations({each.organisation for each in shown} | {asked.get("organisation", "")})
    context = {
        "period": period,
        "period_words": _PERIODS[period][0],
        "said": [said(way, key, organisations) for way, key in asked.items()],
        "count": count,
        "lines": [(each, length(each.late), said("stood", each.stood, {})) for each in shown],
        "children": acts.children_of(shown),
        "organisations": organisations,
        "names": practitioners.names({each.owner for each in shown}),
        "page": page,
        "pages": pages,
        "links": {n: "?" + urlencode({"period": period, **asked, "page": n}) for n in range(1, pages + 1)},
    }
    return render(request, "lapses/list.html", context, at="lapses")


def _period(request: HttpRequest, at: datetime) -> tuple[str, datetime]:
    period = request.GET.get("period", "")
    period = period if period in _PERIODS else "90"
    back = _PERIODS[period][1]
    return period, at - back if back else BEGINNING


def _page(
    request: HttpRequest, at: datetime, since: datetime, asked: dict[str, str], page: int
) -> tuple[list[acts.Lapse], int]:
    return acts.page(by=request.user, now=at, since=since, chosen=asked, first=(page - 1) * PAGE, count=PAGE)


def _organisations(codes: Iterable[str]) -> dict[str, str]:
    return dict(practitioners.organisations(set(codes)))
