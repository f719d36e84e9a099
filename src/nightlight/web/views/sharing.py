"""What was shared: mine, one disclosure as its receiver sees it, a child's history, and the public page of it all."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from nightlight.actions.sharing import agreements, consent, standing_consent
from nightlight.actions.sharing import seen as sharing_seen
from nightlight.actions.trail import practitioners
from nightlight.domain.roles import Permission, may
from nightlight.domain.scope.rows import rows_in_use as scope_in_use
from nightlight.domain.sharing.consent import NOT_ITS_BASIS
from nightlight.domain.sharing.rows import rows_in_use
from nightlight.domain.sharing.vocabulary import Harm
from nightlight.feeds.registry import FEEDS
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import sharing as said
from nightlight.web.presenters.firings import by_speaks_of
from nightlight.web.reads import Of, reads


@reads(Of.OWN, Permission.DUTY_HOLD)
@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    found = sharing_seen.mine(by=request.user, now=now())
    harms = {str(harm): words for harm, words in said.HARM.items()}
    return render(request, "sharing/mine.html", {"mine": found, "harms": harms}, at="sharing")


@reads(Of.OWN, Permission.CHILD_VIEW)
@signed_in
@require_safe
def received(request: HttpRequest, disclosure_id: UUID) -> HttpResponse:
    """What was given, as its receiver sees it; the giver sees as well what was left out, and whether it was read."""
    given = sharing_seen.received(by=request.user, disclosure=disclosure_id, now=now())
    context = {
        "given": given,
        "cards": [
            (item, said.card(item.shown, given.organisations), said.card(item.now, given.organisations)
             if item.now else None, said.left_out(item.left_out))
            for item in given.items
        ],
        "ended": standing_consent.ends_of([given.decision.id]).get(given.decision.id),
        "went_back": standing_consent.taken_back_beside(given.decision) if given.gave else None,
        "not_its_basis": NOT_ITS_BASIS,
        "sent": "sent" in request.GET and not given.mine,
        "did": said.DID[given.decision.did],
        "basis": said.basis(given.row.basis),
        "harm": said.HARM.get(Harm(given.decision.harm), given.decision.harm),
        "consent": said.CONSENT.get(given.decision.consent, given.decision.consent),
    }  # fmt: skip
    return render(request, "sharing/received.html", context, at="sharing")


@reads(Of.CHILD, Permission.CHILD_VIEW)
@signed_in
@require_safe
def of_child(request: HttpRequest, child_id: UUID) -> HttpResponse:
    history = sharing_seen.history(by=request.user, child=child_id, now=now())
    taken = consent.taken_back_of(by=request.user, child=child_id)
    context = {
        "child": child_id, "history": history, "did": said.DID, "left_out": said.left_out, "taken_back": taken,
        "takes_back": may(request.user.role, Permission.DUTY_HOLD),
    }  # fmt: skip
    return render(request, "sharing/history.html", context)


@reads(Of.NOTHING, public=True)
@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """For anybody, without signing in: what is taken in, from whom, what for, by which rules, and who uses it."""
    at = now()
    held = agreements.in_force(at)
    rows = rows_in_use()
    organisations = dict(practitioners.organisations({code for row in held for code in row.parties}))
    context = {
        "agreements": held,
        "gated": agreements.gated(),
        "organisations": organisations,
        "feeds": {name: FEEDS[name].title for name in FEEDS},
        "rules": [(row, said.PROPOSED[row.outcome]) for row in rows.rules_on(at)],
        "restrictions": rows.restrictions_on(at),
        "dates": list(rows.dates.values()),
        "scope": scope_in_use().on(at),
        "indicators": by_speaks_of(CATALOGUE.values()),
    }
    return render(request, "sharing/public.html", context)
