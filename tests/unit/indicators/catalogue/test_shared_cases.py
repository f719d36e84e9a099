"""The three case files under every view: the pattern is seen, and an ordinary family is left in peace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nightlight.domain.chronology import Chronology
from nightlight.domain.views import Actual, Alone, Pooled, View
from nightlight.indicators import reference
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.explain import Firing, firings
from nightlight.indicators.history import History
from nightlight.review.casefile import read_case
from nightlight.timeline.calendar import WorkingCalendar

CASES = Path(__file__).parents[4] / "cases"
CALENDAR = WorkingCalendar.england()


def chronology(name: str) -> Chronology:
    return read_case(CASES / f"{name}.yaml").chronology("child")


def fired(of: Chronology, view: View) -> list[Firing]:
    history = History(of.facts(view), of.born, CALENDAR)
    last = max((fact.counts_from for fact in history.facts), default=datetime(2000, 1, 1, tzinfo=UTC))
    return [f for each in CATALOGUE.values() for f in firings(each, history) if f.since <= last]


def views(of: Chronology) -> list[View]:
    return [Pooled(), *map(Alone, of.agencies()), *map(Actual, of.agencies())]


def first(found: list[Firing], level: str) -> datetime | None:
    return min((f.since for f in found if f.level == level), default=None)


def test_family_r_pooled_reaches_threshold_long_before_any_agency_alone():
    of = chronology("family-r")
    pooled = first(fired(of, Pooled()), "threshold")
    alone = [since for agency in of.agencies() if (since := first(fired(of, Alone(agency)), "threshold"))]
    assert pooled == datetime(2024, 9, 27, 23, tzinfo=UTC)
    assert alone
    assert min(alone) - pooled > timedelta(days=200)


def test_family_r_is_immediate_at_the_conference():
    found = fired(chronology("family-r"), Pooled())
    assert first(found, "immediate") == datetime(2025, 11, 21, 14, 45, tzinfo=UTC)


def test_family_q_is_left_in_peace_under_every_view():
    of = chronology("family-q")
    for view in views(of):
        found = fired(of, view)
        assert {f.level for f in found} <= {"note", "concern"}
        assert sum(f.level == "concern" for f in found) <= 1, view.name


def test_child_h_is_immediate_at_the_conference_and_until_the_agreed_monday():
    found = fired(chronology("child-h"), Pooled())
    (danger,) = [f for f in found if f.level == "immediate"]
    assert danger.since == datetime(2017, 11, 25, tzinfo=UTC)
    assert danger.until == datetime(2017, 11, 28, tzinfo=UTC)
    assert danger.evidence == ("e022", "e024")


def test_child_h_counts_nothing_before_it_can_have_been_known():
    """What the review dates "by November 2017" must not be seen in October."""
    found = fired(chronology("child-h"), Pooled())
    assert not [f for f in found if f.since < datetime(2017, 9, 30, tzinfo=UTC)]


@pytest.mark.parametrize("name", ["family-q", "family-r", "child-h"])
def test_replay_as_at_a_moment_sees_no_later_entry(name):
    """What had fired by a moment, asked then, is what the whole record says had fired by then."""
    of = chronology(name)
    whole = History(of.facts(Pooled()), of.born, CALENDAR)
    for as_at in sorted({fact.known_from for fact in whole.facts})[:: max(1, len(whole.facts) // 12)]:
        then = History(of.facts(Pooled(), as_at), of.born, CALENDAR)
        for each in CATALOGUE.values():
            assert (as_at in reference.spans(each.expression, then)) == (
                as_at in reference.spans(each.expression, whole)
            )
