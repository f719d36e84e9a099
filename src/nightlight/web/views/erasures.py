"""What sources erased, and what of it waits here; and what is turned away since it was erased. The guardian's page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from nightlight.actions.keeping import suppression
from nightlight.actions.source import erased
from nightlight.actions.trail import practitioners
from nightlight.domain.erasing import WORDS
from nightlight.domain.roles import Permission
from nightlight.web.forms import Errors, words_of
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads


@reads(Of.NOTHING, Permission.AUDIT_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def erasures(request: HttpRequest) -> HttpResponse:
    """Which organisation, when, and what stops it; how many records are turned away. Never whose they were."""
    at = now()
    errors: Errors = []
    if request.method == "POST":
        errors = _deed(request, at)
        if not errors:
            return redirect("erasures")
    asked = erased.asked(by=request.user, now=at)
    turned_away = suppression.listed(by=request.user)
    people = {each.row.by for each in asked} | {each.row.lifted_by for each in turned_away}
    context = {
        "asked": asked,
        "turned_away": turned_away,
        "words": WORDS,
        "names": practitioners.names(people),
        "organisations": dict(practitioners.organisations({each.row.organisation for each in asked})),
        "given": request.POST,
        "errors": errors,
    }
    return render(request, "oversight/erasures.html", context, at="erasures", status=422 if errors else 200)


def _deed(request: HttpRequest, at: datetime) -> Errors:
    deed, why = request.POST.get("deed", ""), words_of(request, "why")
    try:
        id_ = UUID(request.POST.get("id", ""))
    except ValueError:
        return [("deed", "Choose what to do")]
    try:
        if deed in ("erase", "keep"):
            erased.decide(by=request.user, event=id_, erase=deed == "erase", why=why, now=at)
        elif deed == "lift":
            suppression.lift(by=request.user, suppression=id_, why=why, now=at)
        else:
            return [("deed", "Choose what to do")]
    except erased.NotDecided as wrong:
        return [(f"{wrong.field}-{id_}", str(wrong))]
    except suppression.NotLifted as wrong:
        return [(f"why-{id_}", str(wrong)[:1].upper() + str(wrong)[1:])]
    return []
