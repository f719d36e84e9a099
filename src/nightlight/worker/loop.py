"""Runs the parts of a worker until it is told to stop, through anything short of the machine's end.

Nothing is held in memory that a crash could lose: killed at any instruction, what it had not kept is still due, and
whoever looks next does it. The time is the database's, read at each waking; the sleep is by a clock that never steps,
and bounded, so that a clock that was put right while we slept goes unseen for seconds only.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import Error, connection

from nightlight.actions.watching import clockwork
from nightlight.store import waking
from nightlight.worker.parts import Part, Say

LONGEST_SLEEP = 15.0
"""Seconds. Also how often a worker says that it is alive."""
LONGEST_BACKOFF = 5.0


class Stopped(Exception):
    """Raised in the main thread by the handler of a signal, to end the worker that it runs."""


def worker_name() -> str:
    """A name that no other worker has or had."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(3)}"


@dataclass(slots=True)
class Worker:
    """A worker and its parts. `stop` ends it after the batch it is at."""

    parts: Sequence[Part]
    say: Say
    name: str = field(default_factory=worker_name)
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Run until `stop`."""
        threads = [threading.Thread(target=self.run_part, args=(part,), name=part.name) for part in self.parts]
        try:
            for thread in threads:
                thread.start()
            while not self.stopping.wait(3600):
                pass
        except Stopped:
            pass
        finally:
            self.stopping.set()
            self._wake([thread for thread in threads if thread.ident is not None])
            self._say_ended()

    def stop(self) -> None:
        """End after the batches under way. From a signal handler raise `Stopped` instead: this may take a lock."""
        self.stopping.set()

    def run_part(self, part: Part) -> None:
        """One part, again and again. An error is said by its kind (its words may quote a record) and tried again."""
        backoff = 0.1
        while not self.stopping.is_set():
            try:
                waking.listen(part.channel)
                for _ in self._turns(part):
                    backoff = 0.1
            except Exception as error:
                lost = "the database is away" if isinstance(error, Error) else "an error in Nightlight itself"
                self.say(f"{part.name}: {lost} ({type(error).__name__}); trying again in {backoff:.1f} s")
                _forget_connection()
                self.stopping.wait(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF)
        _forget_connection()

    def _turns(self, part: Part):  # type: ignore[no-untyped-def]
        beaten = -LONGEST_SLEEP
        while not self.stopping.is_set():
            now = clockwork.database_time()
            if time.monotonic() - beaten >= LONGEST_SLEEP:
                clockwork.beat(worker=self.name, part=part.name, now=now)
                beaten = time.monotonic()
            more = part.work(now)
            yield
            if not more and not self.stopping.is_set():
                waking.wait(seconds_until(part.next_edge(now), clockwork.database_time()))

    def _wake(self, threads: Sequence[threading.Thread]) -> None:
        """Those asleep hear of the end at once; with the database away they hear of it from their backoff."""
        for _ in range(20):
            try:
                waking.wake(*(part.channel for part in self.parts))
            except Error:
                _forget_connection()
            for thread in threads:
                thread.join(0.25)
            if not any(thread.is_alive() for thread in threads):
                return

    def _say_ended(self) -> None:
        try:
            clockwork.end(worker=self.name, now=clockwork.database_time())
        except Error:
            self.say("the database is away; the other workers will notice that this one ended")
        _forget_connection()


def seconds_until(edge: datetime | None, now: datetime) -> float:
    """How long to sleep for an edge: never so long that a clock put right goes unseen.

    >>> seconds_until(None, datetime.now())
    15.0
    """
    if edge is None:
        return LONGEST_SLEEP
    return min(max((edge - now).total_seconds(), 0.0), LONGEST_SLEEP)


def _forget_connection() -> None:
    """The next question opens a new connection; a broken one may refuse even to be closed."""
    try:
        connection.close()
    except Exception:
        connection.connection = None
