"""A population's facts as a folder of Parquet files, a row a child, and indicators run over it a row group at a time.

A child's facts lie in lists, one list a column, in the order in which they count; what the numbers mean is `layout`'s.
Memory holds one row group, whatever the population.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nightlight.domain.chronology import Fact
from nightlight.engines import kernel
from nightlight.engines.columns import Columns, Ints, from_facts
from nightlight.engines.days import tables
from nightlight.engines.errors import LayoutError
from nightlight.engines.layout import WIDTH
from nightlight.engines.program import Program, compile_program
from nightlight.indicators.nodes import Expression
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

FORMAT = "1"
"""Of the files: another where the layout's numbers or columns come to mean something else."""
History = tuple[str, Partial | None, Iterable[Fact]]
Spans = Mapping[str, list[tuple[int, int]]]
_MOMENTS = ("at", "ends", "known_from", "known_until")
_VALUES = tuple(f"value_{number}" for number in range(WIDTH))
_LISTS = ("what", *_MOMENTS, *_VALUES)
_SCHEMA = pa.schema(
    [
        pa.field("child", pa.string(), nullable=False),
        pa.field("born_first", pa.int64(), nullable=False),
        pa.field("born_last", pa.int64(), nullable=False),
        *(pa.field(name, pa.list_(pa.field("item", pa.int64(), nullable=False)), nullable=False) for name in _LISTS),
    ],
    metadata={"nightlight.layout": FORMAT},
)


def write_facts(path: Path, histories: Iterable[History]) -> None:
    """Write some children's facts as one file of one row group. `BeyondError` for a fact that no column holds."""
    children, born, facts = [], [], []
    for child, birth, found in histories:
        children.append(child)
        born.append(birth)
        facts.append(found)
    columns = from_facts(list(zip(facts, born, strict=True)))
    offsets = pa.array(columns.offsets, pa.int32())
    lists = (columns.what, *(getattr(columns, name) for name in _MOMENTS), *columns.values)
    arrays = [pa.array(children, pa.string()), pa.array(columns.born[0]), pa.array(columns.born[1])]
    arrays += [pa.ListArray.from_arrays(offsets, pa.array(each)) for each in lists]
    table = pa.Table.from_arrays([each.cast(f.type) for each, f in zip(arrays, _SCHEMA, strict=True)], schema=_SCHEMA)
    pq.write_table(table, path, compression="zstd", row_group_size=max(1, len(children)))


def spans_of(folder: Path, expressions: Mapping[str, Expression]) -> Iterator[tuple[str, Spans]]:
    """Each child of a folder of facts, in its order, with the spans in microseconds of each expression that ever holds.

    The calendar is England's.
    """
    program = compile_program(expressions)
    days = tables(WorkingCalendar.england())
    for children, columns in read_facts(folder):
        found = kernel.run(program, columns, days)
        yield from zip(children, _by_child(program, found, len(children)), strict=True)


def read_facts(folder: Path) -> Iterator[tuple[list[str], Columns]]:
    """The children of each row group, and their facts; `LayoutError` for a file of another layout."""
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise LayoutError(
            f"{folder} has no Parquet file of facts. Make a population with `nightlight sample --parquet`."
        )
    for path in paths:
        with pq.ParquetFile(path) as file:
            _check(path, file.schema_arrow)
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                yield table.column("child").to_pylist(), _columns(table)


def _check(path: Path, schema: pa.Schema) -> None:
    written = (schema.metadata or {}).get(b"nightlight.layout", b"").decode()
    if written != FORMAT or schema.names != _SCHEMA.names:
        raise LayoutError(
            f"{path.name} has the layout {written or 'of something else'!r} and this version reads {FORMAT!r}. "
            "The columns are made from the entries: make them again."
        )


def _columns(table: pa.Table) -> Columns:
    lists = {name: table.column(name).combine_chunks() for name in _LISTS}
    flat = {name: each.flatten().to_numpy() for name, each in lists.items()}
    offsets = lists["what"].offsets.to_numpy().astype(np.int64)
    return Columns(
        offsets=offsets - offsets[0],
        born=np.stack([table.column(name).to_numpy() for name in ("born_first", "born_last")]),
        values=np.stack([flat[name] for name in _VALUES]),
        **{name: np.ascontiguousarray(flat[name]) for name in ("what", *_MOMENTS)},
    )


def _by_child(program: Program, found: kernel.Found, children: int) -> list[dict[str, list[tuple[int, int]]]]:
    made: list[dict[str, list[tuple[int, int]]]] = [{} for _ in range(children)]
    codes = program.codes
    columns: tuple[Ints, ...] = (found.child, found.root, found.start, found.end)
    for child, root, start, end in zip(*(column.tolist() for column in columns), strict=True):
        made[child].setdefault(codes[root], []).append((start, end))
    return made
