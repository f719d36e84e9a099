"""Expressions run over a population's folder, child by child: what `batch` finds, as whole numbers by code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from nightlight.engines.batch import Result, evaluate
from nightlight.indicators.nodes import Expression
from nightlight.timeline.calendar import WorkingCalendar

Spans = Mapping[str, list[tuple[int, int]]]


def spans_of(folder: Path, expressions: Mapping[str, Expression]) -> Iterator[tuple[str, Spans]]:
    """Each child of a folder of facts, in its order, with the spans of each expression that ever holds for it.

    Microseconds since 1970 began. The calendar is England's; on every core.
    """
    cores = os.cpu_count() or 1
    for result in evaluate(folder, expressions, calendar=WorkingCalendar.england(), cores=cores):
        yield from _by_child(result)


def _by_child(result: Result) -> Iterator[tuple[str, Spans]]:
    children = result.children.to_pylist()
    made: list[dict[str, list[tuple[int, int]]]] = [{} for _ in children]
    for child, root, start, end in zip(*(column.tolist() for column in result.found), strict=True):
        made[child].setdefault(result.codes[root], []).append((start, end))
    return zip(children, made, strict=True)
