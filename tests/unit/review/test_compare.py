"""Two sets of indicators on the same children, against pairs worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping

from support.backtesting import LOGGED, SEEN, a_backtest, a_child, an_indicator, spans

from nightlight.review.backtest import ANY, DAY
from nightlight.review.compare import Comparison, Difference, Earlier, Pairs, differences

OTHER_RULE = an_indicator(LOGGED.code, level="concern", question="neglect", kind="health.concern")
Held = list[tuple[int, int]]


def _compared(*children: tuple[Held, Held, Mapping[str, list[int]]]) -> Comparison:
    """Children with the spans of the logged indicator by the first set and by the second, and what came."""
    comparison = Comparison(a_backtest(LOGGED), a_backtest(OTHER_RULE))
    for number, (first, second, came) in enumerate(children):
        comparison.add(a_child(f"C{number}"), {LOGGED.code: first}, {LOGGED.code: second}, came)
    return comparison


def test_children_are_paired_and_first_firings_compared() -> None:
    comparison = _compared(
        (spans((10, 20)), spans((10, 15)), {}),
        (spans((10, 20)), spans((8, 20)), {}),
        (spans((10, 20)), spans((12, 20)), {}),
        (spans((10, 20)), [], {}),
        ([], spans((10, 20), (30, 40)), {}),
        ([], [], {}),
    )
    assert comparison.found[LOGGED.code] == Pairs(both=3, first_only=1, second_only=1) == comparison.found[ANY]
    assert comparison.moved[LOGGED.code] == Earlier(earlier=1, same=1, later=1)
    assert comparison.first.by_indicator[LOGGED.code].firings == 4
    assert comparison.second.by_indicator[LOGGED.code].firings == 5


def test_outcomes_are_paired_by_which_set_led_up_to_them() -> None:
    plan = {"plan": [50 * DAY]}
    comparison = _compared(
        (spans((10, 20)), spans((49, 60)), plan),
        (spans((10, 20)), spans((50, 60)), plan),
        ([], spans((10, 20)), plan),
        ([], [], plan),
        (spans((10, 20)), [], {}),
    )
    assert comparison.led[LOGGED.code, "plan"] == Pairs(both=1, first_only=1, second_only=1)


def test_what_became_of_an_indicator_is_told_by_its_rule() -> None:
    comparison = Comparison(a_backtest(LOGGED, SEEN), a_backtest(SEEN))
    assert (comparison.change(LOGGED.code), comparison.change(SEEN.code)) == ("removed", "same rule")
    assert Comparison(a_backtest(SEEN), a_backtest(LOGGED, SEEN)).change(LOGGED.code) == "added"
    assert Comparison(a_backtest(LOGGED), a_backtest(OTHER_RULE)).change(LOGGED.code) == "changed rule"
    assert comparison.codes() == [LOGGED.code, SEEN.code]


def test_a_difference_names_the_child_and_when_each_began() -> None:
    child = a_child("C1", since=5)
    first = {"a.same": spans((10, 20)), "a.moved": spans((2, 4), (10, 20)), "a.lost": spans((10, 20))}
    second = {"a.same": spans((10, 20)), "a.moved": spans((12, 20))}
    assert list(differences(child, first, second)) == [
        Difference("C1", "a.lost", 10 * DAY, None),
        Difference("C1", "a.moved", 10 * DAY, 12 * DAY),
    ]


def test_comparisons_of_parts_join_to_that_of_the_whole() -> None:
    children = [
        (
            spans((10, 20)) if n % 2 else [],
            spans((10 + n % 3 - 1, 20)) if n % 5 else [],
            {"plan": [30 * DAY]} if n % 4 else {},
        )
        for n in range(20)
    ]
    joined = _compared(*children[:7])
    joined.join(_compared(*children[7:]))
    assert joined == _compared(*children)
    assert joined.moved[LOGGED.code] == Earlier(earlier=2, same=4, later=2)
