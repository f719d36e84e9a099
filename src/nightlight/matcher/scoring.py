"""One pair of records scored by a trained model, without Splink: the same weight to the sixth decimal.

A probability is shown with what made it; it decides nothing by itself (`verdicts`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log2

from nightlight.matcher.comparisons import BY_NAME, Comparison, Level
from nightlight.matcher.model import Model, Rarity
from nightlight.matcher.prepared import Prepared


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
    find: Callable[[Prepared, Prepared], int]
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
        self._index = {field.comparison.name: at for at, field in enumerate(self._fields)}
        self._rarity: Mapping[str, Rarity] = model.rarity

    def score(self, one: Prepared, other: Prepared) -> Scored:
        """What the model says of a pair. Which of the two comes first makes no difference."""
        weight, found = self.prior, []
        for field in self._fields:
            level = field.find(one, other)
            found.append(level)
            weight += field.weights[level]
            if field.rare[level]:
                weight += self._rare(field, level, one, other)
        return Scored(weight, probability_of(weight), tuple(found))

    def _rare(self, field: _Field, level: int, one: Prepared, other: Prepared) -> float:
        column = field.rare[level]
        rarity = self._rarity[column]
        return field.bases[level] - log2(max(rarity.of(getattr(one, column)), rarity.of(getattr(other, column))))

    def code(self, scored: Scored, comparison: str) -> str:
        """The code of the level at which a comparison came out; `missing` where the model does not compare it."""
        at = self._index.get(comparison)
        return "missing" if at is None else self._fields[at].comparison.levels[scored.levels[at]].code

    def parts(self, one: Prepared, other: Prepared) -> tuple[Part, ...]:
        """The score field by field, as it is explained to people."""
        made = []
        for field in self._fields:
            level = field.find(one, other)
            rare = self._rare(field, level, one, other) if field.rare[level] else 0.0
            made.append(Part(field.comparison, field.comparison.levels[level], field.weights[level] + rare, rare))
        return tuple(made)


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
