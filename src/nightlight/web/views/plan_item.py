"""A plan on paper, and whether it has changed since its page was drawn."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from nightlight.actions.plans import deeds as plans
from nightlight.actions.plans import papers as plan_papers
from nightlight.actions.plans.deeds import NOT_YOURS
from nightlight.actions.seeing.access import Refused
from nightlight.web import files
from nightlight.web.moment import now
from nightlight.web.page import signed_in
from nightlight.web.reads import Of, reads


@reads(Of.CHILD)
@signed_in
@require_safe
def paper(request: HttpRequest, plan_id: UUID, which: str) -> HttpResponse:
    document = plan_papers.paper(by=request.user, plan=plan_id, which=_known(which), now=now())
    back, as_pdf = reverse("plan", args=[plan_id]), reverse("plan_paper_pdf", args=[plan_id, which])
    return files.paper(request, document, back=back, pdf=as_pdf)


@reads(Of.CHILD)
@signed_in
@require_safe
def paper_pdf(request: HttpRequest, plan_id: UUID, which: str) -> HttpResponse:
    made = plan_papers.paper_as_pdf(by=request.user, plan=plan_id, which=_known(which), now=now())
    return files.pdf_to_read(made, which)


def _known(which: str) -> str:
    if which not in plan_papers.PAPERS:
        raise Refused(NOT_YOURS)
    return which


@reads(Of.CHILD)
@signed_in
@require_safe
def newer(request: HttpRequest, plan_id: UUID) -> JsonResponse:
    """The number of the newest change, and who made it: asked now and then by a page that is open. Without a new word
    on record, as no content is told."""
    opened = plans.look(by=request.user, plan=plan_id)
    if opened is None:
        raise Refused(NOT_YOURS)
    return JsonResponse({"number": opened.number}, headers={"Cache-Control": "no-store, private"})
