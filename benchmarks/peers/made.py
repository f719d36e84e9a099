"""A made population in columns, fast enough to be made afresh at each run: nobody in it exists.

Every kind that the expressions ask for is there about as often as another; a fifth become known late, one in fifty is
superseded. It is for measuring time: what real entries look like is `nightlight sample`'s matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from nightlight.domain.kinds import KINDS, WHEN
from nightlight.engines.columns import Columns
from nightlight.engines.layout import (
    AGENCY_AT,
    AGENCY_IDS,
    KIND_IDS,
    LAST,
    MILLION,
    MISSING,
    PART_AT,
    PART_IDS,
    PATH_AT,
    PATH_IDS,
    PLACES,
    WIDTH,
    word,
)
from nightlight.engines.parquet import Group, write_groups
from nightlight.indicators.checks import is_numeric
from nightlight.indicators.nodes import Expression
from nightlight.indicators.reference import kinds_used

DAY = 86_400_000_000
FROM = 1_640_995_200_000_000
"""2022."""
YEARS = 3
A_CHILD = 33
"""Entries, on average."""
AT_ONCE = 8000
"""Children in a row group: about as many facts as `parquet.ROWS`."""


def write(folder: Path, entries: int, expressions: Mapping[str, Expression]) -> int:
    """So many entries, about; returns how many."""
    kinds = sorted(set().union(*map(kinds_used, expressions.values())))
    return write_groups(folder, groups(entries, kinds))


def groups(entries: int, kinds: list[str]) -> Iterator[Group]:
    random = np.random.default_rng(20_261_123)
    children = max(1, entries // A_CHILD)
    for first in range(0, children, AT_ONCE):
        size = min(AT_ONCE, children - first)
        yield Group([f"c{first + k:08}" for k in range(size)], _columns(random, size, kinds))


def _columns(random: np.random.Generator, children: int, kinds: list[str]) -> Columns:
    sizes = random.poisson(A_CHILD, children)
    n = int(sizes.sum())
    kind = random.integers(0, len(kinds), n)
    at = FROM + random.integers(0, YEARS * 365 * 96, n) * (DAY // 96)
    known_from = at + np.where(random.random(n) < 0.2, random.integers(1, 60, n) * DAY, 0)
    known_until = np.where(random.random(n) < 0.02, known_from + random.integers(1, 200, n) * DAY, LAST)
    lasts = np.where(random.random(n) < 0.2, LAST, at + random.integers(1, 300, n) * DAY)
    episode = np.array([KINDS[name].episode for name in kinds])[kind]
    agency = random.integers(0, len(AGENCY_IDS), n)
    part, path = PART_IDS[next(iter(PART_IDS))], PATH_IDS["child"]
    ids = np.array([KIND_IDS[name] for name in kinds])[kind]
    what = ids | agency << AGENCY_AT | part << PART_AT | path << PATH_AT
    ends = np.where(episode, lasts, at)
    rows = np.vstack((what, at, ends, known_from, known_until, _values(random, kind, kinds)))
    order = np.lexsort((at, np.maximum(at, known_from), np.repeat(np.arange(children), sizes)))
    return Columns(
        np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        np.full((2, children), 737_000, dtype=np.int64) + random.integers(0, 6000, children),
        np.ascontiguousarray(rows[:, order]),
    )


def _values(random: np.random.Generator, kind: np.ndarray, kinds: list[str]) -> np.ndarray:
    values = np.full((WIDTH, len(kind)), MISSING, dtype=np.int64)
    for number, name in enumerate(kinds):
        rows = np.flatnonzero(kind == number)
        for attribute, place in PLACES[name].items():
            values[place, rows] = _attribute(random, KINDS[name].attributes[attribute], attribute, len(rows))
    if "education.register" in kinds:
        rows = np.flatnonzero(kind == kinds.index("education.register"))
        places = PLACES["education.register"]
        values[places["possible"], rows] = 10 * MILLION
        values[places["attended"], rows] = random.integers(3, 11, len(rows)) * MILLION
    return values


def _attribute(random: np.random.Generator, attribute: object, name: str, n: int) -> np.ndarray:
    if attribute is WHEN:
        return np.full(n, MISSING)
    if is_numeric(attribute):
        return random.integers(0, 10, n) * MILLION
    words = getattr(attribute, "values", ()) or tuple(f"{name} {k}" for k in range(5))
    codes = np.array([0, 1] if words == ("true", "false") else [word(each) for each in words])
    return codes[random.integers(0, len(codes), n)]
