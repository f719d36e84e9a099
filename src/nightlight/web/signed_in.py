"""Who sits at a browser: each sign-in is kept, listed and bounded in time, and what is done in it is done in its name.

A sign-in that no longer holds is as if it were not: the page asks to sign in, and what was being written is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse

from nightlight.actions.signin import proof, sessions
from nightlight.store.people.models import Practitioner
from nightlight.web import moment

KEPT = "sign_in"
_BY_ITSELF = ("/stream",)
"""A page that is left open asks for this by itself: that is nobody's doing, and keeps no sign-in alive."""


class SignedIn:
    """Middleware; it comes after the one that says who is signed in, and before the wall."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        here = current(request)
        used = not request.path.endswith(_BY_ITSELF)
        if here is None or not sessions.alive(sign_in=here, by=request.user, now=moment.now(), used=used):
            logout(request)
            here = None
        with proof.sitting(here):
            return self.get_response(request)


def current(request: HttpRequest) -> UUID | None:
    """The sign-in that a request is made in."""
    kept = request.session.get(KEPT)
    return UUID(kept) if kept else None


def begin(request: HttpRequest, practitioner: Practitioner, how: str, proved: datetime | None = None) -> None:
    """Sign somebody in at this browser, once all that is asked of them is there."""
    request.how, request.proved = how, proved
    with sessions.beginning():
        login(request, practitioner, backend="django.contrib.auth.backends.ModelBackend")


def keep(request: HttpRequest, user: Practitioner, **_: Any) -> None:
    """Whichever way somebody was signed in, there is no session without its row."""
    how, device = getattr(request, "how", "other"), request.META.get("HTTP_USER_AGENT", "")
    row = sessions.keep(
        practitioner=user, how=how, device=device, now=moment.now(), proved=getattr(request, "proved", None)
    )
    request.session[KEPT] = str(row)
