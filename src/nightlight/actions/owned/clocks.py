"""Clocks that entries start and stop: their duties raised, ended and moved as the record says, and their rows redrawn.

Called when a child's record has changed, inside that transaction. A duty ends here only with an entry that somebody
recorded (the step that its clock waited for, the end of what it was for, or a correction), and says which.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from nightlight.actions.owned import raising
from nightlight.actions.owned.moved_evidence import Moved, asked_of_another, moved_evidence
from nightlight.actions.trail import audit
from nightlight.domain import running as running_clocks
from nightlight.domain.chronology import Chronology, Fact
from nightlight.domain.clocks import RuleRow
from nightlight.domain.duties import Discharged, DutyState, Event, EvidenceMoved, Reckoned, Withdrawn
from nightlight.domain.duty_events import ENTRY, NO_LONGER_DUE, ON_RECORD, WITHDRAWN, outcome_words
from nightlight.domain.raising import Arrangements, raise_under
from nightlight.domain.running import QUESTION, Clock, Stands, calls_for_duty, clocks_of_each
from nightlight.domain.withdrawal import not_started, withdrawn_by
from nightlight.store.bulk import copy_rows
from nightlight.store.database import beside
from nightlight.store.duties import mapping
from nightlight.store.duties.models import ClockRow, DutyNow
from nightlight.timeline.calendar import WorkingCalendar

_BY_RECORD = frozenset({ON_RECORD, NO_LONGER_DUE, WITHDRAWN})
"""Outcomes that an entry brought about; a correction of that entry may bring the duty back."""
ALL_MOVED = "Everything that this rested on was found to be of another child, and is weighed there."
PART_MOVED = (
    "A part of what this rested on was found to be of another child, and is weighed there. What is left does not ask "
    "the question by itself."
)
CLOCK_MOVED = "The entry that started this clock was found to be of another child, and its clock runs there."
_WITHDRAWN = "Everything that this rested on was withdrawn by whoever recorded it."
_COLUMNS = ("child", "rule", "rule_version", "anchor", "entry", "started", "due", "ended", "ended_by", "how")


def kinds_watched() -> frozenset[str]:
    """The kinds of entry that start, end or stop a clock: a change to none of them moves no clock."""
    return running_clocks.kinds_watched(Arrangements().rules)


Running = Mapping[UUID, tuple[Clock, ...]]
"""The clocks of some children."""


def running(chronologies: Mapping[UUID, Chronology], *, facts: Mapping[UUID, Iterable[Fact]], now: datetime) -> Running:
    """The clocks of these children by what their records say now, and their rows drawn so; `follow` does the rest.

    facts: everyone's knowledge pooled, as it was read for the indicators.
    """
    of_each = [(chronology, facts[child]) for child, chronology in chronologies.items()]
    clocks = clocks_of_each(of_each, Arrangements().rules, WorkingCalendar.england(), now)
    found = dict(zip(chronologies, clocks, strict=True))
    _draw(found)
    return found


def follow(chronologies: Mapping[UUID, Chronology], running: Running, *, now: datetime) -> int:
    """Bring the duties that rest on these children's clocks to what their records say now.

    Returns how many duties were raised.
    """
    moved = moved_evidence(chronologies)
    concerned = sorted({*_concerned(chronologies, running, now), *moved})
    if not concerned:
        return 0
    raising.lock(concerned)
    under = Arrangements(rota=mapping.rota())
    states = mapping.states_of(concerned)
    elsewhere = asked_of_another(clock for child in concerned for clock in running[child] if clock.is_open)
    return sum(
        _Child(
            chronologies[child], running[child], states.get(child, []), under, now, moved.get(child, {}), elsewhere
        ).follow()
        for child in concerned
    )


def _concerned(chronologies: Mapping[UUID, Chronology], running: Running, now: datetime) -> list[UUID]:
    """The children for whom there may be something to do: a clock open, or a duty that a clock or a correction ends."""
    corrected = Q(child__in=[c for c, each in chronologies.items() if any(e.retracts for e in each.entries)])
    of_clock = Q(child__in=list(chronologies), question__startswith=QUESTION)
    held = DutyNow.objects.filter(of_clock | corrected).exclude(status="discharged").values_list("child", flat=True)
    opened = {child for child, clocks in running.items() if any(clock.is_open for clock in clocks)}
    return sorted({*(child for child in held if child is not None), *opened})


def _draw(running: Running) -> None:
    """The rows of these children's clocks, drawn again."""
    beside.execute("DELETE FROM duties_clockrow WHERE child = ANY(%s)", [list(running)])
    copy_rows(ClockRow._meta.db_table, _COLUMNS, (
        (child, clock.rule, clock.rule_version, UUID(clock.anchor), UUID(clock.entry), clock.started, clock.due,
         clock.ended, UUID(clock.ended_by) if clock.ended_by else None, "" if clock.is_open else clock.stands.value)
        for child, clocks in running.items() for clock in clocks
    ))  # fmt: skip


@dataclass(slots=True)
class _Child:
    """One child's clocks beside their duties. elsewhere: questions that were asked of another child before."""

    chronology: Chronology
    clocks: tuple[Clock, ...]
    states: list[DutyState]
    under: Arrangements
    now: datetime
    moved: Mapping[str, Moved] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()

    def follow(self) -> int:
        newest = {state.duty.question: state for state in sorted(self.states, key=_newer)}
        running = {clock.question for clock in self.clocks}
        lost = {s.duty.rule for s in self.states if not s.is_discharged and s.duty.question not in running}
        raised = 0
        for clock in self.clocks:
            state = newest.get(clock.question)
            if state is not None and not state.is_discharged:
                self._move(state, clock)
            elif self._comes_back(state):
                raised += self._raise(clock, state, had_owner=clock.rule in lost)
        self._withdraw(running)
        return raised

    def _comes_back(self, state: DutyState | None) -> bool:
        """A clock without a duty; or one whose duty ended with an entry that has since been corrected."""
        return state is None or state.outcome in _BY_RECORD

    def _raise(self, clock: Clock, before: DutyState | None, *, had_owner: bool) -> bool:
        row, rules = self.under.rules.version(clock.rule, clock.rule_version), self.under.rules
        had_owner = had_owner or before is not None or clock.question in self.elsewhere
        if not calls_for_duty(clock, row, rules, self.under.calendar, self.now, had_owner=had_owner):
            return False
        asked = raising.Asked(clock.child, clock.question, row.duty_level, clock.started, (clock.entry,))
        role = self.under.role_at(row, self.now)
        organisation = raising.organisation_of(role, asked.evidence, self.chronology, self.under, self.now)
        event = raise_under(
            row,
            asked,
            duty_id=str(uuid.uuid4()),
            at=self.now,
            organisation=organisation,
            under=self.under,
            began=clock.started,
            due_by=clock.due,
            follows=before.duty.id if before else "",
        )
        raising.open_duty(event, organisation)
        return True

    def _move(self, state: DutyState, clock: Clock) -> None:
        """End an open duty with what ended its clock, or move it to where a correction has moved its clock."""
        if self._answers_challenge(state):
            return
        at = max(self.now, state.last)
        if clock.is_open:
            if clock.due != state.due:
                self._do(state, Reckoned(at=at, by=f"{ENTRY}{clock.entry}", due=clock.due, evidence=(clock.entry,)))
            return
        row = self.under.rules.version(clock.rule, clock.rule_version)
        outcome = NO_LONGER_DUE if clock.stands is Stands.STOPPED else ON_RECORD
        by = f"{ENTRY}{clock.ended_by}"
        reason = _reason(row, outcome)
        self._do(state, Discharged(at=at, by=by, outcome=outcome, reason=reason, evidence=(clock.ended_by,)))

    def _answers_challenge(self, state: DutyState) -> bool:
        """Whether it is the duty that follows a challenge: the record has ended the first, and people answer this."""
        first = next((each for each in self.states if each.duty.id == state.duty.follows), None)
        return first is not None and any(each.at == state.duty.raised for each in first.challenges)

    def _withdraw(self, running: set[str]) -> None:
        """End what rested only on entries that were withdrawn, or are another child's; a clock's duty too, once nothing
        starts its clock.
        """
        for each in self.states:
            state = each
            if state.is_discharged or state.duty.question in running:
                continue
            if moved := self.moved.get(state.duty.id):
                state = self._move_evidence(state, moved)
                if state.is_discharged:
                    continue
            if withdrawn := withdrawn_by(state.evidence, self.chronology, self.now):
                self._end(state, withdrawn, _WITHDRAWN)
            elif state.duty.question.startswith(QUESTION) and not self._answers_challenge(state):
                self._end_lost(state)

    def _end_lost(self, state: DutyState) -> None:
        """A clock's duty, once an entry has it that nothing starts its clock; where none says so, it stands."""
        row = self.under.rules.version(state.duty.rule, state.duty.rule_version)
        why = not_started(state.evidence, state.duty.raised, row, self.clocks, self.chronology, self.now)
        if why is not None:
            self._end(state, (why.by,), why.reason)

    def _end(self, state: DutyState, entries: tuple[str, ...], reason: str) -> DutyState:
        at, by = max(self.now, state.last), f"{ENTRY}{entries[-1]}"
        return self._do(state, Withdrawn(at=at, by=by, reason=reason, evidence=entries))

    def _move_evidence(self, state: DutyState, moved: Moved) -> DutyState:
        """The duty stays on what is left, or ends where that no longer asks its question."""
        if moved.still_asks:
            at, by = max(self.now, state.last), f"{ENTRY}{moved.evidence[-1]}"
            return self._do(state, EvidenceMoved(at=at, by=by, evidence=moved.evidence))
        if state.duty.question.startswith(QUESTION):
            return self._end(state, moved.evidence, CLOCK_MOVED)
        return self._end(state, moved.evidence, ALL_MOVED if set(moved.evidence) >= set(state.evidence) else PART_MOVED)

    def _do(self, state: DutyState, event: Event) -> DutyState:
        duty = UUID(state.duty.id)
        after = raising.apply(duty, state, event)
        audit.record(
            at=self.now,
            by=audit.SYSTEM,
            act=f"duty.{type(event).__name__.lower()}",
            child=UUID(self.chronology.child),
            about=str(duty),
            detail={"entry": event.by.removeprefix(ENTRY)},
        )
        return after


def _newer(state: DutyState) -> tuple[bool, datetime, datetime]:
    """The one that is open is the newest: one may be withdrawn, and another raised or come from elsewhere, at once."""
    return not state.is_discharged, state.last, state.duty.raised


def _reason(row: RuleRow, outcome: str) -> str:
    asked = f": {row.discharged_by}" if outcome == ON_RECORD and row.discharged_by else ""
    return f"{outcome_words(outcome).capitalize()}{asked}."


# -- reading


def clocks_of_child(child: UUID) -> list[ClockRow]:
    """A child's clocks, those that are open first. Called by what has passed `access_child` already."""
    return sorted(ClockRow.objects.filter(child=child), key=lambda row: (row.how != "", row.due))


@dataclass(frozen=True, slots=True)
class Counted:
    """How the clocks of one rule went: met, met late, stopped, still running, run out; and how many of those that ran
    out raised no duty, because that was before the hub knew of them.
    """

    rule: str
    met: int
    met_late: int
    stopped: int
    running: int
    lapsed: int
    before_the_hub: int


def history(*, now: datetime, since: datetime) -> list[Counted]:
    """How clocks that fell due from that moment on went, by rule; what ran out before the hub knew of it counts too.

    Counts only; for those who may see how the partnership does.
    """
    past = Q(how="", due__lt=now)
    asked = set(DutyNow.objects.filter(question__startswith=QUESTION).values_list("question", flat=True))
    silent: dict[str, int] = {}
    for rule, anchor in ClockRow.objects.filter(past, due__gte=since).values_list("rule", "anchor"):
        silent[rule] = silent.get(rule, 0) + (f"{QUESTION}{rule}:{anchor}" not in asked)
    rows = ClockRow.objects.filter(due__gte=since).values("rule").order_by("rule")
    counted = rows.annotate(
        met=Count("id", Q(how=Stands.MET)),
        met_late=Count("id", Q(how=Stands.MET_LATE)),
        stopped=Count("id", Q(how=Stands.STOPPED)),
        running=Count("id", Q(how="", due__gte=now)),
        lapsed=Count("id", past),
    )
    return [Counted(**row, before_the_hub=silent.get(row["rule"], 0)) for row in counted]
