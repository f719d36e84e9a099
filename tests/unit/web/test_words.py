"""Times and codes as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from nightlight.domain.kinds import KINDS
from nightlight.web.presenters import words


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        (datetime(2025, 11, 21, 14, 40, tzinfo=UTC), "Friday 21 November 2025, 2:40pm"),
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "Thursday 2 July 2026, 12:30am"),
        (datetime(2026, 7, 1, 11, 0, tzinfo=UTC), "Wednesday 1 July 2026, midday"),
        (datetime(2026, 1, 5, 0, 0, tzinfo=UTC), "Monday 5 January 2026, midnight"),
        (datetime(2026, 1, 5, 9, 0, tzinfo=UTC), "Monday 5 January 2026, 9am"),
    ],
)
def test_moment_is_londons(instant: datetime, said: str) -> None:
    assert words.moment(instant) == said


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        (datetime(2026, 7, 8, 23, 0, tzinfo=UTC), "the end of Wednesday 8 July 2026"),
        (datetime(2026, 12, 8, 0, 0, tzinfo=UTC), "the end of Monday 7 December 2026"),
        (datetime(2026, 12, 8, 14, 0, tzinfo=UTC), "Tuesday 8 December 2026, 2pm"),
    ],
)
def test_what_ends_with_a_day_names_the_day(instant: datetime, said: str) -> None:
    assert words.until(instant) == said


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=5), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_length_is_in_the_unit_one_would_use(span: timedelta, said: str) -> None:
    assert words.length(span) == said


@pytest.mark.parametrize(
    ("born", "said"),
    [
        (date(2018, 11, 24), "7 years"),
        (date(2018, 11, 23), "8 years"),
        (date(2025, 6, 1), "17 months"),
        (date(2026, 10, 19), "5 weeks"),
        (date(2027, 1, 1), "not yet born"),
    ],
)
def test_age_on_a_day(born: date, said: str) -> None:
    assert words.age(born, date(2026, 11, 23)) == said


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_words(kind: str) -> None:
    said = f"{words.theme(kind)} {words.kind(kind)}"
    assert "_" not in said
    assert "." not in said


def test_how_many_agrees_with_its_number() -> None:
    assert words.how_many(1, "entry", "entries") == "1 entry"
    assert words.how_many(3000, "entry", "entries") == "3,000 entries"


def test_day_text_of_what_is_no_date_is_the_text() -> None:
    assert words.day_text("2025-11-21") == "21 November 2025"
    assert words.day_text("soon") == "soon"
