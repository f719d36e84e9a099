"""Notices: who is told of what has happened to a duty, how soon, and what is tried when it does not reach them.

Pure. A notice says that there is something to look at and where; never who the child is or what was recorded. Its words
are `notify.wording`, its sending `actions.telling.notices`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from nightlight.domain.clocks import OfficeHours
from nightlight.domain.duties import DutyState
from nightlight.domain.duty_events import (
    Accepted,
    Assigned,
    Challenged,
    Climbed,
    Declined,
    Event,
    EvidenceAdded,
    HandedOver,
    Lapsed,
    Raised,
    Reckoned,
    Withdrawn,
    rank,
)
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.london import LONDON, local_time

PARTNERSHIP = ("delegated_safeguarding_partner", "lead_safeguarding_partner", "service_manager")
"""Who hears, the first of them that anybody holds, that a role has nobody on it."""


class Why(StrEnum):
    """Why somebody is told."""

    RAISED = "raised"
    LAPSED = "lapsed"
    CLIMBED = "climbed"
    ASSIGNED = "assigned"
    RECKONED = "reckoned"
    WITHDRAWN = "withdrawn"
    TOLD = "told"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CHALLENGED = "challenged"
    OUTCOME = "outcome"
    REMINDER = "reminder"
    NOBODY = "nobody"
    UNREACHED = "unreached"
    LATE = "late"
    WORKER = "worker"
    SET_ASIDE = "set_aside"
    DIGEST = "digest"
    INVITED = "invited"
    ASKED = "asked"
    DECISIONS = "decisions"
    GLASS = "glass"
    GIVEN = "given"
    ANSWERED = "answered"
    CORRECTED = "corrected"
    CONSENT = "consent"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A notice to be sent. `key` is of the event, so that the same notice asked for twice is one.

    person: whom it is for; empty when the rota named nobody, and then it is kept for whoever runs the hub.
    fast: of a clock that runs at night; the others wait until offices open.
    """

    key: str
    why: Why
    person: str
    duty: str = ""
    about: str = ""
    fast: bool = False


def wanted_for(
    event: Event,
    before: DutyState | None,
    after: DutyState,
    number: int,
    *,
    organisation: str,
    fast: bool,
    partner: Callable[[], str],
) -> tuple[Wanted, ...]:
    """The notices that follow from one event. Nobody is told of what they did themselves.

    More evidence on an open duty tells nobody anything new to do, so it is gathered there and makes no notice.
    """
    found = _told(event, before, after)
    if found is None:
        return ()
    why, person = found
    if not person:
        return (_nobody(event, after, organisation, fast, partner()),)
    if person == event.by:
        return ()
    key = f"{after.duty.id}.{number}.{person}"
    return (Wanted(key=key, why=why, person=person, duty=after.duty.id, fast=fast),)


def _nobody(event: Event, after: DutyState, organisation: str, fast: bool, partner: str) -> Wanted:
    """A role that nobody holds: raised once a day, not once a duty; a duty that nobody at all owns, once an hour."""
    role = event.to_role if isinstance(event, Climbed) else after.role
    key = f"nobody.{organisation}.{role}.{event.at:%Y%m%d}.{partner}"
    if not after.owner:
        key = f"{after.duty.id}.nobody.{event.at:%Y%m%d%H}.{partner}"
    return Wanted(key=key, why=Why.NOBODY, person=partner, duty=after.duty.id, about=f"role:{role}", fast=fast)


def _told(event: Event, before: DutyState | None, after: DutyState) -> tuple[Why, str] | None:
    """Why, and whom: an empty name is a role that nobody holds."""
    match event:
        case Raised():
            return Why.RAISED, after.owner
        case EvidenceAdded() if before is not None and rank(after.level) > rank(before.level):
            return Why.RAISED, event.owner
        case Lapsed():
            return (Why.LAPSED, after.owner) if after.owner else None
        case Climbed():
            return Why.CLIMBED, event.owner
        case Assigned():
            return Why.ASSIGNED, event.owner
        case Reckoned() if before is not None and before.owner and event.due < before.due:
            return Why.RECKONED, before.owner
        case Withdrawn() if before is not None and before.owner:
            return Why.WITHDRAWN, before.owner
        case HandedOver():
            return Why.OFFERED, event.to
        case Accepted():
            return (Why.ACCEPTED, before.owner) if before is not None and before.owner else None
        case Declined():
            return (Why.DECLINED, after.owner) if after.owner else None
        case Challenged():
            return Why.CHALLENGED, after.discharged_by
    return None


def partnership(person: Callable[[str], str]) -> str:
    """Who answers for the partnership: of `PARTNERSHIP`, the first whom `person` finds; empty when it finds nobody."""
    return next((found for role in PARTNERSHIP if (found := person(role))), "")


# -- when, and what is tried


_TRIES = {
    True: (timedelta(seconds=5), timedelta(seconds=20), timedelta(seconds=60)),
    False: (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=4)),
}
"""How long after a failure that may pass the same channel is tried again, for fast clocks and for slow ones."""
LEASE = timedelta(minutes=2)
"""How long a worker has to send what it took. Then another sends it, under the same key."""


def retry_at(tries: int, now: datetime, *, fast: bool) -> datetime | None:
    """When to try the same channel again after so many tries that failed; None: go on to the next channel.

    >>> from datetime import UTC
    >>> retry_at(1, datetime(2026, 11, 23, 9, tzinfo=UTC), fast=True)
    datetime.datetime(2026, 11, 23, 9, 0, 5, tzinfo=datetime.timezone.utc)
    """
    waits = _TRIES[fast]
    return now + waits[tries - 1] if tries <= len(waits) else None


def next_channel(channels: Sequence[str], failed: str) -> str:
    """The channel after the one that failed, in the person's order; empty when that was the last."""
    after = channels[channels.index(failed) + 1 :] if failed in channels else channels
    return after[0] if after else ""


def send_at(now: datetime, *, fast: bool, hours: OfficeHours, calendar: WorkingCalendar) -> datetime:
    """When a notice may go out: at once for a fast clock; for a slow one, when offices next open."""
    if fast or hours.include(now, calendar):
        return now
    local = local_time(now)
    day = local.date()
    if local.time() >= hours.start or not calendar.is_working_day(day):
        day = calendar.next_working_day(day)
    return datetime.combine(day, hours.start, LONDON).astimezone(UTC)
