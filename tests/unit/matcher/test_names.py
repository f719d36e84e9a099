"""Names as they are compared."""

from __future__ import annotations

import pytest

from nightlight.matcher import names


@pytest.mark.parametrize(
    ("one", "other"),
    [("Małgorzata", "Malgorzata"), ("O'Brien", "O Brien"), ("O’Sullivan", "OSullivan"), ("Siân", "SIAN")],
)
def test_fold_accents_and_signs_make_no_difference(one: str, other: str) -> None:
    assert names.joined(one) == names.joined(other)


@pytest.mark.parametrize("text", ["Baby", "Twin 2", "Unborn Baby", "BABY GIRL", "not known", "-", ""])
def test_given_of_a_child_without_a_name_is_none(text: str) -> None:
    assert names.given_of(text) == ""


@pytest.mark.parametrize(("text", "given"), [("Boyd", "boyd"), ("Baby Jane", "babyjane"), ("Mei", "mei")])
def test_given_of_a_name_that_only_begins_so_is_kept(text: str, given: str) -> None:
    assert names.given_of(text) == given


def test_spelling_transliterations_are_one() -> None:
    assert len({names.spelling(names.joined(each)) for each in ("Muhammad", "Mohammed", "Maxamed", "Md")}) == 1


def test_spelling_different_names_stay_two() -> None:
    assert names.spelling("zara") != names.spelling("zahra")
    assert names.spelling("hasan") != names.spelling("husain")


def test_roots_a_short_form_may_stand_for_several() -> None:
    assert {"samuel", "samantha"} <= set(names.roots("sam"))
    assert set(names.roots("samuel")).isdisjoint(names.roots("samantha"))


def test_family_spelling_a_daughter_bears_her_fathers_name() -> None:
    assert names.family_spelling("wisniewska") == names.family_spelling("wisniewski")


def test_family_spelling_kaur_and_singh_are_two() -> None:
    assert names.family_spelling("kaur") != names.family_spelling("singh")


@pytest.mark.parametrize(("one", "other"), [("philip", "filip"), ("jakub", "yakub"), ("kamila", "camilla")])
def test_sound_other_letters_for_the_same(one: str, other: str) -> None:
    assert names.sound(one) == names.sound(other)


def test_table_every_short_form_is_told_from_its_full_names() -> None:
    assert all(form not in fulls for form, fulls in names.table().short.items())
