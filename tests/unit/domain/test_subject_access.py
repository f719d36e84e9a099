"""A copy for whom it is about: what each field is marked as, what the marks propose, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from nightlight.domain.subject_access import (
    LEFT_OUT,
    Choice,
    Field,
    Held,
    Mark,
    Part,
    as_data,
    counts,
    entry_part,
    redacted,
    undecided,
)


def held(**more: Any) -> Held:
    given = {"id": "e1", "kind": "education.concern", "title": "Concern", "when": "2 May 2026", "organisation": "Oak"}
    return Held(**{**given, **more})


def marks(entry: Held, **more: Any) -> dict[str, Mark]:
    return {each.label: each.mark for each in entry_part(entry, **{"is_child": True, **more}).fields}


@pytest.mark.parametrize(
    ("entry", "label", "mark"),
    [
        (held(text="Came late."), "text", Mark.THEIRS),
        (held(text="Came late.", others=("Kit Fictional (sibling)",)), "text", Mark.THIRD_PARTY),
        (held(text="Came late.", others=("Kit Fictional (sibling)",)), "also about", Mark.THIRD_PARTY),
        (held(text="Mara shouted."), "text", Mark.THIRD_PARTY),
        (held(attributes={"category": "hunger"}), "category", Mark.THEIRS),
        (held(attributes={"observer": "a neighbour"}), "observer", Mark.THIRD_PARTY),
        (held(kind="voice.words", words="I am scared."), "words", Mark.HARM),
        (held(kind="adult.treatment", attributes={"service": "x"}), "service", Mark.THIRD_PARTY),
        (held(sensitivity="restricted", attributes={"category": "x"}), "category", Mark.RESTRICTED),
        (held(sensitivity="x5", text="Kit."), "text", Mark.RESTRICTED),
    ],
)
def test_a_field_is_marked_by_whose_it_is(entry: Held, label: str, mark: Mark) -> None:
    assert marks(entry, names=["Mara"])[label] is mark


def test_an_adults_own_treatment_is_theirs_in_their_own_copy() -> None:
    entry = held(kind="adult.treatment", attributes={"service": "x"})
    assert marks(entry, is_child=False) == {"service": Mark.THEIRS}


def test_a_place_is_held_back_where_the_record_speaks_of_violence() -> None:
    entry = held(kind="housing.residence", attributes={"address": "1 Fictional Row"})
    assert marks(entry) == {"address": Mark.THEIRS}
    assert marks(entry, violence=True) == {"address": Mark.HARM}


def test_a_name_within_a_word_is_no_name() -> None:
    assert marks(held(text="Marathon day."), names=["Mara"]) == {"text": Mark.THEIRS}
    assert marks(held(text="With MARA, twice."), names=["Mara"]) == {"text": Mark.THIRD_PARTY}


def test_empty_fields_are_not_shown_and_values_are_said_plainly() -> None:
    entry = held(attributes={"mobile": False, "agencies": ["a", "b"], "end": None, "score": 0})
    assert {each.label: each.value for each in entry_part(entry, is_child=True).fields} == {
        "mobile": "no",
        "agencies": "a, b",
        "score": "0",
    }


PARTS = (
    Part(
        under="What was recorded",
        title="Concern",
        fields=(
            Field(id="a", label="text", value="Mine."),
            Field(id="b", label="who", value="M.", mark=Mark.THIRD_PARTY),
        ),
    ),
)


def test_what_is_theirs_is_given_and_the_rest_left_out_until_somebody_decides() -> None:
    assert [each.id for each in undecided(PARTS, {})] == ["b"]
    assert [each.value for each in redacted(PARTS, {})[0].fields] == ["Mine.", LEFT_OUT]
    assert counts(PARTS, {}) == (1, 1)


def test_a_decision_goes_before_the_mark_both_ways() -> None:
    choices = {"a": Choice(give=False, why="It names a friend"), "b": Choice(give=True)}
    assert undecided(PARTS, choices) == ()
    assert [each.value for each in redacted(PARTS, choices)[0].fields] == [LEFT_OUT, "M."]


def test_what_is_left_out_says_nothing_of_why_nor_where_it_stands() -> None:
    harm = replace(PARTS[0].fields[1], mark=Mark.HARM, why="a place, in a record that speaks of violence at home")
    one = redacted((replace(PARTS[0], fields=(harm,)),), {})
    other = redacted((replace(PARTS[0], fields=(PARTS[0].fields[1],)),), {})
    assert one == other
    assert "violence" not in str(as_data("Robin", date(2026, 11, 23), one))
