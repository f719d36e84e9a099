"""One function for each sort of node, over the facts that its filters let through. `indicators.reference` says what each
means; these must say the same.

picked: indices of facts, in the order in which they count. Facts come as their columns (`columnar.Columns`), calendars
as `days.Tables`; K, P, L, Q, V, W are room to work in, S and E hold spans, and `top` is where the next go.
"""

from __future__ import annotations

from nightlight.engines.compiled import compiled
from nightlight.engines.days import Ints, moved, until
from nightlight.engines.layout import AGENCY_AT, AGENCY_MASK, FIRST, KIND_MASK, LAST, MILLION, MISSING
from nightlight.engines.sorting import compact, first_at_least, sort_pairs
from nightlight.engines.sweeps import change_sweep, distinct_sweep, share_sweep, sum_sweep, union

COUNT, TOTAL, DISTINCT, AGENCIES = 0, 1, 2, 3
"""What an amount adds up."""
NOW = 1
"""In a window's place: as long as the episode lasts."""


@compiled
def value(i: int, attribute: int, what: Ints, values: Ints, places: Ints) -> int:
    """An attribute of a fact, or MISSING. places: for each attribute and kind, its column."""
    place = places[attribute, what[i] & KIND_MASK]
    return MISSING if place < 0 else values[place, i]  # type: ignore[no-any-return]


@compiled
def measure(i: int, mode: int, attribute: int, what: Ints, values: Ints, places: Ints) -> int:
    """What a fact adds to an amount (to a distinct one: its value), or MISSING."""
    if mode == COUNT:
        return 1
    if mode == AGENCIES:
        return (what[i] >> AGENCY_AT) & AGENCY_MASK  # type: ignore[no-any-return]
    return value(i, attribute, what, values, places)  # type: ignore[no-any-return]


@compiled
def amount(
    picked: Ints, n: int, window: int, mode: int, attribute: int, less: int, threshold: int,
    what: Ints, at: Ints, over: Ints, known: Ints, gone: Ints, values: Ints, places: Ints, starts: Ints, to: Ints, ends: Ints,
    K: Ints, P: Ints, L: Ints, Q: Ints, V: Ints, W: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """When a count, total or number of different values reaches a threshold, or stays under it."""
    size = 0
    total = 0
    for k in range(n):
        i = picked[k]
        weight = measure(i, mode, attribute, what, values, places)
        if weight == MISSING:
            continue
        start = max(at[i], known[i])
        end = min(over[i] if window == NOW else until(at[i], window, starts, to, ends), gone[i])
        if start < end:
            L[size], Q[size], K[size], P[size] = start, weight, end, weight
            total += weight if mode == TOTAL else 1
            size += 1
    if less == 0 and total < threshold:
        return top
    if mode < DISTINCT:
        sort_pairs(K, P, size, T, U)
        return sum_sweep(L, Q, K, P, size, less, threshold, S, E, top)  # type: ignore[no-any-return]
    _number(Q, P, size, V, W, T, U)
    sort_pairs(K, P, size, T, U)
    return distinct_sweep(L, Q, K, P, size, V, less, threshold, S, E, top)  # type: ignore[no-any-return]


@compiled
def _number(who: Ints, whose: Ints, size: int, V: Ints, W: Ints, T: Ints, U: Ints) -> None:
    """Number the different values from 0, in both arrays, and leave V at 0 for each."""
    for k in range(size):
        V[k], W[k] = who[k], k
    sort_pairs(V, W, size, T, U)
    number = 0
    for k in range(size):
        if k and V[k] != V[k - 1]:
            number += 1
        T[k] = number
    for k in range(size):
        who[W[k]] = whose[W[k]] = T[k]
        V[k] = 0


@compiled
def share(
    one: Ints, n: int, window: int, mode: int, attribute: int,
    other: Ints, m: int, window2: int, mode2: int, attribute2: int, both: int,
    comparison: int, times: int, percent: int, minimum: int,
    what: Ints, at: Ints, known: Ints, gone: Ints, values: Ints, places: Ints, starts: Ints, to: Ints, ends: Ints,
    K: Ints, P: Ints, L: Ints, Q: Ints, V: Ints, W: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """When one amount is so large a share of another; with `both`, of entries that give both."""
    size = 0
    for k in range(n + m):
        i = one[k] if k < n else other[k - n]
        part = measure(i, mode, attribute, what, values, places)
        whole = measure(i, mode2, attribute2, what, values, places)
        if both == 1 and (part == MISSING or whole == MISSING):
            continue
        if (part if k < n else whole) == MISSING:
            continue
        start = max(at[i], known[i])
        end = min(until(at[i], window if k < n else window2, starts, to, ends), gone[i])
        if start < end:
            L[size], Q[size], K[size], P[size] = start, size, end, size
            V[size] = part * (MILLION if mode == COUNT else 1) if k < n else 0
            W[size] = 0 if k < n else whole * (MILLION if mode2 == COUNT else 1)
            size += 1
    sort_pairs(L, Q, size, T, U)
    sort_pairs(K, P, size, T, U)
    return share_sweep(  # type: ignore[no-any-return]
        L, Q, K, P, size, V, W, comparison, times, percent, minimum, S, E, top
    )


@compiled
def change(
    picked: Ints, n: int, attribute: int, attribute2: int, recent: int, earlier: int,
    fall: int, hundred: int, points: int, minimum: int,
    what: Ints, at: Ints, known: Ints, gone: Ints, values: Ints, places: Ints, starts: Ints, to: Ints, ends: Ints,
    K: Ints, P: Ints, L: Ints, Q: Ints, V: Ints, W: Ints, X: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """When a share has fallen, or risen, from the earlier window to the recent one."""
    size = 0
    for k in range(n):
        i = picked[k]
        part = value(i, attribute, what, values, places)
        whole = value(i, attribute2, what, values, places)
        if part == MISSING or whole == MISSING:
            continue
        left = until(at[i], recent, starts, to, ends)
        for before in range(2):
            start = max(left if before else at[i], known[i])
            end = min(until(left, earlier, starts, to, ends) if before else left, gone[i])
            if start < end:
                L[size], Q[size], K[size], P[size] = start, size, end, size
                V[size], W[size], X[size] = part, whole, before
                size += 1
    sort_pairs(L, Q, size, T, U)
    sort_pairs(K, P, size, T, U)
    return change_sweep(  # type: ignore[no-any-return]
        L, Q, K, P, size, V, W, X, fall, hundred, points, minimum, S, E, top
    )


@compiled
def after(
    picked: Ints, n: int, from_end: int, window: int, at: Ints, over: Ints, known: Ints, gone: Ints,
    starts: Ints, to: Ints, ends: Ints, K: Ints, P: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """Within the window of an episode's start or end."""
    size = 0
    for k in range(n):
        i = picked[k]
        edge = over[i] if from_end == 1 else at[i]
        start = max(edge, at[i], known[i])
        end = min(until(edge, window, starts, to, ends), gone[i])
        if start < end:
            K[size], P[size] = start, end
            size += 1
    return union(K, P, size, T, U, S, E, top)  # type: ignore[no-any-return]


@compiled
def lasting(
    picked: Ints, n: int, at: Ints, over: Ints, known: Ints, gone: Ints,
    K: Ints, P: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """While an episode lasts."""
    size = 0
    for k in range(n):
        i = picked[k]
        start, end = max(at[i], known[i]), min(over[i], gone[i])
        if start < end:
            K[size], P[size] = start, end
            size += 1
    return union(K, P, size, T, U, S, E, top)  # type: ignore[no-any-return]


@compiled
def not_followed(
    first: Ints, n: int, then: Ints, m: int, window: int, lasts: int,
    at: Ints, over: Ints, known: Ints, gone: Ints, starts: Ints, to: Ints, ends: Ints,
    K: Ints, P: Ints, L: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """From when an entry's answer was due until it is known, or until the time is over."""
    for k in range(m):
        L[k] = max(at[then[k]], known[then[k]])
    size = 0
    for k in range(n):
        i = first[k]
        due = until(over[i], window, starts, to, ends)
        start = max(due, at[i], known[i])
        end = min(until(due, lasts, starts, to, ends), gone[i])
        if size + m + 1 > K.size:
            size = compact(K, P, size, T, U)
        # An answer counts from no earlier than it happened, so none before the entry's own end can be one.
        j = first_at_least(L, m, over[i])
        while start < end and j < m and L[j] < end:
            answer = then[j]
            if at[answer] >= over[i] and gone[answer] > start:
                if L[j] > start:
                    K[size], P[size] = start, L[j]
                    size += 1
                start = gone[answer]
            j += 1
        if start < end:
            K[size], P[size] = start, end
            size += 1
    return union(K, P, size, T, U, S, E, top)  # type: ignore[no-any-return]


@compiled
def then_followed(
    first: Ints, n: int, then: Ints, m: int, window: int, lasts: int,
    at: Ints, known: Ints, gone: Ints, starts: Ints, to: Ints, ends: Ints,
    K: Ints, P: Ints, L: Ints, Q: Ints, V: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """An entry followed by another within the window: for `lasts` from the second."""
    for k in range(n):
        L[k], Q[k] = at[first[k]], first[k]
    sort_pairs(L, Q, n, T, U)
    for k in range(n):
        V[k] = until(L[k], window, starts, to, ends)
    size = 0
    for k in range(m):
        i = then[k]
        counts = max(at[i], known[i])
        limit = min(until(at[i], lasts, starts, to, ends), gone[i])
        if size + n > K.size:
            size = compact(K, P, size, T, U)
        j = first_at_least(L, n, at[i]) - 1
        # Of calendar days, none that began longer ago than the window reaches this far; of working days any may.
        while j >= 0 and (window < 0 or L[j] + window > at[i]):
            start, end = max(counts, L[j], known[Q[j]]), min(limit, gone[Q[j]])
            if V[j] > at[i] and start < end:
                K[size], P[size] = start, end
                size += 1
            j -= 1
    return union(K, P, size, T, U, S, E, top)  # type: ignore[no-any-return]


@compiled
def begun_after(
    what: int, size: int, picked: Ints, n: int, window: int, at: Ints, known: Ints, gone: Ints,
    starts: Ints, to: Ints, ends: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """The spans from `what` on that begin within the window after an entry, as far as that window goes."""
    k = 0
    limit = FIRST
    for j in range(what, what + size):
        while k < n and max(at[picked[k]], known[picked[k]]) < S[j]:
            i = picked[k]
            limit = max(limit, min(until(at[i], window, starts, to, ends), gone[i]))
            k += 1
        if S[j] < limit:
            S[top], E[top] = S[j], min(E[j], limit)
            top += 1
    return top


@compiled
def latest(
    picked: Ints, n: int, attribute: int, low: int, high: int, window: int,
    what: Ints, at: Ints, known: Ints, gone: Ints, values: Ints, places: Ints, starts: Ints, to: Ints, ends: Ints,
    K: Ints, P: Ints, L: Ints, Q: Ints, V: Ints, W: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """While the latest value that is known, by when it occurred, lies between two."""
    size = 0
    for k in range(n):
        i = picked[k]
        if value(i, attribute, what, values, places) == MISSING:
            continue
        end = min(until(at[i], window, starts, to, ends), gone[i])
        if max(at[i], known[i]) < end:
            L[size], Q[size] = known[i], i
            size += 1
    sort_pairs(L, Q, size, T, U)
    for k in range(size):
        L[k] = at[Q[k]]
    sort_pairs(L, Q, size, T, U)
    for rank in range(size):  # the later a fact occurred, the higher its rank
        i = Q[rank]
        V[rank] = min(until(at[i], window, starts, to, ends), gone[i])
        said = value(i, attribute, what, values, places)
        W[rank] = low <= said <= high
        K[rank], P[rank] = max(at[i], known[i]), rank
        L[rank] = V[rank]
    sort_pairs(K, P, size, T, U)
    for k in range(size):
        Q[k] = k
    sort_pairs(L, Q, size, T, U)
    return _topmost(K, P, L, V, W, size, T, S, E, top)  # type: ignore[no-any-return]


@compiled
def _topmost(
    starting: Ints, ranks: Ints, ending: Ints, until_of: Ints, holds_of: Ints, size: int, heap: Ints,
    S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """While the highest rank in force holds. heap: the ranks begun, the highest at 0; those over leave when on top."""
    i = j = 0
    begun = 0
    holds = False
    since = FIRST
    while j < size:
        edge = ending[j]
        if i < size and starting[i] < edge:
            edge = starting[i]
        if edge == LAST:
            break
        while i < size and starting[i] == edge:
            begun = _push(heap, begun, ranks[i])
            i += 1
        while j < size and ending[j] == edge:
            j += 1
        while begun and until_of[heap[0]] <= edge:
            begun = _pop(heap, begun)
        now = begun > 0 and holds_of[heap[0]] == 1
        if now and not holds:
            since = edge
        elif holds and not now:
            S[top], E[top] = since, edge
            top += 1
        holds = now
    if holds:
        S[top], E[top] = since, LAST
        top += 1
    return top


@compiled
def _push(heap: Ints, size: int, rank: int) -> int:
    k = size
    while k and heap[(k - 1) // 2] < rank:
        heap[k] = heap[(k - 1) // 2]
        k = (k - 1) // 2
    heap[k] = rank
    return size + 1


@compiled
def _pop(heap: Ints, size: int) -> int:
    size -= 1
    rank = heap[size]
    k = 0
    while 2 * k + 1 < size:
        child = 2 * k + 1
        if child + 1 < size and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= rank:
            break
        heap[k] = heap[child]
        k = child
    heap[k] = rank
    return size


@compiled
def uncovered(
    dangers: Ints, n: int, starts_at: int, decided: Ints, m: int, in_force: int, before: int, held: Ints, h: int,
    what: Ints, at: Ints, over: Ints, known: Ints, gone: Ints, values: Ints, places: Ints,
    K: Ints, P: Ints, L: Ints, Q: Ints, V: Ints, W: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """The moments at which some of a danger still ahead is covered by no protection known then.

    L and Q: from when and until when each protection is known; V and W: from when and until when it is in force.
    """
    size = 0
    for d in range(n):
        danger = dangers[d]
        count, last = max(at[danger], known[danger]), gone[danger]
        said = _moment(danger, starts_at, 1, what, values, places)
        ahead = count if said == MISSING else said
        found = _protections(
            moved(at[danger], -before), decided, m, in_force, held, h, what, at, over, known, gone, values, places,
            L, Q, V, W,
        )  # fmt: skip
        if size + 2 * found + 1 > K.size:
            size = compact(K, P, size, T, U)
        edge = count
        while edge < last:
            following = last
            for k in range(found):
                if edge < L[k] < following:
                    following = L[k]
                if edge < Q[k] < following:
                    following = Q[k]
            gap_ends = _covered_from(edge, found, L, Q, V, W)
            if gap_ends > ahead and gap_ends > edge:
                K[size], P[size] = edge, min(following, gap_ends)
                size += 1
            edge = following
    return union(K, P, size, T, U, S, E, top)  # type: ignore[no-any-return]


@compiled
def _protections(
    agreed_from: int, decided: Ints, m: int, in_force: int, held: Ints, h: int,
    what: Ints, at: Ints, over: Ints, known: Ints, gone: Ints, values: Ints, places: Ints,
    L: Ints, Q: Ints, V: Ints, W: Ints,
) -> int:  # fmt: skip
    found = 0
    for k in range(m + h):
        i = decided[k] if k < m else held[k - m]
        if k < m:
            said = _moment(i, in_force, 2, what, values, places)
            if said in (MISSING, LAST) or at[i] < agreed_from:
                continue
            V[found], W[found] = said, LAST
        elif at[i] < over[i]:
            V[found], W[found] = at[i], over[i]
        else:
            continue
        L[found], Q[found] = max(at[i], known[i]), gone[i]
        found += 1
    return found


@compiled
def _moment(i: int, attribute: int, place_on: int, what: Ints, values: Ints, places: Ints) -> int:
    place = places[attribute, what[i] & KIND_MASK]
    return MISSING if place < 0 else values[place + place_on, i]  # type: ignore[no-any-return]


@compiled
def _covered_from(now: int, found: int, L: Ints, Q: Ints, V: Ints, W: Ints) -> int:
    """From when on, by what is known now, every moment is covered: LAST if none is, to the last."""
    since = LAST
    again = True
    while again:
        again = False
        for k in range(found):
            if L[k] <= now < Q[k] and W[k] >= since and V[k] < since:
                since = V[k]
                again = True
    return since
