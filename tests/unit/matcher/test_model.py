"""A model's file."""

from __future__ import annotations

import json

import pytest

from nightlight.matcher.model import UnreadableModel, read, starting_model


def test_read_is_what_was_written() -> None:
    assert read(starting_model().as_json()) == starting_model()


def test_starting_model_says_what_it_was_trained_on() -> None:
    assert "invented sample" in starting_model().training.on


def test_starting_model_names_nobody_who_is_alone() -> None:
    model = starting_model()
    least = 5 / model.training.records
    assert all(share >= least for rarity in model.rarity.values() for share in rarity.shares.values())


def test_read_refuses_one_that_was_altered() -> None:
    held = json.loads(starting_model().as_json())
    held["levels"]["sex"]["same"]["m"] = 0.5
    with pytest.raises(UnreadableModel, match="train it again"):
        read(json.dumps(held))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"levels": {"colour": {}}}'])
def test_read_refuses_what_is_no_model(text: str) -> None:
    with pytest.raises(UnreadableModel, match="no model"):
        read(text)


def test_read_refuses_a_model_with_levels_of_another_version() -> None:
    held = json.loads(starting_model().as_json())
    del held["levels"]["sex"]["other"]
    with pytest.raises(UnreadableModel):
        read(json.dumps(held))
