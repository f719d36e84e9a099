"""What a program shares, skips and refuses. What its instructions mean is held to the reference in tests/generative."""

from __future__ import annotations

import pytest

from nightlight.engines.errors import ProgramError
from nightlight.engines.program import Do, compile_program
from nightlight.indicators import nodes
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.language import age, all_of, days, entries, percent, uncovered, years

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


def test_an_attribute_without_a_date_is_refused_with_what_to_do():
    danger = uncovered(
        entries("concern.raised"), starts="harm", protections=entries("meeting.decision"), in_force="in_force_from",
        before=days(1),
    )  # fmt: skip
    with pytest.raises(ProgramError, match="holds no date"):
        compile_program({"a": danger.node})


def test_a_percentage_of_too_many_digits_is_refused():
    share = entries("education.register").share("attended", of="possible").in_last(days(9), minimum=1)
    with pytest.raises(ProgramError, match="at most 15"):
        compile_program({"a": (share >= percent(1e-30)).node})


def test_a_node_without_an_instruction_is_a_mistake_of_ours():
    with pytest.raises(ProgramError, match="no instruction"):
        compile_program({"a": nodes.Expression()})
