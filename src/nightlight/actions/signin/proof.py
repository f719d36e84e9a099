"""Proving again who one is, for what cannot be undone: broken glass, an override, how one signs in.

Whoever signed in lately has proved it. A proof is of the sign-in it was made in: nobody's other screen is any use.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from nightlight.actions.seeing.access import Refused
from nightlight.actions.signin import factors, tries
from nightlight.actions.trail import audit
from nightlight.store.access import wall
from nightlight.store.people.models import Practitioner
from nightlight.store.signin.models import SignIn

RULE = "SIGN-IN-PROOF"
_sitting: ContextVar[UUID | None] = ContextVar("nightlight_sign_in", default=None)


class NeedsProof(Refused):
    """Whoever asks must prove again who they are first."""

    def __init__(self) -> None:
        super().__init__("Prove again who you are, then do this.")


@contextlib.contextmanager
def sitting(sign_in: UUID | None) -> Iterator[None]:
    """What is done until it ends is done in this sign-in (None: in none, as by a command)."""
    token = _sitting.set(sign_in)
    try:
        yield
    finally:
        _sitting.reset(token)


@wall.lifted("somebody's own sign-in")
def recently(by: Practitioner, now: datetime) -> bool:
    """Whether somebody proved lately, in this sign-in, who they are. Outside any sign-in nobody has."""
    here = _sitting.get()
    if here is None or not by.is_active:
        return False
    since = now - tries.how_long(RULE, now)
    return SignIn.objects.filter(id=here, practitioner=by, ended=None, proved__gte=since).exists()


def require_proof(by: Practitioner, now: datetime) -> None:
    """Raise `NeedsProof` unless somebody proved lately who they are."""
    if not recently(by, now):
        raise NeedsProof


def prove(*, by: Practitioner, secret: str, now: datetime) -> bool:
    """Take a code of somebody's second factor, or their password where they have none; a wrong one is counted.

    Raises `tries.SignInRefused` after too many.
    """
    second = bool(factors.of(by))

    def check() -> bool:
        return factors.right_code(by=by, code=secret, now=now) if second else by.check_password(secret)

    if not tries.right(name=by.username, now=now, check=check):
        audit.record(at=now, by=by, act="proof.refused")
        return False
    proved(by=by, how="code" if second else "password", now=now)
    return True


@wall.lifted("somebody's own sign-in")
def proved(*, by: Practitioner, how: str, now: datetime) -> None:
    """Put on record that whoever sits at this sign-in proved who they are."""
    if here := _sitting.get():
        SignIn.objects.filter(id=here, practitioner=by).update(proved=now)
    audit.record(at=now, by=by, act="proof.given", detail={"how": how})
