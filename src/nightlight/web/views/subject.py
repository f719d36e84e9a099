"""Copies of what is held on somebody, for them: who asked, what is given field by field, the preview, and the copy."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nightlight.actions.oversight import copies as copying
from nightlight.domain.roles import Permission
from nightlight.domain.subject_access import GROUNDS, WORDS, Choice, Mark, counts, proposed
from nightlight.web import files, numbered
from nightlight.web.forms import Errors, When
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads
from nightlight.web.views.oversight import words_of

PARTS = 20


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def copies(request: HttpRequest) -> HttpResponse:
    """Who asked, and by when each is due; a new one is put on record."""
    errors: Errors = []
    if request.method == "POST":
        received = When.of(request, "received").moment("received", errors, needed=True)
        try:
            subject = UUID(request.POST.get("subject", "").strip())
        except ValueError:
            errors.append(("subject", "Enter the id, as the address of the record has it"))
        if not errors:
            try:
                who = words_of(request, "asked_by")
                row = copying.ask(by=request.user, subject=subject, asked_by=who, received=received, now=now())
                return redirect("copy_request", row.id)
            except copying.NotMade as wrong:
                errors = [("asked_by", str(wrong))]
    shown = copying.requests(by=request.user, now=now())
    context = {"shown": shown, "given": request.POST, "now": now(), "errors": errors}
    return render(request, "oversight/copies.html", context, at="copies", status=422 if errors else 200)


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What is held, field by field: what each is, and whether it is given."""
    errors: Errors = []
    if request.method == "POST":
        try:
            given, why = set(request.POST.getlist("give")), words_of(request, "why")
            choices = {
                id_: Choice(give=id_ in given, why="" if id_ in given else why) for id_ in request.POST.getlist("field")
            }
            copying.decide(by=request.user, request=request_id, choices=choices, now=now())
            return redirect(f"{request.path}?page={numbered.number(request)}")
        except copying.NotMade as wrong:
            errors = [("why", str(wrong))]
    work = copying.working(by=request.user, request=request_id, now=now())
    parts = [part for part in work.parts if part.fields]
    pages = numbered.links(request, len(parts), PARTS)
    number = pages["page"]
    context = {
        "work": work,
        "parts": parts[(number - 1) * PARTS : number * PARTS],
        **pages,
        "gives": lambda field: work.choices.get(field.id, proposed(field)).give,
        "words": WORDS,
        "grounds": GROUNDS,
        "marks": Mark,
        "errors": errors,
    }
    return render(request, "oversight/copy.html", context, at="copies", status=422 if errors else 200)


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The copy as the person will read it; it is made as it stands here."""
    errors: Errors = []
    if request.method == "POST":
        try:
            digest = request.POST.get("digest", "")
            copying.make(by=request.user, request=request_id, digest=digest, now=now())
            return redirect("copies")
        except copying.NotMade as wrong:
            errors = [("make", str(wrong))]
    work = copying.working(by=request.user, request=request_id, now=now())
    content = copying.content_of(work, now())
    given, left = counts(work.parts, work.choices)
    context = {
        "work": work,
        "document": copying.document(content),
        "digest": copying.digest_of(content),
        "given": given,
        "left": left,
        "errors": errors,
    }
    return render(request, "oversight/preview.html", context, at="copies", status=422 if errors else 200)


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_POST
def close(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """No copy is made, and why."""
    try:
        copying.close(by=request.user, request=request_id, reason=words_of(request, "reason"), now=now())
    except copying.NotMade as wrong:
        return render(request, "refused.html", {"message": str(wrong)}, status=422)
    return redirect("copies")


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_safe
def made(request: HttpRequest, copy_id: UUID) -> HttpResponse:
    """A copy that was made, as a file."""
    content = copying.copy_of(by=request.user, copy=copy_id, now=now())
    form = request.GET.get("form", "html")
    if form == "json":
        return files.to_save(content, "application/json", "what-is-held.json")
    return files.document_to_save(copying.document(content), form, "what-is-held")
