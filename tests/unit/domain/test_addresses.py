"""Addresses: two spellings of one are one place, two flats are two; and what names no place is nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightlight.domain.addresses import LONGEST, is_nowhere, normal_form

AT = "ZX1 1AA"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["1 Made-up Street"], ["1, Made-Up St."]),
        (["Flat 2, 12 High St", "Exampleton"], ["Apartment 2", "12 High Street"]),
        (["Flat 2", "12", "High Street"], ["12 High Street, Flat 2"]),
        (["12 a High Street"], ["12A HIGH STREET", "EXAMPLETON"]),
        (["First floor flat", "12 High St"], ["1st Floor Flat, 12 High Street"]),
        (["12 St. Mary's Road"], ["12 Saint Marys Rd"]),
        (["12-14 Park Road"], ["12 – 14 Park Rd"]),
        (["Rose Cottage", "12 Mill Lane"], ["No. 12 Mill Lane"]),
        (["12 High Street Exampleton"], ["12 High Street", "Exampleton", "Borsetshire"]),
        (["2/1", "12 High Street"], ["2/1, 12 High St"]),
        (["3 Élm Grove"], ["3 Elm Gr"]),
    ],
)
def test_normal_form_of_two_spellings_is_one(one: list[str], other: list[str]) -> None:
    assert normal_form(one, AT) == normal_form(other, AT) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["Flat 1, 12 High Street"], ["Flat 2, 12 High Street"]),
        (["Flat 1, 12 High Street"], ["12 High Street"]),
        (["Flat 1, 12 High Street"], ["Flat 1, 14 High Street"]),
        (["12A High Street"], ["12B High Street"]),
        (["12A High Street"], ["Flat A, 12 High Street"]),
        (["Basement, 3 High St"], ["3 High St"]),
        (["First floor flat, 3 High St"], ["Second floor flat, 3 High St"]),
        (["Flat 1, Elm House, 3 High St"], ["Flat 1, Oak House, 3 High St"]),
        (["Flat 1, Block A, 3 High St"], ["Flat 1, Block B, 3 High St"]),
        (["The Annexe, 3 High St"], ["3 High St"]),
        (["Rear of 3 High St"], ["3 High St"]),
        (["Room 4, 3 High St"], ["Flat 4, 3 High St"]),
        (["12 Park Road"], ["12 Park Lane"]),
        (["Rose Cottage, Mill Lane"], ["Elm Cottage, Mill Lane"]),
    ],
)
def test_normal_form_of_two_places_is_two(one: list[str], other: list[str]) -> None:
    assert normal_form(one, AT) != normal_form(other, AT)


def test_normal_form_without_postcode_keeps_the_town() -> None:
    assert normal_form(["12 High Street", "Exampleton"]) != normal_form(["12 High Street", "Otherton"])


def test_normal_form_in_another_postcode_is_another_place() -> None:
    assert normal_form(["12 High Street"], "ZX1 1AA") != normal_form(["12 High Street"], "ZX1 1AB")


@pytest.mark.parametrize("lines", [[], [""], ["No fixed abode"], ["N/F/A"], ["Unknown"], ["N.F.A."], ["Not known", ""]])
def test_normal_form_of_no_place_is_none(lines: list[str]) -> None:
    assert normal_form(lines, AT) == ""


def test_is_nowhere_leaves_a_street_of_that_name() -> None:
    assert not is_nowhere(["1 Unknown Street"])


STREETS = st.sampled_from(["High", "St Mary's", "Grove Park", "Mill", "Victoria", "The Old Mill", "Long"])
TYPES = st.sampled_from([("Road", "Rd"), ("Street", "St."), ("Avenue", "Ave"), ("Close", "Cl"), ("Gardens", "Gdns")])
NUMBERS = st.one_of(st.integers(1, 300).map(str), st.integers(1, 99).map(lambda n: f"{n}b"))
UNITS = st.one_of(st.none(), st.integers(1, 60).map(str), st.sampled_from(["a", "c", "2b"]))
TOWNS = st.sampled_from(["", "Exampleton", "Made-up-on-Sea"])
PLACES = st.tuples(UNITS, NUMBERS, STREETS, TYPES)


@st.composite
def spelt(draw: st.DrawFn, place: tuple[str | None, str, str, tuple[str, str]]) -> list[str]:
    """One of the ways in which people write a place."""
    unit, number, street, types = place
    road = f"{street} {draw(st.sampled_from(types))}"
    house = draw(st.sampled_from([f"{number} {road}", f"{number}, {road}", f"No {number} {road}"]))
    parts = [house]
    if unit is not None:
        flat = draw(st.sampled_from(["Flat", "Apartment", "Apt.", "FLAT"])) + f" {unit}"
        parts = draw(st.sampled_from([[flat, house], [house, flat]]))
    parts += [town] if (town := draw(TOWNS)) else []
    text = draw(st.sampled_from([parts, [", ".join(parts)], [",".join(parts)]]))
    return [draw(st.sampled_from([str.upper, str.lower, str.strip]))(line) for line in text]


@given(st.data(), PLACES)
def test_normal_form_is_the_same_however_a_place_is_written(data: st.DataObject, place: tuple) -> None:
    one, other = data.draw(spelt(place)), data.draw(spelt(place))
    assert normal_form(one, AT) == normal_form(other, AT)


@given(st.data(), PLACES, PLACES)
def test_normal_form_keeps_places_apart(data: st.DataObject, one: tuple, other: tuple) -> None:
    same = one == other
    assert (normal_form(data.draw(spelt(one)), AT) == normal_form(data.draw(spelt(other)), AT)) is same


@given(st.lists(st.text(max_size=60), max_size=5))
def test_normal_form_of_anything_is_short_and_stable(lines: list[str]) -> None:
    form = normal_form(lines, AT)
    assert len(form) <= LONGEST
    assert form == normal_form(lines, AT)
