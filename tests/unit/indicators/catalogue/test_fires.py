"""Each indicator and protective fact on three small histories: it holds, it nearly does, it is about something else."""

from __future__ import annotations

import pytest
from support.catalogue_cases import CASES
from support.facts import facts, moment

from nightlight.indicators import reference
from nightlight.indicators.catalogue import CATALOGUE, PROTECTIVE
from nightlight.indicators.explain import explain
from nightlight.indicators.history import History
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

CALENDAR = WorkingCalendar.england()
EVERY = {**CATALOGUE, **PROTECTIVE}


def holds(code: str, table: str) -> bool:
    three = CASES[code]
    history = History(facts(table), Partial.parse(three.born), CALENDAR)
    return moment(three.at) in reference.spans(EVERY[code].expression, history)


def test_every_rule_has_its_three_cases():
    assert set(CASES) == set(EVERY)


@pytest.mark.parametrize("code", CASES)
def test_fires(code):
    assert holds(code, CASES[code].fires)


@pytest.mark.parametrize("code", CASES)
def test_nearly_is_not_enough(code):
    assert not holds(code, CASES[code].nearly)


@pytest.mark.parametrize("code", CASES)
def test_does_not_fire_on_something_else(code):
    assert not holds(code, CASES[code].does_not)


@pytest.mark.parametrize("code", CASES)
def test_what_fires_has_evidence(code):
    three = CASES[code]
    history = History(facts(three.fires), Partial.parse(three.born), CALENDAR)
    told = explain(EVERY[code], history, moment(three.at))
    assert told.evidence
    assert set(told.evidence) <= {fact.entry.id for fact in history.facts}
