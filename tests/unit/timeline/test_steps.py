"""Steps on days from one epoch: exact sums, the latest of observations, shares."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from nightlight.timeline import BEGINNING, END, BackwardsSpanError, Spans, Steps, TimelineError, exact

EPOCH = datetime(2026, 3, 2, tzinfo=UTC)


def at(day):
    return EPOCH + timedelta(days=day)


def days(*pairs):
    return Spans((at(start), at(end)) for start, end in pairs)


def test_count_in_a_window_is_a_sum_of_windows():
    absences = Steps.sum((at(day), at(day + 28), 1) for day in (0, 7, 9))
    assert absences.at_least(3) == days((9, 28))
    assert absences.equal_to(0) == ~days((0, 37))
    assert [absences.at(at(day)) for day in (-1, 0, 7, 9, 28, 37)] == [0, 1, 2, 3, 2, 0]


def test_a_fact_that_arrives_late_counts_from_when_it_was_known():
    assert Steps.sum([(at(0), at(28), 1), (max(at(2), at(20)), at(30), 1)]).at_least(2) == days((20, 28))


def test_tenths_add_up_exactly():
    tenths = Steps.sum([(at(0), END, 0.1), (at(1), END, 0.2), (at(2), END, -0.3)])
    assert tenths.equal_to(0.3) == days((1, 2))
    assert tenths.at(at(2)) == 0


def test_a_huge_weight_leaves_no_trace_when_it_ends():
    steps = Steps.sum([(at(0), at(9), 0.1), (at(1), at(2), 1e17)])
    assert steps.at(at(2)) == steps.at(at(0)) == Fraction(1, 10)


def test_unbounded_contributions_hold_always():
    assert Steps.sum([(BEGINNING, END, 2), (BEGINNING, at(1), 1)]).at(BEGINNING) == 3
    assert Steps.sum([]) == Steps.constant(0)
    assert Steps.sum([(at(1), at(1), 5)]) == Steps.constant(0)


def test_pieces_join_equal_neighbours():
    steps = Steps.sum([(at(0), at(1), 2), (at(1), at(2), 2)])
    assert list(steps.pieces()) == [(BEGINNING, at(0), 0), (at(0), at(2), 2), (at(2), END, 0)]


def test_backwards_is_refused_and_says_what_to_do():
    with pytest.raises(BackwardsSpanError, match="Leave it out if it became known only when its window had passed"):
        Steps.sum([(at(2), at(1), 1)])
    with pytest.raises(BackwardsSpanError):
        Steps.latest([(at(2), 1, at(1))])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("NaN")])
def test_what_cannot_be_added_is_refused(number):
    with pytest.raises(TimelineError, match="not a number that can be added up"):
        Steps.sum([(at(0), at(1), number)])


@pytest.mark.parametrize(
    ("number", "meant"),
    [
        (0.1, Fraction(1, 10)),
        (2.0, 2),
        (True, 1),
        (Decimal("12.40"), Fraction(62, 5)),
        (Fraction(4, 2), 2),
        (1e-7, Fraction(1, 10**7)),
    ],
)
def test_exact_reads_a_number_as_people_mean_it(number, meant):
    assert exact(number) == meant
    assert type(exact(number)) is type(meant)


def test_latest_gives_way_to_the_one_before_when_it_runs_out():
    score = Steps.latest([(at(0), 6, END), (at(5), 2, at(8))], default=10)
    assert [score.at(at(day)) for day in (-1, 0, 5, 8)] == [10, 6, 2, 6]
    assert score.at_most(5) == days((5, 8))


def test_latest_of_two_at_the_same_moment_is_the_later_given():
    assert Steps.latest([(at(0), 3, END), (at(0), 4, END)]).at(at(0)) == 4


def test_latest_known_goes_by_when_it_occurred():
    weight = Steps.latest_known([(at(4), at(4), 11.9, END), (at(1), at(6), 12.4, END), (at(5), at(7), 11.5, END)])
    assert [float(weight.at(at(day))) for day in (4, 6, 7)] == [11.9, 11.9, 11.5]


def test_latest_known_leaves_out_what_was_known_too_late():
    assert Steps.latest_known([(at(0), at(5), 1, at(5))]) == Steps.constant(0)


def test_arithmetic_with_numbers_and_steps():
    steps = Steps.sum([(at(0), at(1), 3)])
    for result, values in (
        (steps + 1, [1, 4]),
        (1 + steps, [1, 4]),
        (steps - 1, [-1, 2]),
        (1 - steps, [1, -2]),
        (steps * 0.5, [0, Fraction(3, 2)]),
        (2 * steps, [0, 6]),
        (-steps, [0, -3]),
        (steps * steps, [0, 9]),
        (steps + Steps.sum([(at(0), END, 0.5)]), [0, Fraction(7, 2)]),
    ):
        assert [result.at(at(-1)), result.at(at(0))] == values
    assert type((steps * 0.5 + steps * 0.5).at(at(0))) is int


def test_arithmetic_with_anything_else_is_refused():
    for refused in (lambda: Steps.constant(1) + "1", lambda: "1" - Steps.constant(1), lambda: None * Steps.constant(1)):
        with pytest.raises(TypeError):
            refused()


def test_comparing_moment_by_moment():
    recent, earlier = Steps.sum([(at(0), at(6), 2)]), Steps.sum([(at(3), at(9), 2), (at(5), at(9), 1)])
    assert recent.more_than(earlier) == days((0, 3))
    assert recent.less_than(earlier) == days((5, 9))
    assert recent.equal_to(earlier) == ~days((0, 3), (5, 9))
    assert recent.at_least(earlier) == ~days((5, 9))
    assert recent.at_most(earlier) == ~days((0, 3))


def test_a_tenth_of_thirty_sessions_is_three():
    missed, possible = Steps.sum([(at(0), at(9), 3)]), Steps.sum([(at(0), at(9), 30)])
    assert Steps.ratio_at_least(missed, possible, 0.1) == days((0, 9))
    assert Steps.ratio_at_most(missed, possible, 0.1) == days((0, 9))
    assert Steps.ratio_at_least(missed, possible, 0.1001) == Spans.empty()


def test_a_share_of_nothing_is_never_true():
    nothing = Steps.constant(0)
    assert Steps.ratio_at_least(nothing, nothing, 0) == Steps.ratio_at_most(nothing, nothing, 1) == Spans.empty()


def test_steps_are_immutable_values():
    steps = Steps.sum([(at(0), at(1), 3)])
    with pytest.raises(AttributeError, match="immutable"):
        steps._values = ()
    with pytest.raises(AttributeError, match="immutable"):
        del steps._values
    with pytest.raises(TypeError, match=r"Steps\.sum"):
        Steps()
    assert {steps: 1}[Steps.sum([(at(0), at(1), 1.0), (at(0), at(1), 2)])] == 1
    assert pickle.loads(pickle.dumps(steps)) == steps
    assert Steps.constant(3) != 3


def test_repr_is_readable():
    assert repr(Steps.sum([(at(0), END, 0.5)])) == (
        "Steps(0 over Spans(beginning..2026-03-02T00:00Z), 1/2 over Spans(2026-03-02T00:00Z..end))"
    )
