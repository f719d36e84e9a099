"""Proving again who one is, in the middle of what one was doing: nothing that was typed is lost.

The page that asks carries the form on; it is sent again, with the proof, to where it was going.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings as django_settings  # noqa: TID251 a ready-made user proves nothing in a demonstration
from django.http import HttpRequest

from nightlight.actions.signin import factors, passkeys, proof, tries
from nightlight.web.moment import now

SECRET, PASSKEY, DEMO = "proof_secret", "proof_passkey", "proof_demo"
_OURS = {SECRET, PASSKEY, DEMO, "csrfmiddlewaretoken"}
CHALLENGE = "passkey"


def site(request: HttpRequest) -> passkeys.Site:
    """Where these pages are served, as a passkey knows it: the host is one of `NIGHTLIGHT_HOSTS`."""
    host = request.get_host()
    return passkeys.Site(host.rsplit(":", 1)[0] if ":" in host else host, f"{request.scheme}://{host}")


def asked(request: HttpRequest) -> str:
    """Ask the browser for a passkey: options for the script. Its answer is taken once."""
    question = passkeys.ask(site=site(request))
    request.session[CHALLENGE] = question.challenge
    return json.dumps(json.loads(question.options))


def answered(request: HttpRequest, field: str) -> Any:
    """Whose passkey answered; raises `passkeys.NotAccepted`."""
    challenge = request.session.pop(CHALLENGE, "")
    return passkeys.whose(answer=request.POST.get(field, ""), challenge=challenge, site=site(request), now=now())


def taken(request: HttpRequest) -> str:
    """Take the proof that a form brings, if it brings one; what is wrong with it, in words."""
    if request.method != "POST":
        return ""
    try:
        return _taken(request)
    except (tries.SignInRefused, passkeys.NotAccepted) as refused:
        return str(refused)


def _taken(request: HttpRequest) -> str:
    by = request.user
    if request.POST.get(PASSKEY):
        if answered(request, PASSKEY) != by:
            return "That is somebody else's passkey. Use your own."
        proof.proved(by=by, how="passkey", now=now())
    elif DEMO in request.POST and django_settings.DEMO:
        proof.proved(by=by, how="demonstration", now=now())
    elif SECRET in request.POST and not proof.prove(by=by, secret=request.POST[SECRET], now=now()):
        return "That is not right. Check it and try again."
    return ""


def context(request: HttpRequest, wrong: str) -> dict[str, Any]:
    """What the page that asks shows: how this person can prove who they are, and what it carries on."""
    kinds = {each.kind for each in factors.of(request.user)}
    return {
        "errors": [(SECRET, wrong)] if wrong else [],
        "by_code": bool(kinds),
        "by_password": not kinds and request.user.has_usable_password(),
        "passkey": asked(request) if factors.PASSKEY in kinds else "",
        "by_demo": django_settings.DEMO,
        "carried": [(name, each) for name in request.POST if name not in _OURS for each in request.POST.getlist(name)],
    }
