"""The rota: who holds which role, in which organisation, when. It answers with a name and why, or that there is none.

Any instant can be asked about, past or to come. Shifts may be on call by the week, in London's time; somebody who is
away is covered by the person named for that, or passed over. That nobody has capacity is not something it can say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from nightlight.domain.rule_types import OfficeHours
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.instants import BEGINNING, END
from nightlight.timeline.london import LONDON, end_of_day, local_date, local_time, start_of_day

_DAY = timedelta(days=1)
LEFT = "left"
"""Why somebody is away for good."""


@dataclass(frozen=True, slots=True)
class OnCall:
    """Hours of a day of the week (Monday is 0) on a clock in London; an end not after the start is the next day's."""

    weekday: int
    start: time
    end: time

    def include(self, local: datetime) -> bool:
        """Whether that moment, as a clock in London shows it, is within them.

        >>> night = OnCall(4, time(17), time(9))
        >>> night.include(datetime(2026, 11, 21, 8, 59)), night.include(datetime(2026, 11, 20, 16, 59))
        (True, False)
        """
        at = local.time()
        if self.start < self.end:
            return local.weekday() == self.weekday and self.start <= at < self.end
        return (local.weekday() == self.weekday and at >= self.start) or (
            local.weekday() == (self.weekday + 1) % 7 and at < self.end
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One row: this person holds this role over `[since, until)`; organisation empty is the whole partnership.

    on_call: the hours of the week in which they do; empty for all of them. holidays: all day on bank holidays, too.
    team: the team whose rota the row is on, for people to read.
    """

    role: str
    person: str
    organisation: str = ""
    since: datetime = BEGINNING
    until: datetime = END
    on_call: tuple[OnCall, ...] = ()
    holidays: bool = False
    team: str = ""

    def holds(self, role: str, at: datetime) -> bool:
        return self.role == role and self.since <= at < self.until

    def is_on(self, at: datetime, calendar: WorkingCalendar) -> bool:
        """Whether its hours include that moment."""
        if not self.on_call:
            return True
        local = local_time(at)
        return (self.holidays and _is_holiday(local.date(), calendar)) or any(h.include(local) for h in self.on_call)


def _is_holiday(day: date, calendar: WorkingCalendar) -> bool:
    return day.weekday() < 5 and not calendar.is_working_day(day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Somebody is away over `[since, until)`, and why; `cover` answers in their place, where somebody is named."""

    person: str
    since: datetime = BEGINNING
    until: datetime = END
    why: str = "away"
    cover: str = ""

    def lasts(self, at: datetime) -> bool:
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class OnRota:
    """The person who holds the role, by which shift, and why it is they. instead_of: the holder whom they cover."""

    person: str
    shift: Shift
    because: str = "holds the role"
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class NobodyOnRota:
    """Nobody holds the role then, and why. Whoever shows a duty shows this; it is never left blank."""

    role: str
    organisation: str
    at: datetime
    because: str = "nobody was ever named"

    @property
    def person(self) -> str:
        return ""

    def __str__(self) -> str:
        where = f" in {self.organisation}" if self.organisation else ""
        return f"nobody is on the rota as {self.role}{where} on {local_time(self.at):%d/%m/%Y at %H:%M}"


@dataclass(frozen=True, slots=True)
class Rota:
    """All shifts and absences, in any order, and the working hours of organisations that have their own."""

    shifts: tuple[Shift, ...] = ()
    absences: tuple[Absence, ...] = ()
    hours: Mapping[str, OfficeHours] = field(default_factory=lambda: MappingProxyType({}))
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar.england)


def who(rota: Rota, role: str, organisation: str, at: datetime) -> OnRota | NobodyOnRota:
    """Who holds a role in an organisation at that moment, and why.

    The organisation's own shift comes before one for the whole partnership, and the one that began last before others.
    Of those, the first who is there, or whose cover is, answers.

    >>> from datetime import UTC
    >>> rota = Rota((Shift(role="safeguarding_lead", person="p7"),))
    >>> who(rota, "safeguarding_lead", "school-1", datetime(2026, 11, 23, tzinfo=UTC)).person
    'p7'
    """
    named = [s for s in rota.shifts if s.role == role and s.organisation in (organisation, "")]
    holding = [s for s in named if s.holds(role, at) and s.is_on(at, rota.calendar)]
    holding.sort(key=lambda s: (s.organisation == organisation, s.since, s.person), reverse=True)
    why = [_why_not(named, at)] if not holding else []
    for shift in holding:
        answer = _there(rota, shift, at)
        if isinstance(answer, OnRota):
            return answer
        why.append(answer)
    return NobodyOnRota(role, organisation, at, "; ".join(dict.fromkeys(why)))


def _there(rota: Rota, shift: Shift, at: datetime) -> OnRota | str:
    """Who answers for a shift: its holder, or whoever covers; in words, why nobody does."""
    away = _away(rota, shift.person, at)
    if away is None:
        return OnRota(shift.person, shift, "is on call" if shift.on_call else "holds the role")
    if away.cover and _away(rota, away.cover, at) is None:
        return OnRota(away.cover, shift, f"covers for {shift.person}, who is away ({away.why})", shift.person)
    covered = f", and so is {away.cover}, who covers" if away.cover else ""
    return f"{shift.person} {'has left' if away.why == LEFT else f'is away ({away.why})'}{covered}"


def _away(rota: Rota, person: str, at: datetime) -> Absence | None:
    """The absence that holds then; of several, one that names cover, and of those the one that began last."""
    lasting = [absence for absence in rota.absences if absence.person == person and absence.lasts(at)]
    return max(lasting, key=lambda a: (a.why == LEFT, bool(a.cover), a.since, a.cover), default=None)


def _why_not(named: list[Shift], at: datetime) -> str:
    if not named:
        return "nobody was ever named"
    if any(shift.holds(shift.role, at) for shift in named):
        return "nobody is on call at that hour"
    ended = [shift for shift in named if shift.until <= at]
    return "the last shift has ended, so the post is vacant" if ended else "the first shift has not begun"


# -- over a stretch of time


@dataclass(frozen=True, slots=True)
class Turn:
    """Who holds a role over `[since, until)`."""

    since: datetime
    until: datetime
    answer: OnRota | NobodyOnRota


def turns(rota: Rota, role: str, organisation: str, since: datetime, until: datetime) -> tuple[Turn, ...]:
    """Who holds a role over a bounded stretch, without a gap: what the rota's page shows."""
    edges = [since, *(edge for edge in sorted(set(_edges(rota, since, until))) if since < edge < until)]
    found: list[Turn] = []
    for edge, end in zip(edges, [*edges[1:], until], strict=True):
        answer = who(rota, role, organisation, edge)
        if found and found[-1].answer.person == answer.person and type(found[-1].answer) is type(answer):
            found[-1] = Turn(found[-1].since, end, found[-1].answer)
        else:
            found.append(Turn(edge, end, answer))
    return tuple(found)


def gaps(rota: Rota, role: str, organisation: str, since: datetime, until: datetime) -> tuple[Turn, ...]:
    """The times in a stretch at which nobody would answer."""
    return tuple(turn for turn in turns(rota, role, organisation, since, until) if not turn.answer.person)


def _edges(rota: Rota, since: datetime, until: datetime) -> Iterator[datetime]:
    """Every moment at which an answer can change."""
    for shift in rota.shifts:
        yield from (shift.since, shift.until)
    for absence in rota.absences:
        yield from (absence.since, absence.until)
    hours = {h for shift in rota.shifts for h in shift.on_call}
    if hours:
        yield from _edges_of_days(hours, since, until)


def _edges_of_days(hours: Iterable[OnCall], since: datetime, until: datetime) -> Iterator[datetime]:
    """Midnights, the hours that shifts start and end, and the changes of the clocks, as instants.

    A time that a clock shows twice gives two instants; one that it skips has its edge where the clock jumps.
    """
    times = {t for h in hours for t in (h.start, h.end)}
    day = local_date(since) - _DAY
    while start_of_day(day) < until:
        yield start_of_day(day)
        if end_of_day(day) - start_of_day(day) != _DAY:
            yield datetime.combine(day, time(1), UTC)  # the clocks change at one o'clock, UTC
        for at in times:
            for fold in (0, 1):
                yield datetime.combine(day, at.replace(fold=fold), LONDON).astimezone(UTC)
        day += _DAY
