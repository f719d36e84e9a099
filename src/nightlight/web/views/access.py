"""Who may see what, in plain words, and its signing; breaking the glass and its review; sealed compartments."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nightlight.actions.child import glass
from nightlight.actions.seeing import compartments as sealed
from nightlight.actions.seeing import policies
from nightlight.actions.seeing.access import require
from nightlight.actions.trail import practitioners
from nightlight.domain.roles import Permission, may
from nightlight.web.forms import words_of
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads


@reads(Of.NOTHING)
@signed_in
@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    return _policy(request, [])


@reads(Of.NOTHING, Permission.POLICY_SIGN)
@signed_in
@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """The guardian signs the text whose digest the page showed."""
    try:
        policies.sign(by=request.user, digest=request.POST.get("digest", ""), note=words_of(request, "note"), now=now())
    except policies.NotSigned as wrong:
        return _policy(request, [("note", str(wrong))])
    return redirect("policy")


def _policy(request: HttpRequest, errors: list[tuple[str, str]]) -> HttpResponse:
    shown = policies.shown()
    context = {
        "shown": shown,
        "names": practitioners.names({each.by for each in shown.signatures}),
        "may_sign": may(request.user.role, Permission.POLICY_SIGN),
        "errors": errors,
    }
    return render(request, "access/policy.html", context, at="policy", status=422 if errors else 200)


@reads(Of.CHILD, Permission.BREAK_GLASS)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def break_glass(request: HttpRequest, child_id: UUID) -> HttpResponse:
    """Open a record in an emergency. The form is the same for whatever an address names, there or not."""
    require(request.user, Permission.BREAK_GLASS)
    reason, errors = words_of(request, "reason"), []
    if request.method == "POST":
        try:
            glass.break_glass(by=request.user, child=child_id, reason=reason, now=now())
            return redirect("child", child_id)
        except ValueError as wrong:
            errors = [("reason", str(wrong))]
    context = {"reason": reason, "errors": errors, "opens": glass.opens_for(now())}
    return render(request, "access/break_glass.html", context, status=422 if errors else 200)


@reads(Of.LISTED, Permission.GLASS_REVIEW)
@signed_in
@require_safe
def broken(request: HttpRequest) -> HttpResponse:
    """Every glass that was broken, for the guardian."""
    return _broken(request, [])


@reads(Of.LISTED, Permission.GLASS_REVIEW)
@signed_in
@require_POST
def review(request: HttpRequest, glass_id: UUID) -> HttpResponse:
    """What the guardian found about one."""
    finding, reason = request.POST.get("finding", ""), words_of(request, "reason")
    try:
        glass.review(by=request.user, glass=glass_id, finding=finding, reason=reason, now=now())
    except ValueError as wrong:
        return _broken(request, [(f"finding-{glass_id}", str(wrong))])
    return redirect("glass")


def _broken(request: HttpRequest, errors: list[tuple[str, str]]) -> HttpResponse:
    rows = glass.broken(by=request.user, now=now())
    people = {row.row.person for row in rows} | {row.review.by for row in rows if row.review}
    context = {"rows": rows, "names": practitioners.names(people), "findings": glass.FINDINGS, "errors": errors}
    return render(request, "access/glass.html", context, at="glass", status=422 if errors else 200)


@reads(Of.NOTHING, Permission.COMPARTMENT_KEEP)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def compartments(request: HttpRequest) -> HttpResponse:
    """The open compartments, their members, and how much is in each; never what."""
    errors = _deed(request) if request.method == "POST" else []
    if request.method == "POST" and not errors:
        return redirect("compartments")
    kept = sealed.compartments(by=request.user, now=now())
    context = {
        "kept": kept,
        "kinds": sealed.KINDS,
        "sealable": sealed.SEALABLE,
        "names": practitioners.names({member.person for each in kept for member in each.members}),
        "given": request.POST,
        "errors": errors,
    }
    return render(request, "access/compartments.html", context, at="compartments", status=422 if errors else 200)


def _deed(request: HttpRequest) -> list[tuple[str, str]]:
    """What the form that was sent asks for; what is wrong with it, if anything."""
    deed, at = request.POST.get("deed", ""), now()
    try:
        if deed == "open":
            members = [name.strip() for name in request.POST.get("members", "").split(",") if name.strip()]
            sealed.open_compartment(
                by=request.user, kind=request.POST.get("kind", ""), reason=words_of(request, "reason"), members=members,
                now=at,
            )  # fmt: skip
            return []
        compartment = UUID(request.POST.get("compartment", ""))
        _in_one(request, deed, compartment)
    except sealed.NotSealed as wrong:
        return [("deed", str(wrong))]
    except ValueError:
        return [("deed", "Give the id as its page's address has it")]
    return []


def _in_one(request: HttpRequest, deed: str, compartment: UUID) -> None:
    by, at, reason = request.user, now(), words_of(request, "reason")
    person = request.POST.get("person", "").strip()[:80]
    if deed == "add":
        sealed.add_member(by=by, compartment=compartment, person=person, reason=reason, now=at)
    elif deed == "end":
        sealed.end_member(by=by, compartment=compartment, person=person, now=at)
    elif deed == "seal":
        item = UUID(request.POST.get("item", "").strip())
        what = request.POST.get("what", "")
        sealed.seal(by=by, compartment=compartment, what=what, item=item, reason=reason, now=at)
    elif deed == "close":
        sealed.close_compartment(by=by, compartment=compartment, reason=reason, now=at)
    else:
        raise sealed.NotSealed("Choose what to do")
