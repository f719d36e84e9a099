"""Taking something on in a plan: a protection, an action, or the plan itself when it ends or steps down.

Nothing is anybody's because somebody typed their name. Who signs in says it themselves, on the plan's page; for
somebody who does not, whoever leads the plan writes down that they did, and how.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nightlight.actions.plans import deeds as plans
from nightlight.actions.plans.deeds import Done, OpenedPlan
from nightlight.actions.seeing.access import Refused
from nightlight.domain.meetings import events as ev
from nightlight.domain.plans import events as pe
from nightlight.store.people.models import Practitioner

HOW = "say how they accepted it: in the room, by telephone, in writing."


def ask(*, by: Practitioner, plan: UUID, key: str, person: str, name: str = "", now: datetime) -> Done:
    """Ask somebody to take over what follows (gate G7): by sign-in name, or by a name for one who does not sign in.
    They see the plan from now on, and are told."""
    known = Practitioner.objects.filter(username=person, is_active=True).first()
    name = known.name if known else name

    def make(_: OpenedPlan) -> ev.Event:
        return pe.TakeOverAsked(id=key, at=now, by=by.username, person=person, name=name)

    return plans.act(by, plan, key, make, now, leads=True)


def accept(*, by: Practitioner, plan: UUID, key: str, author: str = "", how: str = "", now: datetime) -> Done:
    """Say that one takes the plan over, or (for whoever leads it) write down that somebody who does not sign in did."""

    def make(opened: OpenedPlan) -> ev.Event:
        _may_say(by, opened, author, how)
        return pe.TakeOverAccepted(id=key, at=now, by=by.username, author=author, how=how)

    return plans.act(by, plan, key, make, now, leads=False)


def decline(*, by: Practitioner, plan: UUID, key: str, reason: str, author: str = "", now: datetime) -> Done:
    """Say that one does not take it over, and why."""

    def make(opened: OpenedPlan) -> ev.Event:
        _may_say(by, opened, author, reason)
        return pe.TakeOverDeclined(id=key, at=now, by=by.username, author=author, reason=reason)

    return plans.act(by, plan, key, make, now, leads=False)


def accept_protection(
    *, by: Practitioner, plan: UUID, key: str, item: str, of_version: int, author: str = "", how: str = "",
    now: datetime,
) -> Done:  # fmt: skip
    """Say: this protection is mine, I do it. Only its owner."""

    def make(opened: OpenedPlan) -> ev.Event:
        _may_say(by, opened, author, how)
        return ev.ProtectionAccepted(
            id=key, at=now, by=by.username, author=author, item=item, of_version=of_version, how=how
        )

    return plans.act(by, plan, key, make, now, leads=False)


def decline_protection(
    *, by: Practitioner, plan: UUID, key: str, item: str, reason: str, author: str = "", now: datetime
) -> Done:
    """Say that one will not, or cannot."""

    def make(opened: OpenedPlan) -> ev.Event:
        _may_say(by, opened, author, reason)
        held = opened.state.items.get(item)
        if held and (author or by.username) != held.text("owner"):
            raise Refused("Whoever it was given to declines it.")
        return ev.ProtectionDeclined(id=key, at=now, by=by.username, author=author, item=item, reason=reason)

    return plans.act(by, plan, key, make, now, leads=False)


def accept_action(
    *, by: Practitioner, plan: UUID, key: str, item: str, author: str = "", how: str = "", now: datetime
) -> Done:
    """Take an action. Only its owner."""

    def make(opened: OpenedPlan) -> ev.Event:
        _may_say(by, opened, author, how)
        return ev.ActionAccepted(id=key, at=now, by=by.username, author=author, item=item, how=how)

    return plans.act(by, plan, key, make, now, leads=False)


def _may_say(by: Practitioner, opened: OpenedPlan, author: str, how: str) -> None:
    """Each says it themselves; for one who does not sign in, whoever leads writes it down, with how they said so."""
    if author in ("", by.username):
        return
    if not opened.leads:
        raise Refused("Whoever leads the plan writes this down for others. Say it as yourself.")
    if Practitioner.objects.filter(username=author, is_active=True).exists():
        raise ev.MeetingError("they sign in here: they say it themselves on this page, and were told that it waits.")
    if not how.strip():
        raise ev.MeetingError(HOW)
