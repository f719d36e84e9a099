"""Small invented histories for an indicator: on one it holds, on one it nearly does, on one it is about something else.

A history is a table, a line an entry: its id, when, its kind, and words of `name=value`.

    a | 2024-01-10 | health.review | condition=asthma agency=health.gp known=2024-02-01

The words are attributes of the kind, and these of the entry: agency, known (from when), gone (when it was superseded),
until (an episode's end), part, through. A day is its first moment, in UTC. Nobody in a case is real.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nightlight.domain.chronology import Entry, Fact, Source, Subject
from nightlight.domain.kinds import KINDS, problems_with
from nightlight.domain.people import Part
from nightlight.indicators.checks import IndicatorError, instead_of
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END

_OF_ENTRY = ("agency", "known", "gone", "until", "part", "through")


class CaseError(IndicatorError):
    """A case that cannot be read; the message says which line, and what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Three histories as at one moment: `nearly` differs from `fires` by little, `does_not` in what it is about.

    >>> Cases(at="2024-02-01", fires="a | 2024-01-10 | voice.words |", nearly="", does_not="").born
    '2016-05-10'
    """

    at: str
    fires: str
    nearly: str
    does_not: str
    born: str = "2016-05-10"


def moment(text: str) -> datetime:
    """A day or a minute of a case: `2024-01-10`, `2024-01-10T14:30`, `beginning` or `end`.

    >>> moment("2024-01-10")
    datetime.datetime(2024, 1, 10, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if text in ("beginning", "end"):
        return BEGINNING if text == "beginning" else END
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise CaseError(f"{text!r} is no moment of a case. Write 2024-01-10 or 2024-01-10T14:30.") from None


def facts(table: str) -> tuple[Fact, ...]:
    """The facts of a table, in the order in which they count.

    >>> [fact.kind for fact in facts("a | 2024-01-10 | voice.words | setting=school")]
    ['voice.words']
    """
    rows = [line for line in table.strip().splitlines() if line.strip()]
    return tuple(sorted(map(_row, rows), key=lambda f: (f.counts_from, f.at, f.entry.id)))


def _row(row: str) -> Fact:
    cells = [cell.strip() for cell in row.split("|")]
    words = [word.partition("=") for cell in cells[3:] for word in cell.split()]
    if len(cells) < 3 or not all(name and equals for name, equals, _ in words):
        raise CaseError(f"This is no line of a case: {row.strip()!r}. Write: id | 2024-01-10 | kind | name=value ...")
    given = {name: text for name, _, text in words}
    of_entry = {name: given.pop(name) for name in _OF_ENTRY if name in given}
    return fact(cells[0], moment(cells[1]), cells[2], {n: _value(text) for n, text in given.items()}, **of_entry)


def fact(id_: str, at: datetime, kind: str, attributes: Mapping[str, Any], **of_entry: Any) -> Fact:
    """One fact about an invented child; `of_entry` as in a table."""
    if kind not in KINDS:
        raise CaseError(f"The entry {id_!r} of a case has no kind {kind!r}. {instead_of(kind, tuple(KINDS))}")
    problems = problems_with(kind, attributes)
    if problems:
        raise CaseError(f"The entry {id_!r} of a case cannot be: " + "; ".join(map(str, problems)))
    part = Part(of_entry.get("part", "subject"))
    until = _moment(of_entry.get("until"))
    entry = Entry(
        id=id_,
        kind=kind,
        subjects=(Subject("child", part),),
        occurred=Partial.instant(at),
        recorded=Partial.instant(at),
        until=Partial.instant(until) if until else None,
        source=Source(agency=of_entry.get("agency", "education")),
        attributes=attributes,
    )
    return Fact(
        entry,
        at,
        (until or END) if KINDS[kind].episode else at,
        _moment(of_entry.get("known")) or at,
        _moment(of_entry.get("gone")) or END,
        of_entry.get("through", "child"),
        part,
    )


def _moment(given: str | datetime | None) -> datetime | None:
    return moment(given) if isinstance(given, str) else given


def _value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text)
    except ValueError:
        return text
