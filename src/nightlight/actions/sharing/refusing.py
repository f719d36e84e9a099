"""Not sharing: a refusal that says why and is reviewed by another; nothing to give; and asking for advice first.

A refusal is never a silence. Without the harm, what was weighed, a second person and a date it does not stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from nightlight.actions.seeing.access import not_there, require
from nightlight.actions.sharing.asking import (
    ADVICE,
    REVIEW,
    advisers,
    clock_of,
    found,
    is_answered,
    one_answer,
    owe,
    question,
    settled,
)
from nightlight.actions.sharing.giving import answered, decided, tell
from nightlight.actions.sharing.material import Terms, propose
from nightlight.actions.sharing.standing_consent import consent_of
from nightlight.actions.trail import audit, turns
from nightlight.domain.clocks import due
from nightlight.domain.notices import Why
from nightlight.domain.raising import Arrangements
from nightlight.domain.roles import Permission
from nightlight.domain.sharing.refusing import NotWritten, Refusal
from nightlight.domain.sharing.vocabulary import Asked, Category, Harm, Mode
from nightlight.store.access import wall
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Practitioner
from nightlight.store.sharing.models import SharingDecision, SharingRequest, SharingReview

NOTHING = "There is nothing that can be given."
"""What whoever asked is told alike, whether nothing is held or even that something is held must not be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshared:
    """What is written when something is not shared. told: what of it whoever asked may know."""

    detriment: str
    comparison: str
    alternatives: str
    reviewer: str
    review_at: datetime
    told: str = ""


def refuse(*, by: Practitioner, request: UUID, why: Unshared, key: str, now: datetime) -> SharingDecision:
    """Do not share, and say why: the harm, what was weighed, what else was considered, who reviews it and when."""
    require(by, Permission.DUTY_HOLD)
    if (held := _decided_before(by, key)) is not None:
        return held
    asked = to_answer(by, request, now)
    _written(by, why, now)
    terms = Terms(harm=Harm(asked.harm), asked=Asked(asked.asked), consent=consent_of(asked), detriment=True)
    answer = propose(by=by, to=_asker(asked), terms=terms, categories=frozenset({Category.WELFARE}), now=now)
    with transaction.atomic():
        one_answer(asked.id)
        if (held := _decided_before(by, key)) is not None:
            return held
        _still_waits(asked.id)
        decision = decided(
            by, asked.child, answer, terms, "refused", key, now, asked,
            detriment=why.detriment.strip(), comparison=why.comparison.strip(), told=why.told.strip(),
            alternatives=why.alternatives.strip(), reviewer=why.reviewer, review_at=why.review_at,
        )  # fmt: skip
        answered(by, asked, "It was refused, with the reasons on record.", now)
        owe(
            child=asked.child, asks=question(decision.id, "review"), rule=REVIEW, organisation="", now=now,
            owner=why.reviewer, due_by=why.review_at,
        )  # fmt: skip
        tell(asked.by, Why.ANSWERED, f"asked:{asked.id}", f"refused.{decision.id}", asked.harm, now)
        audit.record(at=now, by=by, act="sharing.refused", child=asked.child, about=str(asked.id))
    return decision


def _decided_before(by: Practitioner, key: str) -> SharingDecision | None:
    """What was decided when this very page was sent before."""
    return SharingDecision.objects.filter(key=key, by=by.username).first()


def _still_waits(request: UUID) -> None:
    if is_answered(request):
        raise NotWritten("detriment", "This request has been answered already")


def _written(by: Practitioner, why: Unshared, now: datetime) -> None:
    under = Arrangements()
    latest = due(under.rules.in_force(REVIEW, now), now, under.calendar)
    Refusal(
        at=now, decider=by.username, detriment=why.detriment, comparison=why.comparison, alternatives=why.alternatives,
        reviewer=why.reviewer, review_at=why.review_at, latest=latest,
    )  # fmt: skip
    if why.reviewer not in {each.username for each in reviewers(by=by)}:
        raise NotWritten("reviewer", "Choose who reviews it: the Caldicott guardian or a safeguarding lead")


def reviewers(*, by: Practitioner) -> list[Practitioner]:
    """Who may review a refusal of this person's: guardians, and leads of their own organisation; never themselves."""
    people = Practitioner.objects.filter(is_active=True).exclude(username=by.username)
    guardians = people.filter(role="caldicott_guardian")
    own = people.filter(organisation=by.organisation_id, role__in=["safeguarding_lead", "line_manager"])
    return list((guardians | own).select_related("organisation").order_by("role", "name"))


def to_answer(by: Practitioner, request: UUID, now: datetime) -> SharingRequest:
    """A request that is this person's to answer, and has no answer yet."""
    asked = found(by=by, request=request, now=now)
    if not asked.answers:
        raise not_there()
    _still_waits(request)
    return asked.row


def _asker(asked: SharingRequest) -> Practitioner:
    return Practitioner.objects.select_related("organisation").get(username=asked.by)


def nothing_to_give(*, by: Practitioner, request: UUID, reason: str, key: str, now: datetime) -> None:
    """Nothing is held, or that anything is held must not be said: whoever asked is told the same."""
    require(by, Permission.DUTY_HOLD)
    asked = to_answer(by, request, now)
    if not reason.strip():
        raise NotWritten("reason", "Say why, for the record: whoever asked does not see it")
    terms = Terms(harm=Harm(asked.harm), asked=Asked(asked.asked), consent=consent_of(asked), mode=Mode.EXISTENCE)
    answer = propose(by=by, to=_asker(asked), terms=terms, categories=frozenset({Category.WELFARE}), now=now)
    with transaction.atomic():
        one_answer(asked.id)
        _still_waits(asked.id)
        decided(by, asked.child, answer, terms, "nothing", key, now, asked, reason=reason.strip(), told=NOTHING)
        answered(by, asked, "It was answered, as is on record.", now)
        tell(asked.by, Why.ANSWERED, f"asked:{asked.id}", f"nothing.{asked.id}.{key}", asked.harm, now)
        audit.record(at=now, by=by, act="sharing.nothing", child=asked.child, about=str(asked.id))


def seek_advice(*, by: Practitioner, request: UUID, reason: str, key: str, now: datetime) -> None:
    """Ask the Caldicott guardian. The clock of the request runs on."""
    require(by, Permission.DUTY_HOLD)
    asked = to_answer(by, request, now)
    if not reason.strip():
        raise NotWritten("reason", "Say what you want advice on")
    terms = Terms(harm=Harm(asked.harm), asked=Asked(asked.asked), consent=consent_of(asked))
    answer = propose(by=by, to=_asker(asked), terms=terms, categories=frozenset({Category.WELFARE}), now=now)
    with transaction.atomic():
        one_answer(asked.id)
        if _decided_before(by, key) is not None:
            return
        _still_waits(asked.id)
        decided(by, asked.child, answer, terms, "advice", key, now, asked, reason=reason.strip())
        owe(
            child=asked.child, asks=question(asked.id, "advice"), rule=ADVICE, organisation="", now=now,
            owner=advisers(now),
        )  # fmt: skip
        audit.record(at=now, by=by, act="sharing.advice_sought", child=asked.child, about=str(asked.id))


def review(*, by: Practitioner, decision: UUID, stands: bool, reason: str, now: datetime) -> SharingReview:
    """The second person says whether the refusal stands. Where it does not, the request is to be answered again."""
    row = to_review(by=by, decision=decision, now=now)
    if not reason.strip():
        raise NotWritten("reason", "Say why it stands, or why not")
    with transaction.atomic():
        turns.take_for(f"refusal {row.id}")
        if (held := _newest_review(row)) is not None and _says_the_same(held, by, stands, reason):
            return held
        made = SharingReview.objects.create(decision=row, at=now, by=by.username, stands=stands, reason=reason.strip())
        settled(by=by, asks=[question(row.id, "review")], reason="The review is on record.", now=now)
        audit.record(at=now, by=by, act="sharing.reviewed", child=row.child, about=str(row.id))
        if not stands and row.request is not None:
            rule = clock_of(Harm(row.harm))
            owe(
                child=row.child, asks=question(row.request.id, "answer"), rule=rule,
                organisation=row.request.holder, now=now,
            )  # fmt: skip
    return made


def _newest_review(row: SharingDecision) -> SharingReview | None:
    return SharingReview.objects.filter(decision=row).order_by("-at", "-id").first()


def _says_the_same(held: SharingReview, by: Practitioner, stands: bool, reason: str) -> bool:
    """Whether it is the same review, sent once more."""
    return (held.by, held.stands, held.reason) == (by.username, stands, reason.strip())


def to_review(*, by: Practitioner, decision: UUID, now: datetime) -> SharingDecision:
    """A refusal that this person is to review: its reviewer, who has its duty, or a guardian; never who refused."""
    require(by, Permission.DUTY_HOLD)
    row = SharingDecision.objects.select_related("request").filter(id=decision, did="refused").first()
    owes = _owes(by, decision)
    if (
        row is None
        or row.by == by.username
        or not (owes or by.username == row.reviewer or by.role == "caldicott_guardian")
    ):
        raise not_there()
    audit.record(at=now, by=by, act="sharing.viewed", child=row.child, about=str(row.id))
    return row


@wall.lifted("a review that nobody did goes up, and whoever has it then must be able to do it")
def _owes(by: Practitioner, decision: UUID) -> bool:
    mine = Q(owner=by.username) | Q(pending_to=by.username)
    return DutyNow.objects.filter(mine, question=question(decision, "review")).exists()
