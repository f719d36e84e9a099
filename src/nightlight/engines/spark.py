"""The kernel on Spark: facts spread over a cluster by child, each partition evaluated as it streams by (`mapInArrow`).

Needs the `spark` extra, and Java 17 where Spark runs. It means nothing by itself: what each worker runs is `kernel`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from nightlight.engines import kernel
from nightlight.engines.batch import Result
from nightlight.engines.days import table
from nightlight.engines.parquet import CHILDREN, CHILDREN_SCHEMA, FACTS, FACTS_SCHEMA, to_columns
from nightlight.engines.program import compile_program
from nightlight.indicators.nodes import Expression
from nightlight.timeline.calendar import WorkingCalendar

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SPANS = "child string not null, indicator string not null, start timestamp not null, `end` timestamp not null"
AT_ONCE = 131_072
"""Facts that a worker holds, about; a child is never split."""


def session(workers: int = 2) -> SparkSession:
    """A Spark session on this machine, whose workers run this same Python. On a cluster, make your own."""
    from pyspark.sql import SparkSession

    # Spark reads this and no setting of its own; without it workers run whichever python3 is found first.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return (
        SparkSession.builder.master(f"local[{workers}]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", 65_536)
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )


def evaluate(
    spark: SparkSession, folder: Path | str, expressions: Mapping[str, Expression], *, partitions: int = 2
) -> DataFrame:
    """When each expression holds, as rows of child, indicator, start and end; the folder is `parquet.write`'s."""
    children = spark.read.parquet(f"{folder}/{CHILDREN}")
    facts = spark.read.parquet(f"{folder}/{FACTS}")
    return evaluate_frames(children, facts, expressions, partitions=partitions)


def evaluate_frames(
    children: DataFrame, facts: DataFrame, expressions: Mapping[str, Expression], *, partitions: int = 2
) -> DataFrame:
    """The same of two frames with the columns of `children.parquet` and `facts.parquet`, in any order."""
    together = (
        children.join(facts, "number", "left")
        .repartition(partitions, "number")
        .sortWithinPartitions("number", "position")
    )
    return together.mapInArrow(partition(expressions), SPANS)


def partition(
    expressions: Mapping[str, Expression],
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a worker does with the rows of a partition, sorted by child: gathers whole children, and runs the kernel."""

    def evaluate_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        program = compile_program(expressions)
        days = table(WorkingCalendar.england())
        for rows in whole_children(batches, AT_ONCE):
            children, facts = split(rows)
            columns = to_columns(facts, children, 0)
            found = kernel.run(program, columns, days)
            result = Result(program.codes, children["child"], facts.num_rows, found)
            yield from _plain(result.table()).to_batches()

    return evaluate_partition


def whole_children(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Tables of at least so many rows, until the last, none of which ends in the middle of a child."""
    kept: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if size >= rows and batch.num_rows:
            number = batch["number"].to_numpy()
            begun = kept[-1]["number"][-1].as_py()
            same = int(np.searchsorted(number, begun, side="right"))
            if same < batch.num_rows:
                yield pa.Table.from_batches([*kept, batch.slice(0, same)])
                kept, size, batch = [], 0, batch.slice(same)
        if batch.num_rows:
            kept.append(batch)
            size += batch.num_rows
    if kept:
        yield pa.Table.from_batches(kept)


def split(rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The joined rows as the two tables again, the children numbered from 0."""
    number = rows["number"].to_numpy()
    firsts = np.flatnonzero(np.concatenate(([True], number[1:] != number[:-1])))
    children = rows.select(CHILDREN_SCHEMA.names).take(pa.array(firsts))
    again = np.repeat(np.arange(len(firsts), dtype=np.int32), np.diff([*firsts.tolist(), len(number)]))
    rows = rows.set_column(rows.column_names.index("number"), "number", pa.array(again))
    facts = rows.select(FACTS_SCHEMA.names).filter(rows["kind"].is_valid())
    return children, pa.Table.from_arrays(
        [_as(facts[field.name], field.type) for field in FACTS_SCHEMA], names=FACTS_SCHEMA.names
    )


def _as(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_dictionary(wanted):
        return column.cast(pa.string()).dictionary_encode().cast(wanted)
    return column.cast(wanted)


def _plain(table: pa.Table) -> pa.Table:
    """Without dictionaries, which Spark does not take back."""
    return table.set_column(1, "indicator", table["indicator"].cast(pa.string()))
