"""One danger and what covers it, drawn: bars over time, red where nothing is in force. Attributes only, no style.

Places are in hundredths of the width, so that the text keeps its size on any screen. What it shows is said in words
beside it; nobody needs to see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from nightlight.domain.coverage import Coverage
from nightlight.domain.protection import Protection, Uncovered, hours
from nightlight.timeline import BEGINNING, END, Span, Spans, local_time, start_of_day
from nightlight.timeline.london import local_date
from nightlight.web.presenters import words

LANE = 40
TOP = 26
LONGEST = timedelta(days=21)
AFTER = timedelta(hours=12)
_INK, _GREEN, _RED, _QUIET, _BLUE = "#0b0c0c", "#00703c", "#d4351c", "#505a5f", "#1d70b8"


@dataclass(frozen=True, slots=True)
class _Lane:
    said: str
    spans: Spans
    look: str


def window(coverage: Coverage) -> Span:
    """The time to be drawn: from now, or a little before the first danger, until all that is dated has ended."""
    edges = [edge for each in coverage.dangers for edge in _edges(each.danger.possible())]
    edges += [edge for each in coverage.counted for edge in _edges(each.possible())]
    edges += [edge for each in coverage.not_counted for edge in _edges(each.protection.possible())]
    coming = [edge for edge in edges if edge >= coverage.at - timedelta(days=2)]
    first = min([*coming, coverage.at]) - timedelta(hours=2)
    last = min(max([*coming, coverage.at + timedelta(hours=24)]) + AFTER, first + LONGEST)
    return Span(first, last)


def _edges(spans: Spans) -> Iterator[datetime]:
    for start, end in spans:
        yield from (edge for edge in (start, end) if edge not in (BEGINNING, END))


def picture(coverage: Coverage, of: Uncovered, over: Span) -> Markup:
    """A danger above the protections against it, and what is left."""
    lanes = list(_lanes(coverage, of, over))
    height = TOP + LANE * len(lanes)
    drawn = Markup("").join(_lane(lane, number, over) for number, lane in enumerate(lanes))
    return Markup(
        '<svg class="nl-cover" width="100%" height="{height}" role="img" aria-label="{label}">{ticks}{now}{drawn}</svg>'
    ).format(
        height=height,
        label=f"Picture: {of.words()}",
        ticks=_ticks(over, height),
        now=_now(coverage, over, height),
        drawn=drawn,
    )


def _lanes(coverage: Coverage, of: Uncovered, over: Span) -> Iterator[_Lane]:
    yield _Lane("Danger", of.danger.possible(), "danger")
    for each in coverage.against(of.danger):
        later = each.surely[0] > max(of.danger.may_be[0], coverage.at)
        begins = f"Only from {words.day_and_time(each.surely[0])}" if later and each.surely[0] < END else "Protects"
        yield _Lane(f"{begins}: {_short(each)}", each.certain(), "covers")
    for each in coverage.not_counted_against(of.danger):
        yield _Lane(f"Does not count: {_short(each.protection)}", each.protection.possible(), "not")
    left = of.possible.clip(*over)
    yield _Lane(f"Nothing in force{_counted(of.possible)}" if of.possible else "Covered", left, "uncovered")


def _short(protection: Protection) -> str:
    said = protection.what or "a protection"
    return said if len(said) <= 44 else f"{said[:42].rstrip()}..."


def _counted(spans: Spans) -> str:
    many = hours(spans)
    return ": without end" if many is None else f": {many:g} hours"


def _lane(lane: _Lane, number: int, over: Span) -> Markup:
    y = TOP + number * LANE
    bars = Markup("").join(_bar(start, end, y + 20, lane.look, over) for start, end in lane.spans.clip(*over))
    colour = _RED if lane.look == "uncovered" and lane.said != "Covered" else _INK
    weight = "700" if lane.look == "uncovered" else "400"
    return Markup(
        '<text x="0" y="{y}" font-size="14" font-weight="{weight}" fill="{colour}">{said}</text>{bars}'
    ).format(y=y + 14, weight=weight, colour=colour, said=lane.said, bars=bars)


_LOOKS = {
    "danger": f'fill="{_INK}"',
    "covers": f'fill="{_GREEN}"',
    "not": f'fill="#ffffff" stroke="{_QUIET}" stroke-width="1.5" stroke-dasharray="4 3"',
    "uncovered": f'fill="{_RED}"',
}


def _bar(start: datetime, end: datetime, y: int, look: str, over: Span) -> Markup:
    left, right = _place(start, over), _place(end, over)
    return Markup(  # noqa: S704 numbers and our own attributes
        f'<rect x="{left:.3f}%" width="{max(right - left, 0.4):.3f}%" y="{y}" height="13" {_LOOKS[look]}/>'
    )


def _place(moment: datetime, over: Span) -> float:
    return 100 * ((moment - over.start) / (over.end - over.start))


def _ticks(over: Span, height: int) -> Markup:
    """The start of each day, and its name where there is room: at most four, so that they stay apart on a telephone."""
    days = list(_days(over))
    every = max(1, -(-len(days) // 4))
    drawn = []
    for number, day in enumerate(days):
        x = _place(day, over)
        drawn.append(f'<line x1="{x:.3f}%" x2="{x:.3f}%" y1="{TOP - 6}" y2="{height}" stroke="#cecece"/>')
        if number % every == 0 and x < 88:
            drawn.append(
                f'<text x="{x:.3f}%" dx="3" y="13" font-size="13" fill="{_QUIET}">{escape(_day_name(day))}</text>'
            )
    return Markup("".join(drawn))  # noqa: S704 numbers and names of days


def _day_name(day: datetime) -> str:
    return words.weekday(local_date(day))[:3] + f" {local_time(day).day}"


def _days(over: Span) -> Iterable[datetime]:
    day = local_date(over.start) + timedelta(days=1)
    while start_of_day(day) < over.end:
        yield start_of_day(day)
        day += timedelta(days=1)


def _now(coverage: Coverage, over: Span, height: int) -> Markup:
    x = _place(coverage.at, over)
    if not 0 <= x <= 100:
        return Markup("")
    return Markup(  # noqa: S704 a number
        f'<line x1="{x:.3f}%" x2="{x:.3f}%" y1="{TOP - 6}" y2="{height}" stroke="{_BLUE}" stroke-width="2" '
        f'stroke-dasharray="2 3"/>'
    )
