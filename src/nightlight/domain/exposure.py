"""Danger minus protection for many of both at once, in one sweep over their edges.

A meeting works this out at every letter that somebody types, so it is counted in microseconds. Only moments and bits
come in; what counts as a protection is decided by `protection` and `coverage`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from nightlight.timeline.spans import END, Span, Spans

Ends = tuple[datetime, datetime]
"""A start and an end, half-open; nothing where they are the same or backwards."""

_TURNS, _IN_FORCE, _OVER = range(3)
_Edge = tuple[datetime, int, int]


def exposed(dangers: Sequence[Ends], measures: Sequence[Ends], against: Sequence[int]) -> list[Spans]:
    """For each danger, when it is there and no measure against it is in force.

    against: for each measure, the dangers that it is against: bit n for the nth. The dangers are the bits of one
    number, so a step of the sweep is the same work for one danger or for fifty. How many measures cover each is counted
    in binary, one number a digit (`_Counter`), since a measure that ends may leave another in force. A span is opened
    or closed only where a danger's bit turns: the work is that of the edges and of the answer, never of dangers times
    protections.

    >>> from datetime import UTC
    >>> friday, monday = datetime(2025, 11, 21, 17, tzinfo=UTC), datetime(2025, 11, 24, 9, tzinfo=UTC)
    >>> exposed([(friday, monday)], [], [])
    [Spans(2025-11-21T17:00Z..2025-11-24T09:00Z)]
    """
    edges = _edges(dangers, measures, against)
    found: list[list[Span]] = [[] for _ in dangers]
    opened: dict[int, datetime] = {}
    covering = _Counter(len(measures))
    present = covered = before = 0
    for index, (moment, what, bits) in enumerate(edges, start=1):
        if what == _IN_FORCE:
            covering.add(bits)
            covered |= bits
        elif what == _OVER:
            covered = covering.subtract(bits)
        else:
            present ^= bits
        now = present & ~covered
        if now == before or (index < len(edges) and edges[index][0] == moment):
            continue
        for bit in _bits(now ^ before):
            if now & bit:
                opened[bit] = moment
            else:
                found[bit.bit_length() - 1].append(Span(opened[bit], moment))
        before = now
    return [Spans._trusted(tuple(spans)) for spans in found]  # in order, apart and never empty, as the sweep found them


def _bits(of: int) -> Iterator[int]:
    """Each of the bits that are set."""
    while of:
        bit = of & -of
        yield bit
        of ^= bit


def _edges(dangers: Sequence[Ends], measures: Sequence[Ends], against: Sequence[int]) -> list[_Edge]:
    """All that begins or ends, in order."""
    edges: list[_Edge] = []
    bit = 1
    for start, end in dangers:
        if start < end:
            edges += ((start, _TURNS, bit), (end, _TURNS, bit))
        bit <<= 1
    for (start, end), bits in zip(measures, against, strict=True):
        if bits and start < end:
            edges.append((start, _IN_FORCE, bits))
            if end != END:  # among the last of all edges: nothing that it uncovers has any length
                edges.append((end, _OVER, bits))
    edges.sort()
    return edges


class _Counter:
    """A count for each bit of a number, all kept at once: digit n of the counts of all bits is one number."""

    __slots__ = ("_digits",)

    def __init__(self, most: int) -> None:
        self._digits = [0] * max(1, most.bit_length())

    def add(self, bits: int) -> None:
        """One more for each of these bits."""
        digits = self._digits
        for place, digit in enumerate(digits):
            digits[place] = digit ^ bits
            bits &= digit
            if not bits:
                return

    def subtract(self, bits: int) -> int:
        """One less for each of these bits; gives the bits whose count is not nothing."""
        digits = self._digits
        for place, digit in enumerate(digits):
            digits[place] = digit ^ bits
            bits &= ~digit
            if not bits:
                break
        return reduce(or_, digits)
