"""Identifiers are valid, of ranges that no living person has, and each is given once."""

from __future__ import annotations

from itertools import islice

import pytest

from nightlight.domain.people import normal_nhs_number, normal_postcode, normal_upn
from nightlight.sample import cases, numbers, population


def _numbers(seed: int, count: int) -> list[str]:
    source = numbers.NhsNumbers(seed)
    return [source.next() for _ in range(count)]


def test_nhs_numbers_are_valid_never_issued_and_unique() -> None:
    made = _numbers(7, 20_000)
    assert len(set(made)) == len(made)
    assert all(normal_nhs_number(number) == number for number in made)
    assert all(9_990_000_000 <= int(number) <= 9_999_999_999 for number in made)


def test_nhs_numbers_leave_the_case_childrens_to_them() -> None:
    reserved = {cases.nhs_number("family-r"), cases.nhs_number("family-q")}
    assert len(reserved) == 2
    assert all(normal_nhs_number(number) and number[:9] >= numbers.FIRST_RESERVED for number in reserved)
    near_the_end = [number for seed in range(999_890, 1_000_000, 7) for number in _numbers(seed, 3)]
    assert reserved.isdisjoint(near_the_end)


def test_nhs_numbers_run_out_with_a_message_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    source = numbers.NhsNumbers(1)
    source._left = 1
    with pytest.raises(numbers.NumbersExhaustedError, match="fewer than 900,000"):
        [source.next() for _ in range(3)]


def test_upns_are_valid_and_of_no_authority() -> None:
    made = [numbers.upn(serial, 2019) for serial in range(0, 40_000, 13)]
    assert len(set(made)) == len(made)
    assert all(normal_upn(upn) == upn and upn[1:4] == numbers.NO_AUTHORITY for upn in made)


def test_postcodes_are_of_no_real_area_and_differ_by_locality() -> None:
    made = [population.postcode(locality, 3) for locality in range(2_000)]
    assert len(set(made)) == len(made)
    assert all(normal_postcode(code) == code and code.startswith("ZX") for code in made)


def test_property_numbers_are_of_the_made_up_range() -> None:
    assert all(number.startswith("9990") and len(number) == 12 for number in map(numbers.uprn, islice(range(10**6), 5)))
