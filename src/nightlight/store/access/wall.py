"""The second wall: row-level security for the connections of web requests, whatever the program asks for.

A request's connection is the role `nightlight_web`, in the name of one practitioner, for the children that an action
opened. What the database then gives is decided there, from who that practitioner is and the policy as it was laid out
(`compiled`); for whom a connection stands is signed, so that no words in a statement can name another. A deed that must
see the whole (an indicator counts what its reader may not see) lifts it, and says why.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from threading import local
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.signals import connection_created

ROLE = "nightlight_web"
_PART = "\x1f"

_here = local()
_keys: WeakKeyDictionary[Any, tuple[Any, Any]] = WeakKeyDictionary()
_SET = "SELECT set_config('role', %s, false), set_config('nightlight.standing', %s, false)"
_OVER = f"{_SET}, set_config('nightlight.seen', '', false)"


@dataclass(slots=True)
class _State:
    """For whom a connection stands: request tells one request's words from another's on the same connection."""

    practitioner: str
    request: str = field(default_factory=lambda: secrets.token_hex(8))
    children: dict[str, None] = field(default_factory=dict)
    at: str = ""
    purpose: str = ""


@contextlib.contextmanager
def standing(practitioner: str) -> Iterator[None]:
    """Behind the wall until it ends, in the name of this practitioner (empty: nobody, who sees nothing)."""
    _here.state = _State(practitioner)
    try:
        _put()
        yield
    finally:
        _here.state = None
        _clear(_OVER)


def stands() -> bool:
    """Whether this thread is behind the wall now."""
    return getattr(_here, "state", None) is not None


def stands_for(practitioner: str) -> bool:
    """Whether this thread is behind the wall now, in this name."""
    state = getattr(_here, "state", None)
    return state is not None and state.practitioner == practitioner


def opened(child: UUID, at: datetime, purpose: str) -> None:
    """An action opened this child, as at that moment: its rows can be asked for. The database asks why by itself."""
    state = getattr(_here, "state", None)
    if state is None:
        return
    state.children[str(child)] = None
    state.at, state.purpose = at.isoformat(), str(purpose)
    _put()


def asking(children: Iterable[UUID], at: datetime, purpose: str) -> str:
    """A question about these people in the name that this connection stands for, so that the database believes it."""
    state = _here.state
    return _signed("ask", state, purpose, at.isoformat(), ",".join(map(str, children)))


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
    said = _signed("stand", state, state.purpose, state.at, ",".join(state.children))
    with connection.cursor() as cursor:
        cursor.execute(_SET, [ROLE, said])


def _signed(what: str, state: _State, purpose: str, at: str, children: str) -> str:
    """The digest of these words by the database's own keys, and the words."""
    inner, outer = _keys_of_connection()
    pid = str(connection.connection.info.backend_pid)
    said = _PART.join((what, pid, state.request, state.practitioner, purpose, at, children))
    inner, outer = inner.copy(), outer.copy()
    inner.update(said.encode())
    outer.update(inner.digest())
    return f"{outer.hexdigest()}{said}"


def _keys_of_connection() -> tuple[Any, Any]:
    """Read once for each connection, before it stands behind the wall; what the web's role itself may not read."""
    connection.ensure_connection()
    held = _keys.get(connection.connection)
    if held is None:
        row = connection.connection.execute("SELECT inner_key, outer_key FROM access_signing").fetchone()
        held = _keys[connection.connection] = (sha256(row[0]), sha256(row[1]))
    return held


def _clear(how: str = _SET) -> None:
    """The connection as it was. One that is broken or inside a failed transaction is thrown away."""
    if connection.connection is None or connection.connection.closed:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(how, ["none", ""])
    except Exception:
        if connection.in_atomic_block:
            raise
        connection.close()


def _again(**_: object) -> None:
    """A connection that was lost in the middle of a request comes back behind the wall."""
    if stands():
        _put()


connection_created.connect(_again, dispatch_uid="nightlight.wall")
