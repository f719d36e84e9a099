"""Who was told of a duty, and whether it reached them: its notices, with each try to deliver them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nightlight.store.duties.models import Notice, NoticeTry


@dataclass(frozen=True, slots=True)
class Try:
    """One try to reach somebody by a channel, and what came of it."""

    at: datetime
    channel: str
    outcome: str
    code: str


@dataclass(frozen=True, slots=True)
class Told:
    """One notice: whom it was for, why, when it was made, how far it has come, and when its person saw it."""

    person: str
    why: str
    made: datetime
    state: str
    channel: str
    seen: datetime | None
    tries: tuple[Try, ...]


def told_of(duty: UUID) -> tuple[Told, ...]:
    """The notices of a duty, the newest first. Called by what may show the duty already."""
    notices = list(Notice.objects.filter(duty=duty).order_by("-made", "id"))
    tries: dict[UUID, list[Try]] = defaultdict(list)
    for row in NoticeTry.objects.filter(notice__in=[each.id for each in notices]).order_by("id"):
        tries[row.notice].append(Try(row.at, row.channel, row.outcome, row.code))
    return tuple(
        Told(each.person, each.why, each.made, each.state, each.channel, each.seen, tuple(tries[each.id]))
        for each in notices
    )
