"""What the events of a plan come to: `fold(events)` gives the `Plan`, `step` adds one event to it.

Items, and what became of protections and actions, are as in a meeting (`meetings.record`), with the same rules for
edits that cross.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import cast

from nightlight.domain.coverage import is_named_person
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.record import HANDLERS, Handler, Record, item_of, items_of, nothing, put
from nightlight.domain.plans import events as pe

MOVES = ("better", "same", "worse")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """Who was asked last to take over what follows, and what they said; None while they have said nothing."""

    asked: pe.TakeOverAsked
    accepted: pe.TakeOverAccepted | None = None
    declined: pe.TakeOverDeclined | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Record):
    """A plan as it stands. progress: by outcome, what was seen of it. crossed: tripwires that nobody has answered."""

    id: str
    begun: pe.PlanBegun
    lead: str = ""
    members: tuple[str, ...] = ()
    review: datetime | None = None
    reviewed: tuple[pe.Reviewed, ...] = ()
    progress: Mapping[str, tuple[pe.ProgressSeen, ...]] = field(default_factory=nothing)
    crossed: Mapping[str, pe.TripwireCrossed] = field(default_factory=nothing)
    taking: TakeOver | None = None
    ended: pe.PlanEnded | None = None

    @property
    def kind(self) -> str:
        return self.begun.kind

    @property
    def is_closed(self) -> bool:
        return self.ended is not None

    @property
    def outcomes(self) -> tuple[Item, ...]:
        return self.of_kind(pe.OutcomeAgreed)

    @property
    def visits(self) -> tuple[Item, ...]:
        return self.of_kind(pe.VisitsAgreed)

    @property
    def contingencies(self) -> tuple[Item, ...]:
        return self.of_kind(pe.ContingencyAgreed)

    def tripwires(self) -> Mapping[str, tuple[str, ...]]:
        """By indicator, the contingencies that wait for it."""
        found: dict[str, tuple[str, ...]] = {}
        for item in self.contingencies:
            if item.text("indicator"):
                found[item.text("indicator")] = (*found.get(item.text("indicator"), ()), item.id)
        return MappingProxyType(found)

    def actions_by_agency(self) -> Mapping[str, tuple[Item, ...]]:
        """The actions that stand, by the agency of whoever owns them; the empty agency is the family's and others'."""
        found: dict[str, tuple[Item, ...]] = {}
        for item in self.actions:
            found[item.text("agency")] = (*found.get(item.text("agency"), ()), item)
        return MappingProxyType(found)

    def open_actions(self) -> tuple[Item, ...]:
        """The actions that are not done."""
        return tuple(item for item in self.actions if item.id not in self.actions_done)


def fold(events: Iterable[ev.Event]) -> Plan:
    """The plan that these events, in the order in which they were kept, come to; the first is `PlanBegun`."""
    iterator = iter(events)
    first = next(iterator, None)
    if not isinstance(first, pe.PlanBegun):
        raise ev.MeetingError("a plan begins with the event PlanBegun.")
    plan = _begin(first)
    for event in iterator:
        plan = step(plan, event)
    return plan


def step(plan: Plan, event: ev.Event) -> Plan:
    """The plan after one more event; one that was seen before changes nothing. Raises `MeetingError` with a remedy."""
    if event.id in plan.events:
        return plan
    handler = _HANDLERS.get(type(event))
    if handler is None:
        raise ev.MeetingError("this does not belong to a plan: a plan is begun once, and has no scores or decisions.")
    if plan.is_closed:
        raise ev.MeetingError("this plan has ended: begin another one.")
    after: Plan = handler(plan, event)
    return replace(after, events=plan.events | {event.id}, last=max(plan.last, event.at), number=plan.number + 1)


def _begin(event: pe.PlanBegun) -> Plan:
    if not event.children:
        raise ev.MeetingError("a plan is for at least one child: name them.")
    return Plan(
        id=event.plan,
        begun=event,
        lead=event.lead,
        review=event.review,
        last=event.at,
        events=frozenset({event.id}),
        number=1,
    )


def _lead(plan: Plan, event: pe.LeadNamed) -> Plan:
    return replace(plan, lead=event.lead)


def _members(plan: Plan, event: pe.MembersNamed) -> Plan:
    return replace(plan, members=event.members)


def _review(plan: Plan, event: pe.ReviewSet) -> Plan:
    return replace(plan, review=event.review)


def _reviewed(plan: Plan, event: pe.Reviewed) -> Plan:
    return replace(plan, reviewed=(*plan.reviewed, event), review=event.next_review)


def _progress(plan: Plan, event: pe.ProgressSeen) -> Plan:
    item_of(plan, event.item, pe.OutcomeAgreed)
    if event.moved not in MOVES or not event.what.strip():
        raise ev.MeetingError(f"say what was seen, and whether it is {', '.join(MOVES)} for the child.")
    seen = (*plan.progress.get(event.item, ()), event)
    return replace(plan, progress=put(plan.progress, event.item, seen))


def _crossed(plan: Plan, event: pe.TripwireCrossed) -> Plan:
    item_of(plan, event.item, pe.ContingencyAgreed)
    return replace(plan, crossed=put(plan.crossed, event.item, plan.crossed.get(event.item, event)))


def _answered(plan: Plan, event: pe.TripwireAnswered) -> Plan:
    if not event.how.strip():
        raise ev.MeetingError("say what was done about it.")
    left = {item: crossed for item, crossed in plan.crossed.items() if item != event.item}
    return replace(plan, crossed=MappingProxyType(left))


def _asked_to_take(plan: Plan, event: pe.TakeOverAsked) -> Plan:
    if not event.person or not is_named_person(event.name):
        raise ev.MeetingError("name the person who takes it over: a team or a role cannot accept.")
    if event.person == plan.lead:
        raise ev.MeetingError("whoever leads the plan has it already: name who takes it over from them.")
    return replace(plan, taking=TakeOver(asked=event))


def _taking(plan: Plan, event: pe.TakeOverAccepted | pe.TakeOverDeclined) -> TakeOver:
    """The asking that is answered, by whoever was asked."""
    if plan.taking is None or event.said_by != plan.taking.asked.person:
        raise ev.MeetingError("only whoever was asked to take it over answers: reload the page to see who that is.")
    return plan.taking


def _taken(plan: Plan, event: pe.TakeOverAccepted) -> Plan:
    return replace(plan, taking=replace(_taking(plan, event), accepted=event, declined=None))


def _not_taken(plan: Plan, event: pe.TakeOverDeclined) -> Plan:
    taking = _taking(plan, event)
    if not event.reason.strip():
        raise ev.MeetingError("say why not, so that somebody else is found.")
    return replace(plan, taking=replace(taking, accepted=None, declined=event))


def _ended(plan: Plan, event: pe.PlanEnded) -> Plan:
    if not event.reason.strip():
        raise ev.MeetingError("a plan ends with a reason.")
    return replace(plan, ended=event)


_ITEMS = cast(
    "tuple[type[ev.ItemAdded] | type[ev.ItemChanged], ...]",
    (
        pe.OutcomeAgreed, pe.OutcomeChanged, pe.VisitsAgreed, pe.VisitsChanged, pe.ContingencyAgreed,
        pe.ContingencyChanged, ev.ActionAgreed, ev.ActionChanged, ev.ProtectionProposed, ev.ProtectionChanged,
        ev.DangerVoiced, ev.DangerCorrected, ev.ViewGiven, ev.ViewChanged, ev.NoteWritten, ev.NoteChanged,
    ),
)  # fmt: skip
_HANDLERS: Mapping[type[ev.Event], Handler] = MappingProxyType(
    {
        pe.LeadNamed: _lead,
        pe.MembersNamed: _members,
        pe.ReviewSet: _review,
        pe.Reviewed: _reviewed,
        pe.ProgressSeen: _progress,
        pe.TripwireCrossed: _crossed,
        pe.TripwireAnswered: _answered,
        pe.TakeOverAsked: _asked_to_take,
        pe.TakeOverAccepted: _taken,
        pe.TakeOverDeclined: _not_taken,
        pe.PlanEnded: _ended,
        **items_of(*_ITEMS),
        **HANDLERS,
    }
)
_KINDS: tuple[type[ev.Event], ...] = (pe.PlanBegun, *_HANDLERS)
EVENTS: Mapping[str, type[ev.Event]] = MappingProxyType({kind.__name__: kind for kind in _KINDS})
"""Every kind of event that a plan may have, by its name: `wire.from_data(data, EVENTS)`."""
