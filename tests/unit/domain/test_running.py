"""A child's clocks: what starts each, when it is due, and what meets it, stops it or lets it run out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.clocks import a_record, an_entry

from nightlight.domain.clocks import default_rules, load_rules, rules_with
from nightlight.domain.running import Stands, calls_for_duty, clocks_of, deadlines_known
from nightlight.domain.views import Actual, Pooled
from nightlight.timeline.calendar import WorkingCalendar

ENGLAND = WorkingCalendar.england()
RULES = default_rules()


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def clocks(now, *entries, rules=RULES, view=None):
    found = clocks_of(a_record(*entries), view or Pooled(), rules, ENGLAND, at(now))
    assert len({clock.question for clock in found}) == len(found)
    return {clock.rule: clock for clock in found}


REFERRAL = an_entry("r1", "social_care.referral", "2026-11-20T16:00Z")
STRATEGY = an_entry("s1", "social_care.strategy_discussion", "2026-11-02", outcome="section_47")
PLAN = an_entry("p1", "social_care.child_protection_plan", "2026-11-02")
ICPC = an_entry("i1", "social_care.conference", "2026-11-02", type="initial", outcome="child_protection_plan")


def test_a_referral_starts_the_day_in_which_its_response_is_decided():
    clock = clocks("2026-11-21T09:00+00:00", REFERRAL)["REF-DECISION"]
    assert (clock.due, clock.stands) == (at("2026-11-23T23:59:59+00:00"), Stands.RUNNING)
    assert clock.question == "clock:REF-DECISION:r1"
    assert clocks("2026-11-24T00:00+00:00", REFERRAL)["REF-DECISION"].stands is Stands.LAPSED


@pytest.mark.parametrize(
    ("decided", "stands"), [("2026-11-23T17:00Z", Stands.MET), ("2026-11-24T09:00Z", Stands.MET_LATE)]
)
def test_a_later_step_is_the_decision(decided, stands):
    assessment = an_entry("a1", "social_care.assessment", decided)
    clock = clocks("2026-12-01T09:00+00:00", REFERRAL, assessment)["REF-DECISION"]
    assert (clock.stands, clock.ended, clock.ended_by) == (stands, at(decided), "a1")


def test_a_decision_written_into_the_referral_later_counts_from_when_it_was_written():
    decided = an_entry(
        "r2", "social_care.referral", "2026-11-20T16:00Z", recorded="2026-11-24T10:00Z", supersedes="r1",
        outcome="no_further_action",
    )  # fmt: skip
    assert clocks("2026-11-24T09:00+00:00", REFERRAL, decided)["REF-DECISION"].stands is Stands.LAPSED
    clock = clocks("2026-11-24T11:00+00:00", REFERRAL, decided)["REF-DECISION"]
    assert (clock.stands, clock.anchor, clock.entry, clock.ended_by) == (Stands.MET_LATE, "r1", "r2", "r2")


def test_days_are_counted_from_the_day_where_only_the_day_is_known():
    clock = clocks("2026-11-05T09:00+00:00", STRATEGY)["ICPC-15"]
    assert clock.due == at("2026-11-23T23:59:59+00:00")


def test_the_conference_is_counted_from_the_first_strategy_discussion_only():
    again = an_entry("s2", "social_care.strategy_discussion", "2026-11-09", outcome="section_47")
    found = clocks_of(a_record(STRATEGY, again), Pooled(), RULES, ENGLAND, at("2026-11-12T09:00+00:00"))
    assert [clock.anchor for clock in found if clock.rule == "ICPC-15"] == ["s1"]


def test_an_enquiry_that_needs_no_conference_stops_its_clock():
    enquiry = an_entry("q1", "social_care.section_47", "2026-11-02", until="2026-11-12", outcome="child_in_need")
    clock = clocks("2026-12-20T09:00+00:00", STRATEGY, enquiry)["ICPC-15"]
    assert (clock.stands, clock.ended_by, clock.was_late) == (Stands.STOPPED, "q1", False)


def test_without_a_strategy_discussion_on_record_the_conference_is_counted_from_the_enquiry():
    enquiry = an_entry("q1", "social_care.section_47", "2026-11-02")
    assert clocks("2026-11-05T09:00+00:00", enquiry)["ICPC-15"].anchor == "q1"
    assert clocks("2026-11-05T09:00+00:00", enquiry, STRATEGY)["ICPC-15"].anchor == "s1"
    over = an_entry("q2", "social_care.section_47", "2026-11-02", until="2026-11-12", outcome="no_further_action")
    assert clocks("2026-12-05T09:00+00:00", over)["ICPC-15"].stands is Stands.STOPPED


def test_a_plan_starts_its_core_group_its_review_and_its_visits():
    found = clocks("2026-11-10T09:00+00:00", ICPC, PLAN)
    assert {rule: clock.due.date().isoformat() for rule, clock in found.items()} == {
        "CORE-10": "2026-11-16",
        "RCPC-3M": "2027-02-02",
        "CPP-VISIT": "2026-11-16",
        "CPP-NOTSEEN-4W": "2026-11-30",
    }


def test_each_visit_ends_one_clock_and_starts_the_next_and_a_visit_without_the_child_does_neither():
    first = an_entry("v1", "social_care.visit", "2026-11-10", child_seen=True)
    missed = an_entry("v2", "social_care.visit", "2026-11-12", child_seen=False)
    same_day = an_entry("v3", "social_care.visit", "2026-11-10", child_seen=True)
    found = clocks_of(a_record(PLAN, first, missed, same_day), Pooled(), RULES, ENGLAND, at("2026-11-25T09:00+00:00"))
    visits = [(c.anchor, c.stands, c.ended_by) for c in found if c.rule == "CPP-VISIT"]
    assert visits == [("p1", Stands.MET, "v1"), ("v1", Stands.MET, "v3"), ("v3", Stands.LAPSED, "")]


def test_the_end_of_the_plan_stops_what_the_plan_asked_for():
    ended = an_entry("p2", "social_care.child_protection_plan", "2026-11-02", until="2026-11-13", supersedes="p1")
    clock = clocks("2026-12-20T09:00+00:00", PLAN, ended)["CPP-VISIT"]
    assert (clock.stands, clock.anchor, clock.ended) == (Stands.STOPPED, "p1", at("2026-11-14T00:00+00:00"))


def test_police_protection_runs_for_72_hours_as_they_pass_over_the_change_of_the_clocks():
    taken = an_entry("k1", "police.protection", "2026-10-23T22:00+01:00", agency="police")
    assert clocks("2026-10-24T09:00+00:00", taken)["PPP-72"].due == at("2026-10-26T21:00+00:00")


def test_a_missing_child_s_return_starts_the_interview_s_clock():
    away = an_entry("m1", "police.missing", "2026-11-20T20:00Z", agency="police")
    back = an_entry("m2", "police.missing", "2026-11-20T20:00Z", until="2026-11-21T06:00Z", supersedes="m1")
    assert "RHI-72" not in clocks("2026-11-22T06:00+00:00", away)
    assert clocks("2026-11-22T06:00+00:00", away, back)["RHI-72"].due == at("2026-11-24T06:00+00:00")


def test_no_clock_runs_for_a_child_who_died_but_the_one_of_that_death():
    looked_after = an_entry("l1", "social_care.looked_after", "2026-11-02")
    death = an_entry("d1", "outcome.death", "2026-11-05", agency="health.hospital")
    found = clocks("2026-11-30T09:00+00:00", looked_after, PLAN, death)
    assert {rule for rule, clock in found.items() if clock.is_open} == {"SIN-LAC"}


def test_a_corrected_anchor_moves_the_deadline_and_the_old_one_stays_known():
    corrected = an_entry(
        "r2", "social_care.referral", "2026-11-18T10:00Z", recorded="2026-11-21T10:00Z", supersedes="r1"
    )
    record = a_record(REFERRAL, corrected)
    question = "clock:REF-DECISION:r1"
    known = deadlines_known(record, Pooled(), RULES, ENGLAND, at("2026-11-30T09:00+00:00"), question=question)
    assert known == (
        (at("2026-11-20T16:00+00:00"), at("2026-11-23T23:59:59+00:00")),
        (at("2026-11-21T10:00+00:00"), at("2026-11-19T23:59:59+00:00")),
    )


def test_a_withdrawn_anchor_withdraws_its_clock():
    gone = an_entry(
        "r2", "social_care.referral", "2026-11-20T16:00Z", recorded="2026-11-21T10:00Z", supersedes="r1", retracts=True
    )
    assert clocks("2026-11-22T09:00+00:00", REFERRAL, gone) == {}
    known = deadlines_known(
        a_record(REFERRAL, gone),
        Pooled(),
        RULES,
        ENGLAND,
        at("2026-11-30T09:00+00:00"),
        question="clock:REF-DECISION:r1",
    )
    assert [deadline for _, deadline in known] == [at("2026-11-23T23:59:59+00:00"), None]


def test_a_clock_runs_only_in_a_view_that_knows_what_started_it():
    assert clocks("2026-11-21T09:00+00:00", REFERRAL, view=Actual("education")) == {}


def test_what_began_under_an_old_row_is_due_under_it():
    local = """
local_values:
  - {id: ASSESS-45, version: 100, valid_from: 2026-11-23, amount: 35, unit: working_days, source: "Our board."}
"""
    asked = {"outcome": "assessment"}
    before = an_entry("r1", "social_care.referral", "2026-11-20", **asked)
    after = an_entry("r2", "social_care.referral", "2026-11-23", **asked)
    found = clocks_of(a_record(before, after), Pooled(), rules_with(local), ENGLAND, at("2026-11-24T09:00+00:00"))
    assert [(c.anchor, c.rule_version) for c in found if c.rule == "ASSESS-45"] == [("r1", 1), ("r2", 100)]


def test_only_a_clock_that_is_open_and_did_not_run_out_long_ago_raises_a_duty():
    row = RULES.in_force("REF-DECISION", at("2026-11-20T16:00+00:00"))
    for now, expected in [("2026-11-21T09:00", True), ("2026-12-07T09:00", True), ("2026-12-08T09:00", False)]:
        clock = clocks(f"{now}+00:00", REFERRAL)["REF-DECISION"]
        assert calls_for_duty(clock, row, RULES, ENGLAND, at(f"{now}+00:00")) is expected


def test_every_row_that_is_watched_has_something_that_starts_it_and_statute_raises_a_duty():
    for row in RULES.rows:
        if row.starts and row.watched and row.force in ("law", "stat"):
            assert row.duty_level, row.id
        if not row.watched:
            assert row.not_watched


LATER_ROW = """
rules:
  - {id: T, version: 1, valid_from: 2020-01-01, trigger: t, what: w, amount: 1, unit: working_days,
     role: social_worker, source: s, grade: hub, force: hub, starts: [{kind: social_care.referral}]}
"""


def test_without_anything_that_meets_it_a_clock_runs_until_a_person_answers():
    clock = clocks("2027-01-01T00:00+00:00", REFERRAL, rules=load_rules(LATER_ROW))["T"]
    assert (clock.stands, clock.ended) == (Stands.LAPSED, None)
