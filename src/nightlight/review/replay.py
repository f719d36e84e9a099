"""Replay: what would have been seen, by whom and when, on the facts of one case file (docs/reference/case-format.md).

Every indicator is evaluated as each agency alone knew things, as they were in fact shared, and on everything pooled.
Deterministic: the case, the indicators, the rules and the calendar come in, and the same replay always comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from nightlight.domain.chronology import Chronology
from nightlight.domain.clocks import Rules
from nightlight.domain.duties import (
    SYSTEM,
    Climb,
    Climbed,
    DutyState,
    EvidenceAdded,
    Joins,
    Lapsed,
    Opens,
    Raised,
    opens_or_joins,
    rank,
    schedule,
    step,
)
from nightlight.domain.homes import counted
from nightlight.domain.kinds import LEVELS
from nightlight.domain.protection import Uncovered
from nightlight.domain.raising import Arrangements, add_evidence, raise_duty
from nightlight.domain.rota import Rota
from nightlight.domain.views import Actual, Alone, Pooled, View
from nightlight.indicators.catalogue import Indicator
from nightlight.indicators.explain import explain
from nightlight.indicators.reference import History, spans
from nightlight.review.casefile import Case, Harm
from nightlight.review.unprotected import Unprotected, unprotected
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.instants import BEGINNING, END
from nightlight.timeline.partial import Partial

SHOWN_LEVELS = tuple(level for level in LEVELS if level != "note")
"""The levels that a replay compares: a note asks nothing of anyone."""


@dataclass(frozen=True, slots=True)
class Firing:
    """One stretch over which one indicator holds in one view, with the entries that made it so when it began."""

    child: str
    indicator: str
    title: str
    question: str
    level: str
    view: str
    since: datetime
    until: datetime
    evidence: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class Reached:
    """When a level, or a more serious one, is first reached in a view, and by what.

    earliest: when it would be if every imprecise date were its earliest moment; the truth may lie anywhere between.
    """

    at: datetime | None = None
    by: Firing | None = None
    earliest: datetime | None = None
    agency: str = ""


Levels = Mapping[str, Reached]


@dataclass(frozen=True, slots=True)
class ReplayedDuty:
    """A duty that would have run had nobody acted: as it was raised, and what became of it by the harm."""

    raised: Raised
    more_serious: tuple[EvidenceAdded, ...]
    lapsed: datetime | None
    climbs: tuple[Climb, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Everything that a replay of one child of a case comes to.

    agencies: those that hold an entry. actual: for each level, the agency that would have reached it first.
    """

    case: Case
    child: str
    agencies: tuple[str, ...]
    alone: Mapping[str, Levels]
    actual_of: Mapping[str, Levels]
    actual: Levels
    pooled: Levels
    firings: tuple[Firing, ...]
    duties: tuple[ReplayedDuty, ...]
    unprotected: tuple[Unprotected, ...]

    @property
    def uncovered(self) -> tuple[Uncovered, ...]:
        """The uncovered time of each danger that has some."""
        return tuple(each.uncovered for each in self.unprotected)

    @property
    def harm(self) -> Harm | None:
        return self.case.harm


def replay(
    case: Case, indicators: Iterable[Indicator], rules: Rules, calendar: WorkingCalendar, *, child: str = ""
) -> Replay:
    """Replay one child of a case (the only one, if none is named) on these indicators."""
    child = child or case.children[0]
    chronology = case.chronology(child)
    asked = tuple(indicators)
    first = _Reading(case, chronology, asked, calendar)
    soonest = _Reading(case, _at_its_earliest(case, child), asked, calendar)
    agencies = chronology.agencies()
    actual_of = {agency: _levels(first, soonest, Actual(agency)) for agency in agencies}
    pooled = first.firings(Pooled())
    views: list[View] = [*(Alone(agency) for agency in agencies), *(Actual(agency) for agency in agencies), Pooled()]
    return Replay(
        case=case,
        child=child,
        agencies=agencies,
        alone={agency: _levels(first, soonest, Alone(agency)) for agency in agencies},
        actual_of=actual_of,
        actual={level: _earliest({a: levels[level] for a, levels in actual_of.items()}) for level in SHOWN_LEVELS},
        pooled=_levels(first, soonest, Pooled()),
        firings=tuple(sorted(chain.from_iterable(first.firings(view) for view in views), key=_in_order)),
        duties=_duties(pooled, case.harm, Arrangements(rules, Rota(), calendar)),
        unprotected=unprotected(first.history(Pooled())),
    )


def _in_order(firing: Firing) -> tuple[datetime, str, str]:
    return (firing.since, firing.view, firing.indicator)


# -- what fires


class _Reading:
    """The indicators asked of one chronology; each view is worked out once."""

    def __init__(
        self, case: Case, chronology: Chronology, indicators: tuple[Indicator, ...], calendar: WorkingCalendar
    ) -> None:
        self.case = case
        self.chronology = chronology
        self.indicators = indicators
        self.calendar = calendar
        self._histories: dict[str, History] = {}
        self._firings: dict[str, tuple[Firing, ...]] = {}
        self.last = max((fact.counts_from for fact in self.history(Pooled()).facts), default=BEGINNING)

    def history(self, view: View) -> History:
        if view.name not in self._histories:
            facts = counted(self.chronology, view)
            self._histories[view.name] = History(facts, self.chronology.born, self.calendar)
        return self._histories[view.name]

    def firings(self, view: View) -> tuple[Firing, ...]:
        """What fires up to the last entry of the file: of what comes later, the file says nothing."""
        if view.name not in self._firings:
            found = (self._of(indicator, view) for indicator in self.indicators)
            self._firings[view.name] = tuple(sorted(chain.from_iterable(found), key=_in_order))
        return self._firings[view.name]

    def _of(self, indicator: Indicator, view: View) -> Iterable[Firing]:
        history = self.history(view)
        for since, until in spans(indicator.expression, history):
            if since > self.last:
                return
            evidence, because = _explained(indicator, history, since)
            yield Firing(
                child=self.chronology.child,
                indicator=indicator.code,
                title=indicator.title,
                question=indicator.question,
                level=indicator.level,
                view=view.name,
                since=since,
                until=until,
                evidence=evidence,
                because=because,
            )


def _explained(indicator: Indicator, history: History, at: datetime) -> tuple[tuple[str, ...], str]:
    """The entries that make it true at that moment, and why in a sentence. The only door to `explain`."""
    explanation = explain(indicator, history, at)
    return tuple(explanation.evidence), explanation.sentence


def _at_its_earliest(case: Case, child: str) -> Chronology:
    """The same chronology with every imprecise date read as the first moment that it may have been."""
    chronology = case.chronology(child)
    floor = chronology.born.earliest if chronology.born else None
    entries = (
        replace(entry, occurred=_earliest_of(entry.occurred, floor), recorded=_earliest_of(entry.recorded, floor))
        for entry in chronology.entries
    )
    shared = {
        id_: {agency: _earliest_of(when, floor).latest for agency, when in each.items()}
        for id_, each in case.known_to.items()
    }
    return replace(chronology, entries=tuple(entries), shared=shared)


def _earliest_of(when: Partial, floor: datetime | None) -> Partial:
    """Its earliest moment; no earlier than the child's birth where the source gives no earliest at all."""
    if when.earliest > BEGINNING:
        return Partial.instant(when.earliest)
    return Partial.instant(min(floor, when.latest)) if floor else when


def _levels(first: _Reading, soonest: _Reading, view: View) -> Levels:
    harm = first.case.harm
    before = harm.when.latest if harm else END
    found = {}
    for level in SHOWN_LEVELS:
        by = _first_at(first.firings(view), level, before)
        possible = _first_at(soonest.firings(view), level, before)
        found[level] = Reached(by.since if by else None, by, possible.since if possible else None)
    return found


def _first_at(firings: Iterable[Firing], level: str, before: datetime) -> Firing | None:
    reaching = (f for f in firings if rank(f.level) >= rank(level) and f.since < before)
    return min(reaching, key=_in_order, default=None)


def _earliest(by_agency: Mapping[str, Reached]) -> Reached:
    """The first of some agencies' to be reached, and whose it was."""
    reached = [(each.at, agency) for agency, each in by_agency.items() if each.at is not None]
    possible = min((each.earliest for each in by_agency.values() if each.earliest is not None), default=None)
    if not reached:
        return Reached(earliest=possible)
    _, agency = min(reached)
    return replace(by_agency[agency], earliest=possible, agency=agency)


# -- what would have been owed


def _duties(firings: Iterable[Firing], harm: Harm | None, under: Arrangements) -> tuple[ReplayedDuty, ...]:
    """The duties that pooled firings would have raised by the harm, if nobody had done anything about them."""
    until = harm.when.earliest if harm else END
    running: dict[str, _Running] = {}
    for firing in firings:
        if rank(firing.level) == 0 or firing.since >= until:
            continue
        for each in running.values():
            each.let_run(firing.since, under)
        _answer(firing, running, under)
    for each in running.values():
        each.let_run(until, under)
    return tuple(each.outcome() for each in running.values())


def _answer(firing: Firing, running: dict[str, _Running], under: Arrangements) -> None:
    decided = opens_or_joins(firing, [each.state for each in running.values()])
    if isinstance(decided, Opens):
        id_ = f"duty-{len(running) + 1}"
        raised = raise_duty(firing, duty_id=id_, at=firing.since, organisation="", under=under)
        if raised is not None:
            running[id_] = _Running(raised)
    elif isinstance(decided, Joins):
        added = add_evidence(firing, decided, at=firing.since, organisation="", under=under)
        running[decided.duty].add(added)


class _Running:
    """One duty as its clock runs and nobody acts."""

    def __init__(self, raised: Raised) -> None:
        self.raised = raised
        self.state: DutyState = step(None, raised)
        self.more_serious: list[EvidenceAdded] = []
        self.climbs: list[Climb] = []

    def add(self, event: EvidenceAdded) -> None:
        self.state = step(self.state, event)
        if event.level:
            self.more_serious.append(event)

    def let_run(self, until: datetime, under: Arrangements) -> None:
        """Lapse and climb as far as the clock brings it before that moment."""
        if self.state.lapsed_at is None and self.state.due < until:
            self.state = step(self.state, Lapsed(at=max(self.state.due, self.state.last), by=SYSTEM))
        for climb in schedule(self.state, under.rules, under.calendar):
            if climb.at >= until:
                return
            at = max(climb.at, self.state.last)
            self.state = step(self.state, Climbed(at=at, by=SYSTEM, to_role=climb.to_role))
            self.climbs.append(Climb(at, climb.to_role))

    def outcome(self) -> ReplayedDuty:
        state = self.state
        return ReplayedDuty(self.raised, tuple(self.more_serious), state.lapsed_at, tuple(self.climbs), state.evidence)
