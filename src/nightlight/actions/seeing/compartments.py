"""Sealed compartments: adoption, a victim's whereabouts, police material, legal advice, allegations, informants.

What is sealed is there for the named members alone; the policy's text says so, and nothing opens it but membership. The
Caldicott guardian keeps them: opens one with its first member, adds and ends members, seals, and closes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from nightlight.actions.seeing.access import not_there, require
from nightlight.actions.trail import audit
from nightlight.domain.roles import Permission
from nightlight.store.access import wall
from nightlight.store.access.models import Compartment, Member, Seal
from nightlight.store.chronology.models import EntryRow
from nightlight.store.people.models import Address, Person, Practitioner, SourcePerson

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "adoption": "Adoption: the identity before it",
        "whereabouts": "Where a victim of abuse lives",
        "police": "Police material under a handling code",
        "legal": "Legal advice",
        "allegation": "Allegation against a member of staff",
        "informant": "Who told us",
        "adult_health": "An adult's health, beyond what the policy keeps from others",
        "review": "Material of a learning review",
    }
)
SEALABLE: Mapping[str, type] = MappingProxyType(
    {"entry": EntryRow, "source_person": SourcePerson, "address": Address, "child": Person}
)
"""What can be sealed. A source's record of somebody, an address or a child is sealed with every entry about it."""


class NotSealed(ValueError):
    """It can't be sealed as it was asked for; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A compartment as its keeper sees it: who its members are, and how much is in it. Not what."""

    row: Compartment
    members: tuple[Member, ...]
    seals: int


@wall.lifted("its keeper makes a compartment, whatever is in it")
def open_compartment(*, by: Practitioner, kind: str, reason: str, members: Sequence[str], now: datetime) -> Compartment:
    """A new compartment with its first members; one that nobody could look into is not made."""
    require(by, Permission.COMPARTMENT_KEEP)
    if kind not in KINDS:
        raise NotSealed(f"Choose what sort of compartment it is: {', '.join(KINDS)}")
    if not reason.strip() or not members:
        raise NotSealed("A compartment has a reason, and somebody named who may see what is in it")
    with transaction.atomic():
        row = Compartment.objects.create(kind=kind, opened=now, by=by.username, reason=reason.strip())
        audit.record(at=now, by=by, act="compartment.opened", about=str(row.id), reason=reason.strip())
        for person in dict.fromkeys(members):
            add_member(by=by, compartment=row.id, person=person, reason=reason, now=now)
    return row


@wall.lifted("a part of a meeting is closed by whoever runs it, whatever is said in it")
def open_in_meeting(
    id_: UUID, *, kind: str, reason: str, members: Sequence[str], by: Practitioner, now: datetime
) -> None:
    """The compartment of a closed part of a meeting, with this id. Called by `meeting_parts`, in its transaction."""
    row = Compartment.objects.create(id=id_, kind=kind, opened=now, by=by.username, reason=reason.strip())
    Member.objects.bulk_create(
        Member(compartment=row, person=person, since=now, by=by.username, reason=reason.strip()) for person in members
    )
    audit.record(at=now, by=by, act="compartment.opened", about=str(row.id), reason=reason.strip())


@wall.lifted("whether somebody is in a compartment is asked before anything in it is shown")
def open_to(person: str, parts: Collection[str]) -> frozenset[str]:
    """Those of these compartments that somebody is in now, and those that are closed: their seals hold no longer."""
    if not parts:
        return frozenset()
    member = Member.objects.filter(Q(until=None) | Q(until__gt=Now()), person=person).values("compartment")
    rows = Compartment.objects.filter(id__in=parts).filter(Q(closed__isnull=False) | Q(id__in=member))
    return frozenset(str(id_) for id_ in rows.values_list("id", flat=True))


@wall.lifted("who is in a compartment is asked before anything in it is sent")
def members_of(part: str) -> frozenset[str]:
    """Whoever is in a compartment now."""
    rows = Member.objects.filter(Q(until=None) | Q(until__gt=Now()), compartment=UUID(part))
    return frozenset(rows.values_list("person", flat=True))


def seal_entries(part: str, entries: Sequence[UUID], *, by: Practitioner, now: datetime) -> None:
    """What was said in a closed part is sealed in the record as it is written there. In the caller's transaction."""
    reason = "said in a closed part of a meeting"
    Seal.objects.bulk_create(
        (
            Seal(compartment_id=part, what="entry", item=id_, since=now, by=by.username, reason=reason)
            for id_ in entries
        ),
        ignore_conflicts=True,
    )


@wall.lifted("its keeper names the members of a compartment, whatever is in it")
def add_member(
    *, by: Practitioner, compartment: UUID, person: str, reason: str, now: datetime, until: datetime | None = None
) -> Member:
    """Somebody may see what is in it, from now until `until` or the end of their membership."""
    require(by, Permission.COMPARTMENT_KEEP)
    with transaction.atomic():
        row = _open(compartment, now)
        if not Practitioner.objects.filter(username=person, is_active=True).exists():
            raise NotSealed("Choose somebody who can sign in")
        held = row.members.filter(person=person, until=None).first()
        if held is not None:
            return held
        member = Member.objects.create(
            compartment=row, person=person, since=now, until=until, by=by.username, reason=reason.strip()
        )
        audit.record(at=now, by=by, act="compartment.member_added", about=str(row.id), reason=reason.strip())
    return member


@wall.lifted("its keeper names the members of a compartment, whatever is in it")
def end_member(*, by: Practitioner, compartment: UUID, person: str, now: datetime) -> None:
    """They are a member no longer; the last one stays until the compartment is closed."""
    require(by, Permission.COMPARTMENT_KEEP)
    with transaction.atomic():
        row = _open(compartment, now)
        members = list(row.members.filter(until=None))
        if [member.person for member in members] == [person]:
            raise NotSealed("Name somebody else first: a compartment that nobody can look into helps no child")
        row.members.filter(person=person, until=None).update(until=now)
        audit.record(at=now, by=by, act="compartment.member_ended", about=str(row.id))


@wall.lifted("whoever seals need not see what they seal from then on")
def seal(*, by: Practitioner, compartment: UUID, what: str, item: UUID, reason: str, now: datetime) -> Seal:
    """Put an entry, a source's record of somebody, an address or a child into a compartment. It stays there."""
    require(by, Permission.COMPARTMENT_KEEP)
    with transaction.atomic():
        row = _open(compartment, now)
        if what not in SEALABLE:
            raise NotSealed(f"What can be sealed is one of {', '.join(SEALABLE)}")
        if not SEALABLE[what].objects.filter(id=item).exists():  # type: ignore[attr-defined]
            raise not_there()
        made, _ = Seal.objects.get_or_create(
            compartment=row, what=what, item=item, defaults={"since": now, "by": by.username, "reason": reason.strip()}
        )
        audit.record(at=now, by=by, act="compartment.sealed", about=str(row.id), reason=reason.strip())
    return made


@wall.lifted("its keeper closes a compartment, whatever is in it")
def close_compartment(*, by: Practitioner, compartment: UUID, reason: str, now: datetime) -> None:
    """Its seals hold no longer; what was in it is there for whom the rest of the policy permits."""
    require(by, Permission.COMPARTMENT_KEEP)
    with transaction.atomic():
        row = _open(compartment, now)
        row.closed = now
        row.save(update_fields=["closed"])
        audit.record(at=now, by=by, act="compartment.closed", about=str(row.id), reason=reason.strip())


@wall.lifted("its keeper sees who the members are, and how much is in it")
def compartments(*, by: Practitioner, now: datetime) -> list[Kept]:
    """Every open compartment, with its members; what is in one is only counted."""
    require(by, Permission.COMPARTMENT_KEEP)
    audit.record(at=now, by=by, act="compartment.listed")
    rows = Compartment.objects.filter(closed=None).prefetch_related("members", "seals").order_by("opened", "id")
    return [
        Kept(row, tuple(m for m in row.members.all() if m.until is None or m.until > now), len(row.seals.all()))
        for row in rows
    ]


def _open(compartment: UUID, now: datetime) -> Compartment:
    """Locked until the transaction ends: of two keepers at once, the second finds what the first did."""
    row = Compartment.objects.select_for_update().filter(id=compartment, opened__lte=now, closed=None).first()
    if row is None:
        raise not_there()
    return row
