"""Why a clock that was running is started no more: the entry that says so, or none, and then its duty stands."""

from __future__ import annotations

from datetime import UTC, datetime

from support.clocks import a_record, an_entry

from nightlight.domain.clocks import default_rules
from nightlight.domain.running import Clock, calls_for_duty, clocks_of
from nightlight.domain.views import Pooled
from nightlight.domain.withdrawal import CORRECTED, EARLIER, NOT_WITHIN, NotStarted, not_started
from nightlight.timeline.calendar import WorkingCalendar

RULES = default_rules()
ENGLAND = WorkingCalendar.england()
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
DISCUSSION = an_entry("d1", "social_care.strategy_discussion", "2026-11-23T09:00Z", outcome="section_47")
PLAN = an_entry("p1", "social_care.child_protection_plan", "2026-11-02T09:00Z")
VISIT = an_entry("v1", "social_care.visit", "2026-11-23T09:00Z", child_seen=True)


def clocks(*entries: object) -> tuple[Clock, ...]:
    return clocks_of(a_record(*entries), Pooled(), RULES, ENGLAND, NOW)  # type: ignore[arg-type]


def why(rule: str, evidence: str, *entries: object, raised: datetime = MONDAY) -> NotStarted | None:
    """Why the clock of this rule that this entry started is started no more, by this record."""
    row = next(row for row in RULES.rows if row.id == rule)
    running = clocks(*entries)
    assert evidence not in {clock.entry for clock in running if clock.rule == rule}
    return not_started((evidence,), raised, row, running, a_record(*entries), NOW)  # type: ignore[arg-type]


def test_correction_that_says_something_else_is_named() -> None:
    says_else = an_entry(
        "d2", "social_care.strategy_discussion", "2026-11-23T09:00Z", outcome="no_further_action",
        recorded="2026-11-24T09:00Z", supersedes="d1",
    )  # fmt: skip
    assert why("S47-START", "d1", DISCUSSION, says_else) == NotStarted("d2", CORRECTED)


def test_correction_that_nobody_knows_of_yet_says_nothing() -> None:
    tomorrow = an_entry(
        "d2", "social_care.strategy_discussion", "2026-11-23T09:00Z", outcome="no_further_action",
        recorded="2026-11-26T09:00Z", supersedes="d1",
    )  # fmt: skip
    row = RULES.in_force("S47-START", MONDAY)
    assert not_started(("d1",), MONDAY, row, (), a_record(DISCUSSION, tomorrow), NOW) is None


def test_earlier_start_of_what_is_started_once_is_named_while_its_clock_runs() -> None:
    earlier = an_entry("d0", "social_care.strategy_discussion", "2026-11-20T09:00Z", outcome="section_47")
    assert why("S47-START", "d1", DISCUSSION, earlier) == NotStarted("d0", EARLIER)
    enquiry = an_entry("s1", "social_care.section_47", "2026-11-24T09:00Z")
    assert why("S47-START", "d1", DISCUSSION, earlier, enquiry) == NotStarted("d0", EARLIER)


def test_episode_that_was_withdrawn_is_named_by_what_withdrew_it() -> None:
    withdrawn = an_entry(
        "p2", "social_care.child_protection_plan", "2026-11-02T09:00Z", recorded="2026-11-24T09:00Z",
        supersedes="p1", retracts=True,
    )  # fmt: skip
    assert "v1" in {clock.entry for clock in clocks(PLAN, VISIT) if clock.rule == "CPP-VISIT"}
    assert why("CPP-VISIT", "v1", PLAN, withdrawn, VISIT) == NotStarted("p2", NOT_WITHIN)


def test_where_no_entry_says_so_nothing_is_named() -> None:
    assert why("CPP-VISIT", "v1", VISIT) is None
    assert why("REF-DECISION", "d1", DISCUSSION) is None


def test_what_had_an_owner_is_no_history_however_long_ago_it_ran_out() -> None:
    ago = an_entry("r1", "social_care.referral", "2026-03-02T09:00Z")
    clock = next(clock for clock in clocks(ago) if clock.rule == "REF-DECISION")
    row = RULES.in_force("REF-DECISION", clock.started)
    assert not calls_for_duty(clock, row, RULES, ENGLAND, NOW)
    assert calls_for_duty(clock, row, RULES, ENGLAND, NOW, had_owner=True)
