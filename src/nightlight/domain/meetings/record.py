"""What a meeting and a plan have in common: items that several people edit, and what became of protections and actions.

The shape, and the events that change it in the same way in both. What only a meeting has is in `state` and `steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings import items
from nightlight.domain.meetings.items import Item

_K = TypeVar("_K")
_V = TypeVar("_V")
R = TypeVar("R", bound="Record")

REOPENS_AGREEMENT = frozenset({"what", "owner", "in_force_from", "until", "answers"})
"""The fields of a protection that its owner accepted: once one changes, they must accept it again."""
REOPENS_ACTION = frozenset({"what", "owner", "due"})
"""The same of an action."""


def nothing() -> Mapping[_K, _V]:
    return MappingProxyType({})


def put(mapping: Mapping[_K, _V], key: _K, value: _V) -> Mapping[_K, _V]:
    """The mapping with one more, or another, value."""
    return MappingProxyType({**mapping, key: value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What became of a protection: accepted, confirmed, found not in force. Each by whom and when; None for not yet."""

    accepted: ev.ProtectionAccepted | None = None
    declined: ev.ProtectionDeclined | None = None
    confirmed: ev.ProtectionConfirmed | None = None
    failed: ev.ProtectionFailed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Items in the order in which they were added, and what became of them. events: the ids of those that were seen."""

    last: datetime
    items: Mapping[str, Item] = field(default_factory=nothing)
    agreements: Mapping[str, Agreement] = field(default_factory=nothing)
    actions_accepted: Mapping[str, ev.ActionAccepted] = field(default_factory=nothing)
    actions_done: Mapping[str, ev.ActionDone] = field(default_factory=nothing)
    events: frozenset[str] = frozenset()
    number: int = 0

    def of_kind(self, kind: type[ev.ItemAdded], *, withdrawn: bool = False) -> tuple[Item, ...]:
        """The items of one kind that stand; with those taken back, if asked."""
        return tuple(item for item in self.items.values() if item.kind is kind and (withdrawn or item.stands))

    @property
    def dangers(self) -> tuple[Item, ...]:
        return self.of_kind(ev.DangerVoiced)

    @property
    def protections(self) -> tuple[Item, ...]:
        return self.of_kind(ev.ProtectionProposed)

    @property
    def actions(self) -> tuple[Item, ...]:
        return self.of_kind(ev.ActionAgreed)

    @property
    def views(self) -> tuple[Item, ...]:
        return self.of_kind(ev.ViewGiven)

    @property
    def notes(self) -> tuple[Item, ...]:
        return self.of_kind(ev.NoteWritten)

    @property
    def unsettled(self) -> tuple[Item, ...]:
        """Items with an edit that was refused and that nobody has looked at."""
        return tuple(item for item in self.items.values() if item.unsettled)


# -- items


def _added(record: R, event: ev.ItemAdded) -> R:
    if event.item in record.items:
        raise ev.MeetingError("there is an item with this id already: give the new one its own.")
    return _with_item(record, items.added(event))


def _changed(record: R, event: ev.ItemChanged) -> R:
    before = item_of(record, event.item)
    after = items.changed(before, event)
    record = _with_item(record, after)
    if isinstance(event, ev.ProtectionChanged) and _differs(before, after, REOPENS_AGREEMENT):
        return replace(record, agreements=put(record.agreements, event.item, Agreement()))
    if isinstance(event, ev.ActionChanged) and _differs(before, after, REOPENS_ACTION):
        left = {item: said for item, said in record.actions_accepted.items() if item != event.item}
        return replace(record, actions_accepted=MappingProxyType(left))
    return record


def _differs(before: Item, after: Item, names: frozenset[str]) -> bool:
    return any(before.fields[name] != after.fields[name] for name in names)


def _withdrawn(record: R, event: ev.ItemWithdrawn) -> R:
    return _with_item(record, items.withdrawn(item_of(record, event.item), event))


def _settled(record: R, event: ev.EditSettled) -> R:
    return _with_item(record, items.settled(item_of(record, event.item), event.edit, event.kept))


def _with_item(record: R, item: Item) -> R:
    return replace(record, items=put(record.items, item.id, item))


def item_of(record: Record, item: str, kind: type[ev.ItemAdded] = ev.ItemAdded) -> Item:
    """An item by its id; refused where there is none of this kind."""
    found = record.items.get(item)
    if found is None or not issubclass(found.kind, kind):
        raise ev.MeetingError("there is no such item here: add it before anything is said of it.")
    return found


# -- what became of a protection, and of an action


def _accepted(record: R, event: ev.ProtectionAccepted) -> R:
    item = item_of(record, event.item, ev.ProtectionProposed)
    if event.said_by != item["owner"]:
        raise ev.MeetingError("only its owner accepts a protection: name them as its owner first.")
    if any(item.touched.get(name, 1) > event.of_version for name in REOPENS_AGREEMENT):
        raise ev.MeetingError("this protection has changed since its owner read it: show them what it says now.")
    return _agree(record, event.item, accepted=event, declined=None)


def _declined(record: R, event: ev.ProtectionDeclined) -> R:
    item_of(record, event.item, ev.ProtectionProposed)
    return _agree(record, event.item, accepted=None, declined=event)


def _confirmed(record: R, event: ev.ProtectionConfirmed) -> R:
    item_of(record, event.item, ev.ProtectionProposed)
    if not event.how.strip():
        raise ev.MeetingError("say how you know that it is in force.")
    return _agree(record, event.item, confirmed=event, failed=None)


def _failed(record: R, event: ev.ProtectionFailed) -> R:
    item_of(record, event.item, ev.ProtectionProposed)
    return _agree(record, event.item, confirmed=None, failed=event)


def _agree(record: R, item: str, **became: Any) -> R:
    agreement = replace(record.agreements.get(item, Agreement()), **became)
    return replace(record, agreements=put(record.agreements, item, agreement))


def _action_accepted(record: R, event: ev.ActionAccepted) -> R:
    if event.said_by != item_of(record, event.item, ev.ActionAgreed)["owner"]:
        raise ev.MeetingError("only its owner takes an action: name them as its owner first.")
    return replace(record, actions_accepted=put(record.actions_accepted, event.item, event))


def _action_done(record: R, event: ev.ActionDone) -> R:
    item_of(record, event.item, ev.ActionAgreed)
    if not event.how.strip():
        raise ev.MeetingError("say how it shows that the action was done.")
    return replace(record, actions_done=put(record.actions_done, event.item, event))


Handler = Callable[[Any, Any], Any]
HANDLERS: Mapping[type[ev.Event], Handler] = MappingProxyType(
    {
        ev.ItemWithdrawn: _withdrawn,
        ev.EditSettled: _settled,
        ev.ProtectionAccepted: _accepted,
        ev.ProtectionDeclined: _declined,
        ev.ProtectionConfirmed: _confirmed,
        ev.ProtectionFailed: _failed,
        ev.ActionAccepted: _action_accepted,
        ev.ActionDone: _action_done,
    }
)
"""What each event that both a meeting and a plan may have does to either."""


def items_of(*kinds: type[ev.ItemAdded] | type[ev.ItemChanged]) -> dict[type[ev.Event], Handler]:
    """The handlers for items of these kinds, added and changed."""
    return {kind: _added if issubclass(kind, ev.ItemAdded) else _changed for kind in kinds}
