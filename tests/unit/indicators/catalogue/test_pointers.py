"""What an agency knows by itself, and a hub has as a pointer alone, counts in the indicators across agencies."""

from __future__ import annotations

import pytest
from support.facts import facts, moment, spans

from nightlight.engines.live import LiveEvaluator
from nightlight.indicators import reference
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.explain import explain
from nightlight.indicators.history import History
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

C03 = CATALOGUE["convergence.indicator_after_no_further_action"]
NFA = "n | 2023-12-15 | social_care.contact | outcome=no_further_action from=education agency=social_care"
FIRED = "signal.fired | indicator=school.neglect_log rule=r level=concern"
NEW = f"a | 2024-02-01 | {FIRED}"
CALENDAR, BORN = WorkingCalendar.england(), Partial.parse("2016-05-10")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(NEW, "2024-02-01..2024-03-14", id="as long as the decision is new"),
        pytest.param(f"{NEW} until=2024-02-10", "2024-02-01..2024-02-10", id="no longer than it lasts"),
        pytest.param(f"a | 2023-12-01 | {FIRED} known=2024-01-10", "2024-01-10..2024-03-14", id="told after"),
        pytest.param(f"b | 2023-12-01 | {FIRED} agency=police\n{NEW}", "2024-02-01..2024-03-14", id="another besides"),
        pytest.param(f"a | 2023-12-01 | {FIRED}", "never", id="whoever decided knew of it"),
        pytest.param(f"a | 2024-03-20 | {FIRED}", "never", id="too late"),
        pytest.param(NEW.replace("level=concern", "level=note"), "never", id="a note"),
        pytest.param(f"{NEW} part=mentioned", "never", id="about another child"),
    ],
)
def test_c03_pointer_after_no_further_action(table, expected):
    told = facts(f"{NFA}\n{table}")
    assert reference.evaluate(C03.expression, told, born=BORN, calendar=CALENDAR) == spans(expected)
    assert LiveEvaluator(CALENDAR).evaluate(told, BORN, {"c": C03.expression})["c"] == spans(expected)


def test_c03_pointer_without_a_decision_is_none():
    assert not reference.evaluate(C03.expression, facts(NEW), born=BORN, calendar=CALENDAR)


def test_c03_pointer_is_named_with_the_decision_it_came_after():
    told = explain(C03, History(facts(f"{NFA}\n{NEW}"), BORN, CALENDAR), moment("2024-02-02"))
    assert set(told.evidence) == {"n", "a"}
    assert "pointer of an agency" in told.sentence
