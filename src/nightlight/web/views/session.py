"""Signing in and out: a name and password, then a second factor; a passkey; or, in a demonstration, one click."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings as django_settings  # noqa: TID251 ready-made users, and what is asked besides a password
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nightlight.actions.signin import factors, passkeys, provider, sessions, tries
from nightlight.store.people.models import Practitioner
from nightlight.web import proving, square
from nightlight.web import signed_in as sign_ins
from nightlight.web.moment import now
from nightlight.web.navigation import entries_for
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads

HALF, PROVIDER = "half_signed_in", "provider"


@reads(Of.NOTHING, public=True)
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form(request)
    username, password = request.POST.get("username", "").strip(), request.POST.get("password", "")
    errors = _missing(username, password)
    if errors:
        return _form(request, errors, username)
    try:
        practitioner = sessions.sign_in(username=username, password=password, now=now())
    except sessions.SignInRefused as refused:
        return _form(request, [("username", str(refused))], username)
    if has := factors.of(practitioner) or django_settings.SECOND_FACTOR:
        return _half(request, practitioner, "sign_in_second" if isinstance(has, list) else "sign_in_set_up")
    return _begin(request, practitioner, "password")


@reads(Of.NOTHING, public=True)
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """The second factor of somebody whose password was right: a code, a code on paper, or a passkey."""
    practitioner = _halfway(request)
    if practitioner is None:
        return redirect("sign_in")
    wrong = _wrong_second(request, practitioner) if request.method == "POST" else ""
    if request.method == "POST" and not wrong:
        return _begin(request, practitioner, "second factor")
    has = {each.kind for each in factors.of(practitioner)}
    context = {
        "errors": [("code", wrong)] if wrong else [],
        "passkey": proving.asked(request) if factors.PASSKEY in has else "",
        "app": factors.APP in has,
    }
    return render(request, "session/second.html", context, status=422 if wrong else 200)


@reads(Of.NOTHING, public=True)
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """The first second factor of somebody who has none yet, where one is demanded."""
    practitioner = _halfway(request)
    if practitioner is None or factors.of(practitioner):
        return redirect("sign_in")
    if request.method == "POST":
        codes = factors.confirm(by=practitioner, code=request.POST.get("code", ""), now=now())
        if codes is not None:
            then = _begin(request, practitioner, "second factor")["Location"]
            return render(request, "session/codes.html", {"codes": codes, "then": then, "user": practitioner})
    made = factors.set_up(by=practitioner, now=now())
    wrong = (
        [("code", "That code is not right. Wait for the next one and enter it.")] if request.method == "POST" else []
    )
    context = {"made": made, "picture": square.square_code(made.address), "errors": wrong}
    return render(request, "session/set_up.html", context, status=422 if wrong else 200)


@reads(Of.NOTHING, public=True)
@require_http_methods(["GET", "HEAD", "POST"])
def by_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone: having it and opening it are two factors."""
    wrong = ""
    if request.method == "POST":
        try:
            return _begin(request, proving.answered(request, "answer"), "passkey")
        except passkeys.NotAccepted as refused:
            wrong = str(refused)
    context = {
        "passkey": proving.asked(request),
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "errors": [("answer", wrong)] if wrong else [],
    }
    return render(request, "session/passkey.html", context, status=422 if wrong else 200)


@reads(Of.NOTHING, public=True)
@require_POST
def sign_in_as(request: HttpRequest) -> HttpResponse:
    """A ready-made user of the demonstration, without a password; there is no such page anywhere else."""
    if not django_settings.DEMO:
        raise Http404
    wanted = request.POST.get("username", "")
    for practitioner in sessions.demo_practitioners():
        if practitioner.username == wanted:
            return _begin(request, practitioner, "demonstration")
    return _form(request, [("username", "That ready-made user is not here any more. Choose another.")])


@reads(Of.NOTHING)
@require_POST
@signed_in
def sign_out(request: HttpRequest) -> HttpResponse:
    sessions.sign_out(by=request.user, now=now(), sign_in=sign_ins.current(request))
    logout(request)
    return redirect("sign_in")


@reads(Of.NOTHING)
@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the navigation that somebody's role has."""
    return redirect(entries_for(request.user.role, "")[0]["href"])


@reads(Of.NOTHING, public=True)
@require_safe
def by_provider(request: HttpRequest) -> HttpResponse:
    """Send the browser to the organisation's own sign-in."""
    try:
        begun = provider.begin(
            _provider(request), longest=tries.how_long(sessions.LONGEST, now()), again=request.user.is_authenticated
        )
    except sessions.SignInRefused as refused:
        return _form(request, [("username", str(refused))])
    request.session[PROVIDER] = {**begun.kept, "next": request.GET.get("next", "")}
    return redirect(begun.address)


@reads(Of.NOTHING, public=True)
@require_safe
def from_provider(request: HttpRequest) -> HttpResponse:
    """The browser came back. What it brings is taken once."""
    kept = request.session.pop(PROVIDER, {})
    try:
        known = provider.finish(_provider(request), kept=kept, answer=request.GET.dict(), now=now())
    except sessions.SignInRefused as refused:
        return _form(request, [("username", str(refused))])
    request.session[HALF] = [known.practitioner.pk, now().isoformat(), kept["next"]]
    return _begin(request, known.practitioner, "provider", proved=known.proved)


def _provider(request: HttpRequest) -> provider.Provider:
    if not django_settings.OIDC:
        raise Http404
    return provider.Provider(**django_settings.OIDC, back=request.build_absolute_uri(reverse("sign_in_provider_back")))


def _half(request: HttpRequest, practitioner: Practitioner, then: str) -> HttpResponse:
    """The password was right: who it was is kept at this browser until the second factor is."""
    request.session.cycle_key()
    request.session[HALF] = [practitioner.pk, now().isoformat(), request.POST.get("next", "")]
    return redirect(then)


def _halfway(request: HttpRequest) -> Practitioner | None:
    """Whose password was right at this browser, lately."""
    who, at, _ = request.session.get(HALF) or (None, "", "")
    if who is None or now() - datetime.fromisoformat(at) > tries.how_long("SIGN-IN-PROOF", now()):
        return None
    return Practitioner.objects.select_related("organisation").filter(pk=who, is_active=True).first()


def _wrong_second(request: HttpRequest, practitioner: Practitioner) -> str:
    """What is wrong with the second factor that was sent; empty when it is right."""
    try:
        if request.POST.get("answer"):
            own = proving.answered(request, "answer") == practitioner
            return "" if own else "That is somebody else's passkey. Use your own."
        code = request.POST.get("code", "")
        right = sessions.second_is_right(practitioner=practitioner, code=code, now=now())
    except (sessions.SignInRefused, passkeys.NotAccepted) as refused:
        return str(refused)
    return "" if right else "That code is not right. Enter the newest one, or one of those on paper."


def _begin(request: HttpRequest, practitioner: Practitioner, how: str, proved: datetime | None = None) -> HttpResponse:
    *_, kept = request.session.pop(HALF, None) or ("",)
    sign_ins.begin(request, sessions.begin(practitioner=practitioner, now=now(), how=how), how, proved)
    wanted = request.POST.get("next", "") or kept
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return redirect(wanted)
    return redirect("home")


def _missing(username: str, password: str) -> list[tuple[str, str]]:
    found = []
    if not username:
        found.append(("username", "Enter your user name"))
    if not password:
        found.append(("password", "Enter your password"))
    return found


def _form(request: HttpRequest, errors: list[tuple[str, str]] | None = None, username: str = "") -> HttpResponse:
    context = {
        "errors": errors or [],
        "username": username,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "provider": bool(django_settings.OIDC),
        "ready_made": sessions.demo_practitioners() if django_settings.DEMO else [],
    }
    return render(request, "session/sign_in.html", context, status=422 if errors else 200)
