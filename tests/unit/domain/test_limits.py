"""Limits are dated rows within bounds, and a partnership's own are laid over them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from nightlight.domain import keeping, limits
from nightlight.domain.clocks import rules_in_use, rules_with
from nightlight.domain.keeping import ROWS, keeping_with, rows_for
from nightlight.domain.limits import Bound, default_limits, limits_with, out_of_bounds
from nightlight.domain.rule_types import Grade, RulesError

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def own(code: str = "SIGN-IN-TRIES", **more: object) -> str:
    row = {"version": 2, "valid_from": "2026-09-01", "what": "Ours.", "amount": 5, "source": "S", "grade": "hub"} | more
    return "limits:\n- {code: " + code + ", " + ", ".join(f"{k}: {v}" for k, v in row.items()) + "}"


@pytest.fixture(autouse=True)
def _as_packaged() -> Iterator[None]:
    yield
    limits._IN_USE.clear()
    keeping._IN_USE.clear()


def test_every_limit_is_within_its_own_bounds_and_says_where_it_comes_from() -> None:
    for row in default_limits().rows:
        assert 0 < row.least <= row.amount <= row.most, row.code
        assert row.source, row.code
        assert row.grade in Grade


@pytest.mark.parametrize("amount", [3, 20])
def test_a_partnerships_own_holds_within_the_bounds_from_its_date(amount: int) -> None:
    limits.use_limits(own(amount=amount))
    assert limits.limit("SIGN-IN-TRIES", AT) == amount
    assert limits.limit("SIGN-IN-TRIES", datetime(2026, 8, 31, 12, tzinfo=UTC)) == 10
    assert limits.limit("KEY-DAYS", AT) == 366


@pytest.mark.parametrize(
    "more",
    [{"amount": 2}, {"amount": 21}, {"amount": 0}, {"least": 1}, {"most": 900}, {"version": 1}, {"force": "law"}],
)
def test_a_limit_out_of_bounds_is_refused_with_its_place(more: dict[str, object]) -> None:
    with pytest.raises(RulesError) as raised:
        limits_with(own(**more))
    assert next(iter(more)) in str(raised.value)


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(RulesError, match="code"):
        limits_with(own("NO-SUCH-THING"))
    with pytest.raises(LookupError, match="no limit NO-SUCH-THING"):
        default_limits().in_force("NO-SUCH-THING", AT)


def test_the_rules_that_are_times_have_bounds_and_keep_within_them() -> None:
    assert not out_of_bounds(rules_in_use().rows)
    for bound in default_limits().bounds:
        assert rules_in_use().in_force(bound.rule, AT).local, bound.rule


@pytest.mark.parametrize(("amount", "unit"), [(4, "minutes"), (61, "minutes"), (2, "clock_hours"), (1, "working_days")])
def test_a_sign_in_that_is_left_open_for_a_day_is_refused(amount: int, unit: str) -> None:
    text = f"""
local_values:
  - {{id: SIGN-IN-IDLE, version: 100, valid_from: 2026-09-01, amount: {amount}, unit: {unit}, source: Ours.}}
"""
    [said] = out_of_bounds(rules_with(text).rows)
    assert "SIGN-IN-IDLE version 100" in said
    assert "5 to 60 minutes" in said


def test_a_bound_holds_at_its_ends() -> None:
    row = rules_in_use().in_force("GLASS-OPEN", AT)
    assert Bound("GLASS-OPEN", 240, 240).holds(row)
    assert not Bound("GLASS-OPEN", 241, 300).holds(row)
    assert not Bound("GLASS-OPEN", 1, 239).holds(row)


# -- keeping

LONG = """
keeping:
  - {code: child_record_long, version: 2, valid_from: 2026-06-01, valid_to: 2026-12-31, what: A hundred.,
     from_birth: 100, source: Our schedule, grade: P, force: local}
"""


def test_a_partnership_keeps_as_long_as_it_says_for_the_same_records() -> None:
    rows = keeping_with(LONG)
    planned = ["social_care.child_protection_plan"]
    assert [row.from_birth for row in rows_for(planned, AT.date(), rows)] == [25, 100]
    assert [row.from_birth for row in rows_for([], AT.date(), rows)] == [25]
    assert [row.from_birth for row in rows_for(planned, date(2027, 1, 1), rows)] == [25, 75]


def test_rows_of_keeping_in_use_are_the_partnerships() -> None:
    keeping.use_keeping(LONG)
    assert rows_for(["social_care.looked_after"], AT.date())[-1].from_birth == 100
    assert len(keeping.keeping_on(AT.date())) == len(ROWS)


@pytest.mark.parametrize(
    "wrong", ["from_birth: 0", "from_birth: 121", "from_birth: 30, kinds: [x]", "from_birth: 30, force: law"]
)
def test_a_row_of_keeping_that_cannot_be_is_refused(wrong: str) -> None:
    with pytest.raises(RulesError):
        keeping_with(
            "keeping: [{code: child_record, version: 2, valid_from: 2026-06-01, what: w, source: s, grade: P, "
            + wrong + "}]"
        )  # fmt: skip
