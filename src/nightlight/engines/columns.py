"""A population's facts in columns, as the kernel reads them, made from `Chronology.facts`.

Rows lie child by child, and within a child in the order in which they count. Nothing of an entry's words is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from nightlight.domain.chronology import Fact
from nightlight.engines.errors import BeyondError
from nightlight.engines.layout import LARGEST, MISSING, VALUES, WIDTH, micros, tag, values
from nightlight.timeline.calendar import local_date
from nightlight.timeline.instants import BEGINNING, END, moved
from nightlight.timeline.partial import Partial

Ints = npt.NDArray[np.int64]
_A_MOMENT = timedelta(microseconds=1)
_SUM = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """offsets: where each child's facts start, and where the last one's end. born: for each child the numbers of the
    first and the last day on which it can have been born, 0 where that is open. rows: a column for each fact, in the
    rows that `layout` numbers from WHAT to VALUES."""

    offsets: Ints
    born: Ints
    rows: Ints

    def __len__(self) -> int:
        return len(self.offsets) - 1


def from_facts(children: Sequence[tuple[Iterable[Fact], Partial | None]]) -> Columns:
    """The columns of some children, each with its facts, in the order in which they count, and its birth date."""
    rows = [[row_of(fact) for fact in facts] for facts, _ in children]
    for row in rows:
        check_sums(row)
    return Columns(
        np.cumsum([0, *map(len, rows)], dtype=np.int64),
        np.array([born_days(born) for _, born in children], dtype=np.int64).reshape(-1, 2).T.copy(),
        np.array([each for row in rows for each in row], dtype=np.int64).reshape(-1, VALUES + WIDTH).T.copy(),
    )


def row_of(fact: Fact) -> list[int]:
    """A fact as whole numbers: what it is, its four moments, and its attributes."""
    entry = fact.entry
    row = [
        tag(entry.kind, entry.source.agency, fact.part, fact.through),
        micros(fact.at),
        micros(fact.ends),
        micros(fact.known_from),
        micros(fact.known_until),
        *_NOTHING,
    ]
    for place, value in values(entry.kind, entry.attributes):
        row[VALUES + place] = value
    return row


_NOTHING = (MISSING,) * WIDTH


def check_sums(rows: Sequence[Sequence[int]]) -> None:
    """Refuse a child whose numbers, all added up, could leave 64 bits."""
    if len(rows) > _SUM // LARGEST:
        largest = max((abs(n) for row in rows for n in row[VALUES:] if abs(n) <= LARGEST), default=0)
        if largest * len(rows) > _SUM:
            raise BeyondError("A child's numbers are too many and too large to be added up in millionths.")


def born_days(born: Partial | None) -> tuple[int, int]:
    """The numbers of the first and last day, in London, on which the child can have been born; 0 where that is open.

    >>> born_days(Partial.parse("2024-03-02"))
    (738947, 738947)
    """
    if born is None:
        return 0, 0
    first = local_date(born.earliest).toordinal() if born.earliest > BEGINNING else 0
    # `latest` is the first moment after the last day on which the child may have been born.
    last = local_date(moved(born.latest, -_A_MOMENT)).toordinal() if born.latest < END else 0
    return first, last
