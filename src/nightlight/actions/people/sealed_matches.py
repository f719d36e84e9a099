"""A record that came with the number of somebody in a sealed compartment: put before the compartment's keeper alone.

To everybody else the record is somebody new, before and after. Nothing here may be called for anybody but the keeper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.db import transaction

from nightlight.actions.seeing import compartments
from nightlight.actions.seeing.access import not_there, require
from nightlight.actions.trail import audit
from nightlight.domain.roles import Permission, may
from nightlight.store.access import wall
from nightlight.store.access.models import Compartment
from nightlight.store.people.models import Practitioner, SealedMatch, SourcePerson

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {"sealed": "Put the record into the compartment", "apart": "It is somebody else's record"}
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One that waits: where the record came from and when, which compartment it may belong in, and who its members are.

    It says nothing of what is in the compartment, which its keeper does not see either.
    """

    id: int
    organisation: str
    agency: str
    why: str
    at: datetime
    kind: str
    reason: str
    members: tuple[str, ...]


@wall.lifted("what is sealed is matched for its keeper, who learns that it was and not what is in it")
def waiting(*, by: Practitioner, now: datetime) -> tuple[Waiting, ...]:
    """What waits for the keeper, oldest first; for anybody else there is nothing, and nothing says that there is."""
    if not may(by.role, Permission.COMPARTMENT_KEEP):
        return ()
    require(by, Permission.COMPARTMENT_KEEP)
    rows = list(SealedMatch.objects.filter(outcome="").select_related("source_person").order_by("at", "id"))
    kept = (
        Compartment.objects.filter(closed=None).prefetch_related("members").in_bulk({row.compartment for row in rows})
    )
    audit.record(at=now, by=by, act="sealed_matches.listed", detail={"shown": len(rows)})
    return tuple(_waiting(row, kept[row.compartment], now) for row in rows if row.compartment in kept)


def _waiting(row: SealedMatch, compartment: Compartment, now: datetime) -> Waiting:
    members = [m.person for m in compartment.members.all() if m.until is None or m.until > now]
    names = dict(Practitioner.objects.filter(username__in=members).values_list("username", "name"))
    return Waiting(
        id=row.pk,
        organisation=row.source_person.organisation,
        agency=row.source_person.agency,
        why=row.why,
        at=row.at,
        kind=compartments.KINDS.get(compartment.kind, compartment.kind),
        reason=compartment.reason,
        members=tuple(sorted(names.get(member, member) for member in members)),
    )


@wall.lifted("its keeper decides what goes into a compartment, whatever is in it")
def decide(*, by: Practitioner, match: int, outcome: str, reason: str, now: datetime) -> None:
    """Put the record into the compartment, where its members decide whose it is, or leave it the somebody it is."""
    require(by, Permission.COMPARTMENT_KEEP)
    if outcome not in OUTCOMES:
        raise compartments.NotSealed("Choose whether the record goes into the compartment or is somebody else's")
    if not reason.strip():
        raise compartments.NotSealed("Say what you decided by. It is kept with the decision")
    with transaction.atomic():
        row = SealedMatch.objects.select_for_update().filter(pk=match, outcome="").first()
        if row is None:
            raise not_there()
        if outcome == "sealed":
            _seal(by, row, reason, now)
        row.outcome, row.decided, row.by, row.reason = outcome, now, by.username, reason.strip()
        row.save(update_fields=["outcome", "decided", "by", "reason"])
        audit.record(
            at=now, by=by, act="sealed_match.decided", about=str(row.compartment), reason=reason.strip(),
            detail={"outcome": outcome},
        )  # fmt: skip


def _seal(by: Practitioner, row: SealedMatch, reason: str, now: datetime) -> None:
    """The record, and the somebody new whom it made: of no other record of theirs would anything be left to see."""
    record = row.source_person
    items = [("source_person", record.id)]
    if record.person_id and not SourcePerson.objects.filter(person=record.person_id).exclude(id=record.id).exists():
        items.append(("child", record.person_id))
    for what, item in items:
        compartments.seal(by=by, compartment=row.compartment, what=what, item=item, reason=reason, now=now)
