"""Operations of the kernel on entries in their order: one followed by another, the latest few, some in a row.

As in `operations`, which has the others.
"""

from __future__ import annotations

from nightlight.engines.compiled import compiled
from nightlight.engines.days import Ints, until
from nightlight.engines.layout import LAST, MISSING
from nightlight.engines.operations import measure, value
from nightlight.engines.sorting import compact, first_at_least, sort_pairs
from nightlight.engines.sweeps import sum_sweep, union

ALL_TOGETHER = -1
"""Instead of what to measure: nothing tells entries apart."""


@compiled
def followed(
    first: Ints, n: int, then: Ints, m: int, within: int, window: int, less: int, threshold: int,
    at: Ints, known: Ints, gone: Ints, starts: Ints, to: Ints, ends: Ints,
    K: Ints, P: Ints, L: Ints, Q: Ints, V: Ints, W: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """When so many entries were each followed by another within a time. Needs room for every pair."""
    for k in range(m):
        V[k], W[k] = at[then[k]], then[k]
    sort_pairs(V, W, m, T, U)
    size = 0
    for k in range(n):
        i = first[k]
        limit = until(at[i], within, starts, to, ends)
        counts = max(at[i], known[i])
        begun = size
        j = first_at_least(V, m, at[i] + 1)
        while j < m and V[j] < limit:
            start = max(counts, V[j], known[W[j]])
            end = min(until(V[j], window, starts, to, ends), gone[i], gone[W[j]])
            if start < end:
                K[size], P[size] = start, end
                size += 1
            j += 1
        size = begun + compact(K[begun:], P[begun:], size - begun, T, U)
    for k in range(size):
        L[k], K[k], Q[k] = K[k], P[k], 1
        P[k] = 1
    sort_pairs(L, Q, size, T, U)
    sort_pairs(K, P, size, T, U)
    return sum_sweep(L, Q, K, P, size, less, threshold, S, E, top)  # type: ignore[no-any-return]


@compiled
def latest_change(
    picked: Ints, n: int, attribute: int, low: int, high: int, over: int, window: int,
    what: Ints, at: Ints, known: Ints, gone: Ints, values: Ints, places: Ints, starts: Ints, to: Ints, ends: Ints,
    K: Ints, P: Ints, L: Ints, Q: Ints, V: Ints, W: Ints, X: Ints, Y: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """While the latest value, less the one `over - 1` before it, lies between two numbers."""
    size = 0
    for k in range(n):
        if value(picked[k], attribute, what, values, places) != MISSING:
            Q[size] = 2 * picked[k]
            size += 1
    found = latest_few(
        Q, size, over, window, attribute, low, high, what, at, known, gone, values, places, starts, to, ends,
        K, P, 0, L, V, W, X, Y, T, U,
    )  # fmt: skip
    return union(K, P, found, T, U, S, E, top)  # type: ignore[no-any-return]


@compiled
def in_a_row(
    wanted: Ints, n: int, among: Ints, m: int, number: int, mode: int, attribute: int, window: int,
    what: Ints, at: Ints, known: Ints, gone: Ints, values: Ints, places: Ints, starts: Ints, to: Ints, ends: Ints,
    K: Ints, P: Ints, L: Ints, Q: Ints, V: Ints, W: Ints, X: Ints, Y: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """While the latest `number`, of one group, are all wanted."""
    size = i = j = 0
    while i < n or j < m:  # both lists are in order: together, each fact once, with whether it is wanted
        if j == m or (i < n and wanted[i] <= among[j]):
            fact, mark = wanted[i], 1
            j += j < m and among[j] == wanted[i]
            i += 1
        else:
            fact, mark = among[j], 0
            j += 1
        group = 0 if mode == ALL_TOGETHER else measure(fact, mode, attribute, what, values, places)
        if group != MISSING:
            L[size], Q[size] = group, 2 * fact + mark
            size += 1
    sort_pairs(L, Q, size, T, U)
    found = 0
    start = 0
    while start < size:
        stop = start + 1
        while stop < size and L[stop] == L[start]:
            stop += 1
        found = latest_few(
            Q[start:], stop - start, number, window, -1, 0, 0, what, at, known, gone, values, places, starts, to, ends,
            K, P, found, L[start:], V, W, X, Y, T, U,
        )  # fmt: skip
        start = stop
    return union(K, P, found, T, U, S, E, top)  # type: ignore[no-any-return]


@compiled
def latest_few(
    facts: Ints, size: int, number: int, window: int, attribute: int, low: int, high: int,
    what: Ints, at: Ints, known: Ints, gone: Ints, values: Ints, places: Ints, starts: Ints, to: Ints, ends: Ints,
    K: Ints, P: Ints, found: int, L: Ints, V: Ints, W: Ints, X: Ints, Y: Ints, T: Ints, U: Ints,
) -> int:  # fmt: skip
    """Append to K and P the stretches over which the latest `number` facts (each twice its index, plus whether it is
    wanted) are as asked: all wanted, or, of an attribute, changed so much. L, facts: of this group only."""
    for key in (known, at):
        for k in range(size):
            L[k] = key[facts[k] // 2]
        sort_pairs(L, facts, size, T, U)
    count = 0
    for rank in range(size):
        i = facts[rank] // 2
        end = min(until(at[i], window, starts, to, ends), gone[i])
        if max(at[i], known[i]) < end:
            L[count], V[count], W[count], X[count] = max(at[i], known[i]), rank, end, rank
            count += 1
    sort_pairs(L, V, count, T, U)
    sort_pairs(W, X, count, T, U)
    i = j = counting = 0
    since = LAST
    while j < count:
        edge = min(W[j], L[i]) if i < count else W[j]
        if since < edge:
            K[found], P[found] = since, edge
            found += 1
        if edge == LAST:
            break
        while i < count and L[i] == edge:
            counting = _insert(Y, counting, V[i])
            i += 1
        while j < count and W[j] == edge:
            counting = _remove(Y, counting, X[j])
            j += 1
        asked = counting >= number and _as_asked(
            Y, counting, number, facts, attribute, low, high, what, values, places
        )  # fmt: skip
        since = edge if asked else LAST
    return found


@compiled
def _as_asked(
    ranks: Ints, counting: int, number: int, facts: Ints, attribute: int, low: int, high: int,
    what: Ints, values: Ints, places: Ints,
) -> bool:  # fmt: skip
    if attribute >= 0:
        newest, oldest = facts[ranks[counting - 1]] // 2, facts[ranks[counting - number]] // 2
        change = value(newest, attribute, what, values, places) - value(oldest, attribute, what, values, places)
        return bool(low <= change <= high)
    for k in range(counting - number, counting):
        if facts[ranks[k]] % 2 == 0:
            return False
    return True


@compiled
def _insert(ranks: Ints, size: int, rank: int) -> int:
    k = size
    while k and ranks[k - 1] > rank:
        ranks[k] = ranks[k - 1]
        k -= 1
    ranks[k] = rank
    return size + 1


@compiled
def _remove(ranks: Ints, size: int, rank: int) -> int:
    for k in range(first_at_least(ranks, size, rank), size - 1):
        ranks[k] = ranks[k + 1]
    return size - 1
