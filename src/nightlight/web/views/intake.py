"""What was delivered, what of it was kept, and what was refused and why. Every number opens the list it counts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from nightlight.actions.intake import refusals, scope
from nightlight.actions.trail import practitioners
from nightlight.domain.roles import Permission
from nightlight.store.people.models import Organisation
from nightlight.timeline import Partial
from nightlight.web import numbered
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads

RAW_SHOWN = 20_000


@reads(Of.LISTED, Permission.REFUSAL_VIEW)
@signed_in
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    wanted = _wanted(request)
    page = refusals.deliveries(by=request.user, wanted=wanted, first=_first(request))
    return _list(request, "intake/deliveries.html", page, wanted, {})


@reads(Of.LISTED, Permission.REFUSAL_VIEW)
@signed_in
@require_safe
def delivery(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """One delivery: what came, and what became of it."""
    delivered = refusals.delivery(by=request.user, delivery=delivery_id)
    names = practitioners.names([delivered.row.by])
    wanted = refusals.Filter(delivery=delivery_id)
    context = {
        "delivered": delivered,
        "before": delivered.row.refused - delivered.listed,
        "by": names.get(delivered.row.by, delivered.row.by),
        "organisations": _organisations(),
        "codes": refusals.by_code(by=request.user, wanted=wanted),
    }
    return render(request, "intake/delivery.html", context, at="refused")


@reads(Of.LISTED, Permission.REFUSAL_VIEW)
@signed_in
@require_safe
def refused(request: HttpRequest) -> HttpResponse:
    """Refused records, by feed, organisation, code or delivery."""
    wanted = _wanted(request)
    page = refusals.refusals(by=request.user, wanted=wanted, first=_first(request))
    context = {"codes": refusals.by_code(by=request.user, wanted=wanted), "outside": _outside(wanted)}
    return _list(request, "intake/refusals.html", page, wanted, context)


@reads(Of.LISTED, Permission.REFUSAL_VIEW)
@signed_in
@require_safe
def refusal(request: HttpRequest, refusal_id: int) -> HttpResponse:
    """One refused record, with what came. That it was looked at is on record."""
    row = refusals.refusal(by=request.user, refusal=refusal_id, now=now())
    raw = bytes(row.raw)
    context = {
        "row": row,
        "raw": raw[:RAW_SHOWN].decode("utf-8", errors="replace"),
        "size": len(raw),
        "cut": len(raw) > RAW_SHOWN,
        "organisations": _organisations(),
    }
    return render(request, "intake/refusal.html", context, at="refused")


@reads(Of.LISTED, Permission.REFUSAL_VIEW)
@signed_in
@require_safe
def records(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """The records of a delivery that were kept."""
    delivered = refusals.delivery(by=request.user, delivery=delivery_id)
    page = refusals.records(by=request.user, delivery=delivery_id, first=_first(request))
    return _list(request, "intake/records.html", page, refusals.Filter(), {"delivered": delivered})


@reads(Of.LISTED, Permission.REFUSAL_VIEW)
@signed_in
@require_safe
def entries(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """The entries that a delivery added."""
    delivered = refusals.delivery(by=request.user, delivery=delivery_id)
    record = request.GET.get("record", "")
    record = int(record) if record.isascii() and record.isdigit() and len(record) < 18 else None
    page = refusals.entries(by=request.user, delivery=delivery_id, record=record, first=_first(request))
    rows = [
        (kind, Partial.parse(occurred).describe() if occurred else "date not known", *rest)
        for kind, occurred, *rest in page.rows
    ]
    context = {"delivered": delivered, "rows": rows, "wanted_record": record}
    return _list(request, "intake/entries.html", page, refusals.Filter(), context, record=record or "")


def _outside(wanted: refusals.Filter) -> list[tuple[Any, ...]]:
    """What was turned away as out of scope, by day; counts are by feed alone, so no other filter has any."""
    if wanted.organisation or wanted.code or wanted.field or wanted.delivery:
        return []
    rows = scope.days(wanted.feed)
    return [(row.feed, row.day, scope.in_words(row.records, row.children), scope.REASONS[row.reason]) for row in rows]


def _first(request: HttpRequest) -> int:
    return (numbered.number(request) - 1) * refusals.PAGE


def _wanted(request: HttpRequest) -> refusals.Filter:
    asked = {name: request.GET.get(name, "")[:80] for name in ("feed", "organisation", "code", "field")}
    try:
        delivery = UUID(request.GET.get("delivery", ""))
    except ValueError:
        delivery = None
    return refusals.Filter(**asked, delivery=delivery)


def _list(
    request: HttpRequest,
    template: str,
    page: refusals.Page,
    wanted: refusals.Filter,
    extra: dict[str, Any],
    **query: Any,
) -> HttpResponse:
    kept = {k: v for k, v in {**_query(wanted), **query}.items() if v}
    context = {
        "rows": page.rows,
        "total": page.total,
        "wanted": wanted,
        "query": kept,
        "choices": refusals.choices(by=request.user),
        "organisations": _organisations(),
        **numbered.links(request, page.total, refusals.PAGE, **kept),
        **extra,
    }
    return render(request, template, context, at="refused")


def _query(wanted: refusals.Filter) -> dict[str, str]:
    delivery = str(wanted.delivery) if wanted.delivery else ""
    asked = {name: getattr(wanted, name) for name in ("feed", "organisation", "code", "field")}
    return {**asked, "delivery": delivery}


def _organisations() -> dict[str, str]:
    return dict(Organisation.objects.values_list("code", "name"))
