"""Rule rows: which one is in force, when something is due under it, and what the file of rows may not say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nightlight.domain.clocks import NoRuleError, RulesError, Unit, default_rules, due, in_words, later, load_rules
from nightlight.domain.kinds import LEVELS
from nightlight.domain.roles import ROLES
from nightlight.timeline.calendar import WorkingCalendar

ENGLAND = WorkingCalendar.england()
RULES = default_rules()

ROW = """
rules:
  - id: response.example
    version: 1
    valid_from: 2020-01-01
    trigger: something happened
    what: "Do it."
    amount: 2
    unit: working_days
    role: social_worker
    source: "Example."
    grade: hub
    force: hub
"""


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def test_each_level_from_concern_up_has_a_row_and_a_note_has_none():
    found = {level: RULES.for_level(level, at("2026-11-23T09:00+00:00")) for level in LEVELS}
    assert found["note"] is None
    assert {level: row.id for level, row in found.items() if row} == {
        "concern": "response.concern",
        "threshold": "response.threshold",
        "immediate": "response.immediate",
    }


def test_every_role_of_the_rows_that_come_with_the_package_is_known():
    rungs = [rung for row in RULES.rows for rung in row.ladder]
    roles = {row.role for row in RULES.rows} | {each.out_of_hours for each in [*RULES.rows, *rungs]}
    assert (roles | {rung.role for rung in rungs}) - {""} <= set(ROLES)


def test_a_hub_default_never_claims_to_be_law():
    assert {(row.grade, row.force, row.local) for row in RULES.rows if row.level} == {("hub", "hub", True)}


@pytest.mark.parametrize(
    ("level", "raised", "expected"),
    [
        # A Friday before the bank holiday of 30 August 2027: the week is one day longer.
        ("concern", "2027-08-27T14:00+01:00", "2027-09-06T23:59:59+01:00"),
        ("threshold", "2026-11-20T23:30+00:00", "2026-11-23T23:59:59+00:00"),
        # The clocks go back in the night of 25 October 2026: an hour is an hour.
        ("immediate", "2026-10-25T01:30+01:00", "2026-10-25T01:30+00:00"),
        ("immediate", "2026-12-25T23:50+00:00", "2026-12-26T00:50+00:00"),
    ],
)
def test_due_by_level(level, raised, expected):
    row = RULES.for_level(level, at(raised))
    assert due(row, at(raised), ENGLAND) == at(expected)


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (72, Unit.CLOCK_HOURS, "2026-10-26T13:00+00:00"),
        (7, Unit.CALENDAR_DAYS, "2026-10-30T23:59:59+00:00"),
        (4, Unit.MONTHS, "2027-02-23T23:59:59+00:00"),
        (0, Unit.WORKING_DAYS, "2026-10-23T14:00+01:00"),
    ],
)
def test_later_in_each_unit(amount, unit, expected):
    assert later(at("2026-10-23T14:00+01:00"), amount, unit, ENGLAND) == at(expected)


def test_later_by_a_month_stops_at_the_end_of_a_shorter_one():
    assert later(at("2026-10-31T09:00+00:00"), 4, Unit.MONTHS, ENGLAND) == at("2027-02-28T23:59:59+00:00")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T09:00+00:00", "front_door_team_manager"),
        ("2026-11-23T08:59+00:00", "emergency_duty_team"),
        ("2026-11-23T17:00+00:00", "emergency_duty_team"),
        ("2026-11-21T11:00+00:00", "emergency_duty_team"),
        ("2026-12-25T11:00+00:00", "emergency_duty_team"),
        ("2026-07-01T16:59+01:00", "front_door_team_manager"),
    ],
)
def test_an_immediate_duty_is_the_emergency_team_s_while_offices_are_shut(moment, expected):
    row = RULES.for_level("immediate", at(moment))
    assert RULES.role_at(row, at(moment), ENGLAND) == expected


def test_the_row_in_force_is_the_one_of_that_day_and_the_old_one_can_still_be_read():
    second = ROW.split("rules:\n")[1].replace("version: 1", "version: 2").replace("2020-01-01", "2026-06-01")
    first = ROW.replace("valid_from: 2020-01-01", "valid_from: 2020-01-01\n    valid_to: 2026-05-31")
    rules = load_rules(first + second.replace("amount: 2", "amount: 1"))
    summer_midnight = at("2026-06-01T00:00+01:00")
    assert rules.in_force("response.example", summer_midnight - timedelta(seconds=1)).version == 1
    assert rules.in_force("response.example", summer_midnight).version == 2
    assert rules.version("response.example", 1).amount == 2


def test_no_row_in_force_names_the_id_and_the_ids_there_are():
    with pytest.raises(NoRuleError, match=r"response\.example is in force on 2019-12-31.*response\.example"):
        load_rules(ROW).in_force("response.example", at("2019-12-31T12:00+00:00"))
    with pytest.raises(NoRuleError, match="no version 9"):
        load_rules(ROW).version("response.example", 9)


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "expected"),
    [
        ("amount: 2", "amount: soon", 8, "rules[0].amount", "a whole number"),
        ("amount: 2", "amount: 0", 8, "rules[0].amount", "a whole number, 1 to 100000"),
        ("unit: working_days", "unit: weeks", 9, "rules[0].unit", "one of clock_hours, working_days"),
        ("2020-01-01", "2020-02-31", 5, "rules[0].valid_from", "a date that exists"),
        ("grade: hub", "grade: A", 12, "rules[0].grade", "one of P, S, UNVERIFIED, hub"),
        ("trigger: something happened", "level: dire", 6, "rules[0].level", "one of note, concern"),
        ("trigger: something happened", "owner: x", 6, "rules[0].owner", "no such key here"),
        ("    role: social_worker\n", "", 3, "rules[0].role", "a value: it must be given"),
    ],
)
def test_a_wrong_row_names_line_field_and_what_was_expected(old, new, line, field, expected):
    with pytest.raises(RulesError) as caught:
        load_rules(ROW.replace(old, new))
    mistake = next(m for m in caught.value.mistakes if m.field == field)
    assert (mistake.line, mistake.expected[: len(expected)]) == (line, expected)


def test_two_rows_in_force_on_one_day_are_refused():
    twice = ROW + ROW.split("rules:\n")[1].replace("version: 1", "version: 2")
    with pytest.raises(RulesError, match=r"line 14: rules\[1\]\.valid_from: expected no other row"):
        load_rules(twice)


HOURS = ROW + "office_hours: {start: '09:00', end: '17:00'}\n"


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ("'09:00'", "nine", "office_hours.start", "a time of day, as 09:00"),
        ("'09:00'", "'18:00'", "office_hours", "a start before the end"),
        ("{start: '09:00', ", "{", "office_hours.start", "a value: it must be given"),
        (
            "    trigger:",
            "    valid_to: 2019-12-31\n    trigger:",
            "rules[0].valid_to",
            "a date on or after valid_from",
        ),
    ],
)
def test_wrong_hours_and_dates_are_refused(old, new, field, expected):
    assert load_rules(HOURS).office_hours.end.hour == 17
    with pytest.raises(RulesError) as caught:
        load_rules(HOURS.replace(old, new))
    assert (field, expected) in [(m.field, m.expected) for m in caught.value.mistakes]


def test_text_that_is_not_yaml_is_a_mistake_in_the_rules():
    with pytest.raises(RulesError, match="rules, line 2: document: expected YAML"):
        load_rules("rules: [\n")


def test_rows_are_read_from_a_folder(tmp_path):
    (tmp_path / "one.yaml").write_text(ROW)
    (tmp_path / "two.yaml").write_text(ROW.replace("response.example", "response.other"))
    assert [row.id for row in load_rules(tmp_path).rows] == ["response.example", "response.other"]


def test_amounts_in_words():
    assert [in_words(n, Unit.MONTHS) for n in (1, 2)] == ["1 month", "2 months"]
