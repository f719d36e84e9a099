"""A team's board, and the list behind each of its numbers."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from nightlight.actions.duties import deeds as duties
from nightlight.actions.trail import practitioners
from nightlight.domain.roles import ROLES, Permission
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters.board import NOBODY, PLACES, Column, columns, heading, is_column, loads
from nightlight.web.presenters.duties import stands
from nightlight.web.reads import Of, reads
from nightlight.web.views.lists import TEAM, Asked, listing, of_owner


@reads(Of.LISTED, Permission.TEAM_VIEW)
@signed_in
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    at, asked = now(), Asked.of(request)
    by = asked.by if asked.by in PLACES else "state"
    everything = duties.team_duties(by=request.user, now=at)
    listed = of_owner(everything, asked)
    found, who = columns(listed, by, at), loads(listed, at)
    context = {
        "asked": asked,
        "by": by,
        "count": len(listed),
        "columns": [(column, asked.query(by=by, column=column.key), _cards(column, at)) for column in found],
        "loads": [(load, asked.query(owner=load.owner, by="")) for load in who],
        "nobody": NOBODY,
        "names": practitioners.names({each.now.owner for each in listed} | {each.now.pending_to for each in listed}),
        "organisations": _organisations(request, everything),
    }
    return render(request, "duties/board.html", context, at="team")


def _cards(column: Column, at: datetime) -> list[tuple]:
    return [(each, stands(each.now.due, at)) for each in column.first]


def _organisations(request: HttpRequest, listed: list) -> list[tuple[str, str]]:
    """Those to choose from, for a role that answers for all; nothing to choose for any other."""
    if not ROLES[request.user.role].partnership_wide:
        return []
    return practitioners.organisations({each.now.organisation for each in listed})


@reads(Of.LISTED, Permission.TEAM_VIEW)
@signed_in
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    at, asked = now(), Asked.of(request)
    context = listing(duties.team_duties(by=request.user, now=at), asked, TEAM, request.user.username, at)
    said = heading(asked.column, at) if is_column(asked.by, asked.column, at) else ""
    return render(request, "duties/list.html", {**context, "where": "team_list", "column": said}, at="team")
