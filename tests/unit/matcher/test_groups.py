"""Which records are one person: joined by the surest first, and by nothing that has a rival."""

from __future__ import annotations

import pytest

from nightlight.matcher.groups import Pair, grouped
from nightlight.matcher.verdicts import Basis, Outcome, Verdict

MODEL = Verdict(Outcome.SAME, Basis.MODEL, 0.97, 5, "")
NUMBER = Verdict(Outcome.SAME, Basis.IDENTIFIER, 1, 5, "")


def groups(links: dict[str, Verdict], apart: str = "", same: str = "", never: str = "") -> list[str]:
    """Groups of one-letter records; pairs are two letters, a few parted by spaces."""
    ids = sorted({letter for pair in (*links, *apart.split(), *same.split(), *never.split()) for letter in pair})
    kept = {frozenset(pair) for pair in apart.split()}
    found = grouped(
        ids, {pairs(pair)[0]: v for pair, v in links.items()}, lambda a, b: frozenset((a, b)) in kept,
        decided_same=pairs(same), decided_apart=pairs(never),
    )  # fmt: skip
    return sorted("".join(sorted(group)) for group in found)


def pairs(text: str) -> list[Pair]:
    return [(pair[0], pair[1]) for pair in text.split()]


def test_grouped_each_is_sure_of_each() -> None:
    assert groups({"ab": MODEL, "bc": MODEL, "ac": MODEL}) == ["abc"]


def test_grouped_who_is_sure_of_two_that_are_not_is_joined_to_neither() -> None:
    assert groups({"ab": MODEL, "bc": MODEL}) == ["a", "b", "c"]


def test_grouped_a_rival_leaves_the_others_together() -> None:
    assert groups({"ab": MODEL, "rb": MODEL, "rc": MODEL}) == ["a", "b", "c", "r"]
    assert groups({"ab": NUMBER, "br": MODEL, "rc": MODEL}) == ["ab", "c", "r"]


def test_grouped_numbers_join_before_the_model() -> None:
    assert groups({"ab": NUMBER, "ac": MODEL}) == ["abc"]


def test_grouped_a_nameless_record_does_not_join_twins() -> None:
    assert groups({"at": MODEL, "bt": MODEL}, apart="ab") == ["a", "b", "t"]


def test_grouped_one_that_cannot_be_keeps_the_whole_group_out() -> None:
    assert groups({"ab": NUMBER, "bc": MODEL}, apart="ac") == ["ab", "c"]


def test_grouped_what_people_decided_comes_first() -> None:
    assert groups({"ab": NUMBER}, never="ab") == ["a", "b"]
    assert groups({"bc": MODEL}, same="ab") == ["abc"]
    assert groups({}, apart="ab", same="ab") == ["ab"]


@pytest.mark.parametrize("size", [3, 6])
def test_grouped_a_chain_of_the_model_is_no_group(size: int) -> None:
    letters = "abcdef"[:size]
    chain = {letters[i : i + 2]: MODEL for i in range(size - 1)}
    assert all(len(group) <= 2 for group in groups(chain))


def test_grouped_one_who_has_a_number_with_each_of_two_is_with_both_where_they_agree() -> None:
    exact = Verdict(Outcome.SAME, Basis.EXACT, 0.97, 5, "")
    assert groups({"ab": NUMBER, "bc": NUMBER, "ac": exact}) == ["abc"]
    assert groups({"mp": NUMBER, "ms": NUMBER, "hp": exact, "hs": exact, "ps": exact}) == ["hmps"]
    assert groups({"ab": NUMBER, "bc": NUMBER}) == ["a", "b", "c"]
    assert groups({"ab": NUMBER, "bc": NUMBER}, apart="ac") == ["a", "b", "c"]
