"""Finding a child, and deciding who a source's person is. What is looked for is never in an address."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from nightlight.actions.child import finding
from nightlight.actions.matching import deciding as matching
from nightlight.actions.matching import unmatched
from nightlight.actions.matching.seen_meanwhile import wrong_matches
from nightlight.actions.people import sealed_matches
from nightlight.actions.seeing.access import require
from nightlight.actions.seeing.compartments import NotSealed
from nightlight.actions.trail import practitioners
from nightlight.domain.concern_content import WhenError, born
from nightlight.domain.roles import Permission, may
from nightlight.store.people.models import Organisation
from nightlight.timeline import Partial, local_date
from nightlight.web import numbered
from nightlight.web.forms import uncut
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import entries, words
from nightlight.web.presenters import matching as shown
from nightlight.web.reads import Of, reads

PAGE = 50
FIELDS = ("number", "name", "born", "reason")


@reads(Of.LISTED, Permission.PERSON_FIND)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Find a child by a number, or by name and birth date, for a reason that is written down."""
    require(request.user, Permission.PERSON_FIND)
    at, given = now(), {name: uncut(request.POST.get(name, ""), 500) for name in FIELDS}
    errors: list[tuple[str, str]] = []
    found = None
    if request.method == "POST":
        asked, errors = _asked(given, at)
        if not errors:
            found = finding.find(by=request.user, asked=asked, now=at)
    context = {
        "errors": errors,
        "given": given,
        "found": found,
        "ages": {c.id: _age(c.born, at) for c in found.shown} if found else {},
    }
    return render(request, "people/find.html", context, at="people", status=422 if errors else 200)


def _asked(given: dict[str, str], at: datetime) -> tuple[finding.Asked, list[tuple[str, str]]]:
    wrong = []
    try:
        day = born({"child_born": given["born"]})
    except WhenError as error:
        day, wrong = None, [("born", str(error))]
    if day is not None and day.earliest > at:
        day, wrong = None, [("born", "Give a birth date that has passed")]
    asked = finding.Asked(number=given["number"], name=given["name"], born=day, reason=given["reason"])
    missing = [(f, m) for f, m in finding.problems_with(asked) if not (wrong and f == "born")]
    return asked, [*wrong, *missing]


def _age(on: Partial | None, at: datetime) -> str:
    if on is None:
        return "Age not known"
    first: date = local_date(on.earliest)
    return words.capital(words.age(first, local_date(at)))


# -- waiting matches


@reads(Of.LISTED, Permission.MATCH_DECIDE)
@signed_in
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Who waits to be decided, oldest first."""
    return _queue_page(request, [])


@reads(Of.LISTED, Permission.COMPARTMENT_KEEP)
@signed_in
@require_http_methods(["POST"])
def sealed_match(request: HttpRequest, match_id: int) -> HttpResponse:
    """The keeper of compartments puts a record into one, or leaves it be."""
    outcome, reason = request.POST.get("outcome", ""), request.POST.get("reason", "")
    try:
        sealed_matches.decide(by=request.user, match=match_id, outcome=outcome, reason=reason, now=now())
    except NotSealed as wrong:
        return _queue_page(request, [(f"sealed-{match_id}", str(wrong))])
    return redirect("/matches?decided=1")


def _queue_page(request: HttpRequest, errors: list[tuple[str, str]]) -> HttpResponse:
    at, number = now(), numbered.number(request)
    queue = matching.queue(by=request.user, now=at, first=(number - 1) * PAGE, most=PAGE)
    context = {
        "queue": queue,
        "called": shown.called,
        "born": shown.born,
        "organisations": _organisations(),
        "waited": {each.row.id: words.length(at - each.row.waiting_since) for each in queue.waiting},
        **numbered.links(request, queue.total, PAGE),
        "decided": request.GET.get("decided") == "1",
        "sealed": sealed_matches.waiting(by=request.user, now=at),
        "outcomes": sealed_matches.OUTCOMES,
        "errors": errors,
    }
    return render(request, "matches/list.html", context, at="matches", status=422 if errors else 200)


@reads(Of.LISTED, Permission.MATCH_DECIDE)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def match(request: HttpRequest, source_person: UUID) -> HttpResponse:
    """One to decide: side by side with whom they may be, and the entries that wait."""
    at = now()
    errors: list[tuple[str, str]] = []
    given = {name: request.POST.get(name, "") for name in ("outcome", "reason")}
    if request.method == "POST":
        outcome, person = _chosen(given["outcome"])
        try:
            matching.decide(
                by=request.user, source_person=source_person, outcome=outcome, person=person,
                reason=given["reason"], now=at,
            )  # fmt: skip
            return redirect(f"{request.path}?decided=1" if outcome == "waits" else "/matches?decided=1")
        except matching.Undecided as undecided:
            errors = [(undecided.field, str(undecided))]
    case = matching.case(by=request.user, source_person=source_person, now=at)
    context = {"errors": errors, "given": given, **_case(case), "decided": request.GET.get("decided") == "1"}
    return render(request, "matches/one.html", context, at="matches", status=422 if errors else 200)


def _chosen(outcome: str) -> tuple[str, UUID | None]:
    said, _, person = outcome.partition(":")
    try:
        return said, UUID(person) if person else None
    except ValueError:
        return said, None


def _case(case: matching.Case) -> dict[str, Any]:
    names = practitioners.names(decision.by for decision in case.decisions)
    return {
        "case": case,
        "name": shown.called(case.row),
        "said": shown.said(case.row),
        "organisation": _organisations().get(case.row.organisation, case.row.organisation),
        "compared": [
            (each.person, shown.called(each.person), each.why, shown.lines(case.row, each.person), shown.weighed(each))
            for each in case.proposed
        ],
        "reopened": bool(case.decisions) and case.decisions[0].outcome == "reopened",
        "current": shown.called(case.current) if case.current else "",
        "decisions": [(d, names.get(d.by, "Nightlight's rules" if d.by == "rule" else d.by)) for d in case.decisions],
        "when": lambda entry: Partial.parse(entry.occurred).describe() if entry.occurred else "date not known",
        "outcomes": {**matching.OUTCOMES, "alone": "A record of their own meanwhile", "reopened": "Asked again"},
    }


def _organisations() -> dict[str, str]:
    return dict(Organisation.objects.values_list("code", "name"))


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_safe
def wrong(request: HttpRequest) -> HttpResponse:
    """The matches that were undone, and who looked at the child meanwhile."""
    matches = wrong_matches(by=request.user, now=now())
    named = practitioners.names({who for m in matches for who in (m.joined_by, m.parted_by, *(x.by for x in m.looks))})
    context = {"matches": matches, "names": lambda by: named.get(by, "Nightlight's rules" if by == "rule" else by)}
    return render(request, "matches/wrong.html", context, at="wrong_matches")


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_safe
def records(request: HttpRequest, child_id: UUID) -> HttpResponse:
    """The source records that a child's record is made of; who may decide matches can take one off."""
    made = matching.made_of(by=request.user, person=child_id, now=now())
    names = practitioners.names(d.by for _, _, d in made.records if d)
    context = {
        "made": made,
        "name": shown.called(made.person),
        "rows": [
            (row, shown.said(row), count, d, names.get(d.by, "Nightlight's rules") if d else "")
            for row, count, d in made.records
        ],
        "organisations": _organisations(),
        "may_decide": may(request.user.role, Permission.MATCH_DECIDE),
    }
    return render(request, "matches/records.html", context)


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_safe
def waiting(request: HttpRequest, child_id: UUID) -> HttpResponse:
    """What waits for a match and may be about this child, and what would hold if it were."""
    found = unmatched.unmatched(by=request.user, child=child_id, now=now())
    rows = [(each, entries.rows(each.facts, _organisations(), {}, str(child_id))) for each in found.records]
    return render(request, "matches/waiting.html", {"found": found, "rows": rows})
