"""A family and its places over time: who lives where, where agencies differ, and who stays where no register says so.

It works on statements alone, each with its agency and its span. Who may read a statement is decided before it gets
here (`actions.record.households`), and nothing here decides what is true: where agencies differ, both are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, pairwise

from nightlight.domain.agencies import KEEP_ADDRESSES
from nightlight.domain.chronology import SEEN_COUNTS
from nightlight.domain.people import LinkKind
from nightlight.timeline.spans import BEGINNING, END, Span, Spans

LONG_DIFFERENT = timedelta(days=28)
"""For how long agencies may differ before it is more than a record that follows a move late (M03)."""
OFTEN = 3
"""Places in a year that are many (M01)."""
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """That one agency says, over a span, that somebody lives at a place; or, if not `registered`, was seen there."""

    person: str
    place: str
    agency: str
    since: datetime = BEGINNING
    until: datetime = END
    known_from: datetime = BEGINNING
    registered: bool = True

    @property
    def over(self) -> Spans:
        """When it holds; nothing where its end comes before its beginning."""
        return Spans.of(self.since, self.until) if self.since < self.until else Spans.empty()

    @property
    def kept(self) -> bool:
        """Whether whoever says so keeps where the child lives; the others wrote down what was said on a day."""
        return self.registered and self.agency in KEEP_ADDRESSES

    @property
    def said(self) -> datetime:
        """The day of which an agency that keeps no addresses said so."""
        return self.known_from if self.since == BEGINNING else self.since

    @property
    def counts(self) -> Spans:
        """While the word stands for where somebody lives now: until it is changed, or for a time from when it was said.

        >>> from datetime import UTC
        >>> may = datetime(2026, 5, 4, tzinfo=UTC)
        >>> school = Stay(person="c", place="p", agency="education", known_from=may)
        >>> school.counts == Spans.since(may)
        True
        >>> Stay(person="c", place="p", agency="police", since=may, known_from=may).counts.end == may + SEEN_COUNTS
        True
        """
        since = max(self.since if self.kept else self.said, self.known_from)
        until = self.until if self.kept else min(self.until, self.said + SEEN_COUNTS)
        return Spans.of(since, until) if since < until else _NEVER

    def holds(self, at: datetime) -> bool:
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """That one agency says, over a span, what somebody is to a child."""

    person: str
    child: str
    kind: LinkKind
    agency: str
    since: datetime = BEGINNING
    until: datetime = END

    def holds(self, at: datetime) -> bool:
        return self.since <= at < self.until


def seen_at(*, person: str, place: str, agency: str, at: datetime, known_from: datetime) -> Stay:
    """That an agency came upon somebody at a place, which no register need say.

    >>> from datetime import UTC
    >>> march = datetime(2026, 3, 1, tzinfo=UTC)
    >>> stay = seen_at(person="c", place="p", agency="police", at=march, known_from=march)
    >>> stay.holds(datetime(2026, 4, 1, tzinfo=UTC)), stay.holds(datetime(2026, 7, 1, tzinfo=UTC))
    (True, False)
    """
    return Stay(
        person=person, place=place, agency=agency, since=at, until=at + SEEN_COUNTS, known_from=known_from,
        registered=False,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class There:
    """Somebody at a place at a moment: which agencies say so, and whether any register does."""

    person: str
    place: str
    agencies: tuple[str, ...]
    registered: bool
    since: datetime


def who_is_where(stays: Iterable[Stay], at: datetime) -> tuple[There, ...]:
    """Everybody who lives or stays somewhere at that moment, each once for each place, in the order of the statements.

    A register's word outweighs a sighting: who is registered at a place is not said to be only seen there.
    """
    found: dict[tuple[str, str], list[Stay]] = defaultdict(list)
    for stay in stays:
        if stay.holds(at):
            found[stay.person, stay.place].append(stay)
    return tuple(_there(person, place, held) for (person, place), held in found.items())


def _there(person: str, place: str, held: Sequence[Stay]) -> There:
    counted = [stay for stay in held if stay.registered] or held
    agencies = tuple(dict.fromkeys(stay.agency for stay in counted))
    return There(person, place, agencies, counted[0].registered, min(stay.since for stay in counted))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two agencies that each hold another place as somebody's, over the same time."""

    agencies: tuple[str, str]
    places: tuple[str, str]
    over: Spans

    def since(self, at: datetime) -> datetime | None:
        """Since when they differ, if they do at that moment."""
        return next((start for start, end in self.over if start <= at < end), None)


def conflicts(stays: Iterable[Stay], person: str) -> tuple[Conflict, ...]:
    """Where agencies differ about where somebody lives, counted from when both had written it down.

    A child of two homes has two places, and then one agency knows of both: while it does, they do not differ. One at
    least keeps addresses, and had its own by when the other was told: what was said before a move does not differ from
    what was written after it.
    """
    mine = [stay for stay in stays if stay.person == person and stay.registered]
    if len({stay.place for stay in mine}) < 2:
        return ()
    held: dict[_Word, Spans] = defaultdict(Spans.empty)
    for stay in mine:
        held[stay.agency, stay.place] |= stay.counts
    found = []
    for (one, other), over in _both(mine).items():
        crossed = held.get((one[0], other[1]), _NEVER) | held.get((other[0], one[1]), _NEVER)
        if left := over - crossed:
            found.append(Conflict((one[0], other[0]), (one[1], other[1]), left))
    return tuple(found)


_Word = tuple[str, str]
"""What an agency says: agency, place."""


def _both(stays: Iterable[Stay]) -> dict[tuple[_Word, _Word], Spans]:
    """While two agencies say two places, by what each says, in order."""
    found: dict[tuple[_Word, _Word], Spans] = defaultdict(Spans.empty)
    in_order = sorted(stays, key=lambda stay: (stay.agency, stay.place, stay.known_from))
    for one, other in combinations(in_order, 2):
        if one.agency != other.agency and one.place != other.place and _knew(one, other):
            over = one.counts & other.counts
            if over:
                found[(one.agency, one.place), (other.agency, other.place)] |= over
    return dict(sorted(found.items()))


def _knew(one: Stay, other: Stay) -> bool:
    """Whether the two may differ: both keep addresses, or the one that does had its own when the other was told."""
    if one.kept and other.kept:
        return True
    return (one.kept and one.since <= other.said) or (other.kept and other.since <= one.said)


_NEVER = Spans.empty()


def conflict_since(stays: Sequence[Stay], person: str, at: datetime) -> datetime | None:
    """Since when agencies have differed about where somebody lives, if they do at that moment (M03)."""
    since = [start for each in conflicts(stays, person) if (start := each.since(at)) is not None]
    return min(since, default=None)


def places_in_a_year(stays: Iterable[Stay], person: str, at: datetime) -> int:
    """How many places somebody came to, left, or was said to live at in the year before a moment (M01)."""
    year = Span(at - YEAR, at)
    mine = [stay for stay in stays if stay.person == person and stay.registered and stay.known_from <= at]
    return len({stay.place for stay in mine if any(year.start <= moved <= year.end for moved in _moves(stay))})


def _moves(stay: Stay) -> tuple[datetime, ...]:
    """The moments at which a word says that somebody was on the move; a first word without a day says none."""
    if not stay.kept:
        return (stay.said,)
    return tuple(edge for edge in (stay.since, stay.until) if edge not in (BEGINNING, END))


def without_place_since(stays: Iterable[Stay], person: str, at: datetime) -> datetime | None:
    """Since when nobody says where somebody lives, if a register ever did (M02)."""
    mine = [stay for stay in stays if stay.person == person and stay.registered]
    said = [stay.counts for stay in mine if stay.counts.clip(BEGINNING, at)]
    if not any(stay.kept and stay.counts.clip(BEGINNING, at) for stay in mine) or any(at in spans for spans in said):
        return None
    return max(spans.end or END for spans in said)


def unregistered(stays: Sequence[Stay], person: str, at: datetime) -> tuple[There, ...]:
    """The places where somebody was seen and may stay at that moment, and which no register had then or has (M04)."""
    mine = [stay for stay in stays if stay.person == person]
    kept = [stay for stay in mine if stay.kept]
    seen = [s for s in mine if not s.registered and not any(_on_register(s, k, at) for k in kept)]
    return who_is_where(seen, at)


def _on_register(seen: Stay, kept: Stay, at: datetime) -> bool:
    return kept.place == seen.place and (kept.holds(at) or kept.holds(seen.since))


def left(stays: Iterable[Stay], person: str, at: datetime) -> tuple[Stay, ...]:
    """Where somebody was registered before a moment and is no longer, the latest first."""
    stays = list(stays)
    now = {stay.place for stay in stays if stay.person == person and stay.holds(at)}
    past = [s for s in stays if s.person == person and s.registered and s.until <= at and s.place not in now]
    newest: dict[str, Stay] = {}
    for stay in sorted(past, key=lambda each: each.until):
        newest[stay.place] = stay
    return tuple(sorted(newest.values(), key=lambda each: each.until, reverse=True))


def families_apart(adult: str, ties: Iterable[Tie], stays: Iterable[Stay]) -> tuple[frozenset[str], ...]:
    """The children around an adult, in groups that nothing but the adult connects: another adult, or a shared place.

    The children of one parent are brothers and sisters: those the adult is a parent of are one group.
    Two groups or more are families that the same adult comes to, which no agency alone may see.
    """
    ties, stays = list(ties), list(stays)
    homes = {stay.place for stay in stays if stay.person == adult}
    theirs = {tie.child for tie in ties if tie.person == adult}
    children = {tie.child for tie in ties}
    theirs |= {stay.person for stay in stays if stay.place in homes and stay.person in children}
    group = {child: child for child in children}
    for several in _connected(adult, ties, stays):
        for one, other in pairwise(several):
            _join(group, one, other)
    families: dict[str, set[str]] = defaultdict(set)
    for child in theirs:
        families[_root(group, child)].add(child)
    return tuple(sorted((frozenset(each) for each in families.values()), key=sorted))


def _connected(adult: str, ties: Iterable[Tie], stays: Sequence[Stay]) -> list[list[str]]:
    """Children whom something other than this adult connects, for each such thing."""
    by: dict[str, set[str]] = defaultdict(set)
    for tie in ties:
        if tie.kind is LinkKind.SIBLING:
            by[f"siblings {tie.person} {tie.child}"] |= {tie.person, tie.child}
        elif tie.person != adult or tie.kind is LinkKind.PARENT:
            by[tie.person].add(tie.child)
    children = {child for each in by.values() for child in each} | {tie.child for tie in ties}
    lived = [stay for stay in stays if stay.person in children and not _with(adult, stay, stays)]
    for stay in lived:
        by[f"place {stay.place}"].add(stay.person)
    return [sorted(each & children) for each in by.values()]


def _with(adult: str, stay: Stay, stays: Iterable[Stay]) -> bool:
    """Whether a place is shared only because the adult lives there too: then it is the adult who connects."""
    return any(s.person == adult and s.place == stay.place and s.over & stay.over for s in stays)


def _root(group: Mapping[str, str], child: str) -> str:
    while group[child] != child:
        child = group[child]
    return child


def _join(group: dict[str, str], one: str, other: str) -> None:
    if one in group and other in group:
        group[_root(group, one)] = _root(group, other)
