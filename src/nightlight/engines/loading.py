"""From Arrow's memory to the kernel's columns, in one pass over the rows: NumPy took five, and half of a batch's time.

Each function stands alone, so that its cache on disk goes by this file and nothing else.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nightlight.engines.compiled import cached

Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int16]


@cached
def add_tags(what: Ints, start: int, indices: Shorts, tags: Ints) -> None:
    """Add the tag of each index to what stands from `start` on."""
    for k in range(indices.size):
        what[start + k] |= tags[indices[k]]


_MASKS = np.array([[-(bits >> k & 1) for k in range(8)] for bits in range(256)], dtype=np.int64)
"""For each byte of eight bits, eight numbers: of all bits where its bit is 1, of none where it is 0."""


@cached
def fill(to: Ints, start: int, data: Ints, valid: npt.NDArray[np.uint8], offset: int, missing: int) -> None:
    """Copy values from `start` on; where a bit of `valid` (from the bit `offset`) is 0, `missing` instead.

    Eight at a time without a branch, which the processor would often guess wrong.
    """
    whole = data.size // 8 if offset % 8 == 0 else 0
    for byte in range(whole):
        bits = valid[offset // 8 + byte]
        for b in range(8):
            mask = _MASKS[bits, b]
            to[start + 8 * byte + b] = (data[8 * byte + b] & mask) | (missing & ~mask)
    for k in range(8 * whole, data.size):
        bit = offset + k
        to[start + k] = data[k] if (valid[bit >> 3] >> (bit & 7)) & 1 else missing


@cached
def is_in_order(number: npt.NDArray[np.int32], at: Ints, known_from: Ints) -> bool:
    """Whether facts lie child by child, and each child's in the order in which they count."""
    for k in range(1, number.size):
        if number[k] < number[k - 1]:
            return False
        if number[k] == number[k - 1] and max(at[k], known_from[k]) < max(at[k - 1], known_from[k - 1]):
            return False
    return True
