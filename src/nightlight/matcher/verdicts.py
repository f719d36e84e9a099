"""Whether two records are the same person, are not, or are for a person to say: numbers first, then exactly, then by
the model. A child is held apart from a twin and a sibling by rule and not by weights: everything but the given name
may agree between them, so that without a number only the given name itself can be enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from nightlight.matcher.prepared import Comparable, keys_of
from nightlight.matcher.scoring import Scored, Scorer
from nightlight.matcher.thresholds import Thresholds

HELD_AT = 0.94
"""What the probability of a pair is shown as where a rule holds it below the threshold."""
SURE_NAME = frozenset({"same", "spelling", "swapped"})
SURE_FAMILY = frozenset({"same", "spelling", "missing"})
"""Missing: also where it was exchanged with the given name."""
SURE_BORN = frozenset({"same", "turned", "slip"})


class Outcome(StrEnum):
    """What is to be done with a pair."""

    SAME = "same"
    ASK = "ask"
    DIFFERENT = "different"


class Basis(StrEnum):
    """What a pair was found the same by; the surer are joined first."""

    IDENTIFIER = "identifier"
    EXACT = "exact"
    MODEL = "model"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A pair's outcome, by what, and why in words. apart: they cannot be one person, whatever else links them."""

    outcome: Outcome
    basis: Basis
    probability: float
    weight: float
    why: str
    apart: bool = False


class Judge:
    """Gives verdicts by one model and one row of thresholds. Pure: the same pair, the same verdict, in either order."""

    def __init__(self, scorer: Scorer, thresholds: Thresholds) -> None:
        self.scorer = scorer
        self.thresholds = thresholds

    def verdict(self, one: Comparable, other: Comparable) -> Verdict:
        """What these two records are to one another."""
        scored = self.scorer.score(one, other)
        if (why := kept_apart(one, other)) is not None:
            return Verdict(Outcome.DIFFERENT, Basis.NONE, 0.0, scored.weight, why, apart=True)
        shared, another = _shared(one, other), _another_number(one, other)
        if shared:
            return self._by_number(scored, shared, another)
        if another:
            return Verdict(Outcome.DIFFERENT, Basis.NONE, 0.0, scored.weight, "another NHS number", apart=True)
        return self._without_number(one, other, scored)

    def screen(self, one: Comparable) -> Callable[[Comparable], bool]:
        """Whether another record may be found anything but different from this one: never no where it is.

        It is for the many that share a key, before any of them is read in full and judged.
        """
        reach = self.scorer.reach(one, self.thresholds.ask_weight)

        def may_be(other: Comparable) -> bool:
            if not (reach(other) or _shared(one, other) or _exactly(one, other)):
                return False  # most end here: what is left is asked of few
            if kept_apart(one, other) is not None:
                return False
            return bool(_shared(one, other)) or not _another_number(one, other)

        return may_be

    def compared(self, one: Comparable, other: Comparable) -> bool:
        """Whether the two share a key: no others are compared, however they are come by."""
        if _shared(one, other) or _same_day_and_sound(one, other):
            return True  # most of those that are worth asking of
        return not set(keys_of(one)).isdisjoint(keys_of(other))

    def _by_number(self, scored: Scored, shared: str, another: bool) -> Verdict:
        given, born = self.scorer.code(scored, "given_name"), self.scorer.code(scored, "birth_date")
        if another:
            why = f"the same {shared}, another NHS number"
            return Verdict(Outcome.ASK, Basis.NONE, HELD_AT, scored.weight, why, apart=True)
        if what := _against_a_number(given, self.scorer.code(scored, "family_name"), born):
            why = f"the same {shared}, another {what}"
            return Verdict(Outcome.ASK, Basis.NONE, HELD_AT, scored.weight, why, apart=True)
        return Verdict(Outcome.SAME, Basis.IDENTIFIER, 1.0, scored.weight, f"the same {shared}")

    def _without_number(self, one: Comparable, other: Comparable, scored: Scored) -> Verdict:
        given, born = self.scorer.code(scored, "given_name"), self.scorer.code(scored, "birth_date")
        exact = _exactly(one, other)
        kept_as_two = one.system == other.system and one.system != "" and not exact
        apart = kept_as_two or (given == "other" and born != "missing")
        likely = scored.probability
        if likely < self.thresholds.ask and not exact:
            return Verdict(Outcome.DIFFERENT, Basis.NONE, likely, scored.weight, "too little in common", apart)
        if kept_as_two and not (given in SURE_NAME and born in SURE_BORN):
            why = "one agency keeps them as two people"
            return Verdict(Outcome.DIFFERENT, Basis.NONE, min(likely, HELD_AT), scored.weight, why, apart)
        held = _held(given, born, kept_as_two)
        if held or (likely < self.thresholds.same and not exact):
            why = held or "much in common, and not enough"
            return Verdict(Outcome.ASK, Basis.NONE, min(likely, HELD_AT), scored.weight, why, apart)
        if exact:
            why = "the same name, birth date and postcode"
            return Verdict(Outcome.SAME, Basis.EXACT, max(likely, self.thresholds.same), scored.weight, why)
        return Verdict(Outcome.SAME, Basis.MODEL, likely, scored.weight, "the model is sure")


def kept_apart(one: Comparable, other: Comparable) -> str | None:
    """Why two records may not even be compared: a sealed or adopted child's, or a child's and an adult's."""
    if one.compartment != other.compartment:
        return "one of them is sealed"
    if one.role != other.role and one.role and other.role:
        return "a child and an adult"
    return None


def _shared(one: Comparable, other: Comparable) -> str:
    if one.nhs_number and one.nhs_number == other.nhs_number:
        return "NHS number"
    return "UPN" if one.upn and one.upn == other.upn else ""


def _another_number(one: Comparable, other: Comparable) -> bool:
    return bool(one.nhs_number and other.nhs_number and one.nhs_number != other.nhs_number)


def _exactly(one: Comparable, other: Comparable) -> bool:
    if one.born != other.born or one.given != other.given:
        return False
    mine = (one.given, one.family, one.born, one.postcode)
    return all(mine) and mine == (other.given, other.family, other.born, other.postcode)


def _same_day_and_sound(one: Comparable, other: Comparable) -> bool:
    if not one.born or not one.given_sound or not other.given_sound:
        return False
    return one.given_sound[:2] == other.given_sound[:2] and one.born in (other.born, other.born_turned)


def _against_a_number(given: str, family: str, born: str) -> str:
    """What is another in two records of one number, so that they may be two children's; nothing where it is enough."""
    sure = given in SURE_NAME and family in SURE_FAMILY
    if born == "other":
        return "" if sure else "birth date and name"
    if born == "near" and family == "other" and given not in SURE_NAME:
        return "birth date and name"
    return "given name" if given == "other" else ""


def _held(given: str, born: str, kept_as_two: bool) -> str:
    """Why a pair is put to a person however high its weight: so would be a twin, a sibling, or a parent's namesake."""
    if kept_as_two:
        return "one agency keeps them as two people"
    if given not in SURE_NAME:
        return "without a number only the given name tells a child from a twin or a sibling"
    return "" if born in SURE_BORN else "without a number the birth date has to agree"
