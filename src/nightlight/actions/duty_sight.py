"""Which duties are there for somebody: of a list, and one by its id. Nothing of what is refused is said."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from nightlight.actions.access import Access, access_child, not_there, who_is
from nightlight.actions.sight import Sight, sight_of
from nightlight.domain.access.vocabulary import Relationship
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


def found(by: Practitioner, duty_id: UUID, now: datetime) -> tuple[DutyNow, Access]:
    """A duty, to somebody who may see its child and it; what is not there and what is not for them is refused alike."""
    with wall.lifted("whose child's duty it is must be known before anybody can be asked whether they may see it"):
        row = DutyNow.objects.select_related("duty").filter(duty_id=duty_id).first()
    access = access_child(by=by, child=row.child if row else duty_id, now=now)
    if row is None or not sight_of(by=by, access=access, now=now).sees_duty(row.evidence):
        raise not_there()
    return row, access
