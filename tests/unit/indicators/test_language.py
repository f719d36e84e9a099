"""What may not be written is refused when it is written, with what to write instead."""

from __future__ import annotations

import pytest

from nightlight.indicators import nodes
from nightlight.indicators.checks import IndicatorError, NodeError
from nightlight.indicators.language import (
    LanguageError,
    age,
    all_of,
    any_of,
    at_least,
    at_least_of,
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

registers = entries("education.register")
plan = entries("social_care.child_protection_plan")

REFUSED = {
    "a misspelt kind": (lambda: entries("health.medicin_issued"), "Did you mean health.medicine_issued"),
    "a kind like no other": (lambda: entries("qqqq"), "docs/reference/kinds.md"),
    "an unknown attribute": (lambda: entries("health.review", conditon="asthma"), "Did you mean condition"),
    "an attribute of a kind without any": (lambda: entries("outcome.death", xy="a"), "Did you mean|Use one of"),
    "a value that never is": (lambda: entries("health.review", condition="athsma"), "Did you mean asthma"),
    "a value of the wrong sort": (lambda: entries("education.register", attended="all"), "whole number"),
    "no value at all": (lambda: entries("health.review", condition=()), "needs a value"),
    "an attribute that not all kinds of a theme have": (lambda: entries("health", condition="asthma"), "no attribute"),
    "an unknown agency": (lambda: entries("health.review", agency="hospital"), "health.hospital"),
    "an unknown part": (lambda: entries("health.review", part="victim"), "harmed"),
    "an unknown path": (lambda: entries("health.review", through="uncle"), "child"),
    "no part": (lambda: entries("health.review", part=()), "matches nothing"),
    "adding up words": (lambda: entries("health.injury").total("injury"), "Count the entries instead"),
    "adding up a word beside numbers": (lambda: entries("health.medicine_issued").total("medicine"), "quantity"),
    "telling apart by what is not there": (lambda: entries("health.review").distinct("observer"), "no attribute"),
    "few": (lambda: entries("health.review").ever() <= 2, "what is missing would look like few"),
    "none": (lambda: entries("health.review").ever() == 0, "nothing\\(entries\\)"),
    "less": (lambda: entries("health.review").ever() < 1, "nothing\\(entries\\)"),
    "at least nothing": (lambda: entries("health.review").ever() >= 0, "above 0"),
    "at least a word": (lambda: entries("health.review").ever() >= "many", "whole number or a decimal"),
    "at least not a number": (lambda: entries("health.review").ever() >= float("nan"), "whole number or a decimal"),
    "at least yes": (lambda: entries("health.review").ever() >= True, "whole number or a decimal"),
    "nothing without an anchor": (lambda: nothing(plan).for_(weeks(4)), "not a record of nothing"),
    "under without an anchor": (lambda: plan.in_last(weeks(4)).under(1), "not a record of nothing"),
    "under nothing": (lambda: plan.in_last(weeks(4)).under(0, since=plan.going_on()), "above 0"),
    "under for ever": (lambda: plan.ever().under(1, since=plan.going_on()), "in_last"),
    "not followed without an anchor": (
        lambda: plan.not_followed_by(registers, within=days(1), lasting=days(1)), "not a record of nothing",
    ),
    "while a moment lasts": (lambda: registers.going_on(), "happens at a moment"),
    "the end of a moment": (lambda: registers.within_of_end(days(1)), "in_last"),
    "an unknown edge": (lambda: nodes.After(plan.node, "middle", days(1)), "start"),
    "a share and a plain number": (
        lambda: registers.share("attended", of="possible").in_last(days(9), minimum=1) <= 90, "percent\\(10\\)",
    ),
    "a share of nothing": (
        lambda: registers.share("attended", of="possible").in_last(days(9), minimum=0) <= percent(90), "minimum=40",
    ),
    "a change of nothing": (
        lambda: registers.share("attended", of="possible").fallen_by(0, recent=days(9), earlier=days(9), minimum=1),
        "needs a size",
    ),
    "a change over working days": (
        lambda: registers.share("attended", of="possible").fallen_by(
            5, recent=working_days(9), earlier=days(9), minimum=1),
        "calendar windows",
    ),
    "a window of no days": (lambda: days(0), "1 to 36,525"),
    "a window of yes": (lambda: days(True), "1 to 36,525"),
    "an age of more than 20": (lambda: age() < years(21), "20 years"),
    "more than an age": (lambda: age() > years(2), "reached or not"),
    "at most an age": (lambda: age() <= years(2), "reached or not"),
    "all of nothing": (all_of, "nothing to combine"),
    "any of what is no condition": (lambda: any_of(registers.in_last(days(1))), "Compare it with a number"),
    "three of two": (lambda: at_least_of(3, plan.going_on(), plan.going_on()), "from 1 to 2"),
    "a latest word above a number": (lambda: entries("health.review").latest("condition") >= 2, "Count the entries"),
    "a latest word that never is": (lambda: entries("health.review").latest("condition") == "flu", "Use one of"),
    "a row of one": (lambda: registers.in_a_row(1, among=registers), "2 to 20"),
    "a row of yes": (lambda: registers.in_a_row(True, among=registers), "2 to 20"),
    "a row by what is not there": (lambda: registers.in_a_row(2, among=registers, by="service"), "no attribute"),
    "a change of words": (lambda: entries("health.review").latest("condition").risen_by(1), "not a number"),
    "a change of nothing in the latest": (lambda: entries("voice.scale").latest("score").risen_by(0), "not_risen"),
    "a change of yes": (lambda: entries("voice.scale").latest("score").fallen_by(True), "above 0"),
    "a change over one": (lambda: entries("voice.scale").latest("score").fallen_by(1, over=1), "2 to 20"),
    "exactly so much of a change": (
        lambda: nodes.LatestChange(entries("voice.scale").node, "score", nodes.Op.EQUAL, 1, 2), "risen_by\\(2\\)",
    ),
    "a total in force": (lambda: registers.total("attended").going_on(), "Only different values"),
    "different values of moments in force": (lambda: registers.distinct("agency").going_on() >= 2, "does not last"),
    "different values in force of what is not there": (lambda: plan.distinct("observer"), "no attribute"),
    "few followed": (
        lambda: plan.followed_by(registers, within=days(1)).in_last(days(9)).under(2, since=plan.going_on()),
        "Only how many",
    ),
    "a share of entries and a plain number": (
        lambda: plan.share_of(registers).in_last(days(9), minimum=2) >= 50, "percent\\(10\\)",
    ),
    "not": (lambda: not plan.going_on(), "unless"),
    "a chain": (lambda: 1 <= registers.in_last(days(1)) <= 2, "chained"),
    "a danger without the attribute": (
        lambda: uncovered(plan, starts="from_when", protections=plan, in_force="x", before=days(1)), "no attribute",
    ),
    "a danger from a time that is no date": (
        lambda: uncovered(entries("concern.raised"), starts="harm", protections=entries("meeting.decision"),
                          in_force="in_force_from", before=days(1)),
        "Use one of from_when",
    ),
    "a protection from a time that is no date": (
        lambda: uncovered(entries("concern.raised"), starts="from_when", protections=entries("meeting.decision"),
                          in_force="owner", before=days(1)),
        "Use one of in_force_from",
    ),
    "a percentage of too many decimals": (
        lambda: registers.share("attended", of="possible").in_last(weeks(4), minimum=1) <= percent(0.1 + 0.2),
        "Write it with fewer",
    ),
    "a window that is only a number": (lambda: registers.in_last(90), "Write days"),
    "a window in words": (lambda: registers.in_last("90 days"), "Write days"),
    "a window of a share that is only a number": (
        lambda: registers.share("attended", of="possible").in_last(28, minimum=10), "Write days",
    ),
    "an absence of only a number": (lambda: nothing(registers).for_(28, since=plan.going_on()), "Write days"),
    "entries compared before their window": (lambda: registers >= 2, "Write .in_last"),
    "a total compared before its window": (lambda: registers.total("attended") >= 2, "Write .in_last"),
    "a share compared before its window": (lambda: registers.share("attended", of="possible") <= percent(9), "in_last"),
    "a share without how much": (
        lambda: registers.share("attended", of="possible").in_last(weeks(4)), "minimum=20",
    ),
    "a fall without how much": (
        lambda: registers.share("attended", of="possible").fallen_by(9, recent=weeks(4), earlier=weeks(4)),
        "minimum=20",
    ),
    "a condition that is a number": (lambda: nothing(registers).for_(days(9), since=5), "not a condition"),
    "an age that is only a number": (lambda: age() < 5, "Write days"),
    "an age in days": (lambda: age() < days(40), "months\\(6\\) or years"),
    "an age in working days": (lambda: age() < working_days(30), "months\\(6\\) or years"),
    "a moment that keeps safe": (
        lambda: uncovered(entries("concern.raised"), starts="from_when", protections=entries("meeting.decision"),
                          in_force="in_force_from", before=days(1), holding=registers),
        "happens at a moment",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("write", "instead"), REFUSED.values(), ids=REFUSED)
def test_refused_with_what_to_write_instead(write, instead):
    with pytest.raises(IndicatorError, match=instead):
        write()


def test_refusal_hides_the_machinery():
    with pytest.raises(LanguageError) as caught:
        entries("nothing.like_it")
    assert caught.value.__suppress_context__
    assert not isinstance(caught.value, NodeError)


@pytest.mark.parametrize(
    ("window", "words"),
    [(days(1), "1 day"), (days(10), "10 days"), (weeks(1), "1 week"), (weeks(6), "6 weeks"), (months(12), "12 months"),
     (months(6), "6 months"), (months(1), "1 month"), (working_days(1), "1 working day"), (days(90), "90 days")],
)  # fmt: skip
def test_window_in_words(window, words):
    assert str(window) == words


@pytest.mark.parametrize("number", range(1, 21))
def test_age_in_years_is_in_whole_birthdays(number):
    condition = age() < years(number)
    assert condition.node == nodes.Age(nodes.Op.LESS_THAN, number * 12)


@pytest.mark.parametrize("number", range(1, 48))
def test_age_in_months_is_in_whole_months(number):
    condition = age() >= months(number)
    assert condition.node == nodes.Age(nodes.Op.AT_LEAST, number)


def test_word_of_python_takes_an_underscore():
    assert (
        entries("social_care.contact", from_="police").node
        == entries("social_care.contact", where={"from": "police"}).node
    )


def test_order_of_conditions_changes_nothing():
    one = entries("social_care.contact", outcome="referral", from_="police").node
    assert one == entries("social_care.contact", from_="police", outcome="referral").node


def test_joined_filters_keep_each_pattern_once():
    joined = plan | registers | plan
    assert [pattern.kind for pattern in joined.node.patterns] == [
        "social_care.child_protection_plan", "education.register"]  # fmt: skip


def test_numbers_are_not_yes_or_no():
    with pytest.raises(LanguageError):
        entries("social_care.visit", child_seen=1)
    with pytest.raises(LanguageError):
        entries("education.register", attended=at_least(True))


def test_every_comparison_of_a_share_and_of_a_latest_value_is_its_own():
    share = registers.share("attended", of="possible").in_last(weeks(4), minimum=10)
    latest = entries("voice.scale").latest("score")
    ops = [nodes.Op.AT_LEAST, nodes.Op.MORE_THAN, nodes.Op.AT_MOST, nodes.Op.LESS_THAN]
    of_share = [share >= percent(5), share > percent(5), share <= percent(5), share < percent(5)]
    of_latest = [latest >= 5, latest > 5, latest <= 5, latest < 5]
    assert [each.node.op for each in of_share] == ops
    assert [each.node.op for each in of_latest] == ops


def test_entries_without_words_are_called_by_their_kind():
    assert (registers | plan).node.called(1) == "entry of education.register or social_care.child_protection_plan"
    assert registers.node.called(2) == "entries of education.register"


def test_nodes_made_by_hand_are_checked_too():
    with pytest.raises(NodeError, match="at least one kind"):
        nodes.Entries(())
    total = nodes.Total(registers.node, "possible", weeks(4))
    with pytest.raises(NodeError, match="compared with"):
        nodes.Share(total, total, nodes.Op.EQUAL, 5, 1)


def test_conditions_and_also_or_either():
    one = registers.in_last(days(1)) >= 1
    assert isinstance((one & one).node, nodes.AllOf)
    assert isinstance((one | one).node, nodes.AnyOf)
