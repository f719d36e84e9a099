"""What somebody was told, newest first. Opening the page says that the notices were seen, and decides nothing."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from nightlight.actions import notices
from nightlight.actions.notices import Shown
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import told
from nightlight.web.reads import Of, reads

CONCERN = "concern:"


@reads(Of.OWN)
@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    found = notices.my_notices(by=request.user, limit=100)
    lines = [(each.notice, told.to_me(each.notice.why, each.notice.about), _link(each)) for each in found]
    if request.method == "GET":
        notices.mark_seen(by=request.user, now=now())
    return render(request, "notices/mine.html", {"lines": lines}, at="notices")


def _link(shown: Shown) -> str:
    """Where a notice leads: whoever raised a concern to that, others to the duty. Those pages ask who is reading."""
    about = shown.notice.about
    if about.startswith(CONCERN):
        return reverse("concern", args=[UUID(about.removeprefix(CONCERN))])
    return reverse("duty", args=[shown.duty]) if shown.duty else ""
