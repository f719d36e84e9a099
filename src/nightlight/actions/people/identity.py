"""Who a source's person is: by identifier, then exactly; anything else waits for a person to decide, visibly.

An entry points at the source person, so that a decision, or its undoing, touches no entry (docs/adr/0004).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from nightlight.actions.people.linkage import Known, Likely
from nightlight.domain.people import Agreement, Described, compare, normal_name
from nightlight.feeds.records import PersonRecord
from nightlight.matcher.verdicts import Outcome
from nightlight.store.bulk import add_rows
from nightlight.store.chronology.mapping import parsed
from nightlight.store.people.linkage import SealedRecord, sealed_among, sealed_with
from nightlight.store.people.models import IdentityDecision, MatchProposal, Person, SealedMatch, SourcePerson
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import BEGINNING, END

NAMESPACE = uuid.UUID("5d0a4a0e-8f0b-5a7e-9a53-6e696768746c")
ADULT_AT = timedelta(days=18 * 365 + 5)
RULE = "rule"
"""Who decided, where the exact rules did."""
_DESCRIBING = (
    "role", "given", "family", "born", "born_from", "born_to", "sex", "nhs_number", "upn", "postcode", "details"
)  # fmt: skip


def source_person_id(system: str, source_id: str) -> uuid.UUID:
    """The id of a source person: the same for the same (system, source id), whoever sends it and whenever."""
    return uuid.uuid5(NAMESPACE, f"{system}\x1f{source_id}")


@dataclass(slots=True)
class Resolved:
    """What became of the people of a batch: source persons made or changed, and those whose identity was decided.

    new: the source ids of those made. placed: whether any who had waited wait no more: all that waited with them
    counts now.
    """

    touched: set[uuid.UUID] = field(default_factory=set)
    new: set[str] = field(default_factory=set)
    placed: bool = False
    matched: int = 0
    made: int = 0
    waiting: int = 0


def resolve(
    people: Mapping[str, PersonRecord],
    *,
    system: str,
    agency: str,
    organisation: str,
    now: datetime,
    lives_at: Mapping[str, uuid.UUID] | None = None,
) -> Resolved:
    """Keep these people as the source describes them (by source id) and decide who each is.

    An empty description (an entry about somebody the source has not described yet) makes a source person that waits.
    lives_at: the address that a source person is made with; one that is held already moves by `places.keep_homes`.
    """
    result, homes = Resolved(), lives_at or {}
    ids = {source_id: source_person_id(system, source_id) for source_id in people}
    held = _held(ids.values())
    new: list[SourcePerson] = []
    changed: list[SourcePerson] = []
    numbered: list[SourcePerson] = []
    for source_id, record in people.items():
        row = held.get(ids[source_id])
        if row is None:
            row = SourcePerson(
                id=ids[source_id],
                system=system,
                source_id=source_id,
                agency=agency,
                organisation=organisation,
                address_id=homes.get(source_id),
            )
            _describe(row, record, now)
            new.append(row)
            result.new.add(source_id)
        elif record != PersonRecord(source_id=source_id):
            before = (row.nhs_number, row.upn)
            if _describe(row, record, now):
                changed.append(row)
                if row.person_id is not None and before != (row.nhs_number, row.upn):
                    numbered.append(row)
    made, known, sealed = tuple(new), Known([*new, *changed], now), SealedNumbers([*new, *changed])
    waited = [row for row in changed if row.person_id is None]
    _decide([*new, *waited], new, now, result, known, sealed)
    _reopen(numbered, known, now, result, sealed)
    add_rows(new)
    _upsert(SourcePerson, changed, [*_DESCRIBING, "updated", "person", "waiting_since"])
    sealed.tell(now)
    known.keep()
    _refresh([row for row in changed if row.person_id], now)
    result.touched |= {row.id for row in (*made, *changed)}
    if placed := [row.id for row in waited if row.person_id is not None]:
        result.placed = True
        result.touched |= records_of(taken_for(placed))
    return result


def taken_for(source_people: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Everybody whom somebody has decided that one of these source people is, now or before."""
    decided = IdentityDecision.objects.filter(source_person__in=list(source_people), person__isnull=False)
    return {person for person in decided.values_list("person", flat=True) if person is not None}


def records_of(people: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """The source people that these people are made of."""
    return set(SourcePerson.objects.filter(person__in=list(people)).values_list("id", flat=True))


def unknown(people: Mapping[str, PersonRecord], *, system: str, now: datetime) -> set[str]:
    """Those of these people of whom nothing is held, and who neither are nor may be anybody here. Nothing is written.

    What is sealed makes nobody known: whoever is turned away, or is not, must not tell of it.
    """
    ids = {source_id: source_person_id(system, source_id) for source_id in people}
    held = _held(ids.values())
    rows = [SourcePerson(id=id_, system=system, source_id=name) for name, id_ in ids.items() if id_ not in held]
    for row in rows:
        _describe(row, people[row.source_id], now)
    candidates, sealed = _Candidates(rows), SealedNumbers(rows)
    rows = [row for row in rows if not _compare(row, candidates.like(row), sealed.barred(row))[0]]
    if not rows:
        return set()
    known = Known(rows, now)
    found = ((row, _sure_or_doubtful(row, candidates, known, sealed.barred(row))) for row in rows)
    return {row.source_id for row, (sure, doubts) in found if sure is None and not doubts}


def _held(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, SourcePerson]:
    """The rows there are of these source people. Of a first delivery there are none, and thousands are asked for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM people_sourceperson WHERE id = ANY(%s::uuid[])", [list(ids)])
        found = [id_ for (id_,) in cursor.fetchall()]
    return SourcePerson.objects.in_bulk(found)


def _describe(row: SourcePerson, record: PersonRecord, now: datetime) -> bool:
    """Put the source's description into its row; True when anything changed. What it leaves out now is kept."""
    said = {
        "role": record.role, "given": record.given.strip(), "family": record.family.strip(), "sex": record.sex[:1],
        "nhs_number": record.nhs_number or "", "upn": record.upn or "", "postcode": record.postcode or "",
    }  # fmt: skip
    differs = False
    for name, value in said.items():
        if value and getattr(row, name) != value:
            setattr(row, name, value)
            differs = True
    if record.born and record.born.isoformat() != row.born:
        set_born(row, record.born)
        differs = True
    if record.details and dict(record.details) != row.details:
        row.details = {**row.details, **record.details}
        differs = True
    row.updated = now
    return differs


def set_born(row: SourcePerson | Person, born: Partial) -> None:
    """Put a birth date into its columns."""
    row.born = born.isoformat()
    row.born_from = None if born.earliest == BEGINNING else born.earliest
    row.born_to = None if born.latest == END else born.latest


def described(row: SourcePerson | Person) -> Described:
    """A row as the exact rules compare it."""
    return Described(
        given=row.given,
        family=row.family,
        born=parsed(row.born),
        nhs_number=row.nhs_number or None,
        upn=row.upn or None,
        postcode=row.postcode or None,
    )


class SealedNumbers:
    """The numbers of a batch that somebody in a sealed compartment has.

    A record that comes with one is nobody's whom that would give away: it is matched as if the number were not there
    to be found, and the compartment's keeper alone is told (`actions.people.sealed_matches`).
    """

    def __init__(self, rows: Iterable[SourcePerson]) -> None:
        self._rows = list(rows)
        self._records = sealed_with(number for row in self._rows for number in (row.nhs_number, row.upn))
        self._within = {(record.id, record.compartment) for record in self._records}

    def _like(self, row: SourcePerson) -> list[tuple[SealedRecord, str]]:
        return [
            (record, "NHS number" if row.nhs_number and row.nhs_number == record.nhs_number else "UPN")
            for record in self._records
            if (row.id, record.compartment) not in self._within
            and ((row.nhs_number and row.nhs_number == record.nhs_number) or (row.upn and row.upn == record.upn))
        ]

    def barred(self, row: SourcePerson) -> frozenset[uuid.UUID]:
        """The people whom this record may not be compared with: what it shares with them is sealed."""
        if not self._records:
            return frozenset()
        return frozenset(record.person for record, _ in self._like(row) if record.person)

    def tell(self, now: datetime) -> None:
        """Put each such record before the compartment's keeper, once. Their source people are kept."""
        if self._records:
            rows = [
                SealedMatch(source_person=row, compartment=record.compartment, why=f"the same {why}", at=now)
                for row in self._rows
                for record, why in self._like(row)
            ]
            SealedMatch.objects.bulk_create(rows, ignore_conflicts=True)


class _Candidates:
    """The people whom a batch may be, found by number, birth date or name in one query, and those it makes itself."""

    def __init__(self, rows: Iterable[SourcePerson]) -> None:
        rows = list(rows)
        self.people: dict[uuid.UUID, Person] = {}
        self.by: dict[tuple[str, object], set[uuid.UUID]] = defaultdict(set)
        numbers = {row.nhs_number for row in rows} - {""}
        upns = {row.upn for row in rows} - {""}
        born = {row.born_from for row in rows} - {None}
        names = {search_name(row.given, row.family) for row in rows} - {""}
        found = Person.objects.filter(
            Q(nhs_number__in=numbers) | Q(upn__in=upns) | Q(born_from__in=born) | Q(search_name__in=names)
        )
        people = list(found.iterator(2000))
        sealed = sealed_among(person.id for person in people)
        for person in people:
            if person.id not in sealed:
                self.add(person)

    def add(self, person: Person) -> None:
        self.people[person.id] = person
        for key in self._keys(person, person.search_name):
            self.by[key].add(person.id)

    def like(self, row: SourcePerson) -> list[Person]:
        ids: set[uuid.UUID] = set()
        for key in self._keys(row, search_name(row.given, row.family)):
            ids |= self.by.get(key, set())
        return [self.people[id_] for id_ in sorted(ids)]

    def having(self, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Person]:
        """Those of these people who may be proposed; one that was found by the model alone is looked up."""
        ids = set(ids)
        self.people.update(Person.objects.in_bulk(list(ids - set(self.people))))
        return {id_: self.people[id_] for id_ in ids if id_ in self.people}

    @staticmethod
    def _keys(row: SourcePerson | Person, name: str) -> list[tuple[str, object]]:
        keys = [("nhs", row.nhs_number), ("upn", row.upn), ("born", row.born_from), ("name", name)]
        return [(field_, value) for field_, value in keys if value]


def search_name(given: str, family: str) -> str:
    """The name that people are found by: family name first, plain letters."""
    return f"{normal_name(family)} {normal_name(given)}".strip()[:420]


def _decide(
    rows: list[SourcePerson],
    new: list[SourcePerson],
    now: datetime,
    result: Resolved,
    known: Known,
    sealed: SealedNumbers,
) -> None:
    candidates = _Candidates(rows)
    made: list[Person] = []
    decisions: list[IdentityDecision] = []
    proposals: list[MatchProposal] = []
    updated: dict[uuid.UUID, Person] = {}
    for row in rows:
        sure, doubts = _sure_or_doubtful(row, candidates, known, sealed.barred(row))
        if sure is not None:
            _match(row, sure[0], sure[1], now, decisions, updated)
            result.matched += 1
        elif doubts or not (row.given or row.family or row.nhs_number or row.upn):
            row.waiting_since = row.waiting_since or now
            proposals += [_proposal(row, who, why, likely, known) for who, why, likely in doubts]
            result.waiting += 1
        else:
            person = _person_of(row, now)
            made.append(person)
            candidates.add(person)
            _match(row, person, "nobody like this was known", now, decisions, {}, outcome="new")
            result.made += 1
        known.placed(row)
    add_rows(made)
    fresh = {person.id for person in made}
    _save(person for id_, person in updated.items() if id_ not in fresh)
    add_rows(decisions)
    _propose(new, proposals)


def _reopen(rows: list[SourcePerson], known: Known, now: datetime, result: Resolved, sealed: SealedNumbers) -> None:
    """A number that came after a source person was matched, and is somebody else's: who they are is asked again.

    They stay where they are meanwhile: a machine parts nobody from what people have seen together.
    """
    candidates = _Candidates(rows)
    decisions, proposals = [], []
    for row in rows:
        same, doubtful = _compare(row, candidates.like(row), sealed.barred(row))
        others = [found for found in (*same, *doubtful) if found[0].id != row.person_id and _by_number(found[1])]
        if not others:
            continue
        row.waiting_since = row.waiting_since or now
        proposals += [_proposal(row, who, why, None, known) for who, why in others]
        decisions.append(
            IdentityDecision(
                source_person=row.id, person=row.person_id, outcome="reopened", at=now, by=RULE,
                reason=f"{others[0][1]} as another person's, which came after the match",
            )
        )  # fmt: skip
        result.waiting += 1
    add_rows(decisions)
    MatchProposal.objects.bulk_create(proposals, ignore_conflicts=True)


def _by_number(why: str) -> bool:
    return "NHS" in why or "UPN" in why


Doubt = tuple[Person, str, Likely | None]
"""Whom a row may be, why that is doubted, and what the model makes of it where it makes anything."""


def _sure_or_doubtful(
    row: SourcePerson, candidates: _Candidates, known: Known, barred: Container[uuid.UUID] = frozenset()
) -> tuple[tuple[Person, str] | None, list[Doubt]]:
    """Who a row certainly is: by number or exactly, else by the model where it is sure and nobody rivals them.

    Else whom it may be. barred: those whom it may not be compared with, since what it shares with them is sealed.
    """
    same, doubtful = _compare(row, candidates.like(row), barred)
    if len(same) == 1 and not any(doubt.id != same[0][0].id and "NHS" in why for doubt, why in doubtful):
        return same[0], []
    if not (row.given or row.family or row.nhs_number or row.upn):
        return None, []
    doubts = [doubt for doubt in _doubts(row, same, doubtful, candidates, known) if doubt[0].id not in barred]
    sure = [(who, each.why) for who, _, each in doubts if each and each.verdict.outcome is Outcome.SAME]
    return (sure[0], []) if len(sure) == 1 and not same else (None, doubts)


def _doubts(
    row: SourcePerson,
    same: list[tuple[Person, str]],
    doubtful: list[tuple[Person, str]],
    candidates: _Candidates,
    known: Known,
) -> list[Doubt]:
    """Whom a row may be. What the exact rules doubt and the model knows to be two people is no doubt: a twin."""
    likely = {each.person: each for each in known.likely(row, beside=[person.id for person, _ in (*same, *doubtful)])}
    kept = [(person, why) for person, why in doubtful if person.id in likely or _by_number(why)]
    said = {person.id: (person, why) for person, why in (*same, *kept)}
    for person in candidates.having(likely).values():
        said.setdefault(person.id, (person, likely[person.id].verdict.why))
    return [(person, why, likely.get(id_)) for id_, (person, why) in said.items()]


def _proposal(row: SourcePerson, person: Person, why: str, likely: Likely | None, known: Known) -> MatchProposal:
    made = MatchProposal(source_person=row, person=person, why=why[:200])
    if likely is not None:
        made.probability, made.model = likely.verdict.probability, known.judge.scorer.version
    return made


def _propose(new: list[SourcePerson], proposals: list[MatchProposal]) -> None:
    """Proposals point at their source person, so those that are new are kept first."""
    first = {row.id for row in new} & {proposal.source_person_id for proposal in proposals}
    add_rows([row for row in new if row.id in first])
    new[:] = [row for row in new if row.id not in first]
    MatchProposal.objects.bulk_create(proposals, ignore_conflicts=True)


def _compare(
    row: SourcePerson, candidates: Iterable[Person], barred: Container[uuid.UUID] = frozenset()
) -> tuple[list[tuple[Person, str]], list[tuple[Person, str]]]:
    same: list[tuple[Person, str]] = []
    doubtful: list[tuple[Person, str]] = []
    mine = described(row)
    for person in candidates:
        if person.id in barred or (row.role == "adult" and person.is_child) or (row.role == "child" and _adult(person)):
            continue
        agreement, why = compare(mine, described(person))
        if agreement is Agreement.SAME:
            same.append((person, why))
        elif agreement is Agreement.DOUBTFUL:
            doubtful.append((person, why))
    return same, doubtful


def _adult(person: Person) -> bool:
    return not person.is_child and person.details.get("role") == "adult"


def _match(
    row: SourcePerson,
    person: Person,
    why: str,
    now: datetime,
    decisions: list[IdentityDecision],
    updated: dict[uuid.UUID, Person],
    outcome: str = "same",
) -> None:
    row.person, row.waiting_since = person, None
    if fill(person, row):
        updated[person.id] = person
    decisions.append(
        IdentityDecision(source_person=row.id, person=person.id, outcome=outcome, at=now, by=RULE, reason=why)
    )


def _person_of(row: SourcePerson, now: datetime) -> Person:
    person = Person(created=now)
    fill(person, row)
    return person


def fill(person: Person, row: SourcePerson) -> bool:
    """Draw what is not yet known of a person from one of their source persons; True when anything changed."""
    before = {name: getattr(person, name) for name in _FILLED}
    for name in ("given", "family", "sex", "nhs_number", "upn"):
        if not getattr(person, name):
            setattr(person, name, getattr(row, name))
    if row.postcode:
        person.postcode = row.postcode
    if not person.born and row.born:
        person.born, person.born_from, person.born_to = row.born, row.born_from, row.born_to
    if row.role == "adult" and not person.is_child:
        person.details = {**person.details, "role": "adult"}
    if not person.details.get("role"):
        person.is_child = row.role == "child" or _under_18(person, row.updated)
    if row.role == "child":
        person.details = {**row.details, **person.details}
    person.search_name = search_name(person.given, person.family)
    return any(getattr(person, name) != before[name] for name in _FILLED)


_FILLED = (
    "given", "family", "search_name", "sex", "nhs_number", "upn", "postcode", "born", "born_from", "born_to",
    "is_child", "details",
)  # fmt: skip


def _under_18(person: Person, now: datetime) -> bool:
    return person.born_from is not None and now - person.born_from < ADULT_AT


def candidates_for(row: SourcePerson, now: datetime) -> list[Doubt]:
    """The people already known whom this source person may be, with what agrees, the surest first."""
    candidates, known, barred = _Candidates([row]), Known([row], now), SealedNumbers([row]).barred(row)
    same, doubtful = _compare(row, candidates.like(row), barred)
    return [doubt for doubt in _doubts(row, same, doubtful, candidates, known) if doubt[0].id not in barred]


def describe(person: Person, now: datetime) -> None:
    """Draw a person again from the source people that are theirs now. With none left, what was drawn last stands."""
    rows = list(SourcePerson.objects.filter(person=person).order_by("updated", "id"))
    if not rows:
        return
    blank = Person(created=person.created)
    for name in _FILLED:
        setattr(person, name, getattr(blank, name))
    for row in rows:
        fill(person, row)
    _save([person])


def stand_alone(row: SourcePerson, now: datetime) -> Person:
    """Give a waiting source person a person of their own meanwhile; who they are still waits to be decided."""
    person = _person_of(row, now)
    person.is_child = row.role != "adult"
    person.save(force_insert=True)
    row.person = person
    row.save(update_fields=["person"])
    reason = "a record of their own until somebody decides whether this is a child already known"
    IdentityDecision.objects.create(
        source_person=row.id, person=person.id, outcome="alone", at=now, by=RULE, reason=reason
    )
    return person


def _refresh(rows: Iterable[SourcePerson], now: datetime) -> None:
    """A matched source person says something new: their person learns what was not known."""
    rows = list(rows)
    people = Person.objects.in_bulk([row.person_id for row in rows])
    _save({row.person_id: people[row.person_id] for row in rows if fill(people[row.person_id], row)}.values())


def _save(people: Iterable[Person]) -> None:
    _upsert(Person, list(people), list(_FILLED))


def _upsert(model: type[Person] | type[SourcePerson], rows: Sequence[Any], names: list[str]) -> None:
    """Change many rows that exist; `bulk_update` is ten times as slow, its statement being rows times columns."""
    model.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=names, batch_size=2000)
