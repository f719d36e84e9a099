"""The store of duties and notices in memory: a twin of the real one for the simulation, with crashes and aborts.

Transactions stage their writes and apply them whole or not at all; rows claimed by one are passed by for others. Every
call is a point at which the caller's machine may stop, or somebody else may act (`World.step`).
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from nightlight.domain.clockwork import Clockwork, Held
from nightlight.domain.delivery import Delivered, Sent, State, Taken
from nightlight.domain.duties import step
from nightlight.domain.duty_events import Climbed, Lapsed, Notified
from nightlight.domain.notices import LEASE

BY_CLOCK = (Lapsed, Climbed, Notified)


class Crash(BaseException):
    """The machine stopped here."""


class Aborted(Exception):
    """The database refused the transaction."""


@dataclass
class Row:
    """A duty: its state, its events, where it is and when the clock looks at it next."""

    state: object
    events: list
    organisation: str
    next_edge: object


@dataclass
class Note:
    """A notice and all that happened to it."""

    wanted: object
    taken: Taken
    next_at: object
    outcomes: list = field(default_factory=list)


class Memory:
    """What is committed. `world` says what goes wrong, and checks what must hold."""

    def __init__(self, world):
        self.world = world
        self.rows: dict[str, Row] = {}
        self.notes: dict[str, Note] = {}
        self.live: dict[str, Note] = {}
        self.by_key: dict[str, str] = {}
        self.locked: set[str] = set()

    def transaction(self):
        return Transaction(self)

    def waiting(self):
        """Notices that a worker looks at again. Those that none does any more are dropped from `live` on the way."""
        self.live = {id_: note for id_, note in self.live.items() if note.next_at is not None}
        return self.live.items()


class Transaction:
    """Staged writes and held locks; one for each port, so that what it stages is its own."""

    def __init__(self, memory):
        self.memory = memory
        self.staged: list = []
        self.held: set[str] = set()

    def lock(self, id_):
        if id_ in self.memory.locked:
            return False
        self.memory.locked.add(id_)
        self.held.add(id_)
        return True

    @contextmanager
    def open(self):
        world = self.memory.world
        try:
            yield self
            world.step("before commit")
            if world.chance("abort"):
                raise Aborted
            self._check_unique()
            for write in self.staged:
                write()
            if world.chance("answer_lost"):
                raise Crash("the commit was kept and its answer lost")
        finally:
            self.memory.locked -= self.held
            self.held, self.staged = set(), []

    def _check_unique(self):
        """As the constraints of the real tables: (duty, number) and one writer at a time by the lock."""
        for check in [write for write in self.staged if hasattr(write, "check")]:
            check.check()


class Append:
    """Events to add to a duty after the number that the writer had read."""

    def __init__(self, memory, duty, number, events, next_edge):
        self.memory, self.duty, self.number = memory, duty, number
        self.events, self.next_edge = events, next_edge

    def check(self):
        if len(self.memory.rows[self.duty].events) != self.number and self.events:
            raise Aborted("the number is taken")

    def __call__(self):
        row = self.memory.rows[self.duty]
        for event in self.events:
            before, row.state = row.state, step(row.state, event)
            row.events.append(event)
            self.memory.world.happened(self.duty, before, event, row)
        row.next_edge = self.next_edge
        self.memory.world.stored(self.next_edge)


class TwinLedger:
    """`domain.clockwork.Ledger` in memory."""

    def __init__(self, memory):
        self.memory, self.open_one = memory, None

    @contextmanager
    def transaction(self):
        self.open_one = self.memory.transaction()
        with self.open_one.open():
            yield

    def claim(self, now, limit):
        world = self.memory.world
        world.step("before claim")
        due = sorted(
            (row.next_edge, id_) for id_, row in self.memory.rows.items() if row.next_edge and row.next_edge <= now
        )
        taken = [id_ for _, id_ in due if self.open_one.lock(id_)][:limit]
        world.step("after claim")
        rows = self.memory.rows
        return [Held(rows[id_].state, len(rows[id_].events), rows[id_].organisation) for id_ in taken]

    def keep(self, turns, now):
        world = self.memory.world
        for turn in turns:
            assert all(isinstance(event, BY_CLOCK) for event in turn.events), "a clock ended a duty"
            world.step("while keeping")
            duty = turn.state.duty.id
            self.open_one.staged.append(Append(self.memory, duty, turn.held.number, turn.events, turn.next_edge))
            for wanted in turn.notices:
                self.open_one.staged.append(lambda wanted=wanted: add_note(self.memory, wanted, now))
            world.step("after keeping")

    def set_aside(self, duty, fault, until, now):
        raise AssertionError(f"a duty could not be worked out: {fault}")


def add_note(memory, wanted, now):
    """Keep a notice, once a key; to the first channel of whoever it is for."""
    if wanted.key in memory.by_key:
        return
    world = memory.world
    contacts = world.contacts(wanted.person)
    id_ = str(uuid.UUID(int=world.random.getrandbits(128)))
    channel = next(iter(contacts), "")
    taken = Taken(
        id=id_, why=wanted.why, person=wanted.person, duty=wanted.duty, about=wanted.about, fast=wanted.fast, made=now,
        state=State.WAITING if channel else State.SHOWN, channel=channel, tries=0, provider_id="", contacts=contacts,
    )  # fmt: skip
    memory.by_key[wanted.key] = id_
    memory.notes[id_] = memory.live[id_] = Note(wanted, taken, now if channel else None)
    world.stored(now if channel else None)


class TwinOutbox:
    """`domain.delivery.Outbox` in memory."""

    def __init__(self, memory):
        self.memory, self.open_one = memory, None

    @contextmanager
    def transaction(self):
        self.open_one = self.memory.transaction()
        with self.open_one.open():
            yield

    def take(self, now, limit):
        self.memory.world.step("before taking")
        due = sorted((n.next_at, id_) for id_, n in self.memory.waiting() if n.next_at <= now)
        taken = []
        for _, id_ in due:
            if len(taken) < limit and self.open_one.lock(id_):
                note = self.memory.notes[id_]
                waiting = note.taken.state is State.WAITING
                one = replace(note.taken, tries=note.taken.tries + waiting)
                taken.append(one)
                self.open_one.staged.append(lambda note=note, one=one: self._counted(note, one, now + LEASE))
        self.memory.world.step("after taking")
        return taken

    def _counted(self, note, one, until):
        note.taken, note.next_at = one, until
        self.memory.world.stored(until)

    def settle(self, settled, now):
        self.memory.world.step("before settling")
        written = []
        for each in settled:
            note = self.memory.notes[each.taken.id]
            fence = (note.taken.state, note.taken.channel, note.taken.tries)
            if fence == (each.taken.state, each.taken.channel, each.taken.tries):
                written.append(each)
                self.open_one.staged.append(lambda note=note, each=each: self._settled(note, each, now))
        self.memory.world.step("while settling")
        return written

    def _settled(self, note, each, now):
        sent = note.taken.sent or (now if isinstance(each.outcome, Sent | Delivered) else None)
        note.taken = replace(
            note.taken,
            state=each.state,
            channel=each.channel,
            tries=each.tries,
            provider_id=each.provider_id,
            sent=sent,
        )
        note.next_at = each.next_at
        self.memory.live[note.taken.id] = note
        note.outcomes.append((each.taken.channel, each.outcome))
        self.memory.world.stored(each.next_at)


def unreached(memory, outbox, arrangements):
    """As `actions.telling.notices.unreached`: in the transaction that settles, the next person is told."""

    def tell(settled, now):
        taken = settled.taken
        if not taken.duty or taken.person == "operator":
            return
        row = memory.rows[taken.duty]
        if not outbox.open_one.lock(taken.duty):
            raise Aborted("the duty is held by another")  # the real one waits for the lock; either comes again
        held = Held(row.state, len(row.events), row.organisation)
        turn = Clockwork(arrangements()).unreached(held, taken.person, f"{taken.id}.unreached", now)
        if turn is None:
            return
        outbox.open_one.staged.append(Append(memory, taken.duty, held.number, turn.events, turn.next_edge))
        for wanted in turn.notices:
            outbox.open_one.staged.append(lambda wanted=wanted: add_note(memory, wanted, now))

    return tell
