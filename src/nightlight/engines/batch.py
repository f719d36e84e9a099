"""A population's history at once: groups of children from Parquet, each evaluated by itself, on as many cores as given.

Memory holds a few groups, whatever the size. The order of the groups is the file's, so that a result is the same each
time. This module says nothing about what is shown while it runs: it tells whoever asked how far it has come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import local

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nightlight.domain.kinds import KINDS
from nightlight.engines import kernel
from nightlight.engines.days import table
from nightlight.engines.kernel import Found
from nightlight.engines.layout import PLACES, VALUES, is_moment
from nightlight.engines.parquet import Group, Reader
from nightlight.engines.program import Program, compile_program
from nightlight.indicators.nodes import Expression
from nightlight.timeline.calendar import WorkingCalendar

_INSTANT = pa.timestamp("us", tz="UTC")
SPANS_SCHEMA = pa.schema(
    [
        pa.field("child", pa.string(), nullable=False),
        pa.field("indicator", pa.dictionary(pa.int16(), pa.string()), nullable=False),
        pa.field("start", _INSTANT, nullable=False),
        pa.field("end", _INSTANT, nullable=False),
    ]
)
"""Of the spans that are written: one row for each, by child, then by indicator, then by start."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What was found for a group: `found.child` counts within `children`, `found.root` within `codes`."""

    codes: tuple[str, ...]
    children: pa.ChunkedArray
    facts: int
    found: Found

    def table(self) -> pa.Table:
        """The spans as rows of `SPANS_SCHEMA`."""
        root = pa.array(self.found.root.astype(np.int16))
        return pa.Table.from_arrays(
            [
                self.children.take(pa.array(self.found.child)).combine_chunks(),
                pa.DictionaryArray.from_arrays(root, pa.array(self.codes, pa.string())),
                pa.array(self.found.start).cast(_INSTANT),
                pa.array(self.found.end).cast(_INSTANT),
            ],
            schema=SPANS_SCHEMA,
        )


def evaluate(
    folder: Path, expressions: Mapping[str, Expression], *, calendar: WorkingCalendar, cores: int = 2
) -> Iterator[Result]:
    """When each expression holds for each child of a folder that `parquet.write` wrote, a group at a time.

    >>> import tempfile
    >>> from nightlight.engines.parquet import write
    >>> from nightlight.indicators.language import age, years
    >>> from nightlight.timeline.partial import Partial
    >>> with tempfile.TemporaryDirectory() as name:
    ...     _ = write(Path(name), [("a", (), Partial.parse("2024-03-02"))])
    ...     young = {"young": (age() < years(1)).node}
    ...     [len(r.found.start) for r in evaluate(Path(name), young, calendar=WorkingCalendar.england())]
    [1]
    """
    program = compile_program(expressions)
    days = table(calendar)
    places = places_used(program)
    own = local()

    def run(number: int) -> Result:
        if not hasattr(own, "reader"):
            own.reader = Reader(folder)
            own.room, own.scratch = own.reader.room(), kernel.Scratch()
        group: Group = own.reader.group(number, places, own.room)
        found = kernel.run(program, group.columns, days, own.scratch)
        return Result(program.codes, group.children, int(group.columns.offsets[-1]), found)

    with ThreadPoolExecutor(cores) as pool:
        yield from _in_order(pool, run, len(Reader(folder)), cores + 1)


def _in_order(pool: ThreadPoolExecutor, run: Callable[[int], Result], size: int, ahead: int) -> Iterator[Result]:
    """The results in order, never more than so many of them begun and not yet taken."""
    numbers = iter(range(size))
    begun: deque[Future[Result]] = deque(pool.submit(run, number) for number in islice(numbers, ahead))
    try:
        while begun:
            result = begun.popleft().result()
            begun.extend(pool.submit(run, number) for number in islice(numbers, 1))
            yield result
    finally:
        for each in begun:
            each.cancel()


def places_used(program: Program) -> set[int]:
    """The value columns that a program reads."""
    used = set(program.places[program.places >= 0].tolist())
    for row in (*program.patterns[:, 2].tolist(), *program.conditions[:, 0].tolist()):
        used |= {row - VALUES} if row >= VALUES else set()
    for kind in program.kinds:
        for name in KINDS[kind].attributes:
            if is_moment(kind, name):
                used |= {PLACES[kind][name] + k for k in range(3)}
    return used


def write_spans(results: Iterable[Result], path: Path, *, progress: Callable[[int], None] = lambda facts: None) -> int:
    """Write what was found to one Parquet file; returns how many spans. `progress` is told of facts done."""
    spans = 0
    with pq.ParquetWriter(path, SPANS_SCHEMA, compression="zstd") as to:
        for result in results:
            to.write_table(result.table())
            spans += len(result.found.start)
            progress(result.facts)
    return spans
