"""The rota: who answers now, this week and at any chosen moment; and, for who may, its rows changed."""

from __future__ import annotations

from datetime import UTC, datetime, time

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from nightlight.actions.rotas import on_rota
from nightlight.actions.trail import practitioners
from nightlight.domain.roles import Permission
from nightlight.timeline import local_date, local_time
from nightlight.timeline.london import LONDON
from nightlight.web.forms import day_of
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import rota as said
from nightlight.web.presenters import words
from nightlight.web.reads import Of, reads

_DONE = {
    "shift": "They are on the rota.",
    "shift_ended": "The shift ends then.",
    "absence": "The absence is on the rota.",
    "back": "They are back on the rota.",
    "hours": "The working hours are kept.",
    "team": "The team is kept.",
    "left": "They have left. What they owned has gone to whoever answers.",
}


@reads(Of.NOTHING, Permission.DUTY_HOLD)
@signed_in
@require_safe
def rota(request: HttpRequest) -> HttpResponse:
    moment = now()
    on, clock = request.GET.get("on", "").strip()[:10], request.GET.get("time", "").strip()[:5]
    at, errors = chosen_moment(on, clock, moment)
    code = request.GET.get("organisation", "")[:80]
    page = on_rota.rota_page(by=request.user, now=moment, at=at, organisation=code)
    names = practitioners.names(said.people_in(page))
    shown = at or moment
    context = {
        "page": page,
        "errors": errors,
        "is_now": at is None,
        "done": _DONE.get(request.GET.get("done", "")),
        "on": on or local_date(shown).isoformat(),
        "time": clock or f"{local_time(shown):%H:%M}",
        "week": f"Week from {words.day(on_rota.week_of(shown)[0])}",
        "names": names,
        "named": lambda text: words.capital(words.named(text, names)),
        "because": lambda answer: words.capital(words.named(answer.because, names)),
        "on_call": lambda row: said.on_call(row.on_call, holidays=row.holidays),
        "organisations": dict(practitioners.organisations({each.organisation for each in page.vacant})),
    }
    return render(request, "rota/page.html", context, at="rota", status=422 if errors else 200)


def chosen_moment(on: str, clock: str, moment: datetime) -> tuple[datetime | None, list[tuple[str, str]]]:
    """The moment that a date and a time on a clock in London name; None where neither was given."""
    if not on and not clock:
        return None, []
    try:
        day = day_of(on) if on else local_date(moment)
        at = time.fromisoformat(clock) if clock else time(12)
        return datetime.combine(day, at, LONDON).astimezone(UTC), []
    except (ValueError, OverflowError):
        return None, [("on", "Enter a date as year, month and day, like 2026-11-21, and a time like 17:30")]
