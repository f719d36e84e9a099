"""Records made ready to be compared, and the keys they are found by."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import pytest

from nightlight.matcher.comparisons import BY_NAME
from nightlight.matcher.prepared import FIELDS, Prepared, opened, pack, prepare

CHILD = prepare(
    "a", system="school", role="child", given="Aisha", family="Khan-Begum", born="2015-03-09", sex="f",
    postcode="ZX1 0AA", lines=("1 Mill Road", "Aldmoor"), upn="A999000015001",
)  # fmt: skip


def found_by(other: Prepared) -> bool:
    return not set(CHILD.keys).isdisjoint(other.keys)


@pytest.mark.parametrize(
    "other",
    [
        prepare("b", given="Khan-Begum", family="Aisha", born="2015-03-09"),
        prepare("b", given="Ayesha", family="Khan-Begum", born="2015-09-03"),
        prepare("b", given="Baby", family="Khan-Begum", born="2015-03-09"),
        prepare("b", given="Aisha", family="Other", born="2015-03-09"),
        prepare("b", given="Aisha", family="Khan Begum", born="2016-03-09"),
        prepare("b", given="Aisha", family="Khan Begum", born="2015-03-19"),
        prepare("b", given="Aisha", family="Khan Begum", born="2015-08-09"),
        prepare("b", given="Aisha", family="Khan Begum", born="2015"),
        prepare("b", given="Aysha", family="Other", postcode="ZX1 0AA"),
        prepare("b", given="Other", family="Other", upn="A999000015001"),
    ],
    ids=[
        "exchanged",
        "turned",
        "nameless",
        "changed-surname",
        "year",
        "day",
        "month",
        "only-year",
        "no-birth-date",
        "number",
    ],
)
def test_prepare_finds_by_what_is_left(other: Prepared) -> None:
    assert found_by(other)


def test_keys_find_every_birth_date_that_is_near_in_its_year() -> None:
    days = [date(2015, 1, 1) + timedelta(days=n) for n in range(365)]
    records = [prepare("a", given="Aisha", family="Khan", born=day.isoformat()) for day in days]
    apart = [
        (one.born, another.born)
        for one, another in combinations(records, 2)
        if BY_NAME["birth_date"].code(one, another) != "other" and set(one.keys).isdisjoint(another.keys)
    ]
    assert apart == []
    assert sum(set(records[0].keys).isdisjoint(each.keys) for each in records) > 250


def test_prepare_does_not_find_by_one_name_alone() -> None:
    assert not found_by(prepare("b", given="Aisha", family="Other", born="2011-01-30", postcode="ZX9 9ZZ"))


def test_prepare_a_day_over_twelve_has_nothing_to_be_turned_into() -> None:
    assert prepare("a", born="2015-03-19").born_turned is None
    assert prepare("a", born="2015-03-03").born_turned is None


def test_prepare_part_of_a_birth_date_is_its_year() -> None:
    assert (prepare("a", born="2015-03").born, prepare("a", born="2015-03").born_year) == (None, "2015")


@pytest.mark.parametrize("record", [CHILD, prepare("a")], ids=["all-known", "an-id"])
def test_opened_is_what_was_packed_but_for_the_keys(record: Prepared) -> None:
    packed = opened(pack(record))
    assert {name: getattr(packed, name) or None for name in FIELDS[:-1]} == {
        name: getattr(record, name) or None for name in FIELDS[:-1]
    }
