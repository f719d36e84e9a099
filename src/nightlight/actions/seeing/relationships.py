"""Relationships to a child that are granted: asked to a meeting, given information. Kept in the caller's transaction.

What follows from other rows (an organisation's own record, a duty) is never written here, and breaking the glass is a
deed of its own (`actions.child.glass`).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nightlight.actions.trail import audit
from nightlight.domain.access.vocabulary import Relationship
from nightlight.store.access import wall
from nightlight.store.access.models import Granted
from nightlight.store.people.models import Practitioner

GRANTABLE = frozenset({Relationship.MEETING, Relationship.GIVEN})


@wall.lifted("the web's role may not grant anybody anything; only a deed does")
def begin(
    *,
    kind: str,
    child: UUID,
    person: str,
    about: str,
    by: Practitioner | str,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    reason: str = "",
) -> None:
    """Somebody stands in this relationship to a child from `since` on, until `until` or its end. Twice is once."""
    if kind not in GRANTABLE:
        raise ValueError(f"a relationship that is granted is one of {', '.join(sorted(GRANTABLE))}")
    open_ = Granted.objects.filter(kind=kind, child=child, person=person, about=about, until=until)
    if open_.exists():
        return
    Granted.objects.create(
        kind=kind, child=child, person=person, about=about, since=since or now, until=until, by=audit.actor(by),
        reason=reason,
    )  # fmt: skip
    audit.record(at=now, by=by, act="relationship.began", child=child, about=f"{kind}:{about}", reason=reason)


@wall.lifted("the web's role may not take anything away; only a deed does")
def end(*, kind: str, about: str, now: datetime, by: Practitioner | str = audit.SYSTEM, person: str = "") -> int:
    """It is over for all who had it through this meeting or request (or for this person); returns for how many."""
    rows = Granted.objects.filter(kind=kind, about=about)
    rows = rows.filter(until=None) | rows.filter(until__gt=now)
    if person:
        rows = rows.filter(person=person)
    ended = list(rows)
    for row in ended:
        row.until = max(now, row.since)
        row.save(update_fields=["until"])
        audit.record(at=now, by=by, act="relationship.ended", child=row.child, about=f"{kind}:{about}")
    return len(ended)


@wall.lifted("the web's role may not grant anybody anything; only a deed does")
def move(*, kind: str, about: str, before: UUID, after: UUID, now: datetime, by: Practitioner | str) -> None:
    """The child was found to be another: who stood in this relationship to the one stands in it to the other."""
    for row in Granted.objects.filter(kind=kind, about=about, child=before, until=None):
        begin(kind=kind, child=after, person=row.person, about=about, by=by, now=now, reason=row.reason)
        row.until = max(now, row.since)
        row.save(update_fields=["until"])
