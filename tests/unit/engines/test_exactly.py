"""Products of whole numbers, compared where 64 bits are not enough, against Python's own, which have no end."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from nightlight.engines.exactly import compare, differs_by

large = st.integers(0, 2**62)
near = large.flatmap(lambda n: st.integers(max(0, n - 2), n + 2))


@given(large, large, large, large)
@example(2**62, 2**62, 2**62, 2**62)
@example(2**62, 2**62 - 1, 2**62 - 1, 2**62)
@example(3, 0, 0, 5)
def test_compare(a, b, c, d):
    assert compare(a, b, c, d) == (a * b > c * d) - (a * b < c * d)


@given(large, large, large, large, st.integers(100, 10**17), st.integers(1, 2**40))
@example(2, 5, 1, 5, 100, 100 * 10)  # exactly as many points: floating point cannot tell, and need not
@example(2**61 + 1, 2**61, 2**61, 2**61, 100, 0)
@example(2**62, 2**62, 0, 1, 2**59, 2**59)
def test_differs_by(more, whole, less, other, hundred, points):
    expected = (more * whole - less * other) * hundred >= points * whole * other
    assert differs_by(more, whole, less, other, hundred, points) == expected
