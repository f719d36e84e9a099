"""The emergency routes out of uncovered danger: each with its own clock, and the lawful basis that is shown with it.

A route is a way to act now, not a protection: what it brings about (police protection, an order, a visit) is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from nightlight.domain.clocks import RuleRow, Rules, due
from nightlight.timeline.calendar import WorkingCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One row of what makes a route, and the sharing that it needs, lawful; with its source and how it was read."""

    code: str
    words: str
    source: str
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An emergency route. clock: the rule row by which it is answered. then: the row that runs once it is in force."""

    code: str
    title: str
    clock: str
    then: str = ""
    basis: tuple[str, ...] = ()


BASES: Mapping[str, Basis] = MappingProxyType(
    {
        each.code: each
        for each in (
            Basis(
                code="R0",
                words="Life or serious immediate harm: share now with police, the local authority or the "
                "out-of-hours team; "
                "the paperwork within 24 hours. Consent is not needed. Tell the family afterwards, if it is safe.",
                source="docs/reference: lawful basis, rule R0 (Children Act 1989 s.47; common law)",
                grade="S; parts UNVERIFIED",
            ),
            Basis(
                code="R6",
                words="Significant harm is suspected: share; do not seek consent first where that would add "
                "risk or delay, "
                "and record who decided not to.",
                source="Children Act 1989 s.47; Children Act 2004 s.11; Cumbria SCP section 47 chapter",
                grade="P for s.47(1), S for the record of reasons",
            ),
            Basis(
                code="S47",
                words="The local authority shall make the enquiries that it thinks necessary, where it has "
                "reasonable cause "
                "to suspect significant harm, or the child is in police protection or under an emergency order.",
                source="Children Act 1989 s.47",
                grade="P",
            ),
            Basis(
                code="S46",
                words="A constable with reasonable cause to believe that a child would otherwise be likely to suffer "
                "significant harm may remove the child, or keep them where they are safe; 72 hours at most. The local "
                "authority, the child and the parents are told.",
                source="Children Act 1989 s.46(1)-(3); 72 hours: Child Law Advice (Coram)",
                grade="P for the duties, S for 72 hours",
            ),
            Basis(
                code="S44",
                words="A court may make an emergency protection order, for up to 8 days, extended once by up to 7.",
                source="Children Act 1989 s.44 and s.45; Child Law Advice (Coram)",
                grade="S",
            ),
            Basis(
                code="S17",
                words="The local authority safeguards and promotes the welfare of children in need; a visit "
                "needs no order, "
                "and entry needs agreement. Refused entry to a child in danger is a matter for the police.",
                source="Children Act 1989 s.17",
                grade="UNVERIFIED",
            ),
        )
    }
)

ROUTES: Mapping[str, Route] = MappingProxyType(
    {
        each.code: each
        for each in (
            Route(
                code="strategy_discussion",
                title="Strategy discussion now",
                clock="EMERGENCY-STRATEGY",
                then="STRAT-CONVENE",
                basis=("R6", "S47"),
            ),
            Route(
                code="police_protection",
                title="Police protection",
                clock="EMERGENCY-POLICE",
                then="PPP-72",
                basis=("R0", "S46"),
            ),
            Route(
                code="emergency_protection_order",
                title="Emergency protection order",
                clock="EMERGENCY-ORDER",
                then="EPO-8",
                basis=("R0", "S44"),
            ),
            Route(
                code="out_of_hours_visit",
                title="Out-of-hours visit",
                clock="EMERGENCY-VISIT",
                basis=("R6", "S17", "S47"),
            ),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Offered:
    """A route as it is offered at one moment: by when it is answered, what runs afterwards, on what basis."""

    route: Route
    row: RuleRow
    due: datetime
    then: RuleRow | None
    basis: tuple[Basis, ...]

    def words(self) -> str:
        """The route in a sentence."""
        after = f" Then {self.then.id} runs: {self.then.within()}." if self.then else ""
        return f"{self.route.title}: answered within {self.row.within()}.{after}"


def offered(now: datetime, rules: Rules, calendar: WorkingCalendar) -> tuple[Offered, ...]:
    """Every emergency route with its clock as it would run from now.

    >>> from datetime import UTC
    >>> from nightlight.domain.clocks import default_rules
    >>> friday = datetime(2026, 11, 20, 16, tzinfo=UTC)
    >>> offered(friday, default_rules(), WorkingCalendar.england())[1].words()
    'Police protection: answered within 1 hour. Then PPP-72 runs: 72 hours.'
    """
    return tuple(_offer(route, now, rules, calendar) for route in ROUTES.values())


def _offer(route: Route, now: datetime, rules: Rules, calendar: WorkingCalendar) -> Offered:
    row = rules.in_force(route.clock, now)
    then = rules.in_force(route.then, now) if route.then else None
    return Offered(route, row, due(row, now, calendar), then, tuple(BASES[code] for code in route.basis))
