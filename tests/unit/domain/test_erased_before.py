"""A record is the same as what was erased only when nothing in it is new: the one word that is new brings it in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightlight.domain.erased_before import Marks, Said, is_the_same

MARKS = Marks(b"a key of this installation")
THEN = datetime(2019, 5, 1, tzinfo=UTC)
ENTRY: dict[str, Any] = {
    "kind": "education.concern", "occurred": "2019-05-01", "until": "", "attributes": {"category": "hunger"},
    "words": "", "text": "Hungry again.",
}  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "health.concern"},
        {"occurred": "2019-05-02"},
        {"until": "2019-05-03"},
        {"attributes": {"category": "bruising"}},
        {"attributes": {"category": "hunger", "observer": "teacher"}},
        {"words": "He hits me"},
        {"text": "Hungry again"},
    ],
)
def test_each_part_of_what_an_entry_says_is_in_its_mark(changed: dict[str, Any]) -> None:
    assert MARKS.entry(**{**ENTRY, **changed}) != MARKS.entry(**ENTRY)


def test_id_of_a_home_is_not_in_its_mark_since_it_is_of_this_store() -> None:
    here, sent = ({**ENTRY, "attributes": {"address": each}} for each in ("0f8c", "home-1"))
    assert MARKS.entry(**here) == MARKS.entry(**sent)


def test_marks_of_different_things_are_different_and_each_is_of_its_key() -> None:
    of = (
        MARKS.record("s", "1"),
        MARKS.person("s", "1"),
        MARKS.record("s1", ""),
        MARKS.link(kind="s", person="1", other=""),
    )
    assert len(set(of)) == len(of)
    assert Marks(b"another").record("s", "1") != of[0]


facts = st.lists(st.sampled_from("abcdef"), max_size=6)


@given(erased=facts, said=facts, later=st.integers(0, 6))
def test_record_that_says_anything_new_or_anything_later_is_never_the_same(
    erased: list[str], said: list[str], later: int
) -> None:
    dated = tuple((fact, THEN + timedelta(days=1) if n == later else THEN) for n, fact in enumerate(said))
    new = bool(set(said) - set(erased)) or later < len(said)
    assert is_the_same(erased, THEN, Said(dated)) == (not new)


def test_thing_of_which_its_source_gives_no_date_is_the_same_by_what_it_says() -> None:
    assert is_the_same(["a"], THEN, Said((("a", None),)))
    assert not is_the_same(["a"], THEN, Said((("b", None),)))


def test_dated_thing_is_not_the_same_as_what_had_no_date() -> None:
    assert not is_the_same(["a"], None, Said((("a", THEN),)))
