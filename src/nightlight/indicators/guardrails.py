"""What no indicator may be or do, whoever wrote it; each guardrail says what is wrong and why it matters.

The catalogue's tests ask them of every rule, and `nightlight indicators check` of one that is written elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nightlight.indicators import nodes, reference
from nightlight.indicators.catalogue.base import Indicator
from nightlight.indicators.history import History
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

UNASKED = (
    "poverty", "free_school", "pupil_premium", "benefit", "ethnic", "religion", "faith", "immigration", "nationality",
    "asylum", "income", "deprivation",
)  # fmt: skip
"""Words of what no rule may read: money, origin and belief."""
UNREAD = frozenset({"housing.notice", "social_care.sibling_removed"})
"""Kinds that no rule may read: debts are poverty, and another child's removal is a parent's past."""


def broken(indicator: Indicator) -> tuple[str, ...]:
    """What is wrong with an indicator, in words; empty when every guardrail holds.

    >>> from nightlight.indicators.catalogue import CATALOGUE
    >>> broken(CATALOGUE["school.neglect_log"])
    ()
    """
    return tuple(words for guardrail in GUARDRAILS for words in guardrail(indicator))


def _reads_nothing_about_money_origin_or_belief(indicator: Indicator) -> Iterator[str]:
    wheres = [node for node in nodes.walk(indicator.expression) if isinstance(node, nodes.Where)]
    read = {*indicator.kinds, *(w.attribute for w in wheres), *(str(v) for w in wheres for v in w.values)}
    found = sorted(name for name in read if any(word in name for word in UNASKED)) + sorted(indicator.kinds & UNREAD)
    if found:
        yield f"It reads {', '.join(found)}: money, origin, belief and a parent's past are no evidence of harm."


def _reads_no_outcome(indicator: Indicator) -> Iterator[str]:
    found = sorted(kind for kind in indicator.kinds if kind.startswith("outcome."))
    if found:
        yield f"It reads {', '.join(found)}: a rule that reads the harm itself would look wise in every replay."


def _holds_on_no_empty_record(indicator: Indicator) -> Iterator[str]:
    for born in (None, Partial.parse("2024-01-01"), Partial.parse("2010-01-01")):
        if reference.spans(indicator.expression, History((), born, WorkingCalendar.england())):
            yield "It holds of a child of whom nothing is on record: what is missing is not known, and never few."
            return


def _says_where_its_numbers_come_from(indicator: Indicator) -> Iterator[str]:
    declared = {str(each.value) for each in indicator.parameters if each.words} | NO_THRESHOLD
    missing = sorted(numbers(indicator.expression) - declared)
    if missing:
        yield f"No parameter says where {', '.join(missing)} comes from: add Parameter(name, value, provenance, words)."


def numbers(expression: nodes.Node) -> set[str]:
    """The thresholds and lengths of time of an expression; those of another indicator within it are its own."""
    if isinstance(expression, nodes.Named):
        return set()
    found = {str(getattr(expression, name)) for name in NUMBERS if _is_number(getattr(expression, name, None))}
    if isinstance(expression, nodes.Window):
        found = {str(expression)}
    if isinstance(expression, nodes.Age):
        found = {str(nodes.Window(expression.months * 365 // 12))}
    if isinstance(expression, nodes.Where) and expression.op is not nodes.Op.EQUAL:
        found = set(map(str, expression.values))
    return found.union(*(numbers(each) for each in nodes.children(expression)))


NUMBERS = ("number", "percent", "points", "minimum", "value", "over")
"""The fields of a node in which a threshold stands."""
NO_THRESHOLD = frozenset({"0", "1"})
"""One is a presence and nought is no change: neither is a threshold."""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


GUARDRAILS: tuple[Callable[[Indicator], Iterator[str]], ...] = (
    _reads_nothing_about_money_origin_or_belief,
    _reads_no_outcome,
    _holds_on_no_empty_record,
    _says_where_its_numbers_come_from,
)
