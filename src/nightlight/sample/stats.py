"""National figures, and what they become among children known to a service. The table is calibration.csv.

Every number that life.py is set by is looked up here, with its source beside it; nothing is a fact about a real child.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

SHARE_KNOWN = 0.20
"""Our assumption: one child in five is known to some service. An event that itself makes a child known (a referral, a
plan, a police incident) is therefore five times as common among the known as among all. Illness is not scaled."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table as it stands."""

    measure: str
    value: str
    unit: str
    period: str
    geography: str
    source: str
    status: str


@lru_cache(maxsize=1)
def figures() -> tuple[Figure, ...]:
    """Every row of calibration.csv, in its order."""
    with (files("nightlight.sample") / "calibration.csv").open(encoding="utf-8") as table:
        return tuple(Figure(**row) for row in csv.DictReader(table))


def figure(measure: str, period: str = "") -> Figure:
    """The row of a measure (and period, where a measure has several); `KeyError` names one that is not there."""
    for row in figures():
        if row.measure == measure and period in ("", row.period):
            return row
    raise KeyError(f"calibration.csv has no row {measure!r} {period!r}")


@dataclass(frozen=True, slots=True)
class Target:
    """A marginal the sample is made to match: its code, the row it comes from, its value among the known, and how near.

    tolerance is relative: sampled families are few, and siblings are referred together.
    """

    code: str
    measure: str
    period: str
    value: float
    unit: str
    scaled: bool
    tolerance: float


def _per(measure: str, period: str = "", *, of: int) -> float:
    return float(figure(measure, period).value) / of


@lru_cache(maxsize=1)
def targets() -> tuple[Target, ...]:
    """Which marginals are matched. Those not named here come as they come (docs/reference/sample.md)."""
    referrals = "Referrals rate (computed 633000 / ~12.0m under-18s)"
    known = 1 / SHARE_KNOWN
    ratio = _per("Children subject to s47", of=10_000) * known
    return (
        Target("referrals", referrals, "", _per(referrals, of=10_000) * known, "per child a year", True, 0.20),
        Target("re_referrals", "Re-referrals within 12 months", "", _per("Re-referrals within 12 months", of=100),
               "share of referrals", False, 0.30),
        Target("from_police", "Referrals from police", "", 0.28, "share of referrals", False, 0.25),
        Target("from_schools", "Referrals from schools", "", 0.21, "share of referrals", False, 0.25),
        Target("section_47", "Children subject to s47", "", ratio, "per child a year", True, 0.35),
        Target("plans_at_end", "CPP rate (computed)", "", _per("CPP rate (computed)", of=10_000) * known,
               "share of children", True, 0.50),
        Target("absence", "Absence FSM vs non-FSM", "", 0.10, "share of sessions", False, 0.20),
        Target("persistent_absence", "Persistent absence FSM vs non-FSM", "", 0.317, "share of pupils", False, 0.20),
        Target("asthma", "Asthma in children", "", 1 / 11, "share of children", False, 0.30),
        Target("emergency_under_5", "A&E attendances age 0-4", "", _per("A&E attendances age 0-4", of=1000),
               "per child-year", False, 0.25),
        Target("few_preventers", "of CYP prescribed preventer ICS: <4 inhalers in the year", "", 0.72,
               "share of children on a preventer, a year", False, 0.30),
    )  # fmt: skip


@dataclass(slots=True)
class Tally:
    """Counts of what was made, for the manifest: top over bottom, by a target's code."""

    counts: dict[str, float]

    @classmethod
    def empty(cls) -> Tally:
        return cls({})

    def add(self, code: str, amount: float = 1.0) -> None:
        self.counts[code] = self.counts.get(code, 0.0) + amount

    def marginals(self) -> list[Mapping[str, object]]:
        """Each target with what was made of it."""
        return [
            {
                "code": t.code, "measure": t.measure, "source": figure(t.measure, t.period).source,
                "target": round(t.value, 4), "made": _ratio(self.counts, t.code), "unit": t.unit,
                "scaled_to_known": t.scaled,
            }
            for t in targets()
        ]  # fmt: skip


def _ratio(counts: Mapping[str, float], code: str) -> float | None:
    below = counts.get(code + "/of", 0.0)
    return round(counts.get(code, 0.0) / below, 4) if below else None
