"""The kernel: runs a program over children's facts, one child after another, and gives the spans of each expression.

There is one, for a live entry, a city and a partition of Spark alike. It reads no clock and keeps nothing between runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nightlight.engines.columns import Columns
from nightlight.engines.compiled import allocating, cached, compiled, sources_digest
from nightlight.engines.days import Ints, Tables, birthday, until
from nightlight.engines.layout import (
    AGENCY_AT,
    AGENCY_MASK,
    FIRST,
    KIND_MASK,
    LAST,
    MISSING,
    PART_AT,
    PART_MASK,
    PATH_AT,
    PATH_MASK,
)
from nightlight.engines.operations import (
    TOTAL,
    after,
    amount,
    begun_after,
    change,
    lasting,
    latest,
    not_followed,
    share,
    then_followed,
    uncovered,
)
from nightlight.engines.program import Do, Program
from nightlight.engines.sequences import followed, in_a_row, latest_change
from nightlight.engines.sorting import sort_pairs
from nightlight.engines.sweeps import common, minus, sum_sweep, union


class Found(NamedTuple):
    """Spans, by child and then by expression: their numbers, and start and end in microseconds."""

    child: Ints
    root: Ints
    start: Ints
    end: Ints


def run(program: Program, columns: Columns, tables: Tables) -> Found:
    """When each of a program's expressions holds for each child of the columns."""
    p, c = program, columns
    return Found(
        *entry_point()(
            p.code, p.lists, p.roots, p.patterns, p.of_kind, p.by_kind, p.conditions, p.ranges, p.places,
            p.registers, p.filters, c.offsets, c.born, c.what, c.at, c.ends, c.known_from, c.known_until, c.values,
            tables.starts, tables.working_to, tables.working_ends,
        )
    )  # fmt: skip


NEVER, SKIP, AMOUNT, SHARE, CHANGE, WHILE, AFTER, HELD, MINUS, AND = (int(Do(k)) for k in range(10))
NOT_FOLLOWED, THEN, AGAIN, LATEST, AGE, UNCOVERED, AT_LEAST_OF = (int(Do(k)) for k in range(10, 17))
FOLLOWED, LATEST_CHANGE, IN_A_ROW = (int(Do(k)) for k in range(17, 20))
_ROOM = 64


@compiled
def pick(
    low: int, high: int, patterns: Ints, of_kind: Ints, by_kind: Ints, conditions: Ints, ranges: Ints, places: Ints,
    what: Ints, at: Ints, known: Ints, gone: Ints, values: Ints, picked: Ints, sizes: Ints,
) -> None:  # fmt: skip
    """List, for each filter, the facts from `low` to `high` that it lets through."""
    for i in range(low, high):
        tag = what[i]
        kind = tag & KIND_MASK
        if of_kind[kind] == of_kind[kind + 1] or max(at[i], known[i]) >= gone[i]:
            continue
        agency, part, path = (
            (tag >> AGENCY_AT) & AGENCY_MASK,
            (tag >> PART_AT) & PART_MASK,
            (tag >> PATH_AT) & PATH_MASK,
        )
        for row in range(of_kind[kind], of_kind[kind + 1]):
            pattern = by_kind[row]
            chosen = patterns[pattern, 0]
            if sizes[chosen] and picked[chosen, sizes[chosen] - 1] == i:
                continue
            if not (patterns[pattern, 1] >> agency & 1 and patterns[pattern, 2] >> part & 1):
                continue
            if patterns[pattern, 3] >> path & 1 and fits(
                i, kind, patterns[pattern, 4], patterns[pattern, 5], conditions, ranges, places, values
            ):
                picked[chosen, sizes[chosen]] = i
                sizes[chosen] += 1


@compiled
def fits(
    i: int, kind: int, first: int, size: int, conditions: Ints, ranges: Ints, places: Ints, values: Ints
) -> bool:  # fmt: skip
    """Whether a fact meets all of some conditions. What was not written down meets none."""
    for k in range(first, first + size):
        place = places[conditions[k, 0], kind]
        said = MISSING if place < 0 else values[place, i]
        if said == MISSING:
            return False
        found = False
        for r in range(conditions[k, 1], conditions[k, 1] + conditions[k, 2]):
            if ranges[r, 0] <= said <= ranges[r, 1]:
                found = True
                break
        if not found:
            return False
    return True


@allocating
def empty(size: int) -> Ints:
    """Room for so many numbers."""
    return np.empty(size, dtype=np.int64)


@allocating
def grown(array: Ints, size: int) -> Ints:
    """A larger array with the same beginning."""
    larger = np.empty(size, dtype=np.int64)
    larger[: array.size] = array
    return larger


@compiled
def age(under: int, months: int, first_born: int, last_born: int, starts: Ints, S: Ints, E: Ints, top: int) -> int:
    """While certainly under an age, or once it is certainly reached. A date of 0 is not known."""
    born = first_born if under == 1 else last_born
    if born == 0:
        return top
    reached = birthday(born, months, starts)
    S[top], E[top] = (FIRST, reached) if under == 1 else (reached, LAST)
    return top + 1


@compiled
def held(a: int, size: int, window: int, starts: Ints, to: Ints, ends: Ints, S: Ints, E: Ints, top: int) -> int:
    """When the spans from `a` on have held for the whole of the last window."""
    for k in range(a, a + size):
        begun = until(S[k], window, starts, to, ends)
        if begun < E[k]:
            S[top], E[top] = begun, E[k]
            top += 1
    return top


@compiled
def at_least_of(
    number: int, lists: Ints, first: int, size: int, offsets: Ints, lengths: Ints,
    K: Ints, P: Ints, L: Ints, Q: Ints, T: Ints, U: Ints, S: Ints, E: Ints, top: int,
) -> int:  # fmt: skip
    """When at least so many of some registers hold."""
    m = 0
    for k in range(first, first + size):
        for j in range(offsets[lists[k]], offsets[lists[k]] + lengths[lists[k]]):
            L[m], Q[m], K[m], P[m] = S[j], 1, E[j], 1
            m += 1
    if number == 1:
        return union(L, K, m, T, U, S, E, top)  # type: ignore[no-any-return]
    sort_pairs(L, Q, m, T, U)
    sort_pairs(K, P, m, T, U)
    return sum_sweep(L, Q, K, P, m, 0, number, S, E, top)  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def entry_point() -> Callable[..., tuple[Ints, Ints, Ints, Ints]]:
    """The compiled kernel; its cache on disk is told apart by the digest that it closes over."""
    digest = sources_digest()

    @cached
    def kernel(
        code: Ints, lists: Ints, roots: Ints, patterns: Ints, of_kind: Ints, by_kind: Ints, conditions: Ints,
        ranges: Ints, places: Ints, registers: int, filters: int,
        children: Ints, born: Ints, what: Ints, at: Ints, over: Ints, known: Ints, gone: Ints, values: Ints,
        starts: Ints, to: Ints, ends: Ints,
    ) -> tuple[Ints, Ints, Ints, Ints]:  # fmt: skip
        len(digest)
        offsets, lengths = np.zeros(registers, dtype=np.int64), np.zeros(registers, dtype=np.int64)
        sizes = np.zeros(filters, dtype=np.int64)
        picked = np.empty((filters, 0), dtype=np.int64)
        room = 0
        K = P = L = Q = V = W = X = Y = T = U = np.empty(0, dtype=np.int64)
        S, E = np.empty(4096, dtype=np.int64), np.empty(4096, dtype=np.int64)
        found_child, found_root = np.empty(4096, dtype=np.int64), np.empty(4096, dtype=np.int64)
        found_start, found_end = np.empty(4096, dtype=np.int64), np.empty(4096, dtype=np.int64)
        found = 0
        for child in range(children.size - 1):
            low, high = children[child], children[child + 1]
            n = high - low
            if n > picked.shape[1]:
                picked = np.empty((filters, 2 * n), dtype=np.int64)
            sizes[:] = 0
            lengths[:] = 0
            pick(
                low, high, patterns, of_kind, by_kind, conditions, ranges, places,
                what, at, known, gone, values, picked, sizes,
            )  # fmt: skip
            top = 0
            line = 0
            while line < code.shape[0]:
                row = line
                line += 1
                do, out = code[row, 0], code[row, 1]
                if do == SKIP:
                    if lengths[out] == 0:
                        line = code[row, 2]
                    continue
                one, two = code[row, 2], code[row, 3]
                offsets[out] = top
                # Most filters let nothing through: what would come to nothing is left before it is called.
                if do == AMOUNT:
                    enough = 1 if code[row, 4] == TOTAL else code[row, 7]
                    if code[row, 6] == 0 and sizes[one] < enough:
                        continue
                elif do == AND:
                    if lengths[one] == 0 or lengths[two] == 0:
                        continue
                elif do in (MINUS, HELD):
                    if lengths[one] == 0:
                        continue
                elif do == AGAIN:
                    if lengths[one] == 0 or sizes[two] == 0:
                        continue
                elif do == SHARE:
                    if sizes[code[row, 6]] == 0:
                        continue
                elif do == NEVER or (do not in (AT_LEAST_OF, AGE, FOLLOWED) and sizes[one] == 0):
                    continue
                need = top + 8 * n + _ROOM
                if room < need:
                    room = 2 * need
                    K, P, L, Q, V = empty(room), empty(room), empty(room), empty(room), empty(room)
                    W, X, Y, T, U = empty(room), empty(room), empty(room), empty(room), empty(room)
                if S.size < need + top:
                    S, E = grown(S, 2 * (need + top)), grown(E, 2 * (need + top))
                if do == AMOUNT:
                    top = amount(
                        picked[one], sizes[one], two, code[row, 4], code[row, 5], code[row, 6], code[row, 7],
                        what, at, over, known, gone, values, places, starts, to, ends,
                        K, P, L, Q, V, W, T, U, S, E, top,
                    )  # fmt: skip
                elif do == FOLLOWED:
                    if sizes[one] or code[row, 6]:
                        pairs = sizes[one] * sizes[two] + _ROOM
                        K2, P2, L2, Q2, T2, U2 = K, P, L, Q, T, U
                        if pairs > room:
                            K2, P2, L2 = empty(pairs), empty(pairs), empty(pairs)
                            Q2, T2, U2 = empty(pairs), empty(pairs), empty(pairs)
                        if S.size < need + top + pairs:
                            S, E = grown(S, 2 * (need + top + pairs)), grown(E, 2 * (need + top + pairs))
                        top = followed(
                            picked[one], sizes[one], picked[two], sizes[two], code[row, 4], code[row, 5], code[row, 6], code[row, 7],
                            at, known, gone, starts, to, ends, K2, P2, L2, Q2, V, W, T2, U2, S, E, top,
                        )  # fmt: skip
                elif do == AND:
                    top = common(offsets[one], lengths[one], offsets[two], lengths[two], S, E, top)
                elif do == MINUS:
                    top = minus(offsets[one], lengths[one], offsets[two], lengths[two], S, E, top)
                elif do == AT_LEAST_OF:
                    top = at_least_of(
                        one, lists, two, code[row, 4], offsets, lengths, K, P, L, Q, T, U, S, E, top
                    )  # fmt: skip
                elif do == AGE:
                    top = age(one, two, born[0, child], born[1, child], starts, S, E, top)
                elif do == HELD:
                    top = held(offsets[one], lengths[one], two, starts, to, ends, S, E, top)
                elif do == AGAIN:
                    top = begun_after(
                        offsets[one], lengths[one], picked[two], sizes[two], code[row, 4], at, known, gone,
                        starts, to, ends, S, E, top,
                    )  # fmt: skip
                elif do == SHARE:
                    top = share(
                        picked[one], sizes[one], two, code[row, 4], code[row, 5],
                        picked[code[row, 6]], sizes[code[row, 6]], code[row, 7], code[row, 8], code[row, 9], code[row, 10], code[row, 11], code[row, 12], code[row, 13], code[row, 14],
                        what, at, known, gone, values, places, starts, to, ends,
                        K, P, L, Q, V, W, T, U, S, E, top,
                    )  # fmt: skip
                elif do == CHANGE:
                    top = change(
                        picked[one], sizes[one], two, code[row, 4], code[row, 5], code[row, 6], code[row, 7], code[row, 8], code[row, 9], code[row, 10],
                        what, at, known, gone, values, places, starts, to, ends,
                        K, P, L, Q, V, W, X, T, U, S, E, top,
                    )  # fmt: skip
                elif do == WHILE:
                    top = lasting(picked[one], sizes[one], at, over, known, gone, K, P, T, U, S, E, top)
                elif do == AFTER:
                    top = after(
                        picked[one], sizes[one], two, code[row, 4], at, over, known, gone, starts, to, ends,
                        K, P, T, U, S, E, top,
                    )  # fmt: skip
                elif do == NOT_FOLLOWED:
                    top = not_followed(
                        picked[one], sizes[one], picked[two], sizes[two], code[row, 4], code[row, 5],
                        at, over, known, gone, starts, to, ends, K, P, L, T, U, S, E, top,
                    )  # fmt: skip
                elif do == THEN:
                    top = then_followed(
                        picked[one], sizes[one], picked[two], sizes[two], code[row, 4], code[row, 5],
                        at, known, gone, starts, to, ends, K, P, L, Q, V, T, U, S, E, top,
                    )  # fmt: skip
                elif do == LATEST:
                    top = latest(
                        picked[one], sizes[one], two, code[row, 4], code[row, 5], code[row, 6],
                        what, at, known, gone, values, places, starts, to, ends,
                        K, P, L, Q, V, W, T, U, S, E, top,
                    )  # fmt: skip
                elif do == UNCOVERED:
                    holding = max(code[row, 7], 0)
                    top = uncovered(
                        picked[one], sizes[one], two, picked[code[row, 4]], sizes[code[row, 4]], code[row, 5], code[row, 6],
                        picked[holding], sizes[holding] if code[row, 7] >= 0 else 0,
                        what, at, over, known, gone, values, places, K, P, L, Q, V, W, T, U, S, E, top,
                    )  # fmt: skip
                elif do == IN_A_ROW:
                    top = in_a_row(
                        picked[one], sizes[one], picked[two], sizes[two], code[row, 4], code[row, 5], code[row, 6], code[row, 7],
                        what, at, known, gone, values, places, starts, to, ends,
                        K, P, L, Q, V, W, X, Y, T, U, S, E, top,
                    )  # fmt: skip
                elif do == LATEST_CHANGE:
                    top = latest_change(
                        picked[one], sizes[one], two, code[row, 4], code[row, 5], code[row, 6], code[row, 7],
                        what, at, known, gone, values, places, starts, to, ends,
                        K, P, L, Q, V, W, X, Y, T, U, S, E, top,
                    )  # fmt: skip
                lengths[out] = top - offsets[out]
            if found + top + roots.size > found_child.size:
                more = 2 * (found + top + roots.size)
                found_child, found_root = grown(found_child, more), grown(found_root, more)
                found_start, found_end = grown(found_start, more), grown(found_end, more)
            for root in range(roots.size):
                register = roots[root]
                if found + lengths[register] > found_child.size:
                    more = 2 * (found + lengths[register])
                    found_child, found_root = grown(found_child, more), grown(found_root, more)
                    found_start, found_end = grown(found_start, more), grown(found_end, more)
                for k in range(offsets[register], offsets[register] + lengths[register]):
                    found_child[found], found_root[found] = child, root
                    found_start[found], found_end[found] = S[k], E[k]
                    found += 1
        return found_child[:found], found_root[:found], found_start[:found], found_end[:found]

    return kernel
