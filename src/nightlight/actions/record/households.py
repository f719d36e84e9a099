"""A child's family and its places on a date, as far as somebody may see them.

Every person and place passes one sieve: what is sealed is absent, another child is there only for whoever may open
that child, and who else lives at a place is said only of the places where the child lives or stays on the date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from nightlight.actions.record.recent import chronology_of
from nightlight.actions.seeing.access import access_child, visible_children
from nightlight.actions.seeing.sight import sight_of
from nightlight.domain import households as domain
from nightlight.domain.chronology import NOT_ABOUT, Chronology, Entry
from nightlight.domain.households import Conflict, Stay, There, Tie
from nightlight.domain.people import LinkKind
from nightlight.store.access import wall
from nightlight.store.access.facts import Sealed
from nightlight.store.people import households as store
from nightlight.store.people.households import Stated
from nightlight.store.people.models import Address, Person, Practitioner, SourcePerson
from nightlight.timeline import BEGINNING, END, end_of_day, local_date

HAPPENED = timedelta(days=365)
"""How far back the page looks for what the police recorded at a place where the child only stays."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the family or its places. agencies: those that have a record of them. ties: what each says they are.

    opens: a child whose record the reader may open. waits: a source's record that nobody has matched yet.
    """

    id: str
    name: str
    is_child: bool
    agencies: tuple[str, ...]
    ties: tuple[Tie, ...] = ()
    opens: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """An address as it was first written."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Incident:
    """What the police recorded, not about the child by name, where the child stays though no register says so."""

    place: str
    kind: str
    category: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Apart:
    """An adult who comes to families that nothing else connects: the other children, each group a family."""

    adult: str
    families: tuple[tuple[Member, ...], ...]


@dataclass(frozen=True, slots=True)
class Network:
    """The family and its places on a date. at: the moment looked at. there: who is where then, by whose word."""

    child: Member
    at: datetime
    members: tuple[Member, ...]
    former: tuple[Member, ...]
    places: tuple[Place, ...]
    there: tuple[There, ...]
    left: tuple[Stay, ...]
    conflicts: tuple[Conflict, ...]
    differ_since: datetime | None
    moves: int
    no_place_since: datetime | None
    unregistered: tuple[There, ...]
    incidents: tuple[Incident, ...]
    apart: tuple[Apart, ...]


@dataclass(slots=True)
class _Found:
    """What was read so far, before it is shown: statements with people by their ids, and which people they name."""

    by: Practitioner
    now: datetime
    sealed: Sealed
    people: dict[UUID, Person] = field(default_factory=dict)
    records: dict[UUID, SourcePerson] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    stays: dict[Stay, None] = field(default_factory=dict)
    ties: dict[Tie, None] = field(default_factory=dict)

    def read(self, people: Iterable[str]) -> None:
        """Everything that links these people to places and to one another."""
        ids = [UUID(id_) for id_ in people if not id_.startswith(_WAITS)]
        rows = SourcePerson.objects.filter(person__in=ids).values_list("id", flat=True)
        self.take(store.links_of(rows))

    def take(self, links: Sequence[Stated]) -> None:
        named = {link.source_person for link in links} | {link.other_person for link in links if link.other_person}
        self._know(named)
        for link in links:
            one = self._ref(link.source_person)
            other = self._ref(link.other_person) if link.other_person else None
            if one is None:
                continue
            if link.other_address and str(link.other_address) not in self.sealed.addresses:
                self.stays[_stay(link, one)] = None
            elif other is not None:
                self.ties[_tie(link, one, other)] = None

    def _know(self, records: set[UUID]) -> None:
        new = [id_ for id_ in records if id_ not in self.records and str(id_) not in self.sealed.source_people]
        rows = SourcePerson.objects.select_related("person").in_bulk(new)
        self.records.update(rows)
        people = {row.person.id: row.person for row in rows.values() if row.person}
        self.people.update(people)
        children = {id_ for id_, person in people.items() if person.is_child}
        visible = visible_children(by=self.by, children=children, now=self.now)
        self.opened |= {str(id_) for id_ in visible} - self.sealed.children
        self.refused |= {str(id_) for id_ in children} - self.opened

    def _ref(self, record: UUID) -> str | None:
        """Who that is, to this reader: nobody, for what is sealed and for a child whom they may not open."""
        row = self.records.get(record)
        if row is None:
            return None
        if row.person_id is None:
            return None if row.role == "child" else f"{_WAITS}{row.id}"
        id_ = str(row.person_id)
        return None if id_ in self.sealed.children or id_ in self.refused else id_

    def is_child(self, ref: str) -> bool:
        return not ref.startswith(_WAITS) and self.people[UUID(ref)].is_child


_WAITS = "source:"


def _stay(link: Stated, person: str) -> Stay:
    return Stay(
        person=person, place=str(link.other_address), agency=link.agency, since=link.since or BEGINNING,
        until=link.until or END, known_from=link.recorded,
    )  # fmt: skip


def _tie(link: Stated, person: str, other: str) -> Tie:
    return Tie(
        person=person, child=other, kind=LinkKind(link.kind), agency=link.agency, since=link.since or BEGINNING,
        until=link.until or END,
    )  # fmt: skip


def network(*, by: Practitioner, child: UUID, now: datetime, on: date | None = None) -> Network:
    """The family and its places on a date (today's, if none is given), as it is known now; the view is on record."""
    access = access_child(by=by, child=child, now=now)
    sight = sight_of(by=by, access=access, now=now)
    at = now if on is None or on >= local_date(now) else end_of_day(on)
    found, me = _Found(by, now, sight.sealed), str(child)
    chronology = chronology_of(child, sight, now).chronology
    entries = chronology.entries
    _read_family(found, me)
    for stay in _from_entries(chronology, found, me):
        found.stays[stay] = None
    _read_those_beside(found, me, at)
    return _Shown(found, me, at).network(entries)


@wall.lifted("who is linked, or at a place, must be known before it is asked whom of them somebody may see")
def _read_family(found: _Found, me: str) -> None:
    """The child's own links, those of the adults, and those of the children whom the adults lead to."""
    found.read([me])
    adults = [ref for ref in _named(found) if not found.is_child(ref)]
    found.read(adults)
    found.read(ref for ref in _named(found) if ref != me and found.is_child(ref))


def _named(found: _Found) -> list[str]:
    return list(dict.fromkeys(ref for tie in found.ties for ref in (tie.person, tie.child)))


@wall.lifted("who is linked, or at a place, must be known before it is asked whom of them somebody may see")
def _read_those_beside(found: _Found, me: str, at: datetime) -> None:
    """Who else is at the places where the child lives or stays on the date; of no other place."""
    homes = {stay.place for stay in found.stays if stay.person == me and stay.holds(at)}
    before = set(found.stays)
    found.take(store.links_at(UUID(place) for place in homes))
    for stay in set(found.stays) - before:
        if not stay.holds(at):
            del found.stays[stay]


def _from_entries(chronology: Chronology, found: _Found, me: str) -> Iterable[Stay]:
    """Where entries say that somebody of the family was, or stays: only entries that the reader sees.

    The child stays in homes alone, as for the indicators (`domain.homes`).
    """
    standing = _standing(chronology.entries)
    family = {me} | found.opened | {ref for ref in _named(found) if not found.is_child(ref)}
    refs = {s.ref for entry in standing for s in entry.subjects} | {_home(entry) for entry in standing}
    places = places_of(ref for ref in refs - family if _is_id(ref) and ref not in found.sealed.addresses)
    for entry in standing:
        who = [s.ref for s in entry.subjects if s.ref in family and s.part not in NOT_ABOUT]
        if entry.kind == "housing.residence":
            yield from (_residence(entry, ref) for ref in who if _home(entry) in places)
            continue
        where = [subject.ref for subject in entry.subjects if subject.ref in places]
        for ref in who:
            for place in where if ref != me else chronology.homes.intersection(where):
                yield domain.seen_at(
                    person=ref, place=place, agency=entry.agency, at=entry.at, known_from=entry.recorded.latest
                )


def _home(entry: Entry) -> str:
    return str(entry.attributes.get("address", "")) if entry.kind == "housing.residence" else ""


def _residence(entry: Entry, ref: str) -> Stay:
    """Somebody who stays with others is on no register there."""
    return Stay(
        person=ref, place=_home(entry), agency=entry.agency, since=entry.occurred.earliest, until=entry.ends(),
        known_from=entry.recorded.latest, registered=entry.attributes.get("basis") != "staying_with",
    )  # fmt: skip


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def places_of(ids: Iterable[str]) -> dict[str, Place]:
    """These addresses as people read them, by their id."""
    rows = Address.objects.in_bulk([UUID(id_) for id_ in ids])
    return {str(id_): Place(str(id_), _text(row)) for id_, row in rows.items()}


def _text(row: Address) -> str:
    said = ", ".join(line.strip(" ,") for line in row.lines if line.strip(" ,"))
    return ", ".join(part for part in (said, row.postcode) if part) or "Address not given"


class _Shown:
    """The page's parts, made of what was found."""

    def __init__(self, found: _Found, me: str, at: datetime) -> None:
        self.found, self.me, self.at = found, me, at
        self.stays, self.ties = list(found.stays), list(found.ties)
        self.agencies = self._agencies()

    def network(self, entries: Iterable[Entry]) -> Network:
        apart = self._apart()
        elsewhere = {member.id for each in apart for family in each.families for member in family}
        there = tuple(each for each in domain.who_is_where(self.stays, self.at) if each.person not in elsewhere)
        homes = {each.place for each in there if each.person == self.me}
        beside = {each.person for each in there if each.place in homes}
        family = [ref for ref in self._family() if ref not in elsewhere]
        now = [ref for ref in family if ref in beside or self._tied(ref)]
        listed = list(dict.fromkeys([self.me, *now, *sorted(beside)]))
        there = tuple(each for each in there if each.person in listed)
        gone = domain.left(self.stays, self.me, self.at)
        unregistered = domain.unregistered(self.stays, self.me, self.at)
        differing = tuple(each for each in domain.conflicts(self.stays, self.me) if each.since(self.at) is not None)
        named = {each.place for each in there} | {each.place for each in gone}
        return Network(
            child=self._member(self.me),
            at=self.at,
            members=tuple(self._member(ref) for ref in listed),
            former=tuple(self._member(ref) for ref in family if ref not in listed),
            places=tuple(places_of(sorted(named | {p for each in differing for p in each.places})).values()),
            there=there,
            left=gone,
            conflicts=differing,
            differ_since=domain.conflict_since(self.stays, self.me, self.at),
            moves=domain.places_in_a_year(self.stays, self.me, self.at),
            no_place_since=domain.without_place_since(self.stays, self.me, self.at),
            unregistered=unregistered,
            incidents=_incidents(unregistered, entries, self.me, self.at),
            apart=apart,
        )

    def _family(self) -> list[str]:
        """Everybody whom a statement ties to the child, or to a brother or sister of theirs."""
        mine = [t for t in self.ties if self.me in (t.person, t.child)]
        adults = {t.person for t in mine if t.kind is not LinkKind.SIBLING}
        siblings = [t.child for t in self.ties if t.person in adults]
        tied = [ref for t in mine for ref in (t.person, t.child)]
        return [ref for ref in dict.fromkeys([*tied, *siblings]) if ref != self.me]

    def _tied(self, ref: str) -> bool:
        """Whether somebody is of the family on the date: a brother or sister always, an adult while the tie holds."""
        if self.found.is_child(ref):
            return True
        return any(t.holds(self.at) for t in self.ties if t.person == ref and t.child == self.me)

    def _apart(self) -> tuple[Apart, ...]:
        adults = dict.fromkeys(t.person for t in self.ties if t.child == self.me and t.kind is not LinkKind.SIBLING)
        found = []
        for adult in adults:
            families = domain.families_apart(adult, self.ties, self.stays)
            others = [family for family in families if self.me not in family]
            if others and len(families) > 1:
                found.append(Apart(adult, tuple(tuple(self._member(ref) for ref in sorted(f)) for f in others)))
        return tuple(found)

    @wall.lifted("which agencies have a record of those whom the sieve let through")
    def _agencies(self) -> dict[str, tuple[str, ...]]:
        refs = {t.person for t in self.ties} | {t.child for t in self.ties} | {s.person for s in self.stays} | {self.me}
        people = [UUID(ref) for ref in refs if not ref.startswith(_WAITS)]
        rows = SourcePerson.objects.filter(person__in=people).order_by("agency").values_list("id", "person", "agency")
        known: dict[str, dict[str, None]] = defaultdict(dict)
        for id_, person, agency in rows:
            if str(id_) not in self.found.sealed.source_people:
                known[str(person)][agency] = None
        return {ref: tuple(agencies) for ref, agencies in known.items()}

    def _member(self, ref: str) -> Member:
        if ref.startswith(_WAITS):
            row = self.found.records[UUID(ref.removeprefix(_WAITS))]
            return Member(ref, _called(row.given, row.family), False, (row.agency,), self._ties(ref), waits=True)
        person = self.found.people.get(UUID(ref)) or Person.objects.get(id=ref)
        return Member(
            ref, _called(person.given, person.family), person.is_child, self.agencies.get(ref, ()), self._ties(ref),
            opens=ref in self.found.opened and ref != self.me,
        )  # fmt: skip

    def _ties(self, ref: str) -> tuple[Tie, ...]:
        return tuple(t for t in self.ties if {t.person, t.child} == {ref, self.me})


def _called(given: str, family: str) -> str:
    return f"{given} {family}".strip() or "Name not known"


def _incidents(places: Iterable[There], entries: Iterable[Entry], me: str, at: datetime) -> tuple[Incident, ...]:
    """What the police recorded, of what the reader sees, where the child stays though no register says so."""
    standing = [entry for entry in _standing(entries) if entry.kind.startswith("police.")]
    found = [
        Incident(there.place, entry.kind, str(entry.attributes.get("category", "")), entry.occurred.earliest)
        for there in places
        for entry in standing
        if there.place in {subject.ref for subject in entry.subjects} and me not in {s.ref for s in entry.subjects}
        if max(there.since, at - HAPPENED) <= entry.at <= at
    ]
    return tuple(sorted(found, key=lambda each: each.at, reverse=True))


def _standing(entries: Iterable[Entry]) -> list[Entry]:
    """What was neither withdrawn nor corrected."""
    entries = [entry for entry in entries if not entry.retracts]
    corrected = {entry.supersedes for entry in entries if entry.supersedes}
    return [entry for entry in entries if entry.id not in corrected]
