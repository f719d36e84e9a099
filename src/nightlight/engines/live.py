"""One child at a time, as entries come: the kernel on the facts of a child, within a tenth of a millisecond.

`LiveEvaluator` answers for facts given afresh; `LiveChild` keeps one child's facts in columns and takes entries one by
one, in order or late. Make the evaluator when the process starts: it makes the kernel ready, so that the first
evaluation is no user's. It reads no clock and no database.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import local

import numpy as np

from nightlight.domain.chronology import Fact
from nightlight.engines import kernel
from nightlight.engines.columns import Columns, Ints, born_days, check_sums, from_facts, row_of
from nightlight.engines.days import table
from nightlight.engines.errors import BeyondError
from nightlight.engines.layout import AT, GONE, KNOWN, LARGEST, LAST, MISSING, VALUES, WIDTH
from nightlight.engines.program import Program, compile_program
from nightlight.engines.results import by_child, joined, moment
from nightlight.engines.standing import standing
from nightlight.indicators import reference
from nightlight.indicators.history import History
from nightlight.indicators.nodes import Expression
from nightlight.indicators.reference import kinds_used
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import Span, Spans

Expressions = Mapping[str, Expression]
Key = tuple[tuple[str, int], ...]
_NOTHING = [MISSING] * WIDTH
_MANY = 2**62 // LARGEST
"""So many facts cannot add up to what 64 bits do not hold."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Expressions that were asked for, as one program; and for a kind of entry, those of them that it can change."""

    expressions: Expressions
    program: Program
    affected: dict[str, Expressions]


class LiveEvaluator:
    """Evaluates expressions, by their codes, for one child.

    >>> from nightlight.indicators.language import age, years
    >>> young = {"young": (age() < years(1)).node}
    >>> evaluator = LiveEvaluator(WorkingCalendar.england(), young)
    >>> evaluator.evaluate((), Partial.parse("2024-03-02"), young)["young"]
    Spans(beginning..2025-03-02T00:00Z)
    """

    def __init__(self, calendar: WorkingCalendar, expressions: Expressions | None = None) -> None:
        self.calendar = calendar
        self.days = table(calendar)
        self._programs: dict[Key, _Asked] = {}
        self._kept: dict[int, _Asked] = {}
        self._own = local()
        asked = self._keep(expressions or {})
        found = kernel.run(asked.program, from_facts([((), None)]), self.days)
        LiveResult(asked.program, found).at(0)

    def program(self, expressions: Expressions) -> Program:
        """The expressions as one program, flattened the first time that they are asked for."""
        return self._asked(expressions).program

    def affected(self, expressions: Expressions, kind: str) -> Expressions:
        """Those whose value an entry of this kind can change; worked out the first time that it is asked.

        An entry that links the child to other people or to an address changes which facts there are: then ask for all.
        """
        affected = self._asked(expressions).affected
        if kind not in affected:
            affected[kind] = {c: each for c, each in expressions.items() if kind in kinds_used(each)}
            self._keep(affected[kind])
        return affected[kind]

    def scratch(self) -> kernel.Scratch:
        """What this thread's evaluations work in."""
        if not hasattr(self._own, "scratch"):
            self._own.scratch = kernel.Scratch()
        made: kernel.Scratch = self._own.scratch
        return made

    def _keep(self, expressions: Expressions) -> _Asked:
        """A mapping that is asked for again and again: it is known by what it is, and not read again."""
        asked = self._asked(expressions)
        self._kept[id(expressions)] = replace(asked, expressions=expressions)
        return asked

    def _asked(self, expressions: Expressions) -> _Asked:
        kept = self._kept.get(id(expressions))
        if kept and kept.expressions is expressions:
            return kept
        key = tuple((code, id(expression)) for code, expression in expressions.items())
        if key not in self._programs:
            # The expressions are kept beside their program, so that an identity stays its own.
            self._programs[key] = _Asked(dict(expressions), compile_program(expressions), {})
        return self._programs[key]

    def evaluate(self, facts: Iterable[Fact], born: Partial | None, expressions: Expressions) -> dict[str, Spans]:
        """When each of the expressions holds; `facts` in the order in which they count, as `Chronology.facts` gives."""
        facts = tuple(facts)
        program = self.program(expressions)
        try:
            columns = from_facts([(facts, born)])
        except BeyondError:
            # A number with too many digits for the columns: exactly what the reference, which has no limit, is for.
            history = History(facts, born, self.calendar)
            return {code: reference.spans(each, history) for code, each in expressions.items()}
        return by_child(program, kernel.run(program, columns, self.days), 1)[0]

    def evaluate_all(
        self, children: Sequence[tuple[Iterable[Fact], Partial | None]], expressions: Expressions
    ) -> list[dict[str, Spans]]:
        """The same for several children in one run: for each, when each of the expressions holds."""
        program = self.program(expressions)
        try:
            columns = from_facts([(tuple(facts), born) for facts, born in children])
        except BeyondError:  # one of them has a number that the columns can't hold: each by itself
            return [self.evaluate(facts, born, expressions) for facts, born in children]
        return by_child(program, kernel.run(program, columns, self.days), len(children))


class LiveResult:
    """What the kernel found for one child."""

    __slots__ = ("_found", "_program")

    def __init__(self, program: Program, found: kernel.Found) -> None:
        self._program = program
        self._found = found

    def spans(self, code: str) -> Spans:
        """When it holds."""
        root = self._program.codes.index(code)
        low, high = np.searchsorted(self._found.root, (root, root + 1)).tolist()
        pairs = zip(self._found.start[low:high].tolist(), self._found.end[low:high].tolist(), strict=True)
        return joined(Span(moment(start), moment(end)) for start, end in pairs)

    def at(self, now: int) -> tuple[list[str], int | None]:
        """At a moment (microseconds): the codes of what holds, and the first moment after it at which anything starts
        or stops holding, if nothing more is recorded."""
        codes, found = self._program.codes, self._found
        holding = np.empty(len(codes) + 1, dtype=np.int64)
        following = standing(found.root, found.start, found.end, now, holding)
        held = holding.tolist()
        return [codes[root] for root in held[1 : 1 + held[0]]], None if following == LAST else following

    def holding(self, now: int) -> list[str]:
        """The codes of what holds at a moment (microseconds)."""
        return self.at(now)[0]

    def next_edge(self, now: int) -> int | None:
        """The first moment after `now` at which anything starts or stops holding, if nothing more is recorded."""
        return self.at(now)[1]


class LiveChild:
    """One child's facts, in columns that grow as entries come.

    What it cannot hold exactly raises `BeyondError`, and leaves it as it was: ask `LiveEvaluator` for that child.
    """

    def __init__(self, evaluator: LiveEvaluator, facts: Iterable[Fact], born: Partial | None) -> None:
        self._evaluator = evaluator
        self._born = np.array([born_days(born)], dtype=np.int64).T.copy()
        self._order: list[tuple[int, int, str]] = []
        self._picked: dict[Program, kernel.Picked] = {}
        self._columns = Columns(np.zeros(2, dtype=np.int64), self._born, _rows(64))
        for fact in facts:
            self.add(fact)

    def __len__(self) -> int:
        return len(self._order)

    def add(self, fact: Fact) -> None:
        """A fact that has become known: at the end if it is the last to count, else in its place."""
        row = row_of(fact)
        size = len(self._order)
        if row[-WIDTH:] != _NOTHING and size >= _MANY:
            check_sums([*self._columns.rows[:, :size].T.tolist(), row])
        key = (max(row[AT], row[KNOWN]), row[AT], fact.entry.id)
        place = size if not size or self._order[-1] <= key else bisect_right(self._order, key)
        self._make_room()
        rows = self._columns.rows
        if place < size:
            rows[:, place + 1 : size + 1] = rows[:, place:size]
            self._pick_again()
        rows[:, place] = row
        self._order.insert(place, key)
        self._columns.offsets[1] = size + 1

    def withdraw(self, entry: str, known_until: int) -> None:
        """An entry that was superseded: it counts no longer from that moment (microseconds) on."""
        gone = self._columns.rows[GONE]
        for place, (_, _, id_) in enumerate(self._order):
            if id_ == entry:
                gone[place] = min(gone[place], known_until)
                self._pick_again()

    def run(self, expressions: Expressions) -> LiveResult:
        """What holds when. Only what is asked of the result is made into `Spans`."""
        program = self._evaluator.program(expressions)
        picked = self._picked.get(program)
        if picked is None:
            picked = self._picked[program] = kernel.Picked(program, self._columns.rows.shape[1])
        days, scratch = self._evaluator.days, self._evaluator.scratch()
        return LiveResult(program, kernel.run_on(program, self._columns, days, picked, scratch))

    def _pick_again(self) -> None:
        """What the filters let through is no longer what was there before, with more at its end."""
        for each in self._picked.values():
            each.told[kernel.SEEN] = 0

    def _make_room(self) -> None:
        rows, size = self._columns.rows, len(self._order)
        if size == rows.shape[1]:
            larger = _rows(2 * size)
            larger[:, :size] = rows
            self._columns = Columns(self._columns.offsets, self._born, larger)
            self._picked.clear()


def _rows(size: int) -> Ints:
    return np.empty((VALUES + WIDTH, size), dtype=np.int64)
