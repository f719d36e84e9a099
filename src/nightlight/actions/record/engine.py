"""Which engine evaluates a change: the kernel once it is compiled on this machine, the reference until then.

Both mean the same, span for span (tests/generative/test_engines.py); this chooses by speed alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from nightlight.domain.chronology import Fact
from nightlight.engines import ready
from nightlight.engines.live import LiveEvaluator
from nightlight.indicators import reference
from nightlight.indicators.catalogue import Indicator
from nightlight.indicators.history import History
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import Spans

Child = tuple[Sequence[Fact], Partial | None]


@lru_cache(maxsize=1)
def calendar() -> WorkingCalendar:
    """England's working days."""
    return WorkingCalendar.england()


def spans_of(children: Sequence[Child], indicators: Sequence[Indicator]) -> list[Mapping[str, Spans]]:
    """For each child's facts and birth date: when each of the indicators holds, by its code."""
    expressions = {each.code: each.expression for each in indicators}
    if ready.is_ready():
        return list(_evaluator().evaluate_all(children, expressions))
    return [_by_reference(facts, born, indicators) for facts, born in children]


def make_ready() -> None:
    """Load the compiled kernel, if there is one, where a second spent now is waited for by nobody."""
    if ready.is_ready():
        _evaluator()


def _by_reference(facts: Sequence[Fact], born: Partial | None, indicators: Sequence[Indicator]) -> Mapping[str, Spans]:
    history = History(facts, born, calendar())
    return {each.code: reference.spans(each.expression, history) for each in indicators}


@lru_cache(maxsize=1)
def _evaluator() -> LiveEvaluator:
    return LiveEvaluator(calendar())
