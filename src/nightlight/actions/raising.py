"""From firings to duties: opening one, adding evidence to the one that is open, and keeping its derived row.

A duty goes to the role that its level names, in the organisation whose entries are the evidence, and to the person that
the rota names; where the rota names nobody, that is shown and never hidden.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from nightlight.actions import audit
from nightlight.domain.chronology import Chronology
from nightlight.domain.duties import AsksAbout, DutyState, Joins, Opens, opens_or_joins, rank, step
from nightlight.domain.duty_events import Event, Raised
from nightlight.domain.raising import Arrangements, add_evidence, raise_duty
from nightlight.domain.rota import OnRota, who
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyEvent, DutyNow, DutyRow


def raise_for(
    firing: Mapping[UUID, Iterable[AsksAbout]], chronologies: Mapping[UUID, Chronology], *, now: datetime
) -> int:
    """Open or add to duties for the indicators that hold now; returns how many were opened. A note makes none."""
    calling = {child: _calling(found) for child, found in firing.items()}
    calling = {child: found for child, found in calling.items() if found}
    if not calling:
        return 0
    under = Arrangements(rota=mapping.rota())
    states = mapping.states_of(calling)
    opened = 0
    for child, found in calling.items():
        duties = {state.duty.id: state for state in states.get(child, [])}
        for each in found:
            opened += _raise_or_join(each, duties, chronologies[child], under, now)
    return opened


def _calling(found: Iterable[AsksAbout]) -> list[AsksAbout]:
    """The firings that call for a duty, the most serious first, so that a duty opens at its true level."""
    return sorted((each for each in found if rank(each.level) > 0), key=lambda each: -rank(each.level))


def _raise_or_join(
    firing: AsksAbout,
    duties: dict[str, DutyState],
    chronology: Chronology,
    under: Arrangements,
    now: datetime,
) -> int:
    decided = opens_or_joins(firing, duties.values())
    if isinstance(decided, Opens):
        organisation = organisation_for(firing, chronology, under, now)
        event = raise_duty(firing, duty_id=str(uuid.uuid4()), at=now, organisation=organisation, under=under)
        if event is None:
            return 0
        duties[event.duty.id] = open_duty(event, organisation, _code(firing))
        return 1
    if isinstance(decided, Joins):
        row = DutyNow.objects.get(duty_id=decided.duty)
        added = add_evidence(
            firing, decided, at=max(now, duties[decided.duty].last), organisation=row.organisation, under=under
        )
        duties[decided.duty] = apply(UUID(decided.duty), duties[decided.duty], added, indicator=_code(firing))
    return 0


def _code(firing: AsksAbout) -> str:
    return str(getattr(firing, "indicator", ""))


def organisation_for(firing: AsksAbout, chronology: Chronology, under: Arrangements, now: datetime) -> str:
    """The organisation whose person should answer: of those whose entries are the evidence, the newest that has one."""
    row = under.rules.for_level(firing.level, now)
    role = under.role_at(row, now) if row else ""
    evidence = set(firing.evidence)
    newest = sorted(chronology.entries, key=lambda entry: entry.at, reverse=True)
    first = [entry.source.organisation for entry in newest if entry.id in evidence]
    rest = [entry.source.organisation for entry in newest]
    for organisation in dict.fromkeys([*first, *rest]):
        if isinstance(who(under.rota, role, organisation, now), OnRota):
            return organisation
    return first[0] if first else ""


def open_duty(event: Raised, organisation: str, indicator: str = "") -> DutyState:
    """Keep a duty that was raised: its row, its first event, where it stands, and the audit row."""
    duty = event.duty
    row = DutyRow.objects.create(id=UUID(duty.id), child=UUID(duty.child), question=duty.question, raised=duty.raised)
    state = step(None, event)
    mapping.to_row(event, row.id, 1).save(force_insert=True)
    mapping.now_row(state, organisation, [indicator] if indicator else []).save(force_insert=True)
    audit.record(at=event.at, by=audit.SYSTEM, act="duty.raised", child=row.child, about=duty.id)
    return state


def apply(duty: UUID, state: DutyState, event: Event, *, indicator: str = "") -> DutyState:
    """Add one event to a duty and draw its row again. The next number is unique: of two at once, one is refused."""
    after = step(state, event)
    number = DutyEvent.objects.filter(duty_id=duty).count() + 1
    mapping.to_row(event, duty, number).save(force_insert=True)
    row = DutyNow.objects.get(duty_id=duty)
    indicators = list(dict.fromkeys([*row.indicators, *([indicator] if indicator else [])]))
    mapping.now_row(after, row.organisation, indicators).save(force_update=True)
    return after
