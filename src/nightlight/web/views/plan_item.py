"""A plan on paper, and the stream that tells its open page that it has changed."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from nightlight.actions.plans import deeds as plans
from nightlight.actions.plans import papers as plan_papers
from nightlight.actions.plans.deeds import NOT_YOURS
from nightlight.actions.plans.page import HUB
from nightlight.actions.seeing.access import Refused
from nightlight.domain.meetings.events import MeetingError
from nightlight.web import files
from nightlight.web.moment import now
from nightlight.web.page import signed_in
from nightlight.web.reads import Of, reads
from nightlight.web.views.meeting_live import streamed


@reads(Of.CHILD)
@signed_in
@require_safe
def paper(request: HttpRequest, plan_id: UUID, which: str) -> HttpResponse:
    back, child = reverse("plan", args=[plan_id]), request.GET.get("child", "")
    try:
        document = plan_papers.paper(by=request.user, plan=plan_id, which=_known(which), child=child, now=now())
    except MeetingError:  # each child has a paper of their own: they are listed there
        return redirect(f"{back}#papers")
    as_pdf = reverse("plan_paper_pdf", args=[plan_id, which]) + (f"?child={child}" if child else "")
    return files.paper(request, document, back=back, pdf=as_pdf)


@reads(Of.CHILD)
@signed_in
@require_safe
def paper_pdf(request: HttpRequest, plan_id: UUID, which: str) -> HttpResponse:
    child = request.GET.get("child", "")
    try:
        made = plan_papers.paper_as_pdf(by=request.user, plan=plan_id, which=_known(which), child=child, now=now())
    except MeetingError:
        return redirect(f"{reverse('plan', args=[plan_id])}#papers")
    return files.pdf_to_read(made, which)


def _known(which: str) -> str:
    if which not in plan_papers.PAPERS:
        raise Refused(NOT_YOURS)
    return which


@reads(Of.CHILD)
@require_safe
def stream(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """That the plan has changed, from the number that the page was drawn at. No content is told, so no word is kept."""
    if not request.user.is_authenticated or not plans.may_open(request.user, plan_id):
        return HttpResponse(status=204)  # tells an EventSource not to come back
    return streamed(request, HUB, plan_id)
