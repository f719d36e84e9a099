"""What an open page of a plan is sent: that the plan has changed, and who changed it; nothing of what it says.

Nobody hears of a change to what they do not see: what was said in a part that is closed to them, nor, where what the
meeting decided is withheld from them, of anything but their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import orjson

from nightlight.actions.meetings import log as meeting_log
from nightlight.actions.meetings.page import again
from nightlight.actions.plans import deeds as plans
from nightlight.actions.seeing import compartments
from nightlight.actions.telling.live import Heard, Hub, Message
from nightlight.actions.trail import practitioners
from nightlight.domain.meetings.seen import parts_of, seen_in
from nightlight.domain.plans.state import Plan
from nightlight.store.access import wall
from nightlight.store.meetings import hearing, mapping
from nightlight.store.meetings.models import PlanEvent, PlanPlace
from nightlight.store.people.models import Practitioner


class Changes:
    """Where the streams of plans hear of changes and read them (`live.Source`)."""

    async def listen(self) -> AsyncIterator[Heard]:
        async for heard in hearing.heard(hearing.OF_PLANS):
            yield Heard(heard.about)

    def since(self, topic: UUID, number: int) -> Sequence[Message]:
        """What was done after the event of this number."""
        return again(lambda: _since(topic, number))

    def typed(self, _topic: UUID, _drafts: Sequence[int] | None) -> Sequence[Message]:
        """Nothing: what somebody types in a plan is theirs until they send it."""
        return ()

    def may_hear(self, topic: UUID, person: str) -> bool:
        return again(lambda: _may_hear(topic, person))


HUB = Hub(Changes())
"""The streams of this process."""


def _may_hear(plan: UUID, person: str) -> bool:
    found = Practitioner.objects.filter(username=person, is_active=True).first()
    return found is not None and plans.may_open(found, plan)


def _since(plan: UUID, number: int) -> list[Message]:
    rows = list(PlanEvent.objects.filter(plan=plan, number__gt=max(number, 0)).order_by("number"))
    found = mapping.plan_of(plan) if rows else None
    if found is None:
        return []
    state, _ = found
    names, withheld = practitioners.names({row.by for row in rows}), _withheld(plan, state)
    return [
        Message(
            row.number,
            "changed",
            orjson.dumps({"number": row.number, "by": row.by, "by_name": names.get(row.by, "Nightlight")}),
            _to(row, state),
            frozenset(who for who in withheld if not _is_theirs(row, state, who)),
        )
        for row in rows
    ]


def _to(row: PlanEvent, state: Plan) -> frozenset[str] | None:
    """Who may hear of an event: of what is in a closed part, only who is in that; of what names one, nobody else."""
    if row.item not in state.items or row.item in seen_in(state, compartments.open_to("", parts_of(state))).items:
        return None
    part = state.items[row.item].text("closed_part")
    return compartments.members_of(part) if part else frozenset()


@wall.lifted("from whom a plan is withheld must be known before anything of it is sent")
def _withheld(plan: UUID, state: Plan) -> frozenset[str]:
    """Those with a part in the plan who see of it what is theirs alone."""
    people = set(PlanPlace.objects.filter(plan=plan).values_list("person", flat=True))
    return frozenset(person for person in people if plans.is_withheld(person, state))


def _is_theirs(row: PlanEvent, state: Plan, person: str) -> bool:
    """Whether an event is of something that somebody from whom the plan is withheld still sees."""
    return bool(row.item) and row.item in meeting_log.seen_by(person, state, withheld=True).items
