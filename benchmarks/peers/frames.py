"""Expressions over data frames, as an analyst would write them: the same sweep in pandas and in Polars.

Both say one thing, in each library's own verbs: contributions, their edges, a running sum for each child, and the
stretches over which it reaches a number.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from nightlight.engines.layout import LAST, MILLION, MISSING, PLACES
from nightlight.engines.program import _hundredths, _range, _threshold
from nightlight.indicators import nodes
from nightlight.indicators.nodes import Op

DAY = 86_400_000_000


class Frames:
    """What differs between the libraries; `spans` says the rest once. A frame of spans has number, s and e."""

    def __init__(self, facts: Any) -> None:
        self.facts = facts

    def spans(self, node: nodes.Expression) -> Any:
        """When an expression holds."""
        match node:
            case nodes.Named():
                return self.spans(node.expression)
            case nodes.Compare():
                return self._compare(node)
            case nodes.Share():
                return self._share(node)
            case nodes.While():
                return self._union(self.lasting(self.matching(node.entries)))
            case nodes.After():
                return self._union(self.after(self.matching(node.entries), node.edge, node.window.days * DAY))
            case nodes.Lasted():
                return self.held(self.spans(node.what), node.window.days * DAY)
            case nodes.Nothing():
                held = self.held(self.spans(node.since), node.window.days * DAY)
                counted = self.counted(self.matching(node.entries), node.window)
                return self.reaching([(held, 1), (counted, -1)], 1)
            case nodes.Unless():
                return self.reaching([(self.spans(node.what), 1), (self.spans(node.exception), -1)], 1)
            case nodes.AllOf():
                return self.reaching([(self.spans(each), 1) for each in node.of], len(node.of))
            case nodes.AnyOf():
                return self.reaching([(self.spans(each), 1) for each in node.of], 1)
            case nodes.AtLeastOf():
                return self.reaching([(self.spans(each), 1) for each in node.of], node.number)
        raise TypeError(type(node).__name__)

    def _compare(self, node: nodes.Compare) -> Any:
        amount = node.amount
        threshold = _threshold(amount, node.op, node.number)
        facts = self.matching(amount.entries)
        if isinstance(amount, nodes.Distinct):
            by = self.with_value(facts, amount.entries, amount.of, "v")
            apart = self.reaching([(self.counted(by, amount.window), 1)], 1, ["number", "v"])
            return self.reaching([(apart, 1)], threshold)
        if isinstance(amount, nodes.Count):
            return self.reaching([(self.counted(facts, amount.window), 1)], threshold)
        weighted = self.with_value(facts, amount.entries, amount.attribute, "w")
        return self.reaching([(self.counted(weighted, amount.window), "w")], threshold)

    def _share(self, node: nodes.Share) -> Any:
        times, upper = _hundredths(node.percent)
        least = int(node.minimum * MILLION)
        compare = {Op.AT_LEAST: "ge", Op.MORE_THAN: "gt", Op.AT_MOST: "le", Op.LESS_THAN: "lt"}[node.op]
        if node.part.entries == node.whole.entries and node.part.window == node.whole.window:
            facts = self.with_value(self.matching(node.part.entries), node.part.entries, node.part.attribute, "w")
            facts = self.with_value(facts, node.whole.entries, node.whole.attribute, "w2")
            return self.share(self.counted(facts, node.part.window), times, upper, least, compare)
        raise TypeError("a share of other entries")

    def _union(self, spans: Any) -> Any:
        return self.reaching([(spans, 1)], 1)


def said(entries: nodes.Entries, equal: Callable[[str, Any], Any], between: Callable[[str, int, int], Any]) -> Any:
    """The filter of some entries, from what makes its terms."""
    found = []
    for pattern in entries.patterns:
        for kind in pattern.kinds():
            terms = [equal("kind", [kind.name])]
            for where in pattern.where:
                column = f"value_{PLACES[kind.name][where.attribute]}"
                ranges = [_range(where.op, value) for value in where.values]
                terms.append(reduce(lambda a, b: a | b, [between(column, *each) for each in ranges]))
            if pattern.agencies:
                terms.append(equal("agency", list(pattern.agencies)))
            terms += [equal("part", [str(p) for p in pattern.parts]), equal("through", list(pattern.through))]
            found.append(reduce(lambda a, b: a & b, terms))
    return reduce(lambda a, b: a | b, found)


class Polars(Frames):
    """As lazy frames, which Polars runs on every core."""

    @classmethod
    def load(cls, folder: str) -> Polars:
        micro = [pl.col(name).dt.epoch("us").alias(name) for name in ("at", "ends", "known_from", "known_until")]
        values = pl.col("^value_.*$").replace(MISSING, None)
        facts = pl.read_parquet(f"{folder}/facts.parquet").with_columns(*micro, values)
        facts = facts.with_columns(pl.max_horizontal("at", "known_from").alias("c"))
        return cls(facts.filter(pl.col("c") < pl.col("known_until")).lazy())

    def answer(self, node: nodes.Expression) -> tuple[np.ndarray, ...]:
        found = self.spans(node).sort("number", "s").collect()
        return tuple(found[name].to_numpy() for name in ("number", "s", "e"))

    def matching(self, entries: nodes.Entries) -> pl.LazyFrame:
        return self.facts.filter(
            said(
                entries,
                lambda n, some: pl.col(n).cast(pl.String).is_in(some),
                lambda n, a, b: pl.col(n).is_between(a, b),
            )
        )

    def with_value(self, facts: pl.LazyFrame, entries: nodes.Entries, of: str, name: str) -> pl.LazyFrame:
        if of == "agency":
            return facts.with_columns(pl.col("agency").cast(pl.String).alias(name))
        value = pl.lit(None, dtype=pl.Int64)
        for kind in entries.kinds():
            column = pl.col(f"value_{PLACES[kind.name][of]}")
            value = pl.when(pl.col("kind").cast(pl.String) == kind.name).then(column).otherwise(value)
        return facts.with_columns(value.alias(name)).filter(pl.col(name).is_not_null())

    def counted(self, facts: pl.LazyFrame, window: nodes.Window | None) -> pl.LazyFrame:
        end = pl.col("known_until")
        if window is not None:
            end = pl.min_horizontal(pl.col("at") + window.days * DAY, end)
        return facts.with_columns(pl.col("c").alias("s"), end.alias("e")).filter(pl.col("s") < pl.col("e"))

    def lasting(self, facts: pl.LazyFrame) -> pl.LazyFrame:
        end = pl.min_horizontal("ends", "known_until")
        return facts.with_columns(pl.col("c").alias("s"), end.alias("e")).filter(pl.col("s") < pl.col("e"))

    def after(self, facts: pl.LazyFrame, edge: str, window: int) -> pl.LazyFrame:
        at = pl.col("at" if edge == "start" else "ends")
        till = pl.when(at >= LAST).then(LAST).otherwise(at + window)
        made = facts.with_columns(
            pl.max_horizontal(at, "c").alias("s"), pl.min_horizontal(till, "known_until").alias("e")
        )
        return made.filter(pl.col("s") < pl.col("e"))

    def held(self, spans: pl.LazyFrame, window: int) -> pl.LazyFrame:
        return spans.with_columns(pl.col("s") + window).filter(pl.col("s") < pl.col("e"))

    def reaching(self, parts: list[tuple[pl.LazyFrame, Any]], least: int, by: list[str] | None = None) -> pl.LazyFrame:
        by = by or ["number"]
        edges = []
        for frame, weight in parts:
            weight = pl.col(weight) if isinstance(weight, str) else pl.lit(weight, dtype=pl.Int64)
            edges.append(frame.select(*by, pl.col("s").alias("t"), weight.alias("d")))
            edges.append(frame.select(*by, pl.col("e").alias("t"), (-weight).alias("d")))
        summed = pl.concat(edges).group_by(*by, "t").agg(pl.col("d").sum()).filter(pl.col("t") < LAST).sort(*by, "t")
        return _stretches(summed.with_columns((pl.col("d").cum_sum().over(by) >= least).alias("h")), by)

    def share(self, facts: pl.LazyFrame, times: int, upper: int, least: int, compare: str) -> pl.LazyFrame:
        starts = facts.select("number", pl.col("s").alias("t"), pl.col("w"), pl.col("w2"))
        ends = facts.select("number", pl.col("e").alias("t"), -pl.col("w"), -pl.col("w2"))
        summed = pl.concat([starts, ends]).group_by("number", "t").agg(pl.col("w").sum(), pl.col("w2").sum())
        summed = summed.filter(pl.col("t") < LAST).sort("number", "t")
        x, y = pl.col("w").cum_sum().over("number"), pl.col("w2").cum_sum().over("number")
        return _stretches(
            summed.with_columns(((y >= least) & getattr(x * times, compare)(y * upper)).alias("h")), ["number"]
        )


def _stretches(frame: pl.LazyFrame, by: list[str]) -> pl.LazyFrame:
    changed = frame.filter(pl.col("h") != pl.col("h").shift(1).over(by).fill_null(False))
    till = pl.col("t").shift(-1).over(by).fill_null(LAST)
    return changed.with_columns(till.alias("e")).filter(pl.col("h")).select(*by, pl.col("t").alias("s"), "e")


class Pandas(Frames):
    """As frames in memory, on one core."""

    @classmethod
    def load(cls, folder: str) -> Pandas:
        facts = Polars.load(folder).facts.collect().to_pandas()
        return cls(facts)

    def answer(self, node: nodes.Expression) -> tuple[np.ndarray, ...]:
        found = self.spans(node).sort_values(["number", "s"])
        return tuple(found[name].to_numpy() for name in ("number", "s", "e"))

    def matching(self, entries: nodes.Entries) -> pd.DataFrame:
        f = self.facts
        return f[said(entries, lambda n, some: f[n].isin(some), lambda n, a, b: f[n].between(a, b))]

    def with_value(self, facts: pd.DataFrame, entries: nodes.Entries, of: str, name: str) -> pd.DataFrame:
        if of == "agency":
            return facts.assign(**{name: facts["agency"].astype(str)})
        value = pd.Series(np.nan, index=facts.index)
        for kind in entries.kinds():
            value = value.mask(facts["kind"] == kind.name, facts[f"value_{PLACES[kind.name][of]}"])
        return facts.assign(**{name: value}).dropna(subset=[name]).astype({name: "int64"})

    def counted(self, facts: pd.DataFrame, window: nodes.Window | None) -> pd.DataFrame:
        end = facts["known_until"]
        return self._from(
            facts, facts["c"], end if window is None else np.minimum(facts["at"] + window.days * DAY, end)
        )

    def lasting(self, facts: pd.DataFrame) -> pd.DataFrame:
        return self._from(facts, facts["c"], np.minimum(facts["ends"], facts["known_until"]))

    def after(self, facts: pd.DataFrame, edge: str, window: int) -> pd.DataFrame:
        at = facts["at" if edge == "start" else "ends"]
        till = (at + window).mask(at >= LAST, LAST)
        return self._from(facts, np.maximum(at, facts["c"]), np.minimum(till, facts["known_until"]))

    def _from(self, facts: pd.DataFrame, start: Any, end: Any) -> pd.DataFrame:
        made = facts.assign(s=start, e=end)
        return made[made["s"] < made["e"]]

    def held(self, spans: pd.DataFrame, window: int) -> pd.DataFrame:
        return self._from(spans, spans["s"] + window, spans["e"])

    def reaching(self, parts: list[tuple[pd.DataFrame, Any]], least: int, by: list[str] | None = None) -> pd.DataFrame:
        by = by or ["number"]
        edges = []
        for frame, weight in parts:
            weight = frame[weight] if isinstance(weight, str) else weight
            edges.append(frame[by].assign(t=frame["s"], d=weight))
            edges.append(frame[by].assign(t=frame["e"], d=-weight))
        summed = pd.concat(edges).groupby([*by, "t"], as_index=False)["d"].sum()
        summed = summed[summed["t"] < LAST]
        return self._stretches(summed.assign(h=summed.groupby(by)["d"].cumsum() >= least), by)

    def share(self, facts: pd.DataFrame, times: int, upper: int, least: int, compare: str) -> pd.DataFrame:
        starts = facts[["number", "w", "w2"]].assign(t=facts["s"])
        ends = facts[["number"]].assign(t=facts["e"], w=-facts["w"], w2=-facts["w2"])
        summed = pd.concat([starts, ends]).groupby(["number", "t"], as_index=False)[["w", "w2"]].sum()
        summed = summed[summed["t"] < LAST]
        x, y = summed.groupby("number")["w"].cumsum(), summed.groupby("number")["w2"].cumsum()
        return self._stretches(summed.assign(h=(y >= least) & getattr(x * times, compare)(y * upper)), ["number"])

    def _stretches(self, frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
        before = frame.groupby(by)["h"].shift(1, fill_value=False)
        changed = frame[frame["h"] != before]
        till = changed.groupby(by)["t"].shift(-1, fill_value=LAST)
        return changed.assign(s=changed["t"], e=till)[changed["h"]][[*by, "s", "e"]]
