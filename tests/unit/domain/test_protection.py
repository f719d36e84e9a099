"""Danger minus protection: which hours nothing covers, and the range of them where dates are not exact."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nightlight.domain.protection import Danger, Protection, hours, uncovered
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import Spans

FRIDAY, MONDAY = "2025-11-21T17:00+00:00", "2025-11-24T09:00+00:00"


def danger(starts=FRIDAY, ends=None):
    return Danger(id="d1", starts=Partial.parse(starts), ends=Partial.parse(ends) if ends else None)


def protection(in_force_from=MONDAY, until=None, **changes):
    given = {"id": "a1", "owner": "social worker", "accepted": True} | changes
    return Protection(
        in_force_from=Partial.parse(in_force_from), until=Partial.parse(until) if until else None, **given
    )


def only(*protections, of=None):
    (found,) = uncovered([of or danger()], protections)
    return found


def test_a_weekend_before_monday_s_protection_is_uncovered_to_the_hour():
    found = only(protection())
    assert (hours(found.certain), found.certain == found.possible) == (64, True)
    assert found.words() == (
        "No protection is in force for 64 hours, from Friday 21 November 2025 at 17:00 "
        "to Monday 24 November 2025 at 09:00."
    )


def test_protection_from_before_the_danger_covers_it():
    found = only(protection("2025-11-21T16:59+00:00"))
    assert not found
    assert found.words() == "Protection is in force from before the danger starts."


@pytest.mark.parametrize(
    "changes", [{"accepted": False}, {"owner": ""}, {"answers": frozenset({"another"})}], ids=lambda c: next(iter(c))
)
def test_a_measure_that_nobody_accepted_or_that_answers_another_danger_protects_from_nothing(changes):
    found = only(protection("2025-11-20", **changes))
    assert found.words() == "No protection is in force from Friday 21 November 2025 at 17:00 on, without end."
    assert hours(found.certain) is None


def test_protection_that_ends_leaves_what_follows_uncovered():
    found = only(protection(FRIDAY, "2025-11-22T09:00+00:00"), of=danger(ends="2025-11-22T12:00+00:00"))
    assert hours(found.certain) == 3


def test_dates_known_to_the_day_give_what_is_certain_and_what_may_be():
    found = only(protection("2017-11-27"), of=danger("2017-11-24"))
    assert (hours(found.certain), hours(found.possible)) == (48, 96)
    assert found.words() == (
        "No protection is in force for 48 hours, from the start of Saturday 25 November 2017 to the end of "
        "Sunday 26 November 2017; as dates are imprecise, it may be for 96 hours, from the start of "
        "Friday 24 November 2017 to the end of Monday 27 November 2017."
    )


def test_protection_on_the_danger_s_own_day_may_or_may_not_have_come_first():
    found = only(protection("2017-11-24"), of=danger("2017-11-24"))
    assert (bool(found.certain), hours(found.possible)) == (False, 24)
    assert found.words().startswith("There may be no protection in force for 24 hours")


def test_an_hour_more_in_the_night_the_clocks_go_back():
    found = only(protection("2026-10-26T00:00+00:00"), of=danger("2026-10-25T00:00+01:00"))
    assert hours(found.certain) == 25


def test_a_danger_whose_start_nobody_knows_is_said_in_words():
    found = only(protection("2017-11-27T09:00+00:00"), of=danger("..2017-11-24"))
    assert found.words().endswith("it may be until Monday 27 November 2017 at 09:00.")
    assert only(of=danger("..2017")).words().endswith("it may be at any time.")


def test_protections_join_up():
    found = only(protection(FRIDAY, "2025-11-22T09:00+00:00"), protection("2025-11-22T09:00+00:00", id="a2"))
    assert found.possible == Spans.empty()


@pytest.mark.parametrize(
    ("confirmed", "at", "expected"),
    [(None, 8, False), (None, 9, True), (7, 9, False), (11, 10, True), (11, 11, False)],
)
def test_a_protection_that_nobody_confirmed_by_its_start_needs_confirming(confirmed, at, expected):
    hour = {None: None} | {h: datetime(2025, 11, 24, h, tzinfo=UTC) for h in (7, 8, 9, 10, 11)}
    assert protection(confirmed=hour[confirmed]).needs_confirming(hour[at]) is expected
