"""Admissions to hospital and serious harm: drawn, month by month, from a family's hidden state and a child's age alone.

Nothing that any agency saw, wrote or did is read here, so that no indicator is right about these by construction. They
have a stream of chance of their own: with or without them, the rest of a family's life is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from nightlight.sample.happenings import Happening, happens, moment
from nightlight.sample.population import TROUBLES, Family, Person

_MONTH = timedelta(days=30)

ILLNESS_A_YEAR = ((1, 0.366), (5, 0.105), (10, 0.042), (18, 0.042))
"""Unplanned admissions a child-year under each age (calibration.csv; from ten on, our assumption). Not scaled."""
_OTHER_SHARE = 0.8
INJURY_A_YEAR = 0.008
INJURED_BY = {"neglect": 2.5, "domestic_abuse": 1.5, "substance_misuse": 1.5, "mental_health": 0.5}
"""By how much a trouble at full strength raises the rate of admission for injury: 2.5 is three and a half times."""
SELF_HARM_A_YEAR = 0.004
INGESTION_A_YEAR = 0.003
HARM_A_YEAR = 0.00016
HARMED_BY = {"neglect": 8.0, "domestic_abuse": 8.0, "substance_misuse": 6.0, "mental_health": 3.0}
HARM_UNDER_ONE, HARM_UNDER_FIVE = 5.0, 1.6
"""Serious harm. No published rate is in calibration.csv: these are assumptions, chosen so that a city has some."""


@dataclass(frozen=True, slots=True)
class Harm:
    """Serious harm to one child, at a moment. It is an outcome to look back from, never a fact that is counted."""

    child: str
    at: datetime


def admissions(family: Family, rng: Random, *, start: date, until: date) -> Iterator[Happening]:
    """Unplanned admissions other than for asthma (which are life.py's), month by month."""
    for since in _months(start, until):
        strengths = _strengths(family, since)
        for child in family.children:
            age = (since - child.born).days / 365.25
            if age < 0:
                continue
            for reason, rate in _admission_rates(age, strengths):
                for _ in range(happens(rng, rate / 12)):
                    yield _admission(child, rng, since, reason)


def _admission_rates(age: float, strengths: dict[str, float]) -> Iterator[tuple[str, float]]:
    yield "other", _OTHER_SHARE * next(rate for under, rate in ILLNESS_A_YEAR if age < under or under == 18)
    yield "injury", INJURY_A_YEAR * _raised(strengths, INJURED_BY)
    if age >= 11:
        yield "self_harm", SELF_HARM_A_YEAR * (1 + 3 * strengths["mental_health"] + 2 * strengths["domestic_abuse"])
    if age < 5:
        yield "ingestion", INGESTION_A_YEAR * (1 + 3 * strengths["substance_misuse"] + strengths["neglect"])


def _admission(child: Person, rng: Random, since: date, reason: str) -> Happening:
    when = moment(rng, since + timedelta(days=rng.randrange(30)), (0, 23))
    return Happening(
        kind="health.admission", agency="health.hospital", when=when, about=(child.true_id,),
        until=when.date() + timedelta(days=rng.randint(1, 3)), attributes={"reason": reason},
    )  # fmt: skip


def serious_harm(family: Family, rng: Random, *, start: date, until: date) -> Iterator[Harm]:
    """Serious harm, at most once to a child."""
    for child in family.children:
        for since in _months(max(start, child.born), until):
            if rng.random() < harm_rate(family, child, since) / 12:
                yield Harm(child.true_id, moment(rng, since + timedelta(days=rng.randrange(30)), (0, 23)))
                break


def harm_rate(family: Family, child: Person, day: date) -> float:
    """The hazard of serious harm a year, on a day."""
    age = (day - child.born).days / 365.25
    by_age = HARM_UNDER_ONE if age < 1 else HARM_UNDER_FIVE if age < 5 else 1.0
    return HARM_A_YEAR * by_age * _raised(_strengths(family, day), HARMED_BY)


def _raised(strengths: dict[str, float], by: dict[str, float]) -> float:
    return 1 + sum(by[trouble] * strength for trouble, strength in strengths.items())


def _strengths(family: Family, day: date) -> dict[str, float]:
    return {trouble: family.strength(trouble, day) for trouble in TROUBLES}


def _months(start: date, until: date) -> Iterator[date]:
    return (start + month * _MONTH for month in range(max(0, (until - start).days) // 30))
