"""Who may see what: the few functions through which every protected read passes. Default deny.

A role permits, and a relationship to the child makes it need-to-know: the person's own organisation holds a record of
the child, they own (or are offered) a duty about the child, their role answers for the whole partnership and the child
is open to it, or they found the child for a reason that was written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from nightlight.actions import audit
from nightlight.domain.roles import ROLES, Permission, may
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Person, Practitioner, SourcePerson

FOUND_FOR = timedelta(hours=12)
"""How long a reason given when finding somebody lets them be looked at: a working day."""


class Refused(Exception):
    """Not permitted. The message says why only as far as the person may know that there is something to refuse."""


@dataclass(frozen=True, slots=True)
class Access:
    """That somebody may see a child, and on what ground."""

    child: UUID
    ground: str


def require(by: Practitioner, permission: Permission) -> None:
    """Refuse unless the role of this person may do this at all."""
    if not by.is_active or not may(by.role, permission):
        raise Refused("Your role does not include this. Ask your safeguarding lead who can do it for you.")


def access_child(*, by: Practitioner, child: UUID, now: datetime, reason: str = "") -> Access:
    """Whether this person may see this child now, and why; writes the view down. Raises `Refused`.

    A child who does not exist and a child one may not see are refused with the same words.
    """
    require(by, Permission.CHILD_VIEW)
    ground = _ground(by, child, now)
    if ground is None:
        audit.record(at=now, by=by, act="child.refused", child=child)
        raise Refused(
            "You have no recorded relationship to this child. If you need to see this record, find the person and "
            "give your reason; it is logged and the record's owner can see it."
        )
    audit.record(at=now, by=by, act="child.viewed", child=child, about=ground, reason=reason)
    return Access(child, ground)


def may_see(by: Practitioner, child: UUID, now: datetime) -> bool:
    """Whether `access_child` would allow it; writes nothing, for lists that only show names to be opened."""
    return may(by.role, Permission.CHILD_VIEW) and _ground(by, child, now) is not None


def _ground(by: Practitioner, child: UUID, now: datetime) -> str | None:
    if not Person.objects.filter(id=child).exists():
        return None
    if SourcePerson.objects.filter(person=child, organisation=by.organisation_id).exists():
        return "your organisation holds a record of this child"
    duties = DutyNow.objects.filter(child=child)
    if duties.filter(Q(owner=by.username) | Q(pending_to=by.username)).exists():
        return "a duty about this child is yours or offered to you"
    if ROLES[by.role].partnership_wide and _open_to_partnership(by, child):
        return "your role answers for the whole partnership and this child is open to it"
    found = AuditEvent.objects.filter(by=by.username, act="person.found", child=child, at__gt=now - FOUND_FOR)
    return "you found this child and gave a reason" if found.exists() else None


def _open_to_partnership(by: Practitioner, child: UUID) -> bool:
    if may(by.role, Permission.MATCH_DECIDE) or DutyNow.objects.filter(child=child).exists():
        return True
    theirs = SourcePerson.objects.filter(person=child, agency=by.agency).values("id")
    return EntryRow.objects.filter(agency=by.agency, subjects__source_person__in=theirs).exists()
