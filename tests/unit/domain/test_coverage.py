"""Which protections count now, and in which words the others do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nightlight.domain.clocks import default_rules
from nightlight.domain.coverage import coverage, first_moment, grace_of, in_words, is_named_person, why_not
from nightlight.domain.protection import Danger, Protection
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
WEEKEND = Danger(
    id="d1",
    what="could stop breathing",
    starts=Partial.parse("2026-11-20T17:00Z"),
    ends=Partial.parse("2026-11-23T09:00Z"),
)
AUNT = Protection(
    id="p1", what="stays with her aunt", owner="Asha Grant", accepted=True, accepted_at=FRIDAY,
    in_force_from=Partial.parse("2026-11-20T16:30Z"), until=Partial.parse("2026-11-23T09:00Z"), how_confirmed="a call",
)  # fmt: skip


def test_an_accepted_protection_from_before_the_danger_covers_it():
    found = coverage([WEEKEND], [AUNT], FRIDAY)
    assert (found.still_open(), found.counted, found.not_counted) == ((), (AUNT,), ())
    assert found.against(WEEKEND) == (AUNT,)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"owner": ""}, "nobody is named to do it"),
        ({"owner": "TBC"}, "nobody is named to do it"),
        ({"owner": "Family social worker"}, "it is given to Family social worker, which is a team or a role"),
        ({"accepted": False}, "its owner has not accepted it"),
        ({"accepted": False, "declined": True}, "its owner has said that they cannot do it"),
        ({"in_force_from": None}, "nobody has said from when it is in force"),
        ({"how_confirmed": " "}, "nobody has said how it will be confirmed"),
        ({"failed": FRIDAY}, "it was checked on Friday 20 November 2026 at 15:00 and was not in force"),
    ],
)
def test_a_protection_that_does_not_count_says_why_and_covers_nothing(changes, why):
    found = coverage([WEEKEND], [replace(AUNT, **changes)], FRIDAY)
    (left,) = found.still_open()
    assert left.words().startswith("No protection is in force for 64 hours")
    assert found.not_counted_against(WEEKEND)[0].why.startswith(why)
    assert f"Not counted: stays with her aunt, because {why}" in found.words(WEEKEND)


def test_nobody_confirming_it_within_the_grace_uncovers_the_rest():
    on_time, too_late = FRIDAY + timedelta(hours=2, minutes=30), FRIDAY + timedelta(hours=2, minutes=31)
    assert not why_not(AUNT, on_time)
    assert "nobody has confirmed that it is" in why_not(AUNT, too_late)
    (left,) = coverage([WEEKEND], [AUNT], too_late).still_open()
    assert first_moment(left) == too_late
    assert not why_not(replace(AUNT, confirmed=on_time), too_late)


def test_a_protection_accepted_after_its_start_is_confirmed_from_then():
    late = replace(AUNT, accepted_at=FRIDAY + timedelta(hours=4))
    assert not why_not(late, FRIDAY + timedelta(hours=4, minutes=30))


def test_one_without_end_stops_counting_when_nobody_has_looked_again():
    open_ended = replace(AUNT, until=None, review=FRIDAY + timedelta(days=1), confirmed=FRIDAY + timedelta(hours=2))
    assert not why_not(open_ended, FRIDAY + timedelta(hours=23))
    assert "it was to be looked at again by" in why_not(open_ended, FRIDAY + timedelta(hours=25))


def test_what_has_passed_is_not_still_open():
    tuesday = datetime(2026, 11, 24, tzinfo=UTC)
    found = coverage([WEEKEND], [], tuesday)
    assert found.still_open() == ()
    assert found.dangers[0].possible


def test_the_grace_is_the_partnership_s_own_row():
    assert grace_of(default_rules(), FRIDAY, WorkingCalendar.england()) == timedelta(hours=1)


def test_in_words_names_the_danger_and_its_hours():
    (line,) = in_words(coverage([WEEKEND], [], FRIDAY).still_open())
    assert line.startswith("could stop breathing: No protection is in force for 64 hours, from Friday")


@pytest.mark.parametrize(
    ("owner", "named"),
    [("Paul Nurse", True), ("school nurse", False), ("Joan (grandmother)", True), ("grandmother", False),
     ("social_worker", False), ("health.gp", False), ("Duty team", False), ("p-17", True), ("  ", False)],
)  # fmt: skip
def test_only_a_name_names_a_person(owner, named):
    assert is_named_person(owner) is named
