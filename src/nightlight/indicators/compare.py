"""Two sets of rules side by side: what is new, what is gone, and what of a rule is no longer as it was, in words.

It compares what rules say. What difference that makes to children is for `nightlight backtest` to count.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nightlight.indicators.catalogue.base import Indicator
from nightlight.indicators.guardrails import numbers
from nightlight.indicators.nodes import Expression, Named, walk
from nightlight.indicators.plain import content_hash
from nightlight.indicators.reference import kinds_used
from nightlight.indicators.versions import Version
from nightlight.indicators.written import written


@dataclass(frozen=True, slots=True)
class Rule:
    """As much of an indicator as two versions of it can differ in."""

    code: str
    level: str
    meaning: str
    rule: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one rule: "new", "gone" or "changed", and in words how."""

    code: str
    what: str
    words: tuple[str, ...]


def rule_of(each: Indicator | Version) -> Rule:
    """A rule of the catalogue, of a file or of an earlier day, as it is compared."""
    assert each.expression is not None  # noqa: S101  # only of a version that was withdrawn
    return Rule(each.code, each.level, each.meaning, each.rule, each.expression)


def differences(old: Mapping[str, Rule], new: Mapping[str, Rule]) -> tuple[Difference, ...]:
    """What differs, in the order of the new rules, those that are gone last.

    >>> from nightlight.indicators.catalogue import CATALOGUE
    >>> missing = rule_of(CATALOGUE["place.missing"])
    >>> [each.what for each in differences({}, {missing.code: missing})]
    ['new']
    """
    found = [_difference(old.get(code), each) for code, each in new.items()]
    gone = [Difference(code, "gone", (each.meaning,)) for code, each in old.items() if code not in new]
    return (*(each for each in found if each.words), *gone)


def _difference(old: Rule | None, new: Rule) -> Difference:
    if old is None:
        return Difference(new.code, "new", (f"{new.level}: {new.meaning}",))
    return Difference(new.code, "changed", tuple(_changes(old, new)))


def _changes(old: Rule, new: Rule) -> Iterator[str]:
    if old.level != new.level:
        yield f"level: {old.level} becomes {new.level}"
    if old.meaning != new.meaning:
        yield f"was: {old.meaning}"
        yield f"is:  {new.meaning}"
    if old.rule == new.rule:
        return
    yield from _in_and_out("numbers", numbers(old.expression), numbers(new.expression))
    yield from _in_and_out("reads", set(kinds_used(old.expression)), set(kinds_used(new.expression)))
    yield f"rule: {old.rule} becomes {new.rule}"
    yield from _lines(old.expression, new.expression)


def _in_and_out(what: str, old: set[str], new: set[str]) -> Iterator[str]:
    if new - old:
        yield f"{what}, now too: " + ", ".join(sorted(new - old))
    if old - new:
        yield f"{what}, no longer: " + ", ".join(sorted(old - new))


def _lines(old: Expression, new: Expression) -> Iterator[str]:
    before, after = written(old).splitlines(), written(new).splitlines()
    if before == after:
        changed = sorted(code for code, rule in _within(new).items() if _within(old).get(code) != rule)
        yield "another rule within it is not as it was: " + ", ".join(changed)
    compared = difflib.unified_diff(before, after, n=2, lineterm="")
    yield from (line for line in compared if not line.startswith(("---", "+++", "@@")))


def _within(expression: Expression) -> dict[str, str]:
    """The other indicators in an expression, with the hash of each."""
    named = (node for node in walk(expression) if isinstance(node, Named))
    return {node.code: content_hash(node.expression) for node in named}
