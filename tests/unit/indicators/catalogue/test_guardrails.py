"""The guardrails over the whole catalogue (docs/reference/indicators.md): what no indicator may be or do."""

from __future__ import annotations

import ast
from dataclasses import fields
from pathlib import Path

import pytest

import nightlight.indicators
from nightlight.domain.kinds import KINDS, LEVELS
from nightlight.domain.roles import ROLES
from nightlight.indicators import explain, nodes
from nightlight.indicators.catalogue import CATALOGUE, PROTECTIVE, affected_by
from nightlight.indicators.catalogue.base import Indicator, Parameter, Provenance, SpeaksOf, weakest
from nightlight.indicators.checks import IndicatorError

FORBIDDEN = ("poverty", "free_school", "pupil_premium", "benefit", "ethnic", "religion", "faith", "immigration",
             "nationality", "asylum", "income", "deprivation")  # fmt: skip
SYSTEM = {"H07", "H08", "S10"}
ASKED_FOR = {
    "H01", "H03", "H04", "H05", "H06", "H07", "H08", "H11", "H12", "H13", "E01", "E03", "E10", "E11", "P01", "P04",
    "A01", "A06", "S02", "S07", "S08", "S09", "S10", "S13", "C02", "C03",
}  # fmt: skip
NEVER_ASKED_FOR = {"housing.notice", "social_care.sibling_removed", "social_care.looked_after"}

every_indicator = pytest.mark.parametrize("each", CATALOGUE.values(), ids=CATALOGUE)
every_rule = pytest.mark.parametrize("each", [*CATALOGUE.values(), *PROTECTIVE.values()], ids=[*CATALOGUE, *PROTECTIVE])


def test_the_catalogue_has_what_was_asked_for():
    assert {each.catalogue_id for each in CATALOGUE.values()} >= ASKED_FOR


def test_no_score_no_weight_no_rank():
    words = {each.name for kind in (Indicator, explain.Firing, explain.Explanation) for each in fields(kind)}
    assert not {word for word in words if any(bad in word for bad in ("score", "weight", "rank", "total", "points"))}


def test_no_function_of_the_package_adds_indicators_up():
    """Only these may add, and each adds entries, never firings."""
    adding = set()
    for path in Path(nightlight.indicators.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            is_sum = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "sum"
            adding |= {path.name} if is_sum else set()
    assert adding <= {"reference.py", "explain.py"}


@every_indicator
def test_has_owner_and_question_and_something_to_ask(each):
    assert each.owner_role in ROLES
    assert each.question
    assert all(ask.endswith((".", "?")) for ask in each.ask_next)


@every_indicator
def test_has_a_level_a_source_and_a_meaning(each):
    assert each.level in LEVELS
    assert all(reference.document for reference in each.sources)
    assert each.meaning.endswith(".")
    assert each.title not in {other.title for other in CATALOGUE.values() if other is not each}


@every_rule
def test_has_the_provenance_of_its_numbers(each):
    assert each.parameters
    assert all(parameter.words and parameter.provenance.words for parameter in each.parameters)


@every_rule
def test_numbers_are_those_that_are_declared(each):
    """A number in a rule that no parameter declares would have no provenance.

    One is a presence and nought no change: neither is a threshold.
    """
    declared = {str(parameter.value) for parameter in each.parameters} | {"0", "1"}
    inner = {id(n) for node in nodes.walk(each.expression) if isinstance(node, nodes.Named) for n in nodes.walk(node)}
    used = set()
    for node in nodes.walk(each.expression):
        if id(node) in inner:
            continue
        if isinstance(node, nodes.Window):
            used.add(str(node))
        used |= {str(getattr(node, name)) for name in ("number", "percent", "points", "minimum", "value", "over")
                 if isinstance(getattr(node, name, None), int | float)}  # fmt: skip
        if isinstance(node, nodes.Where) and node.op is not nodes.Op.EQUAL:
            used |= set(map(str, node.values))
        if isinstance(node, nodes.Age):
            used.add(
                str(
                    next(p.value for p in each.parameters if str(p.value) == str(nodes.Window(node.months * 365 // 12)))
                )
            )
    assert used <= declared


@every_rule
def test_uses_nothing_about_money_origin_or_belief(each):
    names = {
        each.code,
        *each.kinds,
        *(where.attribute for where in nodes.walk(each.expression) if isinstance(where, nodes.Where)),
    }
    assert not [name for name in names if any(bad in name for bad in FORBIDDEN)]


@every_rule
def test_uses_no_debt_and_no_parents_own_care(each):
    """An eviction or a disconnection is poverty; a removed sibling or a parent's own care is their past."""
    looked_after = {"social_care.looked_after"} if each.code == "protection.danger_without_protection" else set()
    assert not each.kinds & (NEVER_ASKED_FOR - looked_after)


@every_indicator
def test_a_services_failure_is_not_the_familys(each):
    if each.catalogue_id in SYSTEM:
        assert each.speaks_of is SpeaksOf.SERVICE
        assert each.level == "note"


@every_rule
def test_missing_records_are_never_few(each):
    """Whatever holds on an empty record is about age alone; nothing counts as zero for want of entries."""
    counted = [node for node in nodes.walk(each.expression) if isinstance(node, nodes.Compare)]
    assert all(node.op in nodes.UPWARD for node in counted)


@every_rule
def test_outcomes_are_not_foreseen_by_outcomes(each):
    """A rule that reads the harm itself would look wise in every replay."""
    assert not [kind for kind in each.kinds if kind.startswith("outcome.")]


def test_protective_facts_answer_questions_that_are_asked():
    asked = {each.question for each in CATALOGUE.values()}
    assert all(set(each.beside) <= asked and each.beside for each in PROTECTIVE.values())


def test_protective_facts_are_in_no_indicator():
    """Beside, never subtracted."""
    protective = {id(each.expression) for each in PROTECTIVE.values()}
    assert not [n for each in CATALOGUE.values() for n in nodes.walk(each.expression) if id(n) in protective]


def test_threshold_is_for_what_one_agency_does_not_see_or_should_have_done():
    at_threshold = {each.code for each in CATALOGUE.values() if each.level == "threshold"}
    assert at_threshold == {
        "convergence.three_agencies", "process.no_further_action_accumulates", "process.child_not_seen_long",
    }  # fmt: skip


def test_affected_by_leaves_out_nothing_that_can_change():
    for name in KINDS:
        affected = affected_by(frozenset({name}))
        assert [each for each in CATALOGUE.values() if name in each.kinds] == list(affected)


@pytest.mark.parametrize(
    "wrong",
    [{"code": "nodot"}, {"level": "grave"}, {"owner_role": "nobody"}, {"meaning": "No stop"}, {"sources": ()},
     {"parameters": ()}, {"ask_next": ()}, {"question": ""}],
)  # fmt: skip
def test_an_indicator_that_lacks_something_is_refused(wrong):
    good = CATALOGUE["health.was_not_brought"]
    given = {each.name: getattr(good, each.name) for each in fields(good) if each.init}
    with pytest.raises(IndicatorError, match=next(iter(wrong))):
        Indicator(**{**given, **wrong})


def test_the_least_firm_number_decides():
    firm = Parameter("a", 1, Provenance.STATED, "x")
    unverified = Parameter("b", 1, Provenance.UNVERIFIED, "x")
    assert weakest((firm, unverified)) is Provenance.UNVERIFIED
    assert "UNVERIFIED" in Provenance.UNVERIFIED.words
    assert weakest(()) is Provenance.CHOSEN


def test_indicators_are_frozen():
    with pytest.raises(AttributeError):
        CATALOGUE["health.was_not_brought"].level = "note"
