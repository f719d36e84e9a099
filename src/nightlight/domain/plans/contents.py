"""What of what a plan must hold (`rows`) is missing, in sentences with their source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from nightlight.domain.coverage import Coverage, coverage, is_named_person
from nightlight.domain.meetings.covering import dangers_of, protections_of
from nightlight.domain.meetings.gate_rows import Gate
from nightlight.domain.meetings.gates import DangerAnswered, Reason, StepDownFacts
from nightlight.domain.meetings.items import Item
from nightlight.domain.plans.rows import NEEDS, PlanRows, plans_in_use
from nightlight.domain.plans.state import Plan


def missing_from(plan: Plan, rows: PlanRows | None = None) -> tuple[Reason, ...]:
    """What this plan must hold and does not, in the order of the row that was in force when it was begun (gate G6).

    A kind of plan that no row has needs nothing but what a partnership asks of it.
    """
    row = (rows or plans_in_use()).find(plan.kind, plan.begun.at)
    if row is None:
        return ()
    return tuple(
        Reason(gate=Gate.CORE_GROUP, code=code, missing=_words(plan, code), source=row.source, grade=row.grade)
        for code in row.needs
        if not _HELD[code](plan)
    )


def coverage_of(plan: Plan, now: datetime, grace: timedelta = timedelta(hours=1)) -> Coverage:
    """The dangers of a plan against what counts as protection now, as in a meeting."""
    return coverage(dangers_of(plan), protections_of(plan), now, grace)


def step_down_facts(plan: Plan, now: datetime, *, child_heard: bool, follows: bool) -> StepDownFacts:
    """What gate G7 asks of this plan: each outcome with what was last seen of it, and each danger that no outcome
    answers, unless its own end has passed; each child's view, in words or with why there are none; and who takes over
    what follows, and whether they said so. Who declined is asked no more."""
    taking = plan.taking if plan.taking and plan.taking.declined is None else None
    return StepDownFacts(
        dangers=(*(_answered(plan, item) for item in plan.outcomes), *_left_open(plan, now)),
        child_heard=child_heard and {view["child"] for view in plan.views} >= set(plan.begun.children),
        follows=follows,
        taken_over_by=taking.asked.name if taking else "",
        accepted=bool(taking and taking.accepted),
        tripwires=len(plan.tripwires()),
    )


def _answered(plan: Plan, item: Item) -> DangerAnswered:
    seen = plan.progress.get(item.id, ())
    last = seen[-1] if seen and seen[-1].moved == "better" else None
    return DangerAnswered(
        what=item.text("what").rstrip(". "),
        seen=last.what if last else "",
        observed_from=last.seen_from.earliest if last and last.seen_from else None,
        observed_to=last.seen_to.latest if last and last.seen_to else None,
    )


def _left_open(plan: Plan, now: datetime) -> Iterator[DangerAnswered]:
    answered = {item.text("danger") for item in plan.outcomes}
    for danger in dangers_of(plan):
        if danger.id not in answered and danger.may_be[1] > now:
            yield DangerAnswered(what=danger.what.rstrip(". "), seen="", observed_from=None, observed_to=None)


def _words(plan: Plan, code: str) -> str:
    if code == "measures" and plan.outcomes:
        left = [item.text("what") for item in plan.outcomes if not _is_measured(item)]
        return f"Not said how it will be seen, or by when: {'; '.join(left)}."
    if code == "actions" and plan.actions:
        left = [item.text("what") for item in plan.actions if not _is_owed(item)]
        return f"No named person, or no date: {'; '.join(left)}."
    return f"The plan does not say {NEEDS[code]}."


def _is_measured(item: Item) -> bool:
    return bool(item.text("measure").strip()) and item["by_when"] is not None


def _is_owed(item: Item) -> bool:
    return is_named_person(item.text("owner_name") or item.text("owner")) and item["due"] is not None


def _is_complete(item: Item) -> bool:
    return all(item.text(name).strip() for name in ("if_", "then", "owner"))


def _has_note(plan: Plan, block: str) -> bool:
    return any(note["block"] == block and note.text("text").strip() for note in plan.notes)


_HELD: Mapping[str, Callable[[Plan], bool]] = MappingProxyType(
    {
        "lead": lambda plan: bool(plan.lead),
        "members": lambda plan: bool(plan.members),
        "outcomes": lambda plan: bool(plan.outcomes),
        "measures": lambda plan: bool(plan.outcomes) and all(_is_measured(item) for item in plan.outcomes),
        "actions": lambda plan: bool(plan.actions) and all(_is_owed(item) for item in plan.actions),
        "visits": lambda plan: bool(plan.visits),
        "contingency": lambda plan: any(_is_complete(item) for item in plan.contingencies),
        "tripwires": lambda plan: bool(plan.tripwires()),
        "protections": lambda plan: bool(plan.protections) or not plan.dangers,
        "review": lambda plan: plan.review is not None,
        "view": lambda plan: bool(plan.views),
        "family_version": lambda plan: _has_note(plan, "family_version"),
    }
)
