"""A score in words, and as a picture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightlight.matcher.explaining import Ground, grounds, in_a_line
from nightlight.matcher.model import Rarity, starting_model
from nightlight.matcher.prepared import prepare
from nightlight.matcher.scoring import Scorer
from nightlight.store.people.models import Person, SourcePerson
from nightlight.web.presenters.matching import chart, lines

SCORER = Scorer(starting_model())
ONE = prepare("a", given="Zuzanna", family="Nowak", born="2015-03-09", sex="F", postcode="ZX1 0AA")


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        (0.0, "says nothing either way"),
        (1.0, "twice as likely of one person"),
        (-2.0, "4.0 times as likely of two"),
        (10.0, "1,000 times as likely of one person"),
        (30.0, "over a million times as likely of one person"),
    ],
)
def test_times_says_the_odds(weight: float, said: str) -> None:
    assert Ground("Sex", "same", "the same", weight).times == said


def test_grounds_add_up_to_the_weight() -> None:
    other = prepare("b", given="Zuza", family="Kowalska", born="2015-03-09", postcode="ZX1 0AB")
    assert SCORER.prior + sum(g.weight for g in grounds(SCORER, ONE, other)) == pytest.approx(
        SCORER.score(ONE, other).weight
    )


def test_grounds_name_no_value() -> None:
    said = in_a_line(grounds(SCORER, ONE, prepare("b", given="Maja", family="Nowak", born="2015-03-09")))
    assert said.startswith("for: ")
    assert "; against: given name another name" in said
    assert not {"zuzanna", "maja", "nowak", "2015"} & set(said.lower().replace(",", "").split())


def test_chart_shows_each_ground_on_its_side_and_in_words() -> None:
    svg = chart([Ground("Sex", "same", "the same", 1.0), Ground("Postcode <", "other", "another", -3.0)])
    assert svg.count("<rect") == 2
    assert "Postcode &lt;: 8.0 times as likely of two" in svg
    assert "style=" not in svg


def test_grounds_speak_of_the_two_names_together_only_where_that_says_anything() -> None:
    rarity = {**starting_model().rarity, "whole": Rarity(1.0, {"zuzanna nowak": 8.0})}
    scorer = Scorer(replace(starting_model(), rarity=rarity))
    (together,) = [ground for ground in grounds(scorer, ONE, ONE) if ground.title == "The two names together"]
    assert (together.side, together.words) == ("against", "the same, and many bear it")
    rare = prepare("b", given="Zuzanna", family="Ollerenshaw", born="2015-03-09")
    assert "The two names together" not in {ground.title for ground in grounds(scorer, rare, rare)}


@pytest.mark.parametrize(("one", "other", "state"), [("m", "M", "same"), ("f", "M", "differs"), ("", "M", "unknown")])
def test_lines_compare_sex_however_it_is_written(one: str, other: str, state: str) -> None:
    (line,) = [line for line in lines(SourcePerson(sex=one), Person(sex=other)) if line.name == "Sex"]
    assert line.state == state
