"""A score in words, field by field: what speaks for two records being of one person, and what against.

Words and figures only; how they are drawn is the page's matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nightlight.matcher.prepared import Comparable
from nightlight.matcher.scoring import Part, Scorer

NOTHING = 0.05
"""Bits below which a field says nothing worth showing."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One field: how it compares, in words, and its weight in bits: above nothing for one person, below for two."""

    title: str
    level: str
    words: str
    weight: float

    @property
    def side(self) -> str:
        """`for`, `against`, or `neither`."""
        if abs(self.weight) < NOTHING:
            return "neither"
        return "for" if self.weight > 0 else "against"

    @property
    def times(self) -> str:
        """The weight as people say odds.

        >>> Ground("Sex", "same", "the same", 1.0).times
        'twice as likely of one person'
        """
        if self.side == "neither":
            return "says nothing either way"
        ratio = 2.0 ** abs(self.weight)
        how = "twice" if 1.75 <= ratio < 2.25 else f"{_rounded(ratio)} times"
        return f"{how} as likely of {'one person' if self.weight > 0 else 'two'}"


def _rounded(ratio: float) -> str:
    if ratio < 10:
        return f"{ratio:.1f}"
    if ratio >= 1_000_000:
        return "over a million"
    digits = len(str(int(ratio))) - 2
    return f"{round(ratio / 10**digits) * 10**digits:,}"


def grounds(scorer: Scorer, one: Comparable, other: Comparable) -> tuple[Ground, ...]:
    """What the model makes of each field of a pair; of the two names together only where that says anything."""
    parts = scorer.parts(one, other)
    return tuple(_ground(part) for part in parts if part.comparison.name != "whole_name" or abs(part.weight) > NOTHING)


def _ground(part: Part) -> Ground:
    words = part.level.words
    if part.rare > 1:
        words += ", and few bear it"
    elif part.rare < -1:
        words += ", and many bear it"
    return Ground(part.comparison.title, part.level.code, words, part.weight)


def in_a_line(grounds_: Iterable[Ground]) -> str:
    """The grounds as one line, what speaks for it first; it names no value.

    >>> in_a_line([Ground("Sex", "same", "the same", 1.0), Ground("Postcode", "other", "another postcode", -3.0)])
    'for: sex the same; against: postcode another postcode'
    """
    said = list(grounds_)
    sides = []
    for side in ("for", "against"):
        on_it = sorted((g for g in said if g.side == side), key=lambda g: -abs(g.weight))
        if on_it:
            sides.append(f"{side}: " + ", ".join(f"{g.title.lower()} {g.words}" for g in on_it))
    return "; ".join(sides)
