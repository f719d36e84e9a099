"""Sweeps of the kernel: from contributions, sorted by when they start and by when they end, to spans.

Every function appends spans to `S` and `E` from `top` on and returns where they end. Spans it appends are sorted, apart
from each other and not empty, as in `Spans`.
"""

from __future__ import annotations

from nightlight.engines.compiled import compiled
from nightlight.engines.days import Ints
from nightlight.engines.exactly import compare, differs_by
from nightlight.engines.layout import FIRST, LAST
from nightlight.engines.sorting import compact

AT_LEAST, MORE_THAN, AT_MOST, LESS_THAN = 0, 1, 2, 3
"""How a share is compared."""


@compiled
def add(start: int, end: int, S: Ints, E: Ints, top: int) -> int:
    """Append a span unless it is empty."""
    if start < end:
        S[top], E[top] = start, end
        return top + 1
    return top


@compiled
def sum_sweep(
    starts: Ints,
    gains: Ints,
    ends: Ints,
    losses: Ints,
    size: int,
    less: int,
    threshold: int,
    S: Ints,
    E: Ints,
    top: int,
) -> int:
    """When a running sum is at least (or, with `less`, below) a threshold above 0."""
    i = j = 0
    total = 0
    holds = less == 1
    since = FIRST
    while j < size:
        at = ends[j]
        if i < size and starts[i] < at:
            at = starts[i]
        if at == LAST:
            break
        while i < size and starts[i] == at:
            total += gains[i]
            i += 1
        while j < size and ends[j] == at:
            total -= losses[j]
            j += 1
        now = (total < threshold) if less == 1 else (total >= threshold)
        if now and not holds:
            since = at
        elif holds and not now:
            top = add(since, at, S, E, top)
        holds = now
    return add(since, LAST, S, E, top) if holds else top


@compiled
def distinct_sweep(
    starts: Ints, who: Ints, ends: Ints, whose: Ints, size: int, counts: Ints,
    less: int, threshold: int, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """As `sum_sweep`, of how many different values (numbered from 0; `counts` is 0 for each) are there."""
    i = j = 0
    total = 0
    holds = less == 1
    since = FIRST
    while j < size:
        at = ends[j]
        if i < size and starts[i] < at:
            at = starts[i]
        if at == LAST:
            break
        while i < size and starts[i] == at:
            total += counts[who[i]] == 0
            counts[who[i]] += 1
            i += 1
        while j < size and ends[j] == at:
            counts[whose[j]] -= 1
            total -= counts[whose[j]] == 0
            j += 1
        now = (total < threshold) if less == 1 else (total >= threshold)
        if now and not holds:
            since = at
        elif holds and not now:
            top = add(since, at, S, E, top)
        holds = now
    return add(since, LAST, S, E, top) if holds else top


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
    starts: Ints, who: Ints, ends: Ints, whose: Ints, size: int, parts: Ints, wholes: Ints,
    comparison: int, times: int, percent: int, minimum: int, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """When one running sum is so large a share of another."""
    i = j = 0
    part = whole = 0
    holds = False
    since = FIRST
    while j < size:
        at = ends[j]
        if i < size and starts[i] < at:
            at = starts[i]
        if at == LAST:
            break
        while i < size and starts[i] == at:
            part += parts[who[i]]
            whole += wholes[who[i]]
            i += 1
        while j < size and ends[j] == at:
            part -= parts[whose[j]]
            whole -= wholes[whose[j]]
            j += 1
        now = share_holds(part, whole, comparison, times, percent, minimum)
        if now and not holds:
            since = at
        elif holds and not now:
            top = add(since, at, S, E, top)
        holds = now
    return add(since, LAST, S, E, top) if holds else top


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
    starts: Ints, who: Ints, ends: Ints, whose: Ints, size: int, parts: Ints, wholes: Ints, before: Ints,
    fall: int, hundred: int, points: int, minimum: int, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """When the share in the recent window differs so from that in the earlier one (`before` is 1 for those)."""
    i = j = 0
    part = whole = part_before = whole_before = 0
    holds = False
    since = FIRST
    while j < size:
        at = ends[j]
        if i < size and starts[i] < at:
            at = starts[i]
        if at == LAST:
            break
        while i < size and starts[i] == at:
            k = who[i]
            part += parts[k] * (1 - before[k])
            whole += wholes[k] * (1 - before[k])
            part_before += parts[k] * before[k]
            whole_before += wholes[k] * before[k]
            i += 1
        while j < size and ends[j] == at:
            k = whose[j]
            part -= parts[k] * (1 - before[k])
            whole -= wholes[k] * (1 - before[k])
            part_before -= parts[k] * before[k]
            whole_before -= wholes[k] * before[k]
            j += 1
        now = changed(part, whole, part_before, whole_before, fall, hundred, points, minimum)
        if now and not holds:
            since = at
        elif holds and not now:
            top = add(since, at, S, E, top)
        holds = now
    return add(since, LAST, S, E, top) if holds else top


# -- sets of moments


@compiled
def union(starts: Ints, ends: Ints, size: int, spare_keys: Ints, spare: Ints, S: Ints, E: Ints, top: int) -> int:
    """Spans in any order, as a set of moments."""
    size = compact(starts, ends, size, spare_keys, spare)
    for k in range(size):
        S[top + k], E[top + k] = starts[k], ends[k]
    return top + size


@compiled
def common(a: int, a_size: int, b: int, b_size: int, S: Ints, E: Ints, top: int) -> int:
    """What the spans from `a` on and those from `b` on both hold."""
    i, j = a, b
    while i < a + a_size and j < b + b_size:
        top = add(max(S[i], S[j]), min(E[i], E[j]), S, E, top)
        if E[i] <= E[j]:
            i += 1
        else:
            j += 1
    return top


@compiled
def minus(a: int, a_size: int, b: int, b_size: int, S: Ints, E: Ints, top: int) -> int:
    """What the spans from `a` on hold and those from `b` on do not."""
    j = b
    for i in range(a, a + a_size):
        start = S[i]
        while j < b + b_size and E[j] <= start:
            j += 1
        k = j
        while k < b + b_size and S[k] < E[i]:
            top = add(start, S[k], S, E, top)
            start = E[k]
            k += 1
        top = add(start, E[i], S, E, top)
    return top
