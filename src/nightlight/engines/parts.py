"""A population's facts as a folder of Parquet files, a row a child.

A child's facts lie in lists, one list a column, in the order in which they count; what the numbers mean is `layout`'s.
Nothing here runs anything (`running`), so that whoever only writes need not load the kernel.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nightlight.domain.chronology import Fact
from nightlight.engines.columns import Columns, from_facts
from nightlight.engines.errors import LayoutError
from nightlight.engines.layout import AGENCY_IDS, KIND_IDS, PART_IDS, PATH_IDS, PLACES, WIDTH
from nightlight.timeline.partial import Partial


def _format() -> str:
    """Stands for what every number means: a kind added to the middle of the list would shift the rest."""
    numbers = (KIND_IDS, AGENCY_IDS, {part.value: n for part, n in PART_IDS.items()}, PATH_IDS, PLACES)
    text = json.dumps([{k: v if isinstance(v, int) else dict(v) for k, v in each.items()} for each in numbers])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


FORMAT = _format()
History = tuple[str, Partial | None, Iterable[Fact]]
_AT_ONCE = 50
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
    children: list[str] = []
    made: list[Columns] = []
    for some in _in_turn(histories):
        children += (child for child, _, _ in some)
        made.append(from_facts([(facts, born) for _, born, facts in some]))
    columns = _joined(made)
    offsets = pa.array(columns.offsets, pa.int32())
    lists = (columns.what, *(getattr(columns, name) for name in _MOMENTS), *columns.values)
    arrays = [pa.array(children, pa.string()), *map(pa.array, columns.born)]
    arrays += [pa.ListArray.from_arrays(offsets, pa.array(each)) for each in lists]
    table = pa.Table.from_arrays([each.cast(f.type) for each, f in zip(arrays, _SCHEMA, strict=True)], schema=_SCHEMA)
    pq.write_table(table, path, compression="zstd", row_group_size=max(1, len(children)))


def _in_turn(histories: Iterable[History]) -> Iterator[list[History]]:
    """A few children at a time: as columns their facts take a tenth of the room."""
    left = iter(histories)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _joined(made: list[Columns]) -> Columns:
    made = made or [from_facts([])]
    lengths = np.concatenate([np.diff(each.offsets) for each in made])
    return Columns(
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        born=np.concatenate([each.born for each in made], axis=1),
        values=np.concatenate([each.values for each in made], axis=1),
        **{name: np.concatenate([getattr(each, name) for each in made]) for name in ("what", *_MOMENTS)},
    )


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
