"""Consent that was taken back is put on record only as it was; a receiver who keeps what they have says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nightlight.domain.sharing.consent import Does, How, NotTaken, TakenBack, check_answer

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_taken_back_now_is_taken() -> None:
    assert TakenBack(whose="Her mother", on=NOW, how=How.WRITING, now=NOW).said == ""


@pytest.mark.parametrize(
    ("field", "said"), [("whose", {"whose": "  "}), ("on", {"on": NOW + timedelta(microseconds=1)})]
)
def test_what_is_wrong_is_named(field: str, said: dict[str, object]) -> None:
    right = {"whose": "Her mother", "on": NOW, "how": How.WRITING, "now": NOW}
    with pytest.raises(NotTaken) as refused:
        TakenBack(**{**right, **said})  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize("does", [Does.DESTROYED, Does.NEVER_KEPT])
def test_what_is_not_kept_needs_no_ground(does: Does) -> None:
    assert check_answer(does, "") is does


@pytest.mark.parametrize(
    ("does", "reason", "field"), [("", "x", "does"), ("sold", "x", "does"), ("kept", " ", "reason")]
)
def test_what_is_kept_needs_its_ground(does: str, reason: str, field: str) -> None:
    with pytest.raises(NotTaken) as refused:
        check_answer(does, reason)
    assert refused.value.field == field
