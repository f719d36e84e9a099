"""What a child's page says of meetings and plans: which there were, which plan runs, and what protects now.

What was said in a meeting is for those who were asked; of what was agreed, this shows what the reader's own view of the
record holds as an entry.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nightlight.actions.child.children import ChildPage
from nightlight.actions.meetings import calling as meetings
from nightlight.actions.meetings import in_force
from nightlight.actions.plans import deeds as plans
from nightlight.domain.coverage import grace_of, why_not
from nightlight.domain.raising import Arrangements
from nightlight.domain.roles import Permission, may
from nightlight.store.people.models import Practitioner
from nightlight.web.presenters.meeting import times

AGREED = "meeting.decision"


def agreed(by: Practitioner, page: ChildPage, at: datetime) -> dict[str, Any]:
    """For a look at the child now; a look at the past shows none of it."""
    if page.look.as_at or page.look.agency:
        return {"meetings": [], "plans": [], "protects": [], "may_call": False}
    if not page.met:
        return {"meetings": [], "plans": [], "protects": [], "may_call": may(by.role, Permission.DUTY_HOLD)}
    child = page.child.id
    held, planned = meetings.of_child(child=child, now=at), plans.of_child(child=child)
    mine = {each.now.meeting_id for each in meetings.my_meetings(by=by, now=at, closed=True)} if held else set()
    my_plans = {each.plan_id for each in plans.my_plans(by=by, ended=True)} if planned else set()
    return {
        "meetings": [(each, each.now.meeting_id in mine) for each in held],
        "plans": [(each, plans.title_of(each.kind, each.plan.begun), each.plan_id in my_plans) for each in planned],
        "protects": _protects(page, at) if held or planned else [],
        "may_call": may(by.role, Permission.DUTY_HOLD),
    }


def _protects(page: ChildPage, at: datetime) -> list[tuple[Any, str, str, bool]]:
    """Each protection that the reader's view of the record holds: its times, why it does not count, whether it is
    still to come. What is in force comes first."""
    seen = {str(fact.entry.attributes.get("action", "")) for fact in page.facts if fact.kind == AGREED}
    under = Arrangements()
    grace = grace_of(under.rules, at, under.calendar)
    found = [each for each in in_force.protections_for(page.child.id) if each.what in seen]
    lines = [
        (each, times(each.in_force_from, each.until), why_not(each, at, grace), each.surely[0] > at)
        for each in found
        if each.until is None or each.until.latest > at
    ]
    return sorted(lines, key=lambda line: (bool(line[2]), line[3]))
