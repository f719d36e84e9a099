"""The page of a meeting or a plan while it is open: the stream of what others do, and keeping what one types.

Without scripts neither is used: the page's forms do everything, and a reload shows what is new.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_POST, require_safe

from nightlight.actions.meetings import log as meeting_log
from nightlight.actions.meetings import typing as meeting_drafts
from nightlight.actions.meetings.page import HUB
from nightlight.actions.meetings.typing import DraftRefused
from nightlight.actions.seeing.access import Refused
from nightlight.actions.telling.live import TAKE, Hub
from nightlight.web.moment import now
from nightlight.web.reads import Of, reads

NOT_FIELDS = frozenset({"csrfmiddlewaretoken", "place", "sequence"})


@reads(Of.CHILD)
@require_safe
def stream(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Server-sent events from the number that the page was drawn at, or that its browser saw last."""
    if not request.user.is_authenticated or meeting_log.look(by=request.user, meeting=meeting_id) is None:
        return HttpResponse(status=204)  # tells an EventSource not to come back
    return streamed(request, HUB, meeting_id)


def streamed(request: HttpRequest, hub: Hub, topic: UUID) -> HttpResponse:
    """The stream of a page, over the request's own connection where the server gives it away."""
    where = {"topic": topic, "person": request.user.username, "number": _number(request)}
    take = request.environ.get(TAKE)
    if take is not None:
        hub.take(take(), **where)
        return HttpResponse()  # not sent: the connection is the stream's now
    chunks = hub.chunks(**where)
    connection.close()  # the thread is kept, its connection to the database is not
    response = StreamingHttpResponse(chunks, content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store, private"
    response["X-Accel-Buffering"] = "no"
    return response


def _number(request: HttpRequest) -> int:
    said = request.headers.get("Last-Event-ID") or request.GET.get("after", "0")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


@reads(Of.OWN)
@require_POST
def draft(request: HttpRequest, meeting_id: UUID) -> JsonResponse:
    """Keep what is being typed at one place of the page."""
    if not request.user.is_authenticated:
        return JsonResponse({"kept": False, "signed_out": True}, status=401)
    content = {name: str(value) for name, value in request.POST.items() if name not in NOT_FIELDS}
    try:
        kept = meeting_drafts.save(
            by=request.user,
            meeting=meeting_id,
            place=request.POST.get("place", ""),
            content=content,
            sequence=_whole(request.POST.get("sequence", "")),
            now=now(),
        )
    except (Refused, DraftRefused) as refused:
        return JsonResponse({"kept": False, "why": str(refused)}, status=403)
    return JsonResponse({"kept": kept})


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
