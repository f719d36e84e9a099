"""Expressions as DuckDB SQL over the facts: contributions, their edges, a running sum, and where it reaches a number.

It is the sweep that the kernel does, said in SQL: the quickest form found. One row a day a child was ten times slower;
the edges as a union, grouped by moment, two thirds slower.
"""

from __future__ import annotations

from functools import singledispatch
from itertools import count

from nightlight.domain.people import Part
from nightlight.engines.layout import AGENCY_IDS, LAST, MILLION, MISSING, PART_IDS, PATH_IDS, PLACES, WIDTH
from nightlight.engines.program import _hundredths, _range, _threshold
from nightlight.indicators import nodes
from nightlight.indicators.nodes import Op

DAY = 86_400_000_000
_names = count()


def setup(folder: str) -> list[str]:
    """Statements that load the facts, in memory, with whole numbers for instants: not part of what is timed."""
    values = ", ".join(f"nullif(value_{k}, {MISSING}) AS value_{k}" for k in range(WIDTH))
    return [
        "SET threads = 2",
        "SET autoinstall_known_extensions = false",
        f"CREATE TYPE agencies AS ENUM ({_texts(AGENCY_IDS)})",
        f"""CREATE TABLE facts AS SELECT number, kind::VARCHAR::kinds AS kind, agency::VARCHAR::agencies AS agency,
            part::VARCHAR AS part, through::VARCHAR AS through, epoch_us("at") AS a, epoch_us(ends) AS e,
            greatest(epoch_us("at"), epoch_us(known_from)) AS c, epoch_us(known_until) AS g, {values}
            FROM read_parquet('{folder}/facts.parquet')
            WHERE greatest("at", known_from) < known_until""",
    ]


def query(expression: nodes.Expression) -> str:
    """A query that gives (number, s, e), in any order."""
    return f"SELECT number, s, e FROM ({spans(expression)})"


def where(entries: nodes.Entries) -> str:
    return " OR ".join(f"({_pattern(each)})" for each in entries.patterns)


def _pattern(pattern: nodes.Pattern) -> str:
    said = []
    for kind in pattern.kinds():
        terms = [f"kind = '{kind.name}'", *(_where(kind.name, each) for each in pattern.where)]
        said.append(" AND ".join(terms))
    terms = ["(" + " OR ".join(f"({each})" for each in said) + ")"]
    if pattern.agencies and len(pattern.agencies) < len(AGENCY_IDS):
        terms.append(f"agency IN ({_texts(pattern.agencies)})")
    if len(pattern.parts) < len(PART_IDS):
        terms.append(f"part IN ({_texts(map(str, map(Part, pattern.parts)))})")
    if len(pattern.through) < len(PATH_IDS):
        terms.append(f"through IN ({_texts(pattern.through)})")
    return " AND ".join(terms)


def _where(kind: str, condition: nodes.Where) -> str:
    column = f"value_{PLACES[kind][condition.attribute]}"
    ranges = (_range(condition.op, value) for value in condition.values)
    return "(" + " OR ".join(f"{column} BETWEEN {low} AND {high}" for low, high in ranges) + ")"


def _texts(words) -> str:
    return ", ".join(f"'{each}'" for each in words)


def _value(entries: nodes.Entries, attribute: str) -> str:
    cases = " ".join(f"WHEN '{k.name}' THEN value_{PLACES[k.name][attribute]}" for k in entries.kinds())
    return f"CASE kind {cases} END"


def _end(window: nodes.Window | None) -> str:
    return "g" if window is None else f"least(a + {window.days * DAY}, g)"


def _counted(entries: nodes.Entries, window: nodes.Window | None, weight: str, by: str = "") -> str:
    """(number, s, e, w) of what counts."""
    extra = f", {by} AS v" if by else ""
    return (
        f"SELECT * FROM (SELECT number, c AS s, {_end(window)} AS e, {weight} AS w{extra} FROM facts "
        f"WHERE {where(entries)}) WHERE s < e AND w IS NOT NULL" + (" AND v IS NOT NULL" if by else "")
    )


def reaching(contributions: str, holds: str, by: str = "number", second: bool = False) -> str:
    """The spans over which the running sums x (and y) of (s, e, w, w2) are as asked."""
    run_y = ", sum(dy) OVER sofar AS y" if second else ""
    lose_y = ", unnest([w2, -w2]) AS dy" if second else ""
    return f"""
        SELECT {by}, t AS s, coalesce(till, {LAST}) AS e FROM (
          SELECT {by}, t, holds, lead(t) OVER (PARTITION BY {by} ORDER BY t) AS till FROM (
            SELECT {by}, t, holds, coalesce(lag(holds) OVER (PARTITION BY {by} ORDER BY t), false) AS held FROM (
              SELECT {by}, t, {holds} AS holds FROM (
                SELECT {by}, t, sum(dx) OVER sofar AS x{run_y} FROM (
                  SELECT {by}, unnest([s, e]) AS t, unnest([w, -w]) AS dx{lose_y} FROM ({contributions})
                ) WHERE t < {LAST} WINDOW sofar AS (PARTITION BY {by} ORDER BY t RANGE UNBOUNDED PRECEDING)
              )
            )
          ) WHERE holds <> held
        ) WHERE holds"""


def _weighted(parts: list[tuple[str, int]]) -> str:
    """Spans of several expressions as contributions."""
    return " UNION ALL ".join(f"SELECT number, s, e, {weight} AS w FROM ({each})" for each, weight in parts)


@singledispatch
def spans(node: nodes.Node) -> str:
    raise TypeError(type(node).__name__)


@spans.register
def _(node: nodes.Compare) -> str:
    amount = node.amount
    threshold = _threshold(amount, node.op, node.number)
    if isinstance(amount, nodes.Distinct):
        of = "agency" if amount.of == "agency" else _value(amount.entries, amount.of)
        apart = reaching(_counted(amount.entries, amount.window, "1", of), "x >= 1", "number, v")
        return reaching(f"SELECT number, s, e, 1 AS w FROM ({apart})", f"x >= {threshold}")
    weight = "1" if isinstance(amount, nodes.Count) else _value(amount.entries, amount.attribute)
    return reaching(_counted(amount.entries, amount.window, weight), f"x >= {threshold}")


@spans.register
def _(node: nodes.Share) -> str:
    times, upper = _hundredths(node.percent)
    sign = {Op.AT_LEAST: ">=", Op.MORE_THAN: ">", Op.AT_MOST: "<=", Op.LESS_THAN: "<"}[node.op]
    holds = f"(y >= {int(node.minimum * MILLION)} AND x * {times}::HUGEINT {sign} y * {upper}::HUGEINT)"
    whole, part = _value(node.whole.entries, node.whole.attribute), _value(node.part.entries, node.part.attribute)
    if node.part.entries == node.whole.entries and node.part.window == node.whole.window:
        both = (
            f"SELECT * FROM (SELECT number, c AS s, {_end(node.part.window)} AS e, {part} AS w, {whole} AS w2 "
            f"FROM facts WHERE {where(node.part.entries)}) WHERE s < e AND w IS NOT NULL AND w2 IS NOT NULL"
        )
        return reaching(both, holds, second=True)
    apart = (
        f"SELECT number, s, e, w, 0 AS w2 FROM ({_counted(node.part.entries, node.part.window, part)}) UNION ALL "
        f"SELECT number, s, e, 0 AS w, w AS w2 FROM ({_counted(node.whole.entries, node.whole.window, whole)})"
    )
    return reaching(apart, holds, second=True)


@spans.register
def _(node: nodes.While) -> str:
    one = (
        "SELECT * FROM (SELECT number, c AS s, least(e, g) AS e, 1 AS w FROM facts "
        f"WHERE {where(node.entries)}) WHERE s < e"
    )
    return reaching(one, "x >= 1")


@spans.register
def _(node: nodes.After) -> str:
    edge = "a" if node.edge == "start" else "e"
    till = f"least(CASE WHEN {edge} >= {LAST} THEN {LAST} ELSE {edge} + {node.window.days * DAY} END, g)"
    one = (
        f"SELECT * FROM (SELECT number, greatest({edge}, c) AS s, {till} AS e, 1 AS w FROM facts "
        f"WHERE {where(node.entries)}) WHERE s < e"
    )
    return reaching(one, "x >= 1")


def _held(of: nodes.Expression, window: nodes.Window) -> str:
    return f"SELECT * FROM (SELECT number, s + {window.days * DAY} AS s, e FROM ({spans(of)})) WHERE s < e"


@spans.register
def _(node: nodes.Lasted) -> str:
    return _held(node.what, node.window)


@spans.register
def _(node: nodes.Nothing) -> str:
    counted = _counted(node.entries, node.window, "1")
    return reaching(_weighted([(_held(node.since, node.window), 1), (counted, -1)]), "x >= 1")


@spans.register
def _(node: nodes.Unless) -> str:
    return reaching(_weighted([(spans(node.what), 1), (spans(node.exception), -1)]), "x >= 1")


@spans.register
def _(node: nodes.AllOf) -> str:
    return _at_least(len(node.of), node.of)


@spans.register
def _(node: nodes.AnyOf) -> str:
    return _at_least(1, node.of)


@spans.register
def _(node: nodes.AtLeastOf) -> str:
    return _at_least(node.number, node.of)


def _at_least(number: int, of: tuple[nodes.Expression, ...]) -> str:
    return reaching(_weighted([(spans(each), 1) for each in of]), f"x >= {number}")


@spans.register
def _(node: nodes.Named) -> str:
    return spans(node.expression)
