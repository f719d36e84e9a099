"""How sure the model must be to call two records the same, or to ask: dated rows, which may locally be stricter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from math import log2
from typing import Any

import yaml

LEAST_SAME = 0.95
"""No partnership may call records the same on less: a wrong merge shows a family another family's life."""


class WrongThresholds(ValueError):
    """A row can't stand; the message says which, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From a day on: the probability from which records are the same, and that from which somebody is asked."""

    valid_from: date
    same: float
    ask: float
    source: str

    @property
    def ask_weight(self) -> float:
        """`ask` in bits."""
        return log2(self.ask / (1 - self.ask))


def read(text: str) -> tuple[Thresholds, ...]:
    """The rows of a file, oldest first."""
    try:
        rows = [checked(row) for row in yaml.safe_load(text)["thresholds"]]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError):
        raise WrongThresholds(
            "thresholds: expected a list of rows with valid_from (a date), same, ask and source"
        ) from None
    return tuple(sorted(rows, key=lambda row: row.valid_from))


def checked(row: Mapping[str, Any]) -> Thresholds:
    """A row that can stand, or `WrongThresholds`."""
    made = Thresholds(valid_from=row["valid_from"], same=row["same"], ask=row["ask"], source=row["source"])
    if not isinstance(made.valid_from, date) or not LEAST_SAME <= made.same < 1 or not 0 < made.ask < made.same:
        raise WrongThresholds(
            f"thresholds from {made.valid_from}: same must be {LEAST_SAME} or more and below 1, and ask between 0 and "
            "same; change the row"
        )
    return made


@lru_cache(1)
def packaged() -> tuple[Thresholds, ...]:
    """The rows that come with the package."""
    return read(resources.files("nightlight.matcher").joinpath("thresholds.yaml").read_text("utf-8"))


def on(day: date, rows: Iterable[Thresholds] | None = None) -> Thresholds:
    """The row that counts on a day.

    >>> on(date(2025, 11, 21)).same
    0.95
    """
    return [row for row in (packaged() if rows is None else rows) if row.valid_from <= day][-1]
