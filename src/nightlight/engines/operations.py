"""One function for each sort of node, over the facts that its filters let through.

`indicators.reference` says what each means; these must say the same. All take an instruction (a row of `code`); the
facts' indices that each filter picked, in the order in which they count, and how many; the facts' rows (`columns`);
where each kind's attributes stand (`places`); `days.table`; the room to work in (`sorting`); and the spans, appended
from `top`.
"""

from __future__ import annotations

from nightlight.engines.compiled import compiled
from nightlight.engines.days import Ints, moved, until
from nightlight.engines.layout import (
    AGENCY_AT,
    AGENCY_MASK,
    AT,
    ENDS,
    FIRST,
    GONE,
    KIND_MASK,
    KNOWN,
    LAST,
    MILLION,
    MISSING,
    VALUES,
    WHAT,
)
from nightlight.engines.sorting import K, L, P, Q, V, W, X, compact, first_at_least, sort_pairs
from nightlight.engines.sweeps import add, change_sweep, distinct_sweep, lengthen, share_sweep, sum_sweep, union

COUNT, TOTAL, DISTINCT, AGENCIES = 0, 1, 2, 3
"""What an amount adds up."""
MANY_AGENCIES = 64
"""More than there are: their numbers need no numbering."""
NOW = 1
"""In a window's place: as long as the episode lasts."""


@compiled
def value(i: int, attribute: int, facts: Ints, places: Ints, on: int) -> int:
    """An attribute of a fact, or MISSING. places: for each attribute and kind, its column; `on`: so many further."""
    place = places[attribute, facts[WHAT, i] & KIND_MASK]
    return MISSING if place < 0 else facts[VALUES + place + on, i]


@compiled
def measure(i: int, mode: int, attribute: int, facts: Ints, places: Ints) -> int:
    """What a fact adds to an amount (to a distinct one: its value), or MISSING."""
    if mode == COUNT:
        return 1
    if mode == AGENCIES:
        return (facts[WHAT, i] >> AGENCY_AT) & AGENCY_MASK  # type: ignore[no-any-return]
    return value(i, attribute, facts, places, 0)


@compiled
def counts_from(i: int, facts: Ints) -> int:
    """From when a fact counts: when it had happened and was known."""
    return max(facts[AT, i], facts[KNOWN, i])  # type: ignore[no-any-return]


@compiled
def amount(
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """When a count, total or number of different values reaches a threshold, or stays under it."""
    chosen, window, mode, attribute = code[row, 2], code[row, 3], code[row, 4], code[row, 5]
    less, threshold = code[row, 6], code[row, 7]
    if less == 0 and threshold == 1 and mode != TOTAL:
        return one_enough(chosen, window, mode, attribute, picked, sizes, facts, places, days, spans, top)
    size = 0
    total = 0
    for k in range(sizes[chosen]):
        i = picked[chosen, k]
        weight = measure(i, mode, attribute, facts, places)
        if weight == MISSING:
            continue
        start = counts_from(i, facts)
        end = min(facts[ENDS, i] if window == NOW else until(facts[AT, i], window, days), facts[GONE, i])
        if start < end:
            room[L, size], room[Q, size], room[K, size], room[P, size] = start, weight, end, weight
            total += weight if mode == TOTAL else 1
            size += 1
    if less == 0 and total < threshold:
        return top
    if less == 0 and size == 1:  # as it is for most children
        return add(room[L, 0], room[K, 0], spans, top)
    if mode == DISTINCT:
        _number(room, size)
    elif mode == AGENCIES:
        room[V, :MANY_AGENCIES] = 0
    sort_pairs(room, K, P, 0, size)
    if mode >= DISTINCT:
        return distinct_sweep(room, size, less, threshold, spans, top)
    return sum_sweep(room, size, less, threshold, spans, top)


@compiled
def one_enough(
    chosen: int, window: int, mode: int, attribute: int,
    picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """When there is at least one: nothing needs to be sorted, as they start in their order."""
    first = top
    for k in range(sizes[chosen]):
        i = picked[chosen, k]
        if measure(i, mode, attribute, facts, places) == MISSING:
            continue
        end = min(facts[ENDS, i] if window == NOW else until(facts[AT, i], window, days), facts[GONE, i])
        top = lengthen(counts_from(i, facts), end, spans, first, top)
    return top


@compiled
def _number(room: Ints, size: int) -> None:
    """Number the different values in Q and P from 0, and leave V at 0 for each."""
    for k in range(size):
        room[V, k], room[W, k] = room[Q, k], k
    sort_pairs(room, V, W, 0, size)
    number = 0
    for k in range(size):
        if k and room[V, k] != room[V, k - 1]:
            number += 1
        room[Q, room[W, k]] = room[P, room[W, k]] = number
    for k in range(size):
        room[V, k] = 0


@compiled
def share(
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """When one amount is so large a share of another; of the same entries' totals, of those that give both."""
    one, window, mode, attribute = code[row, 2], code[row, 3], code[row, 4], code[row, 5]
    other, window2, mode2, attribute2, both = code[row, 6], code[row, 7], code[row, 8], code[row, 9], code[row, 10]
    size = most = 0
    for k in range(sizes[one] + sizes[other]):
        is_part = k < sizes[one]
        i = picked[one, k] if is_part else picked[other, k - sizes[one]]
        part, whole = measure(i, mode, attribute, facts, places), measure(i, mode2, attribute2, facts, places)
        if (part if is_part else whole) == MISSING or (both == 1 and (part == MISSING or whole == MISSING)):
            continue
        start = counts_from(i, facts)
        end = min(until(facts[AT, i], window if is_part else window2, days), facts[GONE, i])
        if start < end:
            room[L, size], room[Q, size], room[K, size], room[P, size] = start, size, end, size
            room[V, size] = part * (MILLION if mode == COUNT else 1) if is_part else 0
            room[W, size] = 0 if is_part else whole * (MILLION if mode2 == COUNT else 1)
            most += max(0, room[W, size])
            size += 1
    if most < code[row, 14]:  # the whole never comes to what it must
        return top
    sort_pairs(room, L, Q, 0, size)
    sort_pairs(room, K, P, 0, size)
    return share_sweep(room, size, code[row, 11], code[row, 12], code[row, 13], code[row, 14], spans, top)


@compiled
def change(
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """When a share has fallen, or risen, from the earlier window to the recent one."""
    chosen, attribute, attribute2, recent, earlier = (
        code[row, 2],
        code[row, 3],
        code[row, 4],
        code[row, 5],
        code[row, 6],
    )
    size = 0
    for k in range(sizes[chosen]):
        i = picked[chosen, k]
        part, whole = value(i, attribute, facts, places, 0), value(i, attribute2, facts, places, 0)
        if part == MISSING or whole == MISSING:
            continue
        left = until(facts[AT, i], recent, days)
        for before in range(2):
            start = max(left if before else facts[AT, i], facts[KNOWN, i])
            end = min(until(left, earlier, days) if before else left, facts[GONE, i])
            if start < end:
                room[L, size], room[Q, size], room[K, size], room[P, size] = start, size, end, size
                room[V, size], room[W, size], room[X, size] = part, whole, before
                size += 1
    sort_pairs(room, L, Q, 0, size)
    sort_pairs(room, K, P, 0, size)
    return change_sweep(room, size, code[row, 7], code[row, 8], code[row, 9], code[row, 10], spans, top)


@compiled
def lasting(chosen: int, picked: Ints, sizes: Ints, facts: Ints, spans: Ints, top: int) -> int:
    """While an episode lasts."""
    first = top
    for k in range(sizes[chosen]):
        i = picked[chosen, k]
        top = lengthen(counts_from(i, facts), min(facts[ENDS, i], facts[GONE, i]), spans, first, top)
    return top


@compiled
def after(
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """Within the window of an episode's start or end."""
    chosen, from_end, window = code[row, 2], code[row, 3], code[row, 4]
    size = 0
    for k in range(sizes[chosen]):
        i = picked[chosen, k]
        edge = facts[ENDS, i] if from_end == 1 else facts[AT, i]
        start, end = max(edge, counts_from(i, facts)), min(until(edge, window, days), facts[GONE, i])
        if start < end:
            room[K, size], room[P, size] = start, end
            size += 1
    return union(room, size, spans, top)


@compiled
def not_followed(
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """From when an entry's answer was due until it is known, or the time is over. L: from when each answer counts."""
    first, then, window, lasts = code[row, 2], code[row, 3], code[row, 4], code[row, 5]
    m = sizes[then]
    for k in range(m):
        room[L, k] = counts_from(picked[then, k], facts)
    size = 0
    for k in range(sizes[first]):
        i = picked[first, k]
        over = facts[ENDS, i]
        due = until(over, window, days)
        start = max(due, counts_from(i, facts))
        end = min(until(due, lasts, days), facts[GONE, i])
        if size + m + 1 > room.shape[1]:
            size = compact(room, 0, size)
        # An answer counts from no earlier than it happened, so none before the entry's own end can be one.
        j = first_at_least(room, L, m, over)
        while start < end and j < m and room[L, j] < end:
            answer = picked[then, j]
            if facts[AT, answer] >= over and facts[GONE, answer] > start:
                if room[L, j] > start:
                    room[K, size], room[P, size] = start, room[L, j]
                    size += 1
                start = facts[GONE, answer]
            j += 1
        if start < end:
            room[K, size], room[P, size] = start, end
            size += 1
    return union(room, size, spans, top)


@compiled
def then_followed(
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """An entry followed by another within the window: for a time from the second.

    L and Q: when each first one happened, and which it is, in that order; V: until when it may be followed.
    """
    first, then, window, lasts = code[row, 2], code[row, 3], code[row, 4], code[row, 5]
    n = sizes[first]
    for k in range(n):
        room[L, k], room[Q, k] = facts[AT, picked[first, k]], picked[first, k]
    sort_pairs(room, L, Q, 0, n)
    for k in range(n):
        room[V, k] = until(room[L, k], window, days)
    size = 0
    for k in range(sizes[then]):
        i = picked[then, k]
        at, counts = facts[AT, i], counts_from(i, facts)
        limit = min(until(at, lasts, days), facts[GONE, i])
        if size + n > room.shape[1]:
            size = compact(room, 0, size)
        j = first_at_least(room, L, n, at) - 1
        # Of calendar days, none that began longer ago than the window reaches this far; of working days any may.
        while j >= 0 and (window < 0 or room[L, j] + window > at):
            start, end = max(counts, counts_from(room[Q, j], facts)), min(limit, facts[GONE, room[Q, j]])
            if room[V, j] > at and start < end:
                room[K, size], room[P, size] = start, end
                size += 1
            j -= 1
    return union(room, size, spans, top)


@compiled
def begun_after(
    what: int, size: int, chosen: int, window: int,
    picked: Ints, sizes: Ints, facts: Ints, days: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """The spans from `what` on that begin within the window after an entry, as far as that window goes."""
    k = 0
    limit = FIRST
    for j in range(what, what + size):
        begins = spans[0, j]
        while k < sizes[chosen] and counts_from(picked[chosen, k], facts) < begins:
            i = picked[chosen, k]
            limit = max(limit, min(until(facts[AT, i], window, days), facts[GONE, i]))
            k += 1
        if begins < limit:
            spans[0, top], spans[1, top] = begins, min(spans[1, j], limit)
            top += 1
    return top


@compiled
def uncovered(
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """The moments at which some of a danger still ahead is covered by no protection known then.

    L and Q: from when and until when each protection is known; V and W: from when and until when it is in force.
    """
    dangers, starts_at, before = code[row, 2], code[row, 3], code[row, 6]
    size = 0
    for d in range(sizes[dangers]):
        danger = picked[dangers, d]
        now, last = counts_from(danger, facts), facts[GONE, danger]
        said = value(danger, starts_at, facts, places, 1)
        ahead = now if said == MISSING else said
        found = _protections(moved(facts[AT, danger], -before), code, row, picked, sizes, facts, places, room)
        if size + 2 * found + 1 > room.shape[1]:
            size = compact(room, 0, size)
        while now < last:
            following = last
            for k in range(found):
                if now < room[L, k] < following:
                    following = room[L, k]
                if now < room[Q, k] < following:
                    following = room[Q, k]
            gap_ends = _covered_from(now, found, room)
            if gap_ends > ahead and gap_ends > now:
                room[K, size], room[P, size] = now, min(following, gap_ends)
                size += 1
            now = following
    return union(room, size, spans, top)


@compiled
def _protections(
    agreed_from: int, code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, room: Ints
) -> int:  # fmt: skip
    """What may answer a danger: decisions from their moment on, and episodes while they last."""
    decided, in_force, held = code[row, 4], code[row, 5], code[row, 7]
    found = 0
    for k in range(sizes[decided]):
        i = picked[decided, k]
        said = value(i, in_force, facts, places, 2)
        if said not in (MISSING, LAST) and facts[AT, i] >= agreed_from:
            room[V, found], room[W, found] = said, LAST
            room[L, found], room[Q, found] = counts_from(i, facts), facts[GONE, i]
            found += 1
    for k in range(sizes[held] if held >= 0 else 0):
        i = picked[held, k]
        if facts[AT, i] < facts[ENDS, i]:
            room[V, found], room[W, found] = facts[AT, i], facts[ENDS, i]
            room[L, found], room[Q, found] = counts_from(i, facts), facts[GONE, i]
            found += 1
    return found


@compiled
def _covered_from(now: int, found: int, room: Ints) -> int:
    """From when on, by what is known now, every moment is covered: LAST if none is, to the last."""
    since = LAST
    again = True
    while again:
        again = False
        for k in range(found):
            if room[L, k] <= now < room[Q, k] and room[W, k] >= since and room[V, k] < since:
                since = room[V, k]
                again = True
    return since
