"""What was seen through a wrong match: once a record is taken off a child, who looked at that child meanwhile.

Read from the audit, for the guardian, who decides whom to tell. It shows who looked and when, never what they read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nightlight.actions.seeing.access import require
from nightlight.actions.trail import audit
from nightlight.domain.roles import Permission
from nightlight.store.access import wall
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import IdentityDecision, Practitioner

LOOKS = ("child.viewed", "concern.viewed", "duty.viewed", "attachment.viewed", "match.viewed")
MOST = 200


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the child whose record held somebody else's entries: who, when, and at what sort of thing."""

    at: datetime
    by: str
    act: str


@dataclass(frozen=True, slots=True)
class WrongMatch:
    """A record that counted for a child and was taken off: from when until when, by whom, and who looked between."""

    source_person: UUID
    child: UUID
    since: datetime
    until: datetime
    joined_by: str
    parted_by: str
    reason: str
    looks: tuple[Look, ...]


@wall.lifted("the guardian oversees what a wrong match showed, of whichever child")
def wrong_matches(*, by: Practitioner, now: datetime, most: int = MOST) -> tuple[WrongMatch, ...]:
    """Every match that was undone, the newest first, with the looks at the child while it held."""
    require(by, Permission.AUDIT_VIEW)
    undone = sorted(_undone(), key=lambda pair: (pair[1].at, pair[1].id), reverse=True)[:most]
    audit.record(at=now, by=by, act="match.wrong_listed", detail={"shown": len(undone)})
    return tuple(_with_looks(joined, parted) for joined, parted in undone)


def _undone() -> Iterator[tuple[IdentityDecision, IdentityDecision]]:
    """Each decision that put a record with a child, and the one that took it off again."""
    redecided = IdentityDecision.objects.exclude(by="rule").values("source_person")
    decisions: dict[UUID, list[IdentityDecision]] = defaultdict(list)
    for decision in IdentityDecision.objects.filter(source_person__in=redecided).order_by("id"):
        decisions[decision.source_person].append(decision)
    for each in decisions.values():
        yield from _taken_off(each)


def _taken_off(decisions: Iterable[IdentityDecision]) -> Iterator[tuple[IdentityDecision, IdentityDecision]]:
    joined: IdentityDecision | None = None
    for decision in decisions:
        if joined is not None and decision.person != joined.person:
            yield joined, decision
            joined = None
        if joined is None and decision.outcome == "same" and decision.person is not None:
            joined = decision


def _with_looks(joined: IdentityDecision, parted: IdentityDecision) -> WrongMatch:
    assert joined.person is not None  # noqa: S101 - only such are yielded
    looks = AuditEvent.objects.filter(child=joined.person, act__in=LOOKS, at__gte=joined.at, at__lt=parted.at)
    return WrongMatch(
        source_person=joined.source_person,
        child=joined.person,
        since=joined.at,
        until=parted.at,
        joined_by=joined.by,
        parted_by=parted.by,
        reason=parted.reason,
        looks=tuple(Look(event.at, event.by, event.act) for event in looks.order_by("id")[:MOST]),
    )
