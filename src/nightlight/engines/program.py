"""Expressions, flattened to one program: rows of whole numbers for `kernel` to run over facts.

Equal parts of different indicators become one instruction, and what can only matter while something else holds is
skipped while it does not. This module says nothing of what an instruction does; `operations` does that.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from functools import singledispatch
from itertools import count
from math import ceil, floor
from typing import Any

import numpy as np

from nightlight.domain.people import Part
from nightlight.engines import sweeps
from nightlight.engines.days import DAY, Ints
from nightlight.engines.errors import ProgramError
from nightlight.engines.layout import (
    AGENCY_IDS,
    KIND_IDS,
    MILLION,
    PART_BIT,
    PART_IDS,
    PATH_BIT,
    PATH_IDS,
    PLACES,
    VALUES,
    WHAT,
    word,
)
from nightlight.engines.operations import AGENCIES, COUNT, DISTINCT, NOW, TOTAL
from nightlight.engines.sequences import ALL_TOGETHER
from nightlight.indicators import nodes
from nightlight.indicators.checks import OF_AGENCY
from nightlight.indicators.nodes import Entries, Expression, Op, Window
from nightlight.indicators.plain import content_hash
from nightlight.timeline.steps import exact

WORDS, GATE, PATTERN = 16, 5, 8
"""Numbers in one instruction, in what it needs, and in one pattern."""
_OF_FILTER = 1
"""A SKIP goes by what a filter let through, not by what a register holds."""
FORMAT = 1
"""Of programs; part of their digest."""
_MOST = 2**62
_ANY = (-(2**63) + 1, 2**63 - 1)
_NEVER = (1, 0)
_COMPARED = {
    Op.AT_LEAST: sweeps.AT_LEAST,
    Op.MORE_THAN: sweeps.MORE_THAN,
    Op.AT_MOST: sweeps.AT_MOST,
    Op.LESS_THAN: sweeps.LESS_THAN,
}


class Do(IntEnum):
    """What an instruction does. Its register is its first argument; of SKIP it is what the skipping goes by."""

    NEVER = 0
    SKIP = 1
    AMOUNT = 2
    SHARE = 3
    CHANGE = 4
    WHILE = 5
    AFTER = 6
    HELD = 7
    MINUS = 8
    AND = 9
    NOT_FOLLOWED = 10
    THEN = 11
    AGAIN = 12
    LATEST = 13
    AGE = 14
    UNCOVERED = 15
    AT_LEAST_OF = 16
    FOLLOWED = 17
    LATEST_CHANGE = 18
    IN_A_ROW = 19


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Some expressions, ready to run.

    codes: of the expressions, in the order of `roots`, the registers that hold their results. code: the instructions.
    gates: for each instruction, two counts with the least that each must have come to (of a filter's facts, or, after
    the filters, of a register's spans), and where to go on otherwise. lists: the registers that AT_LEAST_OF reads.
    patterns: kind by kind, (filter, the agencies, parts and paths as one set of bits; a row of the facts with the
    lowest and highest value let through; first further condition, how many; whether an earlier pattern of the same
    filter may have let the fact through). of_kind: for each kind, where its patterns start. conditions: (row of the
    facts, first range, how many). ranges: lowest and highest value let through. places: for each attribute and kind,
    the value column, -1 if it has none.
    """

    codes: tuple[str, ...]
    digest: str
    registers: int
    filters: int
    code: Ints
    gates: Ints
    lists: Ints
    roots: Ints
    patterns: Ints
    of_kind: Ints
    conditions: Ints
    ranges: Ints
    places: Ints
    kinds: frozenset[str]


def compile_program(expressions: Mapping[str, Expression]) -> Program:
    """Flatten expressions, by their codes, to one program.

    >>> from nightlight.indicators.language import days, entries
    >>> many = (entries("police.missing").in_last(days(90)) >= 3).node
    >>> compile_program({"missing": many, "again": many}).registers
    1
    """
    writer = _Writer()
    seen: set[Expression] = set()
    writer.uses = Counter(use for each in expressions.values() for use in _uses(_bare(each), seen))
    for each in expressions.values():
        writer.shared(_bare(each))
    roots = [writer.register(_bare(each)) for each in expressions.values()]
    return writer.program(tuple(expressions), roots, _digest(expressions))


def _digest(expressions: Mapping[str, Expression]) -> str:
    rules = "\n".join(f"{code} {content_hash(each)}" for code, each in expressions.items())
    return hashlib.sha256(f"{FORMAT}\n{rules}".encode()).hexdigest()[:16]


def _bare(node: Expression) -> Expression:
    """Without names, which change no meaning."""
    return _bare(node.expression) if isinstance(node, nodes.Named) else node


def _inner(node: Expression) -> list[Expression]:
    return [_bare(each) for each in nodes.children(node) if isinstance(each, Expression)]


def _uses(node: Expression, seen: set[Expression]) -> Iterable[Expression]:
    """Every use of an expression within one, outermost first; what is within a use seen before is not used again."""
    yield node
    if node not in seen:
        seen.add(node)
        for each in _inner(node):
            yield from _uses(each, seen)


@dataclass(slots=True)
class _Writer:
    """A program being written."""

    uses: Counter[Expression] = field(default_factory=Counter)
    code: list[list[int]] = field(default_factory=list)
    done: dict[object, int] = field(default_factory=dict)
    lists: list[int] = field(default_factory=list)
    filters: dict[Entries, int] = field(default_factory=dict)
    attributes: dict[str, int] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=count)

    def shared(self, node: Expression) -> None:
        """Write what is used more than once, before anything that may be skipped."""
        if node in self.done:
            return
        for each in _inner(node):
            self.shared(each)
        if self.uses[node] > 1:
            self.register(node)

    def register(self, node: Expression) -> int:
        """The register that holds an expression's spans, written if it is not yet."""
        node = _bare(node)
        if node not in self.done:
            self.done[node] = _write(node, self)
        return self.done[node]

    def put(self, do: Do, *arguments: int) -> int:
        """An instruction; returns the register that its result goes to."""
        register = next(self.numbers)
        self.code.append([do, register, *arguments])
        return register

    def only_while(self, register: int, write: Callable[[], int], do: Do) -> int:
        """`register` combined with what is only written, and only run, where it holds at some time."""
        skip = [Do.SKIP, register, 0]
        self.code.append(skip)
        result = self.put(do, register, write())
        skip[2] = len(self.code)
        return result

    def only_where_any(self, chosen: int, write: Callable[[], int]) -> int:
        """What is only written, and only run, for a child of whom a filter lets something through."""
        skip = [Do.SKIP, chosen, 0, _OF_FILTER]
        self.code.append(skip)
        result = write()
        skip[2] = len(self.code)
        return result

    def filter(self, entries: Entries) -> int:
        return self.filters.setdefault(entries, len(self.filters))

    def attribute(self, name: str) -> int:
        return self.attributes.setdefault(name, len(self.attributes))

    def program(self, codes: tuple[str, ...], roots: list[int], digest: str) -> Program:
        patterns, of_kind, conditions, ranges = self._patterns()
        code = [row + [0] * (WORDS - len(row)) for row in self.code]
        return Program(
            codes, digest, next(self.numbers), len(self.filters),
            _rows(code, WORDS), _rows([_gate(number, row, len(self.filters)) for number, row in enumerate(code)], GATE),
            _row(self.lists), _row(roots), _rows(patterns, PATTERN), _row(of_kind),
            _rows(conditions, 3), _rows(ranges, 2), self._places(),
            frozenset(kind.name for entries in self.filters for kind in entries.kinds()),
        )  # fmt: skip

    def _patterns(self) -> tuple[list[list[int]], list[int], list[list[int]], list[list[int]]]:
        patterns: list[list[int]] = []
        of_kind = [0]
        conditions: list[list[int]] = []
        ranges: list[list[int]] = []
        for kind in KIND_IDS:
            for entries, number in self.filters.items():
                before = len(patterns)
                for pattern in entries.patterns:
                    if _fits(pattern, kind):
                        simple, further = _conditions(pattern, kind, ranges)
                        again = len(patterns) > before
                        patterns.append([number, _set(pattern), *simple, len(conditions), len(further), int(again)])
                        conditions += further
            of_kind.append(len(patterns))
        return patterns, of_kind, conditions, ranges

    def _places(self) -> Ints:
        places = np.full((max(len(self.attributes), 1), len(KIND_IDS)), -1, dtype=np.int64)
        for name, number in self.attributes.items():
            for kind, column in KIND_IDS.items():
                places[number, column] = PLACES[kind].get(name, -1)
        return places


def _row(numbers: list[int]) -> Ints:
    return np.array(numbers, dtype=np.int64)


def _rows(rows: list[list[int]], width: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(-1, width)


def _fits(pattern: nodes.Pattern, kind: str) -> bool:
    """Whether a fact of this kind may be let through: it has every attribute that is asked for."""
    of_kind = pattern.kind in (kind, kind.partition(".")[0])
    return of_kind and all(where.attribute in PLACES[kind] for where in pattern.where)


def _conditions(pattern: nodes.Pattern, kind: str, ranges: list[list[int]]) -> tuple[list[int], list[list[int]]]:
    """(row, lowest, highest) of one condition of a single range, as most are; then the others, their ranges noted."""
    simple: list[int] = []
    further: list[list[int]] = []
    for where in pattern.where:
        row = VALUES + PLACES[kind][where.attribute]
        found = [list(_range(where.op, each)) for each in where.values]
        if len(found) == 1 and not simple:
            simple = [row, *found[0]]
        else:
            further.append([row, len(ranges), len(found)])
            ranges += found
    return simple or [WHAT, *_ANY], further


def _gate(number: int, row: list[int], filters: int) -> list[int]:
    """What an instruction needs if it is to come to anything, and the instruction to go on with otherwise."""
    do, out, one = row[0], row[1], row[2]
    needs: list[int] = []
    if do == Do.NEVER:
        needs = [filters + out, _MOST]
    elif do == Do.SKIP:
        needs = [out if row[3] == _OF_FILTER else filters + out, 1]
    elif do in (Do.MINUS, Do.HELD):
        needs = [filters + one, 1]
    elif do == Do.AND:
        needs = [filters + one, 1, filters + row[3], 1]
    elif do == Do.AGAIN:
        needs = [filters + one, 1, row[3], 1]
    elif do == Do.SHARE:  # of a whole there must be something; of a part there need not be
        needs = [row[6], 1]
    elif do in (Do.AMOUNT, Do.FOLLOWED):  # less than a number is what nothing comes to
        enough = 1 if do == Do.AMOUNT and row[4] == TOTAL else row[7]
        needs = [] if row[6] else [one, enough]
    elif do not in (Do.AT_LEAST_OF, Do.AGE):
        needs = [one, 1]
    return [*needs, *[0] * (4 - len(needs)), one if do == Do.SKIP else number + 1]


def _set(pattern: nodes.Pattern) -> int:
    """The agencies, parts and paths that it lets through, as one set of bits (`kernel.own_bits`)."""
    agencies = _bits(AGENCY_IDS[each] for each in pattern.agencies or AGENCY_IDS)
    parts, paths = _bits(PART_IDS[Part(p)] for p in pattern.parts), _bits(PATH_IDS[p] for p in pattern.through)
    return agencies | parts << PART_BIT | paths << PATH_BIT


def _bits(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in set(numbers))


# -- numbers


def _range(op: Op, value: Any) -> tuple[int, int]:
    """The lowest and highest value of a column that compares so."""
    if isinstance(value, bool):
        return (int(value), int(value))
    if isinstance(value, str):
        return (word(value), word(value))
    scaled = _millionths(value)
    if op is Op.EQUAL:
        return (int(scaled), int(scaled)) if scaled.denominator == 1 else _NEVER
    if op in (Op.AT_LEAST, Op.MORE_THAN):
        return (ceil(scaled) if op is Op.AT_LEAST else floor(scaled) + 1, _ANY[1])
    return (_ANY[0], floor(scaled) if op is Op.AT_MOST else ceil(scaled) - 1)


def _millionths(value: int | float) -> int | Fraction:
    return exact(value) * MILLION


def _threshold(amount: nodes.Amount, op: Op, number: int | float) -> int:
    """The least whole sum that reaches the number: in millionths for a total, else in ones."""
    wanted = exact(number) * (MILLION if isinstance(amount, nodes.Total) else 1)
    return floor(wanted) + 1 if op is Op.MORE_THAN else ceil(wanted)


def _window(window: Window | None) -> int:
    if window is None:
        return 0
    return -window.days if window.working else window.days * DAY


def _hundredths(number: int | float) -> tuple[int, int]:
    """A number of hundredths as a fraction of two whole ones: (100 times the lower, the upper)."""
    wanted = Fraction(exact(number))
    return wanted.denominator * 100, wanted.numerator


# -- one function for each node


@singledispatch
def _write(node: nodes.Node, to: _Writer) -> int:
    raise ProgramError(f"The kernel has no instruction for {type(node).__name__}.")


def _amount(amount: nodes.Amount, to: _Writer) -> list[int]:
    """(filter, window, mode, attribute) of an amount."""
    if isinstance(amount, nodes.DistinctNow):
        return [to.filter(amount.entries), NOW, *_group(amount.of, to)]
    assert isinstance(amount, nodes.Count | nodes.Total | nodes.Distinct)  # noqa: S101
    start = [to.filter(amount.entries), _window(amount.window)]
    if isinstance(amount, nodes.Count):
        return [*start, COUNT, 0]
    if isinstance(amount, nodes.Total):
        return [*start, TOTAL, to.attribute(amount.attribute)]
    return [*start, *_group(amount.of, to)]


def _group(of: str, to: _Writer) -> list[int]:
    """(mode, attribute) of what tells entries apart."""
    if not of:
        return [ALL_TOGETHER, 0]
    return [AGENCIES, 0] if of == OF_AGENCY else [DISTINCT, to.attribute(of)]


def _reaches(amount: nodes.Amount, to: _Writer, op: Op, number: int | float) -> int:
    """When an amount is at least or more than a number, or less than it."""
    less = int(op is Op.LESS_THAN)
    threshold = _threshold(amount, op, number)
    if not isinstance(amount, nodes.Followed):
        return to.put(Do.AMOUNT, *_amount(amount, to), less, threshold)
    first, then = to.filter(amount.first), to.filter(amount.then)
    return to.put(Do.FOLLOWED, first, then, _window(amount.within), _window(amount.window), less, threshold)


@_write.register
def _(node: nodes.Compare, to: _Writer) -> int:
    return _reaches(node.amount, to, node.op, node.number)


@_write.register
def _(node: nodes.Share, to: _Writer) -> int:
    totals = isinstance(node.part, nodes.Total) and isinstance(node.whole, nodes.Total)
    both = totals and node.part.entries == node.whole.entries
    times, percent = _hundredths(node.percent)
    return to.put(
        Do.SHARE, *_amount(node.part, to), *_amount(node.whole, to), int(both), _COMPARED[node.op], times, percent,
        ceil(_millionths(node.minimum)),
    )  # fmt: skip


@_write.register
def _(node: nodes.Change, to: _Writer) -> int:
    if node.part.entries != node.whole.entries:
        return to.put(Do.NEVER)
    times, points = _hundredths(node.points)
    return to.put(
        Do.CHANGE, to.filter(node.part.entries), to.attribute(node.part.attribute), to.attribute(node.whole.attribute),
        _window(node.recent), _window(node.earlier), int(node.direction == "fall"), times, points,
        ceil(_millionths(node.minimum)),
    )  # fmt: skip


@_write.register
def _(node: nodes.While, to: _Writer) -> int:
    return to.put(Do.WHILE, to.filter(node.entries))


@_write.register
def _(node: nodes.After, to: _Writer) -> int:
    return to.put(Do.AFTER, to.filter(node.entries), int(node.edge == "end"), _window(node.window))


@_write.register
def _(node: nodes.Nothing, to: _Writer) -> int:
    held = to.put(Do.HELD, to.register(node.since), _window(node.window))
    some = nodes.Count(node.entries, node.window)
    return to.only_while(held, lambda: _reaches(some, to, Op.AT_LEAST, 1), Do.MINUS)


@_write.register
def _(node: nodes.Lasted, to: _Writer) -> int:
    return to.put(Do.HELD, to.register(node.what), _window(node.window))


@_write.register
def _(node: nodes.Under, to: _Writer) -> int:
    held = to.put(Do.HELD, to.register(node.since), _window(node.amount.window))
    return to.only_while(held, lambda: _reaches(node.amount, to, Op.LESS_THAN, node.number), Do.AND)


@_write.register
def _(node: nodes.NotFollowed, to: _Writer) -> int:
    first, then = to.filter(node.first), to.filter(node.then)
    alone = to.put(Do.NOT_FOLLOWED, first, then, _window(node.window), _window(node.lasting))
    return to.only_while(alone, lambda: to.register(node.since), Do.AND)


@_write.register
def _(node: nodes.Then, to: _Writer) -> int:
    return to.put(
        Do.THEN, to.filter(node.first), to.filter(node.then), _window(node.window), _window(node.lasting)
    )  # fmt: skip


@_write.register
def _(node: nodes.Again, to: _Writer) -> int:
    after = to.filter(node.after)
    return to.only_where_any(after, lambda: to.put(Do.AGAIN, to.register(node.what), after, _window(node.window)))


@_write.register
def _(node: nodes.Latest, to: _Writer) -> int:
    low, high = _range(node.op, node.value)
    return to.put(
        Do.LATEST, to.filter(node.entries), to.attribute(node.attribute), low, high, _window(node.window)
    )  # fmt: skip


@_write.register
def _(node: nodes.LatestChange, to: _Writer) -> int:
    low, high = _range(node.op, node.number)
    return to.put(
        Do.LATEST_CHANGE, to.filter(node.entries), to.attribute(node.attribute), low, high, node.over,
        _window(node.window),
    )  # fmt: skip


@_write.register
def _(node: nodes.InARow, to: _Writer) -> int:
    return to.put(
        Do.IN_A_ROW, to.filter(node.entries), to.filter(node.among), node.number, *_group(node.by, to),
        _window(node.window),
    )  # fmt: skip


@_write.register
def _(node: nodes.Age, to: _Writer) -> int:
    return to.put(Do.AGE, int(node.op is Op.LESS_THAN), node.months)


@_write.register
def _(node: nodes.Uncovered, to: _Writer) -> int:
    held = to.filter(node.holding) if node.holding else -1
    return to.put(
        Do.UNCOVERED, to.filter(node.dangers), to.attribute(node.starts), to.filter(node.protections),
        to.attribute(node.in_force), node.before.days * DAY, held,
    )  # fmt: skip


@_write.register
def _(node: nodes.AllOf, to: _Writer) -> int:
    together = to.register(node.of[0])
    for each in node.of[1:]:
        together = _narrowed(together, each, to)
    return together


def _narrowed(register: int, other: Expression, to: _Writer) -> int:
    return to.only_while(register, lambda: to.register(other), Do.AND)


@_write.register
def _(node: nodes.Unless, to: _Writer) -> int:
    return to.only_while(to.register(node.what), lambda: to.register(node.exception), Do.MINUS)


def _at_least_of(number: int, of: Iterable[Expression], to: _Writer) -> int:
    registers = [to.register(each) for each in of]
    start = len(to.lists)
    to.lists += registers
    return to.put(Do.AT_LEAST_OF, number, start, len(registers))


@_write.register
def _(node: nodes.AnyOf, to: _Writer) -> int:
    return _at_least_of(1, node.of, to)


@_write.register
def _(node: nodes.AtLeastOf, to: _Writer) -> int:
    return _at_least_of(node.number, node.of, to)
