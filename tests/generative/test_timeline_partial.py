"""Partial dates: what is read is written back, and what they say of before and overlap is true of every moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nightlight.timeline.instants import BackwardsSpanError, DateTextError
from nightlight.timeline.partial import Partial, Precision
from nightlight.timeline.spans import BEGINNING, END

LONDON = ZoneInfo("Europe/London")

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.sampled_from([UTC, LONDON]))  # noqa: DTZ001
simple = st.one_of(
    moments.map(Partial.instant),
    days.map(Partial.day),
    days.map(lambda day: Partial.month(day.year, day.month)),
    days.map(lambda day: Partial.year(day.year)),
)
# Few and close together, so that equal ends, touching and nesting all happen.
close = st.one_of(
    st.integers(0, 72).map(lambda k: Partial.instant(datetime(2017, 12, 30, tzinfo=UTC) + timedelta(hours=k))),
    st.integers(28, 33).map(lambda k: Partial.day(date(2017, 12, 1) + timedelta(days=k - 1))),
    st.sampled_from([Partial.month(2017, 12), Partial.month(2018, 1), Partial.year(2017), Partial.year(2018)]),
)


@st.composite
def bounds(draw, side=simple):
    not_before, not_after = draw(st.none() | side), draw(st.none() | side)
    if not_before and not_after:
        assume(not_before.earliest < not_after.latest or not_before.earliest == not_after.latest == not_after.earliest)
    return Partial.bounds(not_before, not_after)


def may_have_been(partial, moment):
    """The definition: between the ends; an end that is an instant is itself possible, the end of a day is not."""
    last = partial.not_after if partial.precision is Precision.bounds else partial
    if last is not None and last.precision is Precision.instant:
        return partial.earliest <= moment <= partial.latest
    return partial.earliest <= moment < partial.latest


@given(st.one_of(simple, bounds()))
def test_parse_reads_back_what_isoformat_writes(partial):
    assert Partial.parse(partial.isoformat()) == partial


@given(st.one_of(simple, bounds()))
def test_ends_are_utc_and_in_order(partial):
    assert partial.earliest.tzinfo is UTC
    assert partial.latest.tzinfo is UTC
    assert partial.earliest <= partial.latest
    assert (partial.earliest == partial.latest) <= (partial.precision in (Precision.instant, Precision.bounds))


@given(days)
def test_days_months_and_years_tile_time(day):
    tomorrow = day + timedelta(days=1)
    assert Partial.day(day).latest == Partial.day(tomorrow).earliest
    month, following = Partial.month(day.year, day.month), Partial.month(tomorrow.year, tomorrow.month)
    assert month == following or month.latest == following.earliest
    year = Partial.year(day.year)
    assert year.earliest <= month.earliest <= Partial.day(day).earliest
    assert Partial.day(day).latest <= month.latest <= year.latest


@given(days, st.integers(0, 24 * 60 - 1))
def test_a_day_holds_what_london_clocks_show_on_that_date(day, minute):
    moment = datetime.combine(day, datetime.min.time(), LONDON) + timedelta(minutes=minute)
    assert Partial.day(day).earliest <= moment.astimezone(UTC) < Partial.day(day).latest


@given(moments)
def test_instants_keep_the_moment(moment):
    assert Partial.instant(moment).earliest == moment.astimezone(UTC)
    assert Partial.parse(moment.isoformat()) == Partial.instant(moment)


GRID = [datetime(2016, 12, 31, tzinfo=UTC), datetime(2019, 1, 1, tzinfo=UTC), BEGINNING, END]
GRID += [datetime(2017, 12, 26, tzinfo=UTC) + timedelta(minutes=30 * k) for k in range(48 * 10)]


@given(st.one_of(close, bounds(close)), st.one_of(close, bounds(close)))
def test_certainly_before_means_every_moment_before_every_moment(a, b):
    mine = [moment for moment in GRID if may_have_been(a, moment)]
    others = [moment for moment in GRID if may_have_been(b, moment)]
    assert a.certainly_before(b) == (max(mine) < min(others))
    assert a.possibly_overlaps(b) == b.possibly_overlaps(a) == bool(set(mine) & set(others))


@given(st.text("0123456789-./:TZ+ ", max_size=26))
def test_text_is_read_or_refused_with_what_was_expected(text):
    read, refusal = None, ""
    try:
        read = Partial.parse(text)
    except (DateTextError, BackwardsSpanError) as refused:
        refusal = str(refused)
    if read is not None:
        assert Partial.parse(read.isoformat()) == read
    else:
        assert len(refusal) > 30
        assert len(text) < 10 or text not in refusal


@given(st.text(st.characters(categories=["L", "N"]), min_size=3))
def test_a_refusal_never_repeats_the_text(text):
    assume(not (len(text) == 4 and text.isascii() and text.isdigit()))
    with pytest.raises(DateTextError) as refused:
        Partial.parse(text)
    assert str(refused.value).startswith("this is not a date. Expected a year (2017)")
