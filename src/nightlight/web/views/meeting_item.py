"""One item of a meeting: both texts where two people wrote at once, and correcting it; and what a meeting leaves on
paper, as a page and as a PDF.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from nightlight.actions.meetings import papers as meeting_papers
from nightlight.actions.meetings.log import NOT_YOURS
from nightlight.actions.seeing.access import Refused
from nightlight.domain.meetings.events import MeetingError
from nightlight.timeline import Partial
from nightlight.web import files
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import meeting as shows
from nightlight.web.presenters.meeting_fields import FIELDS, flat, inputs_of, on_and_at
from nightlight.web.reads import Of, reads
from nightlight.web.views import meeting as pages


@reads(Of.CHILD)
@signed_in
@require_safe
def one(request: HttpRequest, meeting_id: UUID, item_id: UUID) -> HttpResponse:
    return show(request, meeting_id, str(item_id), pages.Typed())


def show(request: HttpRequest, meeting_id: UUID, item_id: str, typed: pages.Typed) -> HttpResponse:
    """The page of an item; with what was typed into one of its forms and is wrong, if anything was."""
    page = pages.opened(request, meeting_id, now())
    item = page.state.items.get(item_id)
    if item is None:
        raise Refused(NOT_YOURS)
    what = shows.HAPPENS[item.kind]
    labels = {each.name: each.label for each in FIELDS[what]}
    drawn = inputs_of(item, what)
    draft = page.drafts.get(f"{what}:{item.id}")
    typed_here = typed.form == "correct" and typed.inputs
    given = typed.inputs if typed_here else {**drawn, **(draft.content if draft else {}), **_forward(request, what)}
    agreement = page.state.agreements.get(item.id)
    context = {
        **pages.shared(request, page, "room" if what != "note" else "record", typed),
        "item": item,
        "what": what,
        "title": page.row.title,
        "live": True,
        "home": reverse(pages.PAGES["record" if what == "note" else "room"], args=[meeting_id]),
        "given": given,
        "was": flat(drawn),
        "crossed": lambda edit: list(shows.crossed(item, edit, labels)),
        "accepted": bool(agreement and agreement.accepted),
    }
    return render(request, "meetings/item.html", context, at="meetings", status=422 if typed.errors else 200)


def _forward(request: HttpRequest, what: str) -> dict[str, str]:
    """From when a protection would do, where the page of closing proposes it; to be read and sent by a person."""
    said = request.GET.get("from", "")
    if what != "protection" or not said:
        return {}
    try:
        on, at = on_and_at(Partial.instant(datetime.fromisoformat(said)))
    except ValueError:
        return {}
    return {"in_force_from_on": on, "in_force_from_at": at}


@reads(Of.CHILD)
@signed_in
@require_safe
def paper(request: HttpRequest, meeting_id: UUID, which: str) -> HttpResponse:
    back, child = reverse("meeting_closing", args=[meeting_id]), request.GET.get("child", "")
    try:
        document = meeting_papers.paper(
            by=request.user, meeting=meeting_id, which=_known(which), child=child, now=now()
        )
    except MeetingError:  # each child has a paper of their own: they are listed there
        return redirect(f"{back}#papers")
    as_pdf = reverse("meeting_paper_pdf", args=[meeting_id, which]) + (f"?child={child}" if child else "")
    return files.paper(request, document, back=back, pdf=as_pdf)


@reads(Of.CHILD)
@signed_in
@require_safe
def paper_pdf(request: HttpRequest, meeting_id: UUID, which: str) -> HttpResponse:
    child = request.GET.get("child", "")
    try:
        made = meeting_papers.paper_as_pdf(
            by=request.user, meeting=meeting_id, which=_known(which), child=child, now=now()
        )
    except MeetingError:
        return redirect(f"{reverse('meeting_closing', args=[meeting_id])}#papers")
    return files.pdf_to_read(made, which)


def _known(which: str) -> str:
    if which not in meeting_papers.PAPERS:
        raise Refused(NOT_YOURS)
    return which
