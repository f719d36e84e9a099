"""Giving information, or a part of it: what was previewed is what goes, and it is written down whole.

The rules propose and a named person decides. What nobody may decide here: to give what a restriction withholds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nightlight.actions.seeing import relationships
from nightlight.actions.seeing.access import Access, access_child, not_there, require
from nightlight.actions.seeing.sight import sight_of
from nightlight.actions.sharing.asking import (
    found,
    is_answered,
    one_answer,
    question,
    settled,
)
from nightlight.actions.sharing.material import Material, Terms, material_of, modes, propose
from nightlight.actions.sharing.standing_consent import lock, taken_back
from nightlight.actions.telling import notices
from nightlight.actions.trail import audit
from nightlight.domain.notices import Wanted, Why
from nightlight.domain.roles import Permission
from nightlight.domain.sharing.deciding import Answer
from nightlight.domain.sharing.items import Chosen, Shown, digest, fields_of, show
from nightlight.domain.sharing.vocabulary import Consent, Harm, Mode
from nightlight.store.access import wall
from nightlight.store.chronology.models import Known
from nightlight.store.people.models import Practitioner
from nightlight.store.sharing.models import (
    ConsentTakenBack,
    DisclosedItem,
    Disclosure,
    SharingDecision,
    SharingRequest,
)

WHO_CONSENTED = "Write who consented, when, to what, and how they take it back: it rests on that"


class NotGiven(ValueError):
    """It can't be given as it was chosen; `field` says where, the message what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody chose to give, to whom, on what terms. fields: of each entry, those that go.

    until: until when the receiver may open the record too; None where they may not. only that there is a record is
    given of an entry whose fields are empty.
    """

    to: str
    terms: Terms
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A choice as it would go: what the rules say to it, what goes of each entry, and what the receiver will see.

    terms: those that it is decided on. taken_back: that consent was taken back, where it is on record.
    """

    child: UUID
    access: Access
    to: Practitioner | None
    material: Material
    answer: Answer | None
    allowed: Mapping[str, Mode | None]
    chosen: tuple[Chosen, ...]
    shown: tuple[Shown, ...]
    note: str
    mark: str
    terms: Terms
    taken_back: ConsentTakenBack | None = None

    @property
    def left_out(self) -> bool:
        """Whether anything of the organisation's entries on the child is left out."""
        if len(self.chosen) < len(self.material.facts):
            return True
        return any(shown.part or shown.mode is Mode.EXISTENCE for shown in self.shown)


def prepare(*, by: Practitioner, child: UUID, choice: Choice, now: datetime) -> Prepared:
    """A choice worked out, with nothing written but that the child was viewed. Of nothing chosen, all is meant."""
    require(by, Permission.DUTY_HOLD)
    access = access_child(by=by, child=child, now=now)
    material = material_of(by=by, sight=sight_of(by=by, access=access, now=now), child=child, now=now)
    to = _receiver(by, choice.to)
    back = taken_back(child=child, holder=by.organisation_id)
    terms = _as_consent_stands(choice.terms, back)
    if to is None:
        return Prepared(child, access, None, material, None, {}, (), (), choice.note, "", terms, back)
    everything = material.categories(material.sorts)
    whole = propose(by=by, to=to, terms=terms, categories=everything, now=now)
    allowed = modes(material, whole)
    chosen = tuple(_chosen(material, allowed, id_, codes) for id_, codes in choice.fields.items() if allowed.get(id_))
    categories = material.categories(each.entry for each in chosen)
    answer = propose(by=by, to=to, terms=terms, categories=categories, now=now) if chosen else whole
    entries = [(material.entry(each.entry), each) for each in chosen]
    shown = tuple(show(entry, each) for entry, each in entries if entry is not None)
    return Prepared(
        child, access, to, material, answer, allowed, chosen, shown, choice.note.strip(),
        digest(chosen, choice.note.strip(), choice.to), terms, back,
    )  # fmt: skip


def _as_consent_stands(terms: Terms, back: ConsentTakenBack | None) -> Terms:
    """Consent that was taken back counts for nothing until it is said that it was given again."""
    if back is None or terms.consent is not Consent.GIVEN or terms.anew:
        return terms
    return replace(terms, consent=Consent.WITHDRAWN)


def _receiver(by: Practitioner, username: str) -> Practitioner | None:
    if not username or username == by.username:
        return None
    return Practitioner.objects.select_related("organisation").filter(username=username, is_active=True).first()


def _chosen(material: Material, allowed: Mapping[str, Mode | None], id_: str, codes: tuple[str, ...]) -> Chosen:
    entry, mode = material.entry(id_), allowed[id_]
    if entry is None or mode is None or mode is Mode.EXISTENCE or not codes:
        return Chosen(id_, Mode.EXISTENCE)
    held = [each.code for each in fields_of(entry)]
    return Chosen(id_, Mode.CONTENT, tuple(code for code in held if code in codes))


def give(
    *, by: Practitioner, child: UUID, choice: Choice, mark: str, key: str, now: datetime, request: UUID | None = None
) -> Disclosure:
    """Give what was previewed. mark: of the preview; where what would go is that no more, it is previewed again."""
    if (before := _given_before(by, key)) is not None:
        return before
    asked = _to_answer(by, request, child, now)
    ready = prepare(by=by, child=child, choice=choice, now=now)
    _check(ready, choice, mark)
    assert ready.answer is not None and ready.to is not None  # noqa: PT018, S101 checked
    with transaction.atomic():
        one_answer(request or key)
        if (before := _given_before(by, key)) is not None:
            return before
        if request is not None:
            _still_waits(request)
        _consent_still_stands(by, child, ready)
        decision = decided(by, child, ready.answer, ready.terms, _did(ready), key, now, asked)
        disclosure = _disclosed(decision, ready, ready.answer, choice, ready.to)
        _items(disclosure, ready, ready.to, now)
        _opens_record(disclosure, ready.to, choice, asked, by, now)
        told = Why.ANSWERED if asked and asked.by == ready.to.username else Why.GIVEN
        tell(ready.to.username, told, f"given:{disclosure.id}", f"given.{disclosure.id}", choice.terms.harm, now)
        if asked:
            answered(by, asked, "It was given, as is on record.", now)
        audit.record(
            at=now, by=by, act="sharing.given", child=child, about=str(disclosure.id),
            detail={"items": len(ready.chosen), "rule": decision.rule},
        )  # fmt: skip
    return disclosure


def _given_before(by: Practitioner, key: str) -> Disclosure | None:
    """What went when this very page was sent before."""
    found: Disclosure | None = Disclosure.objects.filter(decision__key=key, by=by.username).first()
    return found


def _consent_still_stands(by: Practitioner, child: UUID, ready: Prepared) -> None:
    """What rests on consent waits for whoever takes it back just now, and then does not go."""
    if ready.answer is None or not ready.answer.by_consent:
        return
    lock(child)
    newest = taken_back(child=child, holder=by.organisation_id)
    if (newest.id if newest else None) != (ready.taken_back.id if ready.taken_back else None):
        raise NotGiven("preview", "Consent was taken back since you looked at it. Look at it again")


def _to_answer(by: Practitioner, request: UUID | None, child: UUID, now: datetime) -> SharingRequest | None:
    if request is None:
        return None
    asked = found(by=by, request=request, now=now)
    if not asked.answers or asked.row.child != child:
        raise not_there()
    _still_waits(request)
    return asked.row


def _still_waits(request: UUID) -> None:
    if is_answered(request):
        raise NotGiven("items", "This request has been answered already: see what was given")


def _check(ready: Prepared, choice: Choice, mark: str) -> None:
    if ready.to is None or ready.answer is None:
        raise NotGiven("to", "Choose who is to have it")
    if not ready.chosen:
        raise NotGiven("items", "Choose at least one thing to share")
    if not ready.answer.shares:
        raise NotGiven("terms", ready.answer.rule.says)
    if needs_note(ready) and not ready.note:
        raise NotGiven("note", "Say what it means for the child: the adult's own details are left out")
    if ready.answer.by_consent and not ready.terms.consent_said.strip():
        raise NotGiven("consent_said", WHO_CONSENTED)
    if choice.until is not None and ready.left_out:
        raise NotGiven("until", "Something is left out, so the record itself is not opened to them")
    if mark != ready.mark:
        raise NotGiven(
            "preview", "What would be shared has changed since you looked at it. Look at it again, then send"
        )


def needs_note(ready: Prepared) -> bool:
    """Whether something goes of which only what it means for the child may be said."""
    impact = ready.answer.impact if ready.answer else frozenset()
    return any(ready.material.sorts[each.entry] & impact for each in ready.chosen)


def _did(ready: Prepared) -> str:
    if all(each.mode is Mode.EXISTENCE for each in ready.chosen):
        return "existence"
    return "part" if ready.left_out else "given"


def decided(
    by: Practitioner, child: UUID, answer: Answer, terms: Terms, did: str, key: str, now: datetime,
    request: SharingRequest | None, **more: object,
) -> SharingDecision:  # fmt: skip
    informed = "told" if answer.informs else (terms.unsafe.value if terms.unsafe else "")
    return SharingDecision.objects.create(
        key=key, request=request, child=child, at=now, by=by.username, organisation=by.organisation_id, did=did,
        proposed=answer.outcome, rule=answer.rule.code, rule_version=answer.rule.version, harm=terms.harm,
        consent=terms.consent, consent_needed=answer.consent_needed, informed=informed,
        consent_said=terms.consent_said.strip() if answer.by_consent else "",
        **{"reason": terms.necessary.strip(), **more},
    )  # fmt: skip


def _disclosed(
    decision: SharingDecision, ready: Prepared, answer: Answer, choice: Choice, to: Practitioner
) -> Disclosure:
    return Disclosure.objects.create(
        decision=decision, child=decision.child, at=decision.at, by=decision.by, organisation=decision.organisation,
        to_person=to.username, to_organisation=to.organisation_id, note=ready.note, powers=list(answer.rule.powers),
        basis=list(answer.basis), confidentiality=answer.rule.confidentiality,
        restrictions=[each.code for each in answer.restrictions], approved=sorted(choice.terms.approved),
        until=choice.until,
    )  # fmt: skip


def _items(disclosure: Disclosure, ready: Prepared, to: Practitioner, now: datetime) -> None:
    """Keep what went of each entry. Of one that went whole, the receiver's agency knows from now on."""
    whole = []
    for each in ready.chosen:
        entry = ready.material.entry(each.entry)
        if entry is None:
            continue
        left = each.left_out(entry)
        DisclosedItem.objects.create(
            disclosure=disclosure, entry=UUID(each.entry), mode=each.mode, fields=list(each.fields), left_out=list(left)
        )
        if not left and entry.agency != to.agency:
            whole.append(Known(entry_id=UUID(each.entry), agency=to.agency, since=now, how=f"given:{disclosure.id}"))
    with wall.lifted("what was given whole is known to the agency that was given it"):
        Known.objects.bulk_create(whole, ignore_conflicts=True)


def _opens_record(
    disclosure: Disclosure, to: Practitioner, choice: Choice, asked: SharingRequest | None, by: Practitioner,
    now: datetime,
) -> None:  # fmt: skip
    """A request that is granted whole makes a relationship, for as long as it was given for."""
    if choice.until is None:
        return
    relationships.begin(
        kind="given", child=disclosure.child, person=to.username, about=str(asked.id if asked else disclosure.id),
        since=now, until=choice.until, by=by, now=now,
    )  # fmt: skip


def tell(person: str, why: Why, about: str, key: str, harm: str, now: datetime) -> None:
    fast = harm in (Harm.IMMEDIATE, Harm.SIGNIFICANT)
    notices.keep([(Wanted(key=key, why=why, person=person, about=about, fast=fast), "")], now)


def answered(by: Practitioner, asked: SharingRequest, reason: str, now: datetime) -> None:
    settled(by=by, asks=[question(asked.id, "answer"), question(asked.id, "advice")], reason=reason, now=now)
