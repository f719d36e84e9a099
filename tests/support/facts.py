"""Facts of an invented child from a small table, for tests that say in a few lines what was known when.

    a | 2024-01-10 | health.review | condition=asthma | agency=health.gp known=2024-02-01

Columns: id, when, kind, and then words of `name=value`: attributes of the kind, and these of the entry: agency, known
(from when), gone (when it was superseded), until (an episode's end), part, through. A day is its first moment, in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nightlight.domain.chronology import Entry, Fact, Source, Subject
from nightlight.domain.kinds import KINDS, problems_with
from nightlight.domain.people import Part
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END, Spans

_OF_ENTRY = ("agency", "known", "gone", "until", "part", "through")


def moment(text: str) -> datetime:
    """2024-01-10, 2024-01-10T14:30, beginning or end."""
    if text in ("beginning", "end"):
        return BEGINNING if text == "beginning" else END
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def facts(table: str) -> tuple[Fact, ...]:
    """The facts of a table, in the order in which they count."""
    rows = [line for line in table.strip().splitlines() if line.strip()]
    return tuple(sorted(map(_fact, rows), key=lambda f: (f.counts_from, f.at, f.entry.id)))


def spans(text: str) -> Spans:
    """Spans from `2024-01-10..2024-02-01`, one or more, or `never` or `always`."""
    if text == "never":
        return Spans.empty()
    if text == "always":
        return Spans.always()
    return Spans(tuple(map(moment, each.split(".."))) for each in text.split())  # type: ignore[misc]


def _fact(row: str) -> Fact:
    id_, when, kind, *rest = (cell.strip() for cell in row.split("|"))
    given: dict[str, str] = dict(word.split("=", 1) for cell in rest for word in cell.split())
    of_entry = {name: given.pop(name) for name in _OF_ENTRY if name in given}
    return fact(id_, moment(when), kind, {name: _value(text) for name, text in given.items()}, **of_entry)


def fact(id_: str, at: datetime, kind: str, attributes: dict[str, Any], **of_entry: Any) -> Fact:
    """One fact; `of_entry` as in a table."""
    assert not problems_with(kind, attributes), problems_with(kind, attributes)
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
