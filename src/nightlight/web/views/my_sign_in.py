"""How somebody signs in: their second factors, their codes on paper, and where they are signed in, each to be ended.

Whatever changes how somebody signs in asks them to prove again who they are.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nightlight.actions.signin import factors, passkeys, passwords, proof, sessions, tries
from nightlight.actions.signin.passwords import SHORTEST
from nightlight.domain.limits import limit
from nightlight.web import proving, square
from nightlight.web import signed_in as sign_ins
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads

NEW = "new_passkey"


@reads(Of.NOTHING)
@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    context = {
        "factors": factors.of(request.user),
        "codes_left": factors.codes_left(request.user),
        "sign_ins": sessions.mine(by=request.user, now=now()),
        "here": sign_ins.current(request),
    }
    return render(request, "session/mine.html", context)


@reads(Of.NOTHING)
@signed_in
@require_POST
def end(request: HttpRequest, sign_in: UUID) -> HttpResponse:
    """End a sign-in of one's own. It asks for no proof: a lost telephone is ended from any screen."""
    sessions.end(by=request.user, sign_in=sign_in, now=now())
    return redirect("my_sign_in")


@reads(Of.NOTHING)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def app(request: HttpRequest) -> HttpResponse:
    """Add an app that makes codes."""
    proof.require_proof(request.user, now())
    sent = "code" in request.POST
    if sent:
        codes = factors.confirm(by=request.user, code=request.POST["code"], now=now())
        if codes:
            return render(request, "session/codes.html", {"codes": codes, "then": "/my-sign-in"})
        if codes is not None:
            return redirect("my_sign_in")
    made = factors.set_up(by=request.user, now=now())
    wrong = [("code", "That code is not right. Wait for the next one and enter it.")] if sent else []
    context = {"made": made, "picture": square.square_code(made.address), "errors": wrong}
    return render(request, "session/set_up.html", context, status=422 if wrong else 200)


@reads(Of.NOTHING)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """Add a passkey."""
    proof.require_proof(request.user, now())
    wrong = ""
    if request.POST.get("answer"):
        try:
            return _add(request)
        except passkeys.NotAccepted as refused:
            wrong = str(refused)
    asked = passkeys.ask_new(by=request.user, site=proving.site(request))
    request.session[NEW] = asked.challenge
    context = {"asked": asked.options, "errors": [("name", wrong)] if wrong else []}
    return render(request, "session/add_passkey.html", context, status=422 if wrong else 200)


def _add(request: HttpRequest) -> HttpResponse:
    passkeys.add(
        by=request.user, answer=request.POST["answer"], challenge=request.session.pop(NEW, ""),
        site=proving.site(request), name=request.POST.get("name", ""), now=now(),
    )  # fmt: skip
    if factors.codes_left(request.user):
        return redirect("my_sign_in")
    codes = factors.new_codes(by=request.user, now=now())
    return render(request, "session/codes.html", {"codes": codes, "then": "/my-sign-in"})


@reads(Of.NOTHING)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password. Without a fresh proof what was typed is dropped: no password is carried on in a page."""
    typed = [request.POST.get(name) for name in ("old", "new", "again")]
    sent = any(each is not None for each in typed)
    if sent and not proof.recently(request.user, now()):
        return redirect("password")
    proof.require_proof(request.user, now())
    errors = _password_changed(request, *(each or "" for each in typed)) if sent else []
    if sent and not errors:
        return redirect("my_sign_in")
    context = {"errors": errors, "least": limit(SHORTEST, now())}
    return render(request, "session/password.html", context, status=422 if errors else 200)


def _password_changed(request: HttpRequest, old: str, new: str, again: str) -> list[tuple[str, str]]:
    """Change it; what is wrong, if anything is. The browser that did it goes on, under a new key."""
    here = sign_ins.current(request)
    try:
        passwords.change(by=request.user, old=old, new=new, again=again, here=here, now=now())
    except passwords.NotChanged as wrong:
        return [(wrong.field, str(wrong))]
    except tries.SignInRefused as refused:
        return [("old", str(refused))]
    update_session_auth_hash(request, request.user)
    return []


@reads(Of.NOTHING)
@signed_in
@require_POST
def codes(request: HttpRequest) -> HttpResponse:
    """New codes on paper."""
    proof.require_proof(request.user, now())
    made = factors.new_codes(by=request.user, now=now())
    return render(request, "session/codes.html", {"codes": made, "then": "/my-sign-in"})


@reads(Of.NOTHING)
@signed_in
@require_POST
def remove(request: HttpRequest, factor: UUID) -> HttpResponse:
    """Remove a second factor."""
    proof.require_proof(request.user, now())
    factors.remove(by=request.user, factor=factor, now=now())
    return redirect("my_sign_in")
