"""Breaking the glass: opening a child's record in an emergency, for a reason and a time, in everybody's sight.

It is never refused to those who may: a refusal could cost a child. The record's owners and the Caldicott guardian are
told at once, and the guardian's review is a duty with a clock. It opens no sealed compartment.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nightlight.actions.owned import raising
from nightlight.actions.seeing.access import Refused, not_there, require, who_is
from nightlight.actions.signin import proof
from nightlight.actions.signin.proof import NeedsProof
from nightlight.actions.telling import notices
from nightlight.actions.trail import audit, turns
from nightlight.domain.access.engine import policy
from nightlight.domain.access.vocabulary import Purpose, Relationship
from nightlight.domain.clocks import due
from nightlight.domain.duty_events import GLASS_QUESTION as QUESTION
from nightlight.domain.notices import Wanted, Why
from nightlight.domain.raising import Arrangements, raise_under
from nightlight.domain.roles import Permission
from nightlight.domain.rota import Rota, who
from nightlight.store.access import wall
from nightlight.store.access.facts import standings
from nightlight.store.access.models import GlassReview, Granted
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Person, Practitioner, SourcePerson

OPEN, REVIEW = "GLASS-OPEN", "GLASS-REVIEW"
SHORTEST_REASON = 10
FINDINGS = {
    "right": "It was right",
    "avoidable": "It was right, and should not have been necessary",
    "wrong": "It was not right",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A glass that was broken, what was looked at behind it, and what its review found."""

    row: Granted
    looked: tuple[tuple[datetime, str], ...]
    review: GlassReview | None


def recently_proved(by: Practitioner, now: datetime) -> bool:
    """Whether somebody proved lately who they are."""
    return proof.recently(by, now)


@wall.lifted("an emergency is granted, told of and given to the guardian for review, whoever may see which of it")
def break_glass(*, by: Practitioner, child: UUID, reason: str, now: datetime) -> Granted:
    """Open a child's record now, until the time of the rules is over. Raises `Refused` as for a child who is not there.

    Breaking it again while it is broken gives the same; each reason is on record.
    """
    require(by, Permission.BREAK_GLASS)
    if len(reason.strip()) < SHORTEST_REASON:
        raise ValueError("Say what the emergency is, in a few words: it is read when this is reviewed")
    if not recently_proved(by, now):
        raise NeedsProof
    if not _opens(by, child, now):
        audit.record(at=now, by=by, act="glass.refused", child=child, reason=reason.strip())
        raise not_there()
    with transaction.atomic():
        under = Arrangements(rota=mapping.rota())
        audit.record(at=now, by=by, act="glass.broken", child=child, reason=reason.strip())
        turns.take_for(f"glass {by.username} {child}")  # a button that is pressed twice breaks it once
        held = _held(by, child, now)
        if held is not None:
            return held
        until = due(under.rules.in_force(OPEN, now), now, under.calendar)
        glass = Granted.objects.create(
            kind=Relationship.BROKEN_GLASS, child=child, person=by.username, since=now, until=until, by=by.username,
            reason=reason.strip(),
        )  # fmt: skip
        _review_is_owed(glass, under, now)
        notices.keep([(each, "") for each in _told(glass, by, under.rota, now)], now)
    return glass


def opens_for(now: datetime) -> str:
    """For how long the rules of that day keep a record open, in words."""
    return Arrangements(rota=mapping.rota()).rules.in_force(OPEN, now).within()


def _opens(by: Practitioner, child: UUID, now: datetime) -> bool:
    """Whether broken glass would open it: not what is sealed, and not a child who is not there."""
    standing = standings(by.username, [child], now).get(child)
    if standing is None or not Person.objects.filter(id=child, is_child=True).exists():
        return False
    glass = frozenset({str(Relationship.BROKEN_GLASS)})
    return policy().open(who_is(by), glass, purpose=Purpose.PROTECT, sealed=standing.sealed).allowed


def _held(by: Practitioner, child: UUID, now: datetime) -> Granted | None:
    rows = Granted.objects.filter(kind=Relationship.BROKEN_GLASS, child=child, person=by.username)
    return rows.filter(since__lte=now, until__gt=now).first()


def _review_is_owed(glass: Granted, under: Arrangements, now: datetime) -> None:
    row = under.rules.in_force(REVIEW, now)
    asked = raising.Asked(str(glass.child), f"{QUESTION}{glass.id}", row.duty_level or "concern", now, ())
    event = raise_under(row, asked, duty_id=str(uuid.uuid4()), at=now, organisation="", under=under)
    raising.open_duty(event, raising.home_of(event.duty.owner))


def _told(glass: Granted, by: Practitioner, rota: Rota, now: datetime) -> Iterator[Wanted]:
    """The guardian, and the record's owners: nothing about the child is in it."""
    guardian = who(rota, "caldicott_guardian", "", now).person
    for person in dict.fromkeys(each for each in (guardian, *_owners(glass.child, rota, now)) if each != by.username):
        yield Wanted(
            key=f"glass.{glass.id}.{person}", why=Why.GLASS, person=person, about=f"glass:{glass.id}", fast=True
        )


def _owners(child: UUID, rota: Rota, now: datetime) -> Iterable[str]:
    """Who owns an open duty about the child, and the safeguarding lead of each organisation that has a record."""
    yield from (
        DutyNow.objects.filter(child=child)
        .exclude(status="discharged")
        .exclude(owner="")
        .values_list("owner", flat=True)
    )
    having = SourcePerson.objects.filter(person=child).exclude(organisation="").values_list("organisation", flat=True)
    for organisation in sorted(set(having)):
        if lead := who(rota, "safeguarding_lead", organisation, now).person:
            yield lead


# -- afterwards


@wall.lifted("the guardian reads who opened what; it says nothing of what a record holds")
def broken(*, by: Practitioner, now: datetime, unreviewed: bool = False) -> list[Broken]:
    """Every glass that was broken, the newest first, with the views behind it."""
    require(by, Permission.GLASS_REVIEW)
    audit.record(at=now, by=by, act="glass.listed")
    rows = Granted.objects.filter(kind=Relationship.BROKEN_GLASS).select_related("review").order_by("-since", "id")
    if unreviewed:
        rows = rows.filter(review=None)
    return [Broken(row, _looked(row), getattr(row, "review", None)) for row in rows[:200]]


def child_of(glass: UUID) -> UUID | None:
    """Whose record it was, for a link: the page that it leads to asks who is reading."""
    return Granted.objects.filter(kind=Relationship.BROKEN_GLASS, id=glass).values_list("child", flat=True).first()


def _looked(glass: Granted) -> tuple[tuple[datetime, str], ...]:
    until = glass.until
    events = AuditEvent.objects.filter(by=glass.person, child=glass.child, at__gte=glass.since)
    events = events.filter(at__lte=until) if until else events
    return tuple(events.order_by("id").values_list("at", "act")[:50])


@wall.lifted("a review is kept, and ends the duty of it, whoever the child is")
def review(*, by: Practitioner, glass: UUID, finding: str, reason: str, now: datetime) -> GlassReview:
    """What the guardian found; it ends the duty to review. Nobody reviews a glass that they broke themselves."""
    require(by, Permission.GLASS_REVIEW)
    row = Granted.objects.filter(kind=Relationship.BROKEN_GLASS, id=glass).first()
    if row is None:
        raise not_there()
    if row.person == by.username:
        raise Refused("Somebody else reviews a glass that you broke yourself.")
    if finding not in FINDINGS or not reason.strip():
        raise ValueError("Choose what you found, and say why")
    with transaction.atomic():
        made, fresh = GlassReview.objects.get_or_create(
            glass=row, defaults={"at": now, "by": by.username, "finding": finding, "reason": reason.strip()}
        )
        if fresh:
            raising.end_reviewed(f"{QUESTION}{row.id}", by=by.username, reason=reason.strip(), now=now)
            audit.record(at=now, by=by, act="glass.reviewed", child=row.child, about=str(row.id), reason=reason.strip())
    return made
