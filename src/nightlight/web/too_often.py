"""How often one browser may try to sign in, or one person may search, before it must wait: a clear 429."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from nightlight.actions.trail import limits
from nightlight.domain.limits import limit
from nightlight.web import moment
from nightlight.web.page import render

A_MINUTE = timedelta(minutes=1)
_SIGN_IN = "SIGN-IN-A-MINUTE"
MOST = {
    "sign_in": _SIGN_IN, "sign_in_second": _SIGN_IN, "sign_in_set_up": _SIGN_IN, "sign_in_passkey": _SIGN_IN,
    "sign_in_provider": _SIGN_IN, "sign_in_provider_back": _SIGN_IN, "people": "SEARCHES-A-MINUTE",
}  # fmt: skip
"""The limit of each page (`domain.limits`): by address before signing in, and by person after. One name is guarded by
`actions.signin.tries` long before."""
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
        at = moment.now()
        wait = limits.wait(what=name, who=who, most=limit(MOST[name], at), span=A_MINUTE, now=at)
        return _wait(request, wait) if wait else None


def _wait(request: HttpRequest, seconds: int) -> HttpResponse:
    response = render(request, "429.html", {"seconds": seconds}, status=429)
    response["Retry-After"] = str(seconds)
    return response
