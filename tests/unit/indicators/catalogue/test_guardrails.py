"""The guardrails over the whole catalogue (docs/reference/indicators.md): what no indicator may be or do."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.catalogue_cases import CASES
from support.facts import facts, moment

import nightlight.indicators
from nightlight.domain.chronology import Subject
from nightlight.domain.kinds import KINDS, LEVELS
from nightlight.domain.roles import ROLES
from nightlight.indicators import explain, nodes, reference
from nightlight.indicators.author import age, at_least, days, draft, entries, years
from nightlight.indicators.catalogue import CATALOGUE, PROTECTIVE, affected_by
from nightlight.indicators.catalogue.base import Indicator, Parameter, Provenance, SpeaksOf, weakest
from nightlight.indicators.checks import IndicatorError
from nightlight.indicators.guardrails import NO_THRESHOLD, UNASKED, broken, numbers
from nightlight.indicators.history import History, in_order
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

CALENDAR = WorkingCalendar.england()
SYSTEM = {"H02", "H07", "H08", "E17", "P06", "S10"}
ASKED_FOR = {
    "H01", "H02", "H03", "H04", "H05", "H07", "H08", "H11", "H12", "H13", "H14", "H15", "E01", "E03", "E04", "E05",
    "E06", "E09", "E10", "E11", "E15", "E17", "P01", "P02", "P05", "P06", "P07", "P08", "A02", "A03", "A07", "S02",
    "S04", "S06", "S07", "S08", "S13", "M01", "M02", "M03", "M04", "C01", "C02", "C03",
    "C04",
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


@every_indicator
def test_every_guardrail_holds(each):
    """Money, origin, belief, outcomes, empty records, and where each number comes from."""
    assert broken(each) == ()


@pytest.mark.parametrize("each", PROTECTIVE.values(), ids=PROTECTIVE)
def test_numbers_of_a_protective_fact_are_those_that_are_declared(each):
    assert numbers(each.expression) <= {str(parameter.value) for parameter in each.parameters} | NO_THRESHOLD


@every_rule
def test_uses_nothing_about_money_origin_or_belief(each):
    names = {
        each.code,
        *each.kinds,
        *(where.attribute for where in nodes.walk(each.expression) if isinstance(where, nodes.Where)),
    }
    assert not [name for name in names if any(bad in name for bad in UNASKED)]


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


BROKEN = {
    "an eviction": (entries("housing.notice", type="eviction").ever() >= 1, "reads housing.notice"),
    "another child's removal": (entries("social_care.sibling_removed").ever() >= 1, "a parent's past"),
    "the harm itself": (entries("outcome.death").ever() >= 1, "look wise in every replay"),
    "age alone": (age() < years(1), "nothing is on record"),
}


@pytest.mark.parametrize(("condition", "words"), BROKEN.values(), ids=BROKEN)
def test_a_rule_that_breaks_a_guardrail_is_told(condition, words):
    def build():
        """A."""
        return condition

    assert words in " ".join(broken(draft("a.b", "A")(build)))


def test_a_number_of_which_nobody_says_where_it_comes_from_is_told():
    said = (Parameter("episodes", 3, Provenance.CHOSEN, "Once a month."),)

    @draft("a.b", "A", parameters=said)
    def build():
        """A."""
        return (entries("police.incident", dash=at_least(14)).in_last(days(90)) >= 3) & (age() < years(2))

    assert broken(build) == (
        "No parameter says where 14, 2 years, 90 days comes from: add Parameter(name, value, provenance, words).",
    )


def test_nothing_but_facts_and_a_birth_date_is_known_of_a_child():
    """Equality begins here: an engine is given no more of a person than this."""
    assert list(inspect.signature(History).parameters) == ["facts", "born", "calendar"]


@every_rule
def test_same_events_give_the_same_whoever_the_child_is(each):
    """The same entries about a child of another name, origin, faith or disability: same spans, same words."""
    three = CASES[each.code]
    told = {moment(three.at): None}
    for table in (three.fires, three.nearly, three.does_not):
        known = facts(table)
        one, other = (History(fs, Partial.parse(three.born), CALENDAR) for fs in (known, tuple(map(another, known))))
        assert reference.spans(each.expression, one) == reference.spans(each.expression, other)
        for at in told:
            assert explain.explain(each, one, at) == explain.explain(each, other, at)


def another(fact):
    """The same entry, written about a child of whom other words are used."""
    entry = replace(
        fact.entry,
        subjects=(Subject("another-child", fact.part),),
        words="words in another language",
        text="ethnicity: any; religion: any; disabled; on free school meals",
        sensitivity="restricted",
        source=replace(fact.entry.source, organisation="another school", system="another", record_id="another"),
    )
    return replace(fact, entry=entry)


@every_indicator
def test_a_disability_on_record_changes_nothing(each):
    three = CASES[each.code]
    disabled = facts("dis | 2018-01-01 | health.condition | condition=disability agency=health.community")
    for table in (three.fires, three.nearly):
        without, with_it = (
            History(sorted(fs, key=in_order), Partial.parse(three.born), CALENDAR)
            for fs in (facts(table), facts(table) + disabled)
        )
        assert reference.spans(each.expression, without) == reference.spans(each.expression, with_it)


@every_rule
def test_late_and_corrected_records_are_replayed_as_they_were_known(each):
    """Guardrail 8: what was so then, by what was known then, no later record and no correction changes."""
    three = CASES[each.code]
    late = [replace(f, known_from=f.at + timedelta(days=n % 3 * 5)) for n, f in enumerate(facts(three.fires))]
    late = [replace(f, known_until=f.known_from + timedelta(days=20)) if n % 2 else f for n, f in enumerate(late)]
    born = Partial.parse(three.born)
    whole = History(sorted(late, key=in_order), born, CALENDAR)
    for as_at in sorted({f.known_from for f in late}):
        known = [f for f in sorted(late, key=in_order) if f.known_from <= as_at]
        then = History(known, born, CALENDAR)
        assert (as_at in reference.spans(each.expression, then)) == (as_at in reference.spans(each.expression, whole))


@every_indicator
def test_only_a_duty_for_a_named_role_follows(each):
    """Guardrail 9: what fires names whose duty it is, and nothing in it is a decision."""
    three = CASES[each.code]
    history = History(facts(three.fires), Partial.parse(three.born), CALENDAR)
    fired = [f for f in explain.firings(each, history) if f.since <= moment(three.at)]
    assert fired
    assert {(f.question, f.level, f.rule) for f in fired} == {(each.question, each.level, each.rule)}
    assert all(f.evidence for f in fired)
    assert ROLES[each.owner_role].title
