"""A partnership's school holidays: read with every mistake, meant by words, and warned of where a school protects."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from nightlight.domain.clocks import default_rules
from nightlight.domain.meetings.phrases import Ask, read_time
from nightlight.domain.rule_types import RulesError
from nightlight.domain.school_holidays import SchoolHolidays, holidays_with
from nightlight.timeline.calendar import WorkingCalendar

ENGLAND = WorkingCalendar.england()
HOURS = default_rules().office_hours
OWN = """
school_holidays:
  - {name: Half term, first: 2027-02-15, last: 2027-02-19, source: The council's term dates}
  - {name: half term, first: 2027-05-31, last: 2027-06-04, source: The council's term dates}
"""
FEBRUARY = datetime(2027, 2, 10, 15, tzinfo=UTC)


def test_half_term_means_the_next_one_from_when_offices_shut_before_it():
    known = holidays_with(OWN).known(FEBRUARY, HOURS, ENGLAND)
    for words in ("half term", "Over half term", "during half term."):
        read = read_time(words, FEBRUARY, ENGLAND, HOURS, known)
        assert read.starts.earliest == datetime(2027, 2, 12, 17, tzinfo=UTC)
        assert read.ends.latest == datetime(2027, 2, 22, 9, tzinfo=UTC)
        assert "as your partnership dates it" in read.how
    after = holidays_with(OWN).known(FEBRUARY + timedelta(days=20), HOURS, ENGLAND)
    assert local(after["half term"][0]) == date(2027, 5, 28)


def local(moment):
    return moment.date()


def test_without_dates_half_term_is_asked_about():
    known = SchoolHolidays().known(FEBRUARY, HOURS, ENGLAND)
    assert isinstance(read_time("half term", FEBRUARY, ENGLAND, HOURS, known), Ask)


def test_a_school_s_protection_over_half_term_asks_who_sees_the_child():
    said = holidays_with(OWN).warning(FEBRUARY, FEBRUARY + timedelta(days=14), ENGLAND)
    assert "from Saturday 13 February 2027 to Sunday 21 February 2027 (half term): say who sees" in said


def test_one_without_an_end_is_looked_at_to_the_next_holiday():
    assert "half term" in holidays_with(OWN).warning(FEBRUARY - timedelta(days=21), None, ENGLAND)
    assert "Saturday 13 February" in SchoolHolidays().warning(FEBRUARY, None, ENGLAND)


def test_a_school_day_alone_asks_nothing_and_a_bank_holiday_does():
    assert SchoolHolidays().warning(FEBRUARY, FEBRUARY + timedelta(hours=3), ENGLAND) == ""
    friday = datetime(2027, 3, 26, 9, tzinfo=UTC)
    assert "on Friday 26 March 2027:" in SchoolHolidays().warning(friday, friday + timedelta(hours=3), ENGLAND)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{name: x, first: 2027-02-15, last: 2027-02-14, source: x}", "a date on or after first"),
        ("{name: x, first: 2027-02-30, last: 2027-03-14, source: x}", "a date that exists"),
        ("{name: x, first: 2027-02-01, last: 2027-09-14, source: x}", "at most 60 days"),
        ("{name: x, first: 2027-02-18, last: 2027-02-25, source: x}", "days that are in no other holiday"),
        ("{name: x, first: 2027-07-25, last: 2027-08-25}", "source: expected a value"),
    ],
)
def test_dates_that_cannot_be_are_refused_with_their_line(row, said):
    with pytest.raises(RulesError) as caught:
        holidays_with(f"{OWN}  - {row}\n")
    assert said in str(caught.value)
    assert "line 5" in str(caught.value)
