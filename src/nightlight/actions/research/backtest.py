"""Running indicators over a population's folder, part by part, and counting what they found and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nightlight.engines import population
from nightlight.engines.errors import LayoutError
from nightlight.indicators.catalogue import Indicator
from nightlight.indicators.nodes import Expression
from nightlight.review.backtest import ANSWERED_AFTER, Backtest, Firings, Watched
from nightlight.review.backtest_sections import About
from nightlight.review.compare import Comparison, Difference, differences

Progress = Callable[[int, int], None]
SpansOf = Callable[[Path, Mapping[str, Expression]], Iterable[tuple[str, Firings]]]
"""Runs expressions, by their names, over a population's folder: each child in the facts' order, with its spans."""
_THOSE = "those: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A backtest of a population, and how another set of indicators run on the same children differs, if one was."""

    about: About
    backtest: Backtest
    comparison: Comparison | None = None


def backtest_population(
    folder: Path,
    *,
    indicators: Sequence[Indicator],
    spans_of: SpansOf,
    against: Sequence[Indicator] | None = None,
    answered_after: int = ANSWERED_AFTER,
    progress: Progress | None = None,
    changed: Callable[[Difference], None] | None = None,
) -> Result:
    """Run indicators over a population, and `against` on the same children where it is given.

    progress: told (children so far, children in all). changed: told of every child whose spans differ between the two.
    """
    manifest = population.read_manifest(folder)
    about = About(name=manifest.name, synthetic=manifest.synthetic, says=manifest.says, kinds=manifest.kinds)
    asked_after = (tuple(population.outcome_kinds(folder)), manifest.since, manifest.until, answered_after)
    these = Backtest(tuple(indicators), *asked_after)
    comparison = None if against is None else Comparison(Backtest(tuple(against), *asked_after), these)
    asked = _expressions(indicators, against or ())
    keys = _keys(indicators, against or ())
    total = population.how_many(folder)
    for number, (child, held, came) in enumerate(_children(folder, spans_of(folder, asked)), 1):
        if comparison is None:
            these.add(child, held, came)
        else:
            _compare(comparison, keys, child, held, came, changed)
        if progress and (number % 1000 == 0 or number == total):
            progress(number, total)
    return Result(about=about, backtest=these, comparison=comparison)


def _expressions(these: Sequence[Indicator], those: Sequence[Indicator]) -> dict[str, Expression]:
    """Both sets' expressions in one run; what has the same code and rule in both is run once."""
    keys = _keys(these, those)
    return {each.code: each.expression for each in these} | {keys[each.code]: each.expression for each in those}


def _keys(these: Sequence[Indicator], those: Sequence[Indicator]) -> dict[str, str]:
    """Under which name each of the second set's was run."""
    rules = {each.code: each.rule for each in these}
    return {each.code: each.code if rules.get(each.code) == each.rule else _THOSE + each.code for each in those}


def _compare(
    comparison: Comparison,
    keys: Mapping[str, str],
    child: Watched,
    held: Firings,
    came: Mapping[str, Sequence[int]],
    changed: Callable[[Difference], None] | None,
) -> None:
    these = {code: spans for code, spans in held.items() if not code.startswith(_THOSE)}
    those = {code: held[key] for code, key in keys.items() if key in held}
    comparison.add(child, those, these, came)
    if changed:
        for difference in differences(child, those, these):
            changed(difference)


def _children(
    folder: Path, evaluated: Iterable[tuple[str, Firings]]
) -> Iterator[tuple[Watched, Firings, Mapping[str, Sequence[int]]]]:
    """Each child of the population with its spans and what came to it. A child without any fact has no spans."""
    spans = iter(evaluated)
    waiting = next(spans, None)
    for row, came in population.watched(folder):
        held: Firings = {}
        if waiting is not None and waiting[0] == row.child:
            held = waiting[1]
            waiting = next(spans, None)
        child = Watched(
            child=row.child, since=row.since, until=row.until, groups=_groups(row.groups),
            organisations=row.organisations,
        )  # fmt: skip
        yield child, held, came
    if waiting is not None:
        raise LayoutError(
            f"the facts are not in the order of {population.GROUPS}, or have a child that is not there: sort both."
        )


_BROAD = {"W": "White", "M": "Mixed", "A": "Asian", "B": "Black", "C": "Asian", "O": "Other", "N": "Not known"}


def _groups(groups: Mapping[str, str]) -> dict[str, str]:
    """What children are compared by. Census codes of ethnicity (WBRI, APKN) are taken together by their first letter,
    as the census does; CHNE is Asian, and what is refused or not obtained is not known."""
    found = dict(groups)
    code = found.get("ethnicity", "")
    if len(code) == 4 and code.isupper():
        found["ethnicity"] = _BROAD.get("N" if code in ("REFU", "NOBT") else code[0], "Other")
    return found
