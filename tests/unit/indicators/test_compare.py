"""What changed between two sets of rules, in words."""

from __future__ import annotations

from dataclasses import replace

from nightlight.indicators.author import draft
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.compare import Rule, differences, rule_of
from nightlight.indicators.language import entries, months, weeks
from nightlight.indicators.nodes import Named
from nightlight.indicators.plain import content_hash


def rule(condition, meaning="One."):
    return Rule("a.b", "note", meaning, content_hash(condition.node), condition.node)


many = rule(entries("police.missing").in_last(months(12)) >= 3)
fewer = rule(entries("police.missing").in_last(weeks(6)) >= 3)


def test_nothing_changed():
    assert differences({"a.b": many}, {"a.b": many}) == ()


def test_new_and_gone():
    assert [(each.code, each.what, each.words) for each in differences({"c.d": many}, {"a.b": fewer})] == [
        ("a.b", "new", ("note: One.",)),
        ("c.d", "gone", ("One.",)),
    ]


def test_better_words_are_a_change_of_words_only():
    (changed,) = differences({"a.b": many}, {"a.b": replace(many, meaning="Two.", level="concern")})
    assert changed.words == ("level: note becomes concern", "was: One.", "is:  Two.")


def test_another_number_is_named_and_its_line_shown():
    (changed,) = differences({"a.b": many}, {"a.b": fewer})
    assert changed.words == (
        "numbers, now too: 6 weeks",
        "numbers, no longer: 12 months",
        f"rule: {many.rule} becomes {fewer.rule}",
        '-entries("police.missing").in_last(months(12)) >= 3',
        '+entries("police.missing").in_last(weeks(6)) >= 3',
    )


def test_another_kind_is_named():
    (changed,) = differences({"a.b": many}, {"a.b": rule(entries("police.incident").in_last(months(12)) >= 3)})
    assert changed.words[:2] == ("reads, now too: police.incident", "reads, no longer: police.missing")


def test_change_of_another_rule_within_is_said():
    within = [replace(each, expression=Named("c.d", each.expression)) for each in (many, fewer)]
    old, new = (replace(each, rule=content_hash(each.expression)) for each in within)
    (changed,) = differences({"a.b": old}, {"a.b": new})
    assert changed.words[-1] == "another rule within it is not as it was: c.d"


def test_rule_of_an_indicator():
    @draft("a.b", "Missing")
    def missing():
        """One."""
        return entries("police.missing").in_last(months(12)) >= 3

    assert rule_of(missing) == many
    assert rule_of(CATALOGUE["place.missing"]).code == "place.missing"
