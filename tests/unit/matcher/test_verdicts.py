"""Three outcomes, and who must never be taken for whom."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from nightlight.matcher import thresholds
from nightlight.matcher.model import starting_model
from nightlight.matcher.prepared import Prepared, prepare
from nightlight.matcher.scoring import Scorer
from nightlight.matcher.verdicts import Basis, Judge, Outcome, Verdict


@cache
def judge() -> Judge:
    return Judge(Scorer(starting_model()), thresholds.on(date(2025, 11, 21)))


def child(**said: object) -> Prepared:
    known = {"given": "Zuzanna", "family": "Ollerenshaw", "born": "2015-03-09", "sex": "F", "postcode": "ZX1 0AA"}
    ident = str(said.pop("id", "a"))
    return prepare(ident, **{"system": ident, "role": "child", **known, **said})  # type: ignore[arg-type]


def against(**said: object) -> Verdict:
    both = judge().verdict(child(), child(id="b", **said)), judge().verdict(child(id="b", **said), child())
    assert both[0] == both[1]
    return both[0]


def test_verdict_exactly_the_same() -> None:
    assert (against().outcome, against().basis) == (Outcome.SAME, Basis.EXACT)


@pytest.mark.parametrize(
    "said",
    [
        {"postcode": None},
        {"given": "Ollerenshaw", "family": "Zuzanna"},
        {"family": "Olerenshaw"},
        {"born": "2015-09-03"},
    ],
    ids=["no-postcode", "exchanged", "misspelt-surname", "turned"],
)
def test_verdict_the_model_is_sure(said: dict[str, object]) -> None:
    assert (against(**said).outcome, against(**said).basis) == (Outcome.SAME, Basis.MODEL)


@pytest.mark.parametrize("given", ["Zofia", "Zuza", "Zuzana", "Baby", "Zuzia"])
def test_verdict_who_may_be_a_twin_is_asked_or_different(given: str) -> None:
    verdict = against(given=given)
    assert verdict.outcome is not Outcome.SAME
    assert verdict.probability < 0.95


def test_verdict_a_sibling_is_different() -> None:
    assert against(given="Maja", born="2017-05-30").outcome is Outcome.DIFFERENT


def test_verdict_one_system_keeps_two_people() -> None:
    one, other = child(system="school"), child(id="b", system="school", postcode=None)
    assert judge().verdict(one, other).outcome is Outcome.ASK
    assert judge().verdict(one, other).apart


@pytest.mark.parametrize("number", ["nhs_number", "upn"])
def test_verdict_the_same_number(number: str) -> None:
    one, other = child(**{number: "1"}), child(id="b", family="Nowak", postcode="ZX9 9ZZ", **{number: "1"})
    assert judge().verdict(one, other).basis is Basis.IDENTIFIER


def test_verdict_two_children_under_one_number_are_asked_about() -> None:
    one, other = child(nhs_number="1"), child(id="b", given="Maja", born="2017-05-30", nhs_number="1")
    assert judge().verdict(one, other).outcome is Outcome.ASK


def test_verdict_another_number_is_another_child() -> None:
    one, other = child(nhs_number="1"), child(id="b", nhs_number="2")
    assert (judge().verdict(one, other).outcome, judge().verdict(one, other).apart) == (Outcome.DIFFERENT, True)


def test_verdict_never_across_a_seal_even_by_number() -> None:
    one, other = child(nhs_number="1"), child(id="b", nhs_number="1", compartment="sealed")
    assert (judge().verdict(one, other).outcome, judge().verdict(one, other).apart) == (Outcome.DIFFERENT, True)


def test_verdict_a_child_is_no_adult() -> None:
    assert judge().verdict(child(), child(id="b", role="adult")).outcome is Outcome.DIFFERENT


def test_thresholds_may_be_raised_and_never_lowered() -> None:
    raised = thresholds.read("thresholds: [{valid_from: 2026-01-01, same: 0.99, ask: 0.2, source: local}]")
    assert raised[0].same == 0.99
    with pytest.raises(thresholds.WrongThresholds, match=r"0\.95 or more"):
        thresholds.read("thresholds: [{valid_from: 2026-01-01, same: 0.9, ask: 0.2, source: local}]")


UNTYPED = "thresholds: [{valid_from: 2026-01-01, same: high, ask: 0.1, source: s}]"


@pytest.mark.parametrize("text", ["", "thresholds: 3", "thresholds: [{same: 1}]", "[", UNTYPED])
def test_thresholds_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(thresholds.WrongThresholds):
        thresholds.read(text)
