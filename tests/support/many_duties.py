"""Thousands of open duties in the database at once, as raising them one by one would have left them.

For the tests and the benchmark of the worker: the rows are those of `store.duties.mapping`, written with COPY.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from nightlight.domain.duties import step
from nightlight.domain.duty_events import SYSTEM, Duty, Raised
from nightlight.store.bulk import copy_rows
from nightlight.store.duties import mapping
from nightlight.store.people.models import Organisation, Practitioner

ROLES = (
    "safeguarding_lead", "line_manager", "service_manager", "delegated_safeguarding_partner",
    "lead_safeguarding_partner", "front_door_team_manager", "emergency_duty_team", "emergency_duty_team_manager",
)  # fmt: skip
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ORGANISATION = "hub"


def a_rota(*without: str) -> None:
    """One person for every rung, but for the roles named."""
    from nightlight.store.duties.models import RotaRow

    place = Organisation.objects.get_or_create(code=ORGANISATION, defaults={"name": "Hub", "agency": "social_care"})[0]
    for role in ROLES:
        username = role.replace("_", "-")
        person = Practitioner.objects.filter(username=username).first() or Practitioner.objects.make(
            username=username, name=f"Fictional {role}", role=role, organisation=place
        )
        if role not in without:
            RotaRow.objects.create(role=role, organisation=place, practitioner=person, since=LONG_AGO)


def open_duties(
    count: int, *, due: Callable[[int], datetime], rule: str = "response.concern", level: str = "concern",
    role: str = "safeguarding_lead", owner: str = "safeguarding-lead",
) -> list[uuid.UUID]:  # fmt: skip
    """So many open duties, each of a child of its own; `due` says when the nth is."""
    ids = [uuid.uuid4() for _ in range(count)]
    events = [_raised(id_, due(n), rule, level, role, owner) for n, id_ in enumerate(ids)]
    copy_rows("duties_duty", ("id", "child", "question", "raised"), _duties(ids, events))
    copy_rows("duties_dutyevent", ("duty_id", "number", "kind", "at", "by", "detail"), _events(ids, events))
    columns = ("duty_id", "child", "question", "level", "status", "role", "organisation", "owner", "pending_to", "due",
               "next_edge", "indicators", "evidence")  # fmt: skip
    copy_rows("duties_dutynow", columns, _now(events, columns))
    return ids


def _raised(id_: uuid.UUID, due: datetime, rule: str, level: str, role: str, owner: str) -> Raised:
    raised = due - timedelta(days=7)
    duty = Duty(
        id=str(id_), child=str(uuid.uuid4()), question="asked", level=level, what="Look at the evidence.", role=role,
        raised=raised, due=due, rule=rule, rule_version=1, owner=owner, evidence=(str(uuid.uuid4()),),
    )  # fmt: skip
    return Raised(at=raised, by=SYSTEM, duty=duty)


def _duties(ids: Sequence[uuid.UUID], events: Sequence[Raised]) -> Iterator[Sequence[Any]]:
    for id_, event in zip(ids, events, strict=True):
        yield id_, uuid.UUID(event.duty.child), event.duty.question, event.duty.raised


def _events(ids: Sequence[uuid.UUID], events: Sequence[Raised]) -> Iterator[Sequence[Any]]:
    for id_, event in zip(ids, events, strict=True):
        yield id_, 1, "Raised", event.at, event.by, orjson.dumps(mapping.detail_of(event)).decode()


def _now(events: Sequence[Raised], columns: Sequence[str]) -> Iterator[Sequence[Any]]:
    for event in events:
        row = mapping.now_row(step(None, event), ORGANISATION, [])
        yield [getattr(row, name) for name in columns]
