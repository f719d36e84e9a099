"""A meeting's dangers and protections as `coverage` counts them, at one moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from nightlight.domain.coverage import Coverage, coverage
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.record import Agreement, Record
from nightlight.domain.meetings.state import Meeting
from nightlight.domain.protection import Danger, Protection
from nightlight.timeline.partial import Partial

_NOT_YET = Agreement()


def coverage_of(meeting: Meeting, now: datetime, grace: timedelta = timedelta(hours=1)) -> Coverage:
    """Every danger that stands in the meeting against what counts as protection now."""
    return coverage(dangers_of(meeting), protections_of(meeting), now, grace)


def dangers_of(meeting: Record) -> tuple[Danger, ...]:
    """The dangers that stand. One that nobody has dated counts from when it was voiced, without end."""
    return tuple(_danger(item) for item in meeting.dangers)


def protections_of(meeting: Record) -> tuple[Protection, ...]:
    """The protections that stand, with what became of them. One that is against no danger any more is against none."""
    standing = {item.id for item in meeting.dangers}
    found = []
    for item in meeting.protections:
        protection = _protection(item, meeting.agreements.get(item.id, _NOT_YET))
        if not protection.answers or protection.answers & standing:
            found.append(protection)
    return tuple(found)


def _danger(item: Item) -> Danger:
    starts = cast("Partial | None", item["starts"]) or Partial.instant(item.at)
    ends = cast("Partial | None", item["ends"])
    return Danger(id=item.id, starts=starts, ends=ends, what=item.text("what"))


def _protection(item: Item, became: Agreement) -> Protection:
    return Protection(
        id=item.id,
        what=item.text("what"),
        owner=item.text("owner") and (item.text("owner_name") or item.text("owner")),
        in_force_from=cast("Partial | None", item["in_force_from"]),
        until=cast("Partial | None", item["until"]),
        answers=frozenset(cast("tuple[str, ...]", item["answers"])),
        how_confirmed=item.text("how_confirmed"),
        review=cast("datetime | None", item["review"]),
        accepted=became.accepted is not None,
        accepted_at=became.accepted.at if became.accepted else None,
        declined=became.declined is not None,
        confirmed=became.confirmed.at if became.confirmed else None,
        failed=became.failed.at if became.failed else None,
    )
