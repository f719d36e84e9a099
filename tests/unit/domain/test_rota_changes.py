"""What is wrong with a change to the rota before it is made."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from nightlight.domain.rota import LEFT, Absence, OnCall, Rota, Shift
from nightlight.domain.rota_changes import endless, of_absence, of_end, of_shift, share_hours
from nightlight.timeline.instants import END

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
HELD = Shift(role="safeguarding_lead", person="p1", organisation="s1", since=NOW - DAY, until=NOW + 9 * DAY)


def a_shift(**changes: object) -> Shift:
    given = {"role": "safeguarding_lead", "person": "p1", "organisation": "s1", "since": NOW}
    return Shift(**{**given, **changes})  # type: ignore[arg-type]


def an_absence(**changes: object) -> Absence:
    return Absence(**{"person": "p1", "since": NOW, "until": NOW + DAY, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("since", "until", "fields"),
    [
        (MIDNIGHT, END, []),
        (MIDNIGHT - timedelta(seconds=1), END, ["since"]),
        (NOW + DAY, NOW + DAY, ["until"]),
        (MIDNIGHT, NOW, ["until"]),
        (MIDNIGHT, NOW + timedelta(seconds=1), []),
        (NOW - 2 * DAY, NOW - DAY, ["until", "since"]),
    ],
    ids=["today", "yesterday", "no_time", "over", "just_going_on", "past"],
)
def test_change_begins_today_at_the_earliest_and_is_not_over(
    since: datetime, until: datetime, fields: list[str]
) -> None:
    assert [each.field for each in of_shift(Rota(), a_shift(since=since, until=until), NOW)] == fields
    assert [each.field for each in of_absence(Rota(), an_absence(since=since, until=until), NOW)] == fields


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, True),
        ({"since": NOW + 9 * DAY}, False),
        ({"person": "p2"}, False),
        ({"role": "line_manager"}, False),
        ({"organisation": "s2"}, False),
        ({"on_call": (OnCall(0, time(9), time(17)),)}, True),
    ],
    ids=["same", "adjacent_later", "somebody_else", "other_role", "elsewhere", "some_of_all_hours"],
)
def test_nobody_holds_a_role_twice_at_one_hour(changes: dict[str, object], refused: bool) -> None:
    found = of_shift(Rota((HELD,)), a_shift(**changes), NOW)
    assert [(each.field, each.lasts) for each in found] == [("person", (HELD.since, HELD.until))] * refused


def test_days_of_one_person_may_stand_in_rows_of_their_own() -> None:
    mondays = a_shift(on_call=(OnCall(0, time(9), time(17)),))
    tuesdays = a_shift(on_call=(OnCall(1, time(9), time(17)),))
    assert of_shift(Rota((mondays,)), tuesdays, NOW) == []


def test_sunday_s_night_runs_into_monday() -> None:
    night = [OnCall(6, time(17), time(9))]
    assert share_hours(night, [OnCall(0, time(8), time(12))])
    assert share_hours([OnCall(0, time(8), time(12))], night)
    assert not share_hours(night, [OnCall(0, time(9), time(12)), OnCall(6, time(9), time(17))])


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (NOW - 2 * DAY, "A shift ends after it begins"),
        (NOW + 10 * DAY, "It ends before that already. Put them on the rota again from then"),
        (NOW - timedelta(hours=10), "Who answered then stays as it was: end it today or later"),
        (MIDNIGHT, ""),
        (NOW + 9 * DAY, ""),
    ],
)
def test_shift_ends_today_or_later_and_never_later_than_it_does(until: datetime, said: str) -> None:
    assert [each.says for each in of_end(HELD, until, NOW)] == [said] * bool(said)


def test_shift_that_has_not_begun_may_be_given_up_whole() -> None:
    to_come = a_shift(since=NOW + DAY)
    assert of_end(to_come, to_come.since, NOW) == []


def test_absences_of_one_person_do_not_overlap_and_whoever_covers_is_there() -> None:
    held = an_absence(since=NOW, until=NOW + 3 * DAY)
    rota = Rota(absences=(held, Absence(person="p9", since=NOW - DAY, why=LEFT)))
    assert [each.field for each in of_absence(rota, an_absence(since=NOW + DAY, until=END), NOW)] == ["person"]
    assert of_absence(rota, an_absence(since=NOW + 3 * DAY, until=END), NOW) == []
    assert [each.field for each in of_absence(rota, an_absence(person="p2", cover="p1"), NOW)] == ["cover"]
    (gone,) = of_absence(rota, an_absence(person="p2", cover="p9"), NOW)
    assert (gone.field, gone.lasts) == ("cover", (NOW - DAY, END))
    assert of_absence(rota, an_absence(person="p2", cover="p3"), NOW) == []


def test_end_that_nobody_gave_is_none() -> None:
    assert (endless(None), endless(NOW)) == (END, NOW)
