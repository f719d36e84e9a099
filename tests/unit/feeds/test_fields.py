"""Cells as English systems print them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from nightlight.feeds.fields import Refused, columns_by_alias, past_date, past_moment, read_date, read_time, yes_or_no

NOW = datetime(2024, 9, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["02/09/2024", "2/9/2024", "02-09-2024", "02.09.2024", "2024-09-02", "2024/09/02", "2024-09-02T00:00:00",
     "Mon 02/09/2024",
     "Monday, 2 September 2024", "02-Sep-2024", "2024-Sep-02 00:00:00", " 02/09/2024 "],
)  # fmt: skip
def test_date_in_any_of_its_forms(text):
    assert read_date(text) == date(2024, 9, 2)


@pytest.mark.parametrize(
    "text",
    ["", "31/02/2024", "2024-02-30", "02/09/24", "09/2024", "2024", "00/01/2024", "2 Foo 2024", "02/09/2024 14:40"],
)
def test_date_that_is_none(text):
    assert read_date(text) is None


def test_future_date_is_refused_and_today_is_not():
    assert past_date("03/09/2024", "Date", NOW) == date(2024, 9, 3)
    with pytest.raises(Refused) as refused:
        past_date("04/09/2024", "Date", NOW)
    assert refused.value.code == "future_date"


@pytest.mark.parametrize(
    ("text", "clock", "expected"),
    [
        ("02/09/2024 14:40", "", "2024-09-02T13:40:00Z"),
        ("02/09/2024", "2.40 pm", "2024-09-02T13:40:00Z"),
        ("02/01/2024 2:40 pm", "", "2024-01-02T14:40:00Z"),
        ("2024-09-02T14:40:00+01:00", "", "2024-09-02T13:40:00Z"),
        ("2024-09-02T14:40", "", "2024-09-02T13:40:00Z"),
        ("2024-09-02", "", "2024-09-02"),
    ],
)
def test_moment_with_and_without_a_time(text, clock, expected):
    assert past_moment(text, "Date", NOW, clock=clock).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [("31/02/2024 10:00", "bad_date"), ("02/09/2024 25:00", "bad_time"), ("03/09/2024 11:00", "future_date")],
)
def test_moment_that_is_none(text, code):
    with pytest.raises(Refused) as refused:
        past_moment(text, "Date", NOW)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "expected"), [("12:05 am", time(0, 5)), ("12.05pm", time(12, 5)), ("9:30", time(9, 30))]
)
def test_time_of_day(text, expected):
    assert read_time(text) == expected


@pytest.mark.parametrize("text", ["24:00", "13:00 pm", "noon", "9:60", ""])
def test_time_of_day_that_is_none(text):
    assert read_time(text) is None


def test_yes_and_no():
    assert (yes_or_no("Y", "f"), yes_or_no("false", "f"), yes_or_no(" ", "f")) == (True, False, None)
    with pytest.raises(Refused):
        yes_or_no("perhaps", "f")


def test_first_alias_that_is_there_wins():
    assert columns_by_alias(["surname", "LEGAL SURNAME"], {"s": ("Legal Surname", "Surname")}) == {"s": 1}
