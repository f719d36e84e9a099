"""After consent was taken back: what stood open is decided anew, a request ends with nothing to carry it, receivers say
what they do with what they have.

The rules propose, asked as if no consent had been given; a named person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from nightlight.actions.seeing import relationships
from nightlight.actions.seeing.access import access_child, may_see, not_there, require
from nightlight.actions.seeing.sight import sight_of
from nightlight.actions.sharing import refusing
from nightlight.actions.sharing.asking import is_answered, one_answer, question, settled
from nightlight.actions.sharing.consent import GUARDIAN
from nightlight.actions.sharing.giving import answered, decided, tell
from nightlight.actions.sharing.material import Terms, material_of, propose
from nightlight.actions.sharing.standing_consent import beside_consent, end_of_request, lock
from nightlight.actions.trail import audit
from nightlight.domain.notices import Why
from nightlight.domain.roles import Permission
from nightlight.domain.sharing.consent import NO_BASIS, NotTaken, check_answer
from nightlight.domain.sharing.deciding import Answer
from nightlight.domain.sharing.refusing import NotWritten
from nightlight.domain.sharing.vocabulary import HARM_INDICATED, Asked, Category, Consent, Harm
from nightlight.store.access import wall
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Practitioner
from nightlight.store.sharing.models import (
    ConsentAnew,
    ConsentAnswer,
    ConsentEnd,
    ConsentTakenBack,
    Disclosure,
)


@dataclass(frozen=True, slots=True)
class Ended:
    """One thing that rested on it, as somebody may know of it. answer: what the rules propose without consent."""

    end: ConsentEnd
    disclosure: Disclosure | None
    anew: ConsentAnew | None
    answers: tuple[ConsentAnswer, ...]
    decides: bool
    tells: bool
    proposed: Answer | None

    @property
    def stands(self) -> bool:
        """Whether it is still to be decided about."""
        return self.end.opened is not None and self.anew is None


@dataclass(frozen=True, slots=True)
class Found:
    """Consent that was taken back, as somebody may read of it. whole: whose it was, and what they said, too."""

    row: ConsentTakenBack
    whole: bool
    opens: bool
    ends: tuple[Ended, ...]
    beside: tuple[Disclosure, ...]


def found(*, by: Practitioner, taken_back: UUID, now: datetime) -> Found:
    """Consent that was taken back: to whoever shared on it or put it on record, to its receivers, to whoever has a duty
    by it, and to the guardian; of each side its own. To others it is not there."""
    require(by, Permission.CHILD_VIEW)
    with wall.lifted("each side's own is shown to it alone, as is said below"):
        row = ConsentTakenBack.objects.filter(id=taken_back).first()
        opens = may_see(by, row.child if row else taken_back, now)
        shown = _shown(by, row, opens, now) if row else None
        if row is None or shown is None:
            audit.record(at=now, by=by, act="child.refused", child=row.child if row else taken_back)
            raise not_there()
        audit.record(at=now, by=by, act="consent.viewed", child=row.child, about=str(row.id))
        return shown


def _shown(by: Practitioner, row: ConsentTakenBack, opens: bool, now: datetime) -> Found | None:
    oversees = by.role == GUARDIAN and opens
    recorded = opens and by.organisation_id == row.organisation
    rows = row.ends.select_related("decision__disclosure", "request", "anew").prefetch_related("answers")
    ends = [_ended(by, end, opens, now) for end in rows.order_by("id")]
    held = [each for each in ends if each.decides or each.tells or oversees or recorded]
    shared = [each for each in held if opens and each.end.holder == by.organisation_id]
    if not (held or recorded or oversees):
        return None
    whole = bool(oversees or recorded or shared)
    return Found(row, whole, opens, tuple(held), _beside(by, row) if whole else ())


def _beside(by: Practitioner, row: ConsentTakenBack) -> tuple[Disclosure, ...]:
    """What the reader's organisation was a side of and goes on, since another basis carries it."""
    rows = Disclosure.objects.filter(child=row.child, at__lte=row.at).select_related("decision").order_by("-at")
    sides = {by.organisation_id}
    return tuple(
        each
        for each in rows
        if beside_consent(each.decision) and (by.role == GUARDIAN or sides & {each.organisation, each.to_organisation})
    )


def _ended(by: Practitioner, end: ConsentEnd, opens: bool, now: datetime) -> Ended:
    disclosure = end.decision.disclosure if end.decision else None
    anew = getattr(end, "anew", None)
    answers = tuple(sorted(end.answers.all(), key=lambda each: each.id))
    holds = opens and by.organisation_id == end.holder
    decides = disclosure is not None and (holds or _owes(by, end, "anew"))
    received = disclosure is not None and (
        by.username == disclosure.to_person or (opens and by.organisation_id == disclosure.to_organisation)
    )
    tells = received or (disclosure is not None and _owes(by, end, "told"))
    stands = end.opened is not None and anew is None
    proposed = _proposed(by, end, disclosure, "", now) if disclosure and stands and holds else None
    return Ended(end, disclosure, anew, answers, decides or (holds and disclosure is None), tells, proposed)


def _owes(by: Practitioner, end: ConsentEnd, what: str) -> bool:
    mine = Q(owner=by.username) | Q(pending_to=by.username)
    return DutyNow.objects.filter(mine, question=question(end.id, what)).exists()


def _proposed(
    by: Practitioner, end: ConsentEnd, disclosure: Disclosure, necessary: str, now: datetime
) -> Answer | None:
    """What the rules propose for the same thing to the same receiver, with consent taken back."""
    to = Practitioner.objects.select_related("organisation").filter(username=disclosure.to_person).first()
    if to is None:
        return None
    access = access_child(by=by, child=end.child, now=now)
    material = material_of(by=by, sight=sight_of(by=by, access=access, now=now), child=end.child, now=now)
    given = [str(id_) for id_ in disclosure.items.values_list("entry", flat=True)]
    decision = disclosure.decision
    terms = Terms(
        harm=Harm(decision.harm), asked=Asked(decision.request.asked) if decision.request else Asked.SPONTANEOUS,
        consent=Consent.WITHDRAWN, necessary=necessary, approved=frozenset(disclosure.approved),
    )  # fmt: skip
    return propose(by=by, to=to, terms=terms, categories=material.categories(given), now=now)


def decide_anew(*, by: Practitioner, end: UUID, goes_on: bool, reason: str, now: datetime) -> ConsentAnew:
    """Whether the record opens again to its receiver, on another basis that the rules find, or stays closed."""
    require(by, Permission.DUTY_HOLD)
    row = _end(by, end, "anew", now)
    disclosure = row.decision.disclosure if row.decision else None
    if disclosure is None or row.opened is None:
        raise not_there()
    if not reason.strip():
        raise NotTaken("reason", "Say why: what carries it now and that it is necessary, or why it ends")
    with wall.lifted("what was decided anew takes effect, whoever has the record open"), transaction.atomic():
        lock(row.child)
        held = ConsentAnew.objects.filter(end=row).first()
        if held is not None:
            return held
        answer = _carries(by, row, disclosure, reason, now) if goes_on else None
        made = ConsentAnew.objects.create(
            end=row, at=now, by=by.username, goes_on=goes_on, reason=reason.strip(),
            rule=answer.rule.code if answer else "", rule_version=answer.rule.version if answer else 0,
            proposed=answer.outcome if answer else "",
        )  # fmt: skip
        if goes_on and row.opened > now:
            _open_again(by, row, disclosure, row.opened, now)
        settled(by=by, asks=[question(row.id, "anew")], reason="It was decided anew, as is on record.", now=now)
        audit.record(at=now, by=by, act="consent.anew", child=row.child, about=str(row.id), detail={"goes_on": goes_on})
    return made


def _carries(by: Practitioner, row: ConsentEnd, disclosure: Disclosure, reason: str, now: datetime) -> Answer:
    answer = _proposed(by, row, disclosure, reason, now)
    if answer is None or not answer.shares:
        raise NotTaken(
            "goes_on", "No rule carries it without consent. It ends, or is shared anew when something has changed"
        )
    if answer.restrictions:
        raise NotTaken(
            "goes_on", "Without consent a part of it is held back. End it, and share what may go in three steps"
        )
    return answer


def _open_again(by: Practitioner, row: ConsentEnd, disclosure: Disclosure, until: datetime, now: datetime) -> None:
    request = disclosure.decision.request_id
    relationships.begin(
        kind="given", child=row.child, person=disclosure.to_person, about=str(request or disclosure.id), since=now,
        until=until, by=by, now=now,
    )  # fmt: skip
    tell(disclosure.to_person, Why.CONSENT, f"given:{disclosure.id}", f"anew.{row.id}", Harm.WELFARE, now)


@wall.lifted("who may decide or answer is asked of what stands: an organisation's own, or a duty")
def _end(by: Practitioner, end: UUID, what: str, now: datetime) -> ConsentEnd:
    row = ConsentEnd.objects.select_related("decision__disclosure", "decision__request").filter(id=end).first()
    if row is not None:
        one = _ended(by, row, may_see(by, row.child, now), now)
        if one.decides if what == "anew" else one.tells:
            return row
    audit.record(at=now, by=by, act="child.refused", child=row.child if row else end)
    raise not_there()


def answer(*, by: Practitioner, end: UUID, does: str, reason: str, now: datetime) -> ConsentAnswer:
    """What a receiver does with what they have. It may be said again, when it has changed: the newest counts."""
    require(by, Permission.CHILD_VIEW)
    row = _end(by, end, "told", now)
    said = check_answer(does, reason)
    with wall.lifted("a receiver's answer is kept for both sides"), transaction.atomic():
        lock(row.child)
        newest = row.answers.order_by("-id").first()
        if newest is not None and (newest.by, newest.does, newest.reason) == (by.username, said, reason.strip()):
            return newest
        made = ConsentAnswer.objects.create(end=row, at=now, by=by.username, does=said, reason=reason.strip())
        settled(by=by, asks=[question(row.id, "told")], reason="The receiver has answered, as is on record.", now=now)
        audit.record(at=now, by=by, act="consent.answered", child=row.child, about=str(row.id), detail={"does": said})
        _tell_giver(row, made, now)
    return made


def _tell_giver(row: ConsentEnd, made: ConsentAnswer, now: datetime) -> None:
    """Whoever put it on record hears what each receiver does: they may have to tell whose consent it was."""
    recorded = row.taken_back.by
    if Practitioner.objects.filter(username=recorded, is_active=True).exists() and recorded != made.by:
        tell(recorded, Why.CONSENT, f"consent:{row.taken_back_id}", f"consent.answer.{made.id}", Harm.WELFARE, now)


def ends_for_want_of_basis(*, by: Practitioner, request: UUID, reason: str, key: str, now: datetime) -> None:
    """Answer a request that rested on consent which was taken back: nothing else carries it, as the rules have it."""
    require(by, Permission.DUTY_HOLD)
    asked = refusing.to_answer(by, request, now)
    if end_of_request(request) is None:
        raise NotWritten("ended-reason", "Consent to this was not taken back. Share it, or refuse and say why")
    if not reason.strip():
        raise NotWritten("ended-reason", "Say why nothing else carries it")
    terms = Terms(
        harm=Harm(asked.harm), asked=Asked(asked.asked), consent=Consent.WITHDRAWN, necessary="", detriment=False
    )
    asker = Practitioner.objects.select_related("organisation").get(username=asked.by)
    proposed = propose(by=by, to=asker, terms=terms, categories=frozenset({Category.WELFARE}), now=now)
    if proposed.shares:
        raise NotWritten("ended-reason", f"It does not need consent. {proposed.rule.says}")
    if Harm(asked.harm) in HARM_INDICATED and not asked.decisions.filter(did="advice").exists():
        raise NotWritten("ended-reason", "Harm is indicated: ask the Caldicott guardian before you answer so")
    with transaction.atomic():
        one_answer(request)
        if is_answered(request):
            raise NotWritten("ended-reason", "This request has been answered already")
        decided(by, asked.child, proposed, terms, "ended", key, now, asked, reason=reason.strip(), told=NO_BASIS)
        answered(by, asked, "It rested on consent, which was taken back.", now)
        tell(asked.by, Why.ANSWERED, f"asked:{asked.id}", f"ended.{asked.id}", asked.harm, now)
        audit.record(at=now, by=by, act="sharing.ended", child=asked.child, about=str(asked.id))
