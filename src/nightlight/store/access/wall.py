"""The second wall: row-level security for the connections of web requests, whatever the program asks for.

A request's connection is the role `nightlight_web`, in the name of one practitioner, for the children that an action
opened. What the database then gives is decided there, from who that practitioner is and the policy as it was laid out
(`compiled`). A deed that must see the whole (an indicator counts what its reader may not see) lifts it, and says why.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from threading import local
from uuid import UUID

from django.db import connection
from django.db.backends.signals import connection_created

ROLE = "nightlight_web"

_here = local()
_SET = (
    "SELECT set_config('role', %s, false), set_config('nightlight.practitioner', %s, false), "
    "set_config('nightlight.children', %s, false), set_config('nightlight.at', %s, false), "
    "set_config('nightlight.purpose', %s, false)"
)


@contextlib.contextmanager
def standing(practitioner: str) -> Iterator[None]:
    """Behind the wall until it ends, in the name of this practitioner (empty: nobody, who sees nothing)."""
    _here.state = [practitioner, {}, "", ""]
    try:
        _put()
        yield
    finally:
        _here.state = None
        _clear()


def stands() -> bool:
    """Whether this thread is behind the wall now."""
    return getattr(_here, "state", None) is not None


def opened(child: UUID, at: datetime, purpose: str) -> None:
    """An action opened this child, as at that moment: its rows can be asked for. The database asks why by itself."""
    state = getattr(_here, "state", None)
    if state is None:
        return
    state[1][str(child)] = None
    state[2], state[3] = at.isoformat(), purpose
    _put()


@contextlib.contextmanager
def lifted(why: str) -> Iterator[None]:
    """For a deed that must see the whole. `why` is for whoever reads the code: nothing of it may reach a reader."""
    state, _here.state = getattr(_here, "state", None), None
    if state is None or not why:
        _here.state = state
        yield
        return
    _clear()
    try:
        yield
    finally:
        _here.state = state
        _put()


def _put() -> None:
    state = _here.state
    with connection.cursor() as cursor:
        cursor.execute(_SET, [ROLE, state[0], ",".join(state[1]), state[2], state[3]])


def _clear() -> None:
    """The connection as it was. One that is broken or inside a failed transaction is thrown away."""
    if connection.connection is None or connection.connection.closed:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SET, ["none", "", "", "", ""])
    except Exception:
        if connection.in_atomic_block:
            raise
        connection.close()


def _again(**_: object) -> None:
    """A connection that was lost in the middle of a request comes back behind the wall."""
    if stands():
        _put()


connection_created.connect(_again, dispatch_uid="nightlight.wall")
