"""What every page shares: rendering under the header, signing in first, and refusals shown as pages that teach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from logging import getLogger
from typing import Any

from django.conf import settings as django_settings  # noqa: TID251 the banner over fictional records
from django.contrib.auth.views import redirect_to_login
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from nightlight.actions.seeing.access import Refused
from nightlight.actions.signin.proof import NeedsProof
from nightlight.domain.roles import Permission, may
from nightlight.store.rivals import was_second
from nightlight.web import proving
from nightlight.web.clocks import standing_lately
from nightlight.web.forms import TooLong
from nightlight.web.navigation import entries_for

View = Callable[..., HttpResponse]
log = getLogger(__name__)


def render(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, at: str = "", status: int = 200
) -> HttpResponse:
    """A page. at: the navigation entry that it belongs to. Never kept by a browser or a proxy.

    Whether the clocks run is asked for every page: who relies on them to climb must see when they do not.
    """
    user = getattr(request, "user", None)
    user = user if user is not None and user.is_authenticated else None
    shared = {
        "user": user,
        "navigation": entries_for(user.role, at) if user else [],
        "demo": django_settings.DEMO,
        "clocks": standing_lately() if user else None,
    }
    response = HttpResponse(render_to_string(template, {**shared, **(context or {})}, request), status=status)
    response["Cache-Control"] = "no-store, private"
    return response


def signed_in(view: View) -> View:
    """Only for somebody signed in; a refusal by an action becomes a page that says what it may say. So does that of the
    database, where a deed came at the same moment as another that it cannot stand beside."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        wrong = proving.taken(request)
        try:
            return view(request, *args, **kwargs)
        except NeedsProof:
            return render(request, "session/prove.html", proving.context(request, wrong), status=403)
        except Refused as refused:
            return render(request, "refused.html", {"message": str(refused), **_emergency(request, kwargs)}, status=403)
        except TooLong as long:
            return render(request, "too_long.html", {"message": str(long)}, status=422)
        except Error as error:
            if not was_second(error):
                raise
            log.warning("of two deeds at the same moment one was refused: %s", type(error).__name__)
            return render(request, "409.html", status=409)

    return guarded


def _emergency(request: HttpRequest, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The way out of a refusal, for whatever child an address names, there or not."""
    child = kwargs.get("child_id")
    return {"child": child} if child and may(request.user.role, Permission.BREAK_GLASS) else {}


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def denied(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """Also the answer to a form sent from a page that had been open too long (its token no longer fits)."""
    return render(request, "403.html", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """An error of ours. It asks nothing of the database, which may be what failed."""
    return HttpResponse(render_to_string("500.html", {"user": None, "navigation": [], "demo": False}), status=500)
