"""How often one browser may try to sign in, or one person may search, before it must wait: a clear 429."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from nightlight.actions import limits
from nightlight.web import moment
from nightlight.web.page import render

A_MINUTE = timedelta(minutes=1)
MOST = {
    "sign_in": 60, "sign_in_second": 60, "sign_in_set_up": 60, "sign_in_passkey": 60, "sign_in_provider": 60,
    "sign_in_provider_back": 60, "people": 60,
}  # fmt: skip
"""In a minute, by address before signing in (a whole school may share one) and by person after. One name is guarded
by `actions.tries` long before."""
_ONLY_SENT = {"sign_in", "sign_in_second", "sign_in_set_up", "sign_in_passkey"}


class TooOften:
    """Middleware; it comes after the wall, and asks before a view is run."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: object, kwargs: object) -> HttpResponse | None:
        name = request.resolver_match.url_name
        if name not in MOST or (name in _ONLY_SENT and request.method != "POST"):
            return None
        user = request.user
        who = user.get_username() if user.is_authenticated else request.META.get("REMOTE_ADDR", "")
        wait = limits.wait(what=name, who=who, most=MOST[name], span=A_MINUTE, now=moment.now())
        return _wait(request, wait) if wait else None


def _wait(request: HttpRequest, seconds: int) -> HttpResponse:
    response = render(request, "429.html", {"seconds": seconds}, status=429)
    response["Retry-After"] = str(seconds)
    return response
