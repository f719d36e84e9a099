"""The few statistics of a backtest: shares with an interval, rates, quantiles of counted values. Plain arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, sqrt

_Z = 1.959963984540054
"""Of a normal distribution, 95% lies within so many standard deviations of the middle."""


@dataclass(frozen=True, slots=True)
class Share:
    """A count of a count. `value` and `interval` are None where there is nothing to take a share of."""

    part: int
    of: int

    @property
    def value(self) -> float | None:
        return self.part / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95% interval, which holds its level for small counts and shares near 0 and 1.

        >>> [round(end, 4) for end in Share(1, 10).interval]
        [0.0179, 0.4042]
        """
        return wilson(self.part, self.of) if self.of else None

    def __add__(self, other: Share) -> Share:
        return Share(self.part + other.part, self.of + other.of)


def wilson(part: int, of: int) -> tuple[float, float]:
    """Wilson's 95% score interval of a share.

    >>> wilson(0, 5)[0], round(wilson(0, 5)[1], 4)
    (0.0, 0.4345)
    """
    share, z2 = part / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    low = 0.0 if part == 0 else max(0.0, middle - half)
    return low, 1.0 if part == of else min(1.0, middle + half)


def per_thousand(count: int, years: float) -> float | None:
    """So many in a thousand years.

    >>> per_thousand(6, 2000.0)
    3.0
    """
    return 1000 * count / years if years > 0 else None


def quantile(counted: Mapping[int, int], share: float) -> int | None:
    """The least value that at least this share of all are at or under (nearest rank); None of nothing.

    counted: how often each value was met.

    >>> quantile({10: 1, 20: 2, 90: 1}, 0.5)
    20
    """
    total = sum(counted.values())
    if not total:
        return None
    rank, met = max(1, ceil(share * total - 1e-9)), 0
    for value in sorted(counted):
        met += counted[value]
        if met >= rank:
            return value
    raise AssertionError("a share is at most 1")


@dataclass(frozen=True, slots=True)
class Quartiles:
    """The lower quartile, the median and the upper quartile, by nearest rank, and of how many."""

    lower: int | None
    median: int | None
    upper: int | None
    of: int

    @classmethod
    def of_counted(cls, counted: Mapping[int, int]) -> Quartiles:
        """
        >>> Quartiles.of_counted({1: 1, 2: 1, 3: 1, 4: 1})
        Quartiles(lower=1, median=2, upper=3, of=4)
        """
        lower, median, upper = (quantile(counted, share) for share in (0.25, 0.5, 0.75))
        return cls(lower, median, upper, sum(counted.values()))
