"""What a reader of a review is told of hours without protection: how many, what was agreed instead, and the harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightlight.domain.clocks import default_rules
from nightlight.domain.protection import Danger, Uncovered, hours
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.review.casefile import read_case
from nightlight.review.replay import replay
from nightlight.review.report import as_json, as_text
from nightlight.review.unprotected import Unprotected
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import Spans

CASES = Path(__file__).resolve().parents[3] / "cases"


def told(name):
    found = replay(read_case(CASES / f"{name}.yaml"), CATALOGUE.values(), default_rules(), WorkingCalendar.england())
    return found, as_json(found), as_text(found)


@pytest.fixture(scope="module")
def child_h():
    return told("child-h")


@pytest.fixture(scope="module")
def family_r():
    return told("family-r")


def test_child_h_s_weekend_is_given_in_hours_with_what_was_agreed_instead(child_h):
    _, document, text = child_h
    (row,) = document["uncovered"]
    assert (row["hours"], row["possible"]["hours"], row["harm_within"]) == (48.0, 96.0, "certainly")
    (agreed,) = row["agreed"]
    assert (agreed["entry"], agreed["in_force_from"]) == ("e024", "2017-11-27")
    assert "it names no person" in agreed["would_not_count"]
    assert row["words"] in text


def test_family_r_s_weekend_is_exact_to_the_hour(family_r):
    _, document, _ = family_r
    (row,) = document["uncovered"]
    assert (row["hours"], row["possible"]["hours"], row["harm_within"]) == (64.0, 64.0, "certainly")


@pytest.mark.parametrize("case", ["child_h", "family_r"])
def test_a_reader_is_told_before_anything_else_is_explained(case, request):
    _, _, text = request.getfixturevalue(case)
    line = text.index("LEFT UNPROTECTED: could die")
    assert line < text.index("WHEN EACH LEVEL IS FIRST REACHED") < text.index("DANGERS THAT NOTHING COVERED")
    assert "The harm came in those hours." in text[line:].partition("\n")[0]


def within(certain, possible, harm):
    starts = Partial.parse("2025-11-21T17:00Z")
    danger = Danger(id="d", starts=starts)
    return Unprotected(Uncovered(danger, certain, possible), "education", ()).harm_within(harm)


def span(first, last):
    return Spans.of(*(Partial.parse(f"2025-11-{day}T00:00Z").earliest for day in (first, last)))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("2025-11-22T12:00Z", "certainly"),
        ("2025-11-22", "certainly"),
        ("2025-11-23T12:00Z", "possibly"),
        ("2025-11-24T00:00Z", ""),
        ("2025-11", "possibly"),
        (None, ""),
    ],
)
def test_the_harm_is_placed_no_more_surely_than_it_is_dated(harm, said):
    assert within(span(22, 23), span(21, 24), Partial.parse(harm) if harm else None) == said


def test_hours_agree_with_the_spans(child_h):
    found, document, _ = child_h
    assert hours(found.uncovered[0].certain) == document["uncovered"][0]["hours"]
