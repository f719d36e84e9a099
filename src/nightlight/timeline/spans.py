"""Spans: sets of half-open intervals `[start, end)` of time, with the algebra that every promise is stated in.

A `Spans` is sorted, disjoint and merged, so that two equal sets of moments are equal objects. It must never hold an
empty span, a naive datetime or a zone other than UTC: `Spans(...)` sees to that, `Spans._trusted` takes it as read.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple, NoReturn

from nightlight.timeline.instants import BEGINNING, END, BackwardsSpanError, UnboundedError, as_utc, moved

__all__ = ["BEGINNING", "END", "Span", "Spans"]


class Span(NamedTuple):
    """A half-open interval: `start` is in it, `end` is not."""

    start: datetime
    end: datetime


class Spans:
    """An immutable set of moments, kept as sorted spans that neither overlap nor touch.

    >>> from datetime import UTC
    >>> first, second, third = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3))
    >>> danger, protection = Spans.of(first, third), Spans.since(second)
    >>> danger - protection
    Spans(2026-03-01T00:00Z..2026-03-02T00:00Z)

    The union of many is `Spans(itertools.chain.from_iterable(many))`, in one sort; "at least k of many" is
    `Steps.sum(...)` compared with k.
    """

    __slots__ = ("_spans",)
    _spans: tuple[Span, ...]

    def __init__(self, spans: Iterable[tuple[datetime, datetime]] = ()) -> None:
        object.__setattr__(self, "_spans", _merged(sorted(_checked(spans))))

    @classmethod
    def _trusted(cls, spans: tuple[Span, ...]) -> Spans:
        """Wrap spans that are known to be UTC, sorted, disjoint, not adjacent and not empty."""
        made = object.__new__(cls)
        object.__setattr__(made, "_spans", spans)
        return made

    @classmethod
    def of(cls, start: datetime, end: datetime) -> Spans:
        """One span; nothing if it is empty.

        >>> Spans.of(BEGINNING, BEGINNING) == Spans.empty()
        True
        """
        return cls(((start, end),))

    @staticmethod
    def empty() -> Spans:
        """Never."""
        return _EMPTY

    @staticmethod
    def always() -> Spans:
        """All of time.

        >>> Spans.always() == ~Spans.empty()
        True
        """
        return _ALWAYS

    @classmethod
    def since(cls, start: datetime) -> Spans:
        """From `start` on, without end."""
        return cls(((start, END),))

    @classmethod
    def until(cls, end: datetime) -> Spans:
        """All the time before `end`."""
        return cls(((BEGINNING, end),))

    # -- a set of moments

    def __or__(self, other: Spans) -> Spans:
        if not isinstance(other, Spans):
            return NotImplemented
        if not other._spans or self is other:
            return self
        if not self._spans:
            return other
        # Two sorted runs: Python's sort finds them and merges in linear time, faster than a loop of ours.
        return Spans._trusted(_merged(sorted(self._spans + other._spans)))

    def __and__(self, other: Spans) -> Spans:
        if not isinstance(other, Spans):
            return NotImplemented
        few, many = (self, other) if len(self._spans) <= len(other._spans) else (other, self)
        if len(few._spans) < 2:
            return many._clipped(few._spans[0]) if few._spans else _EMPTY
        return Spans._trusted(_common(few._spans, many._spans))

    def __sub__(self, other: Spans) -> Spans:
        if not isinstance(other, Spans):
            return NotImplemented
        return self & ~other

    def __invert__(self) -> Spans:
        gaps: list[Span] = []
        gap_start = BEGINNING
        for start, end in self._spans:
            if start > gap_start:
                gaps.append(Span(gap_start, start))
            gap_start = end
        if gap_start < END:
            gaps.append(Span(gap_start, END))
        return Spans._trusted(tuple(gaps))

    # -- moved and widened

    def shift(self, by: timedelta) -> Spans:
        """Everything so much later, or earlier if `by` is negative. Unbounded ends stay unbounded.

        >>> from datetime import UTC
        >>> Spans.since(datetime(2026, 3, 1, tzinfo=UTC)).shift(timedelta(days=1))
        Spans(2026-03-02T00:00Z..end)
        """
        pairs = ((moved(start, by), moved(end, by)) for start, end in self._spans)
        return Spans._trusted(tuple(Span(start, end) for start, end in pairs if start < end))

    def stretch(self, before: timedelta = timedelta(0), after: timedelta = timedelta(0)) -> Spans:
        """Each span widened: begun `before` earlier, ended `after` later; those that then touch become one.

        >>> from datetime import UTC
        >>> visit = Spans.of(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
        >>> visit.stretch(after=timedelta(days=7))
        Spans(2026-03-02T00:00Z..2026-03-10T00:00Z)
        """
        if before < timedelta(0) or after < timedelta(0):
            raise BackwardsSpanError("stretch only widens: give `before` and `after` as zero or more, or use shift.")
        return Spans._trusted(_merged([Span(moved(start, -before), moved(end, after)) for start, end in self._spans]))

    # -- questions

    def __contains__(self, instant: object) -> bool:
        if not isinstance(instant, datetime):
            raise TypeError(f"`in` asks about one moment, not {type(instant).__name__}; use covers(...) for a span.")
        moment = as_utc(instant)
        before = self._last_begun_by(moment)
        return before >= 0 and moment < self._spans[before].end

    def covers(self, what: datetime | Span | Spans) -> bool:
        """Whether all of a moment, a span or other spans lies within these. What is empty is covered.

        >>> from datetime import UTC
        >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
        >>> Spans.since(noon).covers(noon), Spans.until(noon).covers(noon)
        (True, False)
        """
        if isinstance(what, datetime):
            return what in self
        if isinstance(what, Spans):
            return all(self._covers_span(span) for span in what._spans)
        span = _checked_span(what)
        return span.start == span.end or self._covers_span(span)

    def first_gap(self, within: Span) -> Span | None:
        """The earliest stretch of `within` that is not covered, or None.

        >>> from datetime import UTC
        >>> friday, monday = datetime(2026, 3, 6, 17, tzinfo=UTC), datetime(2026, 3, 9, 9, tzinfo=UTC)
        >>> Spans.since(monday).first_gap(Span(friday, END)) == Span(friday, monday)
        True
        """
        start, end = _checked_span(within)
        before = self._last_begun_by(start)
        if before >= 0:
            start = max(start, self._spans[before].end)
        if start >= end:
            return None
        after = before + 1
        return Span(start, min(end, self._spans[after].start) if after < len(self._spans) else end)

    def total(self, within: Span | None = None) -> timedelta:
        """How long altogether (inside `within`, if given). Without end is not a length, and raises.

        >>> Spans.empty().total()
        datetime.timedelta(0)
        """
        counted = self if within is None else self._clipped(_checked_span(within))
        if counted._spans and (counted.start == BEGINNING or counted.end == END):
            raise UnboundedError(f"{counted!r} has no end, so no length: give total(within=Span(start, end)), bounded.")
        return sum((end - start for start, end in counted._spans), timedelta(0))

    def clip(self, start: datetime, end: datetime) -> Spans:
        """What lies in `[start, end)`.

        >>> from datetime import UTC
        >>> Spans.always().clip(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
        Spans(2026-03-01T00:00Z..2026-03-02T00:00Z)
        """
        return self._clipped(_checked_span((start, end)))

    def at_or_after(self, instant: datetime) -> Span | None:
        """The span that holds the moment, else the next one; None if all are over.

        >>> Spans.always().at_or_after(BEGINNING) == Span(BEGINNING, END)
        True
        """
        index = self._first_ending_after(as_utc(instant))
        return self._spans[index] if index < len(self._spans) else None

    def next_edge(self, after: datetime) -> datetime | None:
        """The first moment after `after` at which this starts or stops being true. Unbounded ends are no edges.

        >>> Spans.always().next_edge(BEGINNING) is None
        True
        """
        moment = as_utc(after)
        span = self.at_or_after(moment)
        if span is None:
            return None
        edge = span.start if span.start > moment else span.end
        return None if edge == END else edge

    @property
    def start(self) -> datetime | None:
        """When the first span starts; None if there is none."""
        return self._spans[0].start if self._spans else None

    @property
    def end(self) -> datetime | None:
        """When the last span ends; None if there is none."""
        return self._spans[-1].end if self._spans else None

    def _last_begun_by(self, moment: datetime) -> int:
        return bisect_right(self._spans, (moment, END)) - 1

    def _first_ending_after(self, moment: datetime) -> int:
        before = self._last_begun_by(moment)
        return before if before >= 0 and self._spans[before].end > moment else before + 1

    def _covers_span(self, span: Span) -> bool:
        before = self._last_begun_by(span.start)
        return before >= 0 and span.end <= self._spans[before].end

    def _clipped(self, within: Span) -> Spans:
        first, last = self._first_ending_after(within.start), bisect_left(self._spans, (within.end,))
        if first >= last or within.start == within.end:
            return _EMPTY
        kept = list(self._spans[first:last])
        kept[0] = Span(max(kept[0].start, within.start), kept[0].end)
        kept[-1] = Span(kept[-1].start, min(kept[-1].end, within.end))
        return Spans._trusted(tuple(kept))

    # -- an immutable value

    def __iter__(self) -> Iterator[Span]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def __bool__(self) -> bool:
        return bool(self._spans)

    def __eq__(self, other: object) -> bool:
        return self._spans == other._spans if isinstance(other, Spans) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._spans)

    def __repr__(self) -> str:
        return f"Spans({', '.join(f'{_text(start)}..{_text(end)}' for start, end in self._spans)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Spans._trusted, (self._spans,)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"Spans is immutable: make another with the {name} you need.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"Spans is immutable: {name} stays.")


def _checked_span(pair: tuple[datetime, datetime]) -> Span:
    start, end = as_utc(pair[0]), as_utc(pair[1])
    if end < start:
        raise BackwardsSpanError(
            f"a span may not end before it starts: {_text(start)} to {_text(end)}. Swap them if they are the wrong way "
            "round; leave it out if what it stands for was over before it could begin."
        )
    return Span(start, end)


def _checked(pairs: Iterable[tuple[datetime, datetime]]) -> Iterator[Span]:
    return (span for span in map(_checked_span, pairs) if span.start < span.end)


def _merged(ordered: list[Span]) -> tuple[Span, ...]:
    """Join what overlaps or touches; `ordered` is sorted and has no empty span."""
    if len(ordered) < 2:
        return tuple(ordered)
    merged: list[Span] = []
    start, end = ordered[0]
    for span in ordered:
        if span.start > end:
            merged.append(Span(start, end))
            start, end = span
        elif span.end > end:
            end = span.end
    merged.append(Span(start, end))
    return tuple(merged)


def _common(left: tuple[Span, ...], right: tuple[Span, ...]) -> tuple[Span, ...]:
    """What both hold, in one walk. Pieces cannot touch: where they did, both sides would have been one span."""
    common: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            common.append(Span(start, end))
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1
    return tuple(common)


def _text(moment: datetime) -> str:
    if moment == BEGINNING:
        return "beginning"
    if moment == END:
        return "end"
    precise = "auto" if moment.second or moment.microsecond else "minutes"
    return moment.replace(tzinfo=None).isoformat(timespec=precise) + "Z"


_EMPTY = Spans._trusted(())
_ALWAYS = Spans._trusted((Span(BEGINNING, END),))
