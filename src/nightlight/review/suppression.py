"""How a count may be shown: as it is, or, in what is published, not where it would be of one to four children.

What is left out is said to be left out; a nought is shown, for it is nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nightlight.review.figures import Quartiles, Share, per_thousand

SMALL = 5
"""Counts under this, but for 0, are not published."""
FEWER = "fewer than 5"
NOT_SHOWN = "not shown"
NONE = "–"


def is_small(count: int) -> bool:
    """
    >>> [is_small(count) for count in (0, 1, 4, 5)]
    [False, True, True, False]
    """
    return 0 < count < SMALL


@dataclass(frozen=True, slots=True)
class Showing:
    """How figures are written down. published: with small numbers left out."""

    published: bool

    def hides(self, share: Share) -> bool:
        """Whether a share would tell of fewer than five: in the part, in what is left of the whole, or in the whole."""
        return self.published and any(is_small(count) for count in (share.part, share.of - share.part, share.of))

    def count(self, number: int) -> str:
        """
        >>> Showing(True).count(3), Showing(False).count(3), Showing(True).count(1200)
        ('fewer than 5', '3', '1,200')
        """
        return FEWER if self.published and is_small(number) else f"{number:,}"

    def counts(self, numbers: Sequence[int]) -> list[str]:
        """Counts that others can be worked out from: where one is small, none is shown.

        >>> Showing(True).counts([9, 2, 0])
        ['not shown', 'not shown', 'not shown']
        """
        if self.published and any(map(is_small, numbers)):
            return [NOT_SHOWN] * len(numbers)
        return [f"{number:,}" for number in numbers]

    def rate(self, count: int, years: float) -> str:
        """So many per 1,000 child-years."""
        value = per_thousand(count, years)
        if self.published and is_small(count):
            return NOT_SHOWN
        return NONE if value is None else f"{value:,.2f}" if value < 10 else f"{value:,.1f}"

    def share(self, share: Share) -> str:
        """
        >>> Showing(False).share(Share(1, 10)), Showing(True).share(Share(1, 10))
        ('10.0% (1 of 10)', 'not shown')
        """
        if share.value is None:
            return NONE
        return NOT_SHOWN if self.hides(share) else f"{share.value:.1%} ({share.part:,} of {share.of:,})"

    def interval(self, share: Share) -> str:
        """
        >>> Showing(False).interval(Share(1, 10))
        '1.8% to 40.4%'
        """
        if share.interval is None:
            return NONE
        low, high = share.interval
        return NOT_SHOWN if self.hides(share) else f"{low:.1%} to {high:.1%}"

    def days(self, quartiles: Quartiles) -> list[str]:
        """The median and the quartiles of some days."""
        if not quartiles.of:
            return [NONE, NONE]
        if self.published and quartiles.of < SMALL:
            return [NOT_SHOWN, NOT_SHOWN]
        return [f"{quartiles.median:,}", f"{quartiles.lower:,} to {quartiles.upper:,}"]

    def row_of_shares(self, shares: Sequence[Share]) -> list[bool]:
        """Which of the shares of one whole are left out: where it would be one alone, the smallest other goes with it.

        Else the one left out could be worked out from the whole.

        >>> Showing(True).row_of_shares([Share(2, 90), Share(40, 90), Share(7, 90)])
        [True, False, True]
        """
        hidden = [self.hides(share) for share in shares]
        if sum(hidden) == 1 and len(shares) > 1:
            others = [at for at, is_hidden in enumerate(hidden) if not is_hidden]
            hidden[min(others, key=lambda at: shares[at].part)] = True
        return hidden
