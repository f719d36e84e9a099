"""Asking for information, and answering: a request whole, a refusal with its reasons, its review."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from nightlight.actions.seeing.access import access_child
from nightlight.actions.sharing import asking as sharing
from nightlight.actions.sharing import consent_after, standing_consent
from nightlight.actions.sharing import refusing as sharing_refusing
from nightlight.actions.sharing import seen as sharing_seen
from nightlight.actions.sharing.asking import Ask, NotAsked
from nightlight.actions.sharing.refusing import Unshared
from nightlight.actions.trail import practitioners
from nightlight.domain.roles import Permission
from nightlight.domain.sharing.refusing import NotWritten
from nightlight.domain.sharing.vocabulary import HARM_INDICATED, Asked, Consent, Harm, Mode
from nightlight.store.people.models import Organisation
from nightlight.web.forms import When, uncut
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import sharing as said
from nightlight.web.reads import Of, reads


@reads(Of.CHILD, Permission.DUTY_HOLD)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, child_id: UUID) -> HttpResponse:
    at = now()
    access_child(by=request.user, child=child_id, now=at)
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            key = f"{request.user.username}:{request.POST.get('key', '')[:60]}"
            made = sharing.ask(by=request.user, child=child_id, ask=_asked(request.POST), key=key, now=at)
            return redirect("sharing_request", made)
        except NotAsked as wrong:
            errors = [(wrong.field, str(wrong))]
    organisations = Organisation.objects.exclude(code=request.user.organisation_id).order_by("agency", "name")
    context = {
        "child": child_id,
        "organisations": list(organisations.values_list("code", "name", "agency")),
        "harms": said.HARM,
        "askeds": said.ASKED,
        "modes": said.MODE,
        "consents": said.CONSENT,
        "given": request.POST,
        "key": request.POST.get("key") or str(uuid4()),
        "errors": errors,
    }
    return render(request, "sharing/ask.html", context, status=422 if errors else 200)


def _asked(posted: Any) -> Ask:
    harm, asked, mode, consent = (posted.get(name, "") for name in ("harm", "asked", "mode", "consent"))
    if harm not in said.HARM:
        raise NotAsked("harm", "Choose how serious it is: it sets how soon an answer is due")
    return Ask(
        holder=posted.get("holder", ""),
        harm=Harm(harm),
        asked=Asked(asked) if asked in said.ASKED else Asked.REQUEST,
        mode=Mode(mode) if mode in said.MODE else Mode.CONTENT,
        consent=Consent(consent) if consent in said.CONSENT else Consent.NOT_SOUGHT,
        what=uncut(posted.get("what", "")),
        why=uncut(posted.get("why", "")),
    )


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """A request: what was asked, by when, and its answer; for whoever answers, the ways to."""
    at = now()
    found = sharing.found(by=request.user, request=request_id, now=at)
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        errors = _deed(request, found, at)
        if not errors:
            return redirect("sharing_request", request_id)
    return _one(request, found, errors, at)


def _deed(request: HttpRequest, found: sharing.Found, at: datetime) -> list[tuple[str, str]]:
    deed, reason = request.POST.get("deed", ""), uncut(request.POST.get("reason", ""))
    key = f"{request.user.username}:{request.POST.get('key', '')[:60]}"
    by, id_ = request.user, found.row.id
    try:
        if deed == "withdraw" and found.asks:
            sharing.withdraw(by=by, request=id_, reason=reason, key=key, now=at)
        elif deed == "advice":
            sharing_refusing.seek_advice(by=by, request=id_, reason=reason, key=key, now=at)
        elif deed == "ended":
            consent_after.ends_for_want_of_basis(by=by, request=id_, reason=reason, key=key, now=at)
        elif deed == "nothing":
            sharing_refusing.nothing_to_give(by=by, request=id_, reason=reason, key=key, now=at)
        else:
            return [("deed", "Choose what to do")]
    except (NotAsked, NotWritten) as wrong:
        return [(f"{deed}-reason", str(wrong))]
    return []


def _one(request: HttpRequest, found: sharing.Found, errors: list[tuple[str, str]], at: datetime) -> HttpResponse:
    row = found.row
    name, born = sharing_seen.name_of(row.child)
    decisions = list(row.decisions.select_related("disclosure").order_by("at", "id"))
    people = {row.by, sharing.answerer(row, at), *(each.by for each in decisions), *(d.reviewer for d in decisions)}
    context = {
        "found": found,
        "row": row,
        "child_name": name,
        "born": born,
        "due": sharing.due_of(row),
        "decisions": [(each, said.DID[each.did], getattr(each, "disclosure", None)) for each in decisions],
        "answered": sharing.is_answered(row.id),
        "names": practitioners.names(people),
        "owner": sharing.answerer(row, at),
        "organisations": dict(practitioners.organisations({row.organisation, row.holder})),
        "harm": said.HARM.get(Harm(row.harm), row.harm),
        "asked": said.ASKED.get(Asked(row.asked), row.asked),
        "mode": said.MODE[Mode(row.mode)],
        "consent": said.CONSENT[Consent(row.consent)],
        "harm_indicated": Harm(row.harm) in HARM_INDICATED,
        "ended": standing_consent.end_of_request(row.id),
        "key": request.POST.get("key") or str(uuid4()),
        "given": request.POST,
        "errors": errors,
    }
    return render(request, "sharing/request.html", context, at="sharing", status=422 if errors else 200)


@reads(Of.CHILD, Permission.DUTY_HOLD)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def refuse(request: HttpRequest, request_id: UUID) -> HttpResponse:
    at = now()
    found = sharing.found(by=request.user, request=request_id, now=at)
    errors: list[tuple[str, str]] = []
    when = When.of(request, "review")
    if request.method == "POST":
        errors = _refused(request, found, when, at)
        if not errors:
            return redirect("sharing_request", request_id)
    context = {
        "row": found.row,
        "reviewers": sharing_refusing.reviewers(by=request.user),
        "review": when,
        "given": request.POST,
        "key": request.POST.get("key") or str(uuid4()),
        "errors": errors,
    }
    return render(request, "sharing/refuse.html", context, at="sharing", status=422 if errors else 200)


def _refused(request: HttpRequest, found: sharing.Found, when: When, at: datetime) -> list[tuple[str, str]]:
    errors: list[tuple[str, str]] = []
    review_at = when.moment("review", errors, needed=True)
    if review_at is None:
        return errors
    texts = {name: uncut(request.POST.get(name, "")) for name in _WRITTEN}
    try:
        sharing_refusing.refuse(
            by=request.user, request=found.row.id, key=f"{request.user.username}:{request.POST.get('key', '')[:60]}",
            why=Unshared(reviewer=request.POST.get("reviewer", ""), review_at=review_at, **texts), now=at,
        )  # fmt: skip
    except NotWritten as wrong:
        return [("review_on" if wrong.field == "review_at" else wrong.field, str(wrong))]
    return []


_WRITTEN = ("detriment", "comparison", "alternatives", "told")


@reads(Of.CHILD, Permission.DUTY_HOLD)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """A refusal, for the second person: its reasons, and whether it stands."""
    at = now()
    row = sharing_refusing.to_review(by=request.user, decision=decision_id, now=at)
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        stands, reason = request.POST.get("stands", ""), uncut(request.POST.get("reason", ""))
        if stands not in ("yes", "no"):
            errors.append(("stands", "Choose whether the refusal stands"))
        else:
            try:
                sharing_refusing.review(by=request.user, decision=row.id, stands=stands == "yes", reason=reason, now=at)
                return redirect("sharing_review", decision_id)
            except NotWritten as wrong:
                errors.append((wrong.field, str(wrong)))
    reviews = list(row.reviews.order_by("id"))
    people = {row.by, row.reviewer, *(each.by for each in reviews)} | ({row.request.by} if row.request else set())
    context = {
        "row": row,
        "reviews": reviews,
        "names": practitioners.names(people),
        "harm": said.HARM.get(Harm(row.harm), row.harm),
        "given": request.POST,
        "errors": errors,
    }
    return render(request, "sharing/review.html", context, at="sharing", status=422 if errors else 200)
