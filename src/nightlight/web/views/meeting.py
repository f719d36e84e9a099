"""Meetings: mine, calling one, and its pages: the room, the people, the record, closing. What is done there is
`meeting_do`; a page that is open hears of others through `meeting_live` and asks for its parts again.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nightlight.actions.duties import theirs as duty_sight
from nightlight.actions.meetings import after as meeting_after
from nightlight.actions.meetings import asked as meeting_asked
from nightlight.actions.meetings import calling as meetings
from nightlight.actions.meetings import closing as meeting_closing
from nightlight.actions.meetings import deeds as meeting_deeds
from nightlight.actions.meetings import family
from nightlight.actions.meetings import view as meeting_view
from nightlight.actions.meetings.log import NOT_YOURS
from nightlight.actions.meetings.view import MeetingPage
from nightlight.actions.plans import deeds as plans
from nightlight.actions.seeing.access import Refused
from nightlight.domain.meetings.phrases import Ask
from nightlight.domain.meetings.rows import rows_in_use
from nightlight.domain.roles import Permission, may
from nightlight.web.forms import Errors, When, uncut, words_of
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import meeting as shows
from nightlight.web.presenters import meeting_preview, meeting_scores
from nightlight.web.presenters.duties import stands
from nightlight.web.presenters.meeting_fields import FIELDS, NAMES, Inputs
from nightlight.web.reads import Of, reads

PAGES = {"room": "meeting", "people": "meeting_people", "record": "meeting_record", "closing": "meeting_closing"}
"""The pages of a meeting, by what their forms call them, and their addresses."""
LIVE = "X-Live"
"""Sent by a page that is open, which asks for its parts again: such a request is no new look at a record."""


@dataclass
class Typed:
    """What was typed into one form and could not be kept: shown again, with what is wrong."""

    form: str = ""
    inputs: Inputs = field(default_factory=dict)
    errors: Errors = field(default_factory=list)


@reads(Of.LISTED, Permission.DUTY_HOLD)
@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    at = now()
    everything = request.GET.get("all") == "1"
    listed = meetings.my_meetings(by=request.user, now=at, closed=everything)
    context = {
        "meetings": [(each, stands(each.now.due, at) if each.now.due else None) for each in listed],
        "everything": everything,
        "plans": plans.my_plans(by=request.user, ended=everything),
        "kinds": {kind: row.title for kind, row in plans.kinds(at).items()},
    }
    return render(request, "meetings/mine.html", context, at="meetings")


# -- calling one


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, child_id: UUID) -> HttpResponse:
    at = now()
    child = meeting_asked.child_of(by=request.user, child=child_id, now=at)
    can, duty = _can_call(request, child_id, at)
    starts = When.of(request, "starts")
    context = {
        "child": child,
        "can": can,
        "duty": duty,
        "chairs": meeting_asked.chairs(by=request.user),
        "given": request.POST,
        "starts": starts,
        "key": request.POST.get("key") or str(uuid.uuid4()),
        "me": request.user.username,
        "supporters": meeting_asked.supporters(by=request.user),
        "also": meeting_asked.beside(by=request.user, child=child_id, now=at),
        "chosen": request.POST.getlist("also"),
    }
    if request.method != "POST":
        return render(request, "meetings/call.html", context, at="meetings")
    errors: Errors = []
    begins = starts.moment("starts", errors, needed=False)
    kind = request.POST.get("kind", "")
    if kind not in {each.row.kind for each in can}:
        errors.append(("kind", "Choose what kind of meeting it is"))
    if not request.POST.get("why", "").strip():
        errors.append(("why", "Say why it is called: whoever is asked reads it first"))
    context |= _late(request, kind, begins, errors)
    if errors:
        return render(request, "meetings/call.html", {**context, "errors": errors}, at="meetings", status=422)
    beside = [each.id for each in context["also"] if each.id in context["chosen"]]
    made = _make(request, [child_id, *map(UUID, beside)], kind, begins, duty, at)
    return redirect("meeting_people", made)


def _can_call(request: HttpRequest, child: UUID, at: Any) -> tuple[list[meetings.CanCall], str]:
    """The kinds of meeting; from a duty, those whose clock it carries come first."""
    said = request.POST.get("duty") or request.GET.get("duty", "")
    if said:
        try:
            row, _ = duty_sight.found(by=request.user, duty_id=UUID(said), now=at)
        except ValueError:
            row = None
        if row is not None and row.child == child:
            return meetings.from_duty(by=request.user, duty=row.duty_id, now=at), said
    return meetings.can_call(by=request.user, child=child, now=at), ""


def _late(request: HttpRequest, kind: str, begins: Any, errors: Errors) -> dict[str, Any]:
    """What is to be said about the day: one that the national return refuses, or one late before days without work."""
    if begins is None or errors:
        return {}
    if wrong := meeting_closing.not_on_that_day(kind, begins):
        errors.append(("starts_on", wrong))
        return {}
    warning = meeting_closing.late_warning(begins, request.POST.get("covers", ""))
    if warning and request.POST.get("sure") != "yes":
        errors.append(
            ("covers", "It is late before days on which nobody works. Say who covers them, or hold it earlier")
        )
        return {"late": warning}
    return {}


def _make(request: HttpRequest, children: list[UUID], kind: str, begins: Any, duty: str, at: Any) -> UUID:
    said = {name: words_of(request, name) for name in ("why", "place", "chair", "covers")}
    key = request.POST.get("key", "")[:60] or str(uuid.uuid4())
    chair = said["chair"]
    asked = [meetings.Invitation(request.user.username, "social_care" if chair != request.user.username else "chair")]
    if chair and chair != request.user.username:
        asked.append(meetings.Invitation(chair, "chair"))
    if request.user.agency != "social_care":
        asked[0] = meetings.Invitation(request.user.username, _part_of(request.user.agency))
    made = meetings.call(
        by=request.user, kind=kind, children=children, why=said["why"], key=key, starts=begins, place=said["place"],
        chair=chair, asked=asked, anchor=duty, supported_by=_supporter(request), now=at,
    )  # fmt: skip
    if begins and said["covers"]:
        meeting_deeds.schedule(
            by=request.user, meeting=made, key=f"{key}/covers", starts=begins, covers=said["covers"], now=at
        )
    return made


def _supporter(request: HttpRequest) -> str:
    """Whom the form names as supporting the call; nobody where that is none of those it offered."""
    said = request.POST.get("supported_by", "")
    return said if said in {each.username for each in meeting_asked.supporters(by=request.user)} else ""


def _part_of(agency: str) -> str:
    """What somebody of an agency comes as, where nothing else is said."""
    parts = rows_in_use().parts.values()
    return next((each.code for each in parts if agency in each.agencies), "other")


# -- its pages


@reads(Of.CHILD)
@signed_in
@require_safe
def room(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    return show(request, meeting_id, "room")


@reads(Of.CHILD)
@signed_in
@require_safe
def people(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    return show(request, meeting_id, "people")


@reads(Of.CHILD)
@signed_in
@require_safe
def record(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    return show(request, meeting_id, "record")


@reads(Of.CHILD)
@signed_in
@require_safe
def closing(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    return show(request, meeting_id, "closing")


def opened(request: HttpRequest, meeting_id: UUID, at: Any) -> MeetingPage:
    """The meeting, to somebody with a place in it. A page that is open already asks without a new word on record."""
    if request.headers.get(LIVE) == "1":
        page = meeting_view.part_of_page(by=request.user, meeting=meeting_id, now=at)
        if page is None:
            raise Refused(NOT_YOURS)
        return page
    return meeting_view.page(by=request.user, meeting=meeting_id, now=at)


def show(request: HttpRequest, meeting_id: UUID, which: str, typed: Typed | None = None) -> HttpResponse:
    """One page of a meeting; with what was typed into one of its forms and is wrong, if anything was."""
    at = now()
    page = opened(request, meeting_id, at)
    typed = typed or Typed()
    context = {
        **shared(request, page, which, typed),
        **_MORE[which](request, page, at),
    }
    return render(request, f"meetings/{which}.html", context, at="meetings", status=422 if typed.errors else 200)


def shared(request: HttpRequest, page: MeetingPage, which: str, typed: Typed) -> dict[str, Any]:
    """What every page of a meeting shows."""
    me = request.user.username
    state = page.state
    known = state.participants.get(me)
    return {
        "page": page,
        "state": state,
        "row": page.row,
        "do_name": "meeting_do",
        "name_of": page.name,
        "which": which,
        "me": me,
        "runs": page.opened.runs and not state.is_closed,
        "is_open": not state.is_closed,
        "here": bool(known and known.is_here),
        "known": known,
        "children": list(page.children.items()),
        "names": page.names,
        "typed": typed,
        "errors": typed.errors,
        "people": shows.people(page),
        "owners": shows.owners(page),
        "typed_for": shows.typed_for(page, me) if page.opened.runs else [],
        "fields": FIELDS,
        "item_names": NAMES,
        "new_id": lambda: str(uuid.uuid4()),
        "part_title": lambda code: rows_in_use().part(code).title,
        "dangers": shows.dangers(state, page.check.coverage, page.check.in_hand, shows.asks_from_when(state)),
        "options": options(page),
        "times": shows.times,
    }


def options(page: MeetingPage) -> dict[str, Mapping[str, str]]:
    """The choices that only this meeting has."""
    decided = {item.id: item.text("what")[:80] for item in page.state.decisions}
    return {"outcome": {"": "None of these", **page.row.outcomes}, "decision": {"": "None in particular", **decided}}


def _room(request: HttpRequest, page: MeetingPage, at: Any) -> dict[str, Any]:
    me = request.user.username
    scored = meeting_scores.by_child(page.scores, page.children, me)
    return {
        "protections": shows.protections(page.state, page.check.coverage, page.names, me, page.opened.runs),
        "scored": scored,
        "scores_shown": all(each.scores.shown for each in scored),
        "scores_missing": list(dict.fromkeys(who for each in scored for who in each.scores.missing)),
        "own_score": all(each.own for each in scored),
        "score_picture": meeting_scores.picture,
        "chairs_it": page.state.chair == me,
        "writing": shows.writing(page, page.names, at),
        "drafts": shows.drafts_of(page),
        "score_draft": page.drafts["score"].content if "score" in page.drafts else {},
        "may_type_for": lambda owner: shows.may_type_for(page.state, owner, page.names),
    }


def _people(request: HttpRequest, page: MeetingPage, at: Any) -> dict[str, Any]:
    searched = request.GET.get("who", "")[:80]
    found = meeting_asked.find(by=request.user, text=searched) if page.opened.runs and searched else []
    return {
        "searched": searched,
        "found": found,
        "part_of": _part_of,
        "parts": list(rows_in_use().parts.values()),
        "not_asked": shows.not_asked(page),
        "before": [
            each
            for each in meetings.before_it_sits(page.state, at)
            if page.opened.runs or (not each.child and may(request.user.role, Permission.TEAM_VIEW))
        ],
        "may_support": may(request.user.role, Permission.TEAM_VIEW),
        "chairs": meeting_asked.chairs(by=request.user) if page.opened.runs else [],
        "starts": When.showing(page.state.starts) if page.state.starts else When("", ""),
        "clock": stands(page.state.called.due, at) if page.state.called.due and not page.state.is_closed else None,
        "received": meeting_after.received(page.opened) if page.state.is_closed else [],
    }


def _record(_request: HttpRequest, page: MeetingPage, _at: Any) -> dict[str, Any]:
    written = {item.text("block"): item for item in page.state.notes}
    structural = {"told": "people", "views": "room", "dangers": "room", "scores": "room", "decision": "room"}
    return {"written": written, "elsewhere": structural, "drafts": shows.drafts_of(page)}


def _closing(request: HttpRequest, page: MeetingPage, at: Any) -> dict[str, Any]:
    check = page.check
    return {
        "check": check,
        "routes": meeting_closing.routes(at) if not page.state.is_closed else (),
        "may_sign": may(request.user.role, Permission.TEAM_VIEW),
        "open_ids": [each.danger.id for each in check.still_open if each.danger.id not in check.in_hand],
        "received": meeting_after.received(page.opened) if page.state.is_closed else [],
        "own": next((r for r in meeting_after.received(page.opened) if r.person == request.user.username), None)
        if page.state.is_closed
        else None,
        "plan_of": plans_from(page, request),
        "for_family": () if page.opened.withheld else family.papers_of(page.opened),
        "may_plan": may(request.user.role, Permission.DUTY_HOLD),
    }


def plans_from(page: MeetingPage, request: HttpRequest) -> list[Any]:
    """The plans that were begun from this meeting, of those that the person has a part in."""
    return [each for each in plans.my_plans(by=request.user, ended=True) if each.meeting == page.opened.id]


_MORE = {"room": _room, "people": _people, "record": _record, "closing": _closing}


# -- while it is typed


@reads(Of.CHILD)
@signed_in
@require_POST
def preview(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """How words for a time are read, and what they come to, while they are typed. It keeps nothing."""
    at = now()
    page = meeting_view.part_of_page(by=request.user, meeting=meeting_id, now=at)
    if page is None:
        raise Refused(NOT_YOURS)
    what = request.POST.get("what_kind", "")
    said = uncut(request.POST.get("said_when", ""), 200)
    read = meeting_deeds.reading(said, at) if said else None
    context = {
        "what": what,
        "read": None if isinstance(read, Ask) else read,
        "ask": read.question if isinstance(read, Ask) else "",
        "comes_to": meeting_preview.comes_to(page, what, read, request.POST, at),
    }
    return render(request, "meetings/preview.html", context)
