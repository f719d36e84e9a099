"""The engines that must agree with the specs: from an expression, facts and a birth date to `Spans`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from nightlight.domain.chronology import Fact
from nightlight.engines.live import LiveEvaluator
from nightlight.indicators import reference
from nightlight.indicators.nodes import Expression
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import Spans

Engine = Callable[[Expression, Iterable[Fact], Partial | None], Spans]
CALENDAR = WorkingCalendar.england()


def _reference(expression: Expression, facts: Iterable[Fact], born: Partial | None) -> Spans:
    return reference.evaluate(expression, facts, born=born, calendar=CALENDAR)


def _kernel(expression: Expression, facts: Iterable[Fact], born: Partial | None) -> Spans:
    return LiveEvaluator(CALENDAR).evaluate(facts, born, {"it": expression})["it"]


ENGINES: Mapping[str, Engine] = {"reference": _reference, "kernel": _kernel}
