"""A pointer: that an indicator holds for a child at a source, since when, and whom to call. Never any content.

Here are the events that pass between a source and a hub, and what is wrong with one that is not as it should be. Who
the child is is sealed for the hub by others; nothing is sent, stored or looked up here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from nightlight.domain.kinds import LEVELS

FIRED = "uk.nightlight.signal.fired"
WITHDRAWN = "uk.nightlight.signal.withdrawn"
ANSWERED = "uk.nightlight.sharing.answered"
ERASED = "uk.nightlight.record.erased"
"""That a source erased a child's record, so that all it told and gave of them is withdrawn. It says nothing else."""
TYPES = (FIRED, WITHDRAWN, ANSWERED, ERASED)
SCHEMES = ("nhs_number", "upn")
"""The identifiers that a source and a hub may know a child by, the surer first."""
FEED = "signals"
"""What an agreement names for pointers, and what follows from them."""
HUB = "hub:"
"""Before the name of whoever asked at the hub, at a source: they have no account there, and cannot sign in."""
LONGEST = 400


class BadEvent(ValueError):
    """An event that can't be taken: `field` and `code` say where and what; the message what was expected. No value."""

    def __init__(self, field: str, code: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field, self.code = field, code


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, as CloudEvents 1.0 has it.

    subject: the source's own token of the child, which means nothing elsewhere. sequence: its place among the events
    of that child, from 1 without a gap.
    """

    id: UUID
    organisation: str
    type: str
    time: datetime
    subject: UUID
    sequence: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What an event of a signal says: which indicator, at which level, by which rule, over what span, whose.

    scheme, sealed: who the child is; both empty for one that is withdrawn of a child whose number is known no more.
    """

    id: UUID
    indicator: str
    level: str
    rule: str
    since: datetime
    until: datetime | None
    agency: str
    contact: str
    scheme: str
    sealed: str

    def said(self) -> dict[str, Any]:
        """What a hub keeps of it: everything but who the child is."""
        return {
            "signal": str(self.id), "indicator": self.indicator, "level": self.level, "rule": self.rule,
            "since": stamp(self.since), "until": stamp(self.until) if self.until else None, "agency": self.agency,
            "contact": self.contact,
        }  # fmt: skip


def stamp(at: datetime) -> str:
    """An instant as events have it.

    >>> stamp(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
    '2026-11-23T09:30:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def source_of(organisation: str) -> str:
    """The `source` of an organisation's events.

    >>> source_of("oak-trust")
    'urn:nightlight:source:oak-trust'
    """
    return f"urn:nightlight:source:{organisation}"


def written(event: Event) -> bytes:
    """The event as it is sent: the same bytes for the same event."""
    said = {
        "specversion": "1.0", "id": str(event.id), "source": source_of(event.organisation), "type": event.type,
        "time": stamp(event.time), "subject": str(event.subject), "sequence": str(event.sequence),
        "datacontenttype": "application/json", "data": dict(event.data),
    }  # fmt: skip
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def read(body: bytes) -> Event:
    """The event that these bytes are; raises `BadEvent` for anything else."""
    try:
        said = json.loads(body)
    except ValueError:
        raise BadEvent("body", "not_json", "one event of CloudEvents 1.0 as JSON") from None
    if not isinstance(said, dict) or said.get("specversion") != "1.0":
        raise BadEvent("specversion", "bad_value", "1.0")
    source = _text(said, "source")
    if not source.startswith(source_of("")) or said.get("type") not in TYPES:
        raise BadEvent("type", "unknown_type", f"{', '.join(TYPES)}, of a source that is {source_of('ORGANISATION')}")
    sequence = _text(said, "sequence")
    if not (sequence.isascii() and sequence.isdigit() and 0 < int(sequence[:12]) and len(sequence) < 10):
        raise BadEvent("sequence", "bad_value", "a whole number from 1")
    if not isinstance(said.get("data"), dict):
        raise BadEvent("data", "missing", "what the event says")
    if said["type"] == ERASED and said["data"]:
        raise BadEvent("data", "content", "nothing: the event says all by its type and subject")
    return Event(
        id=_uuid(said, "id"), organisation=source.removeprefix(source_of("")), type=said["type"],
        time=_instant(said, "time"), subject=_uuid(said, "subject"), sequence=int(sequence), data=said["data"],
    )  # fmt: skip


def signal_of(event: Event) -> Signal:
    """What an event of a signal says; raises `BadEvent` where it says it wrongly, or says more than a pointer may."""
    data = event.data
    allowed = {"child", "signal", "indicator", "level", "rule", "since", "until", "agency", "contact"}
    if set(data) - allowed:
        raise BadEvent("data", "content", "a pointer and nothing more: " + ", ".join(sorted(allowed)))
    scheme, sealed = _child_of(event)
    if data.get("level") not in LEVELS:
        raise BadEvent("data.level", "bad_value", f"one of {', '.join(LEVELS)}")
    until = _instant(data, "until", "data.") if data.get("until") else None
    since = _instant(data, "since", "data.")
    if until is not None and until < since:
        raise BadEvent("data.until", "bad_value", "a moment not before since")
    return Signal(
        id=_uuid(data, "signal", "data."), indicator=_text(data, "indicator", "data."), level=data["level"],
        rule=_text(data, "rule", "data."), since=since, until=until, agency=_text(data, "agency", "data."),
        contact=_text(data, "contact", "data.", needed=False), scheme=scheme, sealed=sealed,
    )  # fmt: skip


def _child_of(event: Event) -> tuple[str, str]:
    child = event.data.get("child")
    if child is None and event.type == WITHDRAWN:
        return "", ""
    if not isinstance(child, dict) or child.get("scheme") not in SCHEMES or set(child) != {"scheme", "sealed"}:
        raise BadEvent("data.child", "bad_value", f"scheme (one of {', '.join(SCHEMES)}) and sealed")
    return child["scheme"], _text(child, "sealed", "data.child.")


def _text(said: Mapping[str, Any], name: str, within: str = "", *, needed: bool = True) -> str:
    value = said.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST or (needed and not value) or not value.isprintable():
        raise BadEvent(f"{within}{name}", "bad_value", f"text of at most {LONGEST} characters")
    return value


def _uuid(said: Mapping[str, Any], name: str, within: str = "") -> UUID:
    try:
        return UUID(_text(said, name, within))
    except ValueError:
        raise BadEvent(f"{within}{name}", "bad_value", "an id (UUID)") from None


def _instant(said: Mapping[str, Any], name: str, within: str = "") -> datetime:
    try:
        moment = datetime.fromisoformat(_text(said, name, within))
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadEvent(f"{within}{name}", "bad_value", "a moment with its zone, as 2026-11-23T09:30:00Z") from None


# -- the way to the hub


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hub answered: its status, what it said, and (where an event came out of order) the number it expects."""

    status: int
    said: Any = None
    expected: int | None = None
    wait: int = 0

    @property
    def taken(self) -> bool:
        """Whether the hub has it."""
        return 200 <= self.status < 300


class Unreachable(Exception):
    """The hub could not be asked, or what it answered was lost: it may or may not have what was sent. A kind only."""


class Link(Protocol):
    """The way to a hub. What raised `Unreachable` may have arrived: the same is sent again, and nothing doubles."""

    def send(self, id_: str, body: bytes) -> Answer:
        """Hand over one event, under its id."""
        ...

    def requests(self, id_: str) -> Answer:
        """The requests for information that wait for this source."""
        ...
