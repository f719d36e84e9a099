"""Items of a meeting, edited by several people at once: each keeps its version, and every edit that came too late.

An edit names the version its author saw. Where a field that it changes has changed since, it is refused and kept beside
the text that stands, until someone settles it: nothing is silently overwritten, and nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from types import MappingProxyType

from nightlight.domain.meetings.events import (
    Changes,
    ItemAdded,
    ItemChanged,
    ItemWithdrawn,
    MeetingError,
    Value,
)

_COMMON = frozenset({"id", "at", "by", "author", "item"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEdit:
    """An edit that came after another's: what it wanted, who wrote it, and what stood when it came.

    settled: `theirs` where the text that stood was kept, `mine` where this one was put in its place by a new edit,
    `both` where they were written together; empty while nobody has looked.
    """

    edit: str
    author: str
    at: datetime
    of_version: int
    wanted: Changes
    stood: Changes
    settled: str = ""


SETTLED = ("theirs", "mine", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One danger, protection, action, decision, dissent, view or note, as it stands.

    kind: the event that added it. version: 1 when added, one more for each edit. touched: the version at which each
    field was last changed. withdrawn: why it was taken back; empty while it stands.
    """

    id: str
    kind: type[ItemAdded]
    author: str
    by: str
    at: datetime
    fields: Mapping[str, Value]
    version: int = 1
    changed_at: datetime
    touched: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    refused: tuple[RefusedEdit, ...] = ()
    withdrawn: str = ""

    @property
    def stands(self) -> bool:
        return not self.withdrawn

    @property
    def unsettled(self) -> tuple[RefusedEdit, ...]:
        """The refused edits that nobody has looked at yet."""
        return tuple(edit for edit in self.refused if not edit.settled)

    def __getitem__(self, name: str) -> Value:
        return self.fields[name]

    def text(self, name: str) -> str:
        """A field that holds text."""
        return str(self.fields[name] or "")


def added(event: ItemAdded) -> Item:
    """The item that an event adds."""
    given = {f.name: getattr(event, f.name) for f in fields(event) if f.name not in _COMMON}
    return Item(
        id=event.item,
        kind=type(event),
        author=event.said_by,
        by=event.by,
        at=event.at,
        changed_at=event.at,
        fields=MappingProxyType(given),
    )


def changed(item: Item, event: ItemChanged) -> Item:
    """The item after an edit; with the edit kept as refused, where it came too late."""
    _check(item, event)
    late = {name: item.fields[name] for name in event.changes if _changed_since(item, name, event)}
    if late or not item.stands:
        return _refuse(item, event)
    version = item.version + 1
    return replace(
        item,
        version=version,
        changed_at=event.at,
        fields=MappingProxyType({**item.fields, **event.changes}),
        touched=MappingProxyType({**item.touched, **dict.fromkeys(event.changes, version)}),
    )


def withdrawn(item: Item, event: ItemWithdrawn) -> Item:
    """The item taken back; refused where it was edited since, for whoever took it back had not read that."""
    if not event.reason.strip():
        raise MeetingError("taking an item back needs a reason: say why it no longer stands.")
    if event.of_version != item.version:
        return _keep(item, event.id, event.said_by, event.at, event.of_version, {"withdrawn": event.reason}, {})
    return replace(item, withdrawn=event.reason, version=item.version + 1, changed_at=event.at)


def settled(item: Item, edit: str, kept: str) -> Item:
    """The item with one refused edit looked at."""
    if kept not in SETTLED:
        raise MeetingError(f"say which text stands, as one of {', '.join(SETTLED)}.")
    if not any(each.edit == edit for each in item.refused):
        raise MeetingError("there is no such refused edit on this item: reload it to see those that there are.")
    done = tuple(replace(each, settled=kept) if each.edit == edit else each for each in item.refused)
    return replace(item, refused=done)


def _changed_since(item: Item, name: str, event: ItemChanged) -> bool:
    """Whether a field was changed after the version that the author saw, and to something else than they want."""
    return item.touched.get(name, 1) > event.of_version and item.fields[name] != event.changes[name]


def _refuse(item: Item, event: ItemChanged) -> Item:
    stood = {name: item.fields[name] for name in event.changes}
    return _keep(item, event.id, event.said_by, event.at, event.of_version, event.changes, stood)


def _keep(item: Item, edit: str, author: str, at: datetime, seen: int, wanted: Changes, stood: Changes) -> Item:
    kept = RefusedEdit(edit=edit, author=author, at=at, of_version=seen, wanted=wanted, stood=stood)
    return replace(item, refused=(*item.refused, kept))


def _check(item: Item, event: ItemChanged) -> None:
    unknown = sorted(set(event.changes) - set(item.kind.EDITABLE))
    if unknown:
        raise MeetingError(f"an edit changes {', '.join(item.kind.EDITABLE)}; not {', '.join(unknown)}.")
    if not event.changes:
        raise MeetingError("an edit names the fields that it changes, and what they become.")
    if not 1 <= event.of_version <= item.version:
        raise MeetingError(f"an edit names the version that its author saw, 1 to {item.version}.")
