"""Changing the rota: a shift, an absence with its cover, and the end of either. Ends never delete: they are dated.

A change that would leave a role with nobody says so, and is made only when that was confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from nightlight.actions.rotas import changes, on_rota
from nightlight.actions.rotas import edits as rotas
from nightlight.actions.rotas.on_rota import Gap
from nightlight.actions.trail import practitioners
from nightlight.domain.roles import Permission, role_title
from nightlight.domain.rota import OnCall
from nightlight.timeline import local_date
from nightlight.web.forms import Errors, When
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters.rota import DAYS, mistakes
from nightlight.web.reads import Of, reads

WHY = {"leave": "Leave", "sickness": "Sickness", "training": "Training", "other": "Something else"}


@reads(Of.NOTHING, Permission.ROTA_EDIT)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def add_shift(request: HttpRequest) -> HttpResponse:
    at = now()
    code = request.POST.get("organisation", "") or request.GET.get("organisation", "")
    organisation, people, roles = on_rota.of_organisation(by=request.user, organisation=code[:80])
    posted = request.method == "POST"
    since, until = _since(request, at), When.of(request, "until")
    context = {
        "organisation": organisation,
        "people": people,
        "roles": [(role, role_title(role)) for role in roles],
        "teams": on_rota.teams_of(organisation.code),
        "days": list(enumerate(DAYS)),
        "ticked": request.POST.getlist("day"),
        "since": since,
        "until": until,
        "given": request.POST,
    }
    if not posted:
        return render(request, "rota/shift.html", context, at="rota")
    errors = _chosen(
        request, [person.username for person in people], "Choose a person: a role can't be given to nobody"
    )
    if request.POST.get("role") not in roles:
        errors.insert(0, ("role", "Choose a role"))
    team = request.POST.get("team", "")
    if team and team not in {each.code for each in context["teams"]}:
        errors.append(("team", "Choose a team of this organisation, or none"))
    begins, ends = since.begins("since", errors, at), until.ends("until", errors)
    hours = _on_call(request, errors)
    if begins and not errors:
        wrong = changes.mistakes_of_shift(
            person=request.POST["person"], role=request.POST["role"], organisation=organisation.code, since=begins,
            until=ends, on_call=hours, now=at,
        )  # fmt: skip
        errors += mistakes(wrong)
    if errors or begins is None:
        return render(request, "rota/shift.html", {**context, "errors": errors}, at="rota", status=422)
    rotas.put_on_rota(
        by=request.user, organisation=organisation.code, role=request.POST["role"], person=request.POST["person"],
        since=begins, until=ends, on_call=hours, holidays="holidays" in request.POST, team=team, now=at,
    )  # fmt: skip
    return done(organisation.code, "shift")


def _since(request: HttpRequest, at: datetime) -> When:
    return When.of(request, "since") if request.method == "POST" else When(local_date(at).isoformat(), "")


def _chosen(request: HttpRequest, people: Sequence[str], otherwise: str) -> Errors:
    return [] if request.POST.get("person") in people else [("person", otherwise)]


def _on_call(request: HttpRequest, errors: Errors) -> list[OnCall]:
    """The hours of the days that are ticked; none ticked is at all hours."""
    days = sorted({int(day) for day in request.POST.getlist("day") if day in set("0123456")})
    given = [request.POST.get(name, "").strip() for name in ("starts", "ends")]
    if not days:
        if any(given) or "holidays" in request.POST:
            errors.append(("day", "Tick the days too: with none, they hold the role at all hours of all days"))
        return []
    try:
        start, end = map(time.fromisoformat, given)
    except ValueError:
        errors.append(("starts", "Give the hours of those days, like 17:00 to 09:00"))
        return []
    return [OnCall(day, start, end) for day in days]


@reads(Of.NOTHING, Permission.ROTA_EDIT)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def end_shift(request: HttpRequest, shift_id: int) -> HttpResponse:
    at = now()
    row = on_rota.shift(by=request.user, shift_id=shift_id)
    posted = request.method == "POST"
    first = When(local_date(at).isoformat(), "") if row.since <= at else When.showing(row.since)
    until = When.of(request, "until") if posted else first
    said = f"{row.practitioner.name}, {role_title(row.role).lower()}"
    context = {"row": row, "said": said, "until": until, "code": row.organisation_id}
    if not posted:
        return render(request, "rota/end.html", context, at="rota")
    errors: Errors = []
    ends = until.begins("until", errors, at)
    if ends:
        errors += mistakes(changes.mistakes_of_end(shift=row, until=ends, now=at))
    if ends and not errors:
        context |= _unconfirmed(request, on_rota.gaps_if_ended(shift=row, until=ends), errors)
    if errors or ends is None:
        return render(request, "rota/end.html", {**context, "errors": errors}, at="rota", status=422)
    rotas.end_shift(by=request.user, shift=row.id, at=ends, now=at)
    return done(row.organisation_id, "shift_ended")


@reads(Of.NOTHING, Permission.ROTA_EDIT)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def back(request: HttpRequest, absence_id: int) -> HttpResponse:
    row = on_rota.absence(by=request.user, absence_id=absence_id)
    organisation = row.practitioner.organisation_id
    if request.method != "POST":
        return render(request, "rota/back.html", {"row": row, "code": organisation}, at="rota")
    rotas.back(by=request.user, absence=row.id, now=now())
    return done(organisation, "back")


def _unconfirmed(request: HttpRequest, gaps: tuple[Gap, ...], errors: Errors) -> dict:
    """The gaps that a change would make, shown until they were confirmed."""
    if not gaps or request.POST.get("sure") == "yes":
        return {}
    errors.append(("sure", "Nobody would answer at these times. Put somebody on first, or confirm it"))
    return {"gaps": gaps, "places": dict(practitioners.organisations({gap.organisation for gap in gaps}))}


@reads(Of.NOTHING, Permission.ROTA_EDIT)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def add_absence(request: HttpRequest) -> HttpResponse:
    at = now()
    code = request.POST.get("organisation", "") or request.GET.get("organisation", "")
    organisation, people, _ = on_rota.of_organisation(by=request.user, organisation=code[:80])
    since, until = _since(request, at), When.of(request, "until")
    cover, why = request.POST.get("cover", ""), request.POST.get("why", "")
    context = {
        "organisation": organisation, "people": people, "whys": WHY, "since": since, "until": until,
        "given": request.POST,
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "rota/absence.html", context, at="rota")
    names = [person.username for person in people]
    errors = _chosen(request, names, "Choose who is away")
    if why not in WHY:
        errors.append(("why", "Choose why"))
    begins, ends = since.begins("since", errors, at), until.ends("until", errors)
    if cover and (cover not in names or cover == request.POST.get("person")):
        errors.append(("cover", "Choose somebody else as cover, or nobody"))
    person = request.POST.get("person", "")
    if begins and not errors:
        errors += mistakes(changes.mistakes_of_absence(person=person, since=begins, until=ends, cover=cover, now=at))
    if begins and not errors:
        found = on_rota.gaps_if_away(person=person, cover=cover, since=begins, until=ends)
        context |= _unconfirmed(request, found, errors)
    if errors or begins is None:
        return render(request, "rota/absence.html", {**context, "errors": errors}, at="rota", status=422)
    rotas.away(by=request.user, person=person, since=begins, until=ends, why=why, cover=cover, now=at)
    return done(organisation.code, "absence")


@reads(Of.NOTHING, Permission.ROTA_EDIT)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Somebody has left for good, from now: they sign in no more."""
    at = now()
    code = request.POST.get("organisation", "") or request.GET.get("organisation", "")
    organisation, people, _ = on_rota.of_organisation(by=request.user, organisation=code[:80])
    others = [person for person in people if person.username != request.user.username]
    context = {"organisation": organisation, "people": others, "given": request.POST}
    if request.method != "POST":
        return render(request, "rota/leave.html", context, at="rota")
    errors = _chosen(request, [person.username for person in others], "Choose who has left")
    if not errors:
        person = request.POST["person"]
        context |= _unconfirmed(request, on_rota.gaps_if_away(person=person, cover="", since=at, until=None), errors)
    if errors:
        return render(request, "rota/leave.html", {**context, "errors": errors}, at="rota", status=422)
    rotas.leave(by=request.user, person=request.POST["person"], now=at)
    return done(organisation.code, "left")


def done(organisation: str, what: str) -> HttpResponse:
    """Back to the rota of an organisation, which says what was done."""
    return redirect(f"{reverse('rota')}?{urlencode({'organisation': organisation, 'done': what})}")
