from __future__ import annotations

from datetime import date

import pytest

from nightlight.domain.keeping import ROWS, Basis, Declaration, Kept, Of, due_on, rows_for
from nightlight.domain.kinds import KINDS

CHILD, LONG = ROWS[0], ROWS[1]


@pytest.mark.parametrize(
    ("row", "born", "last", "due"),
    [
        (CHILD, date(2000, 5, 1), date(2010, 1, 1), date(2025, 5, 1)),
        (CHILD, date(2000, 5, 1), date(2024, 1, 1), date(2030, 1, 1)),
        (CHILD, date(2000, 2, 29), date(2000, 3, 1), date(2025, 3, 1)),
        (LONG, date(2000, 2, 29), date(2024, 1, 1), date(2075, 3, 1)),
    ],
)
def test_a_record_is_due_at_the_later_of_what_its_row_says(row, born, last, due) -> None:
    assert due_on(row, born, last) == due


def test_a_child_who_was_on_a_plan_is_kept_by_the_longer_row() -> None:
    day = date(2026, 11, 23)
    assert [row.code for row in rows_for(["health.review"], day)] == ["child_record"]
    assert rows_for(["social_care.child_protection_plan"], day)[-1] == LONG
    assert rows_for([], date(2025, 12, 31)) == ()


def test_rows_name_kinds_that_there_are_their_source_and_how_sure() -> None:
    for row in ROWS:
        assert row.source
        assert row.grade in ("UNVERIFIED", "hub")
        assert row.local
        assert set(row.kinds) <= set(KINDS)


@pytest.mark.parametrize(
    "given",
    [
        {"of": (), "basis": Basis.SAFEGUARDING},
        {"of": (Of.STAFF,), "basis": Basis.NONE_NEEDED},
        {"of": (Of.CHILD,), "basis": Basis.SAFEGUARDING},
    ],
)
def test_a_declaration_that_says_too_little_is_refused(given) -> None:
    with pytest.raises(ValueError, match="need"):
        Declaration(kept=Kept.WORKING, **given)
