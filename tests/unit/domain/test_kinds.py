"""Kinds of entry: the table in the manual and the table in the code are the same, and what is not in it is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nightlight.domain.kinds import KINDS, LEVELS, THEMES, is_kind_or_theme, problems_with

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "kinds.md"


def rows_of_the_manual():
    for line in PAGE.read_text().splitlines():
        if line.startswith("| `"):
            names, attributes, about = (cell.strip() for cell in line.strip("|").split("|"))
            for name, episode in re.findall(r"`([a-z_0-9.]+)`( E)?", names):
                yield name, bool(episode), attributes, about


MANUAL = list(rows_of_the_manual())


def test_the_manual_lists_every_kind_once():
    assert [name for name, *_ in MANUAL] == list(KINDS)


@pytest.mark.parametrize(("name", "episode", "attributes", "about"), MANUAL, ids=[row[0] for row in MANUAL])
def test_a_kind_is_as_the_manual_says(name, episode, attributes, about):
    kind = KINDS[name]
    assert kind.episode is episode
    assert kind.about == {"child" if word == "unborn child" else word for word in about.split(", ")}
    if not attributes.startswith("as "):
        assert set(re.findall(r"`([a-z_]+)`", attributes)) - {"words"} == set(kind.attributes)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_listed_value_of_an_attribute_is_accepted_and_no_other_word_is(kind):
    for name, attribute in kind.attributes.items():
        for value in attribute.values:
            value = {"true": True, "false": False}.get(value, value)
            assert kind.problems({name: value}) == []
        if attribute.values:
            assert [p.code for p in kind.problems({name: "no such word"})] == ["bad_value"]


@pytest.mark.parametrize(
    ("kind", "attributes", "problem"),
    [
        ("health.reveiw", {}, "kind: expected a kind listed in docs/reference/kinds.md, as theme.what"),
        ("police.protection", {"hours": 3}, "attributes.hours: expected only no attributes for police.protection"),
        ("voice.scale", {"score": 11}, "attributes.score: expected a whole number, 0 to 10"),
        ("voice.scale", {"score": True}, "attributes.score: expected a whole number, 0 to 10"),
        (
            "health.growth",
            {"centile_spaces_fallen": float("nan")},
            "attributes.centile_spaces_fallen: expected a num",
        ),
        ("education.suspension", {"permanent": 1}, "attributes.permanent: expected true or false"),
        ("adult.hostility", {"towards": "school"}, "attributes.towards: expected one of education"),
        ("meeting.dissent", {"reason": ""}, "attributes.reason: expected text"),
    ],
)
def test_what_does_not_fit_is_refused_in_words_without_its_value(kind, attributes, problem):
    (found,) = problems_with(kind, attributes)
    assert str(found).startswith(problem)


def test_a_filter_may_name_a_kind_or_a_theme():
    assert [is_kind_or_theme(name) for name in ("health", "health.review", "helth", "")] == [True, True, False, False]
    assert len(THEMES) == len(set(THEMES))


def test_levels_go_up():
    assert LEVELS == ("note", "concern", "threshold", "immediate")
