"""One child at a time, as entries come: the kernel on the facts of a child, within a tenth of a millisecond.

`LiveEvaluator` answers for facts given afresh; `LiveChild` keeps one child's facts in columns and takes entries one by
one, in order or late. Make the evaluator when the process starts: it makes the kernel ready, so that the first
evaluation is no user's. It reads no clock and no database.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from nightlight.domain.chronology import Fact
from nightlight.engines import kernel
from nightlight.engines.columns import Columns, Ints, born_days, check_sums, from_facts, row_of
from nightlight.engines.days import table
from nightlight.engines.errors import BeyondError
from nightlight.engines.layout import GONE, LARGEST, LAST, MISSING, VALUES, WIDTH
from nightlight.engines.program import Program, compile_program
from nightlight.engines.results import by_child, joined, moment
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
        self._programs: dict[Key, tuple[Program, Expressions]] = {}
        self._affected: dict[tuple[Key, str], Expressions] = {}
        self._kept: dict[int, tuple[Expressions, Key]] = {}
        self._keep(expressions or {})
        kernel.run(self.program(expressions or {}), from_facts([((), None)]), self.days)

    def program(self, expressions: Expressions) -> Program:
        """The expressions as one program, flattened the first time that they are asked for."""
        key = self._key(expressions)
        if key not in self._programs:
            # The expressions are kept beside their program, so that an identity stays its own.
            self._programs[key] = (compile_program(expressions), dict(expressions))
        return self._programs[key][0]

    def affected(self, expressions: Expressions, kind: str) -> Expressions:
        """Those whose value an entry of this kind can change; worked out the first time that it is asked.

        An entry that links the child to other people or to an address changes which facts there are: then ask for all.
        """
        key = (self._key(expressions), kind)
        if key not in self._affected:
            self._affected[key] = {c: each for c, each in expressions.items() if kind in kinds_used(each)}
            self._keep(self._affected[key])
        return self._affected[key]

    def _keep(self, expressions: Expressions) -> None:
        """A mapping that is asked for again and again: its key is made once."""
        self._kept[id(expressions)] = (expressions, self._key(expressions))

    def _key(self, expressions: Expressions) -> Key:
        kept = self._kept.get(id(expressions))
        if kept and kept[0] is expressions:
            return kept[1]
        return tuple((code, id(expression)) for code, expression in expressions.items())

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

    __slots__ = ("_ends", "_first", "_program", "_starts")

    def __init__(self, program: Program, found: kernel.Found) -> None:
        self._program = program
        self._first = np.searchsorted(found.root, np.arange(len(program.codes) + 1)).tolist()
        self._starts = found.start
        self._ends = found.end

    def spans(self, code: str) -> Spans:
        """When it holds."""
        low, high = self._of(self._program.codes.index(code))
        pairs = zip(self._starts[low:high].tolist(), self._ends[low:high].tolist(), strict=True)
        return joined(Span(moment(start), moment(end)) for start, end in pairs)

    def holding(self, now: int) -> list[str]:
        """The codes of what holds at a moment (microseconds)."""
        in_force = np.flatnonzero((self._starts <= now) & (self._ends > now)).tolist()
        return [self._program.codes[bisect_right(self._first, k) - 1] for k in in_force]

    def next_edge(self, now: int) -> int | None:
        """The first moment after `now` at which anything starts or stops holding, if nothing more is recorded."""
        edges = np.concatenate((self._starts, self._ends))
        later = edges[(edges > now) & (edges < LAST)]
        return int(later.min()) if later.size else None

    def _of(self, root: int) -> tuple[int, int]:
        return self._first[root], self._first[root + 1]


class LiveChild:
    """One child's facts, in columns that grow as entries come.

    What it cannot hold exactly raises `BeyondError`, and leaves it as it was: ask `LiveEvaluator` for that child.
    """

    def __init__(self, evaluator: LiveEvaluator, facts: Iterable[Fact], born: Partial | None) -> None:
        self._evaluator = evaluator
        self._born = np.array([born_days(born)], dtype=np.int64).T.copy()
        self._order: list[tuple[int, int, str]] = []
        self._rows: Ints = np.empty((VALUES + WIDTH, 64), dtype=np.int64)
        for fact in facts:
            self.add(fact)

    def __len__(self) -> int:
        return len(self._order)

    def add(self, fact: Fact) -> None:
        """A fact that has become known: at the end if it is the last to count, else in its place."""
        row = row_of(fact)
        if row[-WIDTH:] != _NOTHING and len(self._order) >= _MANY:
            check_sums([*self._rows[:, : len(self._order)].T.tolist(), row])
        key = (max(row[1], row[3]), row[1], fact.entry.id)
        place = bisect_right(self._order, key)
        self._make_room()
        if place < len(self._order):
            self._rows[:, place + 1 : len(self._order) + 1] = self._rows[:, place : len(self._order)]
        self._rows[:, place] = row
        self._order.insert(place, key)

    def withdraw(self, entry: str, known_until: int) -> None:
        """An entry that was superseded: it counts no longer from that moment (microseconds) on."""
        for place, (_, _, id_) in enumerate(self._order):
            if id_ == entry:
                self._rows[GONE, place] = min(self._rows[GONE, place], known_until)

    def run(self, expressions: Expressions) -> LiveResult:
        """What holds when. Only what is asked of the result is made into `Spans`."""
        columns = Columns(np.array((0, len(self._order)), dtype=np.int64), self._born, self._rows)
        program = self._evaluator.program(expressions)
        return LiveResult(program, kernel.run(program, columns, self._evaluator.days))

    def _make_room(self) -> None:
        if len(self._order) == self._rows.shape[1]:
            larger = np.empty((VALUES + WIDTH, 2 * len(self._order)), dtype=np.int64)
            larger[:, : len(self._order)] = self._rows
            self._rows = larger
