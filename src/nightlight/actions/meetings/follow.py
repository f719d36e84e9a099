"""The duties that a meeting raises by itself, and where it stands: drawn after each act, and at each edge of time.

What is asked at a moment is worked out from where the meeting stands (`asked`); what is asked and has no duty gets one,
and what is not asked any more was done, by whoever just acted. At an edge nothing is ended: nothing closes by silence.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from nightlight.actions.owned import raising
from nightlight.actions.trail import audit
from nightlight.domain.chronology import Chronology
from nightlight.domain.clocks import later
from nightlight.domain.coverage import grace_of
from nightlight.domain.duties import DutyState, Opens, opens_or_joins
from nightlight.domain.duty_events import DONE_THERE, MEETING_QUESTION, Discharged
from nightlight.domain.meetings.covering import coverage_of, protections_of
from nightlight.domain.meetings.items import Item
from nightlight.domain.meetings.record import Record
from nightlight.domain.meetings.routes import routes_in_use
from nightlight.domain.meetings.state import Meeting, Status
from nightlight.domain.raising import Arrangements, raise_under
from nightlight.store.duties import mapping as duties
from nightlight.store.duties.models import DutyNow
from nightlight.store.meetings import edges, mapping
from nightlight.store.meetings.models import Acknowledgement, MeetingRow, PlanNow, Sending
from nightlight.store.people.models import Practitioner
from nightlight.timeline.instants import END

BATCH = 50
"""Meetings looked at in one turn of a worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Something that a meeting asks of somebody. since: from when; due: by when, where it has a time of its own."""

    what: str
    about: str
    rule: str
    child: str
    since: datetime
    owner: str = ""
    due: datetime | None = None


def prefix(meeting: UUID) -> str:
    """How the question of every duty of this meeting begins."""
    return f"{MEETING_QUESTION}{meeting.hex}:"


def question(start: str, ask: Ask) -> str:
    """The question of a duty: one duty for one thing in one meeting or plan, which `start` names."""
    short = hashlib.sha256(ask.about.encode()).hexdigest()[:12]
    return f"{start}{ask.what}:{short}"


def meeting_of_question(text: str) -> UUID | None:
    """The meeting whose duty asks this; None for a duty that is no meeting's.

    >>> meeting_of_question("meeting:00000000000000000000000000000001:action:abc")
    UUID('00000000-0000-0000-0000-000000000001')
    """
    return UUID(text.split(":")[1]) if text.startswith(MEETING_QUESTION) else None


# -- after an act, and at an edge


def follow(*, by: Practitioner, meeting: UUID, state: Meeting, number: int, now: datetime) -> None:
    """After an act: what is asked now gets its duty, what was asked and is done ends, the meeting is drawn again."""
    under, known = Arrangements(), signing(state)
    asks = list(asked(meeting, state, now, under, known))
    raise_new(prefix(meeting), asks, now, by.organisation_id)
    end_others(prefix(meeting), asks, by, now)
    draw(meeting, state, number, now, under, known)


def turn(*, now: datetime, limit: int = BATCH) -> int:
    """At an edge: what is asked from now on gets its duty. Returns how many meetings were looked at."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('nightlight.worker', '1', true)")
        passed = edges.meetings_passed(now, limit)
        under = Arrangements()
        for meeting, organisation in passed:
            found = mapping.meeting_of(meeting)
            if found is None:
                continue
            state, number = found
            known = signing(state)
            raise_new(prefix(meeting), list(asked(meeting, state, now, under, known)), now, organisation)
            draw(meeting, state, number, now, under, known)
        return len(passed)


def next_edge() -> datetime | None:
    """When something in a meeting falls due by itself; None while nothing does."""
    return edges.earliest_meeting()


def draw(
    meeting: UUID, state: Meeting, number: int, now: datetime, under: Arrangements, known: Mapping[str, str]
) -> None:
    """Write down where the meeting stands, and when it is next to be looked at by itself."""
    coming = [edge for edge in _edges(meeting, state, now, under) if edge > now]
    places = {person: part for person, part in _parts(state).items() if person in known}
    mapping.draw(meeting, state, number, due=state.called.due, edge=min(coming, default=None), places=places)


def _parts(state: Meeting) -> dict[str, str]:
    """Those who have a place: asked, chairing, writing, or owning something."""
    parts = {each.person: each.part for each in state.participants.values()}
    for person in (state.chair, state.minutes, state.called.by):
        parts.setdefault(person, "")
    for item in (*state.protections, *state.actions):
        for field in ("owner", "confirmer"):
            parts.setdefault(str(item.fields.get(field) or ""), "owner")
    for emergency in state.emergencies.values():
        parts.setdefault(emergency.invoked.owner, "owner")
    parts.pop("", None)
    return parts


def signing(state: Meeting) -> dict[str, str]:
    """Of those whom the meeting concerns, the ones who sign in and so can hold a duty: each under their own name."""
    found = Practitioner.objects.filter(username__in=_parts(state), is_active=True).values_list("username", flat=True)
    return {person: person for person in found}


# -- what is asked


def asked(meeting: UUID, state: Meeting, at: datetime, under: Arrangements, known: Mapping[str, str]) -> Iterator[Ask]:
    """Everything that the meeting asks of somebody at that moment. known: who can hold a duty (`signing`)."""
    if state.status is Status.STOOD_DOWN:
        return
    if not taken_over(meeting):
        yield from of_protections(state, state.called.children, at, known)
        yield from of_actions(state, state.called.children, at, known)
    yield from _of_emergencies(state, known)
    yield from _of_reading(meeting, state, at, under, known)
    if state.status is Status.CLOSED:
        yield from _of_telling(state, known)
        yield from _of_override(state)
    else:
        yield from _of_open(state, at, under, known)


def taken_over(meeting: UUID) -> bool:
    """Whether a plan has taken over what this meeting agreed: what becomes of it is on record there."""
    return PlanNow.objects.filter(meeting=meeting).exists()


def _of_whom(item: Item, children: tuple[str, ...]) -> tuple[str, ...]:
    child = str(item.fields.get("child") or "")
    return (child,) if child else children


def of_protections(state: Record, children: tuple[str, ...], at: datetime, known: Mapping[str, str]) -> Iterator[Ask]:
    """One that should be in force and nobody confirmed; one that somebody checked and found not to be."""
    for protection in protections_of(state):
        item = state.items[protection.id]
        ends = protection.until.latest if protection.until else END
        since, failed = protection.confirm_by(), protection.failed
        owner = known.get(item.text("confirmer"), "") or known.get(item.text("owner"), "")
        for child in _of_whom(item, children):
            if failed is not None and failed <= at:
                yield Ask(what="failed", about=item.id, rule="PROTECTION-FAILED", child=child, since=failed)
            elif protection.is_owned and since and since <= at < ends and protection.needs_confirming(at):
                yield Ask(
                    what="unconfirmed", about=item.id, rule="PROTECTION-UNCONFIRMED", child=child, since=since,
                    owner=owner,
                )  # fmt: skip


def of_actions(state: Record, children: tuple[str, ...], at: datetime, known: Mapping[str, str]) -> Iterator[Ask]:
    """Each that was to be done by now and is not."""
    for item in state.actions:
        due = item["due"]
        if isinstance(due, datetime) and due <= at and item.id not in state.actions_done:
            for child in _of_whom(item, children):
                yield Ask(
                    what="action", about=item.id, rule="ACTION-OVERDUE", child=child, since=due,
                    owner=known.get(item.text("owner"), ""),
                )  # fmt: skip


def edges_in(state: Record, now: datetime, under: Arrangements) -> Iterator[datetime]:
    """The moments at which a protection is to be confirmed by, or an action done by."""
    grace = grace_of(under.rules, now, under.calendar)
    for protection in protections_of(state):
        if protection.is_owned and protection.confirmed is None and (by := protection.confirm_by()):
            yield by
            yield by + grace + timedelta(seconds=1)
    for item in state.actions:
        if isinstance(item["due"], datetime):
            yield item["due"]


def _of_emergencies(state: Meeting, known: Mapping[str, str]) -> Iterator[Ask]:
    """An emergency route runs on its own clock from the moment it was invoked, until what came of it is on record."""
    for emergency in state.emergencies.values():
        invoked = emergency.invoked
        if emergency.ended is not None:
            continue
        rule = routes_in_use().in_force(invoked.route, invoked.at).clock
        for child in state.called.children:
            yield Ask(
                what="emergency", about=invoked.item, rule=rule, child=child, since=invoked.at,
                owner=known.get(invoked.owner, ""), due=invoked.by_when,
            )  # fmt: skip


def _of_reading(
    meeting: UUID, state: Meeting, at: datetime, under: Arrangements, known: Mapping[str, str]
) -> Iterator[Ask]:
    """Whoever was sent the decisions and has not said that they read them, a while after."""
    for person, sent in unread(meeting).items():
        since = _after("DECISIONS-UNREAD", sent, under)
        if since <= at:
            child = state.called.children[0]
            yield Ask(
                what="unread",
                about=person,
                rule="DECISIONS-UNREAD",
                child=child,
                since=since,
                owner=known.get(person, ""),
            )


def _of_telling(state: Meeting, known: Mapping[str, str]) -> Iterator[Ask]:
    """Whoever has parental responsibility is told what was decided, or it is on record why not."""
    for each in state.responsible.values():
        if state.closed_at and not each.is_answered("decisions"):
            for child in each.children:
                yield Ask(
                    what="tell", about=each.person, rule="DECISIONS-TELL", child=child, since=state.closed_at,
                    owner=known.get(state.chair, ""),
                )  # fmt: skip


def unread(meeting: UUID) -> dict[str, datetime]:
    """Who was sent what the meeting decided and has not acknowledged it, and when it was sent."""
    sent: dict[str, datetime] = {}
    for row in Sending.objects.filter(meeting=meeting).order_by("id"):
        if row.why_withheld:
            sent.pop(row.person, None)
        else:
            sent[row.person] = row.at
    read = set(Acknowledgement.objects.filter(meeting=meeting).values_list("person", flat=True))
    return {person: at for person, at in sent.items() if person not in read}


def _of_override(state: Meeting) -> Iterator[Ask]:
    """To the team on call and to the director, at once, wherever the clock stands."""
    if state.overridden and state.closed_at is not None:
        for child in state.called.children:
            for what, rule in (("override", "OVERRIDE-ON-CALL"), ("director", "OVERRIDE-DIRECTOR")):
                yield Ask(what=what, about="", rule=rule, child=child, since=state.closed_at)


def _of_open(state: Meeting, at: datetime, under: Arrangements, known: Mapping[str, str]) -> Iterator[Ask]:
    """A meeting that is left: with a danger uncovered within the hour, without one by the next working day.

    At night the first goes to the team on call, for whoever chaired has gone home.
    """
    chair = known.get(state.chair, "")
    left = _after("MEETING-LEFT-OPEN", state.last, under)
    row = under.rules.in_force("MEETING-LEFT-OPEN", at)
    on_call = row.out_of_hours and under.role_at(row, at) == row.out_of_hours
    if left <= at and coverage_of(state, at).still_open():
        for child in state.called.children:
            yield Ask(
                what="left", about="", rule="MEETING-LEFT-OPEN", child=child, since=left, owner="" if on_call else chair
            )
    if state.held_at and _after("MEETING-UNCLOSED", state.held_at, under) <= at:
        since = _after("MEETING-UNCLOSED", state.held_at, under)
        for child in state.called.children:
            yield Ask(what="unclosed", about="", rule="MEETING-UNCLOSED", child=child, since=since, owner=chair)


def _after(rule: str, since: datetime, under: Arrangements) -> datetime:
    row = under.rules.in_force(rule, since)
    return later(since, row.amount, row.unit, under.calendar)


def _edges(meeting: UUID, state: Meeting, now: datetime, under: Arrangements) -> Iterator[datetime]:
    """Every moment at which the meeting may ask something that it does not ask now."""
    yield from edges_in(state, now, under)
    for sent in unread(meeting).values():
        yield _after("DECISIONS-UNREAD", sent, under)
    if not state.is_closed:
        yield _after("MEETING-LEFT-OPEN", state.last, under)
        if state.held_at:
            yield _after("MEETING-UNCLOSED", state.held_at, under)


# -- raising and ending


def raise_new(start: str, asks: list[Ask], now: datetime, organisation: str) -> None:
    """Raise what has no duty that is open. The rota is read only where there is something to raise."""
    mine = DutyNow.objects.filter(question__startswith=start).exclude(status="discharged")
    running = set(mine.values_list("question", "child"))
    fresh = [ask for ask in asks if (question(start, ask), UUID(ask.child)) not in running]
    if not fresh:
        return
    under = Arrangements(rota=duties.rota())
    children = {UUID(ask.child) for ask in fresh}
    raising.lock(children)
    held = duties.states_of(children)
    for ask in fresh:
        raise_ask(ask, question(start, ask), held.get(UUID(ask.child), []), now, under, organisation)


def raise_ask(
    ask: Ask,
    asks: str,
    held: list[DutyState],
    now: datetime,
    under: Arrangements,
    organisation: str,
    evidence: Iterable[object] = (),
) -> str:
    """Raise the duty of what is asked, unless it is open or was answered since; its id, or empty."""
    row = under.rules.in_force(ask.rule, now)
    wanted = raising.Asked(ask.child, asks, row.duty_level, ask.since, tuple(str(each) for each in evidence))
    decided = opens_or_joins(wanted, held)
    if not isinstance(decided, Opens):
        return ""
    role = under.role_at(row, now, organisation)
    where = raising.home_of(ask.owner) or raising.organisation_of(role, (), _NOBODY, under, now) or organisation
    event = raise_under(
        row, wanted, duty_id=str(uuid.uuid4()), at=now, organisation=where, under=under, owner=ask.owner,
        began=ask.since, due_by=ask.due, follows=decided.follows,
    )  # fmt: skip
    raising.open_duty(event, where)
    return event.duty.id


_NOBODY = Chronology(child="")
"""A record of nobody: a duty without evidence goes to its role's own organisation."""
STAYS = ("override", "director", "tripwire")
"""What ends only with somebody's own answer, never because an act made it pointless."""


def end_others(start: str, asks: Iterable[Ask], by: Practitioner, now: datetime) -> None:
    """What was asked and is not any more was done by this act."""
    running = {(question(start, ask), UUID(ask.child)) for ask in asks}
    rows = DutyNow.objects.filter(question__startswith=start).exclude(status="discharged")
    over = [row for row in rows if (row.question, row.child) not in running]
    end_done([row for row in over if row.question.split(":")[2] not in STAYS], by, now)


def end_done(rows: Iterable[DutyNow], by: Practitioner, now: datetime) -> None:
    """End duties because what they asked for was done, and say by whom."""
    children = {row.duty_id: row.child for row in rows if row.child is not None}  # no meeting asks an empty post's
    for duty, state in raising.still_open(children).items():
        event = Discharged(
            at=max(now, state.last), by=by.username, outcome=DONE_THERE,
            reason="What it asked for was done, and is on record there.",
        )  # fmt: skip
        raising.apply(duty, state, event)
        audit.record(at=now, by=by, act="duty.discharged", child=children[duty], about=str(duty))


def organisation_of(meeting: UUID) -> str:
    """The organisation that called a meeting."""
    return MeetingRow.objects.values_list("organisation", flat=True).get(id=meeting)
