"""The case families: moved in whole weeks, to a Friday just before the last day, and nothing of them from after it."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from nightlight.sample.cases import Case, cases, last_friday_before, shift_for
from nightlight.sample.happenings import LONDON, at

UNTIL = date(2026, 11, 23)


def _case(name: str, until: date = UNTIL) -> Case:
    return next(case for case in cases(until) if case.name == name)


@pytest.mark.parametrize("until", [UNTIL + timedelta(days=i) for i in range(8)])
def test_conference_is_on_the_last_friday_before_the_last_day(until: date) -> None:
    conference = [h for h in _case("family-r", until).happenings if h.kind == "social_care.conference"]
    assert [h.day for h in conference] == [last_friday_before(until)]
    assert conference[0].day.weekday() == 4
    assert timedelta(0) < until - conference[0].day <= timedelta(days=7)
    assert conference[0].when.astimezone(LONDON).hour == 14  # type: ignore[union-attr]


def test_cases_move_by_whole_weeks() -> None:
    assert shift_for(UNTIL).days % 7 == 0


def test_nothing_of_a_case_is_from_after_the_last_day() -> None:
    saturday = date(2026, 11, 21)
    case = _case("family-r", saturday)
    assert all(h.written < at(saturday, 0) for h in case.happenings)
    assert "outcome.serious_harm" not in {h.kind for h in case.happenings}


def test_case_children_have_fixed_fictional_names() -> None:
    names = {case.name: (case.family.children[0].given, case.family.children[0].family) for case in cases(UNTIL)}
    assert names == {"family-r": ("Robin", "Example-Rook"), "family-q": ("Quinn", "Example-Quill")}
    assert (
        _case("family-r").family.children[0].nhs_number
        == _case("family-r", date(2027, 3, 1)).family.children[0].nhs_number
    )


def test_family_q_moves_house_and_family_r_does_not() -> None:
    assert len(_case("family-q").family.homes) == 2
    assert len(_case("family-r").family.homes) == 1


@pytest.mark.parametrize("name", ["family-r", "family-q"])
def test_case_shipped_with_the_package_is_the_published_one(name: str) -> None:
    published = Path(__file__).parents[3] / "cases" / f"{name}.yaml"
    shipped = files("nightlight.sample") / f"{name}.yaml"
    assert shipped.read_text(encoding="utf-8") == published.read_text(encoding="utf-8")
