"""Comparing products of whole numbers exactly in the kernel, where 64 bits are not enough. Nothing is rounded.

All factors are 0 or more: quantities are, and so are their weights.
"""

from __future__ import annotations

import numpy as np

from nightlight.engines.compiled import compiled

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_NONE = np.uint64(0)
_ONE = np.uint64(1)


@compiled
def product(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    """a * b in 128 bits: (high, low)."""
    a0, a1, b0, b1 = a & _LOW, a >> _HALF, b & _LOW, b >> _HALF
    low = a0 * b0
    middle = a1 * b0 + (low >> _HALF)
    other = a0 * b1 + (middle & _LOW)
    return a1 * b1 + (middle >> _HALF) + (other >> _HALF), (other << _HALF) | (low & _LOW)


@compiled
def compare(a: int, b: int, c: int, d: int) -> int:
    """-1, 0 or 1 as a * b is less than, equal to or more than c * d."""
    high, low = product(np.uint64(a), np.uint64(b))
    other_high, other_low = product(np.uint64(c), np.uint64(d))
    if high != other_high:
        return 1 if high > other_high else -1
    return 0 if low == other_low else (1 if low > other_low else -1)


@compiled
def triple(a: int, b: int, c: int) -> tuple[np.uint64, np.uint64, np.uint64]:
    """a * b * c in 192 bits, highest first."""
    high, low = product(np.uint64(a), np.uint64(b))
    carry, last = product(low, np.uint64(c))
    top, middle = product(high, np.uint64(c))
    middle = middle + carry
    return top + (_ONE if middle < carry else _NONE), middle, last


@compiled
def at_least_sum(
    a: tuple[np.uint64, np.uint64, np.uint64],
    b: tuple[np.uint64, np.uint64, np.uint64],
    c: tuple[np.uint64, np.uint64, np.uint64],
) -> bool:
    """Whether a >= b + c, each of 192 bits with room for the sum."""
    last = b[2] + c[2]
    carry = _ONE if last < b[2] else _NONE
    middle = b[1] + c[1]
    over = _ONE if middle < b[1] else _NONE
    middle = middle + carry
    if carry == _ONE and middle == _NONE:
        over = _ONE
    top = b[0] + c[0] + over
    if a[0] != top:
        return bool(a[0] > top)
    return bool(a[1] > middle) if a[1] != middle else bool(a[2] >= last)


@compiled
def differs_by(more: int, whole: int, less: int, other: int, hundred: int, points: int) -> bool:
    """Whether (more * whole - less * other) * hundred >= points * whole * other.

    more/other is the share that should be the larger, less/whole the other one. In floating point where that is plain,
    else exactly.
    """
    left = float(more) * float(whole) * float(hundred)
    taken = float(less) * float(other) * float(hundred)
    right = float(points) * float(whole) * float(other)
    gap = left - taken - right
    if abs(gap) > 1e-12 * (left + taken + right):
        return gap > 0
    return at_least_sum(triple(more, whole, hundred), triple(less, other, hundred), triple(points, whole, other))
