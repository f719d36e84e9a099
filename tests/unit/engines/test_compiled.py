"""Compiling an entry point with all that it calls as one."""

from __future__ import annotations

import numba
import pytest

from nightlight.engines.compiled import cached, compiled


@compiled
def larger(one: int, other: int) -> int:
    """Of two."""
    return max(one, other)


@compiled
def doubled(number: int) -> int:
    """Or of nothing, if below it."""
    return 2 * larger(number, 0)


@pytest.fixture
def whole(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    @cached
    def whole(number: int) -> int:
        return doubled(number) + 1

    return whole


def test_a_helper_is_called_from_python_after_the_whole_that_it_is_a_part_of(whole):
    assert [whole(3), whole(-3)] == [7, 1]
    assert [doubled(3), doubled(-3), larger(2, 5)] == [6, 0, 5]
    assert whole.stats.cache_misses


def test_the_whole_is_compiled_after_a_helper_was_called_from_python(whole):
    assert doubled(4) == 8
    assert whole(4) == 9
