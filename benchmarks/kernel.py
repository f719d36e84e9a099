"""Forty indicators over ten million entries: the kernel's time, beside the same spans by DuckDB, Polars, pandas, CLIPS.

    python benchmarks/kernel.py [--quick] [--entries N]

A made population is written to Parquet; the kernel reads it, evaluates, and gives every span. DuckDB gives the same on
the same two cores; its spans must be equal, every one. Three ratios are printed, so that none hides another:

- `ratio_vs_duckdb`, the one that is stated: both have the facts in memory before their time begins, the kernel in its
  own columns, DuckDB in its own table, so that what is compared is the finding of spans and nothing else. Loading is a
  part of neither: DuckDB's table serves many queries, and the kernel's columns many runs;
- `ratio_both_from_parquet`: both begin at the Parquet file, and each reads it once in its own way;
- `ratio_kernel_from_parquet_duckdb_in_memory`: the kernel reads the file in its time and DuckDB has it already. It is
  not like with like, and is the least that can be said of the kernel.

Polars, pandas and CLIPS are asked a smaller population (300,000 entries; CLIPS twenty children), and their time is
scaled by the number of entries; the kernel reads Parquet in that comparison.
Beside that, the limits: reading the same columns, and sorting the same rows, and nothing else. The last line is JSON.
Needs the `bench` extra.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from nightlight.domain.kinds import KINDS
from nightlight.engines import batch
from nightlight.engines.days import table
from nightlight.engines.kernel import run
from nightlight.engines.parquet import Reader
from nightlight.engines.program import compile_program
from nightlight.indicators.nodes import Expression
from nightlight.timeline.calendar import WorkingCalendar

sys.path.insert(0, str(Path(__file__).parent))
from peers import asked, frames, made, rules, sql

FULL, QUICK, FEW = 10_000_000, 1_000_000, 300_000
Spans = dict[str, tuple[np.ndarray, ...]]


def main() -> None:
    args = _arguments()
    entries = args.entries or (QUICK if args.quick else FULL)
    expressions = asked.forty()
    with tempfile.TemporaryDirectory(prefix="nightlight-bench-") as scratch:
        result = measure(Path(scratch), entries, expressions)
    print(json.dumps(result))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a million entries")
    parser.add_argument("--entries", type=int, help=f"how many entries; default {FULL:,}, or {QUICK:,} with --quick")
    return parser.parse_args()


def measure(scratch: Path, entries: int, expressions: Mapping[str, Expression]) -> dict[str, Any]:
    folder = scratch / "facts"
    facts = made.write(folder, entries, expressions)
    print(f"{facts:,} entries of {len(Reader(folder)):,} groups of children, {len(expressions)} indicators")
    small = scratch / "small"
    few = made.write(small, min(entries, FEW), expressions)
    kernel(small, expressions)  # the compiled kernel is loaded, as it is when a process starts
    ours, results = min((timed(lambda: kernel(folder, expressions)) for _ in range(3)), key=lambda run: run[0])
    mine = by_indicator(results, expressions)
    spans = sum(len(each[0]) for each in mine.values())
    print(f"kernel    {ours:9.2f} s  {spans:,} spans, from Parquet, two cores")
    scan, _ = timed(lambda: bare_scan(folder))
    order, _ = timed(lambda: bare_sort(folder))
    print(
        f"limits    {scan:9.2f} s  reading the same columns; {order:.2f} s sorting the same rows by moment, in memory"
    )
    alone = in_memory(folder, expressions)
    print(f"kernel    {alone:9.2f} s  facts in memory already, two cores")
    loading, theirs = duckdb(folder, expressions, mine)
    print(f"DuckDB    {theirs:9.2f} s  facts in memory already, two cores, spans equal; {loading:.2f} s to load them")
    print(f"ratio     {theirs / alone:9.1f}    DuckDB's time to ours, both in memory: the one that is stated")
    print(f"ratio     {(loading + theirs) / ours:9.1f}    both from Parquet")
    print(f"ratio     {theirs / ours:9.1f}    the kernel from Parquet, DuckDB in memory: not like with like")
    result: dict[str, Any] = {
        "benchmark": "kernel", "entries": facts, "indicators": len(expressions), "spans": spans,
        "seconds": round(ours, 3),
        "entries_per_second": round(facts / ours), "ratio_vs_duckdb": round(theirs / alone, 1),
        "ratio_both_from_parquet": round((loading + theirs) / ours, 1),
        "ratio_kernel_from_parquet_duckdb_in_memory": round(theirs / ours, 1),
        "times_a_scan": round(ours / scan, 1), "times_a_sort": round(ours / order, 2),
    }  # fmt: skip
    of_few = by_indicator(kernel(small, expressions), expressions)
    for name, seconds in peers(small, few, expressions, of_few).items():
        scaled = seconds * facts
        print(f"{name:<9} {scaled:9.1f} s  scaled from {few:,} entries, spans equal")
        result[f"ratio_vs_{name.lower()}"] = round(scaled / ours, 1)
    return result


def timed(do: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    made_of = do()
    return time.perf_counter() - start, made_of


def kernel(folder: Path, expressions: Mapping[str, Expression]) -> list[batch.Result]:
    return list(batch.evaluate(folder, expressions, calendar=WorkingCalendar.england()))


def in_memory(folder: Path, expressions: Mapping[str, Expression]) -> float:
    """The kernel's time alone, for facts that are in its columns already."""
    reader, program, days = Reader(folder), compile_program(expressions), table(WorkingCalendar.england())
    places = batch.places_used(program)
    groups = [reader.group(number, places).columns for number in range(len(reader))]
    with ThreadPoolExecutor(2) as pool:
        return min(timed(lambda: list(pool.map(lambda one: run(program, one, days), groups)))[0] for _ in range(3))


def by_indicator(results: list[batch.Result], expressions: Mapping[str, Expression]) -> Spans:
    """For each indicator: the children's numbers, starts and ends, by child and start."""
    columns: list[tuple[np.ndarray, ...]] = []
    first = 0
    for result in results:
        found = result.found
        columns.append((found.root, found.child + first, found.start, found.end))
        first += len(result.children)
    root, *rest = (np.concatenate(each) for each in zip(*columns, strict=True))
    order = np.argsort(root, kind="stable")
    bounds = np.searchsorted(root[order], np.arange(len(expressions) + 1))
    return {
        code: tuple(column[order[low:high]] for column in rest)
        for code, low, high in zip(expressions, bounds[:-1], bounds[1:], strict=True)
    }


def bare_scan(folder: Path) -> int:
    return pq.read_table(folder / "facts.parquet", read_dictionary=["kind", "agency", "part", "through"]).num_rows


def bare_sort(folder: Path) -> int:
    at = pq.read_table(folder / "facts.parquet", columns=["at"])["at"].combine_chunks().cast("int64").to_numpy()
    return len(np.argsort(at, kind="stable"))


def duckdb(folder: Path, expressions: Mapping[str, Expression], expected: Spans) -> tuple[float, float]:
    """Its time to load the facts, and for all of the indicators."""
    import duckdb as engine

    connection = engine.connect()
    names = ", ".join(f"'{name}'" for name in KINDS)
    connection.execute(f"CREATE TYPE kinds AS ENUM ({names})")
    loading, _ = timed(lambda: [connection.execute(statement) for statement in sql.setup(str(folder))])
    seconds = 0.0
    for code, expression in expressions.items():
        query = sql.query(expression)
        took, found = timed(lambda query=query: connection.execute(query).fetchnumpy())
        seconds += took
        same(code, expected, tuple(found[name] for name in ("number", "s", "e")))
    return loading, seconds


def same(code: str, expected: Spans, found: tuple[np.ndarray, ...]) -> None:
    order = np.lexsort((found[1], found[0]))
    if not all(np.array_equal(np.asarray(a)[order], b) for a, b in zip(found, expected[code], strict=True)):
        raise SystemExit(f"{code}: the spans differ, so the times mean nothing.")


def peers(folder: Path, few: int, expressions: Mapping[str, Expression], expected: Spans) -> dict[str, float]:
    """Seconds for each entry and all of the indicators."""
    found = {}
    for library in (frames.Polars, frames.Pandas):
        loaded = library.load(str(folder))
        seconds = 0.0
        for code, expression in expressions.items():
            took, spans = timed(lambda expression=expression, loaded=loaded: loaded.answer(expression))
            seconds += took
            same(code, expected, spans)
        found[library.__name__] = seconds / few
    found["CLIPS"] = clips(folder, expressions, expected)
    return found


def clips(folder: Path, expressions: Mapping[str, Expression], expected: Spans, children: int = 20) -> float:
    """Of twenty children and the indicators that count, as if the others took no longer."""
    counting = {code: each for code, each in expressions.items() if rules.can_be_asked(each)}
    columns = ["number", "kind", "agency", "part", "through", "at", "c", "known_until"]
    facts = frames.Polars.load(str(folder)).facts.collect()
    facts = facts.filter(facts["number"] < children).rename({"known_until": "g"})
    wanted = [name for name in facts.columns if name in (*columns, "g") or name.startswith("value_")]
    rows = facts.select(wanted).to_dicts()
    engine = rules.Clips(counting)
    by_child = [
        [{k: v for k, v in row.items() if k != "number"} for row in rows if row["number"] == n] for n in range(children)
    ]
    took, found = timed(lambda: [engine.child(each) for each in by_child])
    for code in counting:
        number, start, end = expected[code]
        for child in range(children):
            mine = list(zip(start[number == child].tolist(), end[number == child].tolist(), strict=True))
            if mine != found[child].get(code, []):
                raise SystemExit(f"{code}: CLIPS found other spans.")
    return took / len(rows) * len(expressions) / len(counting)


if __name__ == "__main__":
    main()
