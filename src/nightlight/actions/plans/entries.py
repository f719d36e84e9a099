"""That a plan runs, and what is agreed in it, as entries of the children's chronologies."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nightlight.actions.meetings.entries import Stated, agreed_in, keep
from nightlight.domain.kinds import PLAN_CATEGORIES
from nightlight.domain.people import Part
from nightlight.domain.plans.state import Plan
from nightlight.domain.records import EntryRecord, SubjectRecord
from nightlight.store.meetings import mapping
from nightlight.store.people.models import Practitioner
from nightlight.timeline.partial import Partial

_KINDS = {
    "child_protection": "social_care.child_protection_plan",
    "child_in_need": "social_care.child_in_need_plan",
    "family_help": "social_care.family_help",
}
"""An interim safety plan has no kind of its own: its protections are what the record holds of it."""


def bring(*, by: Practitioner, plan: UUID, state: Plan, now: datetime) -> None:
    """Bring the chronologies to what the plan says now. In the caller's turn."""
    stated = dict(agreed_in(state, state.begun.children))
    kind = _KINDS.get(state.kind)
    if kind:
        category = _category(state)
        for child in state.begun.children:
            entry = EntryRecord(
                kind=kind,
                subjects=(SubjectRecord(child, Part.SUBJECT),),
                occurred=Partial.instant(state.begun.at),
                until=Partial.instant(state.ended.at) if state.ended else None,
                recorded=state.ended.at if state.ended else state.begun.at,
                attributes={"category": category} if category and kind != "social_care.family_help" else {},
            )
            stated[f"plan/{child}"] = Stated(state.begun.by, entry)
    keep(by=by, log=plan, stated=stated, children=state.begun.children, learn=frozenset(), now=now)


def _category(state: Plan) -> str:
    """The category that the meeting decided, where a meeting did."""
    found = mapping.meeting_of(UUID(state.begun.meeting)) if state.begun.meeting else None
    said = [item.text("category") for item in found[0].decisions if item.text("category")] if found else []
    return said[-1] if said and said[-1] in PLAN_CATEGORIES else ""
