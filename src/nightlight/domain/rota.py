"""The rota: who holds which role, in which organisation, when. It answers with a name, or says that there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nightlight.timeline.instants import BEGINNING, END
from nightlight.timeline.london import local_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One row: this person holds this role over `[since, until)`; organisation empty is the whole partnership."""

    role: str
    person: str
    organisation: str = ""
    since: datetime = BEGINNING
    until: datetime = END

    def holds(self, role: str, at: datetime) -> bool:
        return self.role == role and self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class OnRota:
    """The person who holds the role."""

    person: str
    shift: Shift


@dataclass(frozen=True, slots=True)
class NobodyOnRota:
    """Nobody holds the role then. Whoever shows a duty shows this; it is never left blank."""

    role: str
    organisation: str
    at: datetime

    @property
    def person(self) -> str:
        return ""

    def __str__(self) -> str:
        where = f" in {self.organisation}" if self.organisation else ""
        return f"nobody is on the rota as {self.role}{where} on {local_time(self.at):%d/%m/%Y at %H:%M}"


@dataclass(frozen=True, slots=True)
class Rota:
    """All shifts, in any order."""

    shifts: tuple[Shift, ...] = ()


def who(rota: Rota, role: str, organisation: str, at: datetime) -> OnRota | NobodyOnRota:
    """Who holds a role in an organisation at that moment.

    The organisation's own shift comes before one for the whole partnership, and the one that began last before others.

    >>> from datetime import UTC
    >>> rota = Rota((Shift(role="safeguarding_lead", person="p7"),))
    >>> who(rota, "safeguarding_lead", "school-1", datetime(2026, 11, 23, tzinfo=UTC)).person
    'p7'
    """
    holding = [s for s in rota.shifts if s.organisation in (organisation, "") and s.holds(role, at)]
    if not holding:
        return NobodyOnRota(role, organisation, at)
    best = max(holding, key=lambda s: (s.organisation == organisation, s.since, s.person))
    return OnRota(best.person, best)
