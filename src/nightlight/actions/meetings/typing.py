"""What somebody at a meeting is typing, kept at every pause: a connection that breaks, or a power cut, loses nothing.

What is typed into the meeting itself the others see as it is typed; a safety score nobody sees. A draft is no part of
the record and of no audit; it goes when what it became is submitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from nightlight.actions.meetings.log import NOT_YOURS, ground_of
from nightlight.actions.seeing.access import Refused
from nightlight.store.meetings import mapping
from nightlight.store.meetings.models import MeetingDraft
from nightlight.store.people.models import Practitioner

OPEN = frozenset({"danger", "protection", "action", "decision", "dissent", "view", "note"})
"""What the others see as it is typed."""
LONGEST = 20_000
MOST = 200
"""Characters of one draft, and drafts of one person in one meeting."""


class DraftRefused(ValueError):
    """A draft that cannot be kept; the message says why."""


def save(
    *, by: Practitioner, meeting: UUID, place: str, content: Mapping[str, str], sequence: int, now: datetime
) -> bool:
    """Keep what the page holds at a place (`danger:ID`, `score`). sequence: counts up in the page; an older one that
    comes late changes nothing. Returns whether it was kept."""
    if not ground_of(by, meeting):
        raise Refused(NOT_YOURS)
    kept = _clean(place, content)
    mine = MeetingDraft.objects.filter(meeting=meeting, person=by.username, place=place)
    values = {"content": kept, "sequence": sequence, "saved": now, "open": _is_open(meeting, place, kept)}
    if _put(mine, values):
        return True
    if not mine.exists():
        if MeetingDraft.objects.filter(meeting=meeting, person=by.username).count() >= MOST:
            raise DraftRefused(f"you have {MOST} unfinished drafts in this meeting: submit or clear some first.")
        try:
            with transaction.atomic():
                MeetingDraft.objects.create(meeting_id=meeting, person=by.username, place=place, **values)
            return True
        except IntegrityError:  # what was sent a moment before is written first
            pass
    return _put(mine, values)


def _put(mine: QuerySet[MeetingDraft], values: Mapping[str, Any]) -> bool:
    """Write over an older draft, if there is one; asked again wherever one may have come since."""
    return bool(mine.filter(sequence__lt=values["sequence"]).update(**values))


def _is_open(meeting: UUID, place: str, content: Mapping[str, str]) -> bool:
    """Whether the others see it as it is typed: never what is said in a closed part."""
    what, _, item = place.partition(":")
    if what not in OPEN or content.get("closed_part"):
        return False
    found = mapping.meeting_of(meeting)
    held = found[0].items.get(item) if found else None
    return held is None or not held.text("closed_part")


def _clean(place: str, content: Mapping[str, str]) -> dict[str, str]:
    if not place or len(place) > 80:
        raise DraftRefused("a draft names its place on the page, as danger:ID or score.")
    kept = {str(name)[:40]: str(value).replace("\x00", "") for name, value in content.items()}
    if sum(map(len, kept.values())) > LONGEST:
        raise DraftRefused(f"a draft has at most {LONGEST} characters: submit a part of it first.")
    return kept


def mine(*, by: Practitioner, meeting: UUID) -> dict[str, MeetingDraft]:
    """My drafts in a meeting, by place: what the page fills its fields with when it is opened again."""
    return {row.place: row for row in MeetingDraft.objects.filter(meeting=meeting, person=by.username)}


def others(*, by: Practitioner, meeting: UUID) -> list[MeetingDraft]:
    """What the others are typing in the open."""
    return list(MeetingDraft.objects.filter(meeting=meeting, open=True).exclude(person=by.username).order_by("saved"))


def clear(*, by: Practitioner, meeting: UUID, place: str) -> None:
    """Throw a draft away, because its author says so."""
    MeetingDraft.objects.filter(meeting=meeting, person=by.username, place=place).delete()
