"""The catalogue: every indicator, one module a theme, and the protective facts that are shown beside them.

To add one: a function in its theme's module, its three cases (fires, nearly, does not) in the catalogue's tests, and
`python -m nightlight.indicators.manual docs/reference`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nightlight.indicators.catalogue import (
    adults,
    asthma,
    convergence,
    health,
    home,
    process,
    protection,
    protective,
    school,
)
from nightlight.indicators.catalogue.base import Indicator, Protective

__all__ = ["CATALOGUE", "PROTECTIVE", "Indicator", "Protective", "affected_by"]

_ALL = (
    *protection.INDICATORS,
    *convergence.INDICATORS,
    *process.INDICATORS,
    *school.INDICATORS,
    *asthma.INDICATORS,
    *health.INDICATORS,
    *home.INDICATORS,
    *adults.INDICATORS,
)

CATALOGUE: Mapping[str, Indicator] = MappingProxyType({each.code: each for each in _ALL})
"""Every indicator by its code."""

PROTECTIVE: Mapping[str, Protective] = MappingProxyType({each.code: each for each in protective.PROTECTIVE})
"""Every protective fact by its code."""


def affected_by(kinds: frozenset[str]) -> tuple[Indicator, ...]:
    """The indicators whose value new entries of these kinds can change, in the catalogue's order.

    >>> [each.code for each in affected_by(frozenset({"social_care.worker_changed"}))]
    ['process.worker_churn']
    """
    return tuple(each for each in CATALOGUE.values() if each.kinds & kinds)
