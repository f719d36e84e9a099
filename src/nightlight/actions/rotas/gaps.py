"""Posts that nobody holds: each is itself a duty of the partnership, one for all that wait for it, until somebody does.

A role of an organisation is a post once somebody has held it; that a small organisation never named anybody is shown on
the rota's page, and raised when a duty comes to it. What was set aside with a reason returns for a new reason only.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from nightlight.actions.owned import raising
from nightlight.actions.rotas.on_rota import named_by
from nightlight.actions.trail import audit
from nightlight.domain.duties import Discharged, DutyState, state_of
from nightlight.domain.duty_events import POST_FILLED, ROTA_QUESTION, SYSTEM
from nightlight.domain.raising import Arrangements, raise_under
from nightlight.domain.roles import is_partnership_wide, role_title
from nightlight.domain.rota import Absence, NobodyOnRota, Rota, Shift, turns, who
from nightlight.store.access import wall
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow

NOBODY = "ROTA-NOBODY"


@dataclass(frozen=True, slots=True)
class Gap:
    """A role that nobody holds; duty: one that came to it, where one did, and since when it is here."""

    role: str
    organisation: str
    duty: DutyState | None = None
    came: datetime | None = None

    @property
    def question(self) -> str:
        """What its duty asks. A role that answers for the whole partnership is one post, whichever duty waits."""
        return f"{ROTA_QUESTION}{self.role}:{'' if is_partnership_wide(self.role) else self.organisation}"[:80]

    @property
    def is_of_a_gap(self) -> bool:
        """That nobody answers for an empty post is no empty post: it climbs by itself."""
        return self.duty is not None and self.duty.duty.question.startswith(ROTA_QUESTION)


@wall.lifted("a post stands empty whoever may see the duties that wait for it")
def empty_posts(under: Arrangements, now: datetime) -> list[Gap]:
    """The posts that duties come or climb to and that nobody holds now: raised before anything comes to them."""
    return [*_empty_rungs(under, now), *_vacated(under, now)]


def _empty_rungs(under: Arrangements, now: datetime) -> list[Gap]:
    """The partnership's rungs, once there is a duty that may climb to them."""
    wide = {rung.role for row in under.rules.rows for rung in row.ladder if is_partnership_wide(rung.role)}
    empty = [role for role in sorted(wide) if not who(under.rota, role, "", now).person]
    if not empty:
        return []
    waiting = DutyNow.objects.exclude(status="discharged").exclude(question__startswith=ROTA_QUESTION)
    return [Gap(role, "") for role in empty] if waiting.exists() else []


def _vacated(under: Arrangements, now: datetime) -> list[Gap]:
    """The posts whose holder has left, is away without cover, or whose shift has ended.

    Hours at which nobody is on call leave no post empty: whoever is on call next holds it.
    """
    named, posts = named_by(under.rules.rows), defaultdict(list)
    for shift in under.rota.shifts:
        if shift.role in named:
            posts[shift.role, shift.organisation].append(shift)
    absences = tuple(absence for absence in under.rota.absences if absence.lasts(now))
    absent = {absence.person for absence in absences}
    return [Gap(*post) for post, shifts in sorted(posts.items()) if _is_vacant(shifts, absences, absent, now)]


def _is_vacant(shifts: list[Shift], absences: tuple[Absence, ...], absent: Container[str], now: datetime) -> bool:
    if not any(shift.since <= now for shift in shifts):
        return False  # nobody has held it yet
    role, organisation = shifts[0].role, shifts[0].organisation
    if any(shift.holds(role, now) and shift.person not in absent for shift in shifts):
        return False  # as nearly all are: cover is looked for among the rest
    always = Rota(tuple(_at_all_hours(shift) for shift in shifts), absences)
    return not who(always, role, organisation, now).person


def _at_all_hours(shift: Shift) -> Shift:
    return Shift(
        role=shift.role, person=shift.person, organisation=shift.organisation, since=shift.since, until=shift.until
    )


def raise_gaps(gaps: Iterable[Gap], *, under: Arrangements, now: datetime) -> int:
    """Raise to the partnership that nobody is on the rota for a role: one open duty a role and organisation.

    It is the partnership's own matter and stands on no child's record. Returns how many were raised.
    """
    asked: dict[str, list[Gap]] = defaultdict(list)
    for gap in gaps:
        if not gap.is_of_a_gap:
            asked[gap.question].append(gap)
    return sum(_raise_gap(question, same, under, now) for question, same in sorted(asked.items()))


@wall.lifted("a post stands empty whoever may see the duties that wait for it")
def _raise_gap(question: str, gaps: list[Gap], under: Arrangements, now: datetime) -> bool:
    if not _is_news(question, gaps, under, now):
        return False
    row = under.rules.in_force(NOBODY, now)
    event = raise_under(
        row,
        raising.Asked("", question, row.duty_level, now, ()),
        duty_id=str(uuid.uuid4()),
        at=now,
        organisation="",
        under=under,
    )
    try:
        with transaction.atomic():
            raising.open_duty(event, raising.home_of(event.duty.owner))
    except IntegrityError:
        return False  # another worker saw it at the same moment
    return True


def _is_news(question: str, gaps: list[Gap], under: Arrangements, now: datetime) -> bool:
    """Whether it is to be raised: nobody was asked before, or somebody has held the post since, or a duty came since.

    Somebody set it aside with a reason otherwise, and knows.
    """
    rows = DutyNow.objects.filter(question=question, child__isnull=True)
    if rows.exclude(status="discharged").exists():
        return False
    before = [state_of(events) for events in mapping.events_of(rows.values_list("duty_id", flat=True)).values()]
    if not before:
        return True
    ended = max(state.discharged_at for state in before if state.discharged_at is not None)
    if any(gap.came is not None and gap.came > ended for gap in gaps):
        return True
    role, organisation = gaps[0].role, gaps[0].organisation
    return ended < now and any(turn.answer.person for turn in turns(under.rota, role, organisation, ended, now))


@wall.lifted("a post is filled whoever may see its duty")
def close_filled(under: Arrangements, by: str, now: datetime) -> None:
    """End the duties of posts that somebody is on again: whoever put them there did what was asked."""
    if by == SYSTEM:
        return
    filled = {row.duty_id: row for row in DutyNow.objects.filter(_OPEN_POST) if _is_filled(row.question, under, now)}
    for duty, state in raising.still_open(filled).items():
        _, role, _ = filled[duty].question.split(":", 2)
        reason = f"Somebody is on the rota as {role_title(role).lower()}."
        event = Discharged(at=max(now, state.last), by=by, outcome=POST_FILLED, reason=reason)
        raising.apply(duty, state, event)
        audit.record(at=now, by=by, act="duty.discharged", child=filled[duty].child, about=str(duty))


@wall.lifted("a post stands empty whoever may see its duty")
def open_posts() -> list[UUID]:
    """The duties of empty posts that are open."""
    return list(DutyNow.objects.filter(_OPEN_POST).values_list("duty_id", flat=True))


_OPEN_POST = Q(question__startswith=ROTA_QUESTION) & ~Q(status="discharged")


def _is_filled(question: str, under: Arrangements, now: datetime) -> bool:
    _, role, organisation = question.split(":", 2)
    return not isinstance(who(under.rota, role, organisation, now), NobodyOnRota)
