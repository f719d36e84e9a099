"""What happens, before any agency writes it down: one fact, in the words of domain/kinds.py, about people by true id.

Life and the two case families both yield these; the writers turn each into what its feed would hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from nightlight.sample.population import Address

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One fact. `about` are true ids; `place` is where it happened, where that matters; `mark` is an id in a case."""

    kind: str
    agency: str
    when: date | datetime
    about: tuple[str, ...]
    until: date | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    recorded: datetime | None = None
    words: str = ""
    text: str = ""
    place: Address | None = None
    mark: str = ""

    @property
    def day(self) -> date:
        return self.when.astimezone(LONDON).date() if isinstance(self.when, datetime) else self.when

    @property
    def instant(self) -> datetime:
        """The moment, at midday where only the day is known."""
        return self.when.astimezone(UTC) if isinstance(self.when, datetime) else at(self.when, 12)

    @property
    def written(self) -> datetime:
        """When the agency wrote it down: by default two hours later."""
        return self.recorded or self.instant + timedelta(hours=2)


@lru_cache(maxsize=65_536)
def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A time on a clock in England, as an instant."""
    return datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)


def moment(rng: Random, day: date, hours: tuple[int, int]) -> datetime:
    """Some moment of a day between two hours."""
    return at(day, rng.randint(*hours), rng.randrange(60))


def happens(rng: Random, rate: float) -> int:
    """How many times something of this expected number happens (Poisson, for small rates)."""
    count, left = 0, rng.random()
    chance = 2.718281828459045**-rate
    while left > chance and count < 20:
        left -= chance
        count += 1
        chance *= rate / count
    return count
