"""Long work of a transaction, done on its connection by a thread beside, while whoever gave it makes the next ready.

PostgreSQL takes as long to keep a batch's rows as we take to write the next. What is given is done in its order, in the
same transaction, and whatever else asks the connection anything waits until all of it is done (`Cursor`): nobody sees
less than was given. What went wrong is raised there, once, and what was given after it is left undone. Without a helper
(`helped`) everything is done at once, where it is given. It must not outlive the transaction.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.postgresql import base
from psycopg import Connection

T = TypeVar("T")
Job = Callable[[Connection], T]
"""What is to be done, given the driver's own connection."""

_TURNS = 0.0005
"""Seconds after which one thread lets another have Python: whoever feeds PostgreSQL must not wait long for its turn."""


class _Helper:
    """The thread that has one connection while there is anything to do."""

    def __init__(self, raw: Connection) -> None:
        self._raw = raw
        self._jobs: SimpleQueue[tuple[Future[Any], Job[Any]] | None] = SimpleQueue()
        self._given: deque[Future[Any]] = deque()
        self._fault: BaseException | None = None
        self._left = False
        self._thread = Thread(target=self._work, name="beside", daemon=True)
        self._thread.start()

    def give(self, job: Job[T]) -> Future[T]:
        future: Future[T] = Future()
        self._given.append(future)
        self._jobs.put((future, job))
        return future

    def wait(self) -> None:
        """Until all that was given is done. The helper's own questions wait for nothing."""
        if current_thread() is self._thread:
            return
        self._until_idle()
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault

    def leave(self) -> None:
        """What was given and is not begun is done no more, and what went wrong is of no matter."""
        self._left = True
        self._until_idle()
        self._left, self._fault = False, None

    def end(self) -> None:
        self.leave()
        self._jobs.put(None)
        self._thread.join()

    def _until_idle(self) -> None:
        while self._given:
            self._given[0].exception()
            self._given.popleft()

    def _work(self) -> None:
        while (given := self._jobs.get()) is not None:
            future, job = given
            if self._left or self._fault is not None:
                future.set_exception(LeftUndone())
                continue
            try:
                done = job(self._raw)
            except BaseException as fault:  # told to whoever waits
                self._fault = fault
                future.set_exception(fault)
            else:
                future.set_result(done)
            del future, job, given


class LeftUndone(Exception):
    """Something that was given before went wrong, or its transaction was given up."""


class Given(Generic[T]):
    """Work that was given, and what came of it once it is done."""

    def __init__(self, future: Future[T], helper: _Helper | None) -> None:
        self._future, self._helper = future, helper

    def result(self) -> T:
        """What came of it; waits until it is done."""
        if self._future.exception() is not None and self._helper is not None:
            with connection.wrap_database_errors:
                self._helper.wait()
        return self._future.result()


_helpers: WeakKeyDictionary[Connection, _Helper] = WeakKeyDictionary()


@contextmanager
def helped() -> Iterator[None]:
    """A helper for this thread's connection. Within a transaction: at the end of it all that was given is done, or
    raises; after a fault of ours what is not begun is left undone. So neither commit nor rollback comes between.
    """
    connection.ensure_connection()
    raw = connection.connection
    turns, cursors = sys.getswitchinterval(), raw.cursor_factory
    helper = _helpers[raw] = _Helper(raw)
    raw.cursor_factory = Cursor
    sys.setswitchinterval(_TURNS)
    try:
        yield
        with connection.wrap_database_errors:
            helper.wait()
    finally:
        helper.end()
        sys.setswitchinterval(turns)
        raw.cursor_factory = cursors
        del _helpers[raw]


def is_helped() -> bool:
    """Whether somebody helps this thread's connection now."""
    return connection.connection is not None and connection.connection in _helpers


def give(job: Job[T]) -> Given[T]:
    """Have this done on our connection, beside us where somebody helps."""
    connection.ensure_connection()
    if (helper := _helpers.get(connection.connection)) is not None:
        return Given(helper.give(job), helper)
    done: Future[T] = Future()
    with connection.wrap_database_errors:
        done.set_result(job(connection.connection))
    return Given(done, None)


def execute(statement: str, values: Any = None) -> None:
    """Have a statement executed of which nothing is read."""

    def job(raw: Connection) -> None:
        with raw.cursor() as cursor:
            cursor.execute(statement, values)

    give(job)


def wait_for(raw: Connection) -> None:
    """Until all that was given for a connection is done; raises what went wrong."""
    if (helper := _helpers.get(raw)) is not None:
        helper.wait()


class Cursor(base.Cursor):  # type: ignore[misc]
    """Django's own, which asks nothing before all that was given is done."""

    def execute(self, *args: Any, **named: Any) -> Any:
        wait_for(self.connection)
        return super().execute(*args, **named)

    def executemany(self, *args: Any, **named: Any) -> None:
        wait_for(self.connection)
        super().executemany(*args, **named)

    def copy(self, *args: Any, **named: Any) -> Any:
        wait_for(self.connection)
        return super().copy(*args, **named)
