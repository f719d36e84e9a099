"""Signing in and out. Who tried is on record; a password, or a user name that nobody has, never is."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import authenticate
from django.db import transaction

from nightlight.actions.seeing.access import not_there
from nightlight.actions.signin import factors, tries
from nightlight.actions.signin.tries import SignInRefused, how_long
from nightlight.actions.trail import audit
from nightlight.domain.roles import ROLES
from nightlight.store.access import wall
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Practitioner
from nightlight.store.signin.models import SignIn

__all__ = [
    "SignInRefused", "alive", "begin", "beginning", "demo_practitioners", "end", "keep", "mine",
    "second_is_right", "sign_in", "sign_out",
]  # fmt: skip

IDLE, LONGEST = "SIGN-IN-IDLE", "SIGN-IN-LONGEST"
_SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a sign-in was last used: not a write for every page."""


_anew = wall.lifted("whoever signs in may not be who is signed in at this browser")


@_anew
def sign_in(*, username: str, password: str, now: datetime) -> Practitioner:
    """The practitioner of this user name and password; raises `SignInRefused`. Nobody is signed in by it yet.

    After ten wrong tries within the time of the rules a user name is refused unread, so that passwords can't be tried
    at speed.
    """
    practitioner = Practitioner.objects.filter(username=username).select_related("organisation").first()
    name = practitioner.username if practitioner else tries.nobody(username)
    if not tries.right(
        name=name, now=now, check=lambda: authenticate(username=username, password=password) is not None
    ):
        audit.record(at=now, by=practitioner or name, act="session.refused")
        raise SignInRefused("The user name or the password is not right. Check both and try again.")
    assert practitioner is not None  # noqa: S101 nobody's password is right
    return practitioner


@_anew
def second_is_right(*, practitioner: Practitioner, code: str, now: datetime) -> bool:
    """Whether a code is right for somebody whose password was; raises `SignInRefused` after too many that were not."""
    right = tries.right(
        name=practitioner.username, now=now, check=lambda: factors.right_code(by=practitioner, code=code, now=now)
    )
    if not right:
        audit.record(at=now, by=practitioner, act="session.refused")
    return right


@_anew
def begin(*, practitioner: Practitioner, now: datetime, how: str = "password") -> Practitioner:
    """Put on record that somebody has signed in, with all that was asked of them."""
    with transaction.atomic():
        tries.forget(practitioner.username)
        audit.record(at=now, by=practitioner, act="session.started", detail={"how": how})
    return practitioner


def beginning() -> AbstractContextManager[None]:
    """While a sign-in begins: when somebody last did is written beside their name, out of reach of every page."""
    return wall.lifted("a sign-in begins, before anybody stands behind the wall")


@wall.lifted("a sign-in is kept as it begins, before anybody stands behind the wall")
def keep(*, practitioner: Practitioner, how: str, device: str, now: datetime, proved: datetime | None = None) -> UUID:
    """Keep a sign-in that began, so that it can be listed, ended and bounded in time."""
    row = SignIn.objects.create(
        practitioner=practitioner, how=how, device=device[:200], began=now, seen=now, proved=proved or now
    )
    return row.id


@wall.lifted("whether a sign-in still holds is asked before the wall stands")
def alive(*, sign_in: UUID, by: Practitioner, now: datetime, used: bool = True) -> bool:
    """Whether a sign-in still holds: not ended, not idle for too long, not too old. used: whether it is being used."""
    rows = SignIn.objects.filter(id=sign_in, practitioner=by, ended=None)
    row = rows.select_related("practitioner__organisation").first()
    if row is None:
        return False
    by.organisation = row.practitioner.organisation  # every page asks for it, so it is read here
    if now - row.seen > how_long(IDLE, now) or now - row.began > how_long(LONGEST, now):
        _end(row, by, now, "session.timed_out")
        return False
    if used and now - row.seen > _SEEN_EVERY:
        SignIn.objects.filter(id=row.id).update(seen=now)
    return True


@wall.lifted("somebody's own sign-ins")
def mine(*, by: Practitioner, now: datetime) -> list[SignIn]:
    """Somebody's sign-ins that still hold, the newest first."""
    rows = SignIn.objects.filter(practitioner=by, ended=None, seen__gte=now - how_long(IDLE, now))
    return list(rows.filter(began__gte=now - how_long(LONGEST, now)).order_by("-began"))


@wall.lifted("somebody's own sign-ins")
def end(*, by: Practitioner, sign_in: UUID, now: datetime) -> None:
    """End one of one's own sign-ins, wherever it is."""
    row = SignIn.objects.filter(id=sign_in, practitioner=by).first()
    if row is None:
        raise not_there()
    if row.ended is None:
        _end(row, by, now, "session.ended")


def sign_out(*, by: Practitioner, now: datetime, sign_in: UUID | None = None) -> None:
    """Put on record that somebody has signed out."""
    if sign_in is None:
        audit.record(at=now, by=by, act="session.ended")
    else:
        end(by=by, sign_in=sign_in, now=now)


def _end(row: SignIn, by: Practitioner, now: datetime, act: str) -> None:
    with transaction.atomic():
        SignIn.objects.filter(id=row.id).update(ended=now)
        audit.record(at=now, by=by, act=act, about=str(row.id))


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
