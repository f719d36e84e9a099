"""The statistics against values worked out by hand or printed elsewhere."""

from __future__ import annotations

import pytest

from nightlight.review.figures import Quartiles, Share, per_thousand, quantile, wilson


# part, of -> 95% interval. The middle three: Newcombe 1998, Statistics in Medicine 17, table I, method 3.
@pytest.mark.parametrize(
    ("part", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0000),
    ],
)
def test_wilson_interval_is_the_published_one(part: int, of: int, low: float, high: float) -> None:
    assert wilson(part, of) == pytest.approx((low, high), abs=5e-5)


def test_share_of_nothing_is_not_known() -> None:
    assert (Share(0, 0).value, Share(0, 0).interval) == (None, None)
    assert Share(1, 4) + Share(2, 4) == Share(3, 8)


def test_rate_without_time_is_not_known() -> None:
    assert per_thousand(3, 0.0) is None
    assert per_thousand(3, 1500.0) == 2.0


@pytest.mark.parametrize(
    ("share", "value"),
    [(0.0, 1), (0.2, 1), (0.21, 5), (0.5, 5), (0.8, 7), (1.0, 100)],
)
def test_quantile_is_the_nearest_rank(share: float, value: int) -> None:
    assert quantile({7: 1, 1: 1, 5: 2, 100: 1}, share) == value  # 1 5 5 7 100


def test_quartiles_of_nothing_are_not_known() -> None:
    assert Quartiles.of_counted({}) == Quartiles(None, None, None, 0)
