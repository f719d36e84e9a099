"""Times as people say them: on an ordinary Friday, before Christmas and Easter, and as the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nightlight.domain.meetings.phrases import Ask, Reading, read_time
from nightlight.timeline.calendar import WorkingCalendar, local_time
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import Span

ENGLAND = WorkingCalendar.england()
FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)


def said(text, now=FRIDAY):
    found = read_time(text, now, ENGLAND)
    assert isinstance(found, Reading), found
    return found


def clock(when):
    return (
        None
        if when is None
        else "..".join(dict.fromkeys(f"{local_time(m):%d/%m %H:%M}" for m in (when.earliest, when.latest)))
    )


@pytest.mark.parametrize(
    ("text", "starts", "ends"),
    [
        ("this weekend", "20/11 17:00", "23/11 09:00"),
        ("At the weekend.", "20/11 17:00", "23/11 09:00"),
        ("tonight", "20/11 17:00", "21/11 09:00"),
        ("tomorrow night", "21/11 17:00", "22/11 09:00"),
        ("from now", "20/11 15:00", None),
        ("until Monday", "20/11 15:00", "23/11 09:00"),
        ("over Christmas", "24/12 17:00", "29/12 09:00"),
        ("the bank holiday", "24/12 17:00", "29/12 09:00"),
        ("Friday 5pm to Monday 9am", "20/11 17:00", "23/11 09:00"),
        ("5.30pm on Saturday", "21/11 17:30", None),
        ("Monday morning", "23/11 06:00..23/11 12:00", "23/11 12:00"),
        ("from Monday", "23/11 00:00..24/11 00:00", None),
        ("Monday", "23/11 00:00..24/11 00:00", "24/11 00:00"),
        ("for the next 48 hours", "20/11 15:00", "22/11 15:00"),
        ("in two hours", "20/11 17:00", None),
        ("tonight until Monday", "20/11 17:00", "23/11 09:00"),
        ("Saturday night", "21/11 17:00", "22/11 09:00"),
        ("from 24/11 to 26/11/2026", "24/11 00:00..25/11 00:00", "26/11 00:00..27/11 00:00"),
    ],
)
def test_on_a_friday_afternoon(text, starts, ends):
    found = said(text)
    assert (clock(found.starts), clock(found.ends)) == (starts, ends)
    assert found.how.startswith("from ")


@pytest.mark.parametrize(
    ("text", "now", "starts", "ends"),
    [
        ("this weekend", "2026-04-02T10:00", "02/04 17:00", "07/04 09:00"),
        ("this weekend", "2026-11-21T10:00", "21/11 10:00", "23/11 09:00"),
        ("this weekend", "2026-11-23T08:00", "27/11 17:00", "30/11 09:00"),
        ("this weekend", "2026-05-04T12:00", "04/05 13:00", "05/05 09:00"),
        ("until Monday", "2026-12-23T10:00", "23/12 10:00", "28/12 09:00..29/12 09:00"),
        ("tonight", "2026-11-21T02:00", "21/11 02:00", "21/11 09:00"),
        ("tonight", "2026-11-21T07:00", "21/11 17:00", "22/11 09:00"),
        ("over Easter", "2026-03-01T10:00", "02/04 17:00", "07/04 09:00"),
        ("until Friday", "2026-11-20T15:00", "20/11 15:00", "27/11 09:00"),
        ("Friday 5pm to Monday 9am", "2026-11-20T17:30", "20/11 17:00", "23/11 09:00"),
        ("since Monday 9am", "2026-11-23T23:30", "23/11 09:00", None),
        ("Monday", "2026-11-23T23:30", "23/11 00:00..24/11 00:00", "24/11 00:00"),
        ("since 20 November", "2026-11-23T10:00", "20/11 00:00..21/11 00:00", None),
    ],
)
def test_at_other_times(text, now, starts, ends):
    found = said(text, datetime.fromisoformat(f"{now}+00:00"))
    assert (clock(found.starts), clock(found.ends)) == (starts, ends)


@pytest.mark.parametrize(
    ("friday", "hours"), [("2026-10-23T14:00", 65), ("2027-03-19T15:00", 64), ("2026-03-27T15:00", 63)]
)
def test_a_weekend_on_which_the_clocks_change_is_an_hour_longer_or_shorter(friday, hours):
    found = said("this weekend", datetime.fromisoformat(f"{friday}+00:00"))
    assert (found.ends.earliest - found.starts.earliest).total_seconds() / 3600 == hours


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("when he drinks", "From when?"),
        ("", "From when?"),
        ("31 February", "From when?"),
        ("Sunday 25:00", "From when?"),
        ("half term", "at this child's school"),
        ("next weekend", "Which weekend: the one of Saturday 21 November 2026 or Saturday 28 November 2026?"),
        ("every Friday", "comes again and again"),
        ("weekends", "comes again and again"),
        ("26/11/2026 to 24/11/2026", "before it begins"),
        ("from Friday 9am", "Which one: today, Friday 20 November 2026, when that time has passed, or Friday 27"),
        ("9am on Friday", "Which one: today"),
        ("Friday morning", "Which one: today"),
    ],
)
def test_words_that_mean_no_one_time_are_asked_about(text, asks):
    found = read_time(text, FRIDAY, ENGLAND)
    assert isinstance(found, Ask)
    assert asks in found.question


def test_a_partnership_s_own_words_are_read_as_it_dates_them():
    span = Span(Partial.parse("2027-02-15").earliest, Partial.parse("2027-02-19").latest)
    found = read_time("Half term", FRIDAY, ENGLAND, known={"half term": span})
    assert (found.starts.earliest, found.ends.latest) == (span.start, span.end)
    assert "as your partnership dates it" in found.how
