"""A simulated partnership: virtual days of duties, people who may never answer, workers that crash, lost messages.

It drives the clockwork and the delivery of the program itself (`domain.clockwork.work`, `domain.delivery.deliver`) on
the store in memory, and checks after every committed event what must always hold. All chance comes from one seed, so a
run that fails is run again with `python -m support.world --seed N --days M`.
"""

from __future__ import annotations

import argparse
import bisect
import functools
import heapq
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from support.duties import AFiring
from support.twin import Aborted, Append, Crash, Memory, Row, TwinLedger, TwinOutbox, add_note, unreached

from nightlight.domain.clocks import default_rules
from nightlight.domain.clockwork import Clockwork, work
from nightlight.domain.delivery import Delivered, NotSent, Sent, State, StillOnItsWay, deliver
from nightlight.domain.duties import Status, schedule, step
from nightlight.domain.duty_events import (
    SYSTEM,
    Accepted,
    Acknowledged,
    Climbed,
    Declined,
    Discharged,
    DutyError,
    EvidenceAdded,
    HandedOver,
    Lapsed,
    Raised,
    Seen,
)
from nightlight.domain.notices import wanted_for
from nightlight.domain.raising import Arrangements, raise_duty
from nightlight.domain.rota import Rota, Shift
from nightlight.timeline.calendar import WorkingCalendar

START = datetime(2026, 1, 5, tzinfo=UTC)
ROLES = (
    "safeguarding_lead", "line_manager", "service_manager", "delegated_safeguarding_partner",
    "lead_safeguarding_partner", "front_door_team_manager", "emergency_duty_team", "emergency_duty_team_manager",
)  # fmt: skip
LEVELS = ("concern", "concern", "concern", "threshold", "immediate")
NEVER = timedelta(days=3650)
CHANCES = {
    "crash": 0.004, "meanwhile": 0.02, "abort": 0.01, "answer_lost": 0.004, "wake_lost": 0.05, "send_fails": 0.1,
    "send_refused": 0.03, "sent_then_crash": 0.02,
}  # fmt: skip

RULES, CALENDAR = default_rules(), WorkingCalendar.england()


class Broken(AssertionError):
    """Something that must always hold did not."""


@dataclass
class Counts:
    """What a run came to."""

    counted: Counter = field(default_factory=Counter)

    def __str__(self):
        return ", ".join(f"{n} {name}" for name, n in sorted(self.counted.items()))


class World:
    """One run: time, people, workers, and everything that goes wrong."""

    def __init__(self, seed, *, workers=2, chances=CHANCES, crash_at=0, duties_a_day=1.0):
        self.random = random.Random(seed)
        self.chances, self.crash_at, self.steps = chances, crash_at, 0
        self.duties_a_day = duties_a_day
        self.memory = Memory(self)
        self.true = START + timedelta(days=self.random.randrange(2000), seconds=self.random.randrange(86_400))
        self.began = self.true
        self.skew = timedelta()
        self.queue: list = []
        self.order = 0
        self.depth = 0
        self.counts = Counts()
        self.down: dict[int, datetime] = dict.fromkeys(range(workers), self.true)
        self.database_down = self.true
        self.excused, self.excused_at = [timedelta()], [self.true - NEVER]
        self.received: Counter = Counter()
        self.people = self._people()
        self.rota = self._rota()
        self.wakes: dict[int, datetime] = {}

    # -- time

    @property
    def now(self):
        """What the database's clock says: it is put forward and back now and then."""
        return self.true + self.skew

    def at(self, moment, act):
        self.order += 1
        heapq.heappush(self.queue, (moment, self.order, act))

    def run(self, days):
        end = self.true + timedelta(days=days)
        for day in range(days):
            self._plan(self.true + timedelta(days=day))
        while self.queue and self.queue[0][0] <= end:
            self.true = max(self.true, self.queue[0][0])
            heapq.heappop(self.queue)[2]()
            self.check_now()
        self.counts.counted["days"] += days
        return self.counts

    def _plan(self, day):
        for _ in range(self._how_many()):
            self.at(day + self._within(86_400), self.fires)
        if self.random.random() < 0.1:
            self.at(day + self._within(86_400), self.outage)
        if self.random.random() < 0.05:
            self.at(day + self._within(86_400), self.clock_is_put_right)
        if self.random.random() < 0.1:
            self.at(day + self._within(86_400), self.rota_changes)

    def _how_many(self):
        whole = int(self.duties_a_day)
        return whole + (self.random.random() < self.duties_a_day - whole)

    def _within(self, seconds):
        return timedelta(seconds=self.random.uniform(0, seconds))

    # -- what goes wrong

    def chance(self, name):
        return self.random.random() < self.chances.get(name, 0)

    def step(self, _where):
        """A point at which the machine may stop, or somebody else may act before we go on."""
        self.steps += 1
        if self.steps == self.crash_at or self.chance("crash"):
            self.counts.counted["crashes"] += 1
            raise Crash
        if self.depth < 2 and self.chance("meanwhile"):
            self.depth += 1
            try:
                if self.random.random() < 0.5:
                    self.somebody_acts()
                else:
                    self.work_once(self.random.randrange(len(self.down)))
            finally:
                self.depth -= 1

    def excuse(self, length):
        """For so long something was down, so a clock may be answered so much later."""
        self.excused_at.append(self.now)
        self.excused.append(self.excused[-1] + length)

    def excused_since(self, moment):
        first = min(bisect.bisect_left(self.excused_at, moment), len(self.excused) - 1)
        return self.excused[-1] - self.excused[max(first - 1, 0)]

    def outage(self):
        length = self._within(self.random.choice((60, 3600, 12 * 3600)))
        self.counts.counted["outages"] += 1
        self.database_down = self.true + length
        self.excuse(length)
        for worker in self.down:
            self.wake(worker, self.database_down + self._within(5))

    def clock_is_put_right(self):
        change = timedelta(seconds=self.random.choice((-3600, -30, 1, 30, 3600)))
        self.counts.counted["clock changes"] += 1
        self.excuse(abs(change) + timedelta(seconds=15))
        self.skew += change
        for worker in self.down:
            self.wake(worker, self.true + self._within(15))

    # -- people

    def _people(self):
        """Whether each ever answers, and by which channels they are reached."""
        people = {"operator": ("answers", {"email": "e"})}
        for role in ROLES:
            for n in range(2):
                manner = self.random.choice(("answers", "answers", "slow", "never"))
                channels = self.random.choice(({"email": "e", "text": "t"}, {"email": "e"}, {}))
                people[f"{role}-{n}"] = (manner, channels)
        return people

    def _rota(self):
        held = [role for role in ROLES if self.random.random() > 0.1]
        return Rota(tuple(Shift(role=role, person=f"{role}-{self.random.randrange(2)}") for role in held))

    def rota_changes(self):
        self.rota = self._rota()
        self.counts.counted["rotas"] += 1

    def contacts(self, person):
        return self.people[person or "operator"][1]

    def under(self):
        return Arrangements(rota=self.rota)

    def fires(self):
        """An indicator holds for a child: a duty opens, as `actions.owned.raising` has it."""
        if self.true < self.database_down:
            self.at(self.database_down + self._within(60), self.fires)
            return
        number = len(self.memory.rows)
        firing = AFiring(child=f"c{number}", level=self.random.choice(LEVELS), since=self.now)
        event = raise_duty(firing, duty_id=f"d{number}", at=self.now, organisation="school", under=self.under())
        state = step(None, event)
        self.memory.rows[event.duty.id] = Row(state, [event], "school", Clockwork().next_edge(state))
        self.tell(event, None, state, 1)
        self.happened(event.duty.id, None, event, self.memory.rows[event.duty.id])
        self.stored(self.memory.rows[event.duty.id].next_edge)
        self.plan_answer(event.duty.id)

    def tell(self, event, before, after, number):
        fast = Clockwork().is_fast(after)
        for wanted in wanted_for(
            event, before, after, number, organisation="school", fast=fast, partner=lambda: "operator"
        ):
            add_note(self.memory, wanted, self.now)

    def plan_answer(self, duty):
        manner = self.people[self.memory.rows[duty].state.owner or "operator"][0]
        if manner != "never":
            self.at(self.true + self._within(3600 * (8 if manner == "answers" else 240)), lambda: self.answers(duty))

    def answers(self, duty):
        row = self.memory.rows[duty]
        if row.state.is_discharged or not row.state.owner or self.people[row.state.owner][0] == "never":
            return
        if self.true < self.database_down or duty in self.memory.locked:
            self.at(self.true + timedelta(seconds=30), lambda: self.answers(duty))
            return
        self.act(duty, self._answer(row.state))
        if not row.state.is_discharged:
            self.plan_answer(duty)

    def _answer(self, state):
        at, by = max(self.now, state.last), state.owner
        other = self.random.choice([person for person in self.people if person not in (by, "operator")])
        if state.status is Status.HANDOVER_PENDING:
            return self.random.choice(
                (Accepted(at=at, by=state.offered_to), Declined(at=at, by=state.offered_to, reason="Not mine."))
            )
        return self.random.choice((
            Seen(at=at, by=by),
            Acknowledged(at=at, by=by),
            HandedOver(at=at, by=by, to=other),
            EvidenceAdded(at=at, by=SYSTEM, evidence=(f"e{self.random.random()}",)),
            Discharged(at=at, by=by, outcome="support_given", reason="Met."),
            Discharged(at=at, by=by, outcome="referred", reason="Threshold met."),
        ))  # fmt: skip

    def somebody_acts(self):
        """Somebody does something to a duty, just between two steps of a worker."""
        free = [id_ for id_, row in self.memory.rows.items() if id_ not in self.memory.locked and row.next_edge]
        if free and self.true >= self.database_down:
            self.answers(self.random.choice(free))

    def act(self, duty, event):
        """A person's act, in its own transaction: the event, the next edge and the notices together."""
        row = self.memory.rows[duty]
        try:
            after = step(row.state, event)
        except DutyError:
            return  # refused, as a page would refuse it
        before, number = row.state, len(row.events)
        Append(self.memory, duty, number, [event], Clockwork().next_edge(after))()
        self.tell(event, before, row.state, number + 1)
        self.counts.counted["acts"] += 1

    # -- workers

    def stored(self, edge):
        """Something with an edge was committed: whoever sleeps hears of it, unless the word is lost."""
        if edge is None:
            return
        moment = max(edge - self.skew, self.true)
        for worker in self.down:
            late = timedelta(seconds=15) if self.chance("wake_lost") else timedelta()
            self.wake(worker, moment + late)

    def wake(self, worker, moment):
        moment = max(moment, self.down[worker], self.database_down)
        planned = self.wakes.get(worker)
        if planned is None or moment < planned or planned < self.true:
            self.wakes[worker] = moment
            self.at(moment, lambda: self.wakes_up(worker, moment))

    def wakes_up(self, worker, moment):
        if self.wakes.get(worker) != moment:
            return  # it was woken earlier, and has planned again since
        self.wakes.pop(worker)
        if self.true < max(self.down[worker], self.database_down):
            self.wake(worker, self.true)
            return
        self.work_once(worker)
        edges = [row.next_edge for row in self.memory.rows.values() if row.next_edge]
        edges += [note.next_at for _, note in self.memory.waiting()]
        if edges:
            self.wake(worker, max(min(edges) - self.skew, self.true + timedelta(milliseconds=100)))

    def work_once(self, worker):
        """One waking: the clocks, then the notices; a crash takes the machine away for a while."""
        if self.true < max(self.down[worker], self.database_down):
            return
        try:
            work(TwinLedger(self.memory), self.under, self.now, 50)
            outbox = TwinOutbox(self.memory)
            deliver(outbox, self, lambda: self.now, 16, unreached(self.memory, outbox, self.under))
        except Crash:
            self.down[worker] = self.true + self._within(60)
            self.excuse(timedelta(seconds=61))
            self.wake(worker, self.down[worker])
        except Aborted:
            self.counts.counted["aborts"] += 1
            self.excuse(timedelta(seconds=6))
            self.wake(worker, self.true + self._within(5))

    # -- channels (`domain.delivery.Reach`)

    def send(self, taken):
        if self.chance("send_fails"):
            return NotSent("busy", passing=True)
        if self.chance("send_refused"):
            return NotSent("unknown", passing=False)
        self.received[taken.id, taken.channel] += 1
        if self.chance("sent_then_crash"):
            self.counts.counted["crashes"] += 1
            raise Crash
        self.counts.counted["messages"] += 1
        return Sent("p", asks=self.random.random() < 0.3)

    def ask(self, taken):
        return self.random.choice((Delivered(), StillOnItsWay(), NotSent("bounced", passing=False)))

    # -- what must always hold

    def happened(self, duty, before, event, row):
        """After every committed event."""
        state, name = row.state, type(event).__name__
        self.counts.counted[name.lower()] += 1
        self._owned(duty, state)
        if isinstance(event, Discharged) and event.by in (SYSTEM, ""):
            raise Broken(f"{duty}: ended without a person's act")
        if before is not None and before.is_discharged and not state.is_discharged:
            raise Broken(f"{duty}: came back to life")
        if isinstance(event, Lapsed | Climbed):
            self._in_time(duty, before, event)
            self._once(duty, row)

    def _owned(self, duty, state):
        """Exactly one owner; or none, and then it climbs now, or all it could go to was asked."""
        if state.owner or state.is_discharged:
            return
        edge = Clockwork(self.under()).next_edge(state)
        if edge is None:
            raise Broken(f"{duty}: nobody owns it and nothing will happen")

    def _in_time(self, duty, before, event):
        """It lapsed or climbed when its time came: later only by what was down, with a little for waking."""
        due = expected(before)
        if event.at < due:
            return self._early(duty, before)
        allowed = timedelta(seconds=60) + self.excused_since(due - timedelta(hours=13))
        if event.at - due > allowed:
            raise Broken(f"{duty}: {type(event).__name__} {event.at - due} late; {allowed} allowed")
        return None

    def _early(self, duty, before):
        """Only somebody whom no channel reached, or a rung with nobody on it, sends a fast duty up before its time."""
        told = any(n.taken.duty == duty and n.outcomes for n in self.memory.notes.values())
        if not told and before.climbs == ():
            raise Broken(f"{duty}: climbed before its time with nobody unreached")

    def _once(self, duty, row):
        lapses = sum(isinstance(event, Lapsed) for event in row.events)
        rungs = [event.to_role for event in row.events if isinstance(event, Climbed)]
        ladder = Clockwork().row(row.state).ladder
        if lapses > 1 or len(rungs) > len(ladder):
            raise Broken(f"{duty}: an effect came twice")

    def check_now(self):
        """At every instant: nothing open is without a clock, nothing open waits that nobody will look at."""
        if self.random.random() > 0.02:
            return
        for duty, row in self.memory.rows.items():
            if row.state.is_discharged:
                continue
            if row.next_edge is None:
                raise Broken(f"{duty}: open and no clock runs")
            self._owned(duty, row.state)
            edge = expected(row.state)
            if edge and self.now - edge > timedelta(seconds=60) + self.excused_since(edge - timedelta(hours=13)):
                raise Broken(f"{duty}: its time came {self.now - edge} ago and nothing has happened")

    def check_end(self):
        """At the end: events and their numbers whole, every notice made once and sent on."""
        made = [note.wanted.key for note in self.memory.notes.values()]
        keys = set(made)
        if len(made) != len(keys):
            raise Broken("a notice was made twice")
        for duty, row in self.memory.rows.items():
            if not isinstance(row.events[0], Raised) or any(isinstance(e, Raised) for e in row.events[1:]):
                raise Broken(f"{duty}: raised other than once")
            again = None
            for event in row.events:
                again = step(again, event)
            if again != row.state:
                raise Broken(f"{duty}: its state is not what its events say")
            for number, event in enumerate(row.events, 1):
                if isinstance(event, Climbed) and event.owner and f"{duty}.{number}.{event.owner}" not in keys:
                    raise Broken(f"{duty}: climbed to somebody who was never told")
        self._told()

    def _told(self):
        for note in self.memory.notes.values():
            stuck = note.taken.state is State.WAITING and note.next_at is None
            if stuck:
                raise Broken(f"notice {note.taken.id}: waits and nobody will send it")
            tries = [channel for channel, _ in note.outcomes]
            if note.taken.state is State.FAILED and set(tries) != set(note.taken.contacts):
                raise Broken(f"notice {note.taken.id}: given up with a channel untried")
            if (
                note.taken.state in (State.SENT, State.DELIVERED)
                and not self.received[note.taken.id, note.taken.channel]
            ):
                raise Broken(f"notice {note.taken.id}: said to be sent and nobody received it")


def expected(state):
    """When the clock should next act, worked out from `duties.schedule` and not by the clockwork itself."""
    ladder = schedule(state, RULES, CALENDAR)
    if not state.owner and ladder:
        return state.last
    if state.lapsed_at is None:
        return state.due
    return ladder[0].at if ladder else None


def simulate(seed, days, **how):
    """A run with every check; what it came to. An error names the seed."""
    world = World(seed, **how)
    try:
        counts = world.run(days)
        world.check_end()
    except Exception as error:
        raise Broken(f"seed {seed}, {days} days, at {world.now}: {type(error).__name__}: {error}") from error
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1_000_000, help="simulated days in all")
    parser.add_argument("--each", type=int, default=100, help="days of one run")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; each run takes the next")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="runs side by side; default one a core")
    args = parser.parse_args()
    began, seeds = time.monotonic(), range(args.seed, args.seed + -(-args.days // args.each))
    total = Counter()
    with multiprocessing.Pool(args.processes) as pool:
        for done, counted in enumerate(pool.imap(functools.partial(_counted, days=args.each), seeds), 1):
            total += counted
            if done % 100 == 0:
                sys.stderr.write(f"seeds {args.seed} to {seeds[done - 1]}: {total['days']} days\n")
    seconds = time.monotonic() - began
    sys.stdout.write(f"seeds {args.seed} to {seeds[-1]}, {seconds:.0f} s: {Counts(total)}\n")


def _counted(seed, days):
    return simulate(seed, days).counted


if __name__ == "__main__":
    main()
