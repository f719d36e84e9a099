"""Three indicators and children whose spans are given in days, so that a backtest can be worked out by hand."""

from __future__ import annotations

from nightlight.indicators.catalogue.base import Indicator, Parameter, Provenance, Reference, indicator
from nightlight.indicators.language import Condition, days, entries
from nightlight.review.backtest import DAY, Backtest, Watched
from nightlight.review.compare import Comparison

_ONE = Parameter("number", 1, Provenance.CHOSEN, "One.")


def an_indicator(code: str, *, level: str, question: str, kind: str, owner: str = "safeguarding_lead") -> Indicator:
    def condition() -> Condition:
        """It happened."""
        return entries(kind).in_last(days(28)) >= 1

    return indicator(
        code, "T01", code, level=level, parameters=(_ONE,), sources=(Reference("A test"),), ask_next=("Why?",),
        owner_role=owner, question=question,
    )(condition)  # fmt: skip


LOGGED = an_indicator("test.logged", level="concern", question="neglect", kind="education.concern")
SEEN = an_indicator("test.seen", level="threshold", question="neglect", kind="police.incident")
NOTED = an_indicator("test.noted", level="note", question="words", kind="voice.words")
INDICATORS = (LOGGED, SEEN, NOTED)

START, END = 0, 1000 * DAY


def a_backtest(*indicators: Indicator, answered_after: int = 28) -> Backtest:
    return Backtest(indicators or INDICATORS, ("plan", "section_47"), START, END, answered_after)


def spans(*pairs: tuple[int, int]) -> list[tuple[int, int]]:
    """Spans given in days."""
    return [(since * DAY, until * DAY) for since, until in pairs]


def a_child(
    name: str = "C1", since: int = 0, until: int = 1000, organisations: dict[str, str] | None = None, **groups: str
) -> Watched:
    """A child watched from one day to another."""
    return Watched(
        child=name, since=since * DAY, until=until * DAY, groups=groups, organisations=organisations or {}
    )  # fmt: skip


OTHER = an_indicator(LOGGED.code, level="concern", question="neglect", kind="health.concern")


def a_comparison(children: int = 40) -> Comparison:
    """Of children of two areas, 24 have signs logged by both sets, three are seen by the second set, and plans come."""
    comparison = Comparison(a_backtest(LOGGED), a_backtest(OTHER, SEEN, NOTED))
    for number in range(children):
        child = a_child(
            f"SECRET-{number}", area="North" if number % 2 else "South", organisations={"education": "Fernbank"}
        )
        held = spans((100, 120)) if number < 24 else []
        seen = spans((110, 120)) if number in (1, 3, 30) else []
        came = {"plan": [(130 + number) * DAY]} if number % 3 == 0 else {}
        comparison.add(child, {LOGGED.code: held}, {LOGGED.code: held, SEEN.code: seen}, came)
    return comparison
