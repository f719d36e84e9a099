"""More time for a copy of what is held: taken once, for a reason that the person was told within the first month.

The duty of the first month ends as what it was, and one with the later date begins. It decides nothing of the copy.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nightlight.actions.oversight.copies import NotMade, lock, may_work_on
from nightlight.actions.owned import raising
from nightlight.actions.trail import audit
from nightlight.domain.duty_events import SUBJECT_QUESTION
from nightlight.domain.raising import Arrangements, raise_under
from nightlight.store.access import wall
from nightlight.store.duties import mapping
from nightlight.store.oversight.models import SubjectLonger, SubjectRequest
from nightlight.store.people.models import Practitioner
from nightlight.timeline.london import local_date

RULE = "SUBJECT-COPY-LONGER"
"""How long in all, from the day on which it was received."""


@wall.lifted("more time is kept with its reason, and the guardian's duty goes on with it")
def take(*, by: Practitioner, request: UUID, why: str, told: datetime, now: datetime) -> SubjectLonger:
    """Take the longer time, once: why, and when the person was told so. Raises `NotMade`."""
    row = may_work_on(by=by, request=request, now=now)
    if fault := _fault(row, why.strip(), told, now):
        raise NotMade(fault)
    with transaction.atomic():
        lock(row)
        if fault := _fault(row, why.strip(), told, now):
            raise NotMade(fault)
        first = row.due
        rule, due = _later(row, by, why.strip(), now)
        longer = SubjectLonger.objects.create(
            request=row, first_due=first, due=due, rule=rule[0], rule_version=rule[1], why=why.strip(), told=told,
            at=now, by=by.username,
        )  # fmt: skip
        SubjectRequest.objects.filter(id=row.id).update(due=due)
        audit.record(
            at=now, by=by, act="subject.longer", child=row.child, about=str(row.id), detail={"due": due.isoformat()}
        )
    return longer


@wall.lifted("a request that its reader was shown")
def of(request: UUID) -> SubjectLonger | None:
    """The longer time that was taken for a request that its reader was shown; none, where none was."""
    return SubjectLonger.objects.filter(request=request).first()


def _fault(row: SubjectRequest, why: str, told: datetime, now: datetime) -> str | None:
    if row.closed:
        return "This request is answered"
    if SubjectLonger.objects.filter(request=row).exists():
        return "More time was taken already. It is taken once"
    if not why:
        return "Say why more time is needed, as you told whoever asked: how complex it is, or how many requests"
    if told > now or local_date(told) < local_date(row.received):
        return "Enter the day on which they were told: from the day on which it was received to today"
    if local_date(told) > local_date(row.due):
        return "They have to be told before the first month is over. It is: answer, and say why it is late"
    return None


def _later(row: SubjectRequest, by: Practitioner, why: str, now: datetime) -> tuple[tuple[str, int], datetime]:
    """End the duty of the first month and begin the one of the longer time; by which rule, and until when."""
    under = Arrangements(rota=mapping.rota())
    rule = under.rules.in_force(RULE, row.received)
    raising.end_reviewed(f"{SUBJECT_QUESTION}{row.id}", by=by.username, reason=f"More time is taken: {why}", now=now)
    asked = raising.Asked("", f"{SUBJECT_QUESTION}{row.id}", rule.duty_level or "concern", row.received, ())
    begun = raise_under(
        rule, asked, duty_id=str(uuid.uuid4()), at=now, organisation="", under=under, began=row.received
    )
    raising.open_duty(begun, raising.home_of(begun.duty.owner))
    return (rule.id, rule.version), begun.duty.due
