"""What the clock does to a duty by itself: when it next does anything, and what follows when that moment has come.

Pure: the state, the partnership's arrangements and the moment come in; events and the notices wanted come out. The
worker and the simulation both run `work`, on a real store and on one in memory. No duty is ended here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from nightlight.domain.clocks import RuleRow, Rung, Unit, later
from nightlight.domain.duties import DutyState, step
from nightlight.domain.duty_events import SYSTEM, Climbed, DutyError, Event, Lapsed
from nightlight.domain.notices import Wanted, Why, partnership, wanted_for
from nightlight.domain.raising import Arrangements
from nightlight.domain.rota import who

REMIND_EVERY = timedelta(hours=24)
"""At the top of a ladder there is nobody further to climb to: whoever has it is told again, day after day."""
SET_ASIDE = timedelta(hours=1)
"""When a duty that could not be worked out (a rule row that is gone) is looked at again."""
LATE_AFTER = timedelta(minutes=1)
"""A clock that is answered later than this after its edge was late, and that is said."""


@dataclass(frozen=True, slots=True)
class Held:
    """A duty taken from the store and locked, so that nobody else acts on it meanwhile. number: its events so far."""

    state: DutyState
    number: int
    organisation: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What one look at a duty comes to. `late` is how long after its moment the first of the events is written."""

    held: Held
    state: DutyState
    events: tuple[Event, ...]
    notices: tuple[Wanted, ...]
    next_edge: datetime | None
    late: timedelta


@dataclass(slots=True)
class Clockwork:
    """The arrangements of a partnership, with what is asked of them again and again kept at hand.

    Made for one batch and thrown away: the rota of an hour ago is not the rota.
    """

    under: Arrangements = field(default_factory=Arrangements)
    _rows: dict[tuple[str, int], RuleRow] = field(default_factory=dict)
    _people: dict[tuple[str, str, datetime], str] = field(default_factory=dict)
    _roles: dict[tuple[Rung, datetime, str], str] = field(default_factory=dict)
    _later: dict[tuple[datetime, int, Unit], datetime] = field(default_factory=dict)

    def row(self, state: DutyState) -> RuleRow:
        """The row that a duty runs under: the version it was opened with."""
        key = (state.rule, state.rule_version)
        if key not in self._rows:
            self._rows[key] = self.under.rules.version(*key)
        return self._rows[key]

    def person(self, role: str, organisation: str, at: datetime) -> str:
        """Who holds a role then; empty for nobody."""
        key = (role, organisation, at)
        if key not in self._people:
            self._people[key] = who(self.under.rota, role, organisation, at).person
        return self._people[key]

    def role(self, rung: Rung, at: datetime, organisation: str) -> str:
        """The role that a rung comes to then, by the organisation's own working hours where it has some."""
        key = (rung, at, organisation)
        if key not in self._roles:
            self._roles[key] = self.under.role_at(rung, at, organisation)
        return self._roles[key]

    def is_fast(self, state: DutyState) -> bool:
        """Whether its clock runs in hours, through nights and weekends; else it runs in working days."""
        return self.row(state).is_fast

    def next_edge(self, state: DutyState) -> datetime | None:
        """When the clock next does something to this duty by itself; None when it never will.

        A duty that nobody owns does not wait for its due time: it climbs at once, until somebody does.
        """
        if state.is_discharged:
            return None
        return self._clock_edge(state) or self._next_reminder(state, state.last)

    def turn(self, held: Held, now: datetime) -> Turn:
        """Everything that has fallen due by now, in order.

        Written at the moment that it is done, never backdated: whoever it climbs to after an outage has the whole of
        their time, and the lateness is said.
        """
        state, number = held.state, held.number
        events: list[Event] = []
        notices: list[Wanted] = []
        first = edge = None if state.is_discharged else self._clock_edge(state)
        while edge is not None and edge <= now:
            event = self._due(state, max(now, state.last), held.organisation)
            before, state, number = state, step(state, event), number + 1
            events.append(event)
            notices += self._wanted(event, before, state, number, held.organisation)
            # A rung with nobody on it is no answer: on to the next at once.
            edge = state.last if _nobody(event) and self._rungs_left(state) else self._clock_edge(state)
        if edge is None and not state.is_discharged:
            notices += self._reminders(state, now)
            edge = self._next_reminder(state, max(now, state.last))
        late = now - first if first is not None and events else timedelta()
        return Turn(held, state, tuple(events), tuple(notices), edge, max(late, timedelta()))

    def _wanted(self, event: Event, before: DutyState, after: DutyState, number: int, where: str) -> tuple[Wanted, ...]:
        wanted = wanted_for(
            event,
            before,
            after,
            number,
            organisation=where,
            fast=self.is_fast(after),
            partner=lambda: partnership(lambda role: self.person(role, "", event.at)),
        )
        return wanted + self._also_told(event, after, number, where) if isinstance(event, Climbed) else wanted

    def _also_told(self, event: Climbed, after: DutyState, number: int, where: str) -> tuple[Wanted, ...]:
        """Whoever the rung tells without asking them to answer."""
        tells = self.row(after).ladder[len(after.climbs) - 1].tells
        person = self.person(tells, where, event.at) if tells else ""
        if not person or person == event.owner:
            return ()
        key = f"{after.duty.id}.{number}.{person}.told"
        return (Wanted(key=key, why=Why.TOLD, person=person, duty=after.duty.id),)

    def unreached(self, held: Held, person: str, key: str, now: datetime) -> Turn | None:
        """What follows when no channel reached the person who has this duty: the next person is told.

        On a fast clock it climbs to them at once; on a slow one it stays where it is. None when it is theirs no more.
        """
        state, at = held.state, max(now, held.state.last)
        if state.is_discharged or person not in (state.owner, state.offered_to):
            return None
        if not (self.is_fast(state) and self._rungs_left(state)):
            told = (self._unreached_notice(held, person, key, at),)
            return Turn(held, state, (), told, self.next_edge(state), timedelta())
        return self._climb_now(held, at)

    def not_accepted(self, held: Held, key: str, now: datetime) -> Turn:
        """What follows when nobody has accepted what the night handed to the day: it climbs at once.

        At the top of its ladder the partnership is told: it stays whose it is, and somebody else knows.
        """
        at = max(now, held.state.last)
        if self._rungs_left(held.state):
            return self._climb_now(held, at)
        told = (self._unreached_notice(held, held.state.offered_to, key, at),)
        return Turn(held, held.state, (), told, self.next_edge(held.state), timedelta())

    def _climb_now(self, held: Held, at: datetime) -> Turn:
        """To the next rung before its time, and on past those that nobody is on."""
        state, number = held.state, held.number
        events: list[Event] = []
        notices: list[Wanted] = []
        while not events or (_nobody(events[-1]) and self._rungs_left(state)):
            before, event = state, self._climb(state, at, held.organisation)
            state, number = step(state, event), number + 1
            events.append(event)
            notices += self._wanted(event, before, state, number, held.organisation)
        return Turn(held, state, tuple(events), tuple(notices), self.next_edge(state), timedelta())

    def _unreached_notice(self, held: Held, person: str, key: str, at: datetime) -> Wanted:
        state = held.state
        above = self._climb(state, at, held.organisation).owner if self._rungs_left(state) else ""
        told = above or partnership(lambda role: self.person(role, "", at))
        told = "" if told == person else told
        return Wanted(key=key, why=Why.UNREACHED, person=told, duty=state.duty.id, fast=self.is_fast(state))

    # -- one edge at a time

    def _clock_edge(self, state: DutyState) -> datetime | None:
        """The next edge that makes an event: all but reminders."""
        if not state.owner and self._rungs_left(state):
            return state.last
        if state.lapsed_at is None:
            return state.due
        return self._next_climb(state)

    def _due(self, state: DutyState, at: datetime, organisation: str) -> Event:
        if state.lapsed_at is None and state.due <= at:
            return Lapsed(at=at, by=SYSTEM)
        return self._climb(state, at, organisation)

    def _climb(self, state: DutyState, at: datetime, organisation: str) -> Climbed:
        rung = self.row(state).ladder[len(state.climbs)]
        role = self.role(rung, at, organisation)
        return Climbed(at=at, by=SYSTEM, to_role=role, owner=self.person(role, organisation, at))

    def _rungs_left(self, state: DutyState) -> bool:
        return len(state.climbs) < len(self.row(state).ladder)

    def _next_climb(self, state: DutyState) -> datetime | None:
        """The first of `duties.schedule`, without working out the others."""
        if not self._rungs_left(state):
            return None
        moment = max(state.climbs_from, state.climbed_at) if state.climbed_at else state.climbs_from
        rung = self.row(state).ladder[len(state.climbs)]
        # What runs in working days falls due at the end of a day, thousands at the same instant.
        key = (moment, rung.after, rung.unit)
        if key not in self._later:
            self._later[key] = later(*key, self.under.calendar)
        return self._later[key]

    def _next_reminder(self, state: DutyState, after: datetime) -> datetime:
        since = _top_since(state)
        return since + REMIND_EVERY * ((after - since) // REMIND_EVERY + 1)

    def _reminders(self, state: DutyState, now: datetime) -> tuple[Wanted, ...]:
        day = (now - _top_since(state)) // REMIND_EVERY
        if day < 1:
            return ()
        key = f"{state.duty.id}.reminder.{day}"
        person = state.owner or partnership(lambda role: self.person(role, "", now))
        return (Wanted(key=key, why=Why.REMINDER, person=person, duty=state.duty.id, fast=self.is_fast(state)),)


def _nobody(event: Event) -> bool:
    return isinstance(event, Climbed) and not event.owner


def _top_since(state: DutyState) -> datetime:
    """Since when it has been where it cannot climb further."""
    return max(state.due, state.climbed_at or state.due)


# -- one batch, on any store


class Ledger(Protocol):
    """Where duties are kept, as the clockwork needs it. PostgreSQL is one; the simulation's memory is another."""

    def transaction(self) -> AbstractContextManager[object]:
        """All that is written inside is kept together, or nothing of it is."""
        ...

    def claim(self, now: datetime, limit: int) -> Sequence[Held]:
        """Duties whose stored edge has come, the longest waiting first, locked; those others hold are passed by."""
        ...

    def keep(self, turns: Iterable[Turn], now: datetime) -> None:
        """Write the events, the audit, where each duty stands, its next edge, and the notices. Each once."""
        ...

    def set_aside(self, duty: str, fault: str, until: datetime, now: datetime) -> None:
        """This duty could not be worked out: look again then, and tell whoever runs the hub. Others do not wait."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """What a batch came to: how many duties were looked at, events, notices, and the greatest lateness."""

    duties: int = 0
    events: int = 0
    notices: int = 0
    late: timedelta = timedelta()

    @property
    def was_late(self) -> bool:
        return self.late > LATE_AFTER


def work(ledger: Ledger, arrangements: Callable[[], Arrangements], now: datetime, limit: int) -> Done:
    """One batch: what has fallen due is claimed, worked out and kept in one transaction.

    A crash anywhere loses nothing: what was not kept is still due, and is claimed again by whoever looks next.
    """
    with ledger.transaction():
        held = ledger.claim(now, limit)
        if not held:
            return Done()
        clockwork = Clockwork(arrangements())
        turns = []
        for each in held:
            try:
                turns.append(clockwork.turn(each, now))
            except (DutyError, LookupError, ValueError) as error:
                ledger.set_aside(each.state.duty.id, type(error).__name__, now + SET_ASIDE, now)
        ledger.keep(turns, now)
    return Done(
        len(held),
        sum(len(turn.events) for turn in turns),
        sum(len(turn.notices) for turn in turns),
        max((turn.late for turn in turns), default=timedelta()),
    )
