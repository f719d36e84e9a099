"""Operations of the kernel on entries in their order: the latest, the latest few, some in a row, one after another.

As in `operations`, which has the others.
"""

from __future__ import annotations

from nightlight.engines.compiled import compiled
from nightlight.engines.days import Ints, until
from nightlight.engines.layout import AT, FIRST, GONE, KNOWN, LAST, MISSING
from nightlight.engines.operations import counts_from, measure, value
from nightlight.engines.sorting import K, L, P, Q, T, V, W, X, Y, compact, first_at_least, sort_pairs
from nightlight.engines.sweeps import add, edge, sum_sweep, union

MORE_ROOM = -1
"""Instead of where the spans end: the room to work in was too small."""
ALL_TOGETHER = -1
"""Instead of what to measure: nothing tells entries apart."""


@compiled
def followed(
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """When so many entries were each followed by another within a time. V and W: those that follow, in their order."""
    first, then, within, window = code[row, 2], code[row, 3], code[row, 4], code[row, 5]
    m = sizes[then]
    for k in range(m):
        room[V, k], room[W, k] = facts[AT, picked[then, k]], picked[then, k]
    sort_pairs(room, V, W, 0, m)
    size = 0
    for k in range(sizes[first]):
        i = picked[first, k]
        limit, counts = until(facts[AT, i], within, days), counts_from(i, facts)
        if size + m > room.shape[1]:
            return MORE_ROOM
        begun = size
        j = first_at_least(room, V, m, facts[AT, i] + 1)
        while j < m and room[V, j] < limit:
            start = max(counts, counts_from(room[W, j], facts))
            end = min(until(room[V, j], window, days), facts[GONE, i], facts[GONE, room[W, j]])
            if start < end:
                room[K, size], room[P, size] = start, end
                size += 1
            j += 1
        size = compact(room, begun, size)
    for k in range(size):
        room[L, k], room[Q, k], room[K, k], room[P, k] = room[K, k], 1, room[P, k], 1
    sort_pairs(room, L, Q, 0, size)
    sort_pairs(room, K, P, 0, size)
    return sum_sweep(room, size, code[row, 6], code[row, 7], spans, top)


@compiled
def latest(
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """While the latest value that is known, by when it occurred, lies between two.

    Q: the facts by rank, the later one occurred the higher; V: until when each counts; W: whether it lies between.
    """
    chosen, attribute, low, high, window = code[row, 2], code[row, 3], code[row, 4], code[row, 5], code[row, 6]
    size = 0
    for k in range(sizes[chosen]):
        i = picked[chosen, k]
        end = min(until(facts[AT, i], window, days), facts[GONE, i])
        if value(i, attribute, facts, places, 0) != MISSING and counts_from(i, facts) < end:
            room[Q, size] = i
            size += 1
    by_age(room, 1, 0, size, facts)
    for rank in range(size):
        i = room[Q, rank]
        room[V, rank] = min(until(facts[AT, i], window, days), facts[GONE, i])
        room[W, rank] = low <= value(i, attribute, facts, places, 0) <= high
    for rank in range(size):
        room[L, rank], room[K, rank] = counts_from(room[Q, rank], facts), room[V, rank]
        room[Q, rank] = room[P, rank] = rank
    sort_pairs(room, L, Q, 0, size)
    sort_pairs(room, K, P, 0, size)
    return _topmost(room, size, spans, top)


@compiled
def by_age(room: Ints, each: int, low: int, high: int, facts: Ints) -> None:
    """Sort the facts in Q, each `each` times its index, by when they happened and then by when they were known."""
    for key in (KNOWN, AT):
        for k in range(low, high):
            room[L, k] = facts[key, room[Q, k] // each]
        sort_pairs(room, L, Q, low, high)


@compiled
def _topmost(room: Ints, size: int, spans: Ints, top: int) -> int:
    """While the highest rank in force holds. T: a heap of the ranks begun; those over leave when they are on top."""
    i = j = 0
    begun = 0
    held = False
    since = FIRST
    while j < size:
        at = edge(room, size, i, j)
        if at == LAST:
            break
        while i < size and room[L, i] == at:
            begun = _push(room, begun, room[Q, i])
            i += 1
        while j < size and room[K, j] == at:
            j += 1
        while begun and room[V, room[T, 0]] <= at:
            begun = _pop(room, begun)
        holds = begun > 0 and room[W, room[T, 0]] == 1
        if holds and not held:
            since = at
        elif held and not holds:
            top = add(since, at, spans, top)
        held = holds
    return add(since, LAST, spans, top) if held else top


@compiled
def _push(room: Ints, size: int, rank: int) -> int:
    k = size
    while k and room[T, (k - 1) // 2] < rank:
        room[T, k] = room[T, (k - 1) // 2]
        k = (k - 1) // 2
    room[T, k] = rank
    return size + 1


@compiled
def _pop(room: Ints, size: int) -> int:
    size -= 1
    rank = room[T, size]
    k = 0
    while 2 * k + 1 < size:
        child = 2 * k + 1
        if child + 1 < size and room[T, child + 1] > room[T, child]:
            child += 1
        if room[T, child] <= rank:
            break
        room[T, k] = room[T, child]
        k = child
    room[T, k] = rank
    return size


@compiled
def latest_change(
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """While the latest value, less the one some values before it, lies between two numbers."""
    chosen, attribute, low, high, over, window = (
        code[row, 2], code[row, 3], code[row, 4], code[row, 5], code[row, 6], code[row, 7],
    )  # fmt: skip
    size = 0
    for k in range(sizes[chosen]):
        if value(picked[chosen, k], attribute, facts, places, 0) != MISSING:
            room[Q, size] = 2 * picked[chosen, k]
            size += 1
    found = latest_few(0, size, over, window, attribute, low, high, facts, places, days, room, 0)
    return union(room, found, spans, top)


@compiled
def in_a_row(
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """While the latest so many, of one group, are all wanted."""
    wanted, among, number, mode, attribute, window = (
        code[row, 2], code[row, 3], code[row, 4], code[row, 5], code[row, 6], code[row, 7],
    )  # fmt: skip
    size = i = j = 0
    while (
        i < sizes[wanted] or j < sizes[among]
    ):  # both are in order: together, each fact once, with whether it is wanted
        if j == sizes[among] or (i < sizes[wanted] and picked[wanted, i] <= picked[among, j]):
            fact, mark = picked[wanted, i], 1
            j += j < sizes[among] and picked[among, j] == fact
            i += 1
        else:
            fact, mark = picked[among, j], 0
            j += 1
        group = 0 if mode == ALL_TOGETHER else measure(fact, mode, attribute, facts, places)
        if group != MISSING:
            room[X, size], room[Q, size] = group, 2 * fact + mark
            size += 1
    sort_pairs(room, X, Q, 0, size)
    found = start = 0
    while start < size:
        stop = start + 1
        while stop < size and room[X, stop] == room[X, start]:
            stop += 1
        found = latest_few(start, stop, number, window, -1, 0, 0, facts, places, days, room, found)
        start = stop
    return union(room, found, spans, top)


@compiled
def latest_few(
    first: int, stop: int, number: int, window: int, attribute: int, low: int, high: int,
    facts: Ints, places: Ints, days: Ints, room: Ints, found: int,
) -> int:  # fmt: skip
    """Append to K and P, from `found` on, the stretches over which the latest `number` are as asked.

    Q, from `first` to `stop`: the facts, each twice its index, plus whether it is wanted. As asked: all wanted, or, of
    an attribute, changed so much. V and W: the starts in order, with the rank of each; L and Y: the ends. T: the ranks
    that count.
    """
    by_age(room, 2, first, stop, facts)
    count = 0
    for rank in range(first, stop):
        i = room[Q, rank] // 2
        end = min(until(facts[AT, i], window, days), facts[GONE, i])
        if counts_from(i, facts) < end:
            room[V, count], room[W, count] = counts_from(i, facts), rank
            room[L, first + count], room[Y, first + count] = end, rank
            count += 1
    sort_pairs(room, V, W, 0, count)
    sort_pairs(room, L, Y, first, first + count)
    i = j = counting = 0
    since = LAST
    while j < count:
        ends = room[L, first + j]
        at = min(ends, room[V, i]) if i < count else ends
        if since < at:
            room[K, found], room[P, found] = since, at
            found += 1
        if at == LAST:
            break
        while i < count and room[V, i] == at:
            counting = _insert(room, counting, room[W, i])
            i += 1
        while j < count and room[L, first + j] == at:
            counting = _remove(room, counting, room[Y, first + j])
            j += 1
        asked = counting >= number and _as_asked(room, counting, number, attribute, low, high, facts, places)
        since = at if asked else LAST
    return found


@compiled
def _as_asked(
    room: Ints, counting: int, number: int, attribute: int, low: int, high: int, facts: Ints, places: Ints
) -> bool:
    if attribute >= 0:
        newest, oldest = room[Q, room[T, counting - 1]] // 2, room[Q, room[T, counting - number]] // 2
        change = value(newest, attribute, facts, places, 0) - value(oldest, attribute, facts, places, 0)
        return bool(low <= change <= high)
    for k in range(counting - number, counting):
        if room[Q, room[T, k]] % 2 == 0:
            return False
    return True


@compiled
def _insert(room: Ints, size: int, rank: int) -> int:
    k = size
    while k and room[T, k - 1] > rank:
        room[T, k] = room[T, k - 1]
        k -= 1
    room[T, k] = rank
    return size + 1


@compiled
def _remove(room: Ints, size: int, rank: int) -> int:
    for k in range(first_at_least(room, T, size, rank), size - 1):
        room[T, k] = room[T, k + 1]
    return size - 1
