"""A partnership's own values: stricter than statute or freely where they are local, and every mistake named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nightlight.domain.clocks import RulesError, default_rules, rules_with

VALUE = """
local_values:
  - id: {id}
    version: 100
    valid_from: 2026-01-01
    amount: {amount}
    unit: {unit}
    source: "Our board, January 2026."
"""


def at(day):
    return datetime.fromisoformat(f"{day}T12:00+00:00").astimezone(UTC)


def value(id_, amount, unit):
    return VALUE.format(id=id_, amount=amount, unit=unit)


@pytest.mark.parametrize(
    ("rule", "amount", "unit"),
    [
        ("ASSESS-45", 35, "working_days"),
        ("REF-DECISION", 24, "clock_hours"),
        ("RCPC-3M", 84, "calendar_days"),
        ("CPP-VISIT", 20, "working_days"),  # local: freely
        ("response.concern", 30, "calendar_days"),
    ],
)
def test_a_stricter_or_local_value_is_in_force_from_its_day_and_the_old_one_before(rule, amount, unit):
    rules = rules_with(value(rule, amount, unit))
    before, after = rules.in_force(rule, at("2025-12-31")), rules.in_force(rule, at("2026-01-01"))
    assert (before.version, after.version, after.amount, after.unit) == (1, 100, amount, unit)
    assert (after.force, after.ladder, after.starts) == (before.force, before.ladder, before.starts)


@pytest.mark.parametrize(
    ("rule", "amount", "unit"),
    [
        ("ASSESS-45", 46, "working_days"),
        ("REF-DECISION", 25, "clock_hours"),
        ("PPP-72", 3, "calendar_days"),
        ("RCPC-3M", 60, "working_days"),
    ],
)
def test_what_may_be_looser_than_statute_is_refused_with_the_limit(rule, amount, unit):
    with pytest.raises(RulesError) as caught:
        rules_with(value(rule, amount, unit))
    (mistake,) = caught.value.mistakes
    assert (mistake.line, mistake.field) == (6, "local_values[0].amount")
    assert "may only be made stricter" in mistake.expected


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ("id: ASSESS-45", "id: ASSESS-46", "local_values[0].id", "the id of a row that there is"),
        ("version: 100", "version: 1", "local_values[0].version", "a version of its own"),
        ("2026-01-01", "1999-01-01", "local_values[0].valid_from", "a date on which a row of that id is in force"),
        ("amount: 35", "amount: soon", "local_values[0].amount", "a whole number"),
        ("amount: 35", "amount: 35\n    ladder: slow", "local_values[0].ladder", "no ladder"),
        ("amount: 35", "amount: 35\n    watched: false", "local_values[0].watched", "no such key here"),
    ],
)
def test_a_wrong_value_names_line_field_and_what_was_expected(old, new, field, expected):
    with pytest.raises(RulesError) as caught:
        rules_with(value("ASSESS-45", 35, "working_days").replace(old, new))
    assert any((m.field, m.expected.startswith(expected)) == (field, True) for m in caught.value.mistakes)


OWN = """
rules:
  - {id: OUR-CHECK, version: 1, valid_from: 2026-01-01, trigger: "a referral", what: "Check.", amount: 2,
     unit: working_days, role: social_worker, ladder: slow, source: "Our board.", grade: hub, force: local,
     starts: [{kind: social_care.referral}], duty_level: concern}
"""


def test_a_partnership_adds_rows_of_its_own_with_the_package_s_ladders():
    rules = rules_with(OWN)
    assert len(rules.rows) == len(default_rules().rows) + 1
    assert rules.in_force("OUR-CHECK", at("2026-02-01")).ladder == default_rules().version("REF-DECISION", 1).ladder


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("force: local", "force: law", "local or hub"),
        ("OUR-CHECK", "ICPC-15", "an id of your own"),
        ("social_care.referral", "social_care.referal", "a kind of entry"),
        (
            "{kind: social_care.referral}",
            "{kind: social_care.referral, at: end}",
            "start: social_care.referral does not",
        ),
        (
            "{kind: social_care.referral}",
            "{kind: social_care.referral, where: {outcome: done}}",
            "one of assessment",
        ),
        ("ladder: slow", "ladder: steep", "a list of rungs, or the name of a ladder"),
        ("duty_level: concern", "watched: false", "why its clock can't be started"),
    ],
)
def test_a_row_of_its_own_is_no_law_and_means_something(old, new, expected):
    with pytest.raises(RulesError, match=expected):
        rules_with(OWN.replace(old, new))


def test_a_value_for_a_while_gives_way_to_the_old_one_again():
    text = value("CPP-VISIT", 5, "working_days").replace("2026-01-01", "2026-01-01\n    valid_to: 2026-01-31")
    rules = rules_with(text)
    assert [rules.in_force("CPP-VISIT", at(day)).amount for day in ("2025-12-31", "2026-01-31", "2026-02-01")] == [
        10,
        5,
        10,
    ]
