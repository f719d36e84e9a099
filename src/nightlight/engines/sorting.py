"""Sorting in the kernel: pairs of key and payload, stable, and quick on what is nearly in order, as facts are."""

from __future__ import annotations

from nightlight.engines.compiled import compiled
from nightlight.engines.days import Ints

_RUN = 16


@compiled
def sort_pairs(keys: Ints, payload: Ints, size: int, spare_keys: Ints, spare: Ints) -> None:
    """Sort the first `size` keys, and their payload with them, in place; equal keys keep their order."""
    in_order = True
    for k in range(1, size):
        if keys[k] < keys[k - 1]:
            in_order = False
            break
    if in_order:
        return
    for start in range(0, size, _RUN):
        _insert(keys, payload, start, min(start + _RUN, size))
    width = _RUN
    while width < size:
        for start in range(0, size - width, 2 * width):
            _merge(keys, payload, start, start + width, min(start + 2 * width, size), spare_keys, spare)
        width *= 2


@compiled
def _insert(keys: Ints, payload: Ints, start: int, stop: int) -> None:
    for k in range(start + 1, stop):
        key, load = keys[k], payload[k]
        to = k
        while to > start and keys[to - 1] > key:
            keys[to], payload[to] = keys[to - 1], payload[to - 1]
            to -= 1
        keys[to], payload[to] = key, load


@compiled
def _merge(keys: Ints, payload: Ints, start: int, middle: int, stop: int, spare_keys: Ints, spare: Ints) -> None:
    if keys[middle - 1] <= keys[middle]:
        return
    left = middle - start
    for k in range(left):
        spare_keys[k], spare[k] = keys[start + k], payload[start + k]
    i, j, to = 0, middle, start
    while i < left:
        if j < stop and keys[j] < spare_keys[i]:
            keys[to], payload[to] = keys[j], payload[j]
            j += 1
        else:
            keys[to], payload[to] = spare_keys[i], spare[i]
            i += 1
        to += 1


@compiled
def compact(starts: Ints, ends: Ints, size: int, spare_keys: Ints, spare: Ints) -> int:
    """Sort spans and join those that overlap or touch, in place; returns how many are left."""
    if size < 2:
        return size
    sort_pairs(starts, ends, size, spare_keys, spare)
    kept = 0
    for k in range(1, size):
        if starts[k] > ends[kept]:
            kept += 1
            starts[kept], ends[kept] = starts[k], ends[k]
        elif ends[k] > ends[kept]:
            ends[kept] = ends[k]
    return kept + 1


@compiled
def first_at_least(keys: Ints, size: int, key: int) -> int:
    """The index of the first of the sorted keys that is `key` or more."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low
