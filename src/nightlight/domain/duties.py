"""Duties: who must answer a concern, by when, and what became of it. The state is derived from events, never stored.

Nothing is closed by silence: a duty ends only when a person discharges it with an outcome and a reason. Pure: `step`
takes a state and an event and gives the next state, or refuses with what to do instead. Who is permitted to do it is
`actions`; the events themselves are in `duty_events`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from nightlight.domain.clocks import OfficeHours, Rules, later
from nightlight.domain.duty_events import (
    ANSWERED,
    CLOCK_QUESTION,
    DONE_THERE,
    ENTRY,
    ERASURE_QUESTION,
    GLASS_QUESTION,
    MEETING_QUESTION,
    NO_LONGER_DUE,
    ON_RECORD,
    OUTCOMES,
    PLAN_QUESTION,
    POST_FILLED,
    REVIEWED,
    ROTA_QUESTION,
    SHARING_QUESTION,
    SUBJECT_QUESTION,
    SYSTEM,
    UNUSUAL_QUESTION,
    WITHDRAWN,
    Accepted,
    Acknowledged,
    Assigned,
    Challenged,
    Climbed,
    Declined,
    Discharged,
    Duty,
    DutyError,
    Event,
    EvidenceAdded,
    EvidenceMoved,
    HandedOver,
    Lapsed,
    Notified,
    Raised,
    Reckoned,
    Seen,
    Withdrawn,
    rank,
)
from nightlight.domain.evolve import evolve
from nightlight.timeline.calendar import WorkingCalendar

__all__ = [
    "OUTCOMES", "SYSTEM", "TRANSITIONS", "Accepted", "Acknowledged", "AsksAbout", "Assigned", "Challenged", "Climb",
    "Climbed", "Declined", "Discharged", "Duty", "DutyError", "DutyState", "Event", "EvidenceAdded", "EvidenceMoved",
    "HandedOver", "Joins", "Lapsed", "NothingNew", "Notified", "Opens", "Raised", "Reckoned", "Seen", "Status",
    "Withdrawn", "is_new_evidence", "opens_or_joins", "rank", "schedule", "state_of", "step",
]  # fmt: skip


class Status(StrEnum):
    """Where a duty stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    HANDOVER_PENDING = "handover_pending"
    DISCHARGED = "discharged"


# -- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """How a duty stood at the moment its time ran out. stood: how far it had come (`STOOD`)."""

    due: datetime
    role: str
    level: str
    rule: str
    owner: str
    stood: str


STOOD = ("nobody", "not_acknowledged", "offered", "acknowledged")
"""How far a duty had come when its time ran out: nobody owned it; its owner had not acknowledged it; it waited for
somebody to accept it; somebody had it and had not decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyState:
    """What the events so far make of a duty. `level`, `due`, `role`, `owner` and `evidence` are as they are now.

    climbs_from: when the first rung's time starts. It is the due time, unless the duty was overdue when its level rose:
    then the new level's own time runs first, so that whoever must answer now is not passed over.
    """

    duty: Duty
    status: Status
    level: str
    what: str
    role: str
    owner: str
    due: datetime
    climbs_from: datetime
    rule: str
    rule_version: int
    evidence: tuple[str, ...]
    last: datetime
    offered_to: str = ""
    offered_role: str = ""
    seen_by: frozenset[str] = field(default_factory=frozenset)
    lapsed_at: datetime | None = None
    lapse: Lapse | None = None
    climbed_at: datetime | None = None
    climbs: tuple[str, ...] = ()
    outcome: str = ""
    reason: str = ""
    discharged_at: datetime | None = None
    discharged_by: str = ""
    shown: tuple[str, ...] = ()
    challenges: tuple[Challenged, ...] = ()

    @property
    def is_discharged(self) -> bool:
        """Whether it has ended, by a person's decision, an entry that a clock waited for, or a correction."""
        return self.status is Status.DISCHARGED

    @property
    def is_withdrawn(self) -> bool:
        return self.outcome == WITHDRAWN

    def overdue(self, at: datetime) -> bool:
        """Whether it is past its due time at that moment and not discharged by then."""
        return at > self.due and (self.discharged_at is None or at < self.discharged_at)


def state_of(events: Iterable[Event]) -> DutyState:
    """The state that these events, in the order they happened, come to; the first is `Raised`."""
    state: DutyState | None = None
    for event in events:
        state = step(state, event)
    if state is None:
        raise DutyError("a duty has at least the event that raised it: no events were given.")
    return state


def step(state: DutyState | None, event: Event) -> DutyState:
    """The state after one more event; `None` is the state before `Raised`. One that cannot follow raises `DutyError`.

    >>> from datetime import UTC, timedelta
    >>> now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    >>> duty = Duty(id="d1", child="c1", question="asthma", level="concern", what="Look.", role="safeguarding_lead",
    ...             raised=now, due=now + timedelta(days=7), rule="response.concern", rule_version=1, owner="p1")
    >>> step(step(None, Raised(at=now, by=SYSTEM, duty=duty)), Acknowledged(at=now, by="p1")).status
    <Status.ACKNOWLEDGED: 'acknowledged'>
    """
    if isinstance(event, Raised):
        return _raised(state, event)
    if state is None:
        raise DutyError(f"a duty is raised before anything else happens to it: {_name(event)} came first.")
    if not event.by:
        raise DutyError(f"every event says who did it: give the person's id, or {SYSTEM!r}, to {_name(event)}.")
    if event.at < state.last:
        raise DutyError(f"events are in the order they happened: {_name(event)} is earlier than the one before it.")
    if TRANSITIONS[type(event)].get(state.status) is None:
        raise DutyError(_cannot(state.status, event))
    after = _effect(state, event)
    return after if after.last == event.at else evolve(after, last=event.at)


def _raised(state: DutyState | None, event: Raised) -> DutyState:
    if state is not None:
        raise DutyError("a duty is raised once: add evidence to it, or raise another with its own id.")
    duty = event.duty
    return DutyState(
        duty=duty,
        status=Status.OPEN,
        level=duty.level,
        what=duty.what,
        role=duty.role,
        owner=duty.owner,
        due=duty.due,
        climbs_from=duty.climbs_from or duty.due,
        rule=duty.rule,
        rule_version=duty.rule_version,
        evidence=duty.evidence,
        last=event.at,
    )


_ANY = tuple(Status)
_RUNNING = (Status.OPEN, Status.ACKNOWLEDGED, Status.HANDOVER_PENDING)
_SAME: Mapping[Status, str] = MappingProxyType({status: "" for status in _RUNNING})

TRANSITIONS: Mapping[type[Event], Mapping[Status, str]] = MappingProxyType(
    {
        Notified: {status: "" for status in _ANY},
        Seen: {status: "" for status in _ANY},
        Acknowledged: {Status.OPEN: "acknowledged"},
        HandedOver: {status: "handover_pending" for status in _RUNNING},
        Accepted: {Status.HANDOVER_PENDING: "acknowledged"},
        Declined: {Status.HANDOVER_PENDING: "open"},
        EvidenceAdded: {
            Status.OPEN: "",
            Status.ACKNOWLEDGED: "open if the level is raised",
            Status.HANDOVER_PENDING: "open if the level is raised",
        },
        Discharged: {status: "discharged" for status in _RUNNING},
        Withdrawn: {status: "discharged" for status in _RUNNING},
        EvidenceMoved: _SAME,
        Reckoned: _SAME,
        Assigned: {Status.OPEN: "", Status.ACKNOWLEDGED: "open", Status.HANDOVER_PENDING: "open"},
        Challenged: {Status.DISCHARGED: ""},
        Lapsed: _SAME,
        Climbed: {status: "open" for status in _RUNNING},
    }
)
"""For each event, the states in which it may happen and what state follows; empty where the state stays."""


def _cannot(status: Status, event: Event) -> str:
    allowed = " or ".join(TRANSITIONS[type(event)])
    now = f"{_name(event)} cannot happen to a duty that is {status}, only to one that is {allowed}."
    if status is Status.DISCHARGED:
        return f"{now} A discharged duty stays so: challenge it, or raise another on new evidence."
    return f"{now} {_INSTEAD.get(type(event), '')}".rstrip()


_INSTEAD: Mapping[type[Event], str] = {
    Acknowledged: "It is already someone's: accept the handover if it was offered to you.",
    Accepted: "Nobody has offered it: hand it over first.",
    Declined: "Nobody has offered it, so there is nothing to decline.",
    Challenged: "It is still open: add evidence, or let it climb.",
}


def _effect(state: DutyState, event: Event) -> DutyState:
    match event:
        case Seen():
            return evolve(state, seen_by=state.seen_by | {event.by})
        case Acknowledged():
            return _acknowledged(state, event)
        case HandedOver():
            return _handed_over(state, event)
        case Accepted():
            return _accepted(state, event)
        case Declined():
            return _declined(state, event)
        case EvidenceAdded():
            return _evidence_added(state, event)
        case Discharged():
            return _discharged(state, event)
        case Withdrawn():
            return _withdrawn(state, event)
        case EvidenceMoved():
            return _evidence_moved(state, event)
        case Reckoned():
            return _reckoned(state, event)
        case Assigned():
            return _assigned(state, event)
        case Challenged():
            _needs_reason(event.reason, "challenge")
            return evolve(state, challenges=(*state.challenges, event))
        case Lapsed():
            return _lapsed(state, event)
        case Climbed():
            return _climbed(state, event)
    return state  # Notified: that it was sent is the whole of it


def _acknowledged(state: DutyState, event: Acknowledged) -> DutyState:
    if state.owner and event.by != state.owner:
        raise DutyError("only the owner acknowledges a duty: hand it over to the person who will do it instead.")
    return evolve(state, status=Status.ACKNOWLEDGED, owner=event.by)


def _handed_over(state: DutyState, event: HandedOver) -> DutyState:
    if not event.to or event.to == state.owner:
        raise DutyError("a duty is handed over to another person: name one who is not its owner already.")
    return evolve(state, status=Status.HANDOVER_PENDING, offered_to=event.to, offered_role=event.to_role)


def _accepted(state: DutyState, event: Accepted) -> DutyState:
    _only_receiver(state, event)
    role = state.offered_role or state.role
    return evolve(_not_offered(state), status=Status.ACKNOWLEDGED, owner=event.by, role=role)


def _declined(state: DutyState, event: Declined) -> DutyState:
    _only_receiver(state, event)
    _needs_reason(event.reason, "decline")
    return evolve(_not_offered(state), status=Status.OPEN)


def _only_receiver(state: DutyState, event: Event) -> None:
    if event.by != state.offered_to:
        raise DutyError("only the person it was offered to accepts or declines; until then the sender is accountable.")


def _not_offered(state: DutyState) -> DutyState:
    return evolve(state, offered_to="", offered_role="") if state.offered_to or state.offered_role else state


def _evidence_added(state: DutyState, event: EvidenceAdded) -> DutyState:
    joined = evolve(state, evidence=tuple(dict.fromkeys((*state.evidence, *event.evidence))))
    level = event.level or state.level
    sooner = min(state.due, event.due) if event.due else state.due
    if rank(level) <= rank(state.level):
        return evolve(joined, due=sooner) if level == state.level else joined
    return evolve(
        _not_offered(joined),
        status=Status.OPEN,
        level=level,
        due=sooner,
        climbs_from=sooner if event.at <= sooner else event.due or event.at,
        what=event.what or state.what,
        role=event.role or state.role,
        owner=event.owner or state.owner,
        rule=event.rule or state.rule,
        rule_version=event.rule_version or state.rule_version,
        climbs=(),
        climbed_at=None,
    )


def _discharged(state: DutyState, event: Discharged) -> DutyState:
    if event.by == SYSTEM:
        raise DutyError("only a person discharges a duty: nothing is closed by a clock or by silence.")
    _outcome_fits(state, event)
    _needs_reason(event.reason, "discharge")
    ended = _ended(state, event, event.outcome, event.reason)
    return evolve(ended, shown=event.shown, evidence=tuple(dict.fromkeys((*state.evidence, *event.evidence))))


def _outcome_fits(state: DutyState, event: Discharged) -> None:
    """An entry ends only the duty of a clock, and only by being what that clock waited for."""
    by_entry = event.by.startswith(ENTRY)
    on_record = state.duty.question.startswith(CLOCK_QUESTION) and by_entry and bool(event.evidence)
    filled = state.duty.question.startswith(ROTA_QUESTION) and not by_entry
    shared = state.duty.question.startswith(SHARING_QUESTION)
    done = state.duty.question.startswith((MEETING_QUESTION, PLAN_QUESTION)) and not by_entry
    allowed = {
        **dict.fromkeys(() if by_entry or shared else OUTCOMES, True),
        ON_RECORD: on_record,
        NO_LONGER_DUE: on_record,
        POST_FILLED: filled,
        DONE_THERE: done,
        ANSWERED: shared and not by_entry,
        REVIEWED: state.duty.question.startswith(_GUARDIANS) and not by_entry,
    }
    if shared and not allowed.get(event.outcome):
        raise DutyError("a request for information ends when it is answered: give it, give a part, or refuse, there.")
    if not allowed.get(event.outcome):
        raise DutyError(
            f"an outcome is one of {', '.join(OUTCOMES)}. That nobody has capacity is not one: hand the duty over, or "
            "let it climb to someone who can act."
        )


_GUARDIANS = (GLASS_QUESTION, UNUSUAL_QUESTION, SUBJECT_QUESTION, ERASURE_QUESTION)


def _ended(state: DutyState, event: Event, outcome: str, reason: str) -> DutyState:
    return evolve(
        _not_offered(state),
        status=Status.DISCHARGED,
        outcome=outcome,
        reason=reason.strip(),
        discharged_at=event.at,
        discharged_by=event.by,
    )


def _withdrawn(state: DutyState, event: Withdrawn) -> DutyState:
    _needs_reason(event.reason, "withdraw")
    if not event.evidence:
        raise DutyError("a duty is withdrawn by entries: name those that withdrew what it rested on.")
    return _ended(state, event, WITHDRAWN, event.reason)


def _evidence_moved(state: DutyState, event: EvidenceMoved) -> DutyState:
    left = tuple(id_ for id_ in state.evidence if id_ not in event.evidence)
    if not left or left == state.evidence:
        raise DutyError("a part of the evidence moves: where none of it is left, the duty is withdrawn.")
    return evolve(state, evidence=left)


def _reckoned(state: DutyState, event: Reckoned) -> DutyState:
    """A deadline that is still to come has not lapsed, whatever was thought before; its owner stays who it was."""
    evidence = tuple(dict.fromkeys((*state.evidence, *event.evidence)))
    lapsed = state.lapsed_at if event.due <= event.at else None
    return evolve(state, due=event.due, climbs_from=max(event.due, event.at), lapsed_at=lapsed, evidence=evidence)


def _assigned(state: DutyState, event: Assigned) -> DutyState:
    _needs_reason(event.reason, "assign")
    if not event.owner or event.owner == state.owner:
        raise DutyError("a duty is assigned to somebody whom the rota names, and who does not own it already.")
    return evolve(_not_offered(state), status=Status.OPEN, owner=event.owner)


def _lapsed(state: DutyState, event: Lapsed) -> DutyState:
    if event.at < state.due:
        raise DutyError("a duty lapses at its due time, not before: to send it up early, let it climb.")
    if state.lapsed_at is not None:
        raise DutyError("a duty lapses once: this one has, and what follows is that it climbs.")
    lapse = Lapse(
        due=state.due, role=state.role, level=state.level, rule=state.rule, owner=state.owner, stood=_stood(state)
    )
    return evolve(state, lapsed_at=event.at, lapse=lapse, last=event.at)


def _stood(state: DutyState) -> str:
    if not state.owner:
        return "nobody"
    return {Status.HANDOVER_PENDING: "offered", Status.ACKNOWLEDGED: "acknowledged"}.get(
        state.status, "not_acknowledged"
    )


def _climbed(state: DutyState, event: Climbed) -> DutyState:
    if not event.to_role:
        raise DutyError("a duty climbs to a role: name the next rung of its ladder.")
    return evolve(
        _not_offered(state),
        status=Status.OPEN,
        role=event.to_role,
        owner=event.owner or state.owner,
        climbs=(*state.climbs, event.to_role),
        climbed_at=event.at,
        last=event.at,
    )


def _needs_reason(reason: str, what: str) -> None:
    if not reason.strip():
        raise DutyError(f"to {what} takes a reason, in words that another agency could read.")


def _name(event: Event) -> str:
    return type(event).__name__


# -- what comes next


@dataclass(frozen=True, slots=True)
class Climb:
    """A rung that a duty reaches, at that moment, if nobody discharges it first."""

    at: datetime
    to_role: str


def schedule(
    state: DutyState, rules: Rules, calendar: WorkingCalendar, hours: OfficeHours | None = None
) -> tuple[Climb, ...]:
    """When it would climb, and to whom, if nobody acted: the rungs above the one it has reached, in order.

    hours: the working hours of the duty's organisation, where it has its own.

    The first rung is counted from the due time, each other one from the rung below it.
    """
    if state.is_discharged:
        return ()
    row = rules.version(state.rule, state.rule_version)
    climbs = []
    moment = max(state.climbs_from, state.climbed_at) if state.climbed_at else state.climbs_from
    for rung in row.ladder[len(state.climbs) :]:
        moment = later(moment, rung.after, rung.unit, calendar)
        climbs.append(Climb(moment, rules.role_at(rung, moment, calendar, hours)))
    return tuple(climbs)


# -- opening, joining, and what was set aside


class AsksAbout(Protocol):
    """What `opens_or_joins` needs of a firing."""

    @property
    def child(self) -> str: ...

    @property
    def question(self) -> str: ...

    @property
    def level(self) -> str: ...

    @property
    def since(self) -> datetime: ...

    @property
    def evidence(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Opens:
    """A new duty; `follows` is the one on the same question that ended before, when this one comes back."""

    follows: str = ""


@dataclass(frozen=True, slots=True)
class Joins:
    """The open duty that it joins, the entries that are new to it, and whether it is more serious."""

    duty: str
    evidence: tuple[str, ...]
    raises_level: bool


@dataclass(frozen=True, slots=True)
class NothingNew:
    """All of it is evidence of a duty that is open, or was set aside by the duty named."""

    duty: str


def opens_or_joins(firing: AsksAbout, duties: Iterable[DutyState]) -> Opens | Joins | NothingNew:
    """What a firing does, given the child's duties, open and discharged.

    One duty is open for a child and a question: more evidence joins it. What a discharge set aside returns only with
    new evidence.
    """
    same = [d for d in duties if (d.duty.child, d.duty.question) == (firing.child, firing.question)]
    running = next((d for d in same if not d.is_discharged), None)
    if running is not None:
        fresh = tuple(id_ for id_ in dict.fromkeys(firing.evidence) if id_ not in running.evidence)
        more_serious = rank(firing.level) > rank(running.level)
        return Joins(running.duty.id, fresh, more_serious) if fresh or more_serious else NothingNew(running.duty.id)
    newest = max(same, key=lambda d: (d.last, d.duty.id)).duty.id if same else ""
    return Opens(newest) if is_new_evidence(firing, same) else NothingNew(newest)


def is_new_evidence(firing: AsksAbout, set_aside: Iterable[DutyState]) -> bool:
    """Whether a firing rests on anything that these discharged duties had not already weighed.

    What a withdrawn one rested on was weighed by nobody: an entry that comes back asks again. An absence has no entries
    to show ("not seen for six weeks"): it is new when it began after the last discharge.
    """
    ended = [d for d in set_aside if d.discharged_at is not None and not d.is_withdrawn]
    if not ended:
        return True
    if firing.evidence:
        weighed = {id_ for duty in ended for id_ in duty.evidence}
        return not weighed.issuperset(firing.evidence)
    return firing.since > max(d.discharged_at for d in ended if d.discharged_at is not None)
