"""Identifiers and names in one form."""

from __future__ import annotations

import pytest

from nightlight.domain.people import (
    normal_name,
    normal_nhs_number,
    normal_postcode,
    normal_upn,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("999 000 0018", "9990000018"),
        (" 999-000-0018 ", "9990000018"),
        ("9990000019", None),
        ("999000001", None),
        ("99900000188", None),
        ("٩٩٩٠٠٠٠٠١٨", None),
        ("", None),
    ],
)
def test_nhs_numbers(text, expected):
    assert normal_nhs_number(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("H801200001001", "H801200001001"),
        ("h 801200001001", "H801200001001"),
        ("J801200001001", None),
        ("H80120000100", None),
        ("H8012000010011", None),
        ("I801200001001", None),
        ("H٨01200001001", None),
        ("", None),
    ],
)
def test_unique_pupil_numbers(text, expected):
    assert normal_upn(text) == expected


def test_one_wrong_digit_of_a_upn_is_always_noticed():
    right = "H801200001001"
    for place in range(1, 13):
        for digit in "0123456789":
            wrong = right[:place] + digit + right[place + 1 :]
            assert (normal_upn(wrong) == wrong) is (wrong == right)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zz1 1aa", "ZZ1 1AA"),
        ("ZZ11AA", "ZZ1 1AA"),
        ("W1A\t1AA", "W1A 1AA"),
        ("ZZ99 3VZ", None),
        ("no postcode", None),
        ("ZZ1", None),
        ("1AA ZZ1", None),
        ("", None),
    ],
)
def test_postcodes(text, expected):
    assert normal_postcode(text) == expected


@pytest.mark.parametrize(
    ("one", "other"), [("O'Néill-Ward", "o neill  ward"), ("ZOË", "zoe"), ("Weiß", "WEISS"), ("?", "--")]
)
def test_names_written_differently_are_the_same_for_comparison(one, other):
    assert normal_name(one) == normal_name(other)
