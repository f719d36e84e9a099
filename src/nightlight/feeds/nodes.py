"""A JSON object read field by field: each of the type expected, or refused by its path. Never the value.

For documents whose shape is our own; typed structs decode those of a published standard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from nightlight.feeds.fields import Refused, past_moment
from nightlight.timeline.partial import Partial

LONGEST_PATH = 100
"""Characters of a path that a rejection shows."""


class Node:
    """One object of a document, and the path to it.

    >>> Node({"data": {"id": "7"}}).node("data").text("id")
    '7'
    >>> Node({"data": [1]}).node("data")
    Traceback (most recent call last):
    ...
    nightlight.feeds.fields.Refused: data: expected an object
    """

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, Mapping):
            raise Refused(path or "document", "bad_type", "an object")
        self._value, self.path = value, path

    def at(self, name: str) -> str:
        return f"{self.path}.{name}"[-LONGEST_PATH:] if self.path else name

    def names(self) -> tuple[str, ...]:
        return tuple(self._value)

    def get(self, name: str) -> Any:
        return self._value.get(name)

    def node(self, name: str) -> Node:
        """The object there; an empty one where there is none."""
        value = self.get(name)
        return Node({} if value is None else value, self.at(name))

    def one_or_more(self, name: str) -> Iterator[Node]:
        """The object there, or each of the list of them."""
        value = self.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        for place, item in enumerate(values):
            yield Node(item, f"{self.at(name)}[{place}]")

    def text(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise Refused(self.at(name), "bad_type", "text")
        return str(value).strip()

    def texts(self, name: str) -> list[str]:
        """The texts of a list, or the one text."""
        value = self.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(item, str) for item in values):
            raise Refused(self.at(name), "bad_type", "a list of texts")
        return [item.strip() for item in values if item.strip()]

    def flag(self, name: str) -> bool | None:
        value = self.get(name)
        if value is not None and not isinstance(value, bool):
            raise Refused(self.at(name), "bad_type", "true or false")
        return value

    def whole(self, name: str) -> int | None:
        value = self.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000):
            raise Refused(self.at(name), "bad_type", "a whole number, 0 or more")
        return value

    def moment(self, name: str, now: datetime) -> Partial | None:
        """A moment that has come: text, or `{dateFrom, dateTo}` for bounds; None where there is none."""
        value = self.get(name)
        if isinstance(value, Mapping):
            return self._between(self.node(name), now)
        text = self.text(name)
        return _moment(text, self.at(name), now) if text else None

    def _between(self, ends: Node, now: datetime) -> Partial | None:
        first, last = ends.moment("dateFrom", now), ends.moment("dateTo", now)
        if first is None or last is None or first == last:
            return first or last
        if first.precision.value == "bounds" or last.precision.value == "bounds" or last.certainly_before(first):
            raise Refused(self.path or "document", "bad_date", "dateFrom that is not after dateTo")
        return Partial.bounds(first, last)


def _moment(text: str, field: str, now: datetime) -> Partial:
    """ISO 8601 with an offset, a date, a month or a year; a time without an offset is the time in England."""
    if len(text) in (4, 7):
        try:
            found = Partial.parse(text)
        except ValueError:
            raise Refused(
                field, "bad_date", "a date that exists (YYYY, YYYY-MM or YYYY-MM-DD), or an instant"
            ) from None
        if found.earliest > now:
            raise Refused(field, "future_date", "a moment that has come, at the latest that of this delivery")
        return found
    return past_moment(text, field, now)
