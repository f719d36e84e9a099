"""More time for a copy of what is held: why, and when the person was told."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from nightlight.actions.oversight import more_time
from nightlight.actions.oversight.copies import NotMade, may_work_on
from nightlight.domain.roles import Permission
from nightlight.web.forms import Errors, When, words_of
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def longer(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The form; what was typed stays in it where something is missing."""
    at = now()
    row = may_work_on(by=request.user, request=request_id, now=at)
    errors: Errors = []
    if request.method == "POST":
        told = When.of(request, "told").moment("told", errors, needed=True, timed=False)
        if told is not None:
            try:
                more_time.take(by=request.user, request=row.id, why=words_of(request, "why"), told=told, now=at)
                return redirect("copies")
            except NotMade as wrong:
                errors = [("why", str(wrong))]
    context = {"row": row, "taken": more_time.of(row.id), "given": request.POST, "errors": errors}
    return render(request, "oversight/longer.html", context, at="copies", status=422 if errors else 200)
