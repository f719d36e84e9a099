"""A population's folder beside its facts: what the children are grouped by, what came to them, and what it is.

`groups.parquet` and `outcomes.parquet` are never an input of any indicator: they are for looking back, and apart from
`parquet`'s files, so that whoever runs indicators need not have them. `population.json` says whether it is invented.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nightlight.domain.chronology import Fact
from nightlight.engines.columns import Columns, from_facts
from nightlight.engines.errors import LayoutError
from nightlight.engines.layout import instant, micros
from nightlight.engines.parquet import Group
from nightlight.timeline.partial import Partial

GROUPS, OUTCOMES, MANIFEST = "groups.parquet", "outcomes.parquet", "population.json"
_MOMENT = pa.timestamp("us", tz="UTC")
_WORD = pa.dictionary(pa.int16(), pa.string())
_FIXED = (
    pa.field("child", pa.string(), nullable=False),
    pa.field("since", _MOMENT, nullable=False),
    pa.field("until", _MOMENT, nullable=False),
    pa.field("organisations", pa.map_(pa.string(), pa.string()), nullable=False),
)
_OUTCOME_SCHEMA = pa.schema(
    [
        pa.field("child", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("at", _MOMENT, nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRow:
    """A child of a population: watched over `[since, until)` (microseconds); groups: words by what they sort by."""

    child: str
    since: int
    until: int
    organisations: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What came to a child, and when, in microseconds."""

    child: str
    outcome: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """population.json. says: how the population came about, in a sentence. kinds: entries by kind, if counted."""

    name: str
    synthetic: bool
    since: int
    until: int
    says: str = ""
    kinds: Mapping[str, int] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


class PopulationWriter:
    """Writes the two tables, children in the order of the facts; use it as a context."""

    def __init__(self, folder: Path, groups: tuple[str, ...]) -> None:
        self._folder = folder
        self._groups = groups
        self._stack = ExitStack()
        self._schema = pa.schema([*_FIXED, *(pa.field(name, pa.string(), nullable=False) for name in groups)])

    def __enter__(self) -> PopulationWriter:
        self._groups_file = self._writer(GROUPS, self._schema)
        self._outcomes_file = self._writer(OUTCOMES, _OUTCOME_SCHEMA)
        return self

    def _writer(self, name: str, schema: pa.Schema) -> pq.ParquetWriter:
        return self._stack.enter_context(pq.ParquetWriter(self._folder / name, schema, compression="zstd"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def write(self, children: Iterable[ChildRow], outcomes: Iterable[OutcomeRow]) -> None:
        """Some children and what came to them, as row groups of their own."""
        rows = [
            {
                "child": row.child, "since": instant(row.since), "until": instant(row.until),
                "organisations": list(row.organisations.items()), **row.groups,
            }
            for row in children
        ]  # fmt: skip
        self._groups_file.write_table(pa.Table.from_pylist(rows, schema=self._schema))
        came = [{"child": row.child, "outcome": row.outcome, "at": instant(row.at)} for row in outcomes]
        self._outcomes_file.write_table(pa.Table.from_pylist(came, schema=_OUTCOME_SCHEMA))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Say what a population is, when all the rest of it is written."""
    document = {
        "name": manifest.name,
        "synthetic": manifest.synthetic,
        "says": manifest.says,
        "since": instant(manifest.since).isoformat(),
        "until": instant(manifest.until).isoformat(),
        "kinds": manifest.kinds,
        **manifest.more,
    }
    (folder / MANIFEST).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """What a population says of itself; `LayoutError` where it does not."""
    path = folder / MANIFEST
    if not path.is_file():
        raise LayoutError(
            f"{folder} has no {MANIFEST}, so it is not a population. Make one with `nightlight sample --parquet DIR`, "
            "or write one as docs/reference/backtest.md says: it must say whether the children are invented."
        )
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(
            name=str(document["name"]), synthetic=_truth(document["synthetic"]), says=str(document.get("says", "")),
            since=_moment(document["since"]), until=_moment(document["until"]), kinds=document.get("kinds"),
            more={key: value for key, value in document.items() if key not in Manifest.__dataclass_fields__},
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise LayoutError(
            f"{MANIFEST} can't be read ({type(error).__name__}: {error}). It needs name, synthetic (true or false), "
            "since and until (instants with an offset)."
        ) from None


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("synthetic is true or false")
    return value


def _moment(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return micros(moment)


def how_many(folder: Path) -> int:
    """How many children a population has, without reading them."""
    number: int = pq.ParquetFile(_file(folder, GROUPS)).metadata.num_rows
    return number


def read_children(folder: Path) -> Iterator[ChildRow]:
    """The children in the order of the facts, a row group at a time."""
    file = pq.ParquetFile(_file(folder, GROUPS))
    names = file.schema_arrow.names
    _must_have(GROUPS, names, [each.name for each in _FIXED])
    groups = [name for name in names if name not in {each.name for each in _FIXED}]
    for batch in file.iter_batches():
        since, until = (batch.column(name).cast(pa.int64()).to_pylist() for name in ("since", "until"))
        columns = [batch.column(name).to_pylist() for name in ("child", "organisations", *groups)]
        for start, end, child, organisations, *values in zip(since, until, *columns, strict=True):
            yield ChildRow(
                child=child, since=start, until=end, organisations=dict(organisations),
                groups={name: str(value) for name, value in zip(groups, values, strict=True) if value is not None},
            )  # fmt: skip


def read_outcomes(folder: Path) -> Iterator[OutcomeRow]:
    """What came to children, a row group at a time, in the order of the file: the children's."""
    file = pq.ParquetFile(_file(folder, OUTCOMES))
    _must_have(OUTCOMES, file.schema_arrow.names, _OUTCOME_SCHEMA.names)
    for batch in file.iter_batches():
        at = batch.column("at").cast(_MOMENT).cast(pa.int64()).to_pylist()
        columns = (batch.column(name).to_pylist() for name in ("child", "outcome"))
        yield from (OutcomeRow(*row) for row in zip(*columns, at, strict=True))


def outcome_kinds(folder: Path) -> list[str]:
    """The kinds of outcome that came to anybody, in order of their names."""
    file = pq.ParquetFile(_file(folder, OUTCOMES))
    _must_have(OUTCOMES, file.schema_arrow.names, _OUTCOME_SCHEMA.names)
    found: set[str] = set()
    for batch in file.iter_batches(columns=["outcome"]):
        found.update(batch.column(0).unique().to_pylist())
    return sorted(found)


def watched(folder: Path) -> Iterator[tuple[ChildRow, dict[str, list[int]]]]:
    """Each child with what came to them, by kind and in order; neither file is ever whole in memory."""
    outcomes = read_outcomes(folder)
    waiting = next(outcomes, None)
    for row in read_children(folder):
        came: dict[str, list[int]] = {}
        while waiting is not None and waiting.child == row.child:
            came.setdefault(waiting.outcome, []).append(waiting.at)
            waiting = next(outcomes, None)
        yield row, {kind: sorted(when) for kind, when in came.items()}
    if waiting is not None:
        raise LayoutError(f"{OUTCOMES} is not in the order of {GROUPS}, or has a child that is not there: sort both.")


def _file(folder: Path, name: str) -> Path:
    if not (folder / name).is_file():
        raise LayoutError(f"{folder} has no {name}. docs/reference/backtest.md says what a population's folder holds.")
    return folder / name


def _must_have(name: str, names: Iterable[str], needed: Iterable[str]) -> None:
    missing = sorted(set(needed) - set(names))
    if missing:
        raise LayoutError(f"{name} lacks {', '.join(missing)}. docs/reference/backtest.md lists its columns.")


# -- from facts, a few children at a time

History = tuple[str, Partial | None, Iterable[Fact]]
_AT_ONCE = 50


def gathered(histories: Iterable[History]) -> Group:
    """Children with their facts as one group. As columns, facts take a tenth of the room that they take as objects, so
    only a few children are ever held as those."""
    children: list[str] = []
    made: list[Columns] = []
    left = iter(histories)
    while some := list(islice(left, _AT_ONCE)):
        children += (child for child, _, _ in some)
        made.append(from_facts([(facts, born) for _, born, facts in some]))
    return Group(children, _joined(made or [from_facts([])]))


def _joined(made: list[Columns]) -> Columns:
    lengths = np.concatenate([np.diff(each.offsets) for each in made])
    return Columns(
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        born=np.concatenate([each.born for each in made], axis=1),
        rows=np.concatenate([each.rows for each in made], axis=1),
    )
