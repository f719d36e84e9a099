"""What is in force for a child now, from every meeting and plan, and whether it covers a danger that somebody voices.

The same check as in a meeting, for a concern raised by anybody at any time: a danger that nothing covers in time is an
immediate duty, whatever the level of the concern itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from nightlight.actions.meetings import follow as meeting_follow
from nightlight.actions.meetings.follow import Ask
from nightlight.domain.concern_content import Content, from_when
from nightlight.domain.coverage import Coverage, coverage, grace_of
from nightlight.domain.meetings.covering import protections_of
from nightlight.domain.meetings.phrases import Reading, read_time
from nightlight.domain.meetings.state import Status
from nightlight.domain.protection import Danger, Protection
from nightlight.domain.raising import Arrangements
from nightlight.store.access import wall
from nightlight.store.duties import mapping as duties
from nightlight.store.duties.models import DutyNow
from nightlight.store.meetings import mapping
from nightlight.store.meetings.models import MeetingChild
from nightlight.timeline.partial import Partial

QUESTION = "uncovered:"
"""Before the concern's id, in the question of the duty that nothing covers the danger in it."""
RULE = "DANGER-UNCOVERED"
_WORDS = {"tonight": "tonight", "weekend": "this weekend"}


def protections_for(child: UUID) -> tuple[Protection, ...]:
    """Every protection that a meeting or plan agreed for this child, whatever became of it; each against any danger."""
    found: list[Protection] = []
    for row in MeetingChild.objects.filter(child=child).order_by("id"):
        if row.meeting_id:
            held = None if meeting_follow.taken_over(row.meeting_id) else mapping.meeting_of(row.meeting_id)
            if held and held[0].status is not Status.STOOD_DOWN:
                found += protections_of(held[0])
        elif row.plan_id:
            plan = mapping.plan_of(row.plan_id)
            found += protections_of(plan[0]) if plan else []
    return tuple(found)


def check(*, child: UUID, danger: Danger, now: datetime) -> Coverage:
    """A danger against what is in force for the child now. Called by what may show the child already.

    What was agreed against dangers that it names is not taken to be against this one too: a person must say so. Only
    what was agreed against all of them counts.
    """
    under = Arrangements()
    return coverage([danger], protections_for(child), now, grace_of(under.rules, now, under.calendar))


def danger_of(concern: UUID, content: Content, now: datetime) -> Danger | None:
    """The danger that a concern voices, where it says from when; None where it voices none with a time."""
    starts = from_when(content, now)
    if starts is None:
        return None
    words = _WORDS.get(str(content.get("from") or ""), "")
    read = read_time(words, now, Arrangements().calendar) if words else None
    ends = read.ends if isinstance(read, Reading) else None
    return Danger(id=str(concern), starts=Partial.instant(starts), ends=ends, what=str(content.get("harm") or ""))


@wall.lifted("whoever raised a concern sees what became of it")
def duty_of(concern: UUID) -> DutyNow | None:
    """The duty that nothing covers the danger in a concern; None where something does, or it voices none with a time.
    Called by what may show the concern already."""
    rows = DutyNow.objects.filter(question=f"{QUESTION}{concern}").select_related("duty")
    return rows.order_by("-duty__raised").first()


@wall.lifted("a danger is held against all that is in force, whoever voiced it")
def answer(
    *, concern: UUID, child: UUID, content: Content, organisation: str, evidence: Sequence[Any], now: datetime
) -> Coverage | None:
    """Check the danger in a concern; where nothing covers it, raise its duty at once, to the team on call at night.

    In the caller's transaction. Returns what was found; None where the concern voices no danger with a time.
    """
    danger = danger_of(concern, content, now)
    if danger is None:
        return None
    found = check(child=child, danger=danger, now=now)
    if found.still_open():
        ask = Ask(what="uncovered", about=str(concern), rule=RULE, child=str(child), since=now)
        under = Arrangements(rota=duties.rota())
        held = duties.states_of([child]).get(child, [])
        meeting_follow.raise_ask(ask, f"{QUESTION}{concern}", held, now, under, organisation, evidence)
    return found
