"""What forms share: a moment as a date and a time, and errors as pairs of a field's id and its message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.http import HttpRequest

from nightlight.timeline import local_date, local_time
from nightlight.timeline.london import LONDON

Errors = list[tuple[str, str]]


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

    def moment(self, name: str, errors: Errors, *, needed: bool) -> datetime | None:
        """The instant; adds to the errors where there is none to be had."""
        if not self.on and not needed:
            return None
        try:
            day, at = date.fromisoformat(self.on), time.fromisoformat(self.at or "00:00")
            return datetime.combine(day, at, LONDON).astimezone(UTC)
        except (ValueError, OverflowError):
            errors.append((f"{name}_on", "Enter a date, and a time like 17:30"))
            return None
