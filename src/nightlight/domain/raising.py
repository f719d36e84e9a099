"""Raising duties: from a firing, or a challenge, to the event that starts a duty or adds to one.

Pure: the partnership's rules, rota and calendar come in, and events come out. What becomes of them is `duties`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from nightlight.domain.clocks import RuleRow, Rules, Rung, default_rules, due
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


@dataclass(frozen=True, slots=True)
class Arrangements:
    """What a partnership has arranged: its rules, its rota and the calendar its days are counted in."""

    rules: Rules = field(default_factory=default_rules)
    rota: Rota = field(default_factory=Rota)
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar.england)

    def role_at(self, row: RuleRow | Rung, at: datetime) -> str:
        return self.rules.role_at(row, at, self.calendar)


def raise_duty(
    firing: AsksAbout,
    *,
    duty_id: str,
    at: datetime,
    organisation: str,
    under: Arrangements,
) -> Raised | None:
    """The event that raises a duty for a firing at that moment; None when its level calls for none (a `note`)."""
    row = under.rules.for_level(firing.level, at)
    if row is None:
        return None
    role = under.role_at(row, at)
    duty = Duty(
        id=duty_id,
        child=firing.child,
        question=firing.question,
        level=firing.level,
        what=row.what,
        role=role,
        raised=at,
        due=due(row, at, under.calendar),
        rule=row.id,
        rule_version=row.version,
        owner=who(under.rota, role, organisation, at).person,
        evidence=tuple(dict.fromkeys(firing.evidence)),
    )
    return Raised(at=at, by=SYSTEM, duty=duty)


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
    role = under.role_at(row, at)
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
    role = _one_rung_up(state, row, event.at, under)
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
    )


def _one_rung_up(state: DutyState, row: RuleRow, at: datetime, under: Arrangements) -> str:
    if not row.ladder:
        return state.role
    return under.role_at(row.ladder[min(len(state.climbs), len(row.ladder) - 1)], at)
