"""The serialised form: it reads back, its hash is the meaning's, and nothing else is taken for it."""

from __future__ import annotations

import json

import pytest

from nightlight.indicators.catalogue import CATALOGUE, PROTECTIVE
from nightlight.indicators.language import days, entries, months
from nightlight.indicators.nodes import Named, walk
from nightlight.indicators.plain import PlainError, content_hash, from_plain, to_plain

EVERY = {**CATALOGUE, **PROTECTIVE}


@pytest.mark.parametrize("code", EVERY)
def test_plain_reads_back_through_json(code):
    expression = EVERY[code].expression
    assert from_plain(json.loads(json.dumps(to_plain(expression)))) == expression


def test_plain_keeps_what_things_are_called():
    node = entries("health.review").called("review", "reviews").node
    assert from_plain(to_plain(node)).called(2) == "reviews"


def test_hash_does_not_change_with_the_words():
    plain, called = entries("health.review"), entries("health.review").called("review", "reviews")
    assert content_hash((plain.ever() >= 1).node) == content_hash((called.ever() >= 1).node)


def test_hash_changes_with_any_number():
    hashes = {
        content_hash((entries("health.review").in_last(w) >= n).node) for w in (days(1), months(1)) for n in (1, 2)
    }
    assert len(hashes) == 4


def test_hash_of_a_known_rule_is_stable():
    """A hash that is stored beside a firing must mean the same rule for ever. If this fails, so do the old ones."""
    condition = entries("health.appointment", result="not_brought").in_last(months(12)) >= 3
    assert content_hash(condition.node) == "347921870e476fcf"


@pytest.mark.parametrize(
    "plain",
    [{}, {"node": "Exec"}, {"node": "Window"}, {"node": "Window", "days": 0}, {"node": "Window", "days": 1, "more": 2},
     {"node": "Where", "attribute": "a", "op": "like", "values": [1]}],
)  # fmt: skip
def test_plain_refuses_what_is_not_an_expression(plain):
    with pytest.raises(PlainError):
        from_plain(plain)


def test_named_indicators_are_the_catalogues():
    named = [node for each in CATALOGUE.values() for node in walk(each.expression) if isinstance(node, Named)]
    assert named
    assert all(node.expression == CATALOGUE[node.code].expression for node in named)
