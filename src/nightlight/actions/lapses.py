"""What lapsed, where and why: every clock that ran out before anybody had answered, for managers and the partnership.

Counted from the events, so that no figure can be tidied. An aggregate holds no child's name; a list of duties is for
those who see a team's duties anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from nightlight.actions import audit
from nightlight.actions.access import require
from nightlight.actions.duty_sight import unsealed
from nightlight.domain.duties import DutyState, Lapsed, Status, step
from nightlight.domain.duty_events import Event
from nightlight.domain.roles import ROLES, Permission
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyEvent, DutyNow
from nightlight.store.people.models import Person, Practitioner

ENDED_UNANSWERED = ""
"""In place of an outcome: the duty is still open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """A clock that ran out. role, level and rule are as they were then; so is `stood`: how far it had come.

    late: from its due time to when somebody ended it, or to now.
    """

    duty: UUID
    child: UUID | None
    organisation: str
    question: str
    role: str
    level: str
    rule: str
    owner: str
    stood: str
    due: datetime
    late: timedelta
    outcome: str
    reason: str
    climbed_to: str

    @property
    def open(self) -> bool:
        return self.outcome == ENDED_UNANSWERED


STOOD = ("nobody", "not_acknowledged", "offered", "acknowledged")
"""How far a duty had come when its time ran out: nobody owned it; its owner had not acknowledged it; it waited for
somebody to accept it; somebody had it and had not decided."""


def lapses(*, by: Practitioner, now: datetime, since: datetime) -> list[Lapse]:
    """Every lapse whose time ran out from that moment on, of my organisation or of all for a role that answers for all.

    The look itself is on record.
    """
    require(by, Permission.TEAM_VIEW)
    audit.record(at=now, by=by, act="lapses.viewed")
    rows = DutyNow.objects.filter(duty__in=DutyEvent.objects.filter(kind="Lapsed", at__gte=since).values("duty"))
    rows = unsealed(by, rows.only("duty_id", "child", "organisation", "question"), now)
    if not ROLES[by.role].partnership_wide:
        rows = rows.filter(organisation=by.organisation_id)
    found = []
    for held in mapping.batched(rows, 5000):
        events = mapping.events_of(row.duty_id for row in held)
        found += [each for row in held if (each := _lapse(row, events[row.duty_id], now)) and each.due >= since]
    return sorted(found, key=lambda each: (each.due, each.duty), reverse=True)


def children_of(lapsed: Iterable[Lapse]) -> dict[UUID, Person]:
    """The children of these, for a list of them."""
    return Person.objects.in_bulk({each.child for each in lapsed})


def _lapse(row: DutyNow, events: Sequence[Event], now: datetime) -> Lapse | None:
    """None where a correction showed that its time had not run out after all."""
    state, then = _folded(events)
    if state.lapsed_at is None:
        return None
    ended = state.discharged_at or now
    return Lapse(
        duty=row.duty_id,
        child=row.child,
        organisation=row.organisation,
        question=row.question,
        role=then.role,
        level=then.level,
        rule=then.rule,
        owner=then.owner,
        stood=_stood(then),
        due=then.due,
        late=ended - then.due,
        outcome=state.outcome,
        reason=state.reason,
        climbed_to=state.climbs[-1] if state.climbs else "",
    )


def _folded(events: Sequence[Event]) -> tuple[DutyState, DutyState]:
    """Where it stands, and where it stood when its time ran out."""
    state = then = None
    for event in events:
        if isinstance(event, Lapsed):
            then = state
        state = step(state, event)
    assert state is not None and then is not None, "a duty that lapsed was raised before it did"  # noqa: S101, PT018
    return state, then


def _stood(then: DutyState) -> str:
    if not then.owner:
        return "nobody"
    return {Status.HANDOVER_PENDING: "offered", Status.ACKNOWLEDGED: "acknowledged"}.get(
        then.status, "not_acknowledged"
    )
