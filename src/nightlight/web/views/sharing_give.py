"""Sharing in three steps: choose what, see it as the receiver will, send it. Without scripts; nothing is kept between
the steps but what the form itself carries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from nightlight.actions.child import share_now as sharing_now
from nightlight.actions.child.children import indicator_page
from nightlight.actions.sharing import asking as sharing
from nightlight.actions.sharing import giving as sharing_giving
from nightlight.actions.sharing import seen as sharing_seen
from nightlight.actions.sharing.giving import Choice, NotGiven, Prepared
from nightlight.actions.sharing.material import Terms, may_lift
from nightlight.actions.trail import practitioners
from nightlight.domain.roles import Permission
from nightlight.domain.sharing.items import fields_of
from nightlight.domain.sharing.vocabulary import HARM_INDICATED, Asked, Consent, Harm, Mode, Unsafe
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.store.people.models import Practitioner
from nightlight.store.sharing.models import SharingRequest
from nightlight.timeline import end_of_day, local_date
from nightlight.web.forms import uncut
from nightlight.web.moment import now
from nightlight.web.page import render, signed_in
from nightlight.web.presenters import sharing as said
from nightlight.web.presenters import words
from nightlight.web.reads import Of, reads

MOST_ENTRIES = 200
A_MOMENT = timedelta(seconds=1)
"""Before the end of a day is that day; the end itself is the next."""
OPENS_FOR = (14, 28, 84)
"""Days for which the record itself may be opened with what is given."""


@dataclass(frozen=True, slots=True)
class About:
    """What a sharing answers or follows from: a request, an indicator that holds, or neither."""

    request: SharingRequest | None = None
    indicator: str = ""
    evidence: frozenset[str] = frozenset()

    @property
    def harm(self) -> Harm:
        if self.request is not None:
            return Harm(self.request.harm)
        level = CATALOGUE[self.indicator].level if self.indicator else ""
        return sharing_now.HARM_OF.get(level, Harm.WELFARE)


@reads(Of.CHILD, Permission.DUTY_HOLD)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, child_id: UUID) -> HttpResponse:
    at = now()
    about = _about(request, child_id, at)
    posted = request.POST if request.method == "POST" else None
    choice = _choice(posted, about, at) if posted is not None else _first(request.user, child_id, about, at)
    ready = sharing_giving.prepare(by=request.user, child=child_id, choice=choice, now=at)
    step = posted.get("step", "") if posted is not None else ""
    if posted is None or step == "choose":
        return _choose(request, ready, choice, about, [], at)
    errors = _missing(ready, choice)
    if errors:
        return _choose(request, ready, choice, about, errors, at)
    if step == "send":
        return _send(request, ready, choice, about, at)
    return _preview(request, ready, choice, about, at, str(uuid4()), [])


def _about(request: HttpRequest, child: UUID, at: datetime) -> About:
    """What the address names. A request of another child, or not this person's to answer, counts for nothing."""
    asked = request.GET.get("request", "")
    code = request.GET.get("indicator", "")
    if asked:
        try:
            found = sharing.found(by=request.user, request=UUID(asked), now=at)
        except ValueError:
            return About()
        return About(request=found.row) if found.answers and found.row.child == child else About()
    if code in CATALOGUE:
        page = indicator_page(by=request.user, child=child, indicator=code, now=at)
        return About(indicator=code, evidence=frozenset(fact.entry.id for fact in page.facts))
    return About()


def _first(by: Practitioner, child: UUID, about: About, at: datetime) -> Choice:
    """What the form shows at first: the evidence, whole, for social care or whoever asked."""
    to = about.request.by if about.request else ""
    if not to:
        found = sharing_now.receivers(by=by, child=child, known_to=(), now=at)
        to = found[0].username if found else ""
    asked = Asked(about.request.asked) if about.request else Asked.SPONTANEOUS
    mode = Mode(about.request.mode) if about.request else Mode.CONTENT
    terms = Terms(harm=about.harm, asked=asked, mode=mode)
    whole = Choice(to=to, terms=terms)
    if not about.evidence:
        return whole
    ready = sharing_giving.prepare(by=by, child=child, choice=whole, now=at)
    fields = {
        fact.entry.id: tuple(field.code for field in fields_of(fact.entry))
        for fact in ready.material.facts
        if fact.entry.id in about.evidence
    }
    return Choice(to=to, terms=terms, fields=fields)


def _choice(posted: Any, about: About, at: datetime) -> Choice:
    fields: dict[str, list[str]] = defaultdict(list)
    for entry in posted.getlist("entry")[:MOST_ENTRIES]:
        fields[entry] = []
    for value in posted.getlist("field"):
        entry, _, code = value.partition("|")
        if entry in fields:
            fields[entry].append(code)
    days = posted.get("opens", "")
    until = end_of_day(local_date(at) + timedelta(days=int(days))) if days in map(str, OPENS_FOR) else None
    return Choice(
        to=about.request.by if about.request else posted.get("to", ""),
        terms=_terms(posted, about),
        fields={entry: tuple(codes) for entry, codes in fields.items()},
        note=uncut(posted.get("note", "")),
        until=until,
    )


def _terms(posted: Any, about: About) -> Terms:
    harm, consent, unsafe = posted.get("harm", ""), posted.get("consent", ""), posted.get("unsafe", "")
    return Terms(
        harm=Harm(harm) if harm in said.HARM else about.harm,
        asked=Asked(about.request.asked) if about.request else Asked.SPONTANEOUS,
        mode=Mode(about.request.mode) if about.request else Mode.CONTENT,
        consent=Consent(consent) if consent in said.CONSENT else Consent.NOT_SOUGHT,
        necessary=uncut(posted.get("necessary", "")),
        consent_said=uncut(posted.get("consent_said", "")),
        anew=bool(posted.get("anew")),
        unsafe=Unsafe(unsafe) if unsafe in said.NOT_TOLD else None,
        approved=frozenset(posted.getlist("approve")[:20]),
    )


def _missing(ready: Prepared, choice: Choice) -> list[tuple[str, str]]:
    if ready.to is None or ready.answer is None:
        return [("to", "Choose who is to have it")]
    errors = []
    if not ready.chosen:
        errors.append(("items", "Choose at least one thing to share"))
    if not ready.answer.shares:
        errors.append(("necessary", ready.answer.rule.says))
    if sharing_giving.needs_note(ready) and not ready.note:
        errors.append(("note", "Say what it means for the child: the adult's own details are left out"))
    if ready.answer.by_consent and not ready.terms.consent_said:
        errors.append(("consent_said", sharing_giving.WHO_CONSENTED))
    if choice.until is not None and ready.left_out:
        errors.append(("opens", "Something is left out, so the record itself can't be opened to them as well"))
    return errors


def _choose(
    request: HttpRequest, ready: Prepared, choice: Choice, about: About, errors: list[tuple[str, str]], at: datetime
) -> HttpResponse:
    known = {fact.entry.source.organisation for fact in ready.material.facts}
    context = {
        "ready": ready,
        "choice": choice,
        "about": about,
        "rows": _rows(ready, choice, about),
        "more": len(ready.material.facts) - MOST_ENTRIES,
        "receivers": sharing_now.receivers(by=request.user, child=ready.child, known_to=known, now=at),
        "asker": practitioners.names({about.request.by}).get(about.request.by, "") if about.request else "",
        "harms": said.HARM,
        "consents": said.CONSENT,
        "not_told": said.NOT_TOLD,
        "reasons": said.reasons(ready.answer) if ready.answer else [],
        "proposed": said.PROPOSED[ready.answer.outcome] if ready.answer else "",
        "needs_necessity": ready.answer is not None and ready.answer.outcome in ("seek_agreement", "seek_advice"),
        "harm_indicated": choice.terms.harm in HARM_INDICATED,
        "liftable": [row for row in _restrictions(ready) if may_lift(request.user, row.code, at)],
        "opens_for": OPENS_FOR,
        "errors": errors,
    }
    return render(request, "sharing/choose.html", context, status=422 if errors else 200)


def _restrictions(ready: Prepared) -> tuple:
    return ready.answer.restrictions if ready.answer else ()


def _rows(ready: Prepared, choice: Choice, about: About) -> list[Mapping[str, Any]]:
    """The organisation's entries, what was chosen first; each with its fields and what may go of it."""
    first = [f for f in ready.material.facts if f.entry.id in choice.fields or f.entry.id in about.evidence]
    rest = [f for f in ready.material.facts if f not in first]
    return [_row(fact.entry, ready, choice) for fact in [*first, *rest][:MOST_ENTRIES]]


def _row(entry: Any, ready: Prepared, choice: Choice) -> Mapping[str, Any]:
    mode = ready.allowed.get(entry.id)
    chosen = choice.fields.get(entry.id)
    return {
        "id": entry.id,
        "title": f"{words.theme(entry.kind)}: {words.kind(entry.kind).lower()}",
        "when": entry.occurred.describe(),
        "chosen": chosen is not None and mode is not None,
        "fields": [(said.said(field), chosen is None or field.code in chosen) for field in fields_of(entry)],
        "mode": str(mode) if mode else "",
    }


def _preview(
    request: HttpRequest, ready: Prepared, choice: Choice, about: About, at: datetime, key: str,
    errors: list[tuple[str, str]],
) -> HttpResponse:  # fmt: skip
    organisations = dict(practitioners.organisations({each.organisation for each in ready.shown}))
    answer = ready.answer
    assert answer is not None  # noqa: S101 what is missing was said before
    context = {
        "ready": ready,
        "choice": choice,
        "about": about,
        "key": key,
        "cards": [said.card(each, organisations) for each in ready.shown],
        "about_whom": sharing_seen.name_of(ready.child)[0],
        "answer": answer,
        "reasons": said.reasons(answer),
        "proposed": said.PROPOSED[answer.outcome],
        "basis": said.basis(answer.basis),
        "left_out": [
            said.left_out(each.left_out(entry))
            for each in ready.chosen
            if (entry := ready.material.entry(each.entry)) and each.left_out(entry)
        ],
        "days": (local_date(choice.until - A_MOMENT) - local_date(at)).days if choice.until else 0,
        "errors": errors,
    }
    return render(request, "sharing/preview.html", context, status=422 if errors else 200)


def _send(request: HttpRequest, ready: Prepared, choice: Choice, about: About, at: datetime) -> HttpResponse:
    key = request.POST.get("key", "")[:80]
    try:
        given = sharing_giving.give(
            by=request.user, child=ready.child, choice=choice, mark=request.POST.get("mark", ""),
            key=f"{request.user.username}:{key}", now=at, request=about.request.id if about.request else None,
        )  # fmt: skip
    except NotGiven as wrong:
        return _preview(request, ready, choice, about, at, key, [(wrong.field, str(wrong))])
    return redirect(f"{reverse('sharing_received', args=[given.id])}?sent=1")
