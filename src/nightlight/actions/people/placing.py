"""Putting the records of a batch with the people that they are, as they were settled (`settling`): who is somebody
known, who is somebody new, and who waits for a person to decide, visibly.

A machine joins and parts again what nobody knows of yet, so that the order in which records come changes nothing; what
people know it leaves, and asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from nightlight.actions.people import describing
from nightlight.actions.people.linkage import Known, Likely
from nightlight.actions.people.sealed_numbers import SealedNumbers
from nightlight.actions.people.settling import RULE, Settlement, settle
from nightlight.matcher import explaining
from nightlight.matcher.settling import Group
from nightlight.matcher.verdicts import Outcome
from nightlight.store.bulk import add_rows
from nightlight.store.chronology.models import Evaluated, FiringRow
from nightlight.store.duties.models import DutyRow
from nightlight.store.people import linkage as store
from nightlight.store.people.models import IdentityDecision, MatchProposal, Person, SourcePerson

NOBODY_LIKE = "nobody like this was known"
RIVALLED = "a record that came since is as like, and the two cannot be one person's"


@dataclass(slots=True)
class Placing:
    """One batch's records as they find their people. new: rows that are not kept yet; rows: those and the changed."""

    rows: Sequence[SourcePerson]
    known: Known
    settlement: Settlement
    sealed: SealedNumbers
    now: datetime
    matched: int = 0
    made: int = 0
    waiting: int = 0
    moved: dict[UUID, SourcePerson] = field(default_factory=dict)
    left: set[UUID] = field(default_factory=set)
    _before: dict[str, UUID] = field(default_factory=dict)
    _decisions: list[IdentityDecision] = field(default_factory=list)
    _proposals: list[MatchProposal] = field(default_factory=list)
    _decided: set[UUID] = field(default_factory=set)
    _home: dict[frozenset[str], Person] = field(default_factory=dict)
    _people: dict[UUID, Person] = field(default_factory=dict)
    _new_people: set[UUID] = field(default_factory=set)
    _filled: set[UUID] = field(default_factory=set)

    def place(self) -> None:
        """Put each record where it belongs: those that are with others first, so that the rest see who is there."""
        self._before = dict(self.known.found.person)
        self.moved = SourcePerson.objects.in_bulk(self._to_move())
        self._people = Person.objects.in_bulk({group.person for group in self._joined() if group.person})
        every = [*(self.moved[id_] for id_ in sorted(self.moved)), *self.rows]
        for row in every:
            if len(self._group(row).records) > 1:
                self._join(row, self._group(row))
        for row in every:
            group = self._group(row)
            if len(group.records) == 1 and group.person is None:
                self._stand_alone(row)
        for row in self.rows:
            self._ask_elsewhere(row)

    def _group(self, row: SourcePerson) -> Group[UUID]:
        return self.settlement.of[str(row.id)]

    def _joined(self) -> Iterable[Group[UUID]]:
        ids = [*(row.id for row in self.rows), *self.moved]
        return (self.settlement.of[str(id_)] for id_ in ids)

    def _to_move(self) -> list[UUID]:
        """The records kept before, and not of this batch, that are somebody else's now."""
        to_move = []
        for id_, group in self.settlement.of.items():
            held = self._before.get(id_)
            waits_on = held is None and len(group.records) == 1
            if id_ not in self.known.found.mine and not waits_on and (held is None or held != group.person):
                to_move.append(UUID(id_))
        return to_move

    def _join(self, row: SourcePerson, group: Group[UUID]) -> None:
        person = self._home.get(group.records) or (self._people[group.person] if group.person else None)
        first = person is None
        if person is None:
            person = Person(created=self.now)
            self._new_people.add(person.id)
            self.made += 1
        self._home[group.records] = self._people[person.id] = person
        if describing.fill(person, row):
            self._filled.add(person.id)
        if row.person_id == person.id:
            return
        self.matched += not first
        self._put(row, person, "new" if first else "same", NOBODY_LIKE if first else self._why(row))

    def _why(self, row: SourcePerson) -> str:
        surest = self.settlement.surest(str(row.id))
        if surest is None:
            return "with the records that it was with"
        other, verdict = surest
        records = self.settlement.found.records
        grounds = self.settlement.found.grounds(records[str(row.id)], records[other])
        return f"{verdict.why} ({explaining.in_a_line(grounds)})"

    def _put(self, row: SourcePerson, person: Person | None, outcome: str, reason: str) -> None:
        if row.person_id is not None:
            self.left.add(row.person_id)
        row.person, row.waiting_since = person, None if person else row.waiting_since or self.now
        self._decided.add(row.id)
        self._decisions.append(
            IdentityDecision(
                source_person=row.id, person=person.id if person else None, outcome=outcome, at=self.now, by=RULE,
                reason=reason,
            )
        )  # fmt: skip
        self.known.placed(row.id, person.id if person else None)

    def _stand_alone(self, row: SourcePerson) -> None:
        doubts = self._doubts(row)
        if doubts or not (row.given or row.family or row.nhs_number or row.upn):
            self._wait(row, doubts)
            return
        person = describing.person_of(row, self.now)
        self._people[person.id] = person
        self._new_people.add(person.id)
        self.made += 1
        self._put(row, person, "new", NOBODY_LIKE if row.person_id is None else RIVALLED)

    def _wait(self, row: SourcePerson, doubts: Iterable[Likely]) -> None:
        if row.person_id is not None:
            self._put(row, None, "waits", RIVALLED)
        row.waiting_since = row.waiting_since or self.now
        self._propose(row, doubts)
        self.waiting += 1

    def _doubts(self, row: SourcePerson) -> list[Likely]:
        """Whom a record may be that is with nobody: by the model and the rules, but for those it may not be beside."""
        if row.id in self.moved:
            linked = self.settlement.beside(str(row.id))
            people = {who for id_ in linked if (who := self.known.found.person.get(id_))}
            return self.known.found.among(self.known.found.records[str(row.id)], people)
        barred = self.sealed.barred(row)
        return [each for each in self.known.likely(row) if each.person not in barred]

    def _propose(self, row: SourcePerson, doubts: Iterable[Likely]) -> None:
        for each in doubts:
            why = each.verdict.why
            if each.verdict.outcome is Outcome.SAME:
                why += ", and another is as like"
            self._proposals.append(
                MatchProposal(
                    source_person=row, person_id=each.person, why=why[:200], probability=each.verdict.probability,
                    model=self.known.judge.scorer.version,
                )
            )  # fmt: skip

    def _ask_elsewhere(self, row: SourcePerson) -> None:
        """A record that is somebody's, and certainly another's whom people know, too: it stays, and is asked about."""
        group = self._group(row)
        if row.person_id is None or (len(group.records) == 1 and row.id in self._decided):
            return
        others = {self.known.found.person.get(id_) for id_, _ in self.settlement.elsewhere(str(row.id))}
        others -= {None, row.person_id}
        if others:
            self.reopen(row, [each for each in self._doubts(row) if each.person in others])

    def reopen(self, row: SourcePerson, others: Sequence[Likely]) -> None:
        """Who a record is, is asked again, because of these; it stays where it is meanwhile."""
        if not others:
            return
        self._propose(row, others)
        if row.waiting_since is not None:
            return
        row.waiting_since = self.now
        reason = f"{others[0].verdict.why} as another person's, which came after the match"
        self._decisions.append(
            IdentityDecision(
                source_person=row.id, person=row.person_id, outcome="reopened", at=self.now, by=RULE, reason=reason
            )
        )
        self.waiting += 1

    def reopen_by_number(self, rows: Iterable[SourcePerson]) -> None:
        """Numbers that came after a record was matched, and are somebody else's."""
        for row in rows:
            if row.id not in self._decided and row.person_id is not None:
                others = [each for each in self._doubts(row) if each.person != row.person_id]
                self.reopen(row, [each for each in others if _by_number(each.verdict.why)])

    def keep_people(self) -> None:
        """Keep those who are new, and what was learned of the others; before their source people are kept."""
        add_rows([self._people[id_] for id_ in sorted(self._new_people)])
        describing.save(self._people[id_] for id_ in sorted(self._filled - self._new_people))

    def keep(self) -> None:
        """Keep what was decided and what is asked; the source people of the batch are kept already."""
        describing.upsert(SourcePerson, list(self.moved.values()), ["person", "waiting_since"])
        if answered := self._decided - {proposal.source_person_id for proposal in self._proposals}:
            store.forget_proposals(answered)
        add_rows(self._decisions)
        MatchProposal.objects.bulk_create(self._proposals, ignore_conflicts=True)
        self.settlement.keep()
        self._leave()

    def _leave(self) -> None:
        """Draw those again who have lost a record; whoever has none left goes, and what was doubted of them follows."""
        for person in Person.objects.filter(id__in=self.left).order_by("id"):
            if SourcePerson.objects.filter(person=person).exists():
                describing.describe(person, self.now)
                continue
            gone = (row for row in (*self.rows, *self.moved.values()) if self._before.get(str(row.id)) == person.id)
            _doubts_follow(person, {row.person_id for row in gone if row.person_id})
            empty(person)


def _by_number(why: str) -> bool:
    return "NHS" in why or "UPN" in why


def _doubts_follow(person: Person, to: Collection[UUID]) -> None:
    """Who may be somebody of whom no record is left may be whoever has those now."""
    doubted = list(MatchProposal.objects.filter(person=person).exclude(source_person__person__in=to))
    again = [
        MatchProposal(
            source_person_id=each.source_person_id, person_id=id_, why=each.why, probability=each.probability,
            model=each.model,
        )
        for each in doubted
        for id_ in to
    ]  # fmt: skip
    MatchProposal.objects.bulk_create(again, ignore_conflicts=True)


def empty(person: Person) -> None:
    """A person of whom no record is left: what was drawn goes, and they do too, where nothing names them."""
    FiringRow.objects.filter(child=person.id).delete()
    Evaluated.objects.filter(child=person.id).delete()
    if DutyRow.objects.filter(child=person.id).exists():
        return
    try:
        with transaction.atomic():
            person.delete()
    except IntegrityError:
        Person.objects.filter(id=person.id).update(is_child=False)


def placed(rows: Sequence[SourcePerson], known: Known, sealed: SealedNumbers, now: datetime) -> Placing:
    """The records of a batch with their people, not kept yet."""
    barred = {str(row.id): sealed.barred(row) for row in rows}
    settlement = settle(known.found, {id_: people for id_, people in barred.items() if people})
    placing = Placing(rows, known, settlement, sealed, now)
    placing.place()
    return placing
