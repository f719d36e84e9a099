"""Two people at the same instant, in an order that the test chooses: the rival acts right after a statement of ours.

Nothing is left to which thread is first. The rival goes as far as it can go: to its end, or until the database has it
wait for us; then we go on, and afterwards it ends. Needs `django_db(transaction=True)`.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

LONGEST = 120.0
"""Seconds that a very slow machine may take; nothing waits for them where all is well."""


@dataclass
class Rival:
    """What the rival's deed gave or raised, once it is over. waited: whether it had to wait for us."""

    deed: Callable[[], Any]
    gave: Any = None
    raised: Exception | None = None
    came: bool = False
    waited: bool = False
    _pid: int = 0
    _connected: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def come(self) -> None:
        """Begin, and go on to the end or to the first lock of ours."""
        self.came = True
        self._thread = threading.Thread(target=self._run, name="rival")
        self._thread.start()
        assert self._connected.wait(LONGEST)
        asking, until = connection.connection, time.monotonic() + LONGEST
        while self._thread.is_alive() and time.monotonic() < until:
            if asking.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [self._pid]).fetchone()[0]:
                self.waited = True
                return
            self._thread.join(0.01)
        assert not self._thread.is_alive(), "the rival neither ended nor waited for us"

    def end(self) -> None:
        if self._thread is not None:
            self._thread.join(LONGEST)
            assert not self._thread.is_alive(), "the rival did not end after us"

    def _run(self) -> None:
        try:
            connection.ensure_connection()
            self._pid = connection.connection.info.backend_pid
            self._connected.set()
            self.gave = self.deed()
        except Exception as error:
            self.raised = error
        finally:
            self._connected.set()
            connection.close()


@contextmanager
def rival(deed: Callable[[], Any], *, after: str, nth: int = 1) -> Iterator[Rival]:
    """While this lasts, `deed` is done by somebody else right after our nth statement that has `after` in it."""
    other, seen = Rival(deed), itertools.count(1)

    def looking(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if not other.came and threading.current_thread() is ours and after in sql and next(seen) == nth:
            other.come()
        return done

    ours = threading.current_thread()
    try:
        with connection.execute_wrapper(looking):
            yield other
    finally:
        other.end()
    assert other.came, f"no statement of ours had {after!r} in it"
