"""The timeline picture: inline SVG, a lane for each agency, a band for each indicator, links to the table's rows.

Drawn by joining text, because it is made on every view of a child. Colour never stands alone: shapes differ, and each
mark has its name. Where entries are closer together than can be told apart, one mark stands for them and says how many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from html import escape

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.chronology import Fact
from nightlight.domain.kinds import KINDS
from nightlight.timeline import END, Precision, local_date, start_of_day
from nightlight.web.presenters import words

WIDTH, GUTTER, RIGHT = 1180, 320, 16
AXIS, BAND, HEADING, LANE = 30, 20, 20, 38
DRAWN = WIDTH - GUTTER - RIGHT
IMPRECISE = timedelta(days=3)

LEVEL_FILLS = {"note": "#b1b4b6", "concern": "#ffdd00", "threshold": "#f47738", "immediate": "#a2141f"}
_LEVEL_INKS = {"note": "#505a5f", "concern": "#806f00", "threshold": "#a3441c", "immediate": "#5c0a11"}


@dataclass(frozen=True, slots=True)
class Band:
    """An indicator's row in the picture, and the spans over which it held."""

    title: str
    level: str
    group: str
    href: str
    spans: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of entry in the picture: how telling it is (0 most), its name in the key, its fill, and its shape."""

    rank: int
    name: str
    fill: str
    shape: Callable[[float, float], str]


def _circle(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5"/>'


def _square(x: float, y: float) -> str:
    return f'<path d="M{x - 5:.1f} {y - 5:.1f}h10v10h-10z"/>'


def _diamond(x: float, y: float) -> str:
    return f'<path d="M{x:.1f} {y - 7.5:.1f}l7.5 7.5l-7.5 7.5l-7.5-7.5z"/>'


def _triangle(x: float, y: float) -> str:
    return f'<path d="M{x:.1f} {y - 6.5:.1f}l6.5 11.5h-13z"/>'


def _cross(x: float, y: float) -> str:
    return f'<path d="M{x - 2:.1f} {y - 6:.1f}h4v4h4v4h-4v4h-4v-4h-4v-4h4z"/>'


WORDS = Sort(0, "The child's words", "#1d70b8", _diamond)
HARM = Sort(1, "Harm, injury or danger", "#a2141f", _triangle)
WORRY = Sort(2, "Concern or missed care", "#b85a00", _circle)
DECISION = Sort(3, "Decision, meeting or sharing", "#4c2c92", _square)
CONTACT = Sort(4, "Contact, care or visit", "#00703c", _cross)
SORTS = (WORDS, HARM, WORRY, DECISION, CONTACT)

_BY_KIND = {
    "voice": WORDS, "police": HARM, "outcome": HARM, "health.injury": HARM, "health.emergency_attendance": HARM,
    "health.admission": HARM, "concern": WORRY, "community": WORRY, "education": WORRY, "adult": WORRY,
    "housing": WORRY, "health.concern": WORRY, "health.growth": WORRY, "signal": WORRY, "social_care": DECISION,
    "meeting": DECISION, "information": DECISION, "social_care.visit": CONTACT, "health": CONTACT,
    "education.enrolment": CONTACT, "education.file_transfer": CONTACT, "housing.residence": CONTACT,
    "police.notification": DECISION,
}  # fmt: skip
_MISSED = frozenset({"not_brought", "cancelled_by_carer", "rescheduled_by_carer", "missed", "no_access"})


def sort_of(fact: Fact) -> Sort:
    """Which sort of entry a fact is."""
    if fact.entry.attributes.get("result") in _MISSED:
        return WORRY
    return _sort_of_kind(fact.entry.kind)


@lru_cache(maxsize=512)
def _sort_of_kind(kind: str) -> Sort:
    return _BY_KIND.get(kind) or _BY_KIND.get(kind.partition(".")[0], CONTACT)


@dataclass(frozen=True, slots=True)
class Axis:
    """Where a moment lies across the picture."""

    first: datetime
    last: datetime

    def x(self, moment: datetime) -> float:
        if moment <= self.first:
            return GUTTER
        return GUTTER + DRAWN * ((min(moment, self.last) - self.first) / (self.last - self.first))


def picture(
    facts: Sequence[Fact], bands: Sequence[Band], *, until: datetime, href: Callable[[Fact], str], name: str
) -> str:
    """The picture as SVG text; empty when there is nothing to draw. href: the address of an entry's row."""
    if not facts:
        return ""
    axis = _axis(facts, bands, until)
    lanes = _lanes(facts)
    drawn, top = _bands(bands, axis)
    height = top + LANE * len(lanes) + 8
    parts = [
        f'<svg class="nl-picture" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="group" '
        f'aria-labelledby="picture-title picture-desc" xmlns="http://www.w3.org/2000/svg">',
        f'<title id="picture-title">{escape(name)}</title>',
        f'<desc id="picture-desc">{_description(axis, lanes, bands)}</desc>',
        *_months(axis, height),
        *drawn,
        *(
            line
            for at, (agency, members) in enumerate(lanes)
            for line in _lane(agency, members, top + LANE * at, axis, href)
        ),
        "</svg>",
    ]
    return "".join(parts)


def _axis(facts: Sequence[Fact], bands: Iterable[Band], until: datetime) -> Axis:
    # The end of "in 2017" may lie after `until`; an entry without a lower bound begins at its latest moment.
    first = min(min(_starts(fact) for fact in facts), until - timedelta(days=56))
    last = max(until, max(fact.at for fact in facts if fact.at != END))
    return Axis(first - (last - first) * 0.01, last + (last - first) * 0.01)


def _starts(fact: Fact) -> datetime:
    earliest = fact.entry.occurred.earliest
    return earliest if earliest.year > 1900 else fact.at


def _lanes(facts: Iterable[Fact]) -> list[tuple[str, list[Fact]]]:
    held: dict[str, list[Fact]] = {agency: [] for agency in AGENCIES}
    for fact in facts:
        held.setdefault(fact.agency, []).append(fact)
    return [(agency, members) for agency, members in held.items() if members]


def _description(axis: Axis, lanes: list[tuple[str, list[Fact]]], bands: Sequence[Band]) -> str:
    said = ", ".join(
        f"{AGENCIES.get(agency, agency)} {words.how_many(len(members), 'entry', 'entries')}"
        for agency, members in lanes
    )
    return escape(
        f"From {words.day(axis.first)} to {words.day(axis.last)}. {words.how_many(len(bands), 'indicator')}. "
        f"A lane for each agency: {said}. Everything in the picture is in the table below it."
    )


# -- the axis


def _months(axis: Axis, height: int) -> Iterable[str]:
    days = (axis.last - axis.first).days
    step = 1 if days < 500 else 3 if days < 1300 else 12
    for first in _month_starts(local_date(axis.first), local_date(axis.last), step):
        x = axis.x(start_of_day(first))
        january = first.month == 1
        ink = "#505a5f" if january else "#d0d3d5"
        yield f'<path d="M{x:.1f} 22V{height}" stroke="{ink}" stroke-width="1" fill="none"/>'
        label = str(first.year) if january or step == 12 else words.day_short(first).split(" ")[1]
        weight = ' font-weight="700"' if january else ""
        if x < WIDTH - 40:
            yield f'<text x="{x + 3:.1f}" y="16" font-size="13" fill="#0b0c0c"{weight}>{label}</text>'


def _month_starts(first: date, last: date, step: int) -> Iterable[date]:
    year, month = first.year, 1
    while date(year, month, 1) <= last:
        if date(year, month, 1) >= first:
            yield date(year, month, 1)
        year, month = (year, month + step) if month + step <= 12 else (year + 1, 1)


# -- bands


def _bands(bands: Sequence[Band], axis: Axis) -> tuple[list[str], int]:
    """The bands under a heading for each group, and how far down they reach."""
    lines: list[str] = []
    y, group = AXIS, ""
    for band in bands:
        if band.group != group:
            group = band.group
            lines.append(
                f'<text x="0" y="{y + 14}" font-size="12" font-weight="700" fill="#505a5f">{escape(group)}</text>'
            )
            y += HEADING
        lines += _band(band, y, axis)
        y += BAND
    return lines, y + (12 if bands else 0)


def _band(band: Band, y: int, axis: Axis) -> Iterable[str]:
    name = escape(f"{band.title} ({band.level})")
    yield f'<a href="{escape(band.href)}" aria-label="{name}"><title>{name}</title>'
    title = escape(band.title)
    yield f'<text x="0" y="{y + 15}" font-size="13" fill="#1a65a6" text-decoration="underline">{title}</text>'
    fill, ink = LEVEL_FILLS[band.level], _LEVEL_INKS[band.level]
    for start, end in band.spans:
        left, right = axis.x(start), axis.x(end)
        yield (
            f'<rect x="{left:.1f}" y="{y + 3}" width="{max(right - left, 3):.1f}" height="{BAND - 6}" fill="{fill}" '
            f'stroke="{ink}" stroke-width="1"/>'
        )
    yield "</a>"


# -- lanes


def _lane(agency: str, members: list[Fact], y: int, axis: Axis, href: Callable[[Fact], str]) -> Iterable[str]:
    yield f'<path d="M0 {y}H{WIDTH}" stroke="#b1b4b6" stroke-width="1" fill="none"/>'
    name = escape(AGENCIES.get(agency, agency))
    yield f'<text x="0" y="{y + 24}" font-size="14" font-weight="700" fill="#0b0c0c">{name}</text>'
    registers, marks = [], []
    for fact in members:
        (registers if fact.kind == "education.register" else marks).append(fact)
    if registers:
        yield _register_path(registers, y, axis)
    episodes = [fact for fact in marks if KINDS[fact.kind].episode]
    for fact in episodes:
        yield _episode(fact, y, axis, href)
    events = [fact for fact in marks if not KINDS[fact.kind].episode]
    width = 12 if len(members) < 400 else 16
    for cluster in _clusters(events, axis, width):
        yield _mark(cluster, y + 16, axis, href)


def _register_path(registers: Sequence[Fact], y: int, axis: Axis) -> str:
    """All of a lane's register weeks as one path: a tick down for each, the longer the more was missed."""
    ticks = []
    for fact in registers:
        sessions = fact.entry.attributes
        missed = 1 - sessions.get("attended", 0) / max(sessions.get("possible", 1), 1)
        ticks.append(f"M{axis.x(fact.entry.occurred.earliest):.1f} {y + LANE - 2}v{-2 - 12 * missed:.1f}")
    said = words.how_many(len(registers), "register entry", "register entries") + ": the taller, the more was missed"
    return f'<g><title>{said}</title><path d="{"".join(ticks)}" stroke="#505a5f" stroke-width="1.6" fill="none"/></g>'


def _episode(fact: Fact, y: int, axis: Axis, href: Callable[[Fact], str]) -> str:
    left, right = axis.x(_starts(fact)), axis.x(fact.ends)
    return (
        f'{_link(fact, href)}<rect x="{left:.1f}" y="{y + 27}" width="{max(right - left, 4):.1f}" height="7" rx="2" '
        f'fill="{sort_of(fact).fill}" fill-opacity="0.75"/></a>'
    )


def _link(fact: Fact, href: Callable[[Fact], str]) -> str:
    name = escape(f"{fact.entry.occurred.describe()}: {words.theme(fact.kind)}, {words.kind(fact.kind).lower()}")
    return f'<a href="{escape(href(fact))}" aria-label="{name}"><title>{name}</title>'


def _clusters(events: Sequence[Fact], axis: Axis, width: float) -> Iterable[list[Fact]]:
    """Entries of a lane that lie too close to be told apart, together; the first of each is the most telling."""
    columns: dict[int, list[Fact]] = {}
    for fact in events:
        columns.setdefault(int(axis.x(_starts(fact)) // width), []).append(fact)
    for column in columns.values():
        if len(column) > 1:
            column.insert(0, column.pop(min(range(len(column)), key=lambda at, of=column: sort_of(of[at]).rank)))
        yield column


def _mark(cluster: Sequence[Fact], y: float, axis: Axis, href: Callable[[Fact], str]) -> str:
    fact = cluster[0]
    sort = sort_of(fact)
    x = axis.x(_starts(fact))
    occurred = fact.entry.occurred
    spread = ""
    if occurred.precision is not Precision.instant and fact.at - _starts(fact) > IMPRECISE:
        right = axis.x(fact.at)
        dashes = f'stroke="{sort.fill}" stroke-width="2" stroke-dasharray="3 3" fill="none"'
        spread = f'<path d="M{x:.1f} {y}H{right:.1f}" {dashes}/>'
        x = (x + right) / 2
    if len(cluster) == 1:
        return f'{_link(fact, href)}{spread}<g fill="{sort.fill}">{sort.shape(x, y)}</g></a>'
    name = escape(
        f"{len(cluster)} entries from {cluster[0].entry.occurred.describe()}, {words.kind(fact.kind).lower()} first"
    )
    return (
        f'<a href="{escape(href(fact))}" aria-label="{name}"><title>{name}</title>{spread}'
        f'<g fill="{sort.fill}" stroke="#0b0c0c" stroke-width="1.2">{sort.shape(x, y)}</g>'
        f'<text x="{x + 6:.1f}" y="{y - 5:.1f}" font-size="10" font-weight="700" fill="#0b0c0c">{len(cluster)}</text>'
        "</a>"
    )


def key() -> list[tuple[str, str]]:
    """The key under the picture: a small drawing of each sort, and its name."""
    return [
        (
            f'<svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true" focusable="false">'
            f'<g fill="{sort.fill}">{sort.shape(9, 9)}</g></svg>',
            sort.name,
        )
        for sort in SORTS
    ]
