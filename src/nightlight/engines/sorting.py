"""Sorting in the kernel: pairs of key and payload, stable, and quick on what is nearly in order, as facts are.

Keys and payload are rows of the room that every operation works in (`T` and `U` of it are these functions' own).
"""

from __future__ import annotations

from nightlight.engines.compiled import compiled
from nightlight.engines.days import Ints

K, P, L, Q, V, W, X, Y, T, U = range(10)
"""The rows of the room: each operation says what it keeps in which."""
ROWS = 10
_RUN = 16


@compiled
def sort_pairs(room: Ints, keys: int, payload: int, low: int, high: int) -> None:
    """Sort keys from `low` to `high`, and their payload with them, in place; equal keys keep their order."""
    in_order = True
    for k in range(low + 1, high):
        if room[keys, k] < room[keys, k - 1]:
            in_order = False
            break
    if in_order:
        return
    for start in range(low, high, _RUN):
        _insert(room, keys, payload, start, min(start + _RUN, high))
    width = _RUN
    while width < high - low:
        for start in range(low, high - width, 2 * width):
            _merge(room, keys, payload, start, start + width, min(start + 2 * width, high))
        width *= 2


@compiled
def _insert(room: Ints, keys: int, payload: int, start: int, stop: int) -> None:
    for k in range(start + 1, stop):
        key, load = room[keys, k], room[payload, k]
        to = k
        while to > start and room[keys, to - 1] > key:
            room[keys, to], room[payload, to] = room[keys, to - 1], room[payload, to - 1]
            to -= 1
        room[keys, to], room[payload, to] = key, load


@compiled
def _merge(room: Ints, keys: int, payload: int, start: int, middle: int, stop: int) -> None:
    if room[keys, middle - 1] <= room[keys, middle]:
        return
    left = middle - start
    for k in range(left):
        room[T, k], room[U, k] = room[keys, start + k], room[payload, start + k]
    i, j, to = 0, middle, start
    while i < left:
        if j < stop and room[keys, j] < room[T, i]:
            room[keys, to], room[payload, to] = room[keys, j], room[payload, j]
            j += 1
        else:
            room[keys, to], room[payload, to] = room[T, i], room[U, i]
            i += 1
        to += 1


@compiled
def compact(room: Ints, low: int, high: int) -> int:
    """Sort the spans in K and P from `low` to `high`, and join those that overlap or touch; returns where they end."""
    if high - low < 2:
        return high
    sort_pairs(room, K, P, low, high)
    kept = low
    for k in range(low + 1, high):
        if room[K, k] > room[P, kept]:
            kept += 1
            room[K, kept], room[P, kept] = room[K, k], room[P, k]
        elif room[P, k] > room[P, kept]:
            room[P, kept] = room[P, k]
    return kept + 1


@compiled
def first_at_least(room: Ints, keys: int, size: int, key: int) -> int:
    """The index of the first of the sorted keys that is `key` or more."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if room[keys, middle] < key:
            low = middle + 1
        else:
            high = middle
    return low
