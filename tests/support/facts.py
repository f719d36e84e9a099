"""Facts of an invented child from a small table, for tests that say in a few lines what was known when.

The tables are those of an indicator's own cases (`nightlight.indicators.cases`).
"""

from __future__ import annotations

from nightlight.indicators.cases import fact, facts, moment
from nightlight.timeline.spans import Spans

__all__ = ["fact", "facts", "moment", "spans"]


def spans(text: str) -> Spans:
    """Spans from `2024-01-10..2024-02-01`, one or more, or `never` or `always`."""
    if text == "never":
        return Spans.empty()
    if text == "always":
        return Spans.always()
    return Spans(tuple(map(moment, each.split(".."))) for each in text.split())  # type: ignore[misc]
