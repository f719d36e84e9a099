"""What somebody was told, newest first. Opening the page says that the notices were seen, and decides nothing."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from nightlight.actions.child import glass
from nightlight.actions.duties import theirs
from nightlight.actions.telling import notices
from nightlight.actions.telling.notices import Shown
from nightlight.domain.duty_events import GLASS_QUESTION
from nightlight.domain.roles import Permission, may
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import told
from nightlight.web.reads import Of, reads

CONCERN = "concern:"
PAGES = {
    "given": "sharing_received", "asked": "sharing_request", "consent": "consent_taken_back", "meeting": "meeting",
    "plan": "plan",
}  # fmt: skip
"""What a notice is about, and the page of that name, which takes its id."""


@reads(Of.OWN)
@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    found = notices.my_notices(by=request.user, limit=100)
    at = now()
    asks = theirs.questions(by=request.user, duties={each.duty for each in found if each.duty}, now=at)
    lines = [
        (
            each.notice,
            told.to_me(each.notice.why, each.notice.about),
            _link(each, request.user.role),
            asks.get(each.duty),
        )
        for each in found
    ]
    if request.method == "GET":
        notices.mark_seen(by=request.user, shown=[each.notice.id for each in found], now=at)
    return render(request, "notices/mine.html", {"lines": lines}, at="notices")


def _link(shown: Shown, role: str) -> str:
    """Where a notice leads, as its message does (`notify.wording`). Those pages ask who is reading."""
    about = shown.notice.about
    if about.startswith(CONCERN):
        return reverse("concern", args=[UUID(about.removeprefix(CONCERN))])
    what, _, id_ = about.partition(":")
    if what in PAGES:
        return reverse(PAGES[what], args=[UUID(id_)])
    if what == "checkpoint":
        return reverse("unusual")
    if about.startswith(GLASS_QUESTION):
        return _link_of_glass(about, role)
    return reverse("duty", args=[shown.duty]) if shown.duty else ""


def _link_of_glass(about: str, role: str) -> str:
    """The guardian to the review; an owner to who has looked at the record."""
    if may(role, Permission.GLASS_REVIEW):
        return reverse("glass")
    child = glass.child_of(UUID(about.removeprefix(GLASS_QUESTION)))
    return reverse("who_looked", args=[child]) if child else ""
