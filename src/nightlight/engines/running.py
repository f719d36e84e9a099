"""Indicators run over a population's parts, a row group at a time: memory holds one, whatever the population."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from nightlight.engines import kernel
from nightlight.engines.columns import Ints
from nightlight.engines.days import tables
from nightlight.engines.parts import read_facts
from nightlight.engines.program import Program, compile_program
from nightlight.indicators.nodes import Expression
from nightlight.timeline.calendar import WorkingCalendar

Spans = Mapping[str, list[tuple[int, int]]]


def spans_of(folder: Path, expressions: Mapping[str, Expression]) -> Iterator[tuple[str, Spans]]:
    """Each child of a folder of facts, in its order, with the spans in microseconds of each expression that ever holds.

    The calendar is England's.
    """
    program = compile_program(expressions)
    days = tables(WorkingCalendar.england())
    for children, columns in read_facts(folder):
        found = kernel.run(program, columns, days)
        yield from zip(children, _by_child(program, found, len(children)), strict=True)


def _by_child(program: Program, found: kernel.Found, children: int) -> list[dict[str, list[tuple[int, int]]]]:
    made: list[dict[str, list[tuple[int, int]]]] = [{} for _ in range(children)]
    codes = program.codes
    columns: tuple[Ints, ...] = (found.child, found.root, found.start, found.end)
    for child, root, start, end in zip(*(column.tolist() for column in columns), strict=True):
        made[child].setdefault(codes[root], []).append((start, end))
    return made
