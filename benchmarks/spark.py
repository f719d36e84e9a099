"""The kernel on Spark with two local workers, beside the same kernel in one process: equal spans, and what Spark adds.

    python benchmarks/spark.py [--quick]

Spark is for what one machine does not hold: here, on one, its time is what it costs to start, to spread the rows by
child and to carry them to Python. The last line is JSON. Needs the `spark` extra, and Java 17.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import pyarrow as pa

from nightlight.engines import batch, spark
from nightlight.indicators.nodes import Expression
from nightlight.timeline.calendar import WorkingCalendar

sys.path.insert(0, str(Path(__file__).parent))
from peers import asked, made

FULL, QUICK = 10_000_000, 500_000
SORTED = [("child", "ascending"), ("indicator", "ascending"), ("start", "ascending")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} entries instead of {FULL:,}")
    entries = QUICK if parser.parse_args().quick else FULL
    warnings.simplefilter("ignore", FutureWarning)  # Spark's, of a pandas newer than it knows
    with tempfile.TemporaryDirectory(prefix="nightlight-bench-") as scratch:
        print(json.dumps(measure(Path(scratch), entries)))


def measure(folder: Path, entries: int) -> dict[str, Any]:
    expressions = asked.forty()
    facts = made.write(folder, entries, expressions)
    one_process(folder, expressions)
    ours, expected = timed(lambda: one_process(folder, expressions))
    start, session = timed(spark.session)
    try:
        session.sparkContext.setLogLevel("ERROR")
        first, _ = timed(lambda: on_spark(session, folder, expressions))
        theirs, found = timed(lambda: on_spark(session, folder, expressions))
    finally:
        session.stop()
    if not found.equals(expected):
        raise SystemExit("Spark found other spans.")
    print(f"{facts:,} entries, {len(expressions)} indicators, {expected.num_rows:,} spans, equal")
    print(f"one process {ours:6.2f} s   Spark {theirs:6.2f} s ({first:.2f} s at first), and {start:.1f} s to start")
    return {
        "benchmark": "spark", "entries": facts, "indicators": len(expressions), "spans": expected.num_rows,
        "seconds": round(theirs, 2), "first_seconds": round(first, 2), "start_seconds": round(start, 1),
        "one_process_seconds": round(ours, 2), "overhead": round(theirs / ours, 1),
    }  # fmt: skip


def one_process(folder: Path, expressions: dict[str, Expression]) -> pa.Table:
    results = batch.evaluate(folder, expressions, calendar=WorkingCalendar.england())
    table = pa.concat_tables(result.table() for result in results)
    return plain(table.set_column(1, "indicator", table["indicator"].cast(pa.string())))


def on_spark(session: Any, folder: Path, expressions: dict[str, Expression]) -> pa.Table:
    return plain(spark.evaluate(session, folder, expressions).toArrow())


def plain(table: pa.Table) -> pa.Table:
    """In one order, with the same types on both sides."""
    instant = pa.timestamp("us", tz="UTC")
    columns = [table["child"], table["indicator"], table["start"].cast(instant), table["end"].cast(instant)]
    made = pa.table(dict(zip(("child", "indicator", "start", "end"), columns, strict=True)))
    return made.sort_by(SORTED).combine_chunks()


def timed(do: Any) -> tuple[float, Any]:
    start = time.perf_counter()
    found = do()
    return time.perf_counter() - start, found


if __name__ == "__main__":
    main()
