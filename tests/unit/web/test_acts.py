"""Every act of the audit log has words: no page and no copy of one's own access shows a code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import nightlight
from nightlight.domain import duty_events
from nightlight.domain.access.vocabulary import WORDS, Relationship
from nightlight.domain.meetings import events as meeting_events
from nightlight.domain.plans import events as plan_events
from nightlight.web.presenters.acts import ACTS, act, doer, ground

PACKAGE = Path(nightlight.__file__).parent


def _written(tree: ast.Module) -> Iterator[str]:
    """The literal codes that a module gives as `act`, by name or in its place."""
    places = {
        each.name: [one.arg for one in each.args.args].index("act")
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef) and "act" in [one.arg for one in each.args.args]
    }
    for call in (each for each in ast.walk(tree) if isinstance(each, ast.Call)):
        given = [each.value for each in call.keywords if each.arg == "act"]
        place = places.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if place is not None and len(call.args) > place:
            given.append(call.args[place])
        for one in given:
            branches = (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,)
            yield from (
                each.value for each in branches if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def _codes() -> set[str]:
    trees = [ast.parse(file.read_text()) for part in ("actions", "store") for file in (PACKAGE / part).rglob("*.py")]
    return {code for tree in trees for code in _written(tree)}


def _deeds(module: object, kind: type) -> set[str]:
    """The events that are made, by the name that the log has: a class that others are made from is not."""
    found = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, kind)]
    return {each.__name__.lower() for each in found if not each.__subclasses__()}


def test_every_act_that_is_written_has_words() -> None:
    codes = _codes()
    assert {"child.viewed", "account.added", "session.ended", "duty.refused"} <= codes
    assert sorted(codes - ACTS.keys()) == []


def test_every_deed_of_a_duty_a_meeting_or_a_plan_has_words() -> None:
    meetings = _deeds(meeting_events, meeting_events.Event)
    plans = _deeds(plan_events, meeting_events.Event)
    duties = _deeds(duty_events, duty_events.Event)
    codes = {f"duty.{each}" for each in duties} | {f"meeting.{each}" for each in meetings - plans}
    codes |= {f"plan.{each}" for each in plans}
    assert sorted(codes - ACTS.keys()) == []


def test_an_act_that_is_not_known_is_said_as_well_as_can_be() -> None:
    assert act("old.thing_done") == "Old: thing done"


def test_every_ground_is_said_of_somebody_else_as_of_somebody_else() -> None:
    assert set(WORDS) == set(Relationship)
    said = [ground(words) for words in WORDS.values()]
    assert not [each for each in said if "you" in each.split() or "your" in each.split()]
    assert ground("a reason of its own") == "a reason of its own"


def test_who_did_it_is_no_code() -> None:
    assert [doer(name) for name in ("system", "rule", "key:7", "nightlight account")] == [
        "Nightlight", "Nightlight's rules", "A system with a key", "nightlight account",
    ]  # fmt: skip
