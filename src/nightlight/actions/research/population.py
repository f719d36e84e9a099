"""Making an invented population for backtests: many children's facts straight to columns, with no feed between.

Families are made in blocks, on as many processes as asked; what comes out depends on the seed, the day and the sizes,
not on how many processes there were. Memory holds a block a process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from nightlight.domain.views import Pooled
from nightlight.engines.layout import micros
from nightlight.engines.parquet import Group, write_groups
from nightlight.engines.population import (
    ChildRow,
    Manifest,
    OutcomeRow,
    PopulationWriter,
    gathered,
    write_manifest,
)
from nightlight.sample import facts, measure
from nightlight.sample.happenings import at
from nightlight.sample.life import lived, lived_wider
from nightlight.sample.population import Block, blocks, families_of
from nightlight.sample.stats import Tally
from nightlight.sample.write import prepare

BLOCK = 1000
"""Children in a row group of the facts, about."""
GROUPS = ("area", "ethnicity", "disability")
SAYS = (
    "Made by `nightlight sample --parquet`: families drawn from the rates and hidden states that "
    "docs/reference/sample.md describes. It says nothing about real children."
)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Which population: the same of these give the same files."""

    seed: int
    until: date
    years: int
    register_years: float

    @property
    def start(self) -> date:
        return self.until - timedelta(days=365 * self.years)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was written of one block, or of all."""

    children: int
    families: int
    entries: int
    kinds: Counter[str]
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    made: Made
    group: Group
    children: list[ChildRow]
    outcomes: list[OutcomeRow]


def make_population(
    folder: Path,
    *,
    children: int,
    drawing: Drawing,
    jobs: int = 1,
    block: int = BLOCK,
    progress: Progress | None = None,
) -> Made:
    """Write a population of so many invented children into an empty folder (docs/reference/backtest.md: its files).

    progress: told (children so far, children in all).
    """
    prepare(folder)
    tasks = [(each, drawing) for each in blocks(children=children, seed=drawing.seed, size=block)]
    whole = Made(children=0, families=0, entries=0, kinds=Counter(), tally=Tally.empty())

    def groups(parts: Iterable[_Part], beside: PopulationWriter) -> Iterator[Group]:
        nonlocal whole
        for part in parts:
            beside.write(part.children, part.outcomes)
            whole = _together(whole, part.made)
            yield part.group
            if progress:
                progress(whole.children, children)

    with PopulationWriter(folder, GROUPS) as beside, _mapping(jobs) as mapped:
        write_groups(folder, groups(mapped(_make_part, tasks), beside))
    _say(folder, whole, drawing)
    return whole


@contextmanager
def _mapping(jobs: int) -> Iterator[Callable[..., Iterator[_Part]]]:
    """`map` in this process for one job; else over processes that start afresh, in the order of the tasks."""
    if jobs == 1:
        yield map
        return
    with get_context("spawn").Pool(jobs) as pool:
        yield pool.imap


def _make_part(task: tuple[Block, Drawing]) -> _Part:
    block, drawing = task
    kinds: Counter[str] = Counter()
    tally = Tally.empty()
    rows: list[ChildRow] = []
    came: list[OutcomeRow] = []

    def histories() -> Iterator[Any]:
        for family in families_of(block, seed=drawing.seed, until=drawing.until, years=drawing.years):
            happenings = lived(
                family, seed=drawing.seed, until=drawing.until, years=drawing.years,
                register_years=drawing.register_years,
            )  # fmt: skip
            measure.count(tally, family, happenings, until=drawing.until, years=drawing.years)
            everything = lived_wider(family, happenings, seed=drawing.seed, until=drawing.until, years=drawing.years)
            outcomes = list(
                facts.outcomes(family, happenings, seed=drawing.seed, until=drawing.until, years=drawing.years)
            )
            for child, chronology in zip(family.children, facts.chronologies(family, everything), strict=True):
                rows.append(_child_row(facts.grouping(family, child, seed=drawing.seed, until=drawing.until), drawing))
                came.extend(OutcomeRow(o.child, o.kind, micros(o.at)) for o in outcomes if o.child == child.true_id)
                found = chronology.facts(Pooled())
                kinds.update(fact.kind for fact in found)
                yield child.true_id, chronology.born, found

    group = gathered(histories())
    made = Made(
        children=len(rows), families=block.end - block.first, entries=kinds.total(), kinds=kinds, tally=tally
    )  # fmt: skip
    return _Part(made=made, group=group, children=rows, outcomes=came)


def _child_row(grouping: facts.Grouping, drawing: Drawing) -> ChildRow:
    return ChildRow(
        child=grouping.child,
        since=micros(at(max(drawing.start, grouping.born), 0)),
        until=micros(at(drawing.until, 0)),
        organisations=dict(grouping.organisations),
        groups={"area": grouping.area, "ethnicity": grouping.ethnicity, "disability": grouping.disability},
    )


def _together(one: Made, other: Made) -> Made:
    counts = Counter(one.tally.counts)
    counts.update(other.tally.counts)
    return Made(
        children=one.children + other.children,
        families=one.families + other.families,
        entries=one.entries + other.entries,
        kinds=one.kinds + other.kinds,
        tally=Tally(dict(counts)),
    )


def _say(folder: Path, made: Made, drawing: Drawing) -> None:
    write_manifest(
        folder,
        Manifest(
            name=f"invented partnership, seed {drawing.seed}",
            synthetic=True,
            says=SAYS,
            since=micros(at(drawing.start, 0)),
            until=micros(at(drawing.until, 0)),
            kinds=dict(sorted(made.kinds.items())),
            more={
                "seed": drawing.seed, "years": drawing.years, "register_years": drawing.register_years,
                "children": made.children, "families": made.families, "entries": made.entries,
                "marginals": made.tally.marginals(),
            },
        ),
    )  # fmt: skip
