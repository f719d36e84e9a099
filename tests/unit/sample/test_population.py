"""The population is the same for the same seed, the beginning of any greater one, and as diverse as it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from nightlight.sample.population import Family, Spell, families

UNTIL = date(2026, 11, 23)


def _families(children: int, seed: int = 5) -> list[Family]:
    return list(families(children=children, seed=seed, until=UNTIL, years=3))


@pytest.fixture(scope="module")
def many() -> list[Family]:
    return _families(3000)


def test_population_is_the_beginning_of_a_greater_one() -> None:
    few, more = _families(40), _families(160)
    assert few[:-1] == more[: len(few) - 1]
    assert few[-1].children == more[len(few) - 1].children[: len(few[-1].children)]


def test_population_has_as_many_children_as_asked_for(many: list[Family]) -> None:
    assert sum(len(family.children) for family in many) == 3000


def test_population_differs_by_seed() -> None:
    assert _families(20, seed=1) != _families(20, seed=2)


def test_children_are_under_18_and_younger_than_their_parents(many: list[Family]) -> None:
    for family in many:
        for child in family.children:
            assert child.born < UNTIL < date(child.born.year + 18, 12, 31)
            assert all(adult.born + timedelta(days=365 * 14) < child.born for adult in family.adults)


def test_ids_are_each_given_once(many: list[Family]) -> None:
    ids = Counter(person.true_id for family in many for person in family.people())
    numbers = Counter(child.nhs_number for family in many for child in family.children)
    assert max(ids.values()) == max(numbers.values()) == 1


def test_families_are_of_every_shape(many: list[Family]) -> None:
    roles = {tuple(adult.role for adult in family.adults) for family in many}
    assert {("mother", "father"), ("mother",), ("mother", "step_father"), ("father",), ("grandmother",)} <= roles
    assert {len(family.children) for family in many} >= {1, 2, 3, 4, 5}
    assert any(len(family.homes) > 1 for family in many)
    assert any("-" in child.family for family in many for child in family.children)
    assert any(child.former_family for family in many for child in family.children)


def test_twins_share_a_birth_date_and_not_a_name(many: list[Family]) -> None:
    twins = [family.children for family in many if family.twins]
    assert twins
    for children in twins:
        days = Counter(child.born for child in children)
        assert max(days.values()) >= 2 or len(children) == 1
        assert len({child.given for child in children}) == len(children)


def test_brothers_and_sisters_are_born_apart_and_share_no_birthday_with_many(many: list[Family]) -> None:
    for family in many:
        born = sorted({child.born for child in family.children})
        assert all((later - earlier).days >= 330 for earlier, later in pairwise(born))
    days = Counter(child.born for family in many for child in family.children)
    assert max(days.values()) <= 6


def test_oldest_of_a_large_family_are_of_every_age(many: list[Family]) -> None:
    oldest = sorted((UNTIL - family.children[0].born).days for family in many if len(family.children) >= 4)
    assert oldest[len(oldest) // 10] < 365 * 13
    assert len({days // 365 for days in oldest}) >= 8


def test_families_share_postcodes(many: list[Family]) -> None:
    sharing = Counter(family.homes[-1].address.postcode for family in many)
    assert max(sharing.values()) > 1


def test_trouble_develops_and_ends() -> None:
    spell = Spell("neglect", date(2026, 1, 1), date(2026, 12, 31), 0.8)
    strengths = [spell.strength(date(2026, month, 1)) for month in (1, 3, 8)]
    assert strengths == sorted(strengths)
    assert strengths[-1] == pytest.approx(0.8)
    assert spell.strength(date(2025, 12, 31)) == spell.strength(date(2026, 12, 31)) == 0.0


def test_home_before_the_first_is_the_first(many: list[Family]) -> None:
    moved = next(family for family in many if len(family.homes) > 1)
    assert moved.home_on(moved.homes[0].since - timedelta(days=900)) == moved.homes[0].address
    assert moved.home_on(moved.homes[1].since) == moved.homes[1].address
    assert replace(moved, homes=moved.homes[:1]).home_on(UNTIL) == moved.homes[0].address
