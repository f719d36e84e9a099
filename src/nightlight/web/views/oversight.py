"""Unusual looks for the guardian; one's own access for everybody; who has looked, for whom a record is about."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nightlight.actions.oversight import lookers
from nightlight.actions.oversight import unusual as looks
from nightlight.actions.trail import practitioners
from nightlight.domain.dated_rows import in_force_on
from nightlight.domain.roles import Permission
from nightlight.domain.unusual_rows import rows_in_use
from nightlight.web import files, numbered
from nightlight.web.forms import Errors, words_of
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import words as said
from nightlight.web.presenters.acts import act
from nightlight.web.reads import Of, reads


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_safe
def unusual(request: HttpRequest) -> HttpResponse:
    """What was unusual, the newest first."""
    return _unusual(request, [])


def _unusual(request: HttpRequest, errors: Errors) -> HttpResponse:
    everything, number = request.GET.get("show") == "all", numbered.number(request)
    shown, count = looks.findings(by=request.user, now=now(), page=number, everything=everything)
    context = {
        "shown": shown,
        "count": count,
        "everything": everything,
        **numbered.links(request, count, looks.PAGE, show="all" if everything else ""),
        "deeds": looks.DEEDS,
        "rows": [row for row in rows_in_use().rows if not row.off and in_force_on(row, said.local_date(now()))],
        "public": looks.public_notes(by=request.user, now=now()),
        "given": request.POST,
        "errors": errors,
    }
    return render(request, "oversight/unusual.html", context, at="unusual", status=422 if errors else 200)


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def finding(request: HttpRequest, finding: UUID) -> HttpResponse:
    """One of them, with the lines of the log that it counts, and what was done about it."""
    errors: Errors = []
    if request.method == "POST":
        deed, text = request.POST.get("deed", ""), words_of(request, "words")
        try:
            looks.did(by=request.user, finding=finding, deed=deed, words=text, now=now())
            return redirect("unusual_one", finding)
        except ValueError as wrong:
            errors = [("deed", str(wrong))]
    one, lines = looks.one(by=request.user, finding=finding, now=now())
    context = {
        "one": one,
        "lines": lines,
        "deeds": looks.DEEDS,
        "names": practitioners.names({each.by for each in one.deeds}),
        "given": request.POST,
        "errors": errors,
    }
    return render(request, "oversight/finding.html", context, at="unusual", status=422 if errors else 200)


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_POST
def near(request: HttpRequest) -> HttpResponse:
    """The guardian names a child who is near to a practitioner."""

    def deed() -> None:
        person = request.POST.get("person", "").strip()[:80]
        looks.name_near(by=request.user, person=person, child=_id(request, "child"), now=now())

    return _done(request, "near", deed)


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_POST
def public(request: HttpRequest) -> HttpResponse:
    """The guardian names a child of public note, or ends that."""

    def deed() -> None:
        if "end" in request.POST:
            looks.end_public(by=request.user, note=_id(request, "end"), now=now())
        else:
            looks.note_public(
                by=request.user, child=_id(request, "child"), reason=words_of(request, "reason"), now=now()
            )

    return _done(request, "public", deed)


def _done(request: HttpRequest, field: str, deed: Callable[[], None]) -> HttpResponse:
    try:
        deed()
    except ValueError as wrong:
        return _unusual(request, [(field, str(wrong))])
    return redirect("unusual")


@reads(Of.OWN)
@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What my own access looked like."""
    return _mine(request, [])


def _mine(request: HttpRequest, errors: Errors) -> HttpResponse:
    found = lookers.mine(by=request.user, now=now(), page=numbered.number(request))
    context = {
        "found": found,
        **numbered.links(request, found.count, lookers.PAGE),
        "near": looks.near_to(request.user),
        "kinds": looks.KINDS_NEAR,
        "given": request.POST,
        "errors": errors,
    }
    return render(request, "oversight/mine.html", context, status=422 if errors else 200)


@reads(Of.OWN)
@signed_in
@require_safe
def mine_csv(request: HttpRequest) -> HttpResponse:
    """The same, whole, as a table to keep."""
    text = lookers.mine_as_csv(by=request.user, now=now(), words=act)
    return files.to_save(text.encode(), "text/csv; charset=utf-8", "my-access.csv")


@reads(Of.OWN)
@signed_in
@require_POST
def say_near(request: HttpRequest) -> HttpResponse:
    """Somebody puts their own postcode, or another family name, on record."""
    try:
        kind, value = request.POST.get("kind", ""), request.POST.get("value", "")
        looks.say_near(by=request.user, kind=kind, value=value, now=now())
    except ValueError as wrong:
        return _mine(request, [("value", str(wrong))])
    return redirect("my_access")


@reads(Of.OWN)
@signed_in
@require_POST
def end_near(request: HttpRequest, near_id: UUID) -> HttpResponse:
    """It holds no longer."""
    looks.end_near(by=request.user, near=near_id, now=now())
    return redirect("my_access")


@reads(Of.CHILD, Permission.AUDIT_VIEW)
@signed_in
@require_POST
def looked_copy(request: HttpRequest, child_id: UUID) -> HttpResponse:
    """Who has looked, as a file for the child or a parent."""
    without = request.POST.getlist("without")
    try:
        made = lookers.for_subject(by=request.user, child=child_id, now=now(), without=without)
    except lookers.NobodyThere as wrong:
        return render(request, "refused.html", {"message": said.capital(str(wrong))}, status=422)
    return files.document_to_save(made, request.POST.get("form", "html"), "who-has-looked")


def _id(request: HttpRequest, name: str) -> UUID:
    try:
        return UUID(request.POST.get(name, "").strip())
    except ValueError:
        raise ValueError("Enter the id of a child, as the address of their record has it") from None
