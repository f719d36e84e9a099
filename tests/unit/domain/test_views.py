"""Whose knowledge counts, and from when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nightlight.domain.views import Actual, Alone, Pooled

RECORDED, LEARNED = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
SHARED = {"education": LEARNED}


@pytest.mark.parametrize(
    ("view", "expected", "name"),
    [
        (Alone("police"), RECORDED, "alone:police"),
        (Alone("education"), None, "alone:education"),
        (Actual("police"), RECORDED, "actual:police"),
        (Actual("education"), LEARNED, "actual:education"),
        (Actual("housing"), None, "actual:housing"),
        (Pooled(), RECORDED, "pooled"),
    ],
)
def test_from_when_a_police_entry_is_known(view, expected, name):
    assert view.known_from("police", RECORDED, SHARED) == expected
    assert view.name == name
