"""The shape of what each kind of meeting needs, in dated rows with their source: whom, how many, what its record holds.

Read by `rows`. It decides nothing: `gates` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from nightlight.domain import dated_rows
from nightlight.domain.rule_types import Force, Grade, NoRuleError
from nightlight.timeline.london import local_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What somebody comes to a meeting as. agencies: whose people come as this; scores: whether they give a score."""

    code: str
    title: str
    agencies: tuple[str, ...] = ()
    counts_as: tuple[str, ...] = ()
    scores: bool = True


@dataclass(frozen=True, slots=True)
class Need:
    """Part of a quorum: at least so many of these parts are there, each of another agency."""

    of: tuple[str, ...]
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Content:
    """One thing that the record must hold. closes: whether the meeting cannot close without it."""

    code: str
    title: str
    closes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingRow:
    """One dated version of what a kind of meeting needs.

    gate: the gate that it answers. clocks: the rule rows that it meets or starts. asks, may_ask: parts to be invited.
    """

    kind: str
    version: int
    valid_from: date
    title: str
    gate: str
    clocks: tuple[str, ...]
    asks: tuple[str, ...]
    may_ask: tuple[str, ...]
    quorum: tuple[Need, ...]
    contents: tuple[Content, ...]
    outcomes: Mapping[str, str]
    source: str
    grade: Grade
    force: Force
    valid_to: date | None = None
    quorum_source: str = ""
    quorum_grade: Grade = Grade.SECONDARY
    weekdays_only: bool = False
    local: bool = False

    def needs(self, content: str) -> bool:
        """Whether the record of this kind of meeting must hold this."""
        return any(each.code == content for each in self.contents)


@dataclass(frozen=True, slots=True)
class MeetingRows:
    """All versions of all kinds of meeting, and the parts that people come as."""

    rows: tuple[MeetingRow, ...]
    parts: Mapping[str, Part] = field(default_factory=lambda: MappingProxyType({}))

    def in_force(self, kind: str, at: datetime) -> MeetingRow:
        """The row of this kind in force at that moment; raises `NoRuleError` when there is none.

        >>> from datetime import UTC
        >>> from nightlight.domain.meetings.rows import default_rows
        >>> default_rows().in_force("initial_conference", datetime(2026, 11, 20, tzinfo=UTC)).title
        'Initial child protection conference'
        """
        day = local_date(at)
        for row in self.rows:
            if row.kind == kind and dated_rows.in_force_on(row, day):
                return row
        raise NoRuleError(
            f"no row of the kind of meeting {kind} is in force on {day.isoformat()}; the kinds are "
            f"{', '.join(self.kinds)}."
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind of meeting, in the order of the rows."""
        return tuple(dict.fromkeys(row.kind for row in self.rows))

    def part(self, code: str) -> Part:
        """A part by its code; one that a partnership has no row for is shown as it is written."""
        return self.parts.get(code) or Part(code=code, title=code.replace("_", " ").capitalize())

    def parts_of(self, part: str, agency: str) -> frozenset[str]:
        """Every part that somebody stands for: the one they came as, what that counts as, and their agency's.

        >>> from nightlight.domain.meetings.rows import default_rows
        >>> sorted(default_rows().parts_of("other", "health.gp"))
        ['health', 'other']
        """
        named = self.part(part)
        by_agency = (p.code for p in self.parts.values() if agency and agency in p.agencies and p.code in SECTORS)
        return frozenset({part, *named.counts_as, *by_agency})


SECTORS = frozenset({"social_care", "police", "health", "education", "adult_services", "housing", "probation",
                      "voluntary"})  # fmt: skip
"""Parts that anybody from the agency stands for, whatever else they come as."""
