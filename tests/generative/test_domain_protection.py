"""Any dangers and protections, dated as loosely as people date them: the two answers bracket the truth."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nightlight.domain.protection import Danger, Protection, hours, uncovered
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import END, Spans

EPOCH = datetime(2025, 10, 20, tzinfo=UTC)
instants = st.integers(0, 24 * 40).map(lambda n: Partial.instant(EPOCH + timedelta(hours=n)))
days = st.integers(0, 40).map(lambda n: Partial.day(date(2025, 10, 20) + timedelta(days=n)))
dates = instants | days | st.sampled_from([Partial.month(2025, 10), Partial.month(2025, 11)])


@st.composite
def spans(draw, when=dates):
    start, end = draw(when), draw(st.none() | when)
    return (start, None) if end is None or end.earliest < start.earliest or end.latest < start.latest else (start, end)


def dangers(when=dates):
    return spans(when).map(lambda each: Danger(id="d", starts=each[0], ends=each[1]))


def protections(when=dates):
    made = st.builds(
        lambda each, accepted: Protection(
            id="p", in_force_from=each[0], until=each[1], owner="someone", accepted=accepted
        ),
        spans(when),
        st.booleans(),
    )
    return st.lists(made, max_size=4)


@given(dangers(), protections())
def test_what_is_certainly_uncovered_may_be_and_is_danger(danger, agreed):
    (found,) = uncovered([danger], agreed)
    assert found.possible.covers(found.certain)
    assert danger.possible().covers(found.possible)
    assert danger.certain().covers(found.certain)
    assert bool(found) == bool(found.possible)
    assert found.words().endswith(".")


@given(dangers(instants), protections(instants))
def test_exact_dates_have_one_answer_which_is_danger_minus_protection(danger, agreed):
    (found,) = uncovered([danger], agreed)
    expected = danger.certain()
    for each in agreed:
        if each.accepted:
            expected -= Spans.of(each.in_force_from.latest, each.until.earliest if each.until else END)
    assert found.certain == found.possible == expected


@given(dangers(), protections(), protections())
def test_more_protection_never_uncovers_more(danger, agreed, more):
    (with_few,) = uncovered([danger], agreed)
    (with_more,) = uncovered([danger], [*agreed, *more])
    assert with_few.possible.covers(with_more.possible)
    assert with_few.certain.covers(with_more.certain)


@given(dangers(), protections(), st.data())
def test_the_truth_lies_between_the_two_answers(danger, agreed, data):
    def one_of(when):
        span = (when.latest - when.earliest) // timedelta(minutes=1)
        return Partial.instant(when.earliest + timedelta(minutes=data.draw(st.integers(0, span))))

    def exact(start, end):
        begun = one_of(start)
        over = one_of(end) if end else None
        return (begun, over if over is None or over.latest >= begun.latest else begun)

    starts, ends = exact(danger.starts, danger.ends)
    truly = [
        Protection(id="p", in_force_from=a, until=b, owner="someone", accepted=each.accepted)
        for each in agreed
        for a, b in [exact(each.in_force_from, each.until)]
    ]
    (true,) = uncovered([Danger(id="d", starts=starts, ends=ends)], truly)
    (found,) = uncovered([danger], agreed)
    assert found.possible.covers(true.certain)
    assert true.certain.covers(found.certain)


@given(dangers(), protections())
def test_hours_are_what_the_spans_add_up_to(danger, agreed):
    (found,) = uncovered([danger], agreed)
    counted = hours(found.possible)
    assert (counted is None) == (bool(found.possible) and found.possible.end == END)
    if counted is not None:
        assert timedelta(hours=counted) == found.possible.total()
