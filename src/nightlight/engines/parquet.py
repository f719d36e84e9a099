"""A population's facts in Parquet: `children.parquet` and `facts.parquet`, whose row groups hold the same children.

No row group splits a child, so a group is evaluated by itself and memory stays bounded whatever the size. Columns are
described in docs/reference/engines.md. No entry's words, no name and no identifier but the child's own is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nightlight.domain.chronology import Fact
from nightlight.engines.columns import Columns, Ints, from_facts
from nightlight.engines.errors import LayoutError
from nightlight.engines.layout import (
    AGENCY_AT,
    AGENCY_IDS,
    AGENCY_MASK,
    AT,
    ENDS,
    GONE,
    KIND_IDS,
    KIND_MASK,
    KNOWN,
    MISSING,
    PART_AT,
    PART_IDS,
    PART_MASK,
    PATH_AT,
    PATH_IDS,
    PATH_MASK,
    VALUES,
    WHAT,
    WIDTH,
)
from nightlight.engines.loading import fill, find_children, join_tags
from nightlight.timeline.partial import Partial

CHILDREN, FACTS = "children.parquet", "facts.parquet"
FORMAT = "nightlight.facts/1"
ROWS = 262_144
"""Facts in a row group, about: a child is never split."""
_NAMES = {
    "kind": (tuple(KIND_IDS), 0, KIND_MASK),
    "agency": (tuple(AGENCY_IDS), AGENCY_AT, AGENCY_MASK),
    "part": (tuple(map(str, PART_IDS)), PART_AT, PART_MASK),
    "through": (tuple(PATH_IDS), PATH_AT, PATH_MASK),
}
_INSTANT = pa.timestamp("us", tz="UTC")
_INSTANTS = {"at": AT, "ends": ENDS, "known_from": KNOWN, "known_until": GONE}
_VALUES = tuple(f"value_{place}" for place in range(WIDTH))
_IN_DICTIONARY = ["number", "position", *_NAMES, *_INSTANTS, *_VALUES[:2]]
"""The columns that are written as indices into a dictionary. The other values are missing in most rows: as they are,
they are read in two thirds of the time, and compressed they take a twentieth more."""

CHILDREN_SCHEMA = pa.schema(
    [
        pa.field("child", pa.string(), nullable=False),
        pa.field("number", pa.int32(), nullable=False),
        ("born_from", pa.date32()),
        ("born_to", pa.date32()),
    ],
    metadata={"format": FORMAT},
)
FACTS_SCHEMA = pa.schema(
    [
        pa.field("number", pa.int32(), nullable=False),
        pa.field("position", pa.int32(), nullable=False),
        *(pa.field(name, pa.dictionary(pa.int16(), pa.string()), nullable=False) for name in _NAMES),
        *(pa.field(name, _INSTANT, nullable=False) for name in _INSTANTS),
        *(pa.field(name, pa.int64(), nullable=False) for name in _VALUES),
    ],
    metadata={"format": FORMAT},
)
_EPOCH_DAY = date(1970, 1, 1).toordinal()

Child = tuple[str, Iterable[Fact], Partial | None]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Some children by their ids, with their facts."""

    children: Sequence[str]
    columns: Columns


# -- writing


def write(folder: Path, children: Iterable[Child], *, rows: int = ROWS) -> int:
    """Write children, each with its facts in the order in which they count; returns how many facts there were."""
    return write_groups(folder, (_group(some) for some in _grouped(children, rows)))


def write_groups(folder: Path, groups: Iterable[Group]) -> int:
    """Write groups of children that are in columns already."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = children = 0
    with ExitStack() as files:
        to_children = files.enter_context(pq.ParquetWriter(folder / CHILDREN, CHILDREN_SCHEMA, compression="lz4"))
        to_facts = files.enter_context(
            pq.ParquetWriter(folder / FACTS, FACTS_SCHEMA, compression="lz4", use_dictionary=_IN_DICTIONARY)
        )
        for group in groups:
            table = facts_table(group.columns, children)
            to_children.write_table(children_table(group, children), row_group_size=max(1, len(group.children)))
            to_facts.write_table(table, row_group_size=max(1, table.num_rows))
            facts += table.num_rows
            children += len(group.children)
    return facts


def _grouped(children: Iterable[Child], rows: int) -> Iterator[list[tuple[str, tuple[Fact, ...], Partial | None]]]:
    some: list[tuple[str, tuple[Fact, ...], Partial | None]] = []
    size = 0
    for id_, facts, born in children:
        some.append((id_, tuple(facts), born))
        size += len(some[-1][1]) + 1
        if size >= rows:
            yield some
            some, size = [], 0
    if some:
        yield some


def _group(some: list[tuple[str, tuple[Fact, ...], Partial | None]]) -> Group:
    return Group([id_ for id_, _, _ in some], from_facts([(facts, born) for _, facts, born in some]))


def children_table(group: Group, first: int) -> pa.Table:
    """The children as rows of `children.parquet`, numbered from `first`."""
    born = [
        pa.array((days - _EPOCH_DAY).astype(np.int32), mask=days == 0, type=pa.date32()) for days in group.columns.born
    ]
    numbers = pa.array(range(first, first + len(group.children)), pa.int32())
    return pa.Table.from_arrays([pa.array(group.children, pa.string()), numbers, *born], schema=CHILDREN_SCHEMA)


def facts_table(columns: Columns, first: int) -> pa.Table:
    """The facts as rows of `facts.parquet`; `first` is the number of the first child."""
    sizes = np.diff(columns.offsets)
    number = np.repeat(np.arange(first, first + len(columns), dtype=np.int32), sizes)
    position = (np.arange(len(number)) - np.repeat(columns.offsets[:-1], sizes)).astype(np.int32)
    names = [
        pa.DictionaryArray.from_arrays(
            pa.array(((columns.rows[WHAT] >> shift) & mask).astype(np.int16)), pa.array(words, pa.string())
        )
        for words, shift, mask in _NAMES.values()
    ]
    instants = [pa.array(columns.rows[row]).cast(_INSTANT) for row in _INSTANTS.values()]
    values = [pa.array(column) for column in columns.rows[VALUES:]]
    return pa.Table.from_arrays([pa.array(number), pa.array(position), *names, *instants, *values], schema=FACTS_SCHEMA)


# -- reading


class Reader:
    """The groups of a folder. One for each thread: a Parquet file is read by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._children = _open(folder / CHILDREN)
        self._facts = _open(folder / FACTS, read_dictionary=list(_NAMES))
        groups = [self._children.metadata.row_group(g).num_rows for g in range(self._children.num_row_groups)]
        if len(groups) != self._facts.num_row_groups:
            raise LayoutError(f"{CHILDREN} and {FACTS} have different row groups. Write both with engines.parquet.")
        self._starts = [0, *np.cumsum(groups, dtype=np.int64).tolist()]

    def __len__(self) -> int:
        return len(self._starts) - 1

    @property
    def facts(self) -> int:
        """How many facts there are."""
        return int(self._facts.metadata.num_rows)

    def room(self) -> Ints:
        """Rows for the largest group, to read one after another into: new memory costs as much as what is read."""
        sizes = (self._facts.metadata.row_group(g).num_rows for g in range(len(self)))
        return np.empty((VALUES + WIDTH, max(sizes, default=0)), dtype=np.int64)

    def group(self, number: int, places: Iterable[int] = range(WIDTH), into: Ints | None = None) -> Group:
        """One group; of its value columns only those asked for. into: `room`, whose last group is then gone."""
        names = ["number", *_NAMES, *_INSTANTS, *(_VALUES[place] for place in sorted(places))]
        facts = self._facts.read_row_group(number, columns=names, use_threads=False)
        children = self._children.read_row_group(number, use_threads=False)
        columns = to_columns(facts, children, self._starts[number], into)
        return Group(children["child"], columns)


def _open(path: Path, read_dictionary: list[str] | None = None) -> pq.ParquetFile:
    file = pq.ParquetFile(path, memory_map=True, read_dictionary=read_dictionary)
    if (file.schema_arrow.metadata or {}).get(b"format") != FORMAT.encode():
        raise LayoutError(f"{path.name} is not of the format {FORMAT}. Write it with engines.parquet.")
    return file


def to_columns(facts: pa.Table, children: pa.Table, first: int, into: Ints | None = None) -> Columns:
    """Rows of the two files as the kernel reads them. Children are numbered from `first`."""
    child = facts["number"].combine_chunks().to_numpy()
    size = len(child)
    offsets = np.empty(children.num_rows + 1, dtype=np.int64)
    rows = np.empty((VALUES + WIDTH, size), dtype=np.int64) if into is None else into
    _read_tags(rows[WHAT, :size], facts)
    rows_of = {**_INSTANTS, **{name: VALUES + place for place, name in enumerate(_VALUES)}}
    for name in facts.column_names:
        if (row := rows_of.get(name)) is not None:
            for start, chunk in _chunks(facts[name]):
                _fill(rows[row], start, chunk)
    if not find_children(child, first, rows[AT], rows[KNOWN], offsets):
        raise LayoutError("Facts are not sorted by child and by when they count. Write them with engines.parquet.")
    return Columns(offsets, np.vstack([_days(children["born_from"]), _days(children["born_to"])]), rows)


def _days(column: pa.ChunkedArray) -> Ints:
    days = column.combine_chunks().cast(pa.int32()).cast(pa.int64())
    return np.array(days.fill_null(-_EPOCH_DAY).to_numpy(zero_copy_only=False)) + _EPOCH_DAY


def _read_tags(what: Ints, facts: pa.Table) -> None:
    """What each fact is. Of most columns few words are in use, and of some one alone, which need not be looked up."""
    same = 0
    parts: list[Any] = []
    for name, (words, shift, _) in _NAMES.items():
        ids = {word: number << shift for number, word in enumerate(words)}
        column = facts[name].unify_dictionaries().combine_chunks()
        said = column.dictionary.to_pylist()
        unknown = ", ".join(sorted(set(said) - ids.keys()))
        if unknown:
            raise LayoutError(f"{FACTS} has a {name} that this version does not know: {unknown}.")
        if len(said) == 1:
            same |= ids[said[0]]
        else:
            tags = np.array([ids[word] for word in said], dtype=np.int64)
            parts += [np.ascontiguousarray(column.indices.to_numpy(), dtype=np.int32), tags]
    if not parts:
        what[:] = same
        return
    nothing = [np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)]
    join_tags(what, same, *parts, *nothing * (len(_NAMES) - len(parts) // 2))


def _fill(to: Ints, start: int, chunk: pa.Array) -> None:
    bits, data = chunk.buffers()
    numbers = np.frombuffer(data, dtype=np.int64)[chunk.offset : chunk.offset + len(chunk)]
    if bits is None:
        to[start : start + len(chunk)] = numbers
    else:
        fill(to, start, numbers, np.frombuffer(bits, dtype=np.uint8), chunk.offset, MISSING)


def _chunks(column: pa.ChunkedArray) -> Iterator[tuple[int, pa.Array]]:
    start = 0
    for chunk in column.chunks:
        yield start, chunk
        start += len(chunk)
