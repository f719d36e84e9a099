"""A partnership's own rows of meetings, routes and plans: stricter, never looser; each mistake said with its line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nightlight.domain.clocks import default_rules
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings import routes as routes_module
from nightlight.domain.meetings import rows as rows_module
from nightlight.domain.meetings.closing import close_check, missing_from
from nightlight.domain.meetings.routes import default_routes, offered, routes_with
from nightlight.domain.meetings.rows import default_rows, rows_with
from nightlight.domain.meetings.steps import fold
from nightlight.domain.plans import contents
from nightlight.domain.plans import events as pe
from nightlight.domain.plans import state as plan_state
from nightlight.domain.plans.rows import NEEDS, default_plans, plans_with
from nightlight.domain.rule_types import NoRuleError, RulesError
from nightlight.timeline.calendar import WorkingCalendar

FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
BEFORE = datetime(2025, 11, 20, 15, tzinfo=UTC)
ENGLAND = WorkingCalendar.england()
MEETING = "meetings:\n  - {kind: %s, version: 2, valid_from: 2026-01-01, source: Our board., force: local, %s}\n"
PART = "parts:\n  - {code: %s, title: X, %s}\n"
ROUTE = "routes:\n  - {code: police_protection, version: 2, valid_from: 2026-01-01, source: x, force: local, %s}\n"
PLAN = "plans:\n  - {kind: %s, version: 2, valid_from: 2026-01-01, source: Our board., force: local, %s}\n"
BASIS = "bases:\n  - {code: %s, version: 2, valid_from: 2026-01-01, words: x., source: x, grade: hub, force: local}\n"


def called(kind, at):
    return fold([ev.Called(id="e1", at=at, by="w", meeting="m", kind=kind, children=("c",), why="x", chair="w")])


def test_a_stricter_row_holds_from_its_date_and_what_began_before_keeps_the_old_one():
    own = rows_with(MEETING % ("core_group", "quorum: [{of: [health]}]"))
    assert own.in_force("core_group", FRIDAY).version == 2
    assert own.in_force("core_group", BEFORE).version == 1
    old, new = (missing_from(m, own.in_force("core_group", m.called.at), own) for m in
                (called("core_group", BEFORE), called("core_group", FRIDAY)))  # fmt: skip
    assert "quorum.health" not in {reason.code for reason in old}
    reason = next(reason for reason in new if reason.code == "quorum.health")
    assert (reason.source, reason.grade) == ("Our board.", "UNVERIFIED")


def test_what_a_row_leaves_out_is_as_in_the_package_s():
    own = rows_with(MEETING % ("initial_conference", "title: Our conference")).in_force("initial_conference", FRIDAY)
    theirs = default_rows().in_force("initial_conference", FRIDAY)
    assert own.title == "Our conference"
    assert (own.contents, own.quorum, own.quorum_source) == (theirs.contents, theirs.quorum, theirs.quorum_source)
    assert (own.asks, own.outcomes, own.weekdays_only) == (theirs.asks, theirs.outcomes, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MEETING % ("strategy_discussion", "quorum: [{of: [social_care]}]"), "at least 1 of police; 1 of health"),
        (MEETING % ("strategy_discussion", "asks: [social_care]"), "police, health, referrer, education too"),
        (MEETING % ("strategy_discussion", "gate: G5"), "gate: expected G3"),
        (MEETING % ("core_group", "clocks: [CORE-10]"), "CORE-NEXT too"),
        (MEETING % ("core_group", "contents: []"), "progress, views, dangers"),
        (MEETING % ("core_group", "outcomes: {party: p}"), "one or more of plan_continues"),
        (MEETING % ("initial_conference", "weekdays_only: false"), "true: the national return"),
        (MEETING % ("initial_conference", "quorum: []"), "at least 1 of social_care"),
        (MEETING % ("core_group", "quorum: [{of: [health], at_least: 2}]"), "each counts once"),
        (MEETING % ("core_group", "may_ask: [pub]"), "pub are not among them"),
        (MEETING % ("tea_party", "title: Tea"), "one of strategy_discussion"),
        ((MEETING % ("core_group", "title: X")).replace("version: 2", "version: 1"), "a version of its own"),
        ((MEETING % ("core_group", "title: X")).replace("force: local", "force: law"), "a row of your own is no law"),
        (MEETING % ("core_group", "valid_to: 2025-01-01"), "a date on or after valid_from"),
        (MEETING % ("core_group", "title: X") + "  - {kind: core_group, version: 3, valid_from: 2026-05-01, source: x,"
         " force: local}\n", "no other row of the same thing in force on the same day"),
        (PART % ("police", "agencies: [police, education]"), "no others than police"),
        (PART % ("police", "scores: false"), "gives a safety score"),
        (PART % ("pal", "agencies: [education], counts_as: [police]"), "police only where its agencies are of police"),
        (PART % ("pal", "counts_as: [police]"), "police only where its agencies"),
        (PART % ("pal", "counts_as: [friend]"), "friend is not"),
        (PART % ("pal", "agencies: [circus]"), "circus are not"),
        (PART % ("chair", "counts_as: [social_care]"), "no others than none"),
    ],
)  # fmt: skip
def test_a_looser_meeting_stops_the_program_and_says_where(text, said):
    with pytest.raises(RulesError) as caught:
        rows_with(text)
    assert said in str(caught.value)
    assert "meetings, line " in str(caught.value)


def test_a_quorum_that_no_source_gives_is_the_partnership_s_own():
    own = rows_with(MEETING % ("initial_conference", "quorum: [{of: [social_care]}], quorum_source: Our board."))
    assert len(own.in_force("initial_conference", FRIDAY).quorum) == 1


def test_a_part_of_its_own_stands_for_its_own_agency():
    text = PART % ("nursery_nurse", "agencies: [health.community], counts_as: [health]")
    assert "health" in rows_with(text).parts_of("nursery_nurse", "health.community")


def test_a_row_that_cannot_be_read_names_its_line():
    with pytest.raises(RulesError, match="line 3"):
        rows_with("meetings:\n  - kind: core_group\n    version: two\n")
    with pytest.raises(RulesError, match="YAML"):
        rows_with("meetings: [")
    with pytest.raises(NoRuleError, match="the kinds are strategy_discussion"):
        default_rows().in_force("tea_party", FRIDAY)


# -- routes


def test_a_route_that_was_taken_keeps_the_basis_of_its_day(monkeypatch):
    own = routes_with(BASIS % "AGREED" + ROUTE % "basis: [R0, S46, AGREED], title: Police now")
    assert [b.code for b in own.lawful(own.in_force("police_protection", FRIDAY).basis, FRIDAY)][-1] == "AGREED"
    assert own.in_force("police_protection", BEFORE).title == "Police protection"
    assert own.lawful(("AGREED",), BEFORE) == ()
    monkeypatch.setattr(routes_module, "_IN_USE", [own])
    found = {each.route.code: each for each in offered(FRIDAY, default_rules(), ENGLAND)}
    assert found["police_protection"].words().startswith("Police now: answered within 1 hour.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BASIS % "S47", "a code of your own: S47 is law"),
        (ROUTE % "basis: [R0]", "S46 too"),
        (ROUTE % "basis: [R0, S46, HEARSAY]", "HEARSAY are not among"),
        (ROUTE % "clock: EMERGENCY-VISIT", "give that row a value under local_values"),
        ((ROUTE % "title: X").replace("police_protection", "taxi"), "one of strategy_discussion"),
        ((BASIS % "OURS").replace("force: local", "force: law"), "a row of your own is no law"),
    ],
)
def test_what_makes_a_route_lawful_is_not_reworded_nor_left_out(text, said):
    with pytest.raises(RulesError) as caught:
        routes_with(text)
    assert said in str(caught.value)


def test_every_route_runs_on_a_row_and_says_on_what_it_rests():
    known = {row.id for row in default_rules().rows}
    for route in default_routes().on(FRIDAY):
        assert {route.clock, route.then} - {""} <= known
        assert len(default_routes().lawful(route.basis, FRIDAY)) == len(route.basis)
        assert route.source
    assert all(basis.source and basis.read() for basis in default_routes().bases)
    assert default_routes().lawful(("R0",), FRIDAY)[0].read() == "S; parts UNVERIFIED"
    assert default_routes().find("taxi", FRIDAY) is None
    with pytest.raises(NoRuleError, match="they are strategy_discussion"):
        default_routes().in_force("taxi", FRIDAY)


# -- plans


def begun(at):
    said = {"plan": "x", "kind": "interim_safety", "children": ("c",), "why": "x"}
    return plan_state.fold([pe.PlanBegun(id="e", at=at, by="w", **said)])


def test_a_plan_keeps_the_row_of_the_day_on_which_it_was_begun():
    held = ", ".join(["view", *default_plans().on(FRIDAY)["interim_safety"].needs])
    own = plans_with(PLAN % ("interim_safety", f"needs: [{held}]"))
    assert "view" in {reason.code for reason in contents.missing_from(begun(FRIDAY), own)}
    assert "view" not in {reason.code for reason in contents.missing_from(begun(BEFORE), own)}
    assert own.on(FRIDAY)["interim_safety"].visits == "CPP-VISIT"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PLAN % ("child_in_need", "needs: [lead]"), "outcomes, measures, actions, visits, contingency, review, view"),
        (PLAN % ("child_in_need", "needs: [cake]"), "needs[0]: expected one of lead"),
        (PLAN % ("child_in_need", "visits: CPP-VISIT"), "CIN-VISIT: to have visits more often"),
        (PLAN % ("tea", "needs: [lead]"), "one of child_protection"),
        (PLAN % ("family_help", "needs: []"), "lead, outcomes"),
    ],
)
def test_a_plan_may_not_hold_less(text, said):
    with pytest.raises(RulesError) as caught:
        plans_with(text)
    assert said in str(caught.value)


def test_what_no_source_says_of_a_plan_is_the_partnership_s_own():
    own = plans_with(PLAN % ("family_help", "needs: [lead, actions]"))
    assert own.on(FRIDAY)["family_help"].needs == ("lead", "actions")


def test_every_plan_s_row_has_its_source_and_every_need_its_check():
    assert {need for row in default_plans().rows for need in row.needs} == set(NEEDS)
    assert all(row.source and row.visits in {rule.id for rule in default_rules().rows} for row in default_plans().rows)


def test_one_folder_may_hold_them_all(tmp_path):
    (tmp_path / "ours.yaml").write_text(
        MEETING % ("core_group", "title: X") + ROUTE % "title: Y" + PLAN % ("child_in_need", "title: Z"), "utf-8"
    )
    assert rows_with(tmp_path).in_force("core_group", FRIDAY).title == "X"
    assert routes_with(tmp_path).in_force("police_protection", FRIDAY).title == "Y"
    assert plans_with(tmp_path).on(FRIDAY)["child_in_need"].title == "Z"


def test_rows_in_use_are_the_partnership_s(tmp_path, monkeypatch):
    monkeypatch.setattr(rows_module, "_IN_USE", [])
    rows_module.use_rows(MEETING % ("core_group", "title: Ours"))
    meeting = called("core_group", FRIDAY)
    check = close_check(meeting, FRIDAY + timedelta(hours=1), rules=default_rules(), calendar=ENGLAND)
    assert rows_module.rows_in_use().in_force("core_group", FRIDAY).title == "Ours"
    assert not check.may_close
