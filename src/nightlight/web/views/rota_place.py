"""What a rota rests on besides people: an organisation's own working hours, and its teams."""

from __future__ import annotations

from datetime import time

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from nightlight.actions.rotas import edits as rotas
from nightlight.actions.rotas import on_rota
from nightlight.domain.roles import Permission
from nightlight.web.forms import Errors
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads
from nightlight.web.views.rota_edit import done

_LONGEST_NAME = 200


@reads(Of.NOTHING, Permission.ROTA_EDIT)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: HttpRequest) -> HttpResponse:
    """The hours outside which out-of-hours roles answer in the organisation's place."""
    organisation, _, _ = on_rota.of_organisation(by=request.user, organisation=_code(request))
    held = on_rota.hours_of(organisation.code).hours
    given = {"starts": f"{held.start:%H:%M}", "ends": f"{held.end:%H:%M}", "every_day": "yes" if held.every_day else ""}
    context = {"organisation": organisation, "given": given}
    if request.method != "POST":
        return render(request, "rota/hours.html", context, at="rota")
    errors: Errors = []
    start, end = _time(request, "starts", errors), _time(request, "ends", errors)
    if start and end and start >= end:
        errors.append(("ends", "Working hours end after they start, on the same day"))
    if errors or start is None or end is None:
        return render(
            request, "rota/hours.html", {**context, "given": request.POST, "errors": errors}, at="rota", status=422
        )
    rotas.set_hours(
        by=request.user, organisation=organisation.code, start=start, end=end,
        every_day=request.POST.get("every_day") == "yes", now=now(),
    )  # fmt: skip
    return done(organisation.code, "hours")


@reads(Of.NOTHING, Permission.ROTA_EDIT)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest) -> HttpResponse:
    """A team: made, or renamed where its code is given."""
    organisation, _, _ = on_rota.of_organisation(by=request.user, organisation=_code(request))
    teams = on_rota.teams_of(organisation.code)
    code = request.POST.get("team", "") or request.GET.get("team", "")
    held = next((each for each in teams if each.code == code), None)
    context = {"organisation": organisation, "held": held, "name": held.name if held else ""}
    if request.method != "POST":
        return render(request, "rota/team.html", context, at="rota")
    name = request.POST.get("name", "").strip()
    errors: Errors = [] if name else [("name", "Give the name of the team")]
    if len(name) > _LONGEST_NAME:
        errors.append(("name", f"A name has at most {_LONGEST_NAME} letters"))
    if any(each.name.casefold() == name.casefold() and each != held for each in teams):
        errors.append(("name", "There is a team of that name already"))
    if errors:
        return render(request, "rota/team.html", {**context, "name": name, "errors": errors}, at="rota", status=422)
    made = held.code if held else on_rota.new_team_code(organisation.code, name)
    rotas.set_team(by=request.user, code=made, name=name, organisation=organisation.code, now=now())
    return done(organisation.code, "team")


def _code(request: HttpRequest) -> str:
    return (request.POST.get("organisation", "") or request.GET.get("organisation", ""))[:80]


def _time(request: HttpRequest, name: str, errors: Errors) -> time | None:
    try:
        return time.fromisoformat(request.POST.get(name, "").strip())
    except ValueError:
        errors.append((name, "Enter a time, like 08:30"))
        return None
