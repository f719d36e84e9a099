"""A child's facts, arranged once so that many indicators can be asked of them.

It finds facts and says over which span each one counts; what an expression makes of them is `reference`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from nightlight.domain.chronology import Fact, in_order
from nightlight.indicators.nodes import Entries, Node, Op, Pattern, Where, Window
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.instants import TimelineError, moved
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END

_A_MOMENT = timedelta(microseconds=1)
_T = TypeVar("_T")


class History:
    """What is known of one child in one view. Build it once; every result worked out on it is kept.

    facts: from `Chronology.facts(view, as_at)`. born: None where no birth date is known.
    """

    __slots__ = ("_by_kind", "_by_theme", "_kept", "born", "calendar", "facts")

    def __init__(self, facts: Iterable[Fact], born: Partial | None, calendar: WorkingCalendar) -> None:
        self.facts = tuple(facts)
        self.born = born
        self.calendar = calendar
        self._by_kind: defaultdict[str, list[Fact]] = defaultdict(list)
        self._by_theme: defaultdict[str, list[Fact]] = defaultdict(list)
        # By identity, with the node itself so that the identity stays its own: hashing a deep tree would cost more
        # than most nodes' evaluation.
        self._kept: dict[tuple[str, int], tuple[Node, Any]] = {}
        for fact in self.facts:
            if fact.counts_from >= fact.known_until:
                continue  # withdrawn before it could happen: it never counts, so nothing may find it
            kind = fact.entry.kind
            self._by_kind[kind].append(fact)
            self._by_theme[kind.partition(".")[0]].append(fact)

    def once(self, what: str, node: Node, work_out: Callable[[], _T]) -> _T:
        """The result for this node, worked out the first time only."""
        kept = self._kept.get((what, id(node)))
        if kept is not None:
            found: _T = kept[1]
            return found
        result = work_out()
        self._kept[(what, id(node))] = (node, result)
        return result

    def matching(self, entries: Entries) -> tuple[Fact, ...]:
        """The facts that the filter lets through, each once, in the order in which they count."""
        return self.once("facts", entries, lambda: self._matching(entries))

    def _matching(self, entries: Entries) -> tuple[Fact, ...]:
        if len(entries.patterns) == 1:
            return tuple(self._of(entries.patterns[0]))
        found = {id(fact): fact for pattern in entries.patterns for fact in self._of(pattern)}
        return tuple(sorted(found.values(), key=in_order))

    def _of(self, pattern: Pattern) -> Iterable[Fact]:
        of_kind = self._by_kind.get(pattern.kind) or self._by_theme.get(pattern.kind)
        return [fact for fact in of_kind if matches(pattern, fact)] if of_kind else ()

    def until(self, moment: datetime, window: Window | None) -> datetime:
        """When what happened at that moment stops counting as within the last `window`.

        A day known only as a date is over at midnight; its working days are counted from that day, not the next.
        """
        if window is None or moment == END:
            return END
        if moment == BEGINNING:
            return BEGINNING
        if window.working:
            return self._working(moment, window.days)
        return moved(moment, timedelta(days=window.days))

    def _working(self, moment: datetime, days: int) -> datetime:
        try:
            return self.calendar.end_of_nth_working_day(moved(moment, -_A_MOMENT), days)
        except TimelineError:
            # A mistyped year outside the calendar's must not stop a child's other facts: weekends are still counted.
            return moved(moment, timedelta(days=days + days // 5 * 2 + 2))

    def counted(self, fact: Fact, window: Window | None) -> tuple[datetime, datetime] | None:
        """The span over which a fact counts as in the last `window`: `[max(at, known), at + window)`, while known."""
        start = fact.counts_from
        end = min(self.until(fact.at, window), fact.known_until)
        return (start, end) if start < end else None


def matches(pattern: Pattern, fact: Fact) -> bool:
    """Whether a fact of the pattern's kind or theme fits the rest of it."""
    if pattern.agencies and fact.agency not in pattern.agencies:
        return False
    if fact.part not in pattern.parts or fact.through not in pattern.through:
        return False
    attributes = fact.entry.attributes
    return all(_holds(where, attributes) for where in pattern.where)


def _holds(where: Where, attributes: Mapping[str, Any]) -> bool:
    value = attributes.get(where.attribute)
    if value is None:
        return False
    if where.op is Op.EQUAL:
        return value in where.values
    limit = where.values[0]
    return bool(value >= limit if where.op is Op.AT_LEAST else value <= limit)
