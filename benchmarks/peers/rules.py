"""CLIPS, a rule engine: facts asserted one by one, a rule for each indicator that counts, asked at every edge.

CLIPS of all the rule engines on the package index, because it is kept up, says "how many facts such that" in its own
language, and was the quickest of those tried that could. It has no notion of a span: it is told what the time is, and
asked what holds, at each moment at which an answer can change.
"""

from __future__ import annotations

import clips

from nightlight.engines.layout import LAST, PLACES
from nightlight.engines.program import _range
from nightlight.indicators import nodes
from nightlight.indicators.nodes import Op

DAY = 86_400_000_000


def can_be_asked(node: nodes.Expression) -> bool:
    """Whether it only counts."""
    node = node.expression if isinstance(node, nodes.Named) else node
    return isinstance(node, nodes.Compare) and isinstance(node.amount, nodes.Count)


class Clips:
    """One environment, with the rules of some indicators."""

    def __init__(self, expressions: dict[str, nodes.Expression]) -> None:
        self._clips = clips.Environment()
        self._clips.eval("(set-fact-duplication TRUE)")
        slots = " ".join(f"(slot value_{k})" for k in range(9))
        self._clips.build(
            "(deftemplate entry (slot kind) (slot agency) (slot part) (slot through) (slot at) (slot c) (slot g) "
            + slots
            + ")"
        )
        self._clips.build("(deftemplate now (slot at))")
        self._clips.build("(deftemplate holds (slot code))")
        for code, node in expressions.items():
            self._clips.build(_rule(code, node))
        self._windows = {window(node) for node in expressions.values()}

    def child(self, facts: list[dict[str, object]]) -> dict[str, list[tuple[int, int]]]:
        """When each indicator holds for one child."""
        self._clips.reset()
        edges: set[int] = set()
        for fact in facts:
            self._clips.assert_string(_fact(fact))
            edges |= {fact["c"], fact["g"], *(fact["at"] + w for w in self._windows if w)}
        open_since: dict[str, int] = {}
        found: dict[str, list[tuple[int, int]]] = {}
        for at in [*sorted(edge for edge in edges if edge < LAST), None]:
            holding = self._at(at) if at is not None else set()
            for code in open_since.keys() - holding:
                found.setdefault(code, []).append((open_since.pop(code), LAST if at is None else at))
            for code in holding - open_since.keys():
                open_since[code] = at
        return found

    def _at(self, at: int) -> set[str]:
        now = self._clips.assert_string(f"(now (at {at}))")
        self._clips.run()
        holding = [fact for fact in self._clips.facts() if fact.template.name == "holds"]
        codes = {str(fact["code"]) for fact in holding}
        for fact in holding:
            fact.retract()
        now.retract()
        return codes


def window(node: nodes.Expression) -> int:
    amount = (node.expression if isinstance(node, nodes.Named) else node).amount
    return amount.window.days * DAY if amount.window else 0


def _fact(fact: dict[str, object]) -> str:
    slots = " ".join(
        f"({name} {value if isinstance(value, int) else chr(34) + str(value) + chr(34)})"
        for name, value in fact.items() if value is not None
    )  # fmt: skip
    return f"(entry {slots})"


def _rule(code: str, node: nodes.Expression) -> str:
    node = node.expression if isinstance(node, nodes.Named) else node
    amount = node.amount
    assert isinstance(amount, nodes.Count)
    number = int(node.number) + (node.op is Op.MORE_THAN)
    tests = [_pattern(each) for each in amount.entries.patterns]
    recent = f"(< ?t (+ ?f:at {amount.window.days * DAY}))" if amount.window else "(< 0 1)"
    query = f"(and (<= ?f:c ?t) (< ?t ?f:g) {recent} (or {' '.join(tests)} (< 1 0)))"
    return (
        f"(defrule {code.replace('.', '-')} (now (at ?t)) "
        f"(test (>= (length$ (find-all-facts ((?f entry)) {query})) {number})) "
        f'=> (assert (holds (code "{code}"))))'
    )


def _pattern(pattern: nodes.Pattern) -> str:
    found = []
    for kind in pattern.kinds():
        terms = [
            f'(eq ?f:kind "{kind.name}")',
            _one_of("part", map(str, pattern.parts)),
            _one_of("through", pattern.through),
        ]
        if pattern.agencies:
            terms.append(_one_of("agency", pattern.agencies))
        for where in pattern.where:
            slot = f"?f:value_{PLACES[kind.name][where.attribute]}"
            ranges = (_range(where.op, value) for value in where.values)
            some = " ".join(f"(and (>= {slot} {low}) (<= {slot} {high}))" for low, high in ranges)
            terms.append(f"(and (integerp {slot}) (or {some} (< 1 0)))")
        found.append(f"(and {' '.join(terms)})")
    return f"(or {' '.join(found)} (< 1 0))"


def _one_of(slot: str, words) -> str:
    return f"(or {' '.join(f'(eq ?f:{slot} {chr(34)}{word}{chr(34)})' for word in words)} (< 1 0))"
