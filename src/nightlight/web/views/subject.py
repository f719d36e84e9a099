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
from nightlight.web.forms import Errors, When, words_of
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.reads import Of, reads
from nightlight.web.views.concern import attached

PARTS = 20


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def copies(request: HttpRequest) -> HttpResponse:
    """Who asked, and by when each is due; a new one is put on record."""
    errors: Errors = []
    if request.method == "POST":
        received = When.of(request, "received").moment("received", errors, needed=True, timed=False)
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
    context = {"shown": shown, "given": request.POST or request.GET, "now": now(), "errors": errors}
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
            waits = "&show=open" if request.GET.get("show") == "open" else ""
            return redirect(f"{request.path}?page={numbered.number(request)}{waits}")
        except copying.NotMade as wrong:
            errors = [("why", str(wrong))]
    work = copying.working(by=request.user, request=request_id, now=now())
    waiting = request.GET.get("show") == "open"
    open_ = {field.id for field in work.open}
    parts = [
        part for part in work.parts if (open_.intersection(each.id for each in part.fields) if waiting else part.fields)
    ]
    pages = numbered.links(request, len(parts), PARTS, show="open" if waiting else "")
    number = pages["page"]
    context = {
        "work": work,
        "waiting": waiting,
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
    """A copy that was made, as a file; with the files that go with it, as one ZIP file."""
    copy = copying.copy_of(by=request.user, copy=copy_id, now=now())
    content, form = bytes(copy.content), request.GET.get("form", "html")
    if form == "zip":
        return files.to_save(copying.bundle(copy, now()), "application/zip", "what-is-held.zip")
    if form == "json":
        return files.to_save(content, "application/json", "what-is-held.json")
    return files.document_to_save(copying.document(content), form, "what-is-held")


@reads(Of.LISTED, Permission.AUDIT_VIEW)
@signed_in
@require_safe
def file(request: HttpRequest, request_id: UUID, file_id: UUID) -> HttpResponse:
    """A file among what is held, to be looked at before it is decided about."""
    return attached(copying.file_of(by=request.user, request=request_id, file=file_id, now=now()))
