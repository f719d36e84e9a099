"""Asking for information about a child: the request, its clock, who answers it, and where it stands.

A request opens the record to nobody. It is a duty of whoever was asked until it is answered (`sharing_giving`), and it
climbs like any other.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from nightlight.actions.owned import raising
from nightlight.actions.seeing.access import access_child, may_see, not_there, require
from nightlight.actions.sharing import agreements
from nightlight.actions.trail import audit, turns
from nightlight.domain.duty_events import ANSWERED, SHARING_QUESTION, Discharged
from nightlight.domain.raising import Arrangements, raise_under
from nightlight.domain.roles import Permission
from nightlight.domain.rota import who
from nightlight.domain.sharing.vocabulary import HARM_INDICATED, Asked, Consent, Harm, Mode
from nightlight.store.access import wall
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Organisation, Practitioner
from nightlight.store.sharing.models import ConsentEnd, SharingDecision, SharingRequest

_CLOCKS = {Harm.IMMEDIATE: "SHARING-NOW", Harm.SIGNIFICANT: "SHARING-HARM"}
ADVICE, REVIEW = "SHARING-ADVICE", "SHARING-REVIEW"
ANSWERS = frozenset({"given", "part", "existence", "refused", "nothing", "withdrawn", "ended"})
"""What ends a request. Asking for advice does not."""


class NotAsked(ValueError):
    """A request that can't be made as it was given; `field` says where, the message what to mend."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked of which organisation: how serious it is, what is wanted, and what it is for."""

    holder: str
    harm: Harm
    asked: Asked = Asked.REQUEST
    mode: Mode = Mode.CONTENT
    consent: Consent = Consent.NOT_SOUGHT
    what: str
    why: str


def question(of: UUID, what: str) -> str:
    """The question of a duty that sharing raised.

    >>> question(UUID("00000000-0000-0000-0000-000000000001"), "answer")
    'sharing:00000000000000000000000000000001:answer'
    """
    return f"{SHARING_QUESTION}{of.hex}:{what}"


def of_question(text: str) -> UUID | None:
    """The request or decision whose duty asks this; None for a duty that is not sharing's."""
    return UUID(text.split(":")[1]) if text.startswith(SHARING_QUESTION) else None


def clock_of(harm: Harm) -> str:
    """The rule under which a request is answered.

    >>> clock_of(Harm.WELFARE)
    'SHARING-ASKED'
    """
    return _CLOCKS.get(harm, "SHARING-ASKED")


def ask(*, by: Practitioner, child: UUID, ask: Ask, key: str, now: datetime) -> UUID:
    """Ask an organisation for what it holds of a child whom one may see oneself. The same key twice is one request."""
    require(by, Permission.DUTY_HOLD)
    access_child(by=by, child=child, now=now)
    _check(by, ask, now)
    with transaction.atomic():
        row, made = SharingRequest.objects.get_or_create(
            key=key,
            defaults={
                "child": child, "at": now, "by": by.username, "organisation": by.organisation_id,
                "holder": ask.holder, "asked": ask.asked, "harm": ask.harm, "mode": ask.mode,
                "consent": ask.consent, "what": ask.what.strip(), "why": ask.why.strip(),
            },
        )  # fmt: skip
        if made:
            owe(child=child, asks=question(row.id, "answer"), rule=clock_of(ask.harm), organisation=ask.holder, now=now)
            audit.record(at=now, by=by, act="sharing.asked", child=child, about=str(row.id), reason=ask.why.strip())
    return row.id


def _check(by: Practitioner, ask: Ask, now: datetime) -> None:
    if ask.holder == by.organisation_id or not Organisation.objects.filter(code=ask.holder).exists():
        raise NotAsked("holder", "Choose the organisation that you ask; not your own")
    if ask.harm not in HARM_INDICATED and not agreements.may_ask(
        organisation=by.organisation_id, role=by.role, now=now
    ):
        raise NotAsked(
            "holder",
            "No information-sharing agreement in force names your organisation and role. Where significant harm is "
            "suspected, ask without one",
        )
    if not ask.what.strip():
        raise NotAsked("what", "Say what you need to know, so that no more than that is given")
    if not ask.why.strip():
        raise NotAsked("why", "Say what you need it for: how it helps you keep the child safe or well")


@wall.lifted("a request is answered by a duty of whoever was asked, whoever may see the child")
def owe(
    *, child: UUID, asks: str, rule: str, organisation: str, now: datetime, owner: str = "",
    due_by: datetime | None = None,
) -> None:  # fmt: skip
    """Raise the duty of what is asked, unless it is open."""
    if DutyNow.objects.filter(child=child, question=asks).exclude(status="discharged").exists():
        return
    under = Arrangements(rota=mapping.rota())
    row = under.rules.in_force(rule, now)
    asked = raising.Asked(str(child), asks, row.duty_level or "concern", now, ())
    event = raise_under(
        row, asked, duty_id=str(uuid.uuid4()), at=now, organisation=organisation, under=under, owner=owner,
        due_by=due_by,
    )  # fmt: skip
    raising.open_duty(event, organisation or raising.home_of(event.duty.owner))


@wall.lifted("an answer ends the duty to answer, whoever has it")
def settled(*, by: Practitioner | str, asks: Iterable[str], reason: str, now: datetime) -> None:
    """End the duties that asked this: it was answered, and is on record."""
    open_ = DutyNow.objects.filter(question__in=list(asks), child__isnull=False).exclude(status="discharged")
    children = dict(open_.values_list("duty_id", "child"))
    for duty, state in raising.still_open(children).items():
        event = Discharged(at=max(now, state.last), by=audit.actor(by), outcome=ANSWERED, reason=reason)
        raising.apply(duty, state, event)
        audit.record(at=now, by=by, act="duty.discharged", child=children[duty], about=str(duty))


def withdraw(*, by: Practitioner, request: UUID, reason: str, key: str, now: datetime) -> None:
    """Whoever asked needs it no longer; the duty to answer ends."""
    row = SharingRequest.objects.filter(id=request, by=by.username).first()
    if row is None:
        raise not_there()
    if not reason.strip():
        raise NotAsked("reason", "Say why it is not needed any more")
    with transaction.atomic():
        one_answer(request)
        if is_answered(request):
            return
        SharingDecision.objects.create(
            key=key, request=row, child=row.child, at=now, by=by.username, organisation=by.organisation_id,
            did="withdrawn", proposed="", rule="", rule_version=0, harm=row.harm, consent=row.consent,
            consent_needed=False, informed="", reason=reason.strip(),
        )  # fmt: skip
        settled(by=by, asks=[question(row.id, "answer"), question(row.id, "advice")], reason=reason.strip(), now=now)
        audit.record(at=now, by=by, act="sharing.withdrawn", child=row.child, about=str(row.id), reason=reason.strip())


def one_answer(request: UUID | str) -> None:
    """Wait until nobody else answers this request, or sends this page: whether it is answered, or was sent, is then
    asked again, in this transaction."""
    turns.take_for(f"request {request}")


@wall.lifted("whether anybody answered it is asked of all answers, whoever may read them")
def is_answered(request: UUID) -> bool:
    """Whether a request has an answer; a refusal that its review overturned is none."""
    return request in answered([request])


def answered(requests: Iterable[UUID]) -> set[UUID]:
    """Those of these requests that have an answer, in two questions however many they are."""
    of_each = SharingDecision.objects.filter(request__in=list(requests), did__in=ANSWERS)
    newest = of_each.order_by("request", "-at", "-id").distinct("request").values_list("id", "request")
    decided = dict(newest)
    overturned = SharingDecision.objects.filter(id__in=list(decided), reviews__stands=False) if decided else ()
    return set(decided.values()) - {row.request_id for row in overturned}


@dataclass(frozen=True, slots=True)
class Found:
    """A request that somebody may open: as whoever asked, or as who answers; and whether they may open the record."""

    row: SharingRequest
    asks: bool
    answers: bool
    opens: bool


def found(*, by: Practitioner, request: UUID, now: datetime) -> Found:
    """A request, to its asker's organisation and to those who answer it. To others it is not there."""
    require(by, Permission.CHILD_VIEW)
    row = SharingRequest.objects.filter(id=request).first()
    opens = may_see(by, row.child if row else request, now)
    owes = _owes(by, request)
    if row is None:
        audit.record(at=now, by=by, act="child.refused", child=request)
        raise not_there()
    asks = row.by == by.username or (row.organisation == by.organisation_id and opens)
    answers = owes or (row.holder == by.organisation_id and opens)
    if not (asks or answers):
        audit.record(at=now, by=by, act="child.refused", child=row.child)
        raise not_there()
    audit.record(at=now, by=by, act="sharing.viewed", child=row.child, about=str(row.id))
    return Found(row, asks, answers, opens)


@wall.lifted("whoever owns the duty to answer may read what was asked, and nothing more by that")
def _owes(by: Practitioner, request: UUID) -> bool:
    asks = [question(request, "answer"), question(request, "advice")]
    mine = Q(owner=by.username) | Q(pending_to=by.username)
    return DutyNow.objects.filter(mine, question__in=asks).exists()


def page_of_duty(*, by: Practitioner, duty: UUID) -> tuple[str, UUID] | None:
    """Where a duty of sharing is answered by its owner, and the id there; None for any other duty.

    The page of a request, of a refusal, or of consent that was taken back.
    """
    with wall.lifted("an owner is led to where their duty is answered"):
        row = DutyNow.objects.filter(Q(owner=by.username) | Q(pending_to=by.username), duty_id=duty).first()
    of = of_question(row.question) if row else None
    if row is None or of is None:
        return None
    if row.question.endswith((":anew", ":told")):
        return _page_of_end(of)
    return ("refusal" if row.question.endswith(":review") else "request"), of


@wall.lifted("an owner is led to where their duty is answered")
def _page_of_end(end: UUID) -> tuple[str, UUID] | None:
    row = ConsentEnd.objects.filter(id=end).first()
    return ("consent", row.taken_back_id) if row else None


def answerer(row: SharingRequest, now: datetime) -> str:
    """Who owns the duty to answer now; empty while nobody does."""
    with wall.lifted("whoever asked may know who has it"):
        duty = DutyNow.objects.filter(child=row.child, question=question(row.id, "answer")).first()
    return duty.owner if duty else ""


def due_of(row: SharingRequest) -> datetime | None:
    """By when it is to be answered; None once it is."""
    with wall.lifted("whoever asked may know by when"):
        duty = DutyNow.objects.filter(child=row.child, question=question(row.id, "answer")).first()
    return duty.due if duty and duty.status != "discharged" else None


def advisers(now: datetime) -> str:
    """The Caldicott guardian who is asked for advice; empty where there is none."""
    on_rota = who(mapping.rota(), "caldicott_guardian", "", now).person
    guardian = Practitioner.objects.filter(role="caldicott_guardian", is_active=True).order_by("username").first()
    return on_rota or (guardian.username if guardian else "")
