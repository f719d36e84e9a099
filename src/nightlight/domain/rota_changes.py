"""What is wrong with a change to the rota before it is made: that it rewrites the past, or says a thing twice.

Pure. Who answered at an instant that is over is on record and stays what it was, so that a change begins today at the
earliest; a mistake names the field that a form has for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from nightlight.domain.rota import LEFT, Absence, OnCall, Rota, Shift
from nightlight.timeline.instants import END
from nightlight.timeline.london import local_date, start_of_day

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a change can't be made. field: `person`, `since`, `until` or `cover`. lasts: what stands in its way, from
    when until when; an end of `END` is none.
    """

    field: str
    says: str
    lasts: tuple[datetime, datetime] | None = None


def of_shift(rota: Rota, shift: Shift, now: datetime) -> list[Mistake]:
    """What is wrong with putting somebody on the rota so."""
    found = [*_span(shift.since, shift.until, now, "A shift")]
    found += [
        Mistake("person", "They hold this role at these hours already", (held.since, held.until))
        for held in rota.shifts
        if (held.person, held.role, held.organisation) == (shift.person, shift.role, shift.organisation)
        and _meet(held, shift)
        and share_hours(held.on_call, shift.on_call)
    ]
    return found


def of_end(shift: Shift, until: datetime, now: datetime) -> list[Mistake]:
    """What is wrong with ending a shift then."""
    if until < shift.since:
        return [Mistake("until", "A shift ends after it begins")]
    if until > shift.until:
        return [Mistake("until", "It ends before that already. Put them on the rota again from then")]
    if until < _today(now) and until != shift.since:
        return [Mistake("until", "Who answered then stays as it was: end it today or later")]
    return []


def of_absence(rota: Rota, absence: Absence, now: datetime) -> list[Mistake]:
    """What is wrong with recording an absence and its cover so."""
    found = [*_span(absence.since, absence.until, now, "An absence")]
    theirs = (each for each in rota.absences if each.person == absence.person and each.why != LEFT)
    found += [
        Mistake("person", "They are away then already: end that absence first", (held.since, held.until))
        for held in theirs
        if _meet(held, absence)
    ]
    found += [
        Mistake("cover", "They are away then, too: choose somebody else", (held.since, held.until))
        for held in rota.absences
        if absence.cover and held.person == absence.cover and _meet(held, absence)
    ]
    return found


def _span(since: datetime, until: datetime, now: datetime, what: str) -> Iterator[Mistake]:
    if until <= since:
        yield Mistake("until", f"{what} ends after it begins")
    elif until <= now:
        yield Mistake("until", f"{what} that is over changes nothing: give an end that is still to come, or none")
    if since < _today(now):
        yield Mistake("since", "Who answered then stays as it was: begin today or later")


def _today(now: datetime) -> datetime:
    return start_of_day(local_date(now))


def _meet(one: Shift | Absence, other: Shift | Absence) -> bool:
    return max(one.since, other.since) < min(one.until, other.until)


def share_hours(one: Iterable[OnCall], other: Iterable[OnCall]) -> bool:
    """Whether two patterns of a week have an hour in common; an empty one is all of them.

    >>> from datetime import time
    >>> night, morning = OnCall(6, time(17), time(9)), OnCall(0, time(8), time(12))
    >>> share_hours([night], [morning]), share_hours([night], [OnCall(0, time(9), time(12))])
    (True, False)
    """
    first, second = list(one), list(other)
    if not first or not second:
        return True
    return any(
        max(a, c + shift) < min(b, d + shift)
        for a, b in map(_within_week, first)
        for c, d in map(_within_week, second)
        for shift in (-_WEEK, timedelta(), _WEEK)
    )


def _within_week(hours: OnCall) -> tuple[timedelta, timedelta]:
    """When they start and end, from Monday's midnight; they may end in the next week."""
    day = timedelta(days=hours.weekday)
    start = day + timedelta(hours=hours.start.hour, minutes=hours.start.minute)
    end = day + timedelta(hours=hours.end.hour, minutes=hours.end.minute)
    return start, end if end > start else end + timedelta(days=1)


def endless(until: datetime | None) -> datetime:
    """An end as spans have it, where a row has none."""
    return until or END
