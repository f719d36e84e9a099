"""The kernel: runs a program over children's facts, one child after another, and gives the spans of each expression.

There is one, for a live entry, a city and a partition of Spark alike. It reads no clock and keeps nothing between runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nightlight.engines.columns import Columns
from nightlight.engines.compiled import cached, compiled, inlined
from nightlight.engines.days import Ints, birthday, until
from nightlight.engines.layout import (
    AGENCY_AT,
    AGENCY_MASK,
    AT,
    FIRST,
    GONE,
    KIND_MASK,
    KNOWN,
    LAST,
    PART_AT,
    PART_BIT,
    PART_MASK,
    PATH_AT,
    PATH_BIT,
    PATH_MASK,
    WHAT,
)
from nightlight.engines.operations import (
    after,
    amount,
    begun_after,
    change,
    lasting,
    not_followed,
    share,
    then_followed,
    uncovered,
)
from nightlight.engines.program import Do, Program
from nightlight.engines.sequences import MORE_ROOM, followed, in_a_row, latest, latest_change
from nightlight.engines.sorting import ROWS, K, L, P, Q, sort_pairs
from nightlight.engines.sources import sources_digest
from nightlight.engines.sweeps import common, minus, sum_sweep, union


class Found(NamedTuple):
    """Spans, by child and then by expression: their numbers, and start and end in microseconds."""

    child: Ints
    root: Ints
    start: Ints
    end: Ints


class Scratch:
    """What an evaluation works in, kept between runs: new memory costs as much as what is done in it.

    One thread at a time. It holds nothing of a run once what was found is copied out of it.
    """

    __slots__ = ("found", "room", "spans")

    def __init__(self, widest: int = 512) -> None:
        wide = 256 + 2 * widest  # enough for most: a child who needs more is begun again
        self.room: Ints = np.empty((ROWS, wide), dtype=np.int64)
        self.spans: Ints = np.empty((2, 1024 + 2 * wide), dtype=np.int64)
        self.found: Ints = np.empty((4, 1024), dtype=np.int64)

    def make_more(self, short: int, need: int) -> None:
        """Twice what was needed of what was too little."""
        if short == SHORT_OF_ROOM:
            self.room = np.empty((ROWS, 2 * need), dtype=np.int64)
        elif short == SHORT_OF_SPANS:
            self.spans = np.empty((2, 2 * need), dtype=np.int64)
        else:
            wider = np.empty((4, 2 * need), dtype=np.int64)
            wider[:, : self.found.shape[1]] = self.found
            self.found = wider


class Picked:
    """What a program's filters let through of one child after another; of the last, what comes next is added to it."""

    __slots__ = ("counts", "offsets", "picked", "told")

    def __init__(self, program: Program, widest: int) -> None:
        self.counts: Ints = np.zeros(program.filters + program.registers, dtype=np.int64)
        self.offsets: Ints = np.zeros(program.registers, dtype=np.int64)
        self.picked: Ints = np.empty((program.filters, widest + 1), dtype=np.int64)
        self.told: Ints = np.zeros(4, dtype=np.int64)


def run(program: Program, columns: Columns, days: Ints, scratch: Scratch | None = None) -> Found:
    """When each of a program's expressions holds for each child of the columns. days: `days.table`."""
    widest = int(np.diff(columns.offsets).max(initial=0))
    return run_on(program, columns, days, Picked(program, widest), scratch or Scratch(widest))


def run_on(program: Program, columns: Columns, days: Ints, picked: Picked, scratch: Scratch) -> Found:
    """The same in memory that is there.

    `picked` may hold what was let through of the first child's facts as far as `told[SEEN]`, which are then as they
    were: it goes on from there.
    """
    p, told = program, picked.told
    told[CHILD] = told[SIZE] = 0
    kernel = entry_point()
    while True:
        short = kernel(
            p.code, p.gates, p.lists, p.roots, p.patterns, p.of_kind, p.conditions, p.ranges, p.places,
            columns.offsets, columns.born, columns.rows, days, picked.counts, picked.offsets, picked.picked,
            scratch.room, scratch.spans, scratch.found, told,
        )  # fmt: skip
        if short == DONE:
            return Found(*scratch.found[:, : told[SIZE]].copy())
        scratch.make_more(short, int(told[NEED]))


NEVER, SKIP, AMOUNT, SHARE, CHANGE, WHILE, AFTER, HELD, MINUS, AND = (int(Do(k)) for k in range(10))
NOT_FOLLOWED, THEN, AGAIN, LATEST, AGE, UNCOVERED, AT_LEAST_OF = (int(Do(k)) for k in range(10, 17))
FOLLOWED, LATEST_CHANGE, IN_A_ROW = (int(Do(k)) for k in range(17, 20))
_SPARE = 64


@inlined
def pick(
    low: int, high: int, patterns: Ints, of_kind: Ints, conditions: Ints, ranges: Ints,
    facts: Ints, picked: Ints, sizes: Ints,
) -> None:  # fmt: skip
    """List, for each filter, the facts from `low` to `high` that it lets through: none that never counts.

    A fact is put at the end of the list in any case, and the list is longer only if it stays: without a branch that the
    processor would guess wrong half of the time.
    """
    for i in range(low, high):
        tag = facts[WHAT, i]
        kind = tag & KIND_MASK
        first, stop = of_kind[kind], of_kind[kind + 1]
        if first == stop or max(facts[AT, i], facts[KNOWN, i]) >= facts[GONE, i]:
            continue
        own = own_bits(tag)
        for row in range(first, stop):
            chosen, some, said = patterns[row, 0], patterns[row, 1], facts[patterns[row, 2], i]
            size = sizes[chosen]
            through = (some & own == own) & (patterns[row, 3] <= said) & (said <= patterns[row, 4])
            if through and patterns[row, 6]:
                through = fits(i, patterns[row, 5], patterns[row, 6], conditions, ranges, facts)
            if patterns[row, 7] and size and picked[chosen, size - 1] == i:
                through = False
            picked[chosen, size] = i
            sizes[chosen] = size + through


@compiled
def own_bits(tag: int) -> int:
    """A fact's agency, part and path, as a set of bits: a filter must have all three."""
    agency, part, path = (tag >> AGENCY_AT) & AGENCY_MASK, (tag >> PART_AT) & PART_MASK, (tag >> PATH_AT) & PATH_MASK
    return 1 << agency | 1 << (PART_BIT + part) | 1 << (PATH_BIT + path)


@compiled
def fits(i: int, first: int, size: int, conditions: Ints, ranges: Ints, facts: Ints) -> bool:
    """Whether a fact meets all of some conditions. What was not written down meets none: it is below every range."""
    for k in range(first, first + size):
        said = facts[conditions[k, 0], i]
        found = False
        for r in range(conditions[k, 1], conditions[k, 1] + conditions[k, 2]):
            if ranges[r, 0] <= said <= ranges[r, 1]:
                found = True
                break
        if not found:
            return False
    return True


@compiled
def age(under: int, months: int, first_born: int, last_born: int, days: Ints, spans: Ints, top: int) -> int:
    """While certainly under an age, or once it is certainly reached. A date of 0 is not known."""
    born = first_born if under == 1 else last_born
    if born == 0:
        return top
    reached = birthday(born, months, days)
    spans[0, top], spans[1, top] = (FIRST, reached) if under == 1 else (reached, LAST)
    return top + 1


@compiled
def held(a: int, size: int, window: int, days: Ints, spans: Ints, top: int) -> int:
    """When the spans from `a` on have held for the whole of the last window."""
    for k in range(a, a + size):
        begun = until(spans[0, k], window, days)
        if begun < spans[1, k]:
            spans[0, top], spans[1, top] = begun, spans[1, k]
            top += 1
    return top


@compiled
def at_least_of(
    number: int, lists: Ints, first: int, size: int, offsets: Ints, lengths: Ints, room: Ints, spans: Ints, top: int
) -> int:
    """When at least so many of some registers hold."""
    m = some = 0
    for k in range(first, first + size):
        some += lengths[lists[k]] > 0
    if some < number:
        return top
    for k in range(first, first + size):
        register = lists[k]
        for j in range(offsets[register], offsets[register] + lengths[register]):
            room[L, m], room[Q, m], room[K, m] = spans[0, j], 1, spans[1, j]
            m += 1
    for k in range(m):
        room[P, k] = room[K, k] if number == 1 else 1
        if number == 1:
            room[K, k] = room[L, k]
    if number == 1:
        return union(room, m, spans, top)
    sort_pairs(room, L, Q, 0, m)
    sort_pairs(room, K, P, 0, m)
    return sum_sweep(room, m, 0, number, spans, top)


@inlined
def room_for(code: Ints, row: int, sizes: Ints, top: int) -> int:
    """How many contributions an instruction can have, and spans it can leave, at most."""
    do, one = code[row, 0], code[row, 2]
    if do in (MINUS, AND, HELD, AGAIN, AT_LEAST_OF, AGE):
        return top + _SPARE
    if do in (AMOUNT, WHILE, AFTER, LATEST, CHANGE, LATEST_CHANGE):
        return 2 * sizes[one] + _SPARE  # type: ignore[no-any-return]
    if do == UNCOVERED:
        holding = sizes[code[row, 7]] if code[row, 7] >= 0 else 0
        return 5 * (sizes[one] + sizes[code[row, 4]] + holding) + _SPARE  # type: ignore[no-any-return]
    other = sizes[code[row, 6]] if do == SHARE else sizes[code[row, 3]]
    return 3 * (sizes[one] + other) + _SPARE  # type: ignore[no-any-return]


@inlined
def operate(
    lists: Ints, offsets: Ints, lengths: Ints, first_born: int, last_born: int,
    code: Ints, row: int, picked: Ints, sizes: Ints, facts: Ints, places: Ints, days: Ints,
    room: Ints, spans: Ints, top: int,
) -> int:  # fmt: skip
    """One instruction; returns where its spans end."""
    do, one, two = code[row, 0], code[row, 2], code[row, 3]
    if do == AMOUNT:
        return amount(code, row, picked, sizes, facts, places, days, room, spans, top)
    if do == AND:
        return common(offsets[one], lengths[one], offsets[two], lengths[two], spans, top)
    if do == MINUS:
        return minus(offsets[one], lengths[one], offsets[two], lengths[two], spans, top)
    if do == AT_LEAST_OF:
        return at_least_of(one, lists, two, code[row, 4], offsets, lengths, room, spans, top)
    if do == AGE:
        return age(one, two, first_born, last_born, days, spans, top)
    if do == HELD:
        return held(offsets[one], lengths[one], two, days, spans, top)
    if do == AGAIN:
        return begun_after(offsets[one], lengths[one], two, code[row, 4], picked, sizes, facts, days, spans, top)
    if do == SHARE:
        return share(code, row, picked, sizes, facts, places, days, room, spans, top)
    if do == CHANGE:
        return change(code, row, picked, sizes, facts, places, days, room, spans, top)
    if do == WHILE:
        return lasting(one, picked, sizes, facts, spans, top)
    if do == AFTER:
        return after(code, row, picked, sizes, facts, places, days, room, spans, top)
    if do == NOT_FOLLOWED:
        return not_followed(code, row, picked, sizes, facts, places, days, room, spans, top)
    if do == THEN:
        return then_followed(code, row, picked, sizes, facts, places, days, room, spans, top)
    if do == FOLLOWED:
        return followed(code, row, picked, sizes, facts, places, days, room, spans, top)
    if do == LATEST:
        return latest(code, row, picked, sizes, facts, places, days, room, spans, top)
    if do == LATEST_CHANGE:
        return latest_change(code, row, picked, sizes, facts, places, days, room, spans, top)
    if do == IN_A_ROW:
        return in_a_row(code, row, picked, sizes, facts, places, days, room, spans, top)
    return uncovered(code, row, picked, sizes, facts, places, days, room, spans, top)


CHILD, SIZE, NEED, SEEN = 0, 1, 2, 3
"""What `evaluate` tells its caller: the child to go on with, how many spans were found so far, the need of room, and
how many of the facts, from the first child's on, the filters have been asked about."""
DONE, SHORT_OF_ROOM, SHORT_OF_SPANS, SHORT_OF_FOUND = 0, 1, 2, 3


@compiled
def evaluate(
    code: Ints, gates: Ints, lists: Ints, roots: Ints, patterns: Ints, of_kind: Ints, conditions: Ints, ranges: Ints,
    places: Ints, children: Ints, born: Ints, facts: Ints, days: Ints, counts: Ints, sizes: Ints, offsets: Ints,
    lengths: Ints, picked: Ints, room: Ints, spans: Ints, found: Ints, told: Ints,
) -> int:  # fmt: skip
    """Children one after another, until all are done, or there is too little room for one: it is begun again with more.

    counts: `sizes` and `lengths` in one. No array is made here, so that none's references are counted.
    """
    size = told[SIZE]
    for child in range(told[CHILD], children.size - 1):
        told[CHILD], told[SIZE] = child, size
        seen = told[SEEN]
        if seen <= children[child]:  # a child of whom nothing has been picked yet
            seen = children[child]
            for k in range(sizes.size):
                sizes[k] = 0
        for k in range(lengths.size):
            lengths[k] = 0
        pick(seen, children[child + 1], patterns, of_kind, conditions, ranges, facts, picked, sizes)
        told[SEEN] = children[child + 1]
        top = row = 0
        while row < code.shape[0]:
            if counts[gates[row, 0]] < gates[row, 1] or counts[gates[row, 2]] < gates[row, 3]:
                row = gates[row, 4]
                continue
            if code[row, 0] != SKIP:
                need = room_for(code, row, sizes, top)
                if room.shape[1] < need:
                    told[NEED] = need
                    return SHORT_OF_ROOM
                if spans.shape[1] < top + room.shape[1]:
                    told[NEED] = top + room.shape[1]
                    return SHORT_OF_SPANS
                made = operate(
                    lists, offsets, lengths, born[0, child], born[1, child],
                    code, row, picked, sizes, facts, places, days, room, spans, top,
                )  # fmt: skip
                if made == MORE_ROOM:
                    told[NEED] = room.shape[1] + 1
                    return SHORT_OF_ROOM
                offsets[code[row, 1]], lengths[code[row, 1]] = top, made - top
                top = made
            row += 1
        total = 0
        for root in range(roots.size):
            total += lengths[roots[root]]
        if size + total > found.shape[1]:
            told[NEED] = size + total
            return SHORT_OF_FOUND
        for root in range(roots.size):
            first = offsets[roots[root]]
            for k in range(first, first + lengths[roots[root]]):
                found[0, size], found[1, size], found[2, size], found[3, size] = child, root, spans[0, k], spans[1, k]
                size += 1
    told[SIZE] = size
    return DONE


@lru_cache(maxsize=1)
def entry_point() -> Callable[..., int]:
    """The compiled kernel; its cache on disk is told apart by the digest that it closes over."""
    digest = sources_digest()

    @cached
    def kernel(
        code: Ints, gates: Ints, lists: Ints, roots: Ints, patterns: Ints, of_kind: Ints, conditions: Ints,
        ranges: Ints, places: Ints, children: Ints, born: Ints, facts: Ints, days: Ints, counts: Ints, offsets: Ints,
        picked: Ints, room: Ints, spans: Ints, found: Ints, told: Ints,
    ) -> int:  # fmt: skip
        _ = digest
        filters = picked.shape[0]
        return evaluate(
            code, gates, lists, roots, patterns, of_kind, conditions, ranges, places, children, born, facts, days,
            counts, counts[:filters], offsets, counts[filters:], picked, room, spans, found, told,
        )  # fmt: skip

    return kernel
