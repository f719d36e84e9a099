"""Changing one's own password: with proof that is fresh, the old password, and every other sign-in ended.

A wrong old password counts as a wrong try at signing in: a screen left open is no way round the lock-out.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from nightlight.actions.seeing.access import Refused
from nightlight.actions.signin import proof, tries
from nightlight.actions.trail import audit
from nightlight.domain.limits import limit
from nightlight.store.access import wall
from nightlight.store.people.models import Practitioner
from nightlight.store.signin.models import SignIn

SHORTEST, LONGEST = "PASSWORD-SHORTEST", "PASSWORD-LONGEST"
"""Characters: long enough not to be guessed (three random words are), short enough to be digested at once."""


class NotChanged(ValueError):
    """The password is as it was; `field` is what to mend, and the message says how. It holds no password."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@wall.lifted("somebody's own account and sign-ins")
def change(*, by: Practitioner, old: str, new: str, again: str, here: UUID | None, now: datetime) -> None:
    """Change one's password; every sign-in but this one ends. Raises `NotChanged`, or `tries.SignInRefused`."""
    if not by.has_usable_password():
        raise Refused("You sign in with your organisation: your password is changed there.")
    proof.require_proof(by, now)
    if fault := _fault(by, old, new, again, now):
        raise NotChanged(*fault)
    if not tries.right(name=by.username, now=now, check=lambda: by.check_password(old)):
        audit.record(at=now, by=by, act="password.refused")
        raise NotChanged("old", "That is not your password now. Enter the one that you signed in with")
    with transaction.atomic():
        by.set_password(new)
        by.save(update_fields=["password"])
        others = SignIn.objects.filter(practitioner=by, ended=None)
        ended = (others.exclude(id=here) if here else others).update(ended=now)
        tries.forget(by.username)
        audit.record(at=now, by=by, act="password.changed", detail={"ended": ended})


def _fault(by: Practitioner, old: str, new: str, again: str, now: datetime) -> tuple[str, str] | None:
    if not old:
        return "old", "Enter your password as it is now"
    least, most = limit(SHORTEST, now), limit(LONGEST, now)
    if not least <= len(new) <= most:
        return "new", f"Enter at least {least} characters (at most {most}): three random words are easy to keep"
    if new == old:
        return "new", "Enter a password that you do not have already"
    if _easy(by, new):
        return "new", "Enter one that is harder to guess: not your name, and not one that many people use"
    return ("again", "The two are not the same. Enter the new one again") if new != again else None


def _easy(by: Practitioner, new: str) -> bool:
    plain = new.casefold()
    if len(set(plain)) < 5 or any(len(part) > 3 and part in plain for part in _own_words(by)):
        return True
    try:
        CommonPasswordValidator().validate(new)
    except ValidationError:
        return True
    return False


def _own_words(by: Practitioner) -> list[str]:
    return [*by.name.casefold().split(), by.username.casefold()]
