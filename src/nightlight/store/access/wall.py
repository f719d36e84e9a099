"""The second wall: row-level security for the connections of web requests, whatever the program asks for.

A request's connection is the role `nightlight_web`, in the name of one practitioner, for the children that an action
opened. What the database then gives is decided there, from who that practitioner is and the policy as it was laid out
(`compiled`); for whom a connection stands is signed, so that no words in a statement can name another. A deed that must
see the whole (an indicator counts what its reader may not see) lifts it, and says why.

Where that role is a login of its own (`store.database`), what a page reads is asked by it, and no statement leaves it.
A deed's transaction is of the deeds' login, which takes that role for as long as the wall stands. By itself it is
given no row of any table: to lift the wall is to give the database a signed word, good until the transaction ends.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from threading import local
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError
from django.db import connection as djangos
from django.db.backends.signals import connection_created

from nightlight.store.database.base import OWN, PAGES

if TYPE_CHECKING:
    from nightlight.store.database.base import DatabaseWrapper

connection = cast("DatabaseWrapper", djangos)
ROLE = "nightlight_web"
DEEDS_ROLE = "nightlight_deeds"
_PART = "\x1f"

_here = local()
_keys: WeakKeyDictionary[Any, tuple[Any, Any]] = WeakKeyDictionary()
_SAID = "set_config('nightlight.standing', %s, {local})"
_ROLE = "set_config('role', %s, {local})"
_AS_EVER = "set_config('search_path', 'public', false), set_config('row_security', 'on', false)"
_NOT_LIFTED = "set_config('nightlight.lifted', '', true)"
_SET = f"SELECT {_ROLE}, {_SAID}, {_NOT_LIFTED}".format(local="false")
_SET_FOR_A_DEED = f"SELECT {_ROLE}, {_SAID}, {_NOT_LIFTED}, {_AS_EVER}".format(local="true")
_LIFT = f"SELECT {_ROLE}, {_SAID}, {_AS_EVER}, access_lift(%s)".format(local="false")
_LIFT_IN_DEED = f"SELECT {_ROLE}, {_SAID}, {_AS_EVER}, access_lift(%s)".format(local="true")
_SET_FOR_PAGES = f"SELECT {_SAID}, {_AS_EVER}".format(local="false")
_SEEN_NO_MORE = "set_config('nightlight.seen', '', false)"
_LOST = (OperationalError, InterfaceError)


@dataclass(slots=True)
class _State:
    """For whom a connection stands: request tells one request's words from another's on the same connection.

    unsaid: what changed in a deed's transaction, which the pages' login has to be told after it.
    """

    practitioner: str
    keys: tuple[Any, Any]
    request: str = field(default_factory=lambda: secrets.token_hex(8))
    children: dict[str, None] = field(default_factory=dict)
    at: str = ""
    purpose: str = ""
    unsaid: bool = False


@contextlib.contextmanager
def standing(practitioner: str) -> Iterator[None]:
    """Behind the wall until it ends, in the name of this practitioner (empty: nobody, who sees nothing)."""
    _here.state = _State(practitioner, _keys_of_database())
    try:
        if _apart():
            _stand_apart()
        else:
            _put()
        yield
    finally:
        _here.state = None
        _step_back()


def _apart() -> bool:
    """Whether the pages have a login of their own here. In a transaction that began before, there is no turning."""
    return connection.has_two_logins and not connection.in_atomic_block


def _stand_apart() -> None:
    """Ask by the pages' login. A connection that was lost since the last request is opened again."""
    connection.stand = _turned
    connection.turn(PAGES)
    try:
        _put()
    except _LOST:
        connection.close()
        _put()


def _step_back() -> None:
    """Our own login again, which never took the role; what the pages' login said of itself is unsaid."""
    if connection.stand is None:
        _clear(f"{_SET}, {_SEEN_NO_MORE}", ["none", ""])
        return
    if connection.of_pages:
        _clear(f"{_SET_FOR_PAGES}, {_SEEN_NO_MORE}", [""])
    connection.step_back()


def _turned() -> None:
    """A deed's transaction began, or ended: its login is told for whom it stands, the pages' what they missed."""
    state = getattr(_here, "state", None)
    if state is not None and (connection.in_deed or state.unsaid):
        _put()


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
    state.unsaid = connection.in_deed
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
    try:
        with _lifted_in_deed(state) if connection.in_atomic_block else _lifted_apart(state):
            yield
    finally:
        _here.state = state


@contextlib.contextmanager
def _lifted_in_deed(state: _State) -> Iterator[None]:
    """In a transaction: the deeds' role, which is given every row for as long as the database knows the wall lifted."""
    with connection.cursor() as cursor:
        lift = _LIFT_IN_DEED if connection.in_deed else _LIFT
        cursor.execute(lift, [DEEDS_ROLE, "", _signed("lift", state, "", "", "")])
    connection.lifted_in_deed = True
    try:
        yield
    finally:
        connection.lifted_in_deed, _here.state = False, state
        _put()


@contextlib.contextmanager
def _lifted_apart(state: _State) -> Iterator[None]:
    """Outside a transaction: our own login, or no role where pages have no login of their own."""
    if connection.of_pages:
        connection.turn(OWN)
        try:
            yield
        finally:
            _here.state = state
            connection.turn(PAGES)
        return
    _clear(_SET, ["none", ""])
    try:
        yield
    finally:
        _here.state = state
        _put()


def _put() -> None:
    """Say for whom the connection stands: by the login that is asked by now."""
    state = _here.state
    if state is None or (connection.stand is not None and not (connection.of_pages or connection.in_deed)):
        return  # our own login, which reads the keys
    said = _signed("stand", state, state.purpose, state.at, ",".join(state.children))
    with connection.cursor() as cursor:
        if connection.of_pages:
            cursor.execute(_SET_FOR_PAGES, [said])
            state.unsaid = False
        else:
            cursor.execute(_SET_FOR_A_DEED if connection.in_deed else _SET, [ROLE, said])


def _signed(what: str, state: _State, purpose: str, at: str, children: str) -> str:
    """The digest of these words by the database's own keys, and the words."""
    inner, outer = state.keys
    connection.ensure_connection()
    pid = str(connection.connection.info.backend_pid)
    said = _PART.join((what, pid, state.request, state.practitioner, purpose, at, children))
    inner, outer = inner.copy(), outer.copy()
    inner.update(said.encode())
    outer.update(inner.digest())
    return f"{outer.hexdigest()}{said}"


def _keys_of_database() -> tuple[Any, Any]:
    """Read once for each connection of our own login; what the pages' and the deeds' login may not read."""
    connection.ensure_connection()
    held = _keys.get(connection.connection)
    if held is None:
        row = connection.connection.execute("SELECT inner_key, outer_key FROM access_signing").fetchone()
        held = _keys[connection.connection] = (sha256(row[0]), sha256(row[1]))
    return held


def _clear(how: str, values: list[str]) -> None:
    """The connection as it was. One that is broken or inside a failed transaction is thrown away."""
    if connection.connection is None or connection.connection.closed:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(how, values)
    except Exception:
        if connection.in_atomic_block:
            raise
        connection.close()


def _again(**_: object) -> None:
    """A connection that was lost in the middle of a request comes back behind the wall."""
    if stands():
        _put()


connection_created.connect(_again, dispatch_uid="nightlight.wall")
