"""Three outcomes, and who must never be taken for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from nightlight.matcher import thresholds
from nightlight.matcher.model import Rarity, starting_model
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


def test_verdict_two_records_of_one_system_are_one_person_only_where_they_agree_in_all() -> None:
    exactly, nearly = against(system="a"), against(system="a", postcode=None)
    assert (exactly.outcome, exactly.basis, exactly.apart) == (Outcome.SAME, Basis.EXACT, False)
    assert (nearly.outcome, nearly.apart) == (Outcome.ASK, True)


def test_verdict_a_number_is_not_enough_beside_another_birth_date_and_family_name() -> None:
    said = {"nhs_number": "9990000018", "born": "2011-11-30"}
    one = child(nhs_number="9990000018")
    namesake = judge().verdict(one, child(id="b", family="Okonkwo", postcode="ZX9 9ZZ", **said))
    assert (namesake.outcome, namesake.why) == (Outcome.ASK, "the same NHS number, another birth date and name")
    assert judge().verdict(one, child(id="b", **said)).outcome is Outcome.SAME


def test_score_two_names_that_go_together_say_less_than_each_by_itself() -> None:
    rarity = {**starting_model().rarity, "whole": Rarity(1.0, {"zuzanna ollerenshaw": 16.0})}
    often = Scorer(replace(starting_model(), rarity=rarity))
    apart = judge().scorer.score(child(), child(id="b")).weight
    assert often.score(child(), child(id="b")).weight == pytest.approx(apart - 4)
    assert often.score(child(), child(id="b", family="Olerenshaw")).weight == pytest.approx(
        judge().scorer.score(child(), child(id="b", family="Olerenshaw")).weight
    )


FULL = {"given": "Ada", "family": "Example", "born": "2017-05-10", "postcode": "ZZ1 1AA"}
NHS, ANOTHER, UPN = {"nhs_number": "9990000018"}, {"nhs_number": "9990000026"}, {"upn": "H801200001001"}
OTHER_DAY = {"born": "2011-11-23"}
SAME, ASK, DIFFERENT = Outcome.SAME, Outcome.ASK, Outcome.DIFFERENT


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (NHS | FULL, NHS | FULL, SAME),
        (NHS, NHS, SAME),
        (NHS | FULL, NHS | {"family": "Other"}, SAME),
        (NHS | FULL, NHS | FULL | OTHER_DAY, SAME),
        (NHS | FULL, NHS | FULL | OTHER_DAY | {"given": "Adam"}, ASK),
        (NHS | FULL, NHS | FULL | OTHER_DAY | {"family": "Bridgewater"}, ASK),
        (NHS | FULL, NHS | {"given": "Brian", "family": "Other"}, ASK),
        (NHS | FULL, NHS | {"given": "Adah", "family": "Other", "born": "2017-05-28"}, ASK),
        (NHS | FULL, NHS | {"given": "Ada", "family": "Other", "born": "2017-05-28"}, SAME),
        (NHS | FULL, NHS | {"given": "Adah", "family": "Example", "born": "2017-05-28"}, SAME),
        (NHS | FULL, NHS | FULL | {"given": "Adaline"}, SAME),
        (NHS | FULL, NHS | FULL | {"given": "Grace"}, ASK),
        (UPN, UPN, SAME),
        (NHS | UPN, ANOTHER | UPN, ASK),
        (NHS | FULL, ANOTHER | FULL, DIFFERENT),
        (FULL, FULL, SAME),
        (FULL, FULL | OTHER_DAY, ASK),
        (FULL, FULL | {"given": "Grace"}, ASK),
        (FULL, {"born": "2017-05-10"}, DIFFERENT),
        (FULL, {}, DIFFERENT),
        ({"given": "?", "family": "-"} | {"postcode": "ZZ1 1AA"}, {"given": "-", "family": "?"}, DIFFERENT),
        ({}, {}, DIFFERENT),
    ],
)
def test_verdict_of_numbers_and_names(one: dict[str, str], other: dict[str, str], expected: Outcome) -> None:
    made = prepare("a", system="a", **one), prepare("b", system="b", **other)  # type: ignore[arg-type]
    assert judge().verdict(*made).outcome is expected
    assert judge().verdict(*reversed(made)).outcome is expected
