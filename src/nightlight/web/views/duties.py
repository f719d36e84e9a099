"""Duties: mine, my team's, and one whole. Opening one changes nothing; only a person's decision does."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nightlight.actions.child.children import evidence_of
from nightlight.actions.duties import deeds as duties
from nightlight.actions.duties import disagreements
from nightlight.actions.duties.deeds import DutyStory
from nightlight.actions.meetings import follow as meeting_follow
from nightlight.actions.plans import deeds as plans
from nightlight.actions.sharing import asking as sharing
from nightlight.actions.telling import notices
from nightlight.actions.trail import practitioners
from nightlight.domain.duty_events import NO_FURTHER_ACTION, OUTCOMES, DutyError, outcome_words
from nightlight.domain.roles import Permission, may
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.web.forms import When
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import entries, events, rules, told
from nightlight.web.presenters.duties import people_in, stands
from nightlight.web.reads import Of, reads
from nightlight.web.views.lists import MINE, Asked, listing


@reads(Of.LISTED, Permission.DUTY_HOLD)
@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    at = now()
    context = listing(duties.my_duties(by=request.user, now=at), Asked.of(request), MINE, request.user.username, at)
    return render(
        request,
        "duties/list.html",
        {**context, "where": "duties", "unseen": notices.unseen(by=request.user)},
        at="duties",
    )


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_safe
def one(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    """A duty. What sharing asks is answered on a page of its own, by its owner, who need not know the child."""
    if found := sharing.page_of_duty(by=request.user, duty=duty_id):
        where, id_ = found
        return redirect(_SHARING[where], id_)
    return _one(request, duty_id, [])


_SHARING = {"request": "sharing_request", "refusal": "sharing_review", "consent": "consent_taken_back"}


def _one(request: HttpRequest, duty_id: UUID, errors: list[tuple[str, str]]) -> HttpResponse:
    at = now()
    story = duties.duty(by=request.user, duty_id=duty_id, now=at)
    facts, organisations, people = (
        evidence_of(sight=story.sight, child=story.now.child, entry_ids=story.state.evidence, now=at)
        if story.child
        else ((), {}, {})
    )
    names = practitioners.names(_people_in(story))
    me = request.user.username
    context = {
        "story": story,
        "clock": stands(story.state.due, at),
        "rule": rules.basis(story.ahead.rule),
        "is_clock": rules.is_clock(story.now.question),
        "names": names,
        "happened": events.story(story.events, names),
        "told": told.lines(story.told, names),
        "rows": entries.rows(facts, organisations, people, str(story.now.child)),
        "is_mine": story.state.owner == me and not story.state.is_discharged,
        "is_offered": story.state.offered_to == me,
        "can_take": not story.state.owner and not story.state.is_discharged,
        "outcome": outcome_words(story.state.outcome),
        "indicators": story.indicators,
        "titles": {code: rule.title for code, rule in CATALOGUE.items()},
        "meeting": meeting_follow.meeting_of_question(story.now.question),
        "plan": plans.plan_of_question(story.now.question),
        "may_call": may(request.user.role, Permission.DUTY_HOLD),
        "errors": errors,
    }
    return render(request, "duties/one.html", context, at="duties", status=422 if errors else 200)


def _people_in(story: DutyStory) -> set[str]:
    ahead = people_in(story.ahead.steps)
    disagreed = {each.by for each in (*story.disagreed, *((story.about,) if story.about else ()))}
    return (
        disagreed
        | events.people_in(story.events)
        | told.people_in(story.told)
        | ahead
        | {story.now.owner, story.now.pending_to}
    )


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_POST
def acknowledge(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    return _do(request, duty_id, lambda: duties.acknowledge(by=request.user, duty_id=duty_id, now=now()))


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_POST
def accept(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    return _do(request, duty_id, lambda: duties.accept(by=request.user, duty_id=duty_id, now=now()))


def _do(request: HttpRequest, duty_id: UUID, act: Callable[[], object]) -> HttpResponse:
    """A deed with nothing to fill in; one that cannot be done any more says why, on the duty's page.

    `back` is the list that its button stood in: to there and to the duty's own line.
    """
    try:
        act()
    except DutyError as error:
        return _one(request, duty_id, [("story", _sentence(error))])
    back = request.POST.get("back", "")
    if back.startswith("/duties") and url_has_allowed_host_and_scheme(back, None):
        return redirect(f"{back}#d-{duty_id}")
    return redirect("duty", duty_id)


def _sentence(error: DutyError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]


@reads(Of.CHILD, Permission.CHILD_VIEW)
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


@reads(Of.CHILD, Permission.CHILD_VIEW)
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


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def discharge(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    at = now()
    weighed = duties.to_read_first(by=request.user, duty_id=duty_id, now=at)
    shown = {
        "weighed": weighed,
        "authors": practitioners.names({each.by for each in weighed.earlier}),
        "organisations": dict(practitioners.organisations({each.organisation for each in weighed.earlier})),
    }
    if request.method != "POST":
        return _form(request, duty_id, "discharge", more=shown)
    outcome, reason = request.POST.get("outcome", ""), request.POST.get("reason", "").strip()
    read = request.POST.get("read", "")
    errors = _missing(outcome, reason, bool(weighed.mark) and read != weighed.mark)
    if errors:
        return _form(request, duty_id, "discharge", errors, shown)

    def act() -> object:
        return duties.discharge(by=request.user, duty_id=duty_id, outcome=outcome, reason=reason, read=read, now=at)

    return _send(request, duty_id, "discharge", "reason", act, shown)


def _missing(outcome: str, reason: str, unread: bool) -> list[tuple[str, str]]:
    errors = []
    if outcome not in OUTCOMES:
        errors.append(("outcome", "Choose what was done. That nobody has capacity is not an outcome: hand it over"))
    if not reason:
        errors.append(("reason", "Give the reason, in words that another agency could read"))
    if outcome == NO_FURTHER_ACTION and unread:
        errors.append(("read", "Before no further action, read what was set aside before, and confirm that you have"))
    return errors


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def challenge(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()
    if request.method != "POST":
        return _form(request, duty_id, "challenge")
    if not reason:
        wrong = [("reason", "Say why you disagree, in words that the agency that decided could answer")]
        return _form(request, duty_id, "challenge", wrong)
    try:
        duties.challenge(by=request.user, duty_id=duty_id, reason=reason, now=now())
    except DutyError as error:
        return _form(request, duty_id, "challenge", [("reason", _sentence(error))])
    return redirect("duty", duty_id)


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def disagree(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    """A professional disagreement about how a duty is answered, or was: a duty of its own, which pauses nothing."""
    at = now()
    planned = When.of(request, "planned")
    if request.method != "POST":
        return _form(request, duty_id, "disagree", more={"planned": planned})
    reason, errors = request.POST.get("reason", "").strip(), []
    if not reason:
        errors.append(("reason", "Say what you disagree with and why, in words that the other agency could answer"))
    due_by = planned.moment("planned", errors, needed=False)
    if errors:
        return _form(request, duty_id, "disagree", errors, {"planned": planned})
    danger = request.POST.get("danger") == "yes"
    try:
        made = disagreements.disagree(
            by=request.user, about=duty_id, reason=reason, in_danger=danger, due_by=due_by, now=at
        )
    except DutyError as error:
        return _form(request, duty_id, "disagree", [("reason", _sentence(error))], {"planned": planned})
    return redirect("duty", UUID(made.duty.id))


def _send(
    request: HttpRequest,
    duty_id: UUID,
    form: str,
    field: str,
    act: Callable[[], object],
    more: dict | None = None,
) -> HttpResponse:
    try:
        act()
    except DutyError as error:
        return _form(request, duty_id, form, [(field, _sentence(error))], more)
    return redirect("duty", duty_id)


def _form(
    request: HttpRequest,
    duty_id: UUID,
    form: str,
    errors: list[tuple[str, str]] | None = None,
    more: dict | None = None,
) -> HttpResponse:
    story: DutyStory = duties.duty(by=request.user, duty_id=duty_id, now=now())
    context = {
        "story": story,
        "errors": errors or [],
        "outcomes": OUTCOMES,
        "receivers": duties.receivers(by=request.user, duty_id=duty_id) if form == "hand_over" else [],
        "given": request.POST,
        **(more or {}),
    }
    return render(request, f"duties/{form}.html", context, at="duties", status=422 if errors else 200)
