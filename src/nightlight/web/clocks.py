"""Whether the hub's clocks run, for the banner on every page: asked of the database once in a few seconds at most."""

from __future__ import annotations

from datetime import datetime, timedelta

from nightlight.actions.watching.clockwork import Standing, standing
from nightlight.web.moment import now

KEPT_FOR = timedelta(seconds=5)

_kept: list[tuple[datetime, Standing]] = []


def standing_lately() -> Standing:
    """How the clocks stood a few seconds ago at most."""
    at = now()
    for asked, found in _kept:
        if timedelta() <= at - asked < KEPT_FOR:
            return found
    found = standing(now=at)
    _kept[:] = [(at, found)]
    return found
