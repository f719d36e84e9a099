"""What forms share: a moment as a date and a time, and errors as pairs of a field's id and its message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.http import HttpRequest

from nightlight.timeline import local_date, local_time
from nightlight.timeline.london import LONDON, end_of_day

Errors = list[tuple[str, str]]
MOST_WORDS = 4000
"""Characters of one field that asks for a reason or a note; a concern and a meeting have more of their own."""
YEARS = range(1901, 2099)
"""In which working days and weeks can be counted; a date outside is a slip of the finger."""


class TooLong(Exception):
    """More was typed into one field than can be kept. It is never cut: the page says so, and nothing is done."""

    def __init__(self, typed: int, most: int) -> None:
        super().__init__(f"One field has {typed:,} characters; at most {most:,} can be kept in it.")


def words_of(request: HttpRequest, name: str) -> str:
    """What was typed into one field, without the spaces round it. Raises `TooLong`."""
    return uncut(request.POST.get(name, ""))


def uncut(text: str, most: int = MOST_WORDS) -> str:
    """All of what was typed, without the spaces round it; raises `TooLong` rather than lose the end of it."""
    kept = text.replace("\x00", "").strip()
    if len(kept) > most:
        raise TooLong(len(kept), most)
    return kept


def day_of(text: str) -> date:
    """A day as a date field sends it; raises `ValueError` for what is none, or is centuries away."""
    day = date.fromisoformat(text)
    if day.year not in YEARS:
        raise ValueError(f"a year from {YEARS.start} to {YEARS.stop - 1}")
    return day


@dataclass(frozen=True, slots=True)
class When:
    """A moment as a form has it: a date and a time on a clock in London."""

    on: str
    at: str

    @classmethod
    def of(cls, request: HttpRequest, name: str) -> When:
        return cls(request.POST.get(f"{name}_on", "").strip()[:10], request.POST.get(f"{name}_at", "").strip()[:5])

    @classmethod
    def showing(cls, moment: datetime) -> When:
        return cls(local_date(moment).isoformat(), f"{local_time(moment):%H:%M}")

    def begins(self, name: str, errors: Errors, now: datetime) -> datetime | None:
        """The instant at which something begins: with no time, now, or the start of a day to come."""
        if not self.at and self.on == local_date(now).isoformat():
            return now
        return self.moment(name, errors, needed=True)

    def ends(self, name: str, errors: Errors) -> datetime | None:
        """The instant at which something ends, where it does: with no time, the end of that day."""
        found = self.moment(name, errors, needed=bool(self.at))
        return found if found is None or self.at else end_of_day(local_date(found))

    def moment(self, name: str, errors: Errors, *, needed: bool, timed: bool = True) -> datetime | None:
        """The instant; adds to the errors where there is none to be had. timed: whether a time is asked for, too."""
        if not self.on and not needed:
            return None
        try:
            day, at = day_of(self.on), time.fromisoformat(self.at or "00:00")
            return datetime.combine(day, at, LONDON).astimezone(UTC)
        except (ValueError, OverflowError):
            errors.append((f"{name}_on", "Enter a date, and a time like 17:30" if timed else "Enter a date"))
            return None
