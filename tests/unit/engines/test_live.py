"""One child as entries come: the same as the reference, whatever the order in which they come."""

from __future__ import annotations

import random

import pytest
from support.facts import facts, moment, spans

from nightlight.engines.errors import BeyondError
from nightlight.engines.layout import micros
from nightlight.engines.live import LiveChild, LiveEvaluator
from nightlight.indicators import reference
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.history import History
from nightlight.indicators.language import age, days, entries, years
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import Spans

CALENDAR = WorkingCalendar.england()
BORN = Partial.parse("2020-02-29")
ALL = {code: each.expression for code, each in CATALOGUE.items()}
VISITS = {"seen": (entries("social_care.visit").in_last(days(10)) >= 2).node, "young": (age() < years(5)).node}
TABLE = """
    a | 2024-01-01 | social_care.visit | child_seen=true
    b | 2024-01-05 | social_care.visit | child_seen=true
    c | 2024-01-20 | social_care.visit | child_seen=false
    d | 2024-01-20 | police.incident | category=drugs child_present=present
    e | 2024-01-21 | police.incident | category=drugs child_present=present
"""


@pytest.fixture(scope="module")
def evaluator() -> LiveEvaluator:
    return LiveEvaluator(CALENDAR, ALL)


def test_it_gives_every_indicator_its_spans(evaluator):
    some = facts(TABLE)
    history = History(some, BORN, CALENDAR)
    assert evaluator.evaluate(some, BORN, ALL) == {code: reference.spans(each, history) for code, each in ALL.items()}


def test_several_children_in_one_run_are_as_each_by_itself(evaluator):
    some = [(facts(TABLE), BORN), ((), None), (facts(TABLE)[:2], None)]
    assert evaluator.evaluate_all(some, ALL) == [evaluator.evaluate(*each, ALL) for each in some]


def test_a_number_that_does_not_fit_is_left_to_the_reference(evaluator):
    much = {"much": (entries("health.medicine_issued").total("quantity").ever() >= 1).node}
    (first,) = facts("a | 2024-01-01 | health.medicine_issued | medicine=reliever")
    first.entry.attributes["quantity"] = 1.00000001
    expected = {"much": Spans.since(moment("2024-01-01"))}
    assert evaluator.evaluate([first], None, much) == expected
    assert evaluator.evaluate_all([([first], None), ((), None)], much) == [expected, {"much": Spans.empty()}]
    with pytest.raises(BeyondError):
        LiveChild(evaluator, [first], None)


@pytest.mark.parametrize("seed", range(5))
def test_entries_may_come_in_any_order(evaluator, seed):
    some = list(facts(TABLE))
    random.Random(seed).shuffle(some)
    child = LiveChild(evaluator, some, BORN)
    result = child.run(ALL)
    expected = evaluator.evaluate(facts(TABLE), BORN, ALL)
    assert len(child) == len(some)
    assert {code: result.spans(code) for code in ALL} == expected


def test_more_entries_than_there_was_room_for(evaluator):
    child = LiveChild(evaluator, (), BORN)
    for _ in range(70):
        for each in facts(TABLE):
            child.add(each)
    assert len(child) == 350


def test_an_entry_that_is_withdrawn_counts_no_longer(evaluator):
    child = LiveChild(evaluator, facts(TABLE), BORN)
    child.withdraw("b", micros(moment("2024-01-07")))
    assert child.run(VISITS).spans("seen") == spans("2024-01-05..2024-01-07")


def test_what_holds_and_when_that_changes(evaluator):
    result = LiveChild(evaluator, facts(TABLE), BORN).run(VISITS)
    first, second, last = (micros(moment(day)) for day in ("2024-01-05", "2024-01-11", "2025-03-01"))
    assert result.holding(first) == ["seen", "young"]
    assert result.holding(second) == ["young"]
    assert result.next_edge(first - 1) == first
    assert result.next_edge(first) == second
    assert result.next_edge(last) is None


def test_only_what_can_change_is_asked(evaluator):
    affected = evaluator.affected(ALL, "social_care.worker_changed")
    assert list(affected) == ["process.worker_churn"]
    assert evaluator.affected(ALL, "social_care.worker_changed") is affected


def test_a_program_is_flattened_once_for_equal_mappings(evaluator):
    assert evaluator.program(dict(VISITS)) is evaluator.program(dict(VISITS))
