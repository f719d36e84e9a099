"""What stops an erasure, and what may be set aside."""

from __future__ import annotations

import pytest

from nightlight.domain.erasing import FIRM, WORDS, Rests, Stop, stops


@pytest.mark.parametrize("stop", Stop)
def test_each_thing_that_stands_in_the_way_is_named_in_words(stop: Stop) -> None:
    assert stops(Rests(**{stop.value: True})) == (stop,)
    assert WORDS[stop].endswith(".")


def test_what_is_firm_comes_first() -> None:
    found = stops(Rests(**{stop.value: True for stop in Stop}))
    assert set(found[: len(FIRM)]) == FIRM
