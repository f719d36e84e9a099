"""What events come to, what may not follow, and that nothing which two people typed at once is lost."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings import scores
from nightlight.domain.meetings.state import Status
from nightlight.domain.meetings.steps import EVENTS, fold, step
from nightlight.domain.meetings.wire import from_data, to_data
from nightlight.timeline.partial import Partial

FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
_COUNT = iter(range(10_000))


def event(deed, /, by="chair", minutes=0, **given):
    return deed(id=given.pop("id", f"e{next(_COUNT)}"), at=FRIDAY + timedelta(minutes=minutes), by=by, **given)


def called(**given):
    told = {"meeting": "m1", "kind": "initial_conference", "children": ("c1",), "why": "neglect", "chair": "chair"}
    return event(ev.Called, **(told | given))


def meeting(*events):
    return fold([called(), *events])


def test_a_meeting_begins_called_and_about_a_child():
    with pytest.raises(ev.MeetingError, match="begins with the event Called"):
        fold([])
    with pytest.raises(ev.MeetingError, match="at least one child"):
        fold([called(children=())])


def test_an_event_sent_twice_counts_once():
    voiced = event(ev.DangerVoiced, item="d1", what="asthma")
    once, twice = meeting(voiced), meeting(voiced, voiced)
    assert (once.number, len(once.dangers)) == (twice.number, len(twice.dangers)) == (2, 1)
    assert step(once, voiced) is once


# -- edits that cross


@pytest.fixture
def crossed():
    return meeting(
        event(ev.DangerVoiced, by="nurse", item="d1", what="asthma"),
        event(ev.DangerCorrected, by="nurse", item="d1", of_version=1, changes={"what": "an asthma attack"}),
        event(
            ev.DangerCorrected, by="teacher", item="d1", of_version=1, changes={"what": "asthma at night"}, id="late"
        ),
    )


def test_a_late_edit_is_refused_and_both_texts_are_kept(crossed):
    (danger,) = crossed.dangers
    assert (danger["what"], danger.version) == ("an asthma attack", 2)
    (refused,) = danger.refused
    assert (refused.author, refused.wanted, refused.stood) == (
        "teacher", {"what": "asthma at night"}, {"what": "an asthma attack"},
    )  # fmt: skip
    assert crossed.unsettled == (danger,)


def test_a_refused_edit_is_settled_by_saying_which_stands(crossed):
    after = step(crossed, event(ev.EditSettled, item="d1", edit="late", kept="theirs"))
    assert (after.unsettled, after.dangers[0].refused[0].settled) == ((), "theirs")
    with pytest.raises(ev.MeetingError, match="theirs, mine, both"):
        step(crossed, event(ev.EditSettled, item="d1", edit="late", kept="whatever"))
    with pytest.raises(ev.MeetingError, match="no such refused edit"):
        step(crossed, event(ev.EditSettled, item="d1", edit="another", kept="mine"))


def test_edits_of_different_fields_both_stand(crossed):
    after = step(crossed, event(ev.DangerCorrected, item="d1", of_version=1, changes={"how_bad": "could die"}))
    assert (after.dangers[0]["how_bad"], after.dangers[0].version) == ("could die", 3)


def test_the_same_edit_by_two_is_no_conflict(crossed):
    same = event(ev.DangerCorrected, item="d1", of_version=1, changes={"what": "an asthma attack"})
    assert len(step(crossed, same).dangers[0].refused) == 1


def test_taking_back_what_was_edited_since_is_refused_and_kept(crossed):
    after = step(crossed, event(ev.ItemWithdrawn, item="d1", of_version=1, reason="said twice"))
    assert (len(after.dangers), len(after.dangers[0].refused)) == (1, 2)
    gone = step(crossed, event(ev.ItemWithdrawn, item="d1", of_version=2, reason="said twice"))
    assert (gone.dangers, gone.items["d1"].withdrawn) == ((), "said twice")


@pytest.mark.parametrize(
    ("of_version", "changes", "message"),
    [
        (1, {}, "names the fields"),
        (9, {"what": "x"}, "version that its author saw"),
        (1, {"id": "x"}, "an edit changes"),
    ],
)
def test_an_edit_that_says_nothing_or_too_much_is_refused(crossed, of_version, changes, message):
    with pytest.raises(ev.MeetingError, match=message):
        step(crossed, event(ev.DangerCorrected, item="d1", of_version=of_version, changes=changes))


# -- protections


@pytest.fixture
def proposed():
    return meeting(event(ev.ProtectionProposed, item="p1", what="stays with her aunt", owner="aunt"))


def test_only_its_owner_accepts_and_what_changes_is_accepted_again(proposed):
    with pytest.raises(ev.MeetingError, match="only its owner"):
        step(proposed, event(ev.ProtectionAccepted, by="chair", item="p1", of_version=1))
    accepted = step(proposed, event(ev.ProtectionAccepted, by="chair", author="aunt", item="p1", of_version=1))
    assert accepted.agreements["p1"].accepted
    worded = step(accepted, event(ev.ProtectionChanged, item="p1", of_version=1, changes={"how_confirmed": "a call"}))
    assert worded.agreements["p1"].accepted
    later = Partial.instant(FRIDAY + timedelta(days=3))
    moved = step(worded, event(ev.ProtectionChanged, item="p1", of_version=2, changes={"in_force_from": later}))
    assert moved.agreements["p1"].accepted is None
    with pytest.raises(ev.MeetingError, match="changed since its owner read it"):
        step(moved, event(ev.ProtectionAccepted, by="aunt", item="p1", of_version=2))


def test_a_protection_found_not_in_force_is_no_longer_confirmed(proposed):
    confirmed = step(proposed, event(ev.ProtectionConfirmed, item="p1", how="I saw her there"))
    failed = step(confirmed, event(ev.ProtectionFailed, item="p1", how="nobody at home"))
    assert failed.agreements["p1"].confirmed is None
    assert failed.agreements["p1"].failed.how == "nobody at home"


# -- scores


def scored(by, score, child="", author=""):
    return event(ev.ScoreGiven, by=by, author=author, score=score, reason=f"{by} thinks so", child=child)


@pytest.fixture
def gathered():
    parts = {"nurse": "health", "teacher": "education", "officer": "police", "minutes": "minutes"}
    asked = [event(ev.Invited, person=person, part=part) for person, part in parts.items()]
    return meeting(*asked, event(ev.Arrived, person="nurse"), event(ev.Arrived, person="teacher"))


def test_nobody_sees_another_s_score_before_all_have_given_theirs(gathered):
    early = step(step(gathered, scored("nurse", 0)), scored("teacher", 6))
    assert [s.person for s in scores.visible(early, "teacher").scores] == ["teacher"]
    assert scores.visible(early, "officer").scores == ()
    assert (scores.visible(early, "nurse").lowest, scores.visible(early, "nurse").spread) == ((), None)
    assert scores.missing(early) == ("officer",)
    done = step(early, scored("officer", 3))
    told = scores.visible(done, "teacher")
    assert ([s.score for s in told.scores], told.spread) == ([0, 3, 6], (0, 6))
    assert [s.person for s in told.lowest] == ["nurse"]
    assert told.words().startswith("The lowest is 0: nurse thinks so.")


def test_of_several_children_each_has_scores_of_their_own_and_none_is_shown_before_all_are_in():
    both = fold([called(children=("c1", "c2")), event(ev.Arrived, person="nurse"), event(ev.Arrived, person="teacher")])
    assert scores.of_whom(both) == ("c1", "c2")
    for said in (scored("nurse", 0, "c1"), scored("teacher", 6, "c1"), scored("nurse", 9, "c2")):
        both = step(both, said)
    assert not scores.are_shown(both, "c1")
    assert (scores.missing(both, "c1"), scores.still_to_come(both)) == ((), ("teacher",))
    assert [s.score for s in scores.visible(both, "teacher", "c1").scores] == [6]
    both = step(both, scored("teacher", 2, "c2"))
    assert [scores.visible(both, "teacher", child).spread for child in ("c1", "c2")] == [(0, 6), (2, 9)]
    assert scores.still_to_come(both) == ()
    with pytest.raises(ev.MeetingError, match="yours stands"):
        step(both, scored("nurse", 8, "c1"))


def test_a_meeting_that_was_scored_for_all_at_once_stays_so():
    old = fold([called(children=("c1", "c2")), event(ev.Arrived, person="nurse"), event(ev.Arrived, person="teacher")])
    old = step(step(old, scored("nurse", 0)), scored("teacher", 6))
    assert scores.of_whom(old) == ("",)
    assert scores.are_shown(old)


def test_whoever_sent_apologies_is_not_waited_for(gathered):
    absent = step(gathered, event(ev.ApologiesGiven, person="officer", reason="a call"))
    assert scores.are_shown(step(step(absent, scored("nurse", 0)), scored("teacher", 6)))


def test_the_first_to_come_is_never_shown_alone():
    alone = meeting(event(ev.Arrived, person="nurse"), scored("nurse", 0))
    assert not scores.are_shown(alone)


def test_the_chair_shows_them_with_those_missing_named(gathered):
    early = step(gathered, scored("nurse", 0))
    with pytest.raises(ev.MeetingError, match="whoever chairs"):
        step(early, event(ev.ScoresShown, by="teacher", missing=("teacher", "officer")))
    shown = step(early, event(ev.ScoresShown, by="chair", missing=("teacher", "officer")))
    assert [s.person for s in scores.visible(shown, "teacher").scores] == ["nurse"]
    assert step(shown, scored("teacher", 5)).scores["teacher", ""].after_shown
    with pytest.raises(ev.MeetingError, match="yours stands"):
        step(shown, scored("nurse", 9))


def test_what_the_chair_types_for_another_the_chair_sees(gathered):
    typed = step(gathered, scored("chair", 2, author="nurse"))
    assert [s.person for s in scores.visible(typed, "chair").scores] == ["nurse"]
    assert scores.visible(typed, "teacher").scores == ()


@pytest.mark.parametrize("given", [{"score": 11}, {"score": -1}, {"reason": " "}])
def test_a_score_is_0_to_10_with_a_reason(gathered, given):
    with pytest.raises(ev.MeetingError, match="score"):
        step(gathered, event(ev.ScoreGiven, by="nurse", **({"score": 1, "reason": "x"} | given)))


def test_no_function_makes_one_number_of_several_scores():
    """Never averaged: neither the module of scores nor any of this package sums or divides what people gave."""
    folder = Path(scores.__file__).parent
    names = {
        node.id if isinstance(node, ast.Name) else node.attr
        for path in (folder / "scores.py", folder / "state.py", folder / "steps.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Name | ast.Attribute)
    }
    assert not names & {"mean", "fmean", "median", "average", "statistics", "quantiles", "fsum"}
    tree = ast.parse((folder / "scores.py").read_text("utf-8"))
    assert not [
        node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv)
    ]


# -- who was told, and the end


def test_parental_responsibility_comes_before_being_told_and_not_told_needs_a_reason():
    with pytest.raises(ev.MeetingError, match="record first"):
        meeting(event(ev.Told, person="father", how="letter"))
    holds = meeting(event(ev.HasResponsibility, person="father", child="c1"))
    with pytest.raises(ev.MeetingError, match="say why"):
        step(holds, event(ev.NotTold, person="father", why=""))
    assert step(holds, event(ev.NotTold, person="father", why="in prison")).responsible["father"].is_answered()


def test_a_closed_meeting_takes_only_what_became_of_it(proposed):
    closed = step(proposed, event(ev.Closed))
    assert closed.status is Status.CLOSED
    with pytest.raises(ev.MeetingError, match="is closed"):
        step(closed, event(ev.DangerVoiced, item="d9", what="x"))
    assert step(closed, event(ev.ProtectionConfirmed, item="p1", how="seen")).agreements["p1"].confirmed


def test_adjourning_and_standing_down_close_nothing_that_was_held():
    held = meeting(event(ev.Arrived, person="nurse"))
    assert not step(held, event(ev.Adjourned, reason="fire alarm")).is_closed
    with pytest.raises(ev.MeetingError, match="was held"):
        step(held, event(ev.StoodDown, reason="nobody came"))
    assert meeting(event(ev.StoodDown, reason="called twice")).is_closed


# -- as data


def test_every_event_is_what_it_was_after_json():
    sent = [
        called(starts=FRIDAY),
        event(
            ev.DangerVoiced,
            item="d1",
            what="x",
            starts=Partial.parse("2026-11-20T17:00Z"),
            ends=Partial.parse("2026-11-23"),
        ),
        event(
            ev.DangerCorrected, item="d1", of_version=1, changes={"starts": Partial.parse("2026-11"), "how_bad": "y"}
        ),
        event(ev.ProtectionProposed, item="p1", what="x", answers=("d1",), review=FRIDAY),
        event(ev.ScoresShown, missing=()),
    ]
    assert [from_data(json.loads(json.dumps(to_data(each)))) for each in sent] == sent


def test_what_a_store_left_out_as_empty_is_empty_and_unknown_kinds_are_refused():
    kept = {"kind_of_event": "DangerVoiced", "id": "e", "at": {"instant": FRIDAY.isoformat()}, "by": "n", "item": "d1"}
    assert from_data(kept).what == ""
    with pytest.raises(ev.MeetingError, match="no event of these"):
        from_data({"kind_of_event": "Something"})


def test_every_kind_of_event_can_be_taken():
    leaves = {k for k in vars(ev).values() if isinstance(k, type) and issubclass(k, ev.Event) and k.__doc__}
    bases = {ev.Event, ev.Said, ev.ItemAdded, ev.ItemChanged}
    assert {k.__name__ for k in leaves - bases} == set(EVENTS)
