"""What of a meeting one person sees."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.covering import coverage_of
from nightlight.domain.meetings.seen import for_family, of_child, parts_of, seen_in, without_decisions
from nightlight.domain.meetings.state import Meeting
from nightlight.domain.meetings.steps import fold, step

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
_ids = itertools.count()
SECRET = "An officer was told that he has a knife."


def said(of: type[ev.Event], by: str = "chair", /, **fields: object) -> ev.Event:
    return of(id=f"e{next(_ids)}", at=NOW, by=by, **fields)  # type: ignore[arg-type]


CALLED = said(ev.Called, meeting="m", kind="initial_conference", children=("c1",), why="Harm.")
PART = said(ev.ClosedPartOpened, part="p1", kind="police", reason="A handling code.", members=("chair", "officer"))


def held() -> Meeting:
    return fold(
        [
            CALLED,
            PART,
            said(ev.DangerVoiced, "officer", item="d1", what=SECRET, how_bad="could die", closed_part="p1"),
            said(ev.DangerVoiced, "lead", item="d2", what="No inhaler at home.", how_bad="could die"),
            said(ev.ProtectionProposed, item="s1", what="Aunt.", owner="worker", answers=("d1",)),
            said(ev.ProtectionProposed, item="s2", what="Bail.", owner="officer", answers=("d1",), closed_part="p1"),
            said(ev.ProtectionAccepted, "officer", item="s2", of_version=1),
            said(ev.DecisionMade, item="x1", what="Bail.", reasons=SECRET, closed_part="p1"),
            said(ev.DissentRecorded, "officer", item="x2", decision="x1", reasons="No."),
            said(ev.EmergencyInvoked, item="e1", route="police_protection", owner="officer", by_when=NOW,
                 reason=SECRET, dangers=("d1",)),
            said(ev.OverrideSigned, "manager", role="service_manager", reason=SECRET, dangers=("d1",)),
        ]
    )  # fmt: skip


def test_what_was_said_in_a_closed_part_is_not_there_for_who_is_not_in_it() -> None:
    seen = seen_in(held(), ())
    assert set(seen.items) == {"d2", "s1"}
    assert SECRET not in repr(seen)
    assert "p1" not in repr(seen)
    assert not seen.closed_parts


def test_a_protection_against_what_is_not_there_is_against_nothing_else() -> None:
    found = coverage_of(seen_in(held(), ()), NOW)
    assert [each.danger.id for each in found.dangers] == ["d2"]
    assert not found.counted
    assert not found.not_counted


def test_who_is_in_the_part_sees_all_of_it() -> None:
    meeting = held()
    assert seen_in(meeting, {"p1"}) == meeting
    assert parts_of(meeting) == {"p1"}


def test_nothing_is_said_in_a_part_that_nobody_opened() -> None:
    with pytest.raises(ev.MeetingError, match="open it first"):
        step(fold([CALLED]), said(ev.DangerVoiced, item="d1", what="x", how_bad="y", closed_part="p1"))
    with pytest.raises(ev.MeetingError, match="who is in it"):
        step(fold([CALLED]), replace(PART, members=()))  # type: ignore[type-var]


def test_withheld_decisions_leave_what_a_person_said_and_owes() -> None:
    meeting = step(held(), said(ev.ScoreGiven, "lead", score=2, reason="Mine."))
    meeting = step(meeting, said(ev.ScoreGiven, "officer", score=1, reason="Theirs."))
    meeting = step(meeting, said(ev.DecisionMade, item="x3", what="A plan.", reasons="Harm."))
    left = without_decisions(meeting, "lead")
    assert set(left.items) == {"d2"}
    assert [score.reason for score in left.scores.values()] == ["Mine."]
    assert SECRET not in repr(left)
    assert set(without_decisions(meeting, "worker").items) == {"s1"}


def two_children() -> Meeting:
    return fold(
        [
            said(ev.Called, meeting="m", kind="initial_conference", children=("c1", "c2"), why="Harm."),
            said(ev.DangerVoiced, item="both", what="He comes home."),
            said(ev.DangerVoiced, item="one", what="No inhaler.", child="c1"),
            said(ev.DangerVoiced, item="two", what="He hurts her.", child="c2"),
            said(ev.ProtectionProposed, item="p-all", what="Locks.", owner="worker"),
            said(ev.ProtectionProposed, item="p-one", what="Spacer.", owner="nurse", answers=("one",)),
            said(ev.ProtectionProposed, item="p-two", what="Aunt.", owner="worker", answers=("two",)),
            said(ev.ProtectionProposed, item="p-some", what="Bail.", owner="officer", answers=("one", "two")),
            said(ev.ActionAgreed, item="a-all", what="Visit.", owner="worker"),
            said(ev.ActionAgreed, item="a-two", what="Doctor.", owner="nurse", child="c2"),
            said(ev.ViewGiven, item="v1", child="c1", words="I can't run."),
            said(ev.ViewGiven, item="v2", child="c2", words="I am scared."),
            said(ev.DecisionMade, item="d2", what="A plan.", child="c2"),
            said(ev.DissentRecorded, "lead", item="x2", decision="d2", reasons="No."),
        ]
    )


def test_what_concerns_one_child_is_what_is_said_of_them_or_of_all() -> None:
    of = {child: of_child(two_children(), child) for child in ("c1", "c2")}
    assert set(of["c1"].items) == {"both", "one", "p-all", "p-one", "p-some", "a-all", "v1"}
    assert set(of["c2"].items) == set(two_children().items) - {"one", "p-one", "v1"}
    assert of["c1"].items["p-some"]["answers"] == ("one",)


def test_the_family_s_paper_has_nothing_of_a_closed_part_whoever_prints_it() -> None:
    mine = seen_in(held(), {"p1"})
    assert SECRET in repr(mine.items)
    assert SECRET not in repr(for_family(mine))
