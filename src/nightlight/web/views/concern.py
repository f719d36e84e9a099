"""Raising a concern: the first question, the draft that is kept as it is typed, and what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nightlight.actions.concerns import attachments, concerns, drafts
from nightlight.actions.seeing.access import Refused
from nightlight.actions.trail import practitioners
from nightlight.domain.concern_content import (
    DANGER,
    LONG,
    MOST_PEOPLE,
    PERSON,
    SHORT,
    NotReady,
    Problem,
    too_long,
    words_kept,
)
from nightlight.domain.limits import limit
from nightlight.domain.roles import Permission
from nightlight.store.intake.models import Attachment, Draft
from nightlight.timeline import local_date
from nightlight.web import numbered
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import body_map, words
from nightlight.web.presenters import concern as shown
from nightlight.web.reads import Of, reads

PAGE = 50
INLINE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


# -- the first question, and the list


@reads(Of.OWN, Permission.CONCERN_RAISE)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Is anyone in danger now? The answer begins a draft."""
    danger = request.POST.get("danger", "")
    errors = []
    if request.method == "POST":
        if danger in DANGER:
            draft = drafts.start(by=request.user, danger=danger, now=now())
            return redirect("concern_draft", draft.id)
        errors = [("danger", "Say whether anyone is in danger now")]
    context = {"errors": errors, "danger_items": shown.items(DANGER, danger)}
    return render(request, "concern/new.html", context, at="concern_new", status=422 if errors else 200)


@reads(Of.OWN, Permission.CONCERN_RAISE)
@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The concerns I raised and what became of each; and my drafts."""
    number = numbered.number(request)
    raised, total = concerns.my_concerns(by=request.user, first=(number - 1) * PAGE, most=PAGE)
    names = practitioners.names(duty.owner for _, duty in raised if duty)
    context = {
        "rows": [(c, shown.short_status(duty, lambda u: names.get(u, u))) for c, duty in raised],
        "total": total,
        "drafts": [(d, shown.title(d.content)) for d in drafts.mine(by=request.user) if words_kept(d.content)],
        **numbered.links(request, total, PAGE),
        "kept": request.GET.get("kept") == "1",
    }
    return render(request, "concern/list.html", context, at="concerns")


# -- a draft


@reads(Of.OWN, Permission.CONCERN_RAISE)
@csrf_exempt  # a draft's own signed ticket stands in for the token, so that signing in elsewhere loses no word
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    return _save(request, draft_id) if request.method == "POST" else _edit(request, draft_id)


@signed_in
def _edit(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    try:
        row = drafts.open_draft(by=request.user, draft=draft_id)
    except drafts.DraftGone as gone:
        return _gone(gone)
    return _form(request, row)


def _gone(gone: drafts.DraftGone) -> HttpResponse:
    if gone.raised_as:
        return redirect("concern", gone.raised_as)
    raise Http404


def _save(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    holder = drafts.holder(ticket=request.POST.get("ticket", ""), draft=draft_id, now=now())
    if holder is None:
        return _late(request, draft_id)
    at, do = now(), request.POST.get("do", "keep")
    files, problems = _files(request)
    try:
        saved = drafts.save(
            by=holder, draft=draft_id, version=_version(request), content=_posted(request), files=files,
            remove=_removed(do), now=at,
        )  # fmt: skip
    except drafts.DraftGone as gone:
        return _after_it_is_gone(gone, do)
    if not request.user.is_authenticated or request.user.id != holder.id:
        return _kept_signed_out(request, saved, holder, do, at)
    if do == "autosave":
        return _told(request, saved)
    problems = [*problems, *too_long(_posted(request)), *saved.problems]
    if saved.forked or problems:
        return _form(request, saved.draft, problems, status=409 if saved.forked else 422)
    return _next(request, saved.draft, do, at)


def _after_it_is_gone(gone: drafts.DraftGone, do: str) -> HttpResponse:
    if do != "autosave":
        return _gone(gone)
    url = reverse("concern", args=[gone.raised_as]) if gone.raised_as else reverse("concerns")
    return JsonResponse({"state": "gone", "url": url}, status=410)


@signed_in
def _late(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """A page open for longer than its ticket: what was typed is shown again, and nothing is written unasked."""
    try:
        row = drafts.open_draft(by=request.user, draft=draft_id)
    except drafts.DraftGone as gone:
        return _gone(gone)
    row.content, row.version = drafts.clean(_posted(request)), _version(request)
    late = [Problem("keep", "This page was open for more than a day. What you typed is below: save it again")]
    return _form(request, row, late, status=409)


def _kept_signed_out(request: HttpRequest, saved: drafts.Saved, holder: Any, do: str, at: datetime) -> HttpResponse:
    drafts.kept_after_sign_out(by=holder, draft=saved.draft.id, now=at)
    here = reverse("concern_draft", args=[saved.draft.id]) + "?kept=1"
    if do == "autosave":
        sign_in = redirect_to_login(here).url
        return JsonResponse({**_state(saved), "state": "signed_out", "sign_in": sign_in})
    return redirect_to_login(here)


def _told(request: HttpRequest, saved: drafts.Saved) -> HttpResponse:
    return JsonResponse({**_state(saved), "state": "forked" if saved.forked else "kept"})


def _state(saved: drafts.Saved) -> dict[str, Any]:
    other = saved.draft.content.get("beside")
    return {
        "version": saved.draft.version,
        "ticket": drafts.ticket(saved.draft),
        "action": reverse("concern_draft", args=[saved.draft.id]),
        "other": reverse("concern_draft", args=[other]) if other else "",
        "saved": words.clock(saved.draft.saved),
    }


def _next(request: HttpRequest, row: Draft, do: str, at: datetime) -> HttpResponse:
    if do == "raise":
        try:
            raised = concerns.raise_concern(by=request.user, draft=row.id, now=at)
        except NotReady as problems:
            return _form(request, row, problems.problems, status=422)
        except drafts.DraftGone as gone:
            return _gone(gone)
        return redirect(reverse("concern", args=[raised.id]) + "?raised=1")
    if do == "later":
        return redirect(reverse("concerns") + "?kept=1")
    here = reverse("concern_draft", args=[row.id])
    if do == "add_person":
        return redirect(f"{here}?people=1#person-{len(row.content.get('people', ()))}-name")
    return redirect(here + {"find": "#child_search", "attach": "#files"}.get(do, "#files" if _removed(do) else ""))


def _version(request: HttpRequest) -> int:
    number = request.POST.get("version", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 9 else -1


def _removed(do: str) -> UUID | None:
    try:
        return UUID(do.partition("remove:")[2])
    except ValueError:
        return None


def _posted(request: HttpRequest) -> dict[str, Any]:
    posted: dict[str, Any] = {name: request.POST.get(name, "") for name in (*LONG, *SHORT)}
    posted["body"] = request.POST.getlist("body")
    posted["people"] = [
        {field: request.POST.get(f"person-{at}-{field}", "") for field in PERSON} for at in range(MOST_PEOPLE + 1)
    ]
    return posted


def _files(request: HttpRequest) -> tuple[list[drafts.Upload], list[Problem]]:
    """The files that were chosen; one that is too big, or too many, is refused unread, and hinders nothing else."""
    taken: list[drafts.Upload] = []
    problems: list[Problem] = []
    at = now()
    for number, file in enumerate(request.FILES.getlist("files")):
        if full := attachments.too_many(number, at):
            problems.append(full)
            break
        if problem := attachments.too_big(file.size, at):
            problems.append(problem)
        else:
            taken.append(drafts.Upload(file.name or "", file.read()))
    return taken, problems


def _form(request: HttpRequest, row: Draft, problems: list[Problem] | None = None, status: int = 200) -> HttpResponse:
    at = now()
    problems = problems or []
    today = local_date(at).isoformat()
    other = drafts.beside(row)
    context = {
        "errors": [(p.field, p.message) for p in problems],
        "draft": row,
        "content": row.content,
        "ticket": drafts.ticket(row),
        "today": today,
        "most_mb": limit(attachments.MOST_MB, at),
        "saved": words.clock(row.saved) if row.version else "",
        "kept": request.GET.get("kept") == "1",
        "files": row.attachments.order_by("added", "id").defer("content"),
        "sides": body_map.sides(row.content.get("body", ())),
        "other": other,
        "differences": shown.differences(row.content, other.content) if other else [],
        "telephones": concerns.telephones(),
        "file_types": attachments.TYPES,
        **_children(request, row, at),
        **shown.form(row.content, agency=request.user.agency, today=today, blank=1),
    }
    return render(
        request,
        "concern/draft.html",
        context,
        at="concern_new",
        status=status,
    )


def _children(request: HttpRequest, row: Draft, at: datetime) -> dict[str, Any]:
    """The children to choose from: the one chosen, and those whom the search finds."""
    chosen = row.content.get("child", "")
    held = concerns.child_chosen(by=request.user, child=chosen)
    found, more = concerns.children_known(by=request.user, name=row.content.get("child_search", ""), now=at)
    people = [*([held] if held else []), *(p for p in found if held is None or p.id != held.id)]
    return {
        "children": [
            {"value": str(p.id), "text": shown.known_child(p, at), "checked": str(p.id) == chosen} for p in people
        ],
        "described": chosen == "described",
        "searched": bool(row.content.get("child_search")),
        "found": len(found),
        "more": more,
    }


@reads(Of.OWN, Permission.CONCERN_RAISE)
@require_POST
@signed_in
def delete(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    try:
        drafts.delete(by=request.user, draft=draft_id, now=now())
    except drafts.DraftGone as gone:
        return _gone(gone)
    return redirect("concerns")


# -- a raised concern


@reads(Of.CHILD)
@signed_in
@require_safe
def one(request: HttpRequest, concern_id: UUID) -> HttpResponse:
    """What was raised, and what became of it."""
    told = concerns.concern_page(by=request.user, concern=concern_id, now=now())
    names = practitioners.names(shown.people_who_acted(told))
    context = {
        "told": told,
        "fresh": told.mine and request.GET.get("raised") == "1",
        "became": shown.became(told.duty, told.events, lambda u: names.get(u, u)),
        "child": shown.child_as_named(told),
        "when": "not sure" if told.content.get("when", "unsure") == "unsure" else concerns.occurred_words(told),
        "people": [(p, shown.PARTS.get(p.get("part", ""), "")) for p in told.content.get("people", ())],
        "sides": body_map.sides(told.content.get("body", ())) if told.content.get("body") else (),
        "danger": DANGER[told.content["danger"]],
        "category": shown.CATEGORIES.get(told.content.get("category", ""), ""),
    }
    return render(request, "concern/one.html", context, at="concerns" if told.mine else "")


@reads(Of.CHILD)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def more(request: HttpRequest, concern_id: UUID) -> HttpResponse:
    """Say more about a concern I raised."""
    told = _my(request, concern_id)
    errors, posted = [], _posted(request)
    if request.method == "POST":
        key = request.POST.get("key", "")[:80] or str(uuid.uuid4())
        try:
            concerns.add_to_concern(by=request.user, concern=concern_id, posted=posted, key=key, now=now())
            return redirect("concern", concern_id)
        except NotReady as refused:
            errors = [(p.field, p.message) for p in refused.problems]
    context = {
        "told": told, "errors": errors, "content": posted, "key": request.POST.get("key") or str(uuid.uuid4()),
        "danger_items": shown.items(DANGER, posted["danger"]),
        "from_items": shown.items(shown.FROM_WHEN, posted["from"]),
        "today": local_date(now()).isoformat(), "telephones": concerns.telephones(),
    }  # fmt: skip
    return render(request, "concern/more.html", context, at="concerns", status=422 if errors else 200)


@reads(Of.CHILD)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, concern_id: UUID) -> HttpResponse:
    """Put right what I wrote: what was believed until now stays on record as such."""
    told = _my(request, concern_id)
    errors, content = [], told.content
    today = local_date(now()).isoformat()
    reason = request.POST.get("reason", "").strip()
    if request.method == "POST":
        content = _posted(request)
        errors = [] if reason else [("reason", "Say what was wrong")]
        try:
            if not errors:
                concerns.correct_concern(by=request.user, concern=concern_id, posted=content, reason=reason, now=now())
                return redirect("concern", concern_id)
        except NotReady as refused:
            errors = [(p.field, p.message) for p in refused.problems]
    context = {
        "told": told, "errors": errors, "content": content, "reason": reason, "today": today,
        **shown.form(content, agency=told.raised.author.agency, today=today, blank=0),
    }  # fmt: skip
    return render(request, "concern/correct.html", context, at="concerns", status=422 if errors else 200)


def _my(request: HttpRequest, concern_id: UUID) -> concerns.Told:
    told = concerns.concern_page(by=request.user, concern=concern_id, now=now())
    if not told.mine:
        raise Refused("Only whoever raised a concern can add to it or correct it. You can raise one of your own.")
    return told


@reads(Of.CHILD)
@signed_in
@require_safe
def attachment(request: HttpRequest, attachment_id: UUID) -> HttpResponse:
    """A file, to be saved; a photo may be shown. Its bytes are never run: no script, no frame, no other type."""
    return attached(concerns.attachment(by=request.user, attachment=attachment_id, now=now()))


def attached(found: Attachment) -> HttpResponse:
    """The answer that is a file somebody attached."""
    kind = "text/plain; charset=utf-8" if found.media_type == "text/plain" else found.media_type
    response = HttpResponse(bytes(found.content), content_type=kind)
    how = "inline" if found.media_type in INLINE else "attachment"
    response["Content-Disposition"] = f'{how}; filename="{found.id}{found.ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store, private"
    return response
