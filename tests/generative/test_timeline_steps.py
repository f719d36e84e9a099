"""Step functions against sums taken afresh at every moment, and shares against fractions."""

from __future__ import annotations

import operator
import pickle
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nightlight.timeline.spans import BEGINNING, END, Spans
from nightlight.timeline.steps import Steps, exact

EPOCH = datetime(2026, 10, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURS = 16
SAMPLES = [EPOCH + k * HOUR + HOUR / 2 for k in range(-1, HOURS + 1)]

instants = st.integers(0, HOURS).map(lambda k: EPOCH + k * HOUR)
edges = st.one_of(instants, st.sampled_from([BEGINNING, END]))
pairs = st.tuples(edges, edges).map(lambda pair: (min(pair), max(pair)))
weights = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([0.1, 0.2, 0.3, 0.5, 1e16, -1e16]),
    st.fractions(-2, 2, max_denominator=7),
    st.sampled_from([Decimal("0.1"), Decimal("2.50")]),
)
contributions = st.lists(st.tuples(pairs, weights).map(lambda c: (*c[0], c[1])), max_size=8)
steps = contributions.map(Steps.sum)

COMPARISONS = [
    (Steps.at_least, operator.ge),
    (Steps.more_than, operator.gt),
    (Steps.at_most, operator.le),
    (Steps.less_than, operator.lt),
    (Steps.equal_to, operator.eq),
]


def as_people_mean_it(number):
    return Fraction(str(number)) if isinstance(number, float) else Fraction(number)


def brute_sum(given_contributions, moment):
    return sum((as_people_mean_it(w) for start, end, w in given_contributions if start <= moment < end), Fraction(0))


def sampled(spans):
    return [moment in spans for moment in SAMPLES]


@given(contributions)
def test_sum_is_the_sum_at_every_moment(given_contributions):
    total = Steps.sum(given_contributions)
    for moment in (*SAMPLES, *(EPOCH + k * HOUR for k in range(HOURS + 1)), BEGINNING):
        assert total.at(moment) == brute_sum(given_contributions, moment)


@given(contributions, st.permutations(range(8)))
def test_sum_does_not_depend_on_order(given_contributions, order):
    shuffled = [given_contributions[k] for k in order if k < len(given_contributions)]
    assert Steps.sum(shuffled) == Steps.sum(given_contributions)


@given(contributions, contributions)
def test_taking_contributions_away_returns_exactly(kept, added):
    removed = [(start, end, -w) for start, end, w in added]
    assert Steps.sum([*kept, *added, *removed]) == Steps.sum(kept)
    assert Steps.sum(kept) + Steps.sum(added) - Steps.sum(added) == Steps.sum(kept)


@given(steps)
def test_pieces_tile_all_of_time_and_neighbours_differ(a):
    pieces = list(a.pieces())
    assert pieces[0][0] == BEGINNING
    assert pieces[-1][1] == END
    for (_, end, value), (start, _, following) in pairwise(pieces):
        assert end == start
        assert value != following
    assert all(a.at(start) == value and start < end for start, end, value in pieces)
    assert Steps.sum(pieces) == a


@given(steps, st.one_of(steps, weights))
def test_arithmetic_is_that_of_the_values(a, b):
    for operation in (operator.add, operator.sub, operator.mul):
        for left, right in ((a, b), (b, a)):
            result = operation(left, right)
            for moment in SAMPLES:
                of_left, of_right = (
                    x.at(moment) if isinstance(x, Steps) else as_people_mean_it(x) for x in (left, right)
                )
                assert result.at(moment) == operation(of_left, of_right)


@given(steps, st.one_of(steps, weights))
def test_comparisons_are_those_of_the_values(a, b):
    for compare, operation in COMPARISONS:
        found = compare(a, b)
        assert Spans(found) == found
        assert sampled(found) == [
            operation(a.at(m), b.at(m) if isinstance(b, Steps) else as_people_mean_it(b)) for m in SAMPLES
        ]


@given(steps, st.one_of(steps, weights))
def test_comparisons_are_each_others_complements(a, b):
    assert a.at_least(b) == ~a.less_than(b)
    assert a.at_most(b) == ~a.more_than(b)
    assert a.equal_to(b) == a.at_least(b) & a.at_most(b)


@given(contributions, contributions, st.one_of(st.floats(0, 2), st.fractions(0, 2, max_denominator=30)))
def test_shares_are_those_of_fractions(top, bottom, ratio):
    numerator, denominator = Steps.sum(top), Steps.sum(bottom)
    shares = [
        Fraction(numerator.at(m)) / Fraction(denominator.at(m)) if denominator.at(m) > 0 else None for m in SAMPLES
    ]
    limit = as_people_mean_it(ratio)
    at_most, at_least = (f(numerator, denominator, ratio) for f in (Steps.ratio_at_most, Steps.ratio_at_least))
    assert sampled(at_most) == [share is not None and share <= limit for share in shares]
    assert sampled(at_least) == [share is not None and share >= limit for share in shares]


@given(st.lists(st.tuples(instants, instants, st.integers(-5, 5), st.one_of(instants, st.just(END))), max_size=8))
def test_latest_known_is_the_last_to_occur_of_what_is_known_and_in_force(observations):
    observations = [(o, k, value, until) for o, k, value, until in observations if o <= until]
    found = Steps.latest_known(observations, default=99)
    for moment in SAMPLES:
        in_force = [
            (o, k, n, value) for n, (o, k, value, until) in enumerate(observations) if max(o, k) <= moment < until
        ]
        assert found.at(moment) == (max(in_force)[3] if in_force else 99)


@given(st.lists(st.tuples(instants, weights, st.one_of(instants, st.just(END))), max_size=8))
def test_latest_is_the_last_begun_of_what_is_in_force(observations):
    observations = [(o, value, until) for o, value, until in observations if o <= until]
    found = Steps.latest(observations)
    for moment in SAMPLES:
        in_force = [(o, n) for n, (o, _, until) in enumerate(observations) if o <= moment < until]
        assert found.at(moment) == (as_people_mean_it(observations[max(in_force)[1]][1]) if in_force else 0)


@given(st.lists(pairs, max_size=8), st.integers(0, 4))
def test_at_least_k_of_many_spans(given_pairs, k):
    found = Steps.sum((start, end, 1) for start, end in given_pairs).at_least(k)
    assert sampled(found) == [sum(start <= m < end for start, end in given_pairs) >= k for m in SAMPLES]


@given(steps, steps)
def test_equal_functions_are_equal_objects(a, b):
    assert (a == b) == ([a.at(m) for m in SAMPLES] == [b.at(m) for m in SAMPLES])
    assert hash(Steps.sum(a.pieces())) == hash(a)
    assert pickle.loads(pickle.dumps(a)) == a


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_exact_float_is_the_decimal_it_prints_as(number):
    assert exact(number) == Fraction(Decimal(str(number)))
    assert float(exact(number)) == number
