"""From Arrow's memory to the kernel's columns, in one pass over the rows: NumPy took five, and half of a batch's time.

Each function stands alone, so that its cache on disk goes by this file and nothing else.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nightlight.engines.compiled import cached

Ints = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]


@cached
def join_tags(
    what: Ints, same: int, one: Indices, ones: Ints, two: Indices, twos: Ints, three: Indices, threes: Ints,
    four: Indices, fours: Ints,
) -> None:  # fmt: skip
    """Write what each fact is: the tags of its indices, together with what is the same of all. An empty column of
    indices is one of those."""
    if two.size == 0:
        for k in range(what.size):
            what[k] = same | ones[one[k]]
    elif three.size == 0:
        for k in range(what.size):
            what[k] = same | ones[one[k]] | twos[two[k]]
    elif four.size == 0:
        for k in range(what.size):
            what[k] = same | ones[one[k]] | twos[two[k]] | threes[three[k]]
    else:
        for k in range(what.size):
            what[k] = same | ones[one[k]] | twos[two[k]] | threes[three[k]] | fours[four[k]]


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
def find_children(number: npt.NDArray[np.int32], first: int, at: Ints, known_from: Ints, offsets: Ints) -> bool:
    """Where each child's facts start, the children numbered from `first`, and where the last one's end.

    Whether facts lie child by child, and each child's in the order in which they count; else what is found is nothing.
    """
    child = 0
    before = at[0] if number.size else 0
    offsets[0] = 0
    for k in range(number.size):
        counts = max(at[k], known_from[k])
        own = number[k] - first
        if own != child:
            if own < child or own >= offsets.size - 1:
                return False
            for each in range(child + 1, own + 1):
                offsets[each] = k
            child = own
        elif counts < before:
            return False
        before = counts
    for each in range(child + 1, offsets.size):
        offsets[each] = number.size
    return True
