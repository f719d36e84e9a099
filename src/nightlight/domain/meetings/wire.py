"""Events of a meeting to plain data and back, for whatever keeps or sends them.

Only text, numbers, booleans, lists and objects come out: JSON. What is read back equals what was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from nightlight.domain.meetings.events import Event, MeetingError
from nightlight.domain.meetings.steps import EVENTS
from nightlight.timeline.partial import Partial


def to_data(event: Event) -> dict[str, Any]:
    """An event as plain data, with the name of its kind under `kind_of_event`.

    >>> from nightlight.domain.meetings.events import Arrived
    >>> arrived = Arrived(id="e1", at=datetime(2026, 11, 20, 15, tzinfo=UTC), by="p1", person="p2")
    >>> from_data(to_data(arrived)) == arrived
    True
    """
    values = {f.name: _plain(getattr(event, f.name)) for f in fields(event)}
    return {"kind_of_event": type(event).__name__, **values}


def from_data(data: Mapping[str, Any], kinds: Mapping[str, type[Event]] = EVENTS) -> Event:
    """The event that `to_data` wrote; what was left out because it is empty is empty. kinds: those of a plan, for one.

    Raises `MeetingError` for a kind that is not known.
    """
    kind = kinds.get(str(data.get("kind_of_event", "")))
    if kind is None:
        raise MeetingError("this is no event of these: it was written by a later version, or not by this program.")
    given = {name: _read(value) for name, value in data.items() if name != "kind_of_event"}
    return kind(**{**_empty(kind), **given})


def _empty(kind: type[Event]) -> dict[str, Any]:
    """The fields that an event must have, each at its emptiest: a store may leave out what is empty."""
    needed = (f for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)
    return {f.name: _EMPTY[str(f.type)] for f in needed if str(f.type) in _EMPTY and f.name not in ("id", "by")}


_EMPTY: Mapping[str, Any] = MappingProxyType({"str": "", "tuple[str, ...]": ()})


def _plain(value: Any) -> Any:
    if isinstance(value, Partial):
        return {"partial": value.isoformat()}
    if isinstance(value, datetime):
        return {"instant": value.astimezone(UTC).isoformat()}
    if isinstance(value, Mapping):
        return {"changes": {name: _plain(each) for name, each in value.items()}}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _read(value: Any) -> Any:
    match value:
        case {"partial": str(text)}:
            return Partial.parse(text)
        case {"instant": str(text)}:
            return datetime.fromisoformat(text).astimezone(UTC)
        case {"changes": dict(changes)}:
            return MappingProxyType({name: _read(each) for name, each in changes.items()})
        case list(each):
            return tuple(_read(one) for one in each)
    return value
