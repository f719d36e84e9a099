"""One pair of records scored by a trained model, without Splink: the same weight to the sixth decimal.

A probability is shown with what made it; it decides nothing by itself (`verdicts`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log2

from nightlight.matcher.comparisons import BY_NAME, Comparison, Level
from nightlight.matcher.model import Model, Rarity
from nightlight.matcher.prepared import Comparable

_ROUNDED = 1e-9
"""Bits by which a sum may differ for the order in which it is added up."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A pair's weight in bits, the probability that it says, and the level of each comparison by index."""

    weight: float
    probability: float
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One field's part of a score, in words. weight: in bits, the rarity of a name included. rare: how much of it."""

    comparison: Comparison
    level: Level
    weight: float
    rare: float


@dataclass(frozen=True, slots=True)
class _Field:
    comparison: Comparison
    find: Callable[[Comparable, Comparable], int]
    weights: tuple[float, ...]
    rare: tuple[str, ...]
    bases: tuple[float, ...]


class Scorer:
    """Scores pairs by one model. Made once: its tables are looked up, not worked out, for each pair."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.version = model.version
        self.prior = log2(model.prior / (1 - model.prior))
        self._fields = tuple(_field(BY_NAME[name], model) for name in BY_NAME if name in model.levels)
        apart = sorted(self._fields, key=lambda field: max(field.weights) - min(field.weights))
        self._nearest_first = [field for field in apart if field.comparison.name != "whole_name"]
        self._at_best = sum(max(field.weights) for field in self._fields if field not in self._nearest_first)
        self._index = {field.comparison.name: at for at, field in enumerate(self._fields)}
        self._shares = {column: _in_bits(rarity) for column, rarity in model.rarity.items()}

    def score(self, one: Comparable, other: Comparable) -> Scored:
        """What the model says of a pair. Which of the two comes first makes no difference."""
        weight, found = self.prior, []
        for field in self._fields:
            level = field.find(one, other)
            found.append(level)
            weight += field.weights[level]
            if field.rare[level]:
                weight += self._rare(field, level, one, other)
        return Scored(weight, probability_of(weight), tuple(found))

    def _rare(self, field: _Field, level: int, one: Comparable, other: Comparable) -> float:
        column = field.rare[level]
        return field.bases[level] - max(self._share(column, one), self._share(column, other))

    def reach(self, one: Comparable, least: float) -> Callable[[Comparable], bool]:
        """Whether another record's weight beside this one can be so much or more: never no where it is.

        The fields that set records furthest apart come first, and the rest are not compared once they cannot make up
        for it: most records that share a key by chance are done with after two.
        """
        plan, rest = [], 0.0
        for field in self._nearest_first:
            weights = self._at_most(field, one) if any(field.rare) else field.weights
            plan.append((field.find, weights, least - rest - _ROUNDED))
            rest += max(weights)
        plan.reverse()
        prior = self.prior + self._at_best  # names together only ever take away

        def may(other: Comparable) -> bool:
            weight = prior
            for find, weights, needed in plan:
                weight += weights[find(one, other)]
                if weight < needed:
                    return False
            return True

        return may

    def _at_most(self, field: _Field, one: Comparable) -> tuple[float, ...]:
        """What each level can be worth: a name is no rarer for being compared with a common one."""
        return tuple(
            weight + (base - self._share(column, one) if column else 0.0)
            for weight, base, column in zip(field.weights, field.bases, field.rare, strict=True)
        )

    def _share(self, column: str, one: Comparable) -> float:
        shares, least = self._shares[column]
        return shares.get(getattr(one, column), least)

    def code(self, scored: Scored, comparison: str) -> str:
        """The code of the level at which a comparison came out; `missing` where the model does not compare it."""
        at = self._index.get(comparison)
        return "missing" if at is None else self._fields[at].comparison.levels[scored.levels[at]].code

    def parts(self, one: Comparable, other: Comparable) -> tuple[Part, ...]:
        """The score field by field, as it is explained to people."""
        made = []
        for field in self._fields:
            level = field.find(one, other)
            rare = self._rare(field, level, one, other) if field.rare[level] else 0.0
            made.append(Part(field.comparison, field.comparison.levels[level], field.weights[level] + rare, rare))
        return tuple(made)


def _in_bits(rarity: Rarity) -> tuple[Mapping[str, float], float]:
    """How common each value is, in bits, and what is taken for one that is not among them."""
    return {value: log2(share) for value, share in rarity.shares.items()}, log2(rarity.floor)


def _field(comparison: Comparison, model: Model) -> _Field:
    chances = model.levels[comparison.name]
    return _Field(
        comparison,
        comparison.find,
        tuple(0.0 if level.missing else chances[level.code].weight for level in comparison.levels),
        tuple(level.rarity for level in comparison.levels),
        tuple(log2(chances[level.code].u) if level.rarity else 0.0 for level in comparison.levels),
    )


def probability_of(weight: float) -> float:
    """A weight in bits as a probability.

    >>> probability_of(0), probability_of(2)
    (0.5, 0.8)
    """
    if weight > 500:
        return 1.0
    odds = 2.0**weight
    return float(odds / (1 + odds))
