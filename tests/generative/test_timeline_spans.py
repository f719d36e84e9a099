"""Spans against sets of sampled moments, and the laws of a Boolean algebra, on generated sets of spans."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nightlight.timeline.spans import BEGINNING, END, Span, Spans

EPOCH = datetime(2026, 3, 28, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURS = 24
# One moment inside every hour of the grid and two beyond each side: two sets with edges on the grid are equal exactly
# if they hold the same samples.
SAMPLES = [EPOCH + k * HOUR + HOUR / 2 for k in range(-2, HOURS + 2)]

instants = st.integers(0, HOURS).map(lambda k: EPOCH + k * HOUR)
edges = st.one_of(instants, st.sampled_from([BEGINNING, END]))
pairs = st.tuples(edges, edges).map(lambda pair: (min(pair), max(pair)))
span_sets = st.lists(pairs, max_size=8).map(Spans)
bounded_spans = st.lists(st.tuples(instants, instants).map(lambda pair: (min(pair), max(pair))), max_size=8).map(Spans)
lengths = st.integers(0, 12).map(lambda k: k * HOUR)
moves = st.integers(-12, 12).map(lambda k: k * HOUR)


def sampled(spans: Spans) -> set[datetime]:
    return {moment for moment in SAMPLES if any(start <= moment < end for start, end in spans)}


def assert_normal(spans: Spans) -> None:
    assert all(isinstance(span, Span) and span.start < span.end for span in spans)
    assert all(before.end < after.start for before, after in pairwise(spans))
    assert all(edge.tzinfo is UTC for span in spans for edge in span)


@given(st.lists(pairs, max_size=8))
def test_spans_hold_exactly_the_moments_of_their_pairs(given_pairs):
    spans = Spans(given_pairs)
    assert_normal(spans)
    assert sampled(spans) == {m for m in SAMPLES if any(start <= m < end for start, end in given_pairs)}
    assert Spans(reversed(given_pairs)) == spans


@given(span_sets, span_sets)
def test_operations_are_those_of_sets_of_moments(a, b):
    for result, expected in (
        (a | b, sampled(a) | sampled(b)),
        (a & b, sampled(a) & sampled(b)),
        (a - b, sampled(a) - sampled(b)),
        (~a, set(SAMPLES) - sampled(a)),
    ):
        assert_normal(result)
        assert sampled(result) == expected


@given(span_sets, span_sets, span_sets)
def test_boolean_algebra_laws(a, b, c):
    assert a | b == b | a
    assert a & b == b & a
    assert (a | b) | c == a | (b | c)
    assert (a & b) & c == a & (b & c)
    assert a & (b | c) == (a & b) | (a & c)
    assert a | (b & c) == (a | b) & (a | c)
    assert a | (a & b) == a == a & (a | b)
    assert ~(a | b) == ~a & ~b
    assert ~(a & b) == ~a | ~b
    assert ~~a == a
    assert a - b == a & ~b
    assert a | ~a == Spans.always()
    assert a & ~a == Spans.empty()
    assert a | Spans.empty() == a == a & Spans.always()


@given(span_sets, span_sets)
def test_equal_sets_are_equal_objects(a, b):
    assert (a == b) == (sampled(a) == sampled(b))
    assert hash(Spans(list(a))) == hash(a)
    assert pickle.loads(pickle.dumps(a)) == a
    assert bool(a) == (len(a) > 0) == (a != Spans.empty())


@given(span_sets, span_sets, moves, moves)
def test_shift_keeps_operations_and_adds_up(a, b, first, second):
    assert_normal(a.shift(first))
    assert ~(a.shift(first)) == (~a).shift(first)
    assert (a | b).shift(first) == a.shift(first) | b.shift(first)
    assert (a & b).shift(first) == a.shift(first) & b.shift(first)
    assert a.shift(first).shift(second) == a.shift(first + second)


@given(bounded_spans, moves)
def test_shift_moves_every_moment(a, by):
    assert set(a.shift(by)) == {Span(start + by, end + by) for start, end in a}


@given(bounded_spans, lengths, lengths)
def test_stretch_is_the_union_of_the_spans_widened(a, before, after):
    stretched = a.stretch(before, after)
    assert_normal(stretched)
    assert stretched == Spans((start - before, end + after) for start, end in a)


@given(span_sets, lengths, lengths)
def test_stretch_adds_up_and_never_loses_a_moment(a, first, second):
    assert a.stretch(first, second).stretch(second, first) == a.stretch(first + second, first + second)
    assert a.stretch(first, second).covers(a)


@given(span_sets, pairs)
def test_clip_is_the_intersection_with_one_span(a, pair):
    assert a.clip(*pair) == Spans(list(a)) & Spans([pair])
    assert sampled(a.clip(*pair)) == {moment for moment in sampled(a) if pair[0] <= moment < pair[1]}


@given(span_sets, span_sets)
def test_covers_spans_means_nothing_is_left_over(a, b):
    assert a.covers(b) == (b - a == Spans.empty())
    assert all(a.covers(span) == (not Spans([span]) - a) for span in b)


@given(span_sets)
def test_covers_a_moment_as_the_definition_says(a):
    for moment in (*SAMPLES, *(EPOCH + k * HOUR for k in range(HOURS + 1)), BEGINNING, END):
        assert a.covers(moment) == (moment in a) == any(start <= moment < end for start, end in a)


@given(span_sets, pairs)
def test_first_gap_is_the_first_span_of_what_is_left_over(a, pair):
    left_over = Spans([pair]) - a
    assert a.first_gap(Span(*pair)) == next(iter(left_over), None)


@given(bounded_spans, pairs)
def test_total_counts_the_sampled_hours(a, pair):
    assert a.total() == len(sampled(a)) * HOUR
    assert a.total(Span(*pair)) == len(sampled(a.clip(*pair))) * HOUR


@given(span_sets, instants)
def test_at_or_after_is_the_first_span_not_yet_over(a, moment):
    assert a.at_or_after(moment) == next((span for span in a if span.end > moment), None)


@given(span_sets, edges)
def test_next_edge_is_the_first_change_after(a, moment):
    changes = sorted({edge for span in a for edge in span} - {BEGINNING, END})
    assert a.next_edge(moment) == next((edge for edge in changes if edge > moment), None)


@given(span_sets)
def test_start_and_end_are_the_outermost(a):
    assert a.start == min((start for start, _ in a), default=None)
    assert a.end == max((end for _, end in a), default=None)
