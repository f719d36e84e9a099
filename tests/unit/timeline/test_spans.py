"""Named intervals from one epoch: what each operation does at the edges."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from nightlight.timeline import BEGINNING, END, BackwardsSpanError, NaiveInstantError, Span, Spans, UnboundedError
from nightlight.timeline.instants import as_utc, moved

EPOCH = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
LONDON = ZoneInfo("Europe/London")


def at(day):
    return EPOCH + day * DAY


INTERVALS = {
    "base": Span(at(10), at(20)),
    "earlier": Span(at(2), at(5)),
    "later": Span(at(25), at(30)),
    "adjacent_earlier": Span(at(5), at(10)),
    "adjacent_later": Span(at(20), at(25)),
    "overlap": Span(at(15), at(25)),
    "overlap_earlier": Span(at(5), at(15)),
    "inside": Span(at(12), at(18)),
    "outside": Span(at(5), at(25)),
    "starts_with": Span(at(10), at(15)),
    "ends_with": Span(at(15), at(20)),
    "no_end": Span(at(15), END),
    "no_start": Span(BEGINNING, at(15)),
}
BACKWARDS = (at(20), at(10))
BASE = Spans([INTERVALS["base"]])


def days(*pairs):
    return Spans((at(start), at(end)) for start, end in pairs)


@pytest.mark.parametrize(
    ("name", "union", "common", "left_over"),
    [
        ("earlier", days((2, 5), (10, 20)), Spans.empty(), BASE),
        ("later", days((10, 20), (25, 30)), Spans.empty(), BASE),
        ("adjacent_earlier", days((5, 20)), Spans.empty(), BASE),
        ("adjacent_later", days((10, 25)), Spans.empty(), BASE),
        ("overlap", days((10, 25)), days((15, 20)), days((10, 15))),
        ("overlap_earlier", days((5, 20)), days((10, 15)), days((15, 20))),
        ("inside", BASE, days((12, 18)), days((10, 12), (18, 20))),
        ("outside", days((5, 25)), BASE, Spans.empty()),
        ("base", BASE, BASE, Spans.empty()),
        ("starts_with", BASE, days((10, 15)), days((15, 20))),
        ("ends_with", BASE, days((15, 20)), days((10, 15))),
        ("no_end", Spans.since(at(10)), days((15, 20)), days((10, 15))),
        ("no_start", Spans.until(at(20)), days((10, 15)), days((15, 20))),
    ],
)
def test_operations_on_named_intervals(name, union, common, left_over):
    other = Spans([INTERVALS[name]])
    assert BASE | other == other | BASE == union
    assert BASE & other == other & BASE == common
    assert BASE - other == left_over


def test_operations_with_nothing_and_with_itself():
    assert BASE | Spans.empty() == Spans.empty() | BASE == BASE | BASE == BASE
    assert BASE & Spans.empty() == Spans.empty() & BASE == BASE - BASE == Spans.empty()


def test_spans_inside_others_disappear_in_them():
    assert days((0, 9), (1, 2), (3, 9), (9, 10)) == days((0, 10))


def test_intersection_of_several_spans_walks_both():
    assert days((0, 5), (10, 15), (20, 25)) & days((3, 12), (14, 21)) == days((3, 5), (10, 12), (14, 15), (20, 21))


def test_intersection_of_spans_that_only_touch_is_empty():
    assert days((0, 5), (10, 15)) & days((5, 10), (15, 20)) == Spans.empty()


def test_backwards_is_refused_and_says_what_to_do():
    with pytest.raises(BackwardsSpanError, match=r"2026-03-22T00:00Z to 2026-03-12T00:00Z\. Swap them"):
        Spans([BACKWARDS])
    with pytest.raises(ValueError, match="may not end before it starts"):
        Spans.of(*BACKWARDS)
    with pytest.raises(BackwardsSpanError):
        BASE.first_gap(Span(*BACKWARDS))
    with pytest.raises(BackwardsSpanError):
        BASE.clip(*BACKWARDS)


def test_naive_moments_are_refused_and_say_what_to_do():
    naive = datetime(2026, 3, 2, 9)  # noqa: DTZ001
    with pytest.raises(NaiveInstantError, match=r"2026-03-02T09:00:00 has no offset.*attach datetime\.UTC"):
        Spans.since(naive)
    with pytest.raises(NaiveInstantError):
        BASE.covers(naive)


def test_other_zones_become_utc():
    nine = datetime(2026, 7, 1, 9, tzinfo=LONDON)
    assert Spans.since(nine) == Spans.since(datetime(2026, 7, 1, 8, tzinfo=UTC))
    assert Spans.since(nine).start.tzinfo is UTC
    assert nine in Spans.of(nine, nine + DAY)


def test_the_last_and_first_moments_of_other_zones_stop_at_the_ends():
    assert as_utc(datetime.max.replace(tzinfo=ZoneInfo("America/New_York"))) == END
    assert as_utc(datetime.min.replace(tzinfo=ZoneInfo("Asia/Tokyo"))) == BEGINNING


def test_empty_spans_are_dropped():
    assert Spans([(at(1), at(1))]) == Spans.of(at(2), at(2)) == Spans() == Spans.empty()
    assert not Spans.empty()
    assert len(days((1, 1), (2, 3))) == 1


def test_always_is_the_complement_of_empty():
    assert list(Spans.always()) == [Span(BEGINNING, END)]
    assert ~Spans.always() == Spans.empty()
    assert Spans.since(BEGINNING) == Spans.until(END) == Spans.always()
    assert Spans.since(at(1)) == ~Spans.until(at(1))


def test_start_is_in_and_end_is_not():
    assert at(10) in BASE
    assert at(20) - timedelta(microseconds=1) in BASE
    assert at(20) not in BASE
    assert END not in Spans.always()


def test_in_asks_about_one_moment_only():
    with pytest.raises(TypeError, match=r"not Span; use covers"):
        _ = INTERVALS["inside"] in BASE


@pytest.mark.parametrize("name", ["inside", "base", "starts_with", "ends_with"])
def test_covers_what_lies_within(name):
    assert BASE.covers(INTERVALS[name])
    assert BASE.covers(Spans([INTERVALS[name]]))


@pytest.mark.parametrize("name", ["earlier", "later", "adjacent_later", "overlap", "outside", "no_end", "no_start"])
def test_covers_is_false_of_what_sticks_out(name):
    assert not BASE.covers(INTERVALS[name])
    assert not BASE.covers(Spans([INTERVALS["inside"], INTERVALS[name]]))


def test_covers_what_is_empty():
    assert Spans.empty().covers(Spans.empty())
    assert Spans.empty().covers(Span(at(1), at(1)))
    assert not Spans.empty().covers(at(1))


def test_first_gap_is_the_uncovered_weekend():
    friday, monday = at(4) + timedelta(hours=17), at(7) + timedelta(hours=9)
    assert Spans.since(monday).first_gap(Span(friday, END)) == Span(friday, monday)
    assert Spans.since(friday).first_gap(Span(friday, END)) is None
    assert Spans.empty().first_gap(Span(friday, END)) == Span(friday, END)


@pytest.mark.parametrize(
    ("within", "gap"),
    [
        ((0, 40), (0, 10)),
        ((10, 40), (20, 25)),
        ((12, 18), None),
        ((15, 22), (20, 22)),
        ((30, 30), None),
        ((30, 31), (30, 31)),
    ],
)
def test_first_gap_starts_where_cover_stops(within, gap):
    spans = days((10, 20), (25, 30))
    assert spans.first_gap(Span(*map(at, within))) == (gap and Span(*map(at, gap)))


def test_shift_keeps_unbounded_ends_unbounded():
    assert BASE.shift(-DAY) == days((9, 19))
    assert Spans.since(at(1)).shift(DAY) == Spans.since(at(2))
    assert Spans.until(at(1)).shift(-DAY) == Spans.until(at(0))
    assert Spans.always().shift(DAY) == Spans.always()


def test_shift_stops_at_the_ends_of_time():
    far = timedelta(days=4_000_000)
    assert days((1, 2)).shift(far) == days((1, 2)).shift(-far) == Spans.empty()
    assert Spans.since(at(1)).shift(-far) == Spans.always()
    assert moved(at(1), far) == END
    assert moved(at(1), -far) == BEGINNING
    assert moved(BEGINNING, DAY) == BEGINNING


def test_stretch_joins_what_then_touches():
    visits = days((1, 2), (5, 6), (12, 13))
    assert visits.stretch(after=3 * DAY) == days((1, 9), (12, 16))
    assert visits.stretch(before=DAY) == days((0, 2), (4, 6), (11, 13))
    assert Spans.since(at(1)).stretch(DAY, DAY) == Spans.since(at(0))


@pytest.mark.parametrize("by", [{"before": -DAY}, {"after": -DAY}])
def test_stretch_never_narrows(by):
    with pytest.raises(BackwardsSpanError, match="stretch only widens"):
        BASE.stretch(**by)


def test_total_adds_lengths():
    assert days((1, 3), (5, 6)).total() == 3 * DAY
    assert Spans.empty().total() == timedelta(0)
    assert Spans.always().total(Span(at(1), at(4))) == 3 * DAY
    assert Spans.since(at(3)).total(Span(at(1), at(4))) == DAY


@pytest.mark.parametrize("spans", [Spans.since(at(1)), Spans.until(at(1)), Spans.always()])
def test_total_without_end_is_refused(spans):
    with pytest.raises(UnboundedError, match=r"no end, so no length: give total\(within"):
        spans.total()
    with pytest.raises(UnboundedError):
        spans.total(Span(BEGINNING, END))


def test_clip_keeps_what_lies_between():
    spans = days((1, 3), (5, 8), (10, 12))
    assert spans.clip(at(2), at(11)) == days((2, 3), (5, 8), (10, 11))
    assert spans.clip(at(3), at(5)) == spans.clip(at(6), at(6)) == spans.clip(at(12), END) == Spans.empty()
    assert spans.clip(BEGINNING, END) == spans


def test_at_or_after_finds_the_span_now_or_next():
    spans = days((10, 20), (25, 30))
    assert spans.at_or_after(at(0)) == spans.at_or_after(at(10)) == INTERVALS["base"]
    assert spans.at_or_after(at(20)) == INTERVALS["later"]
    assert spans.at_or_after(at(30)) is None


def test_next_edge_is_when_something_changes():
    spans = days((10, 20)) | Spans.since(at(25))
    assert [spans.next_edge(at(day)) for day in (0, 10, 20, 25)] == [at(10), at(20), at(25), None]
    assert Spans.until(at(5)).next_edge(BEGINNING) == at(5)
    assert Spans.until(at(5)).next_edge(at(5)) is None


def test_start_and_end_of_nothing_are_none():
    assert (Spans.empty().start, Spans.empty().end) == (None, None)
    assert (BASE.start, BASE.end) == (at(10), at(20))


def test_spans_are_immutable_values():
    with pytest.raises(AttributeError, match="immutable"):
        BASE._spans = ()
    with pytest.raises(AttributeError, match="immutable"):
        del BASE._spans
    assert {BASE: 1}[days((10, 15), (15, 20))] == 1
    assert pickle.loads(pickle.dumps(BASE)) == BASE
    assert BASE != tuple(BASE)


@pytest.mark.parametrize("operation", ["__or__", "__and__", "__sub__"])
def test_operations_with_anything_else_are_refused(operation):
    assert getattr(BASE, operation)(INTERVALS["base"]) is NotImplemented


def test_repr_is_readable():
    exact = Spans.of(at(1), at(1) + timedelta(seconds=90))
    assert repr(Spans.until(at(0)) | exact) == (
        "Spans(beginning..2026-03-02T00:00Z, 2026-03-03T00:00Z..2026-03-03T00:01:30Z)"
    )
    assert repr(Spans.always()) == "Spans(beginning..end)"
    assert repr(Spans.empty()) == "Spans()"
