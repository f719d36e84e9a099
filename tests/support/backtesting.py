"""Three indicators and children whose spans are given in days, so that a backtest can be worked out by hand."""

from __future__ import annotations

from nightlight.indicators.catalogue.base import Indicator, Parameter, Provenance, Reference, indicator
from nightlight.indicators.language import Condition, days, entries
from nightlight.review.backtest import DAY, Backtest, Watched

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
