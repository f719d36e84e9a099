"""What befalls the families has the shape and the rates that the manual says, and comes of their hidden state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from nightlight.domain.kinds import problems_with
from nightlight.sample.happenings import Happening, at, happens
from nightlight.sample.life import life, lives
from nightlight.sample.measure import count
from nightlight.sample.population import Family, Spell, families
from nightlight.sample.stats import Tally, figure, targets

UNTIL = date(2026, 11, 23)
Lived = list[tuple[Family, list[Happening]]]


def _lived(children: int, seed: int) -> Iterator[tuple[Family, list[Happening]]]:
    return lives(children=children, seed=seed, until=UNTIL)


@pytest.fixture(scope="module")
def lived() -> Lived:
    return list(_lived(2500, 11))


def test_every_happening_is_a_kind_with_its_attributes(lived: Lived) -> None:
    for _family, happenings in lived[:300]:
        for happening in happenings:
            assert problems_with(happening.kind, happening.attributes) == []


def test_nothing_is_written_down_after_the_last_day(lived: Lived) -> None:
    end = at(UNTIL, 0)
    for _family, happenings in lived:
        for happening in happenings:
            assert happening.written < end
            assert happening.until is None or happening.day <= happening.until < UNTIL


def test_nobody_is_written_about_before_birth(lived: Lived) -> None:
    for family, happenings in lived:
        born = {person.true_id: person.born for person in family.people()}
        assert all(happening.day >= born[who] for happening in happenings for who in happening.about)


def test_weeks_at_school_add_up(lived: Lived) -> None:
    weeks = [h.attributes for _family, happenings in lived for h in happenings if h.kind == "education.register"]
    assert weeks
    for week in weeks:
        parts = (week[name] for name in ("attended", "authorised", "unauthorised", "unexplained"))
        assert sum(parts) == week["possible"] == 10
        assert week["late"] <= week["attended"]


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.code)
def test_marginal_is_near_its_target(lived: Lived, target: object) -> None:
    tally = Tally.empty()
    for family, happenings in lived:
        count(tally, family, happenings, until=UNTIL, years=3)
    [made] = [row for row in tally.marginals() if row["code"] == target.code]  # type: ignore[attr-defined]
    assert made["made"] == pytest.approx(target.value, rel=target.tolerance)  # type: ignore[attr-defined]


def _with(family: Family, *spells: Spell) -> Family:
    return replace(family, spells=spells, strain=0.0)


def test_neglect_shows_and_its_absence_does_not() -> None:
    neglect = Spell("neglect", UNTIL - timedelta(days=900), UNTIL + timedelta(days=400), 1.0)
    seen: Counter[bool] = Counter()
    for family in families(children=120, seed=4, until=UNTIL, years=3):
        for troubled in (True, False):
            lived = life(
                _with(family, *([neglect] if troubled else [])), Random(family.number), until=UNTIL, years=3,
                register_years=1,
            )  # fmt: skip
            seen[troubled] += sum(h.kind == "education.concern" for h in lived)
    assert seen[True] > 4 * seen[False] > 0


def test_life_is_the_same_for_the_same_seed() -> None:
    assert list(_lived(20, 3)) == list(_lived(20, 3))


def test_open_episodes_say_nothing_of_their_outcome(lived: Lived) -> None:
    going_on = [
        h for _family, happenings in lived for h in happenings if h.kind == "social_care.assessment" and not h.until
    ]
    assert going_on
    assert all("outcome" not in h.attributes for h in going_on)


def test_happens_is_as_often_as_its_rate() -> None:
    rng = Random(1)
    assert sum(happens(rng, 0.3) for _ in range(20_000)) == pytest.approx(6_000, rel=0.05)


def test_figure_that_is_not_in_the_table_is_named() -> None:
    assert figure("Overall absence", "spring term 2024/25").value == "7.0"
    with pytest.raises(KeyError, match="Overall presence"):
        figure("Overall presence")
