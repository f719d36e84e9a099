"""The scorer against Splink, and groups against the order that records come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import likenesses

from nightlight.matcher import linker, thresholds
from nightlight.matcher.comparisons import COMPARISONS
from nightlight.matcher.groups import IN_ORDER, components, grouped, ordered
from nightlight.matcher.model import Chances, Model, Rarity, starting_model
from nightlight.matcher.placing import Memory, Placer, candidates, group_all, groups_of
from nightlight.matcher.prepared import opened, pack
from nightlight.matcher.scoring import Scorer
from nightlight.matcher.verdicts import Basis, Judge, Outcome, Verdict

JUDGE = Judge(Scorer(starting_model()), thresholds.on(date(2025, 11, 21)))


def everything_compared() -> Model:
    """A model with a weight of its own for each level of every comparison."""
    chance = Random(5)
    levels = {
        each.name: {
            level.code: Chances(chance.uniform(0.01, 1), chance.uniform(1e-6, 1))
            for level in each.levels
            if not level.missing
        }
        for each in COMPARISONS
    }  # fmt: skip
    rarity = {
        "given": Rarity(1e-5, {"jon": 0.01, "aisha": 0.002}), "family": Rarity(2e-5, {"khan": 0.03, "nowak": 0.001}),
        "whole": Rarity(1.0, {"jon nowak": 3.5, "aisha khan": 40.0}),
    }  # fmt: skip
    return replace(starting_model(), levels=levels, rarity=rarity, prior=1e-3)


@pytest.mark.parametrize("seed", [1, 2])
def test_score_is_splinks_on_every_pair(seed: int) -> None:
    records = [replace(record, keys=(1,)) for record in likenesses.records(seed, 260)]
    by, scorer = {record.id: record for record in records}, Scorer(everything_compared())
    pairs = linker.score_all(records, scorer.model)
    assert len(pairs) == 260 * 259 // 2
    assert max(abs(scorer.score(by[p.one], by[p.other]).weight - p.weight) for p in pairs) < 1e-6
    met = {(i, level) for p in pairs for i, level in enumerate(scorer.score(by[p.one], by[p.other]).levels)}
    assert met == {(i, level) for i, each in enumerate(COMPARISONS) for level in range(len(each.levels))}


def test_score_all_finds_the_pairs_that_share_a_key() -> None:
    records = likenesses.records(3, 200)
    sharing = {(a.id, b.id) for a, b in combinations(records, 2) if not set(a.keys).isdisjoint(b.keys)}
    pairs = [(pair.one, pair.other) for pair in linker.score_all(records, starting_model())]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == sharing


@pytest.mark.parametrize("judge", [JUDGE, Judge(Scorer(everything_compared()), JUDGE.thresholds)])
def test_screen_leaves_out_only_who_is_different(judge: Judge) -> None:
    records, left_out = likenesses.records(4, 220), 0
    for one in records:
        may_be = judge.screen(one)
        for other in records:
            kept = may_be(other)
            assert kept == may_be(opened(pack(other)))
            assert kept or judge.verdict(one, other).outcome is Outcome.DIFFERENT
            left_out += not kept
    assert left_out > 220 * 220 / 2


def test_score_is_the_same_of_a_record_that_is_still_packed() -> None:
    records = likenesses.records(6, 120)
    for one, other in combinations(records, 2):
        assert JUDGE.verdict(one, opened(pack(other))) == JUDGE.verdict(one, other)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(2, 30), order=st.randoms(use_true_random=False))
def test_place_any_order_gives_the_groups_of_a_batch(seed: int, count: int, order: Random) -> None:
    records = likenesses.records(seed, count)
    index = Memory(records)
    links = {ordered(r.id, found.record.id): found.verdict for r in records for found in candidates(r, index, JUDGE)}
    batch = set(group_all(index.records, links, JUDGE))
    shuffled = list(records)
    order.shuffle(shuffled)
    placer = Placer(JUDGE)
    for record in shuffled:
        placer.place(record)
    assert placer.groups() == batch


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_groups_hold_no_two_that_cannot_be_one(seed: int) -> None:
    records = likenesses.records(seed, 25)
    placer = Placer(JUDGE)
    for record in records:
        placer.place(record)
    by = {record.id: record for record in records}
    assert not any(JUDGE.verdict(by[a], by[b]).apart for group in placer.groups() for a, b in combinations(group, 2))


@given(st.lists(st.sampled_from(IN_ORDER), min_size=15, max_size=15), st.integers(1, 6))
def test_groups_where_all_are_sure_of_all_are_one_on_whatever_grounds(grounds: list[Basis], count: int) -> None:
    ids = "abcdef"[:count]
    links = {
        pair: Verdict(Outcome.SAME, basis, 0.99, 9.0, "")
        for pair, basis in zip(combinations(ids, 2), grounds, strict=False)
    }  # fmt: skip
    assert grouped(ids, links, lambda _one, _other: False) == [frozenset(ids)]
    assert groups_of(ids, {}, links, JUDGE) == [frozenset(ids)]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 12))
def test_groups_of_are_those_made_step_by_step(seed: int, count: int) -> None:
    records = {record.id: record for record in likenesses.records(seed, count)}
    verdicts = {(a, b): JUDGE.verdict(records[a], records[b]) for a, b in combinations(sorted(records), 2)}
    links = {pair: verdict for pair, verdict in verdicts.items() if verdict.outcome is not Outcome.DIFFERENT}
    found = grouped(records, links, lambda one, other: verdicts[ordered(one, other)].apart)
    assert set(groups_of(records, records, links, JUDGE)) == set(found)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"))))
def test_components_are_what_walking_reaches(pairs: list[tuple[str, str]]) -> None:
    found = {each: group for group in components("abcdefgh", pairs) for each in group}
    reached = {each: {each} for each in "abcdefgh"}
    for _ in range(8):
        for a, b in pairs:
            reached[a] = reached[b] = reached[a] | reached[b]
    for each, group in found.items():
        assert group == {o for o in "abcdefgh" if reached[o] & reached[each]}
