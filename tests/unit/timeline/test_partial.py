"""Partial dates: the text, the ends and the words of each precision, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from nightlight.timeline import BEGINNING, END, BackwardsSpanError, DateTextError, NaiveInstantError, Partial, Precision


@pytest.mark.parametrize(
    ("text", "precision", "earliest", "latest", "words"),
    [
        ("2017", "year", "2017-01-01T00:00Z", "2018-01-01T00:00Z", "2017"),
        ("2017-09", "month", "2017-08-31T23:00Z", "2017-09-30T23:00Z", "September 2017"),
        ("2017-10", "month", "2017-09-30T23:00Z", "2017-11-01T00:00Z", "October 2017"),
        ("2017-11-24", "day", "2017-11-24T00:00Z", "2017-11-25T00:00Z", "24 November 2017"),
        ("2026-03-29", "day", "2026-03-29T00:00Z", "2026-03-29T23:00Z", "29 March 2026"),
        ("2026-10-25", "day", "2026-10-24T23:00Z", "2026-10-26T00:00Z", "25 October 2026"),
        ("2017-11-24T14:40:00Z", "instant", "2017-11-24T14:40Z", "2017-11-24T14:40Z", "24 November 2017, 14:40"),
        ("2017-07-01T14:40:00Z", "instant", "2017-07-01T14:40Z", "2017-07-01T14:40Z", "1 July 2017, 15:40"),
        ("2026-10-25T00:30:00Z", "instant", "2026-10-25T00:30Z", "2026-10-25T00:30Z", "25 October 2026, 01:30 BST"),
        ("2026-10-25T01:30:00Z", "instant", "2026-10-25T01:30Z", "2026-10-25T01:30Z", "25 October 2026, 01:30 GMT"),
        (
            "2015-11..2017-11",
            "bounds",
            "2015-11-01T00:00Z",
            "2017-12-01T00:00Z",
            "between November 2015 and November 2017",
        ),
        (
            "2026-11-16..2026-11-20",
            "bounds",
            "2026-11-16T00:00Z",
            "2026-11-21T00:00Z",
            "between 16 and 20 November 2026",
        ),
        (
            "2026-03-02..2026-04-03",
            "bounds",
            "2026-03-02T00:00Z",
            "2026-04-03T23:00Z",
            "between 2 March and 3 April 2026",
        ),
        (
            "2025-12-29..2026-01-02",
            "bounds",
            "2025-12-29T00:00Z",
            "2026-01-03T00:00Z",
            "between 29 December 2025 and 2 January 2026",
        ),
        ("2015..2017-11-24", "bounds", "2015-01-01T00:00Z", "2017-11-25T00:00Z", "between 2015 and 24 November 2017"),
    ],
)
def test_parse_reads_each_precision(text, precision, earliest, latest, words):
    partial = Partial.parse(text)
    assert partial.precision == Precision(precision)
    assert partial.earliest == datetime.fromisoformat(earliest)
    assert partial.latest == datetime.fromisoformat(latest)
    assert partial.isoformat() == text
    assert partial.describe() == words


def test_open_bounds():
    by, since, unknown = (Partial.parse(text) for text in ("..2017-11", "2015-11..", ".."))
    assert (by.earliest, by.latest) == (BEGINNING, datetime(2017, 12, 1, tzinfo=UTC))
    assert (since.earliest, since.latest) == (datetime(2015, 11, 1, tzinfo=UTC), END)
    assert (unknown.earliest, unknown.latest) == (BEGINNING, END)
    assert by.describe() == "by November 2017"
    assert since.describe() == "November 2015 or later"
    assert unknown.describe() == "date not known"
    assert [p.isoformat() for p in (by, since, unknown)] == ["..2017-11", "2015-11..", ".."]


def test_constructors_say_what_parse_reads():
    assert Partial.parse("2017") == Partial.year(2017)
    assert Partial.parse("2017-09") == Partial.month(2017, 9)
    assert Partial.parse("2017-11-24") == Partial.day(date(2017, 11, 24))
    assert Partial.parse("2017-09-24T14:40:00+01:00") == Partial.instant(datetime(2017, 9, 24, 13, 40, tzinfo=UTC))
    assert Partial.parse("2017-09-24 14:40:00.5+0100").earliest.microsecond == 500_000
    assert Partial.parse("2015..2017") == Partial.bounds(Partial.year(2015), Partial.year(2017))


def test_bounds_keep_how_each_side_was_given():
    assert Partial.parse("..2017-12").latest == Partial.parse("..2017").latest
    assert Partial.parse("..2017-12").describe() == "by December 2017"


def test_bounds_made_of_two_moments_have_them_as_ends():
    start, end = datetime(2015, 11, 1, tzinfo=UTC), datetime(2017, 11, 1, 9, tzinfo=UTC)
    assert Partial(start, end, Precision.bounds).isoformat() == "2015-11-01T00:00:00Z..2017-11-01T09:00:00Z"
    assert Partial(BEGINNING, END, Precision.bounds) == Partial.bounds(None, None)


def test_the_last_year_has_no_moment_after_it():
    assert Partial.year(9999).latest == Partial.day(date.max).latest == END
    assert Partial.parse(Partial.year(1).isoformat()) == Partial.year(1)
    assert Partial.instant(BEGINNING).describe() == "1 January 1, 00:00"


@pytest.mark.parametrize(
    ("text", "lesson"),
    [
        (
            "2017-02-31",
            "February 2017 has no day 31: its days go from 1 to 28. If only the month is sure",
        ),
        ("2016-02-30T10:00:00Z", "February 2016 has no day 30: its days go from 1 to 29"),
        ("2017-11-00", "November 2017 has no day 0"),
        ("2017-13", "there is no month 13: months go from 01 to 12"),
        ("0000", "there is no year 0000"),
        ("2017-11-24T25:00:00Z", "hours go from 00 to 23"),
        ("24/11/2017", "this is not a date. Expected a year (2017), a month (2017-09)"),
        ("2017-9", "this is not a date."),
        ("", "this is not a date."),
        ("٢٠١٧", "this is not a date."),
        ("2015..2016..2017", "not bounds themselves"),
    ],
)
def test_text_that_cannot_be_read_says_what_was_expected(text, lesson):
    with pytest.raises(DateTextError) as refused:
        Partial.parse(text)
    assert lesson in str(refused.value)


def test_an_instant_without_offset_is_refused():
    with pytest.raises(NaiveInstantError, match="has no offset"):
        Partial.parse("2017-11-24T14:40:00")
    with pytest.raises(NaiveInstantError):
        Partial.instant(datetime(2017, 11, 24, 14, 40))  # noqa: DTZ001


@pytest.mark.parametrize("text", ["2017..2015", "2018-01-01..2017-12", "2017-11-24T14:40:00Z..2017-11-23"])
def test_bounds_that_hold_no_moment_are_refused(text):
    with pytest.raises(BackwardsSpanError, match="Give the earlier one first"):
        Partial.parse(text)


def test_ends_must_fit_the_precision():
    noon = datetime(2017, 11, 24, 12, tzinfo=UTC)
    with pytest.raises(BackwardsSpanError):
        Partial(noon, noon, Precision.day)
    with pytest.raises(DateTextError, match="an instant is one moment"):
        Partial(noon, noon + timedelta(hours=1), Precision.instant)


def test_a_day_is_a_date_and_not_a_moment():
    with pytest.raises(TypeError, match=r"use Partial\.instant"):
        Partial.day(datetime(2017, 11, 24, tzinfo=UTC))


@pytest.mark.parametrize(
    ("first", "second", "before"),
    [
        ("2017-11-24", "2017-11-25", True),
        ("2017-11-24", "2017-11", False),
        ("2017-10", "2017-11-01T00:00:00Z", True),
        ("2017-11-24T09:00:00Z", "2017-11-24T09:00:00Z", False),
        ("2017-11-24T09:00:00Z", "2017-11-24T09:00:01Z", True),
        ("2017-11-24T00:00:00Z", "2017-11-24", False),
        ("..2017-11-24T00:00:00Z", "2017-11-24", False),
        ("..2017-11-23", "2017-11-24", True),
        ("2017..", "2030", False),
        ("..", "..", False),
    ],
)
def test_certainly_before(first, second, before):
    assert Partial.parse(first).certainly_before(Partial.parse(second)) is before


def test_possibly_overlaps():
    year, day, next_year = (Partial.parse(text) for text in ("2017", "2017-11-24", "2018"))
    assert year.possibly_overlaps(day)
    assert day.possibly_overlaps(year)
    assert not day.possibly_overlaps(next_year)
    assert not next_year.possibly_overlaps(day)
