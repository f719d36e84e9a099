"""Which duties are there for somebody: of a list, and one by its id. Nothing of what is refused is said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from nightlight.actions.seeing.access import access_child, not_there, require, who_is
from nightlight.actions.seeing.sight import Sight, sight_of
from nightlight.actions.trail import audit
from nightlight.domain.access.vocabulary import Relationship
from nightlight.domain.roles import ROLES, Permission
from nightlight.store.access import wall
from nightlight.store.access.facts import sealed_from
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Practitioner


def seen_by(by: Practitioner, rows: list[DutyNow], now: datetime, standing: Relationship) -> list[DutyNow]:
    """Those of a list's duties that are there for this person: not of a sealed child, nor on sealed evidence alone.

    standing: the relationship to each child that being in this list means.
    """
    sealed = sealed_from(by.username, now)
    if not (sealed.children or sealed.entries):
        return rows
    sight = Sight(who_is(by), by.organisation_id, frozenset({standing}), sealed)
    return [row for row in rows if str(row.child) not in sealed.children and sight.sees_duty(row.evidence)]


def unsealed(by: Practitioner, rows: QuerySet[DutyNow], now: datetime) -> QuerySet[DutyNow]:
    """The same for a list that is counted where it lies: without sealed children, and duties on sealed evidence."""
    sealed = sealed_from(by.username, now)
    if sealed.children:
        rows = rows.exclude(child__in=[UUID(id_) for id_ in sealed.children])
    if sealed.entries:
        on_sealed = Q(evidence__contained_by=[UUID(id_) for id_ in sealed.entries]) & ~Q(evidence__len=0)
        rows = rows.exclude(on_sealed & ~Q(owner=by.username) & ~Q(pending_to=by.username))
    return rows


def questions(*, by: Practitioner, duties: Iterable[UUID], now: datetime) -> dict[UUID, str]:
    """What each of these duties asks; nothing of one that is sealed from whoever reads."""
    rows = unsealed(by, DutyNow.objects.filter(duty_id__in=list(duties)), now)
    return dict(rows.values_list("duty_id", "question"))


def found(by: Practitioner, duty_id: UUID, now: datetime) -> tuple[DutyNow, Sight]:
    """A duty, to somebody who may see its child and it; what is not there and what is not for them is refused alike.

    The partnership's own, of no child, is there for whoever has it and for those whose team's it is.
    """
    with wall.lifted("whose child's duty it is must be known before anybody can be asked whether they may see it"):
        row = DutyNow.objects.select_related("duty").filter(duty_id=duty_id).first()
    if row is not None and row.child is None:
        return row, _of_the_partnership(by, row, now)
    access = access_child(by=by, child=row.child if row and row.child else duty_id, now=now)
    sight = sight_of(by=by, access=access, now=now)
    if row is None or not sight.sees_duty(row.evidence):
        raise not_there()
    return row, sight


def _of_the_partnership(by: Practitioner, row: DutyNow, now: datetime) -> Sight:
    require(by, Permission.CHILD_VIEW)
    standing = _standing(by, row)
    audit.record(at=now, by=by, act="duty.viewed" if standing else "duty.refused", about=str(row.duty_id))
    if standing is None:
        raise not_there()
    return Sight(who_is(by), by.organisation_id, frozenset({standing}), sealed_from(by.username, now))


def _standing(by: Practitioner, row: DutyNow) -> Relationship | None:
    if by.username in (row.owner, row.pending_to):
        return Relationship.ALLOCATED
    if Permission.TEAM_VIEW not in ROLES[by.role].may:
        return None
    if ROLES[by.role].partnership_wide:
        return Relationship.PARTNERSHIP
    return Relationship.TEAM if row.organisation == by.organisation_id else None
