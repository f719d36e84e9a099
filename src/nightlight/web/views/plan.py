"""Plans: beginning one, its page, and one item of it. What is done to a plan is `plan_do`."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from nightlight.actions.meetings import asked as meeting_asked
from nightlight.actions.meetings import log as meeting_log
from nightlight.actions.plans import deeds as plans
from nightlight.actions.plans import papers as plan_papers
from nightlight.actions.plans.deeds import PlanPage
from nightlight.actions.seeing.access import Refused
from nightlight.actions.trail import practitioners
from nightlight.domain.meetings.events import MeetingError
from nightlight.domain.roles import Permission
from nightlight.web.forms import Errors, When
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import meeting as shows
from nightlight.web.presenters import plan as plan_shows
from nightlight.web.presenters.meeting_fields import FIELDS, NAMES, flat, inputs_of
from nightlight.web.presenters.words import capital
from nightlight.web.reads import Of, reads
from nightlight.web.views.meeting import Typed


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, child_id: UUID) -> HttpResponse:
    at = now()
    child = meeting_asked.child_of(by=request.user, child=child_id, now=at)
    meeting = _meeting(request)
    review = When.of(request, "review")
    context = {
        "child": child,
        "kinds": plans.kinds(at),
        "meeting": meeting,
        "given": request.POST,
        "review": review,
        "leads": meeting_asked.chairs(by=request.user),
        "key": request.POST.get("key") or str(uuid.uuid4()),
        "me": request.user.username,
    }
    if request.method != "POST":
        return render(request, "plans/new.html", context, at="meetings")
    errors: Errors = []
    kind, why = request.POST.get("kind", ""), request.POST.get("why", "").strip()
    if kind not in plans.kinds(at):
        errors.append(("kind", "Choose what kind of plan it is"))
    if not why:
        errors.append(("why", "Say why there is a plan, in words that the family can read"))
    by_when = review.moment("review", errors, needed=False)
    lead = request.POST.get("lead", "")
    if lead and lead not in {each.username for each in context["leads"]}:
        errors.append(("lead", "Choose who leads it"))
    if not errors:
        try:
            children = _children(request, meeting, child_id)
            made = plans.begin(
                by=request.user, kind=kind, children=children, why=why, key=context["key"][:60], meeting=meeting,
                lead=lead, review=by_when, now=at,
            )  # fmt: skip
            return redirect("plan", made)
        except MeetingError as error:
            errors.append(("kind", capital(str(error))))
    return render(request, "plans/new.html", {**context, "errors": errors}, at="meetings", status=422)


def _meeting(request: HttpRequest) -> UUID | None:
    """The meeting that a plan is begun from; none where the address names none."""
    said = request.POST.get("meeting") or request.GET.get("meeting", "")
    try:
        return UUID(said) if said else None
    except ValueError:
        return None


def _children(request: HttpRequest, meeting: UUID | None, child: UUID) -> list[UUID]:
    """The children of the meeting that it is begun from, or the one child."""
    opened = meeting_log.look(by=request.user, meeting=meeting) if meeting else None
    found = [UUID(each) for each in opened.state.called.children] if opened else [child]
    return found if child in found else [child]


@reads(Of.CHILD)
@signed_in
@require_safe
def one(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    return show(request, plan_id)


def show(request: HttpRequest, plan_id: UUID, typed: Typed | None = None) -> HttpResponse:
    """A plan's page; with what was typed into one of its forms and is wrong, if anything was."""
    at = now()
    page = plans.page(by=request.user, plan=plan_id, now=at)
    typed = typed or Typed()
    state, names = page.state, names_of(page)
    context = {
        **shared(request, page, typed),
        "for_family": plan_papers.of_page(page),
        "covered": shows.dangers(state, page.coverage, (), shows.asks_from_when(state)),
        "protections": plan_shows.protections(page, request.user.username),
        "actions": plan_shows.actions(page, request.user.username, at),
        "drawn": at,
        "needs": plans.must_hold(state),
        "drift": page.drift,
        "missing": page.missing,
        "by_agency": list(state.actions_by_agency()),
        "family_versions": [note for note in state.notes if note.text("block") == "family_version"],
        "review": When.showing(state.review) if state.review else When("", ""),
        "taking": plan_shows.taking(page, request.user.username, names),
        "said_how": lambda given: plan_shows.said_how(given, names),
        "chairs": meeting_asked.chairs(by=request.user) if page.opened.leads else [],
        "people_found": meeting_asked.find(by=request.user, text=request.GET.get("who", "")[:80])
        if page.opened.leads and request.GET.get("who")
        else [],
        "searched": request.GET.get("who", "")[:80],
    }
    return render(request, "plans/one.html", context, at="meetings", status=422 if typed.errors else 200)


def shared(request: HttpRequest, page: PlanPage, typed: Typed) -> dict[str, Any]:
    """What the page of a plan and that of one of its items share."""
    state = page.state
    names = names_of(page)
    return {
        "page": page,
        "state": state,
        "which": "plan",
        "do_name": "plan_do",
        "name_of": lambda person: names.get(person, person),
        "me": request.user.username,
        "leads": page.opened.leads and not state.is_closed,
        "is_open": not state.is_closed,
        "children": [(str(each.id), each) for each in page.children],
        "typed": typed,
        "errors": typed.errors,
        "owners": plan_shows.owners(page),
        "typed_for": [],
        "fields": FIELDS,
        "item_names": NAMES,
        "new_id": lambda: str(uuid.uuid4()),
        "dangers": [_Named(item) for item in state.dangers],
        "options": plan_shows.options(page),
        "times": shows.times,
        "title": page.title,
        "live": False,
    }


def names_of(page: PlanPage) -> dict[str, str]:
    """The name of everybody who has a part in a plan or wrote in it."""
    return {**practitioners.names(plan_shows.authors(page)), **plan_shows.names(page)}


class _Named:
    """A danger as the checkboxes of a protection take it."""

    def __init__(self, item: Any) -> None:
        self.item = item


@reads(Of.CHILD)
@signed_in
@require_safe
def item(request: HttpRequest, plan_id: UUID, item_id: UUID) -> HttpResponse:
    return show_item(request, plan_id, str(item_id), Typed())


def show_item(request: HttpRequest, plan_id: UUID, item_id: str, typed: Typed) -> HttpResponse:
    """The page of an item of a plan: both texts where two people wrote at once, and correcting it."""
    page = plans.page(by=request.user, plan=plan_id, now=now())
    found = page.state.items.get(item_id)
    if found is None:
        raise Refused(plans.NOT_YOURS)
    what = plan_shows.HAPPENS[found.kind]
    labels = {each.name: each.label for each in FIELDS[what]}
    drawn = inputs_of(found, what)
    agreement = page.state.agreements.get(found.id)
    context = {
        **shared(request, page, typed),
        "item": found,
        "what": what,
        "home": reverse("plan", args=[plan_id]),
        "given": typed.inputs if typed.form == "correct" and typed.inputs else drawn,
        "was": flat(drawn),
        "crossed": lambda edit: list(shows.crossed(found, edit, labels)),
        "accepted": bool(agreement and agreement.accepted),
    }
    return render(request, "meetings/item.html", context, at="meetings", status=422 if typed.errors else 200)
