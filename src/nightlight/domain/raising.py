"""Raising duties: from a firing, or a challenge, to the event that starts a duty or adds to one.

Pure: the partnership's rules, rota and calendar come in, and events come out. What becomes of them is `duties`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from nightlight.domain.clocks import RuleRow, Rules, Rung, due, rules_in_use
from nightlight.domain.duties import (
    SYSTEM,
    AsksAbout,
    Challenged,
    Duty,
    DutyError,
    DutyState,
    EvidenceAdded,
    Joins,
    Raised,
)
from nightlight.domain.rota import Rota, who
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.instants import END

OVERDUE = "CLOCK-OVERDUE"
"""The row that says how long whoever must answer has, where a duty was overdue when it was raised."""


@dataclass(frozen=True, slots=True)
class Arrangements:
    """What a partnership has arranged: its rules, its rota and the calendar its days are counted in."""

    rules: Rules = field(default_factory=rules_in_use)
    rota: Rota = field(default_factory=Rota)
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar.england)

    def role_at(self, row: RuleRow | Rung, at: datetime, organisation: str = "") -> str:
        """The role that answers then, by the organisation's own working hours where it has some."""
        return self.rules.role_at(row, at, self.calendar, self.rota.hours.get(organisation))


def raise_duty(
    firing: AsksAbout,
    *,
    duty_id: str,
    at: datetime,
    organisation: str,
    under: Arrangements,
    follows: str = "",
) -> Raised | None:
    """The event that raises a duty for a firing at that moment; None when its level calls for none (a `note`)."""
    row = under.rules.for_level(firing.level, at)
    if row is None:
        return None
    return raise_under(row, firing, duty_id=duty_id, at=at, organisation=organisation, under=under, follows=follows)


def raise_under(
    row: RuleRow,
    asked: AsksAbout,
    *,
    duty_id: str,
    at: datetime,
    organisation: str,
    under: Arrangements,
    by: str = SYSTEM,
    owner: str = "",
    began: datetime | None = None,
    due_by: datetime | None = None,
    follows: str = "",
) -> Raised:
    """The event that raises a duty under one row: a clock's, a disagreement's, the rota's own.

    owner: a person who must answer whatever the rota says (whoever disagrees speaks first). began: when its time began,
    if that was before. due_by: a moment that it is due by, when that is sooner (a dispute never outlasts what protects
    the child). One that is overdue already leaves whoever must answer now a time of their own before it climbs.
    """
    role = under.role_at(row, at, organisation)
    began = min(began or at, at)
    deadline = max(min(due(row, began, under.calendar), due_by or END), began)
    duty = Duty(
        id=duty_id,
        child=asked.child,
        question=asked.question,
        level=asked.level,
        what=row.what,
        role=role,
        raised=began,
        due=deadline,
        rule=row.id,
        rule_version=row.version,
        owner=owner or who(under.rota, role, organisation, at).person,
        evidence=tuple(dict.fromkeys(asked.evidence)),
        follows=follows,
        climbs_from=_time_of_their_own(row, at, under) if deadline < at else None,
    )
    return Raised(at=at, by=by, duty=duty)


def _time_of_their_own(row: RuleRow, at: datetime, under: Arrangements) -> datetime:
    """Of its own time and the partnership's for what is overdue, the shorter."""
    overdue = under.rules.in_force(OVERDUE, at)
    return min(due(row, at, under.calendar), due(overdue, at, under.calendar))


def add_evidence(
    firing: AsksAbout,
    joins: Joins,
    *,
    at: datetime,
    organisation: str,
    under: Arrangements,
) -> EvidenceAdded:
    """The event by which a firing joins an open duty; a more serious one brings its own row, role and due time."""
    row = under.rules.for_level(firing.level, at) if joins.raises_level else None
    if row is None:
        return EvidenceAdded(at=at, by=SYSTEM, evidence=joins.evidence)
    role = under.role_at(row, at, organisation)
    return EvidenceAdded(
        at=at,
        by=SYSTEM,
        evidence=joins.evidence,
        level=firing.level,
        due=due(row, at, under.calendar),
        what=row.what,
        role=role,
        owner=who(under.rota, role, organisation, at).person,
        rule=row.id,
        rule_version=row.version,
    )


def challenge(
    state: DutyState,
    event: Challenged,
    *,
    duty_id: str,
    organisation: str,
    under: Arrangements,
) -> Duty:
    """The duty that follows when an agency challenges how one ended: the same question, one rung up.

    At the top of the ladder it stays there. The person who discharged the first is not made owner of the second.
    """
    if not state.is_discharged:
        raise DutyError("only a discharged duty is challenged: while it is open, add evidence or let it climb.")
    row = under.rules.version(state.rule, state.rule_version)
    role = _one_rung_up(state, row, event.at, under, organisation)
    owner = who(under.rota, role, organisation, event.at).person
    return Duty(
        id=duty_id,
        child=state.duty.child,
        question=state.duty.question,
        level=state.level,
        what="Answer the challenge: weigh the evidence again and record the decision and the reason.",
        role=role,
        raised=event.at,
        due=due(row, event.at, under.calendar),
        rule=row.id,
        rule_version=row.version,
        owner="" if owner == state.discharged_by else owner,
        evidence=state.evidence,
        follows=state.duty.id,
    )


def _one_rung_up(state: DutyState, row: RuleRow, at: datetime, under: Arrangements, organisation: str) -> str:
    if not row.ladder:
        return state.role
    return under.role_at(row.ladder[min(len(state.climbs), len(row.ladder) - 1)], at, organisation)
