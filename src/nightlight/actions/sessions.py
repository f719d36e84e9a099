"""Signing in and out. Who tried is on record; a password, or a user name that nobody has, never is."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.db import transaction

from nightlight.actions import audit
from nightlight.domain.roles import ROLES
from nightlight.store.access import wall
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Practitioner

FAILURES = 10
WINDOW = timedelta(minutes=15)


class SignInRefused(Exception):
    """Nobody is signed in; the message says what to do next."""


def sign_in(*, username: str, password: str, now: datetime) -> Practitioner:
    """The practitioner of this user name and password; raises `SignInRefused`.

    After ten failures in fifteen minutes a user name is refused unread, so that passwords can't be tried at speed.
    """
    practitioner = Practitioner.objects.filter(username=username).select_related("organisation").first()
    name = practitioner.username if practitioner else _nobody(username)
    if _failures(name, since=now - WINDOW) >= FAILURES:
        raise SignInRefused(
            "There have been ten wrong tries for this user name. Wait 15 minutes and try again, or ask your "
            "administrator. If a child is in danger now, telephone; do not wait."
        )
    if authenticate(username=username, password=password) is None or practitioner is None:
        audit.record(at=now, by=practitioner or name, act="session.refused")
        raise SignInRefused("The user name or the password is not right. Check both and try again.")
    return begin(practitioner=practitioner, now=now)


def begin(*, practitioner: Practitioner, now: datetime) -> Practitioner:
    """Put on record that somebody has signed in."""
    with transaction.atomic():
        audit.record(at=now, by=practitioner, act="session.started")
    return practitioner


def sign_out(*, by: Practitioner, now: datetime) -> None:
    """Put on record that somebody has signed out."""
    audit.record(at=now, by=by, act="session.ended")


@wall.lifted("before anybody has signed in to a demonstration")
def demo_practitioners(*, of_each: int = 2) -> list[Practitioner]:
    """The ready-made users that a demonstration's sign-in page shows: of each role, those with the most open duties.

    A partnership has a lead in every school: a page of them all would show nobody the roles.
    """
    open_duties = Counter(DutyNow.objects.exclude(status="discharged").values_list("owner", flat=True))
    by_role: dict[str, list[Practitioner]] = {}
    for each in Practitioner.objects.filter(is_active=True).select_related("organisation").order_by("name"):
        by_role.setdefault(each.role, []).append(each)
    order = [role for role in ROLES if role in by_role]
    return [
        each for role in order for each in sorted(by_role[role], key=lambda who: -open_duties[who.username])[:of_each]
    ]


def _failures(name: str, *, since: datetime) -> int:
    newest = AuditEvent.objects.filter(by=name).order_by("-id").values_list("at", "act")[:FAILURES]
    return sum(act == "session.refused" and at >= since for at, act in newest)


def _nobody(username: str) -> str:
    """Stands for a user name that nobody has: people type passwords and children's names into that field."""
    return "unknown:" + hashlib.sha256(username.encode()).hexdigest()[:16]
