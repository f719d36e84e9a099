"""Closed parts of a meeting: what is said there only those see who are in it, in the meeting and in the record.

A closed part is a compartment (`compartments`), opened by whoever runs the meeting, for police material, legal advice
or anything that a parent or another agency must not hear. Who was out of it, why, and how their view is heard instead
is on record. The Caldicott guardian keeps its members from then on.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nightlight.actions.meetings.log import Acted, Opened, Right, act
from nightlight.actions.seeing import compartments
from nightlight.domain.meetings import events as ev
from nightlight.store.people.models import Practitioner


def open_part(
    *, by: Practitioner, meeting: UUID, key: str, kind: str, reason: str, members: Sequence[str], away: str = "",
    now: datetime,
) -> Acted:  # fmt: skip
    """Close a part of the meeting to all but these members, and whoever opens it. kind: of `compartments.KINDS`."""
    part = uuid.uuid5(meeting, f"{by.username} {key}")
    inside = tuple(dict.fromkeys([by.username, *members]))

    def make(_: Opened) -> ev.Event:
        _known(inside)
        if kind not in compartments.KINDS:
            raise ev.MeetingError(f"say what is told in it, as one of {', '.join(compartments.KINDS)}.")
        return ev.ClosedPartOpened(
            id=key, at=now, by=by.username, part=str(part), kind=kind, reason=reason.strip(), members=inside, away=away
        )

    with transaction.atomic():
        acted = act(by=by, meeting=meeting, key=key, make=make, now=now, right=Right.RUNS)
        if acted.is_new:
            compartments.open_in_meeting(part, kind=kind, reason=reason, members=inside, by=by, now=now)
        return acted


def _known(people: Collection[str]) -> None:
    if Practitioner.objects.filter(username__in=people, is_active=True).count() != len(people):
        raise ev.MeetingError("whoever is in a closed part signs in here: choose people who can.")
