"""What lies ahead of duties if nobody acts: to whom each climbs and when, and the rule that its clock runs under.

Reads only. Called by what has decided already that the duties may be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nightlight.domain.clocks import RuleRow, later
from nightlight.domain.duties import DutyState, state_of
from nightlight.domain.raising import Arrangements
from nightlight.domain.rota import who
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow


@dataclass(frozen=True, slots=True)
class Step:
    """A rung that a duty reaches then if nobody ends it first, and who is on it by the rota as it stands.

    person: empty for nobody; `because` says why, or why it is that person (they cover for somebody).
    """

    at: datetime
    role: str
    person: str
    because: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """Where a duty stands, the row it runs under, and the rungs above it in their order."""

    state: DutyState
    rule: RuleRow
    steps: tuple[Step, ...]


def ahead(duties: Iterable[DutyNow], under: Arrangements | None = None) -> dict[UUID, Ahead]:
    """For each of these duties, what lies ahead of it."""
    organisations = {row.duty_id: row.organisation for row in duties}
    under = under or Arrangements(rota=mapping.rota())
    events = mapping.events_of(organisations)
    return {id_: of_state(state_of(events[id_]), where, under) for id_, where in organisations.items()}


def of_state(state: DutyState, organisation: str, under: Arrangements) -> Ahead:
    """What lies ahead of one duty of this organisation, from where it stands."""
    rule = under.rules.version(state.rule, state.rule_version)
    steps = () if state.is_discharged else tuple(_steps(state, rule, organisation, under))
    return Ahead(state, rule, steps)


def _steps(state: DutyState, rule: RuleRow, organisation: str, under: Arrangements) -> Iterator[Step]:
    """The rungs as the clockwork would take them: from one that nobody is on it goes to the next at once."""
    waits, moment = bool(state.owner), max(state.climbs_from, state.climbed_at or state.climbs_from)
    moment = moment if waits else state.last
    for rung in rule.ladder[len(state.climbs) :]:
        moment = later(moment, rung.after, rung.unit, under.calendar) if waits else moment
        role = under.role_at(rung, moment, organisation)
        found = who(under.rota, role, organisation, moment)
        waits = bool(found.person)
        yield Step(moment, role, found.person, found.because)
