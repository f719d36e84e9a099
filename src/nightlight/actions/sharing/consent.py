"""Consent is taken back: nothing more is shared on it, what stands open is decided anew, and each receiver is told.

What was shared stays on record. Where consent was written down but was not the basis, nothing ends, and the page says
why. Whoever hears it puts it on record: whoever shared, or whoever was given it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from nightlight.actions.seeing import relationships
from nightlight.actions.seeing.access import access_child, require
from nightlight.actions.sharing import asking
from nightlight.actions.sharing.asking import owe, question
from nightlight.actions.sharing.standing_consent import beside_consent, end_of_request, lock, rests_on_consent
from nightlight.actions.telling import notices
from nightlight.actions.trail import audit
from nightlight.domain.notices import Wanted, Why
from nightlight.domain.pointers import HUB
from nightlight.domain.roles import Permission
from nightlight.domain.sharing.consent import NotTaken, TakenBack
from nightlight.domain.sharing.vocabulary import Consent
from nightlight.store.access import wall
from nightlight.store.access.facts import sealed_from
from nightlight.store.people.models import Practitioner
from nightlight.store.sharing.models import (
    ConsentEnd,
    ConsentTakenBack,
    Disclosure,
    SharingDecision,
    SharingRequest,
)

ANEW, TOLD = "SHARING-CONSENT", "SHARING-TOLD"
GUARDIAN = "caldicott_guardian"
_A_MINUTE = timedelta(minutes=1)
"""A form says a moment to the minute."""


@dataclass(frozen=True, slots=True)
class Resting:
    """What consent means to what was shared of a child, as far as somebody may see it.

    on_it: what was given on consent that nobody took back. beside: what was given on another basis. asked: open
    requests that were made with consent.
    """

    on_it: tuple[Disclosure, ...]
    beside: tuple[Disclosure, ...]
    asked: tuple[SharingRequest, ...]

    @property
    def ids(self) -> frozenset[UUID]:
        """Of what can be ended: decisions and requests."""
        return frozenset({row.decision_id for row in self.on_it} | {row.id for row in self.asked})


def resting(*, by: Practitioner, child: UUID, now: datetime) -> Resting:
    """What rests on consent of a child, for whoever may open the record and was a side of it, and for the guardian."""
    require(by, Permission.DUTY_HOLD)
    access_child(by=by, child=child, now=now)
    return _resting(by, child, now)


@wall.lifted("the record was opened; of what is sealed from the reader nothing is told")
def _resting(by: Practitioner, child: UUID, now: datetime) -> Resting:
    sealed = sealed_from(by.username, now).entries
    rows = Disclosure.objects.filter(child=child).select_related("decision").prefetch_related("items")
    given = [
        row
        for row in rows.order_by("-at", "-id")
        if _is_side(by, row.organisation, row.to_organisation)
        and not any(str(item.entry) in sealed for item in row.items.all())
    ]
    ended = set(ConsentEnd.objects.filter(child=child).values_list("decision", flat=True))
    asked = SharingRequest.objects.filter(child=child, consent=Consent.GIVEN).order_by("-at", "-id")
    sides = [row for row in asked if _is_side(by, row.organisation, row.holder)]
    done = asking.answered(row.id for row in sides)
    return Resting(
        tuple(row for row in given if rests_on_consent(row.decision) and row.decision_id not in ended),
        tuple(row for row in given if beside_consent(row.decision)),
        tuple(row for row in sides if row.id not in done and end_of_request(row.id) is None),
    )


def _is_side(by: Practitioner, *organisations: str) -> bool:
    return by.organisation_id in organisations or by.role == GUARDIAN


def take_back(
    *, by: Practitioner, child: UUID, said: TakenBack, ends: Iterable[UUID], listed: Iterable[UUID], key: str,
    now: datetime,
) -> ConsentTakenBack:  # fmt: skip
    """Put on record that consent was taken back, and end what rested on it. The same key twice is one.

    ends: the decisions and requests that it was given for. listed: what the form showed, so that nothing that was
    shared meanwhile goes unseen. Nothing chosen is put on record too: then no sharing rested on it.
    """
    require(by, Permission.DUTY_HOLD)
    access_child(by=by, child=child, now=now)
    with wall.lifted("what follows is told to whoever was given something"), transaction.atomic():
        lock(child)
        held = ConsentTakenBack.objects.filter(key=key).first()
        if held is not None:
            return held
        found = _resting(by, child, now)
        _check(said, found, set(ends), set(listed))
        row = ConsentTakenBack.objects.create(
            key=key, child=child, at=now, by=by.username, organisation=by.organisation_id, whose=said.whose.strip(),
            on=said.on, how=said.how, said=said.said.strip(),
        )  # fmt: skip
        _end(row, found, set(ends), now)
        audit.record(
            at=now, by=by, act="consent.taken_back", child=child, about=str(row.id), detail={"ends": row.ends.count()}
        )
    return row


def _check(said: TakenBack, found: Resting, ends: set[UUID], listed: set[UUID]) -> None:
    if listed != found.ids or not ends <= found.ids:
        raise NotTaken("ends", "What rests on consent has changed since you opened this page. Look at it as it is now")
    first = min((row.at for row in found.on_it if row.decision_id in ends), default=None)
    if first is not None and said.on + _A_MINUTE <= first:
        raise NotTaken("on", "Enter when they told you: not before what rests on it was shared")


def _end(row: ConsentTakenBack, found: Resting, ends: set[UUID], now: datetime) -> None:
    for disclosure in found.on_it:
        if disclosure.decision_id in ends:
            end_disclosure(row, disclosure, now)
    for request in found.asked:
        if request.id in ends:
            _end_request(row, request, now)


def end_disclosure(row: ConsentTakenBack, disclosure: Disclosure, now: datetime) -> ConsentEnd:
    """What was given stays given; the record that was open by it closes, and its receiver is told and asked."""
    decision = disclosure.decision
    about = str(decision.request_id or disclosure.id)
    closed = relationships.end(kind="given", about=about, person=disclosure.to_person, now=now, by=row.by)
    end = ConsentEnd.objects.create(
        taken_back=row, decision=decision, child=row.child, holder=disclosure.organisation,
        opened=disclosure.until if closed else None,
    )  # fmt: skip
    if closed:
        owe(
            child=row.child, asks=question(end.id, "anew"), rule=ANEW, organisation=disclosure.organisation, now=now,
            owner=_still_there(decision.by, disclosure.organisation),
        )  # fmt: skip
    _tell_receiver(end, disclosure, now)
    return end


def _tell_receiver(end: ConsentEnd, disclosure: Disclosure, now: datetime) -> None:
    """A receiver without an account here (a hub's, at a source) is told by what the hub is sent."""
    if disclosure.to_person.startswith(HUB):
        return
    owe(
        child=disclosure.child, asks=question(end.id, "told"), rule=TOLD, organisation=disclosure.to_organisation,
        now=now, owner=_still_there(disclosure.to_person, disclosure.to_organisation),
    )  # fmt: skip
    _notice(f"consent.{end.id}", disclosure.to_person, f"given:{disclosure.id}", now)
    audit.record(at=now, by=end.taken_back.by, act="consent.told", child=disclosure.child, about=str(disclosure.id))


def _end_request(row: ConsentTakenBack, request: SharingRequest, now: datetime) -> None:
    """Its duty and its clock stand: whoever answers it and whoever asked are told that it rests on consent no more."""
    end = ConsentEnd.objects.create(taken_back=row, request=request, child=row.child, holder=request.holder)
    for person in sorted({request.by, asking.answerer(request, now)} - {"", row.by}):
        _notice(f"consent.{end.id}.{person}", person, f"asked:{request.id}", now)


def _still_there(username: str, organisation: str) -> str:
    """Somebody by name, while they work there; else empty, and the rota says who."""
    there = Practitioner.objects.filter(username=username, organisation=organisation, is_active=True)
    return username if there.exists() else ""


def _notice(key: str, person: str, about: str, now: datetime) -> None:
    notices.keep([(Wanted(key=key, why=Why.CONSENT, person=person, about=about), "")], now)


@wall.lifted("the record was opened; each side reads of its own")
def taken_back_of(*, by: Practitioner, child: UUID) -> list[ConsentTakenBack]:
    """When consent was taken back, newest first; for whoever opened the record and is a side of it, or the guardian."""
    rows = ConsentTakenBack.objects.filter(child=child).prefetch_related("ends__decision__disclosure")
    return [
        row
        for row in rows.order_by("-on", "-at")
        if _is_side(by, row.organisation, *(each.holder for each in row.ends.all()))
        or any(_is_side(by, each.decision.disclosure.to_organisation) for each in row.ends.all() if each.decision)
    ]


def told_by_source(*, decision: SharingDecision, by: str, on: datetime, now: datetime) -> None:
    """A source says that consent to what it gave was taken back there; once. Called in the transaction of its event."""
    lock(decision.child)
    disclosure = Disclosure.objects.select_related("decision").filter(decision=decision).first()
    key = f"source:{decision.id}"
    if disclosure is None or ConsentTakenBack.objects.filter(key=key).exists():
        return
    row = ConsentTakenBack.objects.create(
        key=key, child=decision.child, at=now, by=by[:80], organisation=decision.organisation,
        whose="As its source has it on record.", on=min(on, now), how="through_another",
    )  # fmt: skip
    end_disclosure(row, disclosure, now)
    audit.record(at=now, by=by, act="consent.taken_back", child=decision.child, about=str(row.id), detail={"ends": 1})
