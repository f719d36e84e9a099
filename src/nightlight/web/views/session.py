"""Signing in and out."""

from __future__ import annotations

from django.conf import settings as django_settings  # noqa: TID251 ready-made users, in a demonstration only
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nightlight.actions import sessions
from nightlight.web.moment import now
from nightlight.web.navigation import entries_for
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads


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
    return _begin(request, practitioner)


@reads(Of.NOTHING, public=True)
@require_POST
def sign_in_as(request: HttpRequest) -> HttpResponse:
    """A ready-made user of the demonstration, without a password; there is no such page anywhere else."""
    if not django_settings.DEMO:
        raise Http404
    wanted = request.POST.get("username", "")
    for practitioner in sessions.demo_practitioners():
        if practitioner.username == wanted:
            return _begin(request, sessions.begin(practitioner=practitioner, now=now()))
    return _form(request, [("username", "That ready-made user is not here any more. Choose another.")])


@reads(Of.NOTHING)
@require_POST
@signed_in
def sign_out(request: HttpRequest) -> HttpResponse:
    sessions.sign_out(by=request.user, now=now())
    logout(request)
    return redirect("sign_in")


@reads(Of.NOTHING)
@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the navigation that somebody's role has."""
    return redirect(entries_for(request.user.role, "")[0]["href"])


def _begin(request: HttpRequest, practitioner) -> HttpResponse:
    login(request, practitioner, backend="django.contrib.auth.backends.ModelBackend")
    wanted = request.POST.get("next", "")
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
        "ready_made": sessions.demo_practitioners() if django_settings.DEMO else [],
    }
    return render(request, "session/sign_in.html", context, status=422 if errors else 200)
