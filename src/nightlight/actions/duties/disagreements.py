"""Professional disagreement: a decision about a child that somebody thinks is wrong becomes a duty that climbs.

It pauses nothing: the clocks of the child, and the duty it is about, run on. A conference's decision has a ladder of
its own (DISSENT-ANSWER), which an entry of the dissent starts.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nightlight.actions.duties.theirs import found
from nightlight.actions.owned import raising
from nightlight.actions.seeing.access import require
from nightlight.actions.trail import audit, turns
from nightlight.domain.duties import DutyState
from nightlight.domain.duty_events import DutyError
from nightlight.domain.raising import Arrangements, raise_duty, raise_under
from nightlight.domain.roles import Permission
from nightlight.store.duties import mapping
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Practitioner

DISAGREEMENT = "DISAGREEMENT"
QUESTION = "disagreement:"


def disagree(
    *,
    by: Practitioner,
    about: UUID,
    reason: str,
    now: datetime,
    in_danger: bool = False,
    due_by: datetime | None = None,
) -> DutyState:
    """Disagree with how a duty is answered, or was. Whoever disagrees speaks first, so the duty is theirs; it climbs
    through both lines of managers to the partners.

    in_danger: the child is in danger now, and no ladder is waited for: it is an immediate duty of the team on call.
    due_by: when what is planned next to protect the child happens; the dispute is due by then if that is sooner.
    """
    require(by, Permission.DUTY_HOLD)
    if not reason.strip():
        raise DutyError("to disagree takes a reason, in words that the other agency could answer.")
    with transaction.atomic():
        turns.take()  # of two who disagree at once, the second finds the first's
        held, _ = found(by, about, now)
        question = f"{QUESTION}{about}"
        if DutyNow.objects.filter(child=held.child, question=question).exclude(status="discharged").exists():
            raise DutyError("a disagreement about this is open already: say it to whoever owns that one.")
        under = Arrangements(rota=mapping.rota())
        level = "immediate" if in_danger else under.rules.in_force(DISAGREEMENT, now).duty_level
        asked = raising.Asked(str(held.child or ""), question, level, now, tuple(str(id_) for id_ in held.evidence))
        duty_id, where = str(uuid.uuid4()), by.organisation_id
        event = (
            raise_duty(asked, duty_id=duty_id, at=now, organisation=where, under=under)
            if in_danger
            else raise_under(
                under.rules.in_force(DISAGREEMENT, now), asked, duty_id=duty_id, at=now, organisation=where,
                under=under, owner=by.username, due_by=due_by,
            )
        )  # fmt: skip
        if event is None:
            raise DutyError("no rule answers an immediate duty: add a row for that level to the rules.")
        state = raising.open_duty(event, where)
        audit.record(at=now, by=by, act="duty.disagreed", child=held.child, about=str(about), reason=reason.strip())
    return state
