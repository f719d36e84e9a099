"""From firings to duties: opening one, adding evidence to the one that is open, and keeping its derived row.

A duty goes to the role that its level names, in the organisation whose entries are the evidence, and to the person that
the rota names; where the rota names nobody, that is shown and never hidden.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from nightlight.actions.telling import notices
from nightlight.actions.trail import audit
from nightlight.domain.chronology import Chronology
from nightlight.domain.duties import AsksAbout, DutyState, Joins, Opens, opens_or_joins, rank, state_of, step
from nightlight.domain.duty_events import REVIEWED, Discharged, Event, Raised
from nightlight.domain.notices import Wanted
from nightlight.domain.raising import Arrangements, add_evidence, raise_duty
from nightlight.domain.roles import is_partnership_wide
from nightlight.domain.rota import OnRota, who
from nightlight.store.access import wall
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyEvent, DutyNow, DutyRow
from nightlight.store.people.models import Practitioner


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of somebody by a clock or the rota, in the shape that duties are raised from."""

    child: str
    question: str
    level: str
    since: datetime
    evidence: tuple[str, ...]


@wall.lifted("a firing is answered by duties whoever may see what it is about")
def raise_for(
    firing: Mapping[UUID, Iterable[AsksAbout]], chronologies: Mapping[UUID, Chronology], *, now: datetime
) -> int:
    """Open or add to duties for the indicators that hold now; returns how many were opened. A note makes none."""
    calling = {child: _calling(found) for child, found in firing.items()}
    calling = {child: found for child, found in calling.items() if found}
    if not calling:
        return 0
    under = Arrangements(rota=mapping.rota())
    lock(calling)
    states = mapping.states_of(calling)
    opening = _Opening(under, now)
    for child, found in calling.items():
        opening.duties = {state.duty.id: state for state in states.get(child, [])}
        for each in found:
            opening.take(each, chronologies[child])
    opening.keep()
    return len(opening.opened)


@dataclass(slots=True)
class _Opening:
    """The duties that a batch opens or adds to, one child's at a time in `duties`, written together at its end."""

    under: Arrangements
    now: datetime
    duties: dict[str, DutyState] = field(default_factory=dict)
    opened: dict[str, str] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    states: dict[str, DutyState] = field(default_factory=dict)
    indicators: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    changes: dict[str, list[tuple[DutyState | None, DutyState]]] = field(default_factory=lambda: defaultdict(list))

    def take(self, firing: AsksAbout, chronology: Chronology) -> None:
        decided = opens_or_joins(firing, self.duties.values())
        if isinstance(decided, Opens):
            organisation = organisation_for(firing, chronology, self.under, self.now)
            event = raise_duty(
                firing,
                duty_id=str(uuid.uuid4()),
                at=self.now,
                organisation=organisation,
                under=self.under,
                follows=decided.follows,
            )
            if event is not None:
                self.opened[event.duty.id] = organisation
                self._add(event.duty.id, None, event, firing)
        elif isinstance(decided, Joins):
            state = self.duties[decided.duty]
            organisation = self.opened.get(decided.duty) or _organisation_of(decided.duty)
            at = max(self.now, state.last)
            added = add_evidence(firing, decided, at=at, organisation=organisation, under=self.under)
            self._add(decided.duty, state, added, firing)

    def _add(self, duty: str, state: DutyState | None, event: Event, firing: AsksAbout) -> None:
        self.duties[duty] = self.states[duty] = after = step(state, event)
        self.changes[duty].append((state, after))
        self.events[duty].append(event)
        self.indicators[duty].append(_code(firing))

    def keep(self) -> None:
        """Write what was opened and added: rows, events in their order, where each stands, and the audit."""
        held = DutyNow.objects.in_bulk([UUID(duty) for duty in self.states if duty not in self.opened])
        DutyRow.objects.bulk_create(
            DutyRow(id=UUID(duty), child=UUID(state.duty.child), question=state.duty.question, raised=state.duty.raised)
            for duty, state in self.states.items()
            if duty in self.opened
        )
        first = _next_numbers(held)
        DutyEvent.objects.bulk_create(
            mapping.to_row(event, UUID(duty), first.get(UUID(duty), 1) + n)
            for duty, events in self.events.items()
            for n, event in enumerate(events)
        )
        rows = [self._row(duty, state, held.get(UUID(duty))) for duty, state in self.states.items()]
        names = [column.name for column in DutyNow._meta.fields if column.name != "duty"]
        DutyNow.objects.bulk_create(rows, update_conflicts=True, unique_fields=["duty"], update_fields=names)
        audit.record_many(
            audit.row(
                at=self.now, by=audit.SYSTEM, act="duty.raised", child=UUID(self.states[duty].duty.child), about=duty
            )
            for duty in self.opened
        )
        notices.keep([each for row in rows for each in self._notices(row, first.get(row.duty_id, 1))], self.now)

    def _notices(self, row: DutyNow, first: int) -> Iterator[tuple[Wanted, str]]:
        duty = str(row.duty_id)
        for n, (event, (before, after)) in enumerate(zip(self.events[duty], self.changes[duty], strict=True)):
            yield from notices.of_event(event, before, after, first + n, row.organisation)

    def _row(self, duty: str, state: DutyState, held: DutyNow | None) -> DutyNow:
        organisation = held.organisation if held else self.opened[duty]
        indicators = dict.fromkeys([*(held.indicators if held else []), *self.indicators[duty]])
        return mapping.now_row(state, organisation, [code for code in indicators if code])


def lock(children: Iterable[UUID]) -> None:
    """Hold these children's duties until we are done: a clock that runs out just now waits its turn behind us."""
    list(DutyRow.objects.select_for_update().filter(child__in=list(children)).order_by("id").values_list("id"))


def _calling(found: Iterable[AsksAbout]) -> list[AsksAbout]:
    """The firings that call for a duty, the most serious first, so that a duty opens at its true level."""
    return sorted((each for each in found if rank(each.level) > 0), key=lambda each: -rank(each.level))


def _code(firing: AsksAbout) -> str:
    return str(getattr(firing, "indicator", ""))


def organisation_for(firing: AsksAbout, chronology: Chronology, under: Arrangements, now: datetime) -> str:
    """The organisation whose person should answer a firing."""
    row = under.rules.for_level(firing.level, now)
    return organisation_of(under.role_at(row, now) if row else "", firing.evidence, chronology, under, now)


def organisation_of(
    role: str, evidence: Iterable[str], chronology: Chronology, under: Arrangements, now: datetime
) -> str:
    """Of the organisations whose entries are the evidence, the newest that has somebody in this role.

    A role that answers for the whole partnership is its own organisation's, whoever wrote the evidence.
    """
    if is_partnership_wide(role):
        return home_of(who(under.rota, role, "", now).person)
    held = set(evidence)
    newest = sorted(chronology.entries, key=lambda entry: entry.at, reverse=True)
    first = [entry.source.organisation for entry in newest if entry.id in held]
    first += [link.organisation for link in chronology.links if link.id in held]
    rest = [entry.source.organisation for entry in newest]
    for organisation in dict.fromkeys([*first, *rest]):
        if isinstance(who(under.rota, role, organisation, now), OnRota):
            return organisation
    return first[0] if first else ""


@wall.lifted("a duty is kept, and told of, whoever caused it")
def open_duty(event: Raised, organisation: str, indicator: str = "") -> DutyState:
    """Keep a duty that was raised: its row, its first event, where it stands, and the audit row."""
    duty = event.duty
    row = DutyRow.objects.create(
        id=UUID(duty.id), child=mapping.child_of(duty), question=duty.question, raised=duty.raised
    )
    state = step(None, event)
    mapping.to_row(event, row.id, 1).save(force_insert=True)
    mapping.now_row(state, organisation, [indicator] if indicator else []).save(force_insert=True)
    audit.record(at=event.at, by=audit.SYSTEM, act="duty.raised", child=row.child, about=duty.id)
    notices.keep(notices.of_event(event, None, state, 1, organisation), event.at)
    return state


def home_of(username: str) -> str:
    """The organisation that somebody belongs to; empty for nobody."""
    found = Practitioner.objects.filter(username=username).values_list("organisation_id", flat=True)
    return found.first() or ""


def _organisation_of(duty: str) -> str:
    return DutyNow.objects.values_list("organisation", flat=True).get(duty_id=UUID(duty))


def _next_numbers(duties: Iterable[UUID]) -> dict[UUID, int]:
    """The number that the next event of each duty takes."""
    newest = DutyEvent.objects.filter(duty__in=list(duties)).values("duty").annotate(newest=Max("number"))
    return {row["duty"]: row["newest"] + 1 for row in newest}


def end_reviewed(question: str, *, by: str, reason: str, now: datetime) -> None:
    """End the open duty on the partnership's own question, if there is one: somebody has looked, and says what came."""
    open_ = DutyNow.objects.filter(question=question).exclude(status="discharged").first()
    state = still_open([open_.duty_id]).get(open_.duty_id) if open_ is not None else None
    if open_ is not None and state is not None:
        apply(open_.duty_id, state, Discharged(at=max(now, state.last), by=by, outcome=REVIEWED, reason=reason))


def still_open(duties: Iterable[UUID]) -> dict[UUID, DutyState]:
    """Lock these duties until we are done, and read again how each stands: whoever ended one a moment ago was first,
    and it is not among these."""
    rows = DutyRow.objects.select_for_update().filter(id__in=list(duties)).order_by("id")
    ids = list(rows.values_list("id", flat=True))
    states = {id_: state_of(events) for id_, events in mapping.events_of(ids).items()}
    return {id_: state for id_, state in states.items() if not state.is_discharged}


@wall.lifted("a duty is kept, and told of, whoever caused it")
def apply(duty: UUID, state: DutyState, event: Event, *, indicator: str = "") -> DutyState:
    """Add one event to a duty and draw its row again. The next number is unique: of two at once, one is refused."""
    after = step(state, event)
    number = DutyEvent.objects.filter(duty_id=duty).count() + 1
    mapping.to_row(event, duty, number).save(force_insert=True)
    row = DutyNow.objects.get(duty_id=duty)
    indicators = list(dict.fromkeys([*row.indicators, *([indicator] if indicator else [])]))
    mapping.now_row(after, row.organisation, indicators).save(force_update=True)
    notices.keep(notices.of_event(event, state, after, number, row.organisation), event.at)
    return after
