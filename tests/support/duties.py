"""A duty and the ways to move it on, shared by the tests of duties."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nightlight.domain.duties import (
    SYSTEM,
    Accepted,
    Acknowledged,
    Assigned,
    Challenged,
    Climbed,
    Declined,
    Discharged,
    Duty,
    EvidenceAdded,
    EvidenceMoved,
    HandedOver,
    Lapsed,
    Notified,
    Raised,
    Reckoned,
    Seen,
    Withdrawn,
    state_of,
)

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
DUE = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
OWNER, OTHER = "p-owner", "p-other"


@dataclass(frozen=True)
class AFiring:
    child: str = "c1"
    question: str = "asthma"
    level: str = "concern"
    since: datetime = MONDAY
    evidence: tuple[str, ...] = ("e1",)


def after(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def a_duty(**changes):
    given = {
        "id": "d1",
        "child": "c1",
        "question": "asthma",
        "level": "concern",
        "what": "Look at it.",
        "role": "safeguarding_lead",
        "raised": MONDAY,
        "due": DUE,
        "rule": "response.concern",
        "rule_version": 1,
        "owner": OWNER,
        "evidence": ("e1",),
    }
    return Duty(**given | changes)


def raised(**changes):
    return Raised(at=MONDAY, by=SYSTEM, duty=a_duty(**changes))


ONE_OF_EACH = (
    Notified(at=after(1), by=SYSTEM, to=OWNER),
    Seen(at=after(1), by=OTHER),
    Acknowledged(at=after(1), by=OWNER),
    HandedOver(at=after(1), by=OWNER, to=OTHER),
    Accepted(at=after(1), by=OTHER),
    Declined(at=after(1), by=OTHER, reason="Not my school."),
    EvidenceAdded(at=after(1), by=SYSTEM, evidence=("e2",)),
    EvidenceMoved(at=after(1), by="entry:e2", evidence=("e2",)),
    Discharged(at=after(1), by=OWNER, outcome="referred", reason="Threshold met."),
    Withdrawn(at=after(1), by="entry:e9", reason="Recorded on the wrong child.", evidence=("e9",)),
    Reckoned(at=after(1), by="entry:e9", due=after(9), evidence=("e9",)),
    Assigned(at=after(1), by=SYSTEM, owner=OTHER, reason="On call."),
    Challenged(at=after(1), by="p-school", reason="He was not seen."),
    Lapsed(at=DUE + timedelta(hours=1), by=SYSTEM),
    Climbed(at=after(1), by=SYSTEM, to_role="line_manager"),
)


def history(*events, **changes):
    return state_of([raised(**changes), *events])
