"""Consent that is taken back: putting it on record, and what follows of it for each side. Without scripts."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from nightlight.actions.sharing import consent, consent_after
from nightlight.actions.sharing import seen as sharing_seen
from nightlight.actions.sharing.consent import Resting
from nightlight.actions.trail import practitioners
from nightlight.domain.roles import Permission
from nightlight.domain.sharing.consent import ARTICLE_7, NOT_ITS_BASIS, How, NotTaken, TakenBack
from nightlight.store.sharing.models import Disclosure
from nightlight.web.forms import When, uncut
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import sharing as said
from nightlight.web.reads import Of, reads

Errors = list[tuple[str, str]]


@reads(Of.CHILD, Permission.DUTY_HOLD)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, child_id: UUID) -> HttpResponse:
    """Whose consent it was, when and how they said so, and what of what was shared it was given for."""
    at = now()
    resting = consent.resting(by=request.user, child=child_id, now=at)
    errors: Errors = []
    when = When.of(request, "told") if request.method == "POST" else When.showing(at)
    if request.method == "POST":
        made = _put_on_record(request, child_id, when, errors)
        if made is not None:
            return redirect("consent_taken_back", made)
    context = {
        "child": child_id,
        "child_name": sharing_seen.name_of(child_id)[0],
        "resting": resting,
        "listed": sorted(map(str, resting.ids)),
        "chosen": _chosen(request, resting),
        "hows": said.HOW,
        "when": when,
        "given": request.POST,
        "key": request.POST.get("key") or str(uuid4()),
        "errors": errors,
        **_words(resting.beside, (*resting.on_it, *resting.beside), resting),
    }
    return render(request, "sharing/consent.html", context, status=422 if errors else 200)


def _put_on_record(request: HttpRequest, child: UUID, when: When, errors: Errors) -> UUID | None:
    at, posted = now(), request.POST
    if not posted.get("whose", "").strip():
        errors.append(("whose", "Say whose consent it was"))
    on = when.moment("told", errors, needed=True)
    if posted.get("how") not in said.HOW:
        errors.append(("how", "Choose how they told you"))
    if errors or on is None:
        return None
    try:
        told = TakenBack(
            whose=uncut(posted["whose"]), on=on, how=How(posted["how"]), now=at,
            said=uncut(posted.get("said", "")),
        )  # fmt: skip
        made = consent.take_back(
            by=request.user, child=child, said=told, ends=_ids(posted, "end"), listed=_ids(posted, "listed"),
            key=f"{request.user.username}:{posted.get('key', '')[:60]}"[:80], now=at,
        )  # fmt: skip
    except NotTaken as wrong:
        errors.append(("told_on" if wrong.field == "on" else wrong.field, str(wrong)))
        return None
    return made.id


def _ids(posted: Any, name: str) -> set[UUID]:
    found = set()
    for value in posted.getlist(name)[:1000]:
        try:
            found.add(UUID(value))
        except ValueError:
            raise NotTaken("ends", "Choose from what is listed") from None
    return found


def _chosen(request: HttpRequest, resting: Resting) -> set[str]:
    """At first everything that rests on it: who takes consent back takes back all of it, unless they say otherwise."""
    return set(request.POST.getlist("end")) if request.method == "POST" else set(map(str, resting.ids))


def _words(beside: tuple[Disclosure, ...], rows: tuple[Disclosure, ...], resting: Resting | None) -> dict[str, Any]:
    """Names for whom it passed between, and of what goes on why it does."""
    requests = resting.asked if resting else ()
    people = {each for row in rows for each in (row.by, row.to_person)} | {row.by for row in requests}
    places = {each for row in rows for each in (row.organisation, row.to_organisation)}
    places |= {each for row in requests for each in (row.organisation, row.holder)}
    return {
        "names": practitioners.names(people),
        "organisations": dict(practitioners.organisations(places)),
        "grounds": {row.id: said.ground(row.decision) for row in beside},
        "article": ARTICLE_7,
        "not_its_basis": NOT_ITS_BASIS,
        "did": said.DID,
        "does": said.DOES,
    }


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, taken_back_id: UUID) -> HttpResponse:
    """What follows of it: to whoever shared, what is to be decided anew; to a receiver, what they are asked."""
    at = now()
    found = consent_after.found(by=request.user, taken_back=taken_back_id, now=at)
    errors: Errors = []
    if request.method == "POST":
        errors = _deed(request, found, at)
        if not errors:
            return redirect("consent_taken_back", taken_back_id)
    shown = tuple(each.disclosure for each in found.ends if each.disclosure)
    people = {found.row.by} | {each.by for one in found.ends for each in one.answers}
    people |= {one.anew.by for one in found.ends if one.anew}
    words = _words(found.beside, (*shown, *found.beside), None)
    context = {
        "found": found,
        "row": found.row,
        "child_name": sharing_seen.name_of(found.row.child)[0],
        "how": said.HOW.get(found.row.how, found.row.how),
        "grounds_now": {each.end.id: _proposed(each) for each in found.ends},
        "given": request.POST,
        "errors": errors,
        **words,
        "names": {**words["names"], **practitioners.names(people)},
    }
    return render(request, "sharing/consent_one.html", context, at="sharing", status=422 if errors else 200)


def _proposed(each: consent_after.Ended) -> dict[str, Any]:
    if each.proposed is None:
        return {}
    return {"words": said.PROPOSED[each.proposed.outcome], "reasons": said.reasons(each.proposed)}


def _deed(request: HttpRequest, found: consent_after.Found, at: Any) -> Errors:
    posted = request.POST
    ids = {str(each.end.id): each.end.id for each in found.ends}
    end = ids.get(posted.get("end", ""))
    if end is None:
        return [("deed", "Choose what to do")]
    reason = uncut(posted.get("reason", ""))
    try:
        if posted.get("deed") == "anew":
            if posted.get("goes_on") not in ("yes", "no"):
                return [(f"goes_on-{end}", "Choose whether it goes on")]
            consent_after.decide_anew(
                by=request.user, end=end, goes_on=posted["goes_on"] == "yes", reason=reason, now=at
            )
        elif posted.get("deed") == "answer":
            consent_after.answer(by=request.user, end=end, does=posted.get("does", ""), reason=reason, now=at)
        else:
            return [("deed", "Choose what to do")]
    except NotTaken as wrong:
        before = "answer-" if (posted.get("deed"), wrong.field) == ("answer", "reason") else ""
        return [(f"{before}{wrong.field}-{end}", str(wrong))]
    return []
