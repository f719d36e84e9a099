"""What a worker does, in parts that never wait for each other.

Each says when it next has something to do and does a batch of it; `loop` runs each in a thread of its own. A mail
server that does not answer keeps no clock waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from nightlight.actions.keeping import audit_log
from nightlight.actions.meetings import follow as meeting_follow
from nightlight.actions.oversight import unusual
from nightlight.actions.plans import deeds as plans
from nightlight.actions.rotas import edits as rotas
from nightlight.actions.source import erased
from nightlight.actions.telling import notices
from nightlight.actions.watching import clockwork
from nightlight.domain.delivery import Reach, deliver
from nightlight.store import waking
from nightlight.store.duties.outbox import Outbox
from nightlight.store.meetings import edges

SENDERS = 16
"""Messages under way at once: all have answered, or timed out, well within the lease of a notice."""
SEAL_EVERY = timedelta(seconds=5)
SEAL_AT_LATEST = timedelta(seconds=30)
"""While a backlog of duties is cleared, its rows wait so long for their seal, and no longer."""
ROTAS_EVERY = timedelta(minutes=1)
UNUSUAL_EVERY = timedelta(hours=1)
Say = Callable[[str], None]


class Part(Protocol):
    """A part of the worker. channel: what wakes it early."""

    name: str
    channel: str

    def work(self, now: datetime) -> bool:
        """One batch; whether there may be more to do at once."""
        ...

    def next_edge(self, now: datetime) -> datetime | None:
        """When there is something to do; None while there is nothing."""
        ...


@dataclass(slots=True)
class Clocks:
    """Duties lapse and climb; dead workers are noticed."""

    say: Say
    name: str = "clocks"
    channel: str = waking.CLOCK
    catching_up: bool = False
    _looked: datetime | None = None

    def work(self, now: datetime) -> bool:
        done = clockwork.turn_duties(now=now)
        self.catching_up = done.duties >= clockwork.BATCH
        if done.was_late:
            self.say(f"caught up with {done.duties} duties; the longest overdue was {_words(done.late)} late")
        self._look_for_dead(now)
        return self.catching_up

    def next_edge(self, now: datetime) -> datetime | None:
        return clockwork.next_duty()

    def _look_for_dead(self, now: datetime) -> None:
        if self._looked is not None and timedelta() <= now - self._looked < clockwork.DEAD_AFTER / 2:
            return
        self._looked = now
        for worker in clockwork.notice_dead(now=now):
            self.say(f"worker {worker} has stopped without saying so")


@dataclass(slots=True)
class Indicators:
    """Absences become concerns at the moments that were stored for them; once a day, the digest of notes."""

    name: str = "indicators"
    channel: str = waking.INDICATORS
    _busy: datetime | None = None
    _rounds: datetime | None = None

    def work(self, now: datetime) -> bool:
        evaluated = clockwork.turn_indicators(now=now)
        self._busy = now if evaluated is None else None
        notices.digest(now=now)
        self._round_of_rotas(now)
        return evaluated == clockwork.CHILDREN

    def next_edge(self, now: datetime) -> datetime | None:
        if self._busy is not None:
            return self._busy + timedelta(seconds=0.5)
        return clockwork.next_indicator()

    def _round_of_rotas(self, now: datetime) -> None:
        """Once a minute: duties of people who are away, posts that nobody holds, what the night hands to the day."""
        if self._rounds is not None and timedelta() <= now - self._rounds < ROTAS_EVERY:
            return
        self._rounds = now
        rotas.settle(now=now)
        rotas.hand_over_the_night(now=now)
        rotas.climb_unaccepted(now=now)


@dataclass(slots=True)
class Meetings:
    """What a meeting or a plan asks by itself: a protection that nobody confirmed by its start, an action overdue."""

    name: str = "meetings"
    channel: str = edges.CHANNEL

    def work(self, now: datetime) -> bool:
        looked = max(meeting_follow.turn(now=now), plans.turn(now=now))
        return looked >= meeting_follow.BATCH

    def next_edge(self, now: datetime) -> datetime | None:
        edges_known = [edge for edge in (meeting_follow.next_edge(), plans.next_edge()) if edge]
        return min(edges_known, default=None)


@dataclass(slots=True)
class Notices:
    """Notices go out by their channels, and what became of them is asked."""

    reach: Reach
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(SENDERS, "send"))
    name: str = "notices"
    channel: str = waking.NOTICES

    def work(self, now: datetime) -> bool:
        sent = deliver(Outbox(), self.reach, clockwork.database_time, SENDERS, notices.unreached, self.pool.map)
        return sent == SENDERS

    def next_edge(self, now: datetime) -> datetime | None:
        return clockwork.next_notice()


@dataclass(slots=True)
class Seals:
    """Audit rows are sealed every few seconds: nothing proves what lies between a row and its seal.

    Children wait for the clocks, so that these go first while they catch up.
    """

    clocks: Clocks
    name: str = "seals"
    channel: str = waking.SEALS
    _next: datetime | None = None
    _sealed: datetime | None = None

    def work(self, now: datetime) -> bool:
        self._next = now + SEAL_EVERY
        if not (self.clocks.catching_up and self._sealed and timedelta() <= now - self._sealed < SEAL_AT_LATEST):
            audit_log.seal()
            self._sealed = now
        return False

    def next_edge(self, now: datetime) -> datetime | None:
        return self._next


@dataclass(slots=True)
class Oversight:
    """Once an hour, while no backlog is cleared: looks at records that somebody should be asked about, what is agreed
    to be erased, and the day's checkpoint to the guardian."""

    clocks: Clocks
    name: str = "oversight"
    channel: str = waking.OVERSIGHT
    _next: datetime | None = None

    def work(self, now: datetime) -> bool:
        if self.clocks.catching_up:
            self._next = now + SEAL_AT_LATEST
            return False
        self._next = now + UNUSUAL_EVERY
        unusual.turn(now=now)
        erased.turn(now=now)
        audit_log.send_checkpoint(now=now)
        return False

    def next_edge(self, now: datetime) -> datetime | None:
        return self._next


def _words(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
