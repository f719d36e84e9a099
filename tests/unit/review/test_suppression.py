"""What may be published: no count of one to four children, and nothing from which one could be worked out."""

from __future__ import annotations

import pytest

from nightlight.review.figures import Quartiles, Share
from nightlight.review.suppression import FEWER, NONE, NOT_SHOWN, Showing

PUBLISHED, EXACT = Showing(True), Showing(False)


@pytest.mark.parametrize(
    ("share", "hidden"),
    [
        (Share(0, 100), False),
        (Share(4, 100), True),
        (Share(5, 100), False),
        (Share(96, 100), True),
        (Share(95, 100), False),
        (Share(100, 100), False),
        (Share(0, 4), True),
        (Share(0, 0), False),
    ],
)
def test_share_is_hidden_by_its_part_by_what_is_left_and_by_its_whole(share: Share, hidden: bool) -> None:
    assert PUBLISHED.hides(share) is hidden
    assert not EXACT.hides(share)
    assert (PUBLISHED.share(share) == NOT_SHOWN) is hidden
    assert (PUBLISHED.interval(share) == NOT_SHOWN) is hidden


def test_rate_of_few_is_hidden() -> None:
    assert PUBLISHED.rate(4, 1000.0) == NOT_SHOWN
    assert (PUBLISHED.rate(5, 1000.0), EXACT.rate(4, 1000.0), PUBLISHED.rate(0, 1000.0)) == ("5.00", "4.00", "0.00")
    assert PUBLISHED.rate(0, 0.0) == NONE


def test_lead_times_of_few_are_hidden() -> None:
    few, enough = Quartiles(1, 2, 3, 4), Quartiles(1, 2, 3, 5)
    assert PUBLISHED.days(few) == [NOT_SHOWN, NOT_SHOWN]
    assert PUBLISHED.days(enough) == EXACT.days(enough) == ["2", "1 to 3"]
    assert PUBLISHED.days(Quartiles(None, None, None, 0)) == [NONE, NONE]


def test_one_hidden_group_takes_the_smallest_other_with_it() -> None:
    shares = [Share(50, 100), Share(3, 100), Share(8, 100), Share(0, 100)]
    assert PUBLISHED.row_of_shares(shares) == [False, True, False, True]
    assert EXACT.row_of_shares(shares) == [False] * 4
    assert PUBLISHED.row_of_shares([Share(50, 100), Share(0, 100)]) == [False, False]


def test_counts_that_add_up_are_hidden_together() -> None:
    assert PUBLISHED.counts([100, 0, 4]) == [NOT_SHOWN] * 3
    assert PUBLISHED.counts([100, 0, 5]) == ["100", "0", "5"]
    assert PUBLISHED.count(4) == FEWER
