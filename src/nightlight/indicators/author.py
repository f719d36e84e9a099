"""All that the writer of an indicator needs, in one import: the language, and `draft`, which makes the rule.

    from nightlight.indicators.author import *

What a draft does not say is filled in so that it can be read and run: its numbers count as chosen locally, it is a
note, and it is the safeguarding lead's. The shipped catalogue says all of it (`catalogue/base.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nightlight.indicators import nodes
from nightlight.indicators.cases import Cases
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.catalogue.base import Indicator, Parameter, Provenance, Reference, SpeaksOf
from nightlight.indicators.checks import instead_of
from nightlight.indicators.guardrails import NUMBERS
from nightlight.indicators.language import (
    Condition,
    LanguageError,
    age,
    all_of,
    any_of,
    at_least,
    at_least_of,
    at_most,
    days,
    entries,
    months,
    nothing,
    percent,
    uncovered,
    weeks,
    working_days,
    years,
)  # fmt: skip

__all__ = [
    "Cases", "Condition", "Parameter", "Provenance", "Reference", "SpeaksOf", "age", "all_of", "any_of", "at_least",
    "at_least_of", "at_most", "days", "draft", "entries", "holds", "months", "nothing", "percent", "uncovered", "weeks",
    "working_days", "years",
]  # fmt: skip

Parameters = tuple[Parameter[int] | Parameter[float] | Parameter[nodes.Window], ...]
_ASK = ("What does the child say about it?",)
_LOCAL = (Reference("Written locally"),)


def draft(
    code: str,
    title: str,
    *,
    cases: Cases | None = None,
    level: str = "note",
    catalogue_id: str = "local",
    sources: tuple[Reference, ...] = _LOCAL,
    parameters: Parameters = (),
    speaks_of: SpeaksOf = SpeaksOf.FAMILY,
    ask_next: tuple[str, ...] = _ASK,
    owner_role: str = "safeguarding_lead",
    question: str = "",
    caveat: str = "",
) -> Callable[[Callable[[], Condition]], Indicator]:
    """Make an indicator of a function: its docstring is the rule in a plain sentence, what it returns is the condition.

    >>> @draft("local.dentist_missed", "Not brought to the dentist")
    ... def dentist_missed():
    ...     \"\"\"Not brought to two or more appointments at the dentist in twelve months.\"\"\"
    ...     missed = entries("health.appointment", result="not_brought", service="dental")
    ...     return missed.in_last(months(12)) >= 2
    >>> dentist_missed.level, dentist_missed.provenance.words
    ('note', 'threshold chosen locally')
    """

    def make(build: Callable[[], Condition]) -> Indicator:
        built = build()
        if not isinstance(built, Condition):
            raise LanguageError(
                f"{code}: the function gives {type(built).__name__}, not a condition.\n"
                "  End it with `return entries(...).in_last(...) >= 1`, or another condition."
            )
        return Indicator(
            code=code,
            catalogue_id=catalogue_id,
            title=title,
            meaning=" ".join((build.__doc__ or "").split()),
            level=level,
            expression=built.node,
            parameters=parameters or tuple(_numbers(built.node)),
            sources=sources,
            speaks_of=speaks_of,
            ask_next=ask_next,
            owner_role=owner_role,
            question=question or code,
            caveat=caveat,
            cases=cases,
        )

    return make


def holds(code: str) -> Condition:
    """A shipped indicator as a condition, by its code.

    >>> holds("place.missing").begins_within(days(28), of=entries("housing.residence"))
    Condition(Again)
    """
    if code not in CATALOGUE:
        instead = instead_of(code, tuple(CATALOGUE), "docs/reference/indicators.md")
        raise LanguageError(f"There is no indicator {code!r}.\n  {instead}")
    return CATALOGUE[code].holds


def _numbers(expression: nodes.Node) -> Iterator[Parameter[float] | Parameter[nodes.Window]]:
    """Every number and length of time in an expression, each chosen by whoever wrote it."""
    words = "Chosen by the writer of this rule."
    values = dict.fromkeys(value for node in nodes.walk(expression) for value in _values(node))
    for value in values:
        if isinstance(value, nodes.Window):
            yield Parameter("length of time", value, Provenance.CHOSEN, words)
        else:
            yield Parameter("number", value, Provenance.CHOSEN, words)


def _values(node: nodes.Node) -> Iterator[float | nodes.Window]:
    if isinstance(node, nodes.Window):
        yield node
    elif isinstance(node, nodes.Age):
        yield nodes.Window(node.months * 365 // 12)
    elif isinstance(node, nodes.Where) and node.op is not nodes.Op.EQUAL:
        yield from node.values
    else:
        found = (getattr(node, name, None) for name in NUMBERS)
        yield from (each for each in found if isinstance(each, int | float) and not isinstance(each, bool))
