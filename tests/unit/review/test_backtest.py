"""Every figure of a backtest against a table worked out by hand."""

from __future__ import annotations

import pickle

import pytest
from support.backtesting import INDICATORS, LOGGED, NOTED, SEEN, a_backtest, a_child, an_indicator, spans

from nightlight.review.backtest import ANY, DAY, NO_ORGANISATION, answering, lead_time
from nightlight.review.figures import Share


def _days(*when: int) -> list[int]:
    return [day * DAY for day in when]


def test_firings_and_first_firings_are_counted_where_they_begin() -> None:
    counted = a_backtest()
    counted.add(a_child("C1"), {LOGGED.code: spans((10, 20), (50, 60))}, {})
    counted.add(a_child("C2"), {LOGGED.code: spans((990, 1200))}, {})
    counted.add(a_child("C3"), {}, {})
    tally = counted.by_indicator[LOGGED.code]
    assert (tally.firings, tally.children) == (3, 2)
    assert counted.children == 3


def test_rates_are_per_thousand_child_years() -> None:
    counted = a_backtest()
    counted.add(a_child(until=500), {LOGGED.code: spans((10, 20))}, {})
    counted.add(a_child(until=961), {}, {})
    assert counted.child_years == 4.0  # 500 and 961 days are four times 365.25
    assert counted.rate(counted.by_indicator[LOGGED.code].firings) == 250.0


def test_what_is_before_or_after_the_child_is_watched_is_left_out() -> None:
    counted = a_backtest()
    counted.add(
        a_child(since=100, until=400), {LOGGED.code: spans((90, 110), (400, 410))}, {"plan": _days(50, 400, 399)}
    )
    assert counted.by_indicator[LOGGED.code].firings == 0
    assert counted.by_outcome["plan"].occurrences == 1


def test_a_child_who_is_never_watched_is_not_counted() -> None:
    counted = a_backtest()
    counted.add(a_child(since=400, until=400), {LOGGED.code: spans((400, 500))}, {"plan": _days(400)})
    assert (counted.children, counted.watched, counted.by_indicator, counted.by_outcome) == (0, 0, {}, {})


@pytest.mark.parametrize(
    ("second", "alerts", "joined"),
    [(37, 1, 1), (38, 2, 0), (39, 2, 0)],
    ids=["while open", "when answered", "after"],
)
def test_a_firing_joins_a_duty_that_is_open_on_its_question(second: int, alerts: int, joined: int) -> None:
    counted = a_backtest()  # answered after 28 days: a duty of day 10 is open until day 38
    counted.add(a_child(), {LOGGED.code: spans((10, 20)), SEEN.code: spans((second, 50))}, {})
    assert counted.by_indicator[LOGGED.code].alerts + counted.by_indicator[SEEN.code].alerts == alerts
    assert counted.by_indicator[ANY].alerts == alerts
    assert counted.by_indicator[SEEN.code].joined == joined


def test_of_two_at_once_the_more_serious_opens_the_duty() -> None:
    counted = a_backtest()
    counted.add(a_child(), {LOGGED.code: spans((10, 20)), SEEN.code: spans((10, 20))}, {})
    assert (counted.by_indicator[SEEN.code].alerts, counted.by_indicator[LOGGED.code].alerts) == (1, 0)


def test_another_question_opens_a_duty_of_its_own() -> None:
    other = an_indicator("test.other", level="concern", question="injury", kind="health.injury")
    counted = a_backtest(LOGGED, other)
    counted.add(a_child(), {LOGGED.code: spans((10, 20)), other.code: spans((11, 20))}, {})
    assert counted.by_indicator[ANY].alerts == 2


def test_a_note_opens_no_duty_and_is_not_any() -> None:
    counted = a_backtest()
    counted.add(a_child(), {NOTED.code: spans((10, 20))}, {"plan": _days(30)})
    assert counted.by_indicator[NOTED.code].alerts == 0
    assert counted.by_indicator[NOTED.code].firings == 1
    assert counted.by_indicator[ANY].firings == 0
    assert counted.recall(NOTED.code, "plan") == Share(1, 1)
    assert counted.recall(ANY, "plan") == Share(0, 1)


def test_any_counts_overlapping_spans_once() -> None:
    counted = a_backtest()
    counted.add(a_child(), {LOGGED.code: spans((10, 20), (40, 50)), SEEN.code: spans((15, 40), (60, 70))}, {})
    assert counted.by_indicator[ANY].firings == 2
    assert counted.together({LOGGED.code: spans((10, 20), (40, 50)), SEEN.code: spans((15, 40), (60, 70))}) == spans(
        (10, 50), (60, 70)
    )


# first firing, child watched until, outcomes -> followed within 6 months and within 12, each of how many
@pytest.mark.parametrize(
    ("first", "until", "came", "six", "twelve"),
    [
        (100, 1000, (101,), Share(1, 1), Share(1, 1)),
        (100, 1000, (100,), Share(0, 1), Share(0, 1)),  # at the same moment does not follow
        (100, 1000, (283,), Share(1, 1), Share(1, 1)),  # 183 days after
        (100, 1000, (284,), Share(0, 1), Share(1, 1)),
        (100, 1000, (465,), Share(0, 1), Share(1, 1)),  # 365 days after
        (100, 1000, (466,), Share(0, 1), Share(0, 1)),
        (100, 1000, (50, 101), Share(1, 1), Share(1, 1)),  # one before does not hide one after
        (700, 1000, (710,), Share(1, 1), Share(0, 0)),  # 300 days are left: twelve months are not asked
        (900, 1000, (910,), Share(0, 0), Share(0, 0)),
        (100, 283, (), Share(0, 1), Share(0, 0)),
    ],
)
def test_precision_is_asked_of_first_firings_with_so_long_after_them(
    first: int, until: int, came: tuple[int, ...], six: Share, twelve: Share
) -> None:
    counted = a_backtest()
    held = spans((first, first + 1), (first + 2, first + 3))
    counted.add(a_child(until=until), {LOGGED.code: held}, {"plan": _days(*came)})
    tally = counted.by_indicator[LOGGED.code]
    assert (tally.precision("plan", 6), tally.precision("plan", 12)) == (six, twelve)


def test_base_rate_is_asked_each_year_of_children_watched_so_long() -> None:
    counted = a_backtest()
    counted.add(a_child(), {}, {"plan": _days(400)})  # asked at 0, 365 and 730 for six months; at 0 and 365 for twelve
    counted.add(a_child(until=200), {}, {"plan": _days(183)})  # asked at 0 for six months
    counted.add(a_child(until=400), {}, {})  # to whom nothing came: asked at 0 for both
    assert counted.by_outcome["plan"].base(6) == Share(2, 5)
    assert counted.by_outcome["plan"].base(12) == Share(1, 3)


def test_first_firings_of_children_to_whom_nothing_came_are_counted_too() -> None:
    counted = a_backtest()
    counted.add(a_child("C1"), {LOGGED.code: spans((10, 20))}, {})
    counted.add(a_child("C2"), {LOGGED.code: spans((10, 20))}, {"plan": _days(15)})
    assert counted.by_indicator[LOGGED.code].precision("plan", 6) == Share(1, 2)
    assert counted.by_indicator[LOGGED.code].precision("section_47", 6) == Share(0, 2)


# spans, outcome -> days of lead
@pytest.mark.parametrize(
    ("held", "came", "lead"),
    [
        (((10, 20),), 30, 20),
        (((10, 40),), 30, 20),
        (((30, 40),), 30, None),
        (((10, 20),), 385, None),  # it ended 365 days before
        (((10, 21),), 385, 375),
        (((10, 20), (300, 310), (320, 330)), 400, 100),
        ((), 30, None),
    ],
    ids=["before", "still holding", "same moment", "too long ago", "just recent", "the first that led up", "none"],
)
def test_lead_time_is_from_the_first_firing_that_led_up(
    held: tuple[tuple[int, int], ...], came: int, lead: int | None
) -> None:
    found = lead_time(spans(*held), came * DAY, 0)
    assert (None if found is None else found // DAY) == lead


@pytest.mark.parametrize(
    ("held", "lead"),
    [(((10, 60),), 50), (((10, 50),), None), (((10, 20), (70, 80)), 30), (((50, 60),), 50)],
    ids=["holding when watching began", "over by then", "over, and another", "begun then"],
)
def test_lead_time_is_no_longer_than_the_child_was_watched(held: tuple[tuple[int, int], ...], lead: int | None) -> None:
    found = lead_time(spans(*held), 100 * DAY, 50 * DAY)
    assert (None if found is None else found // DAY) == lead


def test_lead_times_have_quartiles_and_recall_counts_children() -> None:
    counted = a_backtest()
    for number, lead in enumerate((10, 20, 30, 40)):
        counted.add(
            a_child(f"C{number}"), {LOGGED.code: spans((100, 110))}, {"section_47": _days(100 + lead, 100 + 5 * lead)}
        )
    counted.add(a_child("C9"), {}, {"section_47": _days(500)})
    lead = counted.by_indicator[LOGGED.code].lead("section_47")
    assert (lead.lower, lead.median, lead.upper, lead.of) == (10, 20, 30, 4)
    assert counted.recall(LOGGED.code, "section_47") == Share(4, 5)
    assert counted.by_outcome["section_47"].occurrences == 9


def test_groups_have_children_and_those_with_a_firing() -> None:
    counted = a_backtest()
    counted.add(a_child("C1", area="North"), {LOGGED.code: spans((10, 20), (30, 40))}, {})
    counted.add(a_child("C2", area="North"), {}, {})
    counted.add(a_child("C3", area="South"), {SEEN.code: spans((10, 20))}, {})
    assert counted.dimensions() == {"area": ["North", "South"]}
    assert counted.share_of(LOGGED.code, ("area", "North")) == Share(1, 2)
    assert counted.share_of(LOGGED.code, ("area", "South")) == Share(0, 1)
    assert counted.share_of(ANY, ("area", "South")) == Share(1, 1)


def test_team_weeks_count_quiet_ones_and_leave_out_a_week_that_is_not_over() -> None:
    counted = a_backtest(LOGGED)  # 1,000 days are 142 whole weeks and six days
    for number, day in enumerate((0, 6, 7, 995)):
        counted.add(
            a_child(f"C{number}", organisations={"education": "Fernbank"}), {LOGGED.code: spans((day, day + 1))}, {}
        )
    counted.add(a_child("C9", organisations={"education": "Larkrise"}), {}, {})
    load = counted.team_load()["education"]
    assert (load.teams, load.weeks, load.alerts) == (2, 142, 3)
    assert load.counted == {0: 2 * 142 - 2, 1: 1, 2: 1}
    assert load.mean == pytest.approx(3 / 284)


def test_alert_goes_where_its_entries_are_unless_its_owner_is_of_the_whole_partnership() -> None:
    known = {"education": "Fernbank", "police": "Calder Valley", "social_care": "Calderwick"}
    wide = an_indicator(
        "test.wide", level="threshold", question="q", kind="education.concern", owner="front_door_team_manager"
    )
    assert answering(LOGGED, known) == ("education", "Fernbank")
    assert answering(SEEN, known) == ("police", "Calder Valley")
    assert answering(wide, known) == ("social_care", "Calderwick")
    assert answering(LOGGED, {"social_care": "Calderwick"}) == ("social_care", "Calderwick")
    assert answering(LOGGED, {}) == NO_ORGANISATION


def test_tallies_of_parts_join_to_the_tally_of_the_whole() -> None:
    children = [
        (
            a_child(f"C{n}", until=300 + 100 * (n % 8), organisations={"police": f"P{n % 2}"}, area="NS"[n % 2]),
            {LOGGED.code: spans((n * 30, n * 30 + 9)), SEEN.code: spans((n * 20, n * 40 + 1))} if n % 3 else {},
            {"plan": _days(n * 33 + 1), "section_47": _days(*range(5, n * 7 + 6, 50))},
        )
        for n in range(12)
    ]
    whole, parts = a_backtest(), [a_backtest(), a_backtest()]
    for number, child in enumerate(children):
        whole.add(*child)
        parts[number % 2].add(*child)
    joined = a_backtest()
    for part in parts:
        joined.join(pickle.loads(pickle.dumps(part)))
    assert joined == whole
    assert whole.by_indicator[SEEN.code].alerts


def test_indicators_of_the_tests_are_three_levels() -> None:
    assert [each.level for each in INDICATORS] == ["concern", "threshold", "note"]
