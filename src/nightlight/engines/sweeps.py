"""Sweeps of the kernel: from contributions, sorted by when they start and by when they end, to spans.

A contribution's start is in L with its payload in Q, its end in K with its payload in P. Every function appends spans
from `top` on and returns where they end; what it appends is sorted, apart and not empty, as in `Spans`.
"""

from __future__ import annotations

from nightlight.engines.compiled import compiled
from nightlight.engines.days import Ints
from nightlight.engines.exactly import compare, differs_by
from nightlight.engines.layout import FIRST, LAST
from nightlight.engines.sorting import K, L, P, Q, V, W, X, compact

AT_LEAST, MORE_THAN, AT_MOST, LESS_THAN = 0, 1, 2, 3
"""How a share is compared."""


@compiled
def add(start: int, end: int, spans: Ints, top: int) -> int:
    """Append a span unless it is empty."""
    if start < end:
        spans[0, top], spans[1, top] = start, end
        return top + 1
    return top


@compiled
def lengthen(start: int, end: int, spans: Ints, first: int, top: int) -> int:
    """Append a span that begins no earlier than those from `first` on, or lengthen the last of them."""
    if start >= end:
        return top
    if top > first and start <= spans[1, top - 1]:
        spans[1, top - 1] = max(spans[1, top - 1], end)
        return top
    spans[0, top], spans[1, top] = start, end
    return top + 1


@compiled
def edge(room: Ints, size: int, i: int, j: int) -> int:
    """The next moment at which something starts or ends."""
    return min(room[L, i], room[K, j]) if i < size else room[K, j]  # type: ignore[no-any-return]


@compiled
def sum_sweep(room: Ints, size: int, less: int, threshold: int, spans: Ints, top: int) -> int:
    """When the running sum of the payload is at least (or, with `less`, below) a threshold above 0."""
    i = j = 0
    total = 0
    held = less == 1
    since = FIRST
    while j < size:
        at = edge(room, size, i, j)
        if at == LAST:
            break
        while i < size and room[L, i] == at:
            total += room[Q, i]
            i += 1
        while j < size and room[K, j] == at:
            total -= room[P, j]
            j += 1
        holds = (total < threshold) if less == 1 else (total >= threshold)
        if holds and not held:
            since = at
        elif held and not holds:
            top = add(since, at, spans, top)
        held = holds
    return add(since, LAST, spans, top) if held else top


@compiled
def distinct_sweep(room: Ints, size: int, less: int, threshold: int, spans: Ints, top: int) -> int:
    """As `sum_sweep`, of how many different values there are: the payload numbers them, and V counts each, from 0."""
    i = j = 0
    total = 0
    held = less == 1
    since = FIRST
    while j < size:
        at = edge(room, size, i, j)
        if at == LAST:
            break
        while i < size and room[L, i] == at:
            total += room[V, room[Q, i]] == 0
            room[V, room[Q, i]] += 1
            i += 1
        while j < size and room[K, j] == at:
            room[V, room[P, j]] -= 1
            total -= room[V, room[P, j]] == 0
            j += 1
        holds = (total < threshold) if less == 1 else (total >= threshold)
        if holds and not held:
            since = at
        elif held and not holds:
            top = add(since, at, spans, top)
        held = holds
    return add(since, LAST, spans, top) if held else top


@compiled
def share_holds(part: int, whole: int, comparison: int, times: int, percent: int, minimum: int) -> bool:
    """Whether part * times compares so with whole * percent, where the whole is at least the minimum."""
    if whole < minimum:
        return False
    sign = 1 if percent < 0 else compare(part, times, whole, percent)
    if comparison == AT_LEAST:
        return sign >= 0
    if comparison == MORE_THAN:
        return sign > 0
    return sign <= 0 if comparison == AT_MOST else sign < 0


@compiled
def share_sweep(
    room: Ints, size: int, comparison: int, times: int, percent: int, minimum: int, spans: Ints, top: int
) -> int:  # fmt: skip
    """When one running sum (of V) is so large a share of another (of W); the payload points into both."""
    i = j = 0
    part = whole = 0
    held = False
    since = FIRST
    while j < size:
        at = edge(room, size, i, j)
        if at == LAST:
            break
        while i < size and room[L, i] == at:
            part += room[V, room[Q, i]]
            whole += room[W, room[Q, i]]
            i += 1
        while j < size and room[K, j] == at:
            part -= room[V, room[P, j]]
            whole -= room[W, room[P, j]]
            j += 1
        holds = share_holds(part, whole, comparison, times, percent, minimum)
        if holds and not held:
            since = at
        elif held and not holds:
            top = add(since, at, spans, top)
        held = holds
    return add(since, LAST, spans, top) if held else top


@compiled
def changed(
    part: int, whole: int, part_before: int, whole_before: int, fall: int, hundred: int, points: int, minimum: int
) -> bool:
    """As `reference._changed`."""
    if whole < minimum or whole_before < minimum:
        return False
    if fall == 1:
        return differs_by(part_before, whole, part, whole_before, hundred, points)
    return differs_by(part, whole_before, part_before, whole, hundred, points)


@compiled
def change_sweep(
    room: Ints, size: int, fall: int, hundred: int, points: int, minimum: int, spans: Ints, top: int
) -> int:  # fmt: skip
    """When the share (of W that V is) in the recent window differs so from that in the earlier one (where X is 1)."""
    i = j = 0
    part = whole = part_before = whole_before = 0
    held = False
    since = FIRST
    while j < size:
        at = edge(room, size, i, j)
        if at == LAST:
            break
        while i < size and room[L, i] == at:
            k = room[Q, i]
            part += room[V, k] * (1 - room[X, k])
            whole += room[W, k] * (1 - room[X, k])
            part_before += room[V, k] * room[X, k]
            whole_before += room[W, k] * room[X, k]
            i += 1
        while j < size and room[K, j] == at:
            k = room[P, j]
            part -= room[V, k] * (1 - room[X, k])
            whole -= room[W, k] * (1 - room[X, k])
            part_before -= room[V, k] * room[X, k]
            whole_before -= room[W, k] * room[X, k]
            j += 1
        holds = changed(part, whole, part_before, whole_before, fall, hundred, points, minimum)
        if holds and not held:
            since = at
        elif held and not holds:
            top = add(since, at, spans, top)
        held = holds
    return add(since, LAST, spans, top) if held else top


# -- sets of moments


@compiled
def union(room: Ints, size: int, spans: Ints, top: int) -> int:
    """The spans in K and P, in any order, as a set of moments."""
    size = compact(room, 0, size)
    for k in range(size):
        spans[0, top + k], spans[1, top + k] = room[K, k], room[P, k]
    return top + size


@compiled
def common(a: int, a_size: int, b: int, b_size: int, spans: Ints, top: int) -> int:
    """What the spans from `a` on and those from `b` on both hold."""
    i, j = a, b
    while i < a + a_size and j < b + b_size:
        top = add(max(spans[0, i], spans[0, j]), min(spans[1, i], spans[1, j]), spans, top)
        if spans[1, i] <= spans[1, j]:
            i += 1
        else:
            j += 1
    return top


@compiled
def minus(a: int, a_size: int, b: int, b_size: int, spans: Ints, top: int) -> int:
    """What the spans from `a` on hold and those from `b` on do not."""
    j = b
    for i in range(a, a + a_size):
        start = spans[0, i]
        while j < b + b_size and spans[1, j] <= start:
            j += 1
        k = j
        while k < b + b_size and spans[0, k] < spans[1, i]:
            top = add(start, spans[0, k], spans, top)
            start = spans[1, k]
            k += 1
        top = add(start, spans[1, i], spans, top)
    return top
