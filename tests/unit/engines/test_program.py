"""What a program shares, skips and refuses. What its instructions mean is held to the reference in tests/generative."""

from __future__ import annotations

import pytest

from nightlight.engines.errors import ProgramError
from nightlight.engines.program import Do, compile_program
from nightlight.indicators import nodes
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.language import age, all_of, days, entries, years

many = entries("police.missing").in_last(days(90)) >= 3
young = age() < years(5)


def instructions(**conditions) -> list[Do]:
    program = compile_program({code: each.node for code, each in conditions.items()})
    return [Do(row[0]) for row in program.code.tolist()]


def test_equal_parts_are_one_instruction():
    assert instructions(one=many, two=many) == [Do.AMOUNT]


def test_what_is_shared_is_never_skipped():
    assert instructions(one=all_of(young, many), two=many) == [Do.AMOUNT, Do.AGE, Do.SKIP, Do.AND]


def test_what_is_not_shared_is_skipped_where_it_cannot_matter():
    assert instructions(one=all_of(young, many)) == [Do.AGE, Do.SKIP, Do.AMOUNT, Do.AND]


def test_what_begins_after_an_entry_is_skipped_where_there_is_no_such_entry():
    closed = entries("social_care.contact", outcome="no_further_action")
    assert instructions(one=many.begins_within(days(90), of=closed)) == [Do.SKIP, Do.AMOUNT, Do.AGAIN]
    assert instructions(one=many.begins_within(days(90), of=closed), two=many) == [Do.AMOUNT, Do.SKIP, Do.AGAIN]


def test_a_name_changes_no_instruction():
    named = {"one": nodes.Named("a.b", many.node), "two": many.node}
    assert len(compile_program(named).code) == 1


def test_the_digest_is_of_the_rules_and_their_codes():
    digests = {compile_program(each).digest for each in ({"a": many.node}, {"b": many.node}, {"a": young.node})}
    assert len(digests) == 3
    assert compile_program({"a": many.node}).digest in digests


def test_the_whole_catalogue_compiles():
    program = compile_program({code: each.expression for code, each in CATALOGUE.items()})
    assert program.codes == tuple(CATALOGUE)
    assert program.kinds == frozenset().union(*(each.kinds for each in CATALOGUE.values()))


def test_a_node_without_an_instruction_is_a_mistake_of_ours():
    with pytest.raises(ProgramError, match="no instruction"):
        compile_program({"a": nodes.Expression()})


def test_what_a_condition_asks_of_a_kind_without_the_attribute_is_no_pattern_of_it():
    visits = entries("social_care.visit", child_seen=True).in_last(days(9)) >= 1
    program = compile_program({"a": visits.node})
    assert len(program.patterns) == 1
    assert program.conditions.size == 0
