"""The Friday conference: it cannot close while the weekend is uncovered, and each way out is really one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nightlight.domain.clocks import default_rules, rules_with
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.closing import close_check, still_to_record
from nightlight.domain.meetings.rows import default_rows, rows_with
from nightlight.domain.meetings.scheduling import late_before_break, wrong_day
from nightlight.domain.meetings.steps import fold, step
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
NOW = FRIDAY + timedelta(hours=1)
FROM, UNTIL = Partial.parse("2026-11-20T17:00Z"), Partial.parse("2026-11-23T09:00Z")
MONDAY = Partial.parse("2026-11-23T09:00Z")
RULES, ENGLAND = default_rules(), WorkingCalendar.england()
_COUNT = iter(range(10_000))


def event(deed, /, by="chair", minutes=0, **given):
    return deed(id=f"e{next(_COUNT)}", at=FRIDAY + timedelta(minutes=minutes), by=by, **given)


def check(meeting, now=NOW):
    return close_check(meeting, now, rules=RULES, calendar=ENGLAND)


def codes(meeting):
    return {reason.code for reason in check(meeting).reasons}


def conference():
    """Everything that a conference needs, but for a protection before Monday."""
    people = {"nurse": "health", "teacher": "education", "amina": "social_care", "officer": "police"}
    notes = ("reason", "family", "outline_plan")
    return fold(
        [
            event(
                ev.Called, meeting="m1", kind="initial_conference", children=("c1",), why="neglect", chair="chair"
            ),
            *(event(ev.Invited, person=p, part=part) for p, part in people.items()),
            *(event(ev.Arrived, person=p) for p in people),
            event(ev.HasResponsibility, person="mother", child="c1"),
            event(ev.Told, person="mother", how="visit"),
            event(ev.HasResponsibility, person="father", child="c1"),
            event(ev.NotTold, person="father", why="in prison, not yet reached"),
            *(event(ev.ScoreGiven, by=p, score=n, reason="x") for n, p in enumerate(people)),
            *(event(ev.NoteWritten, item=block, block=block, text="x") for block in notes),
            event(
                ev.ViewGiven, item="v1", child="c1", words="I am scared", how="at school", seen_alone=True,
                when=Partial.parse("2026-11-18"),
            ),
            event(ev.DecisionMade, item="x1", what="a plan", reasons="neglect", outcome="child_protection_plan"),
            event(ev.DangerVoiced, by="nurse", item="d1", what="She could die this weekend", starts=FROM, ends=UNTIL),
            event(
                ev.ProtectionProposed, item="p1", what="speak to mother", owner="amina", in_force_from=MONDAY,
                review=FRIDAY + timedelta(days=7), how_confirmed="a note",
            ),
            event(ev.ProtectionAccepted, by="amina", item="p1", of_version=1),
        ]
    )  # fmt: skip


def test_nothing_else_is_missing_and_it_still_cannot_close():
    found = check(conference())
    assert (codes(conference()), found.may_close) == ({"uncovered"}, False)
    (reason,) = found.reasons
    assert "No protection is in force for 64 hours, from Friday 20 November 2026 at 17:00" in reason.missing
    assert (reason.gate, reason.can_except) == ("G5", False)


def test_the_ways_out_name_what_to_bring_forward_and_every_route_with_its_clock_and_basis():
    ways = check(conference()).ways_out
    assert ways.forward[0].words == (
        "speak to mother is in force from Monday 23 November 2026 at 09:00. Bring it forward to "
        "Friday 20 November 2026 at 17:00."
    )
    assert [each.route.code for each in ways.routes] == [
        "strategy_discussion", "police_protection", "emergency_protection_order", "out_of_hours_visit",
    ]  # fmt: skip
    assert all(each.due > NOW and each.basis and each.basis[0].source for each in ways.routes)
    assert ways.names_missing == 2


def test_bringing_a_protection_forward_closes_once_its_owner_accepts_it_again():
    moved = step(conference(), event(ev.ProtectionChanged, item="p1", of_version=1, changes={"in_force_from": FROM}))
    assert codes(moved) == {"uncovered"}
    taken = step(moved, event(ev.ProtectionAccepted, by="amina", item="p1", of_version=2))
    assert check(taken).may_close
    assert check(taken).ways_out is None


def test_an_exception_cannot_be_made_of_uncovered_danger():
    excepted = step(conference(), event(ev.ExceptionRecorded, requirement="uncovered", reason="late"))
    assert codes(excepted) == {"uncovered"}


# -- emergency routes


def invoked(**given):
    told = {
        "item": "r1",
        "route": "police_protection",
        "owner": "officer",
        "by_when": FROM.earliest,
        "reason": "tonight",
    }
    return event(ev.EmergencyInvoked, **(told | given))


def test_a_route_counts_once_its_owner_took_it_and_while_it_is_not_over():
    asked = step(conference(), invoked())
    assert codes(asked) == {"uncovered"}
    taken = step(asked, event(ev.EmergencyAccepted, by="officer", item="r1"))
    assert (check(taken).may_close, check(taken).in_hand) == (True, ("d1",))
    over = step(taken, event(ev.EmergencyEnded, by="officer", item="r1", outcome="not used"))
    assert codes(over) == {"uncovered"}


@pytest.mark.parametrize(
    "given", [{"by_when": MONDAY.earliest}, {"dangers": ("d9",)}, {"route": "pray"}], ids=["late", "other", "unknown"]
)
def test_a_route_that_comes_after_the_danger_or_answers_another_does_not_count(given):
    assert codes(step(conference(), invoked(by="officer", **given))) == {"uncovered"}


# -- override


def signed(by, role, dangers=("d1",), minutes=30):
    return event(ev.OverrideSigned, by=by, role=role, reason="as told", dangers=dangers, minutes=minutes)


def test_two_managers_names_close_it_and_both_duties_are_owed():
    one = step(conference(), signed("chair", "cp_chair"))
    assert check(one).ways_out.names_missing == 1
    two = step(one, signed("manager", "service_manager"))
    found = check(two)
    assert (found.may_close, found.overridden) == (True, True)
    assert [each.rule for each in found.raises] == ["OVERRIDE-ON-CALL", "OVERRIDE-DIRECTOR"]
    assert all("64 hours" in each.what and each.children == ("c1",) for each in found.raises)
    assert all(RULES.in_force(each.rule, NOW).duty_level == "immediate" for each in found.raises)


@pytest.mark.parametrize(
    "second",
    [signed("chair", "cp_chair"), signed("nurse", "school_nurse"), signed("manager", "service_manager", ())],
    ids=["one person twice", "no manager", "another danger"],
)
def test_what_is_not_two_managers_on_this_danger_does_not_close_it(second):
    assert codes(step(step(conference(), signed("chair", "cp_chair")), second)) == {"uncovered"}


def test_a_danger_that_grew_after_the_names_were_signed_is_signed_anew():
    two = step(step(conference(), signed("chair", "cp_chair")), signed("manager", "service_manager"))
    worse = event(ev.DangerCorrected, item="d1", of_version=1, changes={"ends": None}, minutes=40)
    assert codes(step(two, worse)) == {"uncovered"}


# -- what else must be there


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (event(ev.HasResponsibility, person="grandmother", child="c1"), "told"),
        (event(ev.ActionAgreed, item="a1", what="ring the nurse"), "actions"),
        (event(ev.DangerVoiced, item="d2", what="when he drinks"), "danger_undated"),
        (event(ev.ProtectionChanged, item="p1", of_version=1, changes={"review": None}), "review"),
        (event(ev.NoteChanged, item="family", of_version=1, changes={"text": " "}), "family"),
        (event(ev.DecisionChanged, item="x1", of_version=1, changes={"reasons": ""}), "decision"),
        (event(ev.ViewChanged, item="v1", of_version=1, changes={"seen_alone": None}), "views"),
    ],
)
def test_what_is_missing_is_a_reason_in_a_sentence(more, code):
    found = {r.code: r for r in check(step(conference(), more)).reasons}
    assert code in found
    assert found[code].missing[-1] in ".?"
    assert found[code].source


def test_an_edit_that_nobody_looked_at_holds_it_open():
    first = event(ev.DangerCorrected, item="d1", of_version=1, changes={"what": "a"})
    second = event(ev.DangerCorrected, item="d1", of_version=1, changes={"what": "b"})
    assert "edits" in codes(step(step(conference(), first), second))


def test_a_conference_without_its_quorum_goes_on_only_for_a_recorded_reason():
    few = fold([
        event(ev.Called, meeting="m1", kind="strategy_discussion", children=("c1",), why="x", chair="chair"),
        event(ev.Arrived, person="amina"),
        event(ev.Invited, person="amina", part="social_care"),
    ])  # fmt: skip
    assert {"quorum.police", "quorum.health"} <= codes(few)
    excepted = step(few, event(ev.ExceptionRecorded, requirement="quorum.police", reason="on the line at six"))
    assert {c for c in codes(excepted) if c.startswith("quorum")} == {"quorum.health"}


def test_what_the_record_still_needs_does_not_hold_the_meeting_open():
    row = default_rows().in_force("initial_conference", FRIDAY)
    left = {reason.code for reason in still_to_record(conference(), row)}
    assert {"chronology", "review_date"} <= left
    assert not left & codes(conference())


# -- scheduling


@pytest.mark.parametrize(
    ("starts", "late"),
    [("2026-11-20T15:30", True), ("2026-11-20T10:00", False), ("2026-11-19T16:00", False), ("2026-12-24T14:00", True),
     ("2026-04-02T15:00", True), ("2026-11-20T18:00", True)],
)  # fmt: skip
def test_late_before_days_on_which_nobody_works_is_warned_of(starts, late):
    when = datetime.fromisoformat(f"{starts}+00:00")
    assert bool(late_before_break(when, rules=RULES, calendar=ENGLAND)) is late
    assert late_before_break(when, rules=RULES, calendar=ENGLAND, covers="Asha Grant") is None


def test_a_conference_is_not_on_a_saturday():
    row = default_rows().in_force("initial_conference", FRIDAY)
    assert "national return" in wrong_day(FRIDAY + timedelta(days=1), row)
    assert wrong_day(FRIDAY, row) == ""


# -- rows


def test_every_row_says_where_it_was_read_and_every_clock_is_a_row():
    known = {row.id for row in RULES.rows}
    for row in default_rows().rows:
        assert row.source
        assert set(row.clocks) <= known
        assert {*row.asks, *row.may_ask} <= set(default_rows().parts)


def test_a_partnership_s_folder_holds_its_meetings_beside_its_other_rules(tmp_path):
    (tmp_path / "hours.yaml").write_text('office_hours: {start: "08:30", end: "17:30"}\n', "utf-8")
    (tmp_path / "meetings.yaml").write_text(
        "meetings:\n  - {kind: core_group, version: 7, valid_from: 2026-01-01, source: Our board., force: local}\n",
        "utf-8",
    )
    assert rows_with(tmp_path).in_force("core_group", FRIDAY).version == 7
    assert rules_with(tmp_path).office_hours.end.hour == 17
