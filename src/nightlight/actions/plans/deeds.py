"""Plans: begun by a meeting's decision or by whoever leads, kept by those with a part in them, watched until they end.

What a conference agreed is taken over under the same items, with what became of it: from then on its duties are the
plan's. A tripwire that goes off and a plan that drifts are duties; nothing ends a plan but gate G7.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from nightlight.actions.meetings import closing_work
from nightlight.actions.meetings import follow as meeting_follow
from nightlight.actions.meetings import log as meeting_log
from nightlight.actions.meetings import tell as meeting_tell
from nightlight.actions.meetings.deeds import ITEMS as SHARED
from nightlight.actions.meetings.deeds import check_fields, owner_said, times_said
from nightlight.actions.meetings.follow import Ask
from nightlight.actions.plans.entries import bring
from nightlight.actions.seeing import compartments
from nightlight.actions.seeing.access import Refused, access_child, require
from nightlight.actions.trail import audit, turns
from nightlight.domain.coverage import Coverage
from nightlight.domain.duty_events import PLAN_QUESTION
from nightlight.domain.meetings import events as ev
from nightlight.domain.meetings.gates import Reason, step_down
from nightlight.domain.meetings.items import RefusedEdit
from nightlight.domain.meetings.state import Meeting
from nightlight.domain.plans import events as pe
from nightlight.domain.plans.contents import coverage_of, missing_from, step_down_facts
from nightlight.domain.plans.drift import Finding, Visit, drift
from nightlight.domain.plans.rows import PlanRow as KindRow
from nightlight.domain.plans.rows import plans_in_use
from nightlight.domain.plans.state import Plan, fold, step
from nightlight.domain.raising import Arrangements
from nightlight.domain.roles import Permission
from nightlight.store.access import wall
from nightlight.store.duties.models import DutyNow
from nightlight.store.meetings import edges, mapping
from nightlight.store.meetings.models import MeetingChild, PlanEvent, PlanNow, PlanPlace, PlanRow
from nightlight.store.people.models import Person, Practitioner
from nightlight.timeline.london import local_date, start_of_day

NAMESPACE = uuid.UUID("9d0e6c59-7a53-5f2b-8a4c-706c616e7300")
NOT_YOURS = "There is no such plan, or it is not one that you have a part in."
SYSTEM = "system"
ITEMS: Mapping[str, tuple[type[ev.ItemAdded], type[ev.ItemChanged]]] = {
    **{name: SHARED[name] for name in ("danger", "protection", "action", "view", "note")},
    "outcome": (pe.OutcomeAgreed, pe.OutcomeChanged),
    "visits": (pe.VisitsAgreed, pe.VisitsChanged),
    "contingency": (pe.ContingencyAgreed, pe.ContingencyChanged),
}
"""What a plan holds in items: by its name in a page, the events that add and change it."""


@dataclass(frozen=True, slots=True)
class OpenedPlan:
    """A plan as it stands, opened by somebody who may. leads: they may change who is in it, and end it. withheld: they
    see of it what is theirs alone."""

    id: UUID
    state: Plan
    number: int
    person: str
    leads: bool
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a deed. refused: an edit that came too late, kept beside the text that stands."""

    plan: UUID
    state: Plan
    number: int
    refused: RefusedEdit | None = None


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan for one person: its coverage now, what it must still hold, and how it drifts."""

    opened: OpenedPlan
    state: Plan
    title: str
    children: tuple[Person, ...]
    names: Mapping[str, str]
    coverage: Coverage
    missing: tuple[Reason, ...]
    drift: tuple[Finding, ...]


class NotEnded(Exception):
    """The plan goes on: `reasons` say what gate G7 still asks for."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(" ".join(reason.missing for reason in reasons))
        self.reasons = reasons


@wall.lifted("a plan is kept, and what follows from it, whoever begins it")
def begin(
    *, by: Practitioner, kind: str, children: Sequence[UUID], why: str, key: str, meeting: UUID | None = None,
    lead: str = "", review: datetime | None = None, now: datetime,
) -> UUID:  # fmt: skip
    """Begin a plan; from a meeting it takes over the dangers, protections and actions that stand there."""
    require(by, Permission.DUTY_HOLD)
    if kind not in kinds(now):
        raise ev.MeetingError(f"a plan is one of {', '.join(kinds(now))}.")
    for child in children:
        access_child(by=by, child=child, now=now)
    opened = meeting_log.look(by=by, meeting=meeting) if meeting else None
    if meeting and opened is None:
        raise Refused(meeting_log.NOT_YOURS)
    plan = uuid.uuid5(NAMESPACE, f"{by.username} {key}")
    with transaction.atomic():
        turns.take()
        row, made = PlanRow.objects.get_or_create(
            id=plan, defaults={"kind": kind, "organisation": by.organisation_id, "begun": now, "begun_by": by.username}
        )
        if not made:
            return row.id
        events: list[ev.Event] = [
            pe.PlanBegun(
                id=key, at=now, by=by.username, plan=str(plan), kind=kind, children=tuple(map(str, children)), why=why,
                meeting=str(meeting or ""), lead=lead or by.username, review=review,
            )
        ]  # fmt: skip
        whole = mapping.meeting_of(meeting) if meeting else None
        events += _taken_over(whole[0], key, by, now) if whole else []
        for number, event in enumerate(events, 1):
            mapping.to_plan_row(event, plan, number).save(force_insert=True)
        if meeting:
            _end_in_meeting(meeting, by, now)
        _follow(by, plan, fold(events), len(events), events[0], now)
    return plan


def _taken_over(state: Meeting, key: str, by: Practitioner, now: datetime) -> Iterator[ev.Event]:
    """Each danger, protection and action that stands in a meeting, under its own item, and what became of it."""
    for item in (*state.dangers, *state.protections, *state.actions):
        fields: dict[str, Any] = dict(item.fields)
        yield item.kind(id=f"{key}/{item.id}", at=now, by=by.username, author=item.author, item=item.id, **fields)
        agreement = state.agreements.get(item.id)
        for said in (agreement.accepted, agreement.confirmed, agreement.failed) if agreement else ():
            if isinstance(said, ev.ProtectionAccepted):
                yield replace(said, of_version=1)
            elif said is not None:
                yield said
        if item.id in state.actions_accepted:
            yield state.actions_accepted[item.id]
        if item.id in state.actions_done:
            yield state.actions_done[item.id]


def _end_in_meeting(meeting: UUID, by: Practitioner, now: datetime) -> None:
    """The meeting's own duties about what was taken over pass to the plan."""
    start = meeting_follow.prefix(meeting)
    rows = DutyNow.objects.filter(question__startswith=start).exclude(status="discharged")
    passed = ("failed", "unconfirmed", "action")
    meeting_follow.end_done([row for row in rows if row.question.split(":")[2] in passed], by, now)


# -- opening


def page(*, by: Practitioner, plan: UUID, now: datetime) -> PlanPage:
    """A plan's page, to somebody with a part in it; the look is on record."""
    opened = look(by=by, plan=plan)
    if opened is None:
        audit.record(at=now, by=by, act="plan.refused", about=str(plan))
        raise Refused(NOT_YOURS)
    state = opened.state
    audit.record(at=now, by=by, act="plan.viewed", child=UUID(state.begun.children[0]), about=str(plan))
    people = Person.objects.in_bulk([UUID(child) for child in state.begun.children])
    return PlanPage(
        opened=opened,
        state=state,
        title=title_of(state.kind, state.begun.at),
        children=tuple(people.values()),
        names=dict(Practitioner.objects.filter(username__in=_people(state)).values_list("username", "name")),
        coverage=coverage_of(state, now),
        missing=() if opened.withheld else missing_from(state),
        drift=() if opened.withheld else findings(state, now),
    )


def look(*, by: Practitioner, plan: UUID) -> OpenedPlan | None:
    """A plan, without a word on record; None for whoever has no part in it."""
    if not may_open(by, plan):
        return None
    found = mapping.plan_of(plan)
    if found is None:
        return None
    state, number = found
    leads = by.username in {state.lead, state.begun.by}
    withheld = is_withheld(by.username, state)
    seen = meeting_log.seen_by(by.username, state, withheld)
    return OpenedPlan(plan, seen, number, by.username, leads, withheld)


def may_open(by: Practitioner, plan: UUID) -> bool:
    """Whether somebody has a part in a plan."""
    return by.is_active and _ground(by, plan)


def is_withheld(person: str, state: Plan) -> bool:
    """Whether the meeting that it was begun from withheld its decisions from somebody whom nobody named in the plan:
    they see what is theirs to do."""
    if not state.begun.meeting or person in {state.lead, state.begun.by, *state.members}:
        return False
    return meeting_log.is_withheld(UUID(state.begun.meeting), person)


@wall.lifted("whose duty of a plan it is must be known before anything of it is shown")
def _ground(by: Practitioner, plan: UUID) -> bool:
    if PlanPlace.objects.filter(plan=plan, person=by.username).exists():
        return True
    mine = DutyNow.objects.filter(question__startswith=prefix(plan)).exclude(status="discharged")
    return (mine.filter(owner=by.username) | mine.filter(pending_to=by.username)).exists()


def my_plans(*, by: Practitioner, ended: bool = False) -> list[PlanNow]:
    """The plans that I have a part in."""
    rows = PlanNow.objects.filter(plan__places__person=by.username).select_related("plan")
    return list((rows if ended else rows.filter(status="running")).order_by("plan__begun"))


def of_child(*, child: UUID) -> list[PlanNow]:
    """Every plan for a child, the newest first. Called by what has passed `access_child` already."""
    ids = MeetingChild.objects.filter(child=child, plan__isnull=False).values_list("plan_id", flat=True)
    return list(PlanNow.objects.filter(plan__in=list(ids)).select_related("plan").order_by("-plan__begun"))


def kinds(now: datetime) -> Mapping[str, KindRow]:
    """Every kind of plan that can be begun now, with what it must hold and where that was read."""
    return plans_in_use().on(now)


def must_hold(state: Plan) -> KindRow | None:
    """The row that says what this plan must hold: that of the day on which it was begun."""
    return plans_in_use().find(state.kind, state.begun.at)


def title_of(kind: str, begun: datetime) -> str:
    """What a plan of this kind, begun then, is called."""
    row = plans_in_use().find(kind, begun)
    return row.title if row else kind.replace("_", " ").capitalize()


def prefix(plan: UUID) -> str:
    """How the question of every duty of this plan begins."""
    return f"{PLAN_QUESTION}{plan.hex}:"


def plan_of_question(text: str) -> UUID | None:
    """The plan whose duty asks this; None for a duty that is no plan's."""
    return UUID(text.split(":")[1]) if text.startswith(PLAN_QUESTION) else None


# -- deeds


def add(
    *, by: Practitioner, plan: UUID, key: str, what: str, item: str, fields: Mapping[str, Any], author: str = "",
    now: datetime,
) -> Done:  # fmt: skip
    """Add an item (`ITEMS`) to a plan."""
    kind = ITEMS[what][0]
    check_fields(kind, fields)
    said = {**fields, **times_said(what, fields, now), **owner_said(kind, fields)}
    return do(
        by=by, plan=plan, now=now,
        event=kind(id=key, at=now, by=by.username, author=author, item=str(UUID(item)), **said),
    )  # fmt: skip


def change(
    *, by: Practitioner, plan: UUID, key: str, what: str, item: str, of_version: int, changes: Mapping[str, Any],
    now: datetime,
) -> Done:  # fmt: skip
    """Change an item from the version that one saw; one that comes too late is refused, and both texts are kept."""
    added, changed = ITEMS[what]
    check_fields(added, changes)
    said = {**changes, **times_said(what, changes, now), **owner_said(added, changes)}
    return do(
        by=by, plan=plan, now=now,
        event=changed(id=key, at=now, by=by.username, item=item, of_version=of_version, changes=said),
    )  # fmt: skip


def do(*, by: Practitioner, plan: UUID, event: ev.Event, now: datetime, leads: bool = False) -> Done:
    """Add one event of `domain.plans.events`, or one that a plan shares with a meeting (accept, confirm, progress,
    review, a tripwire answered), by somebody with a part in the plan. leads: only by whoever leads it."""
    return act(by, plan, event.id, lambda _: event, now, leads=leads)


def end(
    *, by: Practitioner, plan: UUID, key: str, reason: str, child_heard: bool, follows: str = "", now: datetime
) -> Done:
    """End a plan or step it down. Raises `NotEnded` with the reasons of gate G7: each danger answered by what was seen
    over a time, the child heard, whoever takes over having accepted it (`taking`), and tripwires that bring it back.
    Where nothing follows and no other plan runs, work with the child closes: gate G8 then asks that nothing is open
    (`closing_work`)."""

    def make(opened: OpenedPlan) -> ev.Event:
        asked = {"child_heard": child_heard, "follows": bool(follows)}
        if reasons := _against_ending(opened, asked, now):
            raise NotEnded(reasons)
        taking = opened.state.taking
        whose = taking.asked.name if taking and follows else ""
        return pe.PlanEnded(id=key, at=now, by=by.username, reason=reason, follows=follows, taken_over_by=whose)

    with transaction.atomic():
        done = act(by, plan, key, make, now, leads=True)
        if not follows and (reasons := closing_work.against(done.state.begun.children, besides=prefix(plan), now=now)):
            raise NotEnded(reasons)
        return done


def _against_ending(opened: OpenedPlan, asked: Mapping[str, Any], now: datetime) -> tuple[Reason, ...]:
    """What gate G7 asks of the whole plan, in words that say nothing of what is closed to whoever ends it."""
    seen, whole = (_gate(state, asked, now) for state in (opened.state, _whole(opened.id)))
    return seen or tuple(replace(each, code="closed_part", missing=ev.ASK_INSIDE) for each in whole[:1])


def _gate(state: Plan, asked: Mapping[str, Any], now: datetime) -> tuple[Reason, ...]:
    """As the gate was on the day on which the plan was begun."""
    return step_down(step_down_facts(state, now, **asked), state.begun.at)


@wall.lifted("a deed is kept, and what follows from it, whoever did it")
def act(
    by: Practitioner,
    plan: UUID,
    key: str,
    make: Callable[[OpenedPlan], ev.Event],
    now: datetime,
    *,
    leads: bool,
) -> Done:
    """Add one event, once for a key. make: gives it, from the plan as it stands under the lock."""
    with transaction.atomic():
        turns.take()
        PlanRow.objects.select_for_update().filter(id=plan).first()
        opened = look(by=by, plan=plan)
        if opened is None:
            raise Refused(NOT_YOURS)
        if leads and not opened.leads:
            raise Refused("Whoever leads the plan does this. Ask them.")
        if key in opened.state.events:
            return Done(plan, opened.state, opened.number)
        event = make(opened)
        before = _whole(plan)
        _is_there(by, opened, before, event)
        after, number = step(before, event), opened.number + 1
        mapping.to_plan_row(event, plan, number).save(force_insert=True)
        _follow(by, plan, after, number, event, now)
        _tell(by, plan, before, after, event, now)
        item = after.items.get(str(getattr(event, "item", "") or ""))
        late = next((edit for edit in item.refused if edit.edit == event.id), None) if item else None
        return Done(plan, meeting_log.seen_by(by.username, after, opened.withheld), number, late)


def _whole(plan: UUID) -> Plan:
    """The plan with what is closed to whoever acts."""
    found = mapping.plan_of(plan)
    if found is None:
        raise Refused(NOT_YOURS)
    return found[0]


def _is_there(by: Practitioner, opened: OpenedPlan, whole: Plan, event: ev.Event) -> None:
    """Nothing is done to an item that whoever acts does not see, nor put in a closed part that they are not in."""
    part = event.closed_part if isinstance(event, ev.ItemAdded) else ""
    hidden = str(getattr(event, "item", "") or "") in whole.items.keys() - opened.state.items.keys()
    if hidden or (part and part not in compartments.open_to(by.username, {part})):
        raise ev.MeetingError("there is no such item here: reload the page to see those that there are.")


def _follow(by: Practitioner, plan: UUID, state: Plan, number: int, event: ev.Event, now: datetime) -> None:
    bring(by=by, plan=plan, state=state, now=now)
    asks = list(_asked(plan, state, now))
    meeting_follow.raise_new(prefix(plan), asks, now, by.organisation_id)
    meeting_follow.end_others(prefix(plan), asks, by, now)
    if isinstance(event, pe.TripwireAnswered):
        ask = Ask(what="tripwire", about=event.item, rule="PLAN-TRIPWIRE", child="", since=now)
        answered = DutyNow.objects.filter(question=meeting_follow.question(prefix(plan), ask))
        meeting_follow.end_done(answered.exclude(status="discharged"), by, now)
    _draw(plan, state, number, now)
    audit.record(
        at=now, by=by, act=f"plan.{type(event).__name__.lower()}", child=UUID(state.begun.children[0]),
        about=f"{plan} {getattr(event, 'item', '')}".strip(), detail={"number": number},
    )  # fmt: skip


def _tell(by: Practitioner, plan: UUID, before: Plan, after: Plan, event: ev.Event, now: datetime) -> None:
    """Whoever something is given to, or who is asked to take the plan over, hears of it, if they sign in."""
    if isinstance(event, pe.TakeOverAsked):
        owner, mark = event.person, f"take.{event.id}"
    else:
        owner, mark = meeting_log.newly_given(before, after, event)
    if owner and owner in _known(after):
        meeting_tell.given_in_plan(plan, owner, mark, besides=by.username, now=now)


# -- what a plan asks by itself


def _people(state: Plan) -> set[str]:
    found = {state.lead, state.begun.by, *state.members}
    if state.taking and state.taking.declined is None:
        found.add(state.taking.asked.person)
    for item in state.items.values():
        found |= {str(item.fields.get(field) or "") for field in ("owner", "confirmer")}
    return found - {""}


def _known(state: Plan) -> dict[str, str]:
    rows = Practitioner.objects.filter(username__in=_people(state), is_active=True)
    return {person: person for person in rows.values_list("username", flat=True)}


def _draw(plan: UUID, state: Plan, number: int, now: datetime) -> None:
    edge = None
    if not state.is_closed:
        coming = [at for at in meeting_follow.edges_in(state, now, Arrangements()) if at > now]
        edge = min([*coming, _tomorrow(now)])
    mapping.draw_plan(plan, state, number, edge=edge, places=_known(state))


def _tomorrow(now: datetime) -> datetime:
    """Whether a plan drifts is looked at once a day, before offices open."""
    return start_of_day(local_date(now) + timedelta(days=1)) + timedelta(hours=7)


def _asked(plan: UUID, state: Plan, now: datetime) -> Iterator[Ask]:
    if state.is_closed:
        return
    known, children = _known(state), state.begun.children
    yield from meeting_follow.of_protections(state, children, now, known)
    yield from meeting_follow.of_actions(state, children, now, known)
    lead = known.get(state.lead, "")
    for finding in findings(state, now):
        if finding.code == "actions_overdue":
            continue  # each has a duty of its own, with its owner
        for child in children:
            yield Ask(what="drift", about=finding.code, rule="PLAN-DRIFT", child=child, since=finding.since, owner=lead)
    for item, crossed in state.crossed.items():
        owner = known.get(state.items[item].text("owner"), "") or lead
        for child in children:
            yield Ask(
                what="tripwire", about=item, rule="PLAN-TRIPWIRE", child=child, since=crossed.at, owner=owner,
                due=crossed.due,
            )  # fmt: skip


_VISITS = """
    SELECT e.occurred_from, e.attributes FROM chronology_entry e
    WHERE e.kind = 'social_care.visit' AND NOT e.retracts AND e.occurred_from IS NOT NULL
    AND EXISTS (SELECT 1 FROM chronology_entrysubject s JOIN people_sourceperson p ON p.id = s.source_person
                WHERE s.entry_id = e.id AND p.person_id = ANY(%s::uuid[]))
    AND NOT EXISTS (SELECT 1 FROM chronology_entry later WHERE later.supersedes = e.id)
"""


@wall.lifted("whether a plan drifts is counted from every visit")
def findings(state: Plan, now: datetime) -> tuple[Finding, ...]:
    """How a plan drifts now, by the visits that are on the children's record."""
    under = Arrangements()
    with connection.cursor() as cursor:
        cursor.execute(_VISITS, [list(state.begun.children)])
        visits = [_visit(at, said) for at, said in cursor.fetchall()]
    return drift(state, visits, now, rules=under.rules, calendar=under.calendar)


def _visit(at: datetime, said: Any) -> Visit:
    import json

    found = json.loads(said) if isinstance(said, str) else said
    seen = bool(found.get("child_seen")) or found.get("result") == "seen"
    return Visit(
        at=at,
        child_seen=seen,
        alone=bool(found.get("seen_alone")),
        bedroom=bool(found.get("bedroom_seen")),
        parent_met=bool(found.get("with_parent")),
    )


_CROSSED = """
    SELECT n.plan_id, f.indicator, f.starts, f.evidence FROM meetings_plannow n
    JOIN chronology_firing f ON f.child = ANY(n.children) AND f.indicator = ANY(n.tripwires)
    WHERE n.status = 'running' AND cardinality(n.tripwires) > 0
    AND f.starts <= %(now)s AND (f.ends IS NULL OR f.ends > %(now)s)
    ORDER BY n.plan_id, f.indicator, f.starts
"""


def turn(*, now: datetime, limit: int = meeting_follow.BATCH) -> int:
    """What plans ask by themselves now: tripwires that went off, drift, what nobody confirmed. How many were looked at.

    One that changes while it is looked at waits for the other; nothing is asked twice.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('nightlight.worker', '1', true)")
        watch(now=now)
        passed = edges.plans_passed(now, limit)
        for plan, organisation in passed:
            found = mapping.plan_of(plan)
            if found:
                _look(plan, found[0], found[1], organisation, now)
        return len(passed)


@wall.lifted("a tripwire is watched whoever recorded what crosses it")
def watch(*, now: datetime) -> None:
    """Look whether a tripwire of any running plan has gone off: at each evaluation of a child who has one."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CROSSED, {"now": now})
            crossed = cursor.fetchall()
        for plan, indicator, since, evidence in crossed:
            _cross(plan, indicator, since, evidence, now)


def _look(plan: UUID, state: Plan, number: int, organisation: str, now: datetime) -> None:
    meeting_follow.raise_new(prefix(plan), list(_asked(plan, state, now)), now, organisation)
    _draw(plan, state, number, now)


def _cross(plan: UUID, indicator: str, since: datetime, evidence: Sequence[UUID], now: datetime) -> None:
    """A tripwire went off: what the plan says is owed from now, within the time that it gives. Once for one firing."""
    row = PlanRow.objects.select_for_update().get(id=plan)
    found = mapping.plan_of(plan)
    if found is None:
        return
    state, number = found
    for item in state.tripwires().get(indicator, ()):
        key = f"{item}/{since.isoformat()}"
        if item in state.crossed or key in state.events or _answered_since(plan, item, since):
            continue
        within = state.items[item]["within_hours"]
        event = pe.TripwireCrossed(
            id=key, at=now, by=SYSTEM, item=item, due=now + timedelta(hours=within if isinstance(within, int) else 24),
            evidence=tuple(str(each) for each in evidence),
        )  # fmt: skip
        number += 1
        mapping.to_plan_row(event, plan, number).save(force_insert=True)
        state = step(state, event)
        audit.record(at=now, by=SYSTEM, act="plan.tripwirecrossed", child=UUID(state.begun.children[0]),
                     about=f"{plan} {item}")  # fmt: skip
    _look(plan, state, number, row.organisation, now)


def _answered_since(plan: UUID, item: str, since: datetime) -> bool:
    return PlanEvent.objects.filter(plan=plan, item=item, kind="TripwireAnswered", at__gte=since).exists()


def next_edge() -> datetime | None:
    """When a plan is next to be looked at."""
    return edges.earliest_plan()
