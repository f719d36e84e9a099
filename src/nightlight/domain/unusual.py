"""Unusual access: which looks at children's records the Caldicott guardian should ask about, and on what evidence.

Each finding is a sentence with the audit lines that it counts. Nobody is scored, ranked or accused: there is often a
good reason, and the guardian asks for it. Pure: accesses, facts and dated rows come in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from types import MappingProxyType

from nightlight.domain.people import normal_name, normal_postcode
from nightlight.domain.rota import Rota
from nightlight.domain.rule_types import OfficeHours
from nightlight.domain.unusual_rows import UnusualRow, UnusualRows
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.london import local_date, local_time

OPENED = "child.viewed"
FOUND = "person.found"
GLASS = "glass.broken"
LOOKS = frozenset(
    {
        OPENED, FOUND, GLASS, "child.refused", "concern.viewed", "duty.viewed", "meeting.viewed", "plan.viewed",
        "sharing.viewed", "sharing.read", "match.viewed", "attachment.viewed",
    }
)  # fmt: skip
"""The acts of the audit log that are somebody's looking, or trying to. Every other act about a child is a deed."""
_NEEDED = frozenset({"allocated", "meeting"})
"""The relationships in which looking at a child of public note is somebody's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One line of the audit log about a child: its id, who, what, and on what ground it opened (a relationship)."""

    id: int
    at: datetime
    by: str
    act: str
    child: str
    ground: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Somebody who looks. families, postcodes, near: their own name, and what is on record of who is near to them."""

    role: str
    organisation: str
    families: frozenset[str] = frozenset()
    postcodes: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A child who is looked at: as the records describe them. public: whether the guardian says they are of note."""

    families: frozenset[str] = frozenset()
    postcodes: frozenset[str] = frozenset()
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the accesses are held against.

    bearers: how many people bear a family name. usual: how many children's records somebody opened on each of their
    earlier days. hours: the office hours of those who have none of their own; night_roles: roles that work outside
    them. done: the last moment of a deed of somebody's about a child, by (person, child).
    """

    lookers: Mapping[str, Looker]
    children: Mapping[str, Looked]
    hours: OfficeHours
    bearers: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    usual: Mapping[str, Sequence[int]] = field(default_factory=lambda: MappingProxyType({}))
    done: Mapping[tuple[str, str], datetime] = field(default_factory=lambda: MappingProxyType({}))
    night_roles: frozenset[str] = frozenset()
    rota: Rota = field(default_factory=Rota)
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar.england)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to ask about: what, who, which child (none where it is many), when last, the sentence, the audit lines.

    The sentence follows the person's name, and names no child.
    """

    what: str
    by: str
    child: str
    day: date
    at: datetime
    sentence: str
    lines: tuple[int, ...]
    row: str
    row_version: int

    @property
    def key(self) -> str:
        """The same for the same thing of the same day, however often it is looked for."""
        return f"{self.what}:{self.by}:{self.child}:{self.day.isoformat()}"


def unusual(accesses: Iterable[Access], facts: Facts, rules: UnusualRows, at: datetime) -> list[Finding]:
    """What is unusual among these accesses, the newest first.

    >>> from datetime import UTC, time
    >>> friday = datetime(2026, 11, 20, 11, tzinfo=UTC)
    >>> facts = Facts(
    ...     lookers={"p7": Looker(role="school_nurse", organisation="school-1", families=frozenset({"Farrow"}))},
    ...     children={"c1": Looked(families=frozenset({"FARROW"}))}, hours=OfficeHours(time(9), time(17)))
    >>> from nightlight.domain.unusual_rows import default_rows
    >>> look = Access(id=41, at=friday, by="p7", act="child.viewed", child="c1", ground="own_record")
    >>> [found] = unusual([look], facts, default_rows(), friday)
    >>> found.sentence, found.lines
    ('looked once at the record of a child with the same family name.', (41,))
    """
    looks = [each for each in accesses if each.act in LOOKS and each.by in facts.lookers and each.at <= at]
    found: list[Finding] = []
    for code, finds in _FINDS.items():
        row = rules.in_force(code, at)
        if row is not None:
            found += finds(looks, facts, row, at)
    return sorted(found, key=lambda each: (each.at, each.lines), reverse=True)


# -- of one child

_Why = Callable[[Access, Facts, UnusualRow, datetime], str]


def _of_each(why: _Why) -> Callable[[list[Access], Facts, UnusualRow, datetime], Iterator[Finding]]:
    """Findings of one person, child and day, of the looks for which there is a reason."""

    def finds(looks: list[Access], facts: Facts, row: UnusualRow, at: datetime) -> Iterator[Finding]:
        groups: dict[tuple[str, str, date], list[Access]] = defaultdict(list)
        for each in looks:
            if why(each, facts, row, at):
                groups[each.by, each.child, local_date(each.at)].append(each)
        for group in groups.values():
            yield _finding(row, group, f"{_looked(group)} {why(group[-1], facts, row, at)}.")

    return finds


def _finding(row: UnusualRow, group: list[Access], sentence: str, child: str | None = None) -> Finding:
    last = max(group, key=lambda each: (each.at, each.id))
    return Finding(
        what=row.code,
        by=last.by,
        child=last.child if child is None else child,
        day=local_date(last.at),
        at=last.at,
        sentence=sentence,
        lines=tuple(sorted(each.id for each in group)),
        row=row.code,
        row_version=row.version,
    )


def _looked(group: Sequence[Access]) -> str:
    tried = all(each.act == "child.refused" for each in group)
    return f"{'tried to look and was refused' if tried else 'looked'} {_times(len(group))} at the record of"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _family(access: Access, facts: Facts, row: UnusualRow, _at: datetime) -> str:
    who, child = facts.lookers[access.by], facts.children.get(access.child, Looked())
    if access.child in who.near:
        return "a child who is on record as near to them"
    same = {normal_name(name) for name in who.families} & {normal_name(name) for name in child.families} - {""}
    if not same:
        return ""
    if _at_home(who, child):
        return "a child with the same family name at the same postcode"
    rare = [name for name in same if facts.bearers.get(name, 0) <= row.values["bearers"]]
    return "a child with the same family name" if rare else ""


def _neighbour(access: Access, facts: Facts, _row: UnusualRow, _at: datetime) -> str:
    who, child = facts.lookers[access.by], facts.children.get(access.child, Looked())
    return "a child who lives at their own postcode" if _at_home(who, child) else ""


def _at_home(who: Looker, child: Looked) -> bool:
    return bool(_postcodes(who.postcodes) & _postcodes(child.postcodes))


def _postcodes(given: Iterable[str]) -> set[str]:
    return {known for each in given if (known := normal_postcode(each))}


def _public(access: Access, facts: Facts, _row: UnusualRow, _at: datetime) -> str:
    if access.ground in _NEEDED or not facts.children.get(access.child, Looked()).public:
        return ""
    return "a child of public note, about whom they had no duty and no meeting"


def _hours(access: Access, facts: Facts, row: UnusualRow, _at: datetime) -> str:
    who = facts.lookers[access.by]
    if who.role in facts.night_roles or _near_hours(access.at, who, facts, row.values["minutes"]):
        return ""
    if _on_call(access, facts):
        return ""
    local = local_time(access.at)
    return f"a child at {local:%H:%M} on {local:%A}, outside their organisation's hours and not on call"


def _near_hours(at: datetime, who: Looker, facts: Facts, minutes: int) -> bool:
    hours = facts.rota.hours.get(who.organisation) or facts.hours
    near = (at, at + timedelta(minutes=minutes), at - timedelta(minutes=minutes))
    return any(hours.include(moment, facts.calendar) for moment in near)


def _on_call(access: Access, facts: Facts) -> bool:
    """Only a shift that says its hours: a role that somebody simply holds says nothing of the night."""
    shifts = (each for each in facts.rota.shifts if each.person == access.by and each.on_call)
    return any(each.since <= access.at < each.until and each.is_on(access.at, facts.calendar) for each in shifts)


def _glass(access: Access, _facts: Facts, _row: UnusualRow, _at: datetime) -> str:
    return "a child by breaking the glass" if access.act == GLASS else ""


def _nothing(access: Access, facts: Facts, row: UnusualRow, at: datetime) -> str:
    if access.act != OPENED or access.ground != "found":
        return ""
    if at - access.at < timedelta(hours=row.values["hours"]):
        return ""  # it may still follow
    done = facts.done.get((access.by, access.child))
    if done is not None and done >= access.at:
        return ""
    return f"a child whom they found by searching, and nothing followed by them within {row.values['hours']} hours"


# -- of many


def _volume(looks: list[Access], facts: Facts, row: UnusualRow, _at: datetime) -> Iterator[Finding]:
    groups: dict[tuple[str, date], list[Access]] = defaultdict(list)
    for each in looks:
        if each.act == OPENED:
            groups[each.by, local_date(each.at)].append(each)
    for (by, day), group in groups.items():
        count = len({each.child for each in group})
        if count >= row.values["at_least"] and (usual := _more_than_usual(count, by, facts, row)):
            sentence = f"opened the records of {count} children on {day:%A} {day.day} {day:%B}; usual is {usual}."
            yield _finding(row, group, sentence, child="")


def _more_than_usual(count: int, by: str, facts: Facts, row: UnusualRow) -> str:
    """What it is more than, in words; nothing where it is not, or where too little is known to say what is usual."""
    said = []
    times, days = row.values["times"], row.values["days"]
    own = [n for n in facts.usual.get(by, ()) if n]
    if len(own) >= row.values["own_days"] and count > times * median(own):
        said.append(f"{median(own):g} for them on a day they work")
    peers = [median(n for n in facts.usual[each] if n) for each in _peers(by, facts)]
    if len(peers) >= row.values["peers"] and count > times * median(peers):
        said.append(f"{median(peers):g} for {len(peers)} others in their role")
    return f"{' and '.join(said)} ({days} days before)" if said else ""


def _peers(by: str, facts: Facts) -> list[str]:
    role = facts.lookers[by].role
    same = (name for name, who in facts.lookers.items() if who.role == role and name != by)
    return [name for name in same if any(facts.usual.get(name, ()))]


_FINDS: Mapping[str, Callable[[list[Access], Facts, UnusualRow, datetime], Iterator[Finding]]] = MappingProxyType(
    {
        "family": _of_each(_family),
        "neighbour": _of_each(_neighbour),
        "public": _of_each(_public),
        "hours": _of_each(_hours),
        "glass": _of_each(_glass),
        "nothing": _of_each(_nothing),
        "volume": _volume,
    }
)
