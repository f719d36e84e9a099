"""Finding people to ask to a meeting: practitioners by name, role or organisation. And the child whom
a meeting is to be called about, to whoever may see the child."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from nightlight.actions.record import households
from nightlight.actions.record.households import Member
from nightlight.actions.seeing.access import access_child, require
from nightlight.domain.roles import ROLES, Permission, may
from nightlight.store.people.models import Person, Practitioner

MOST = 30
SHORTEST = 2


def find(*, by: Practitioner, text: str) -> list[Practitioner]:
    """The practitioners whose name, role or organisation has all these words; the first `MOST`, by name."""
    require(by, Permission.DUTY_HOLD)
    said = text.split()[:6]
    if sum(map(len, said)) < SHORTEST:
        return []
    found = Practitioner.objects.filter(is_active=True).select_related("organisation")
    for word in said:
        roles = [code for code, role in ROLES.items() if word.casefold() in role.title.casefold()]
        found = found.filter(Q(name__icontains=word) | Q(organisation__name__icontains=word) | Q(role__in=roles))
    return list(found.order_by("name")[:MOST])


CHAIRS = ("cp_chair", "front_door_team_manager", "service_manager", "emergency_duty_team_manager", "line_manager",
          "safeguarding_lead", "social_worker")  # fmt: skip


def chairs(*, by: Practitioner) -> list[Practitioner]:
    """Who may be asked to chair: whoever calls the meeting, and chairs and managers of the same organisation; chairs
    first."""
    require(by, Permission.DUTY_HOLD)
    held = Practitioner.objects.filter(is_active=True).filter(
        Q(role="cp_chair") | Q(organisation=by.organisation_id, role__in=CHAIRS) | Q(username=by.username)
    )
    order = {role: number for number, role in enumerate(CHAIRS)}
    people = held.select_related("organisation")
    return sorted(people, key=lambda each: (order.get(each.role, len(order)), each.name))[:100]


def supporters(*, by: Practitioner) -> list[Practitioner]:
    """The senior managers who may be named as supporting that a conference is called: those who answer for a team,
    of the same organisation first."""
    require(by, Permission.DUTY_HOLD)
    roles = [code for code in ROLES if may(code, Permission.TEAM_VIEW)]
    found = Practitioner.objects.filter(is_active=True, role__in=roles).select_related("organisation")
    return sorted(found, key=lambda each: (each.organisation_id != by.organisation_id, each.name))[:100]


def beside(*, by: Practitioner, child: UUID, now: datetime) -> list[Member]:
    """The other children of the family whose record somebody may open: those whom a meeting may be about too."""
    found = households.network(by=by, child=child, now=now).members
    return [each for each in found if each.is_child and each.opens and each.id != str(child)]


def child_of(*, by: Practitioner, child: UUID, now: datetime) -> Person:
    """The child, to somebody who may see them; the look is on record."""
    return Person.objects.get(id=access_child(by=by, child=child, now=now).child)
