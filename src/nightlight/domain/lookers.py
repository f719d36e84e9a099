"""Who has looked at somebody's record, as it is told to them: by whom, when and why, in plain words.

For a parent, a young person, an adult. Pure: lines of the audit log come in. It says nothing of what the record holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from nightlight.domain.access.vocabulary import Relationship
from nightlight.domain.rule_types import Grade
from nightlight.domain.unusual import LOOKS
from nightlight.timeline.london import local_date

TOLD = LOOKS | {"sharing.given"}
"""The acts that a person is told of. What systems do, and duties that climb, is not somebody's looking."""
_WHAT = {
    "child.refused": "tried to open the record and was refused",
    "person.found": "saw the name and birth date in a search",
    "glass.broken": "opened the record in an emergency",
    "sharing.given": "gave information to another organisation",
    "sharing.read": "read information that another organisation gave",
    "concern.viewed": "read a concern that they had raised",
    "match.viewed": "compared the record with another, to see whether both are of one person",
}
_OPENED = "opened the record"
WHY: Mapping[str, str] = MappingProxyType(
    {
        Relationship.OWN_RECORD: "their organisation has a record of you",
        Relationship.ALLOCATED: "they had something to do for you",
        Relationship.TEAM: "their team had something to do for you",
        Relationship.PARTNERSHIP: "their job is to see that something is done when several organisations are worried",
        Relationship.MEETING: "they were asked to a meeting about you",
        Relationship.GIVEN: "they asked for information and were given it",
        Relationship.FOUND: "they searched for you and had to give a reason",
        Relationship.BROKEN_GLASS: "there was an emergency, and they had to give a reason",
        Relationship.RAISED: "they had told somebody that they were worried about you",
    }
)
"""Why somebody could look, said to whom the record is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesRow:
    """One dated version of whether the people who looked are named, or told by role and organisation only."""

    version: int
    valid_from: date
    named: bool
    what: str
    source: str
    grade: Grade


NAMES = (
    NamesRow(
        version=1,
        valid_from=date(2026, 1, 1),
        named=True,
        what="People who looked in the course of their work are named, with their role and organisation.",
        source="What a person is told of whoever acted on them in their work (DPA 2018 Sch 2 para 16-17); not read.",
        grade=Grade.UNVERIFIED,
    ),
)


def names_row(on: date, rows: Iterable[NamesRow] = NAMES) -> NamesRow:
    """The row that holds on a day: the newest that has begun.

    >>> names_row(date(2026, 11, 23)).named
    True
    """
    return max((row for row in rows if row.valid_from <= on), key=lambda row: (row.valid_from, row.version))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the log, with who it was. ground: the relationship it opened on; empty for a role's own right."""

    at: datetime
    act: str
    name: str
    role: str
    organisation: str
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One line as it is told: the day, who, what they did (and how often), why."""

    day: date
    who: str
    what: str
    why: str


def told(lines: Iterable[Line], *, named: bool) -> tuple[Told, ...]:
    """The lines in plain words, a day's alike together, the newest day first.

    >>> from datetime import UTC
    >>> at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    >>> line = Line(at=at, act="child.viewed", name="Ada Farrow", role="School nurse", organisation="Fernbank School",
    ...             ground="own_record")
    >>> [one] = told([line, line], named=True)
    >>> one.who, one.what, one.why
    ('Ada Farrow, school nurse, Fernbank School', 'opened the record, twice', 'their organisation has a record of you')
    """
    counts: dict[Told, int] = {}
    for line in sorted((line for line in lines if line.act in TOLD), key=lambda line: line.at, reverse=True):
        one = Told(local_date(line.at), _who(line, named), _WHAT.get(line.act, _OPENED), _why(line))
        counts[one] = counts.get(one, 0) + 1
    return tuple(Told(one.day, one.who, one.what + _often(count), one.why) for one, count in counts.items())


def _who(line: Line, named: bool) -> str:
    a_name = not named or line.role.startswith("Caldicott")
    role = line.role if a_name else line.role[:1].lower() + line.role[1:]
    return ", ".join(part for part in (line.name if named else "", role, line.organisation) if part)


def _why(line: Line) -> str:
    if line.act == "child.refused":
        return "we do not know; they were not let in"
    if line.act == "glass.broken":
        return WHY[Relationship.BROKEN_GLASS]
    if line.act in ("concern.viewed",):
        return WHY[Relationship.RAISED]
    return WHY.get(line.ground) or "it is part of their job"


def _often(count: int) -> str:
    return "" if count == 1 else ", twice" if count == 2 else f", {count} times"
