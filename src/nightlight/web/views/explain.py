"""Indicators: the catalogue as a list, one for everybody, and one for a child with the entries that make it hold."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from nightlight.actions.child import share_now as sharing_now
from nightlight.actions.child.children import indicator_page
from nightlight.domain.roles import Permission
from nightlight.indicators.catalogue import CATALOGUE, PROTECTIVE
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import entries
from nightlight.web.presenters.firings import by_speaks_of
from nightlight.web.reads import Of, reads
from nightlight.web.views.child import looked_from

_RULES = {**CATALOGUE, **PROTECTIVE}


@reads(Of.NOTHING)
@signed_in
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "indicators/list.html",
        {"groups": by_speaks_of(CATALOGUE.values()), "protective": PROTECTIVE.values()},
        at="indicators",
    )


@reads(Of.NOTHING)
@signed_in
@require_safe
def definition(request: HttpRequest, code: str) -> HttpResponse:
    indicator = _RULES.get(code)
    if indicator is None:
        raise Http404
    return render(request, "indicators/one.html", {"indicator": indicator}, at="indicators")


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_safe
def for_child(request: HttpRequest, child_id: UUID, code: str) -> HttpResponse:
    if code not in _RULES:
        raise Http404
    at = now()
    asked, look, _ = looked_from(request, at)
    page = indicator_page(by=request.user, child=child_id, indicator=code, now=at, look=look)
    at = look.as_at or at
    held = (page.firing,) if page.firing and look.is_now else ()
    context = {
        "offers": sharing_now.offers(by=request.user, firings=held, facts=page.facts, at=at),
        "page": page,
        "at": at,
        "asked": asked,
        "past": look.as_at,
        "indicator": page.indicator,
        "holds": page.firing is not None and page.firing.holds(at),
        "since": page.firing.since(at) if page.firing else None,
        "rows": entries.rows(page.facts, page.organisations, page.people, str(child_id)),
    }
    return render(request, "indicators/for_child.html", context)
