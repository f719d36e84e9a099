"""Duties: mine, my team's, and one whole. Opening one changes nothing; only a person's decision does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nightlight.actions import duties, practitioners
from nightlight.actions.children import evidence_of
from nightlight.actions.duties import DutyStory, ListedDuty
from nightlight.domain.duty_events import OUTCOMES, DutyError
from nightlight.domain.kinds import LEVELS
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import entries, events
from nightlight.web.presenters.duties import SOON, stands

PAGE = 100


@dataclass(frozen=True, slots=True)
class Filter:
    """A way of looking at a list of duties: a link that opens it, and which duties it keeps."""

    key: str
    words: str
    keeps: Callable[[ListedDuty, str, datetime], bool]


_FILTERS = (
    Filter("", "All open", lambda each, me, at: True),
    Filter("overdue", "Overdue", lambda each, me, at: each.overdue),
    Filter("soon", "Due within a day", lambda each, me, at: not each.overdue and each.now.due - at <= SOON),
    Filter("unacknowledged", "Not acknowledged", lambda each, me, at: each.now.status == "open"),
    Filter("offered", "Offered to me", lambda each, me, at: each.now.pending_to == me),
    Filter("unowned", "Owned by nobody", lambda each, me, at: not each.now.owner),
)
_MINE = frozenset({"", "overdue", "soon", "unacknowledged", "offered"})
_TEAM = frozenset({"", "overdue", "soon", "unacknowledged", "unowned"})


@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    at = now()
    return _list(request, duties.my_duties(by=request.user, now=at), _MINE, at, "duties")


@signed_in
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    at = now()
    return _list(request, duties.team_duties(by=request.user, now=at), _TEAM, at, "team")


def _list(
    request: HttpRequest, listed: list[ListedDuty], offered: frozenset[str], at: datetime, where: str
) -> HttpResponse:
    me = request.user.username
    level = request.GET.get("level", "")
    show = request.GET.get("show", "")
    chosen = next((f for f in _FILTERS if f.key == show and f.key in offered), _FILTERS[0])
    shown = [d for d in listed if chosen.keeps(d, me, at) and (level not in LEVELS or d.now.level == level)]
    pages = max(1, -(-len(shown) // PAGE))
    page = min(_number(request.GET.get("page", "1")), pages)
    kept = shown[(page - 1) * PAGE : page * PAGE]
    context = {
        "where": where,
        "filters": [(f.key, f.words, sum(f.keeps(d, me, at) for d in listed)) for f in _FILTERS if f.key in offered],
        "levels": [(l_, sum(d.now.level == l_ for d in listed)) for l_ in reversed(LEVELS) if l_ != "note"],
        "show": chosen.key,
        "level": level if level in LEVELS else "",
        "lines": [(d, stands(d.now.due, at), _next(d, me)) for d in kept],
        "names": practitioners.names({d.now.owner for d in kept} | {d.now.pending_to for d in kept}),
        "count": len(shown),
        "page": page,
        "pages": pages,
    }
    return render(request, "duties/list.html", context, at=where)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 10_000 else 1


def _next(each: ListedDuty, me: str) -> str:
    """What to do next, in a few words."""
    if each.now.pending_to == me:
        return "Accept it, or say why not"
    if each.now.pending_to:
        return "Waiting for the receiver to accept"
    if each.now.status == "open":
        return "Acknowledge it" if each.now.owner else "Somebody must take it"
    return "Decide, and record the outcome"


@signed_in
@require_safe
def one(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    return _one(request, duty_id, [])


def _one(request: HttpRequest, duty_id: UUID, errors: list[tuple[str, str]]) -> HttpResponse:
    at = now()
    story = duties.duty(by=request.user, duty_id=duty_id, now=at)
    names = practitioners.names(events.people_in(story.events) | {story.now.owner, story.now.pending_to})
    facts, organisations, people = evidence_of(child=story.now.child, entry_ids=story.state.evidence)
    me = request.user.username
    context = {
        "story": story,
        "clock": stands(story.state.due, at),
        "names": names,
        "happened": events.story(story.events, names),
        "rows": entries.rows(facts, organisations, people, str(story.now.child)),
        "is_mine": story.state.owner == me and not story.state.is_discharged,
        "is_offered": story.state.offered_to == me,
        "can_take": not story.state.owner and not story.state.is_discharged,
        "outcome": OUTCOMES.get(story.state.outcome, story.state.outcome),
        "indicators": story.now.indicators,
        "titles": {code: rule.title for code, rule in CATALOGUE.items()},
        "errors": errors,
    }
    return render(request, "duties/one.html", context, at="duties", status=422 if errors else 200)


@signed_in
@require_POST
def acknowledge(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    return _do(request, duty_id, lambda: duties.acknowledge(by=request.user, duty_id=duty_id, now=now()))


@signed_in
@require_POST
def accept(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    return _do(request, duty_id, lambda: duties.accept(by=request.user, duty_id=duty_id, now=now()))


def _do(request: HttpRequest, duty_id: UUID, act: Callable[[], object]) -> HttpResponse:
    """A deed with nothing to fill in; one that cannot be done any more says why, on the duty's page."""
    try:
        act()
    except DutyError as error:
        return _one(request, duty_id, [("story", _sentence(error))])
    return redirect("duty", duty_id)


def _sentence(error: DutyError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    to = request.POST.get("to", "")
    if request.method != "POST":
        return _form(request, duty_id, "hand_over")
    if not to:
        return _form(request, duty_id, "hand_over", [("to", "Choose who will take this duty")])
    return _send(
        request, duty_id, "hand_over", "to",
        lambda: duties.hand_over(by=request.user, duty_id=duty_id, to=to, now=now()),
    )  # fmt: skip


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()
    if request.method != "POST":
        return _form(request, duty_id, "decline")
    if not reason:
        return _form(request, duty_id, "decline", [("reason", "Say why you can't take it, so that the sender can act")])
    return _send(
        request, duty_id, "decline", "reason",
        lambda: duties.decline(by=request.user, duty_id=duty_id, reason=reason, now=now()),
    )  # fmt: skip


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def discharge(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    outcome, reason = request.POST.get("outcome", ""), request.POST.get("reason", "").strip()
    if request.method != "POST":
        return _form(request, duty_id, "discharge")
    errors = []
    if outcome not in OUTCOMES:
        errors.append(("outcome", "Choose what was done. That nobody has capacity is not an outcome: hand it over"))
    if not reason:
        errors.append(("reason", "Give the reason, in words that another agency could read"))
    if errors:
        return _form(request, duty_id, "discharge", errors)
    return _send(
        request, duty_id, "discharge", "reason",
        lambda: duties.discharge(by=request.user, duty_id=duty_id, outcome=outcome, reason=reason, now=now()),
    )  # fmt: skip


def _send(request: HttpRequest, duty_id: UUID, form: str, field: str, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except DutyError as error:
        return _form(request, duty_id, form, [(field, _sentence(error))])
    return redirect("duty", duty_id)


def _form(request: HttpRequest, duty_id: UUID, form: str, errors: list[tuple[str, str]] | None = None) -> HttpResponse:
    story: DutyStory = duties.duty(by=request.user, duty_id=duty_id, now=now())
    context = {
        "story": story,
        "errors": errors or [],
        "outcomes": OUTCOMES,
        "receivers": duties.receivers(by=request.user, duty_id=duty_id) if form == "hand_over" else [],
        "given": request.POST,
    }
    return render(request, f"duties/{form}.html", context, at="duties", status=422 if errors else 200)
