"""Deciding who a source's person is, where the exact rules could not; and undoing it, by deciding again.

A decision moves no entry: it points a source person elsewhere, and whatever is drawn from that (the person's own
columns, indicators, whose a concern's duty is) is drawn again in the same transaction (docs/adr/0004).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from nightlight.actions.meetings import in_force
from nightlight.actions.meetings import moved as meeting_identity
from nightlight.actions.owned import raising
from nightlight.actions.people import describing, identity, placing
from nightlight.actions.people.linkage import Likely
from nightlight.actions.seeing.access import access_child, not_there, require, who_is
from nightlight.actions.sharing import corrections as sharing_corrections
from nightlight.actions.trail import audit, turns
from nightlight.actions.watching.evaluation import Touched, evaluate_touched
from nightlight.domain.access.engine import policy
from nightlight.domain.access.vocabulary import Purpose, Sort, matter_of, sensitivity_of
from nightlight.domain.duty_events import Discharged
from nightlight.domain.roles import Permission, may
from nightlight.store.access import wall
from nightlight.store.access.facts import Sealed, sealed_from
from nightlight.store.chronology.models import EntryRow, EntrySubject
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow, DutyRow
from nightlight.store.intake.models import RaisedConcern
from nightlight.store.meetings.models import MeetingChild
from nightlight.store.people.linkage import sealed_among
from nightlight.store.people.models import IdentityDecision, MatchProposal, Person, Practitioner, SourcePerson

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {"same": "The same person", "new": "A new person", "waits": "Not enough to say yet"}
)
MOST_ENTRIES = 100
_NEWEST = F("occurred_from").desc(nulls_last=True)


class Undecided(ValueError):
    """The decision can't stand as it was given; `field` is where, and the message what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the queue: a source person, how many entries wait with them, and how many people they may be."""

    row: SourcePerson
    entries: int
    proposed: int


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue, oldest first, and how many wait in all."""

    waiting: tuple[Waiting, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Proposed:
    """Somebody whom a source person may be: why, and what the model makes of it where it makes anything."""

    person: Person
    why: str
    likely: Likely | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One source person to decide about: who they may be and why, their entries, and what was decided before."""

    row: SourcePerson
    current: Person | None
    proposed: tuple[Proposed, ...]
    entries: tuple[EntryRow, ...]
    entry_count: int
    decisions: tuple[IdentityDecision, ...]


def queue(*, by: Practitioner, now: datetime, first: int = 0, most: int = 50) -> Queue:
    """Who waits to be decided, oldest first."""
    require(by, Permission.MATCH_DECIDE)
    waiting = _waiting().exclude(id__in=_sealed_records(by, now))
    with wall.lifted("how many entries wait with a record; nothing of what they say"):
        rows: list[Any] = list(waiting[first : first + most])  # with the two counts that _waiting adds
    audit.record(at=now, by=by, act="matches.listed", detail={"shown": len(rows)})
    return Queue(tuple(Waiting(row, row.entry_count, row.proposal_count) for row in rows), waiting.count())


def _sealed_records(by: Practitioner, now: datetime) -> list[UUID]:
    return [UUID(id_) for id_ in sealed_from(by.username, now).source_people]


def _waiting() -> QuerySet[SourcePerson]:
    entries = EntrySubject.objects.filter(source_person=OuterRef("id")).order_by().values("source_person")
    count = Subquery(entries.annotate(n=Count("entry", distinct=True)).values("n"))
    proposals = MatchProposal.objects.filter(source_person=OuterRef("id")).order_by().values("source_person")
    proposed = Subquery(proposals.annotate(n=Count("id")).values("n"))
    rows = SourcePerson.objects.filter(waiting_since__isnull=False)
    return rows.annotate(entry_count=Coalesce(count, 0), proposal_count=Coalesce(proposed, 0)).order_by(
        "waiting_since", "id"
    )


def case(*, by: Practitioner, source_person: UUID, now: datetime) -> Case:
    """A source person side by side with whom they may be. Each person shown is on record as seen."""
    require(by, Permission.MATCH_DECIDE)
    row = SourcePerson.objects.select_related("person").filter(id=source_person).first()
    sealed = sealed_from(by.username, now)
    if row is None or str(row.id) in sealed.source_people:
        raise not_there()
    proposed = tuple(each for each in _proposed(row, now) if str(each.person.id) not in sealed.children)
    with transaction.atomic():
        audit.record(at=now, by=by, act="match.viewed", child=row.person_id, about=str(row.id))
        for each in proposed:
            audit.record(at=now, by=by, act="match.viewed", child=each.person.id, about=str(row.id))
    entries = _entries_to_mend(by, row, now)
    return Case(
        row=row,
        current=row.person,
        proposed=proposed,
        entries=tuple(entries[:MOST_ENTRIES]),
        entry_count=len(entries),
        decisions=tuple(IdentityDecision.objects.filter(source_person=row.id).order_by("-id")[:50]),
    )


@wall.lifted("who somebody is, is decided before their entries belong to any child; the policy sieves them here")
def _entries_to_mend(by: Practitioner, row: SourcePerson, now: datetime) -> list[EntryRow]:
    """The entries that wait with a source person, as far as whoever decides may read them."""
    rows = EntryRow.objects.filter(subjects__source_person=row.id).distinct().order_by(_NEWEST, "-id")
    who, sealed = who_is(by), sealed_from(by.username, now)
    return [entry for entry in rows if policy().read(who, frozenset(), _sort(by, entry, sealed))]


def _sort(by: Practitioner, entry: EntryRow, sealed: Sealed) -> Sort:
    return Sort(
        sensitivity=sensitivity_of(entry.sensitivity),
        matter=matter_of(entry.kind),
        written_by="organisation" if entry.organisation == by.organisation_id else "other",
        sealed=str(entry.id) in sealed.entries,
    )


@wall.lifted("whom somebody may be is looked for among all; what is sealed is left out")
def _proposed(row: SourcePerson, now: datetime) -> tuple[Proposed, ...]:
    """Whom they may be: as doubted when they came, and, for one decided already, as they would be doubted now."""
    found = {person.id: Proposed(person, each.verdict.why, each) for person, each in identity.candidates_for(row, now)}
    sealed = sealed_among(held.person_id for held in row.proposals.all())
    likely = {id_: each.likely for id_, each in found.items()}
    kept = {
        held.person_id: Proposed(held.person, held.why, likely.get(held.person_id))
        for held in row.proposals.select_related("person").order_by("id")
        if held.person_id not in sealed
    }
    proposed = [each for each in {**found, **kept}.values() if each.person.id != row.person_id]
    return tuple(sorted(proposed, key=lambda each: -(each.likely.verdict.probability if each.likely else 0)))


def decide(
    *,
    by: Practitioner,
    source_person: UUID,
    outcome: str,
    person: UUID | None = None,
    reason: str,
    now: datetime,
) -> SourcePerson:
    """Decide who a source person is: `same` as a person who was proposed, a `new` one, or `waits` with a note.

    Deciding again undoes what was decided before: the entries go where the source person goes.
    """
    require(by, Permission.MATCH_DECIDE)
    if outcome not in OUTCOMES:
        raise Undecided("outcome", "Choose the person it is, a new person, or not enough to say yet")
    if not reason.strip():
        raise Undecided("reason", "Say what you decided by. It is kept with the decision")
    with transaction.atomic():
        turns.take()
        row = _locked(source_person)
        if row.id in _sealed_records(by, now):
            raise not_there()
        chosen = _chosen(row, outcome, person, now)
        _apply(row, outcome, chosen, by.username, reason.strip(), now)
        audit.record(
            at=now, by=by, act="match.decided", child=row.person_id, about=str(row.id), reason=reason.strip(),
            detail={"outcome": outcome},
        )  # fmt: skip
    return row


@wall.lifted("a match is decided of the whole record")
def _locked(source_person: UUID) -> SourcePerson:
    row = SourcePerson.objects.select_for_update().filter(id=source_person).first()
    if row is None:
        raise not_there()
    return row


def _chosen(row: SourcePerson, outcome: str, person: UUID | None, now: datetime) -> Person | None:
    if outcome != "same":
        return None
    proposed = {each.person.id: each.person for each in _proposed(row, now)}
    if person == row.person_id and row.person is not None:
        return row.person
    if person not in proposed:
        raise Undecided("outcome", "Choose one of the people who are shown: what was proposed has changed since")
    return proposed[person]


@wall.lifted("a match is decided of the whole record")
def _apply(row: SourcePerson, outcome: str, chosen: Person | None, by: str, reason: str, now: datetime) -> None:
    before = row.person
    if outcome == "waits" and before is not None and row.waiting_since is not None:
        chosen = before  # a described child who stands alone goes on doing so
    elif outcome == "new":
        chosen = before if before is not None and _alone(row, before) else _made(row, now)
    row.person = chosen
    row.waiting_since = (row.waiting_since or now) if outcome == "waits" else None
    row.save(update_fields=["person", "waiting_since"])
    IdentityDecision.objects.create(
        source_person=row.id, person=chosen.id if chosen else None, outcome=outcome, at=now, by=by, reason=reason
    )
    _propose_again(row, outcome, now)
    _moved(row, before, chosen, now, by)


def _alone(row: SourcePerson, person: Person) -> bool:
    return not SourcePerson.objects.filter(person=person).exclude(id=row.id).exists()


def _made(row: SourcePerson, now: datetime) -> Person:
    person = Person(created=now)
    describing.fill(person, row)
    person.save(force_insert=True)
    return person


def _propose_again(row: SourcePerson, outcome: str, now: datetime) -> None:
    """Proposals stand while somebody has to decide, and are gone once it is decided."""
    if outcome != "waits":
        row.proposals.all().delete()
        return
    MatchProposal.objects.bulk_create(
        [
            MatchProposal(source_person=row, person=person, why=each.verdict.why[:200])
            for person, each in identity.candidates_for(row, now)
            if person.id != row.person_id
        ],
        ignore_conflicts=True,
    )


# -- what follows from it


@wall.lifted("what follows from a match concerns every record of both")
def _moved(row: SourcePerson, before: Person | None, after: Person | None, now: datetime, by: str) -> None:
    if before == after:
        if after is not None:
            describing.describe(after, now)
        return
    going = [] if before is None else meeting_identity.leaving(row.id, before.id)
    own = meeting_identity.own_records(going)
    rest = SourcePerson.objects.filter(person=before).exclude(id__in=own)
    stay = [] if before is None else list(rest.values_list("id", flat=True))
    if after is not None:
        describing.describe(after, now)
    if before is not None:
        describing.describe(before, now)
    target = after
    if target is None and (going or _owes_answer(row, before, emptied=not stay)):
        target = identity.stand_alone(row, now)
    if before is not None and target is not None:
        _carry_duties(row, before, target, now, by, going, everything=not stay)
        meeting_identity.bring(going, before.id, target.id, by=by, now=now)
    # Where they wait no more, whoever they were taken for before holds what rested on their entries until now.
    before_that = identity.records_of(identity.taken_for([row.id])) if before is None else set()
    evaluate_touched(Touched(people=frozenset({row.id, *stay, *own, *before_that}), everything=True), now=now)
    if before is not None:
        sharing_corrections.tell_of_another(source_person=row.id, now=now)
    if before is not None and not stay:
        placing.empty(before)


def _owes_answer(row: SourcePerson, before: Person | None, *, emptied: bool) -> bool:
    """Whether a duty hangs on this source person: it must keep a child to be about, while who that is waits again."""
    if before is None:
        return False
    if emptied and DutyRow.objects.filter(child=before.id).exists():
        return True
    return RaisedConcern.objects.filter(source_person=row.id, duty__isnull=False).exists()


def _carry_duties(
    row: SourcePerson,
    before: Person,
    after: Person,
    now: datetime,
    by: str,
    going: list[MeetingChild],
    *,
    everything: bool,
) -> None:
    """A concern's own duties, and a meeting's, follow their child. Of a person with no record left, every duty does."""
    duties = DutyRow.objects.filter(child=before.id)
    if not everything:
        concerns = RaisedConcern.objects.filter(source_person=row.id)
        theirs = Q(id__in=[each.duty for each in concerns if each.duty])
        theirs |= Q(question__in=[f"{in_force.QUESTION}{each.id}" for each in concerns])
        for start in meeting_identity.question_starts(going):
            theirs |= Q(question__startswith=start)
        duties = duties.filter(theirs)
    for duty in duties.select_for_update():
        _carry(duty, after, now, by)


def _carry(duty: DutyRow, after: Person, now: datetime, by: str) -> None:
    """The duty is about the person it was found to be; where the same question is open there, it is answered there."""
    running = DutyNow.objects.get(duty=duty)
    open_there = DutyNow.objects.filter(child=after.id, question=duty.question).exclude(status="discharged")
    if running.status != "discharged" and open_there.exists():
        _close_as_joined(duty, now, by)
    DutyRow.objects.filter(id=duty.id).update(child=after.id)
    DutyNow.objects.filter(duty=duty).update(child=after.id)
    audit.record(at=now, by=audit.SYSTEM, act="duty.followed_match", child=after.id, about=str(duty.id))


def _close_as_joined(duty: DutyRow, now: datetime, by: str) -> None:
    """Whoever decided the match ends it: the duty that is open there answers for both."""
    state = mapping.state(duty.id)
    raising.apply(
        duty.id,
        state,
        Discharged(
            at=max(now, state.last),
            by=by,
            outcome="already_answered",
            reason="The record it was about was found to be of a child with an open duty on the same question.",
        ),
    )


# -- the records a person is made of


@dataclass(frozen=True, slots=True)
class Made:
    """A person and the source records that they are made of, each with how many entries and the newest decision."""

    person: Person
    records: tuple[tuple[SourcePerson, int, IdentityDecision | None], ...]


def made_of(*, by: Practitioner, person: UUID, now: datetime) -> Made:
    """The source records that a child's record is made of, to somebody who may see the child."""
    access_child(by=by, child=person, now=now, purpose=Purpose.MEND if may(by.role, Permission.MATCH_DECIDE) else None)
    sealed = sealed_from(by.username, now)
    rows = list(SourcePerson.objects.filter(person=person).order_by("system", "source_id"))
    rows = [row for row in rows if str(row.id) not in sealed.source_people]
    counts = dict(
        EntrySubject.objects.filter(source_person__in=[row.id for row in rows])
        .values_list("source_person")
        .annotate(Count("entry", distinct=True))
    )
    newest = {
        decision.source_person: decision
        for decision in IdentityDecision.objects.filter(source_person__in=[row.id for row in rows]).order_by("id")
    }
    records = tuple((row, counts.get(row.id, 0), newest.get(row.id)) for row in rows)
    return Made(Person.objects.get(id=person), records)
