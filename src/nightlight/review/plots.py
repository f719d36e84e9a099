"""Plots of a backtest's report as inline SVG: bars and ranges, each with a title and a description in words.

Nothing is told by colour alone, nothing runs, nothing is fetched; the same figures always stand in a table beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10

_WIDTH, _LABELS, _ROW, _TOP, _BOTTOM = 1080, 470, 26, 14, 56
_PLOT = _WIDTH - _LABELS - 70
_INK, _MARK, _LINE, _GRID = "#0b0c0c", "#1d70b8", "#505a5f", "#b1b4b6"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a plot: its label and its value, with a range around it where there is one; None is not known."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What is drawn. unit: what the axis counts. line: a value all rows are held against, and what it is."""

    id: str
    title: str
    description: str
    unit: str
    rows: tuple[Row, ...]
    bars: bool = False
    line: float | None = None
    line_label: str = ""


def svg(plot: Plot) -> str:
    """The plot; nothing at all where no row has a value."""
    rows = [row for row in plot.rows if row.value is not None]
    if not rows:
        return ""
    top = _nice(max(value for row in rows for value in (row.value, row.high, plot.line) if value is not None))
    height = _TOP + _ROW * len(rows) + _BOTTOM
    draw = _bar if plot.bars else _range
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-labelledby="{plot.id}-title {plot.id}-desc" font-family="Arial, Helvetica, sans-serif" font-size="15">',
        f'<title id="{plot.id}-title">{escape(plot.title)}</title>',
        f'<desc id="{plot.id}-desc">{escape(plot.description)}</desc>',
        *_axis(plot, top, len(rows)),
        *(part for at, row in enumerate(rows) for part in draw(row, _y(at), top)),
        *_line(plot, top, len(rows)),
        "</svg>",
    ]
    return "\n".join(parts)


def _nice(largest: float) -> float:
    """The next of 1, 2, 4, 5 or 8 times a power of ten: where the axis ends.

    >>> _nice(0.13), _nice(7.0), _nice(0.0)
    (0.2, 8.0, 1.0)
    """
    if largest <= 0:
        return 1.0
    power: float = 10.0 ** floor(log10(largest))
    return next(round(step * power, 10) for step in (1, 2, 4, 5, 8, 10) if largest <= step * power * 1.0000001)


def _x(value: float, top: float) -> float:
    return round(_LABELS + _PLOT * min(max(value / top, 0.0), 1.0), 1)


def _y(at: int) -> float:
    return _TOP + _ROW * at + _ROW / 2


def _axis(plot: Plot, top: float, rows: int) -> Iterable[str]:
    bottom = _TOP + _ROW * rows
    for value in _ticks(plot, top):
        x = _x(value, top)
        yield f'<line x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom}" stroke="{_GRID}" stroke-width="1"/>'
        yield f'<text x="{x}" y="{bottom + 20}" fill="{_INK}" text-anchor="middle">{_number(value)}</text>'
    middle = _LABELS + _PLOT / 2
    yield f'<text x="{middle}" y="{bottom + 44}" fill="{_INK}" text-anchor="middle">{escape(plot.unit)}</text>'


def _ticks(plot: Plot, top: float) -> Iterable[float]:
    """Quarters of the axis; what counts whole things has no half of one.

    >>> _ticks(Plot(id="", title="", description="", unit="Lapses", rows=(Row("a", 9),), bars=True), 10.0)
    [0.0, 5.0, 10.0]
    """
    quarters = [top * step / 4 for step in range(5)]
    if all(row.value is None or row.value == int(row.value) for row in plot.rows) and plot.bars:
        return [value for value in quarters if value == int(value)]
    return quarters


def _label(row: Row, y: float) -> str:
    return f'<text x="{_LABELS - 10}" y="{y + 5}" fill="{_INK}" text-anchor="end">{escape(row.label)}</text>'


def _bar(row: Row, y: float, top: float) -> Sequence[str]:
    value = row.value or 0.0
    x = _x(value, top)
    return (
        _label(row, y),
        f'<rect x="{_LABELS}" y="{y - 8}" width="{round(x - _LABELS, 1)}" height="16" fill="{_MARK}"/>',
        f'<text x="{x + 6}" y="{y + 5}" fill="{_INK}">{_number(value)}</text>',
    )


def _range(row: Row, y: float, top: float) -> Sequence[str]:
    value = row.value or 0.0
    low, high = (value if end is None else end for end in (row.low, row.high))
    return (
        _label(row, y),
        f'<line x1="{_x(low, top)}" y1="{y}" x2="{_x(high, top)}" y2="{y}" stroke="{_LINE}" stroke-width="3"/>',
        f'<circle cx="{_x(value, top)}" cy="{y}" r="6" fill="{_MARK}" stroke="#ffffff" stroke-width="1"/>',
    )


def _line(plot: Plot, top: float, rows: int) -> Iterable[str]:
    if plot.line is None:
        return
    x, bottom = _x(plot.line, top), _TOP + _ROW * rows
    yield (
        f'<line x1="{x}" y1="{_TOP - 4}" x2="{x}" y2="{bottom}" stroke="{_INK}" stroke-width="2" '
        'stroke-dasharray="6 4"/>'
    )
    yield f'<text x="{x + 6}" y="{_TOP - 2}" fill="{_INK}">{escape(plot.line_label)}</text>'


def _number(value: float) -> str:
    """
    >>> _number(0.25), _number(12.0), _number(3.14159), _number(1500.0)
    ('0.25', '12', '3.1', '1,500')
    """
    if value == 0 or value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.3g}"
