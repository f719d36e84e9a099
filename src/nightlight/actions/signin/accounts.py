"""Accounts as an administrator keeps them, by command: made, let in again, stopped, linked to a provider's subject.

A password made here is shown once and kept as a digest. Each deed is on record under the name of who ran the command.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from nightlight.actions.signin import tries
from nightlight.actions.trail import audit, turns
from nightlight.domain.roles import ROLES
from nightlight.store.people.models import Organisation, Practitioner
from nightlight.store.signin.models import Factor, RecoveryCode, SignIn, Subject


class AccountError(Exception):
    """The account cannot be made or changed so; the message says why."""


def add(*, username: str, name: str, role: str, organisation: str, by: str, now: datetime) -> str:
    """Make an account; its password, shown once."""
    if role not in ROLES:
        raise AccountError(f"there is no role {role}. The roles are {', '.join(ROLES)}.")
    where = Organisation.objects.filter(code=organisation).first()
    if where is None:
        raise AccountError(f"there is no organisation {organisation}. It comes with its first delivery.")
    password = _password()
    with transaction.atomic():
        turns.take_for(f"account {username}")
        if Practitioner.objects.filter(username=username).exists():
            raise AccountError(
                f"there is a {username} already. Its password is changed by: nightlight account password"
            )
        made = Practitioner.objects.make(username=username, name=name, role=role, organisation=where, password=password)
        _write_down("account.added", made, by, now)
    return password


def password(*, username: str, by: str, now: datetime) -> str:
    """A new password, shown once; all sign-ins end."""
    person, made = _called(username), _password()
    with transaction.atomic():
        person.set_password(made)
        person.save(update_fields=["password"])
        _out(person, now)
        tries.forget(person.username)
        _write_down("account.password_made", person, by, now)
    return made


def unlock(*, username: str, by: str, now: datetime) -> None:
    """Let somebody try again at once after too many wrong tries."""
    person = _called(username)
    with transaction.atomic():
        tries.forget(person.username)
        _write_down("account.unlocked", person, by, now)


def reset(*, username: str, by: str, now: datetime) -> None:
    """Somebody lost every second factor: they set one up at the next sign-in. All sign-ins end."""
    person = _called(username)
    with transaction.atomic():
        Factor.objects.filter(practitioner=person).delete()
        RecoveryCode.objects.filter(practitioner=person).delete()
        _out(person, now)
        tries.forget(person.username)
        _write_down("account.reset", person, by, now)


def stop(*, username: str, by: str, now: datetime) -> None:
    """Somebody left: they are signed out everywhere at once and sign in no more, in any way."""
    person = _called(username)
    with transaction.atomic():
        Practitioner.objects.filter(pk=person.pk).update(is_active=False)
        _out(person, now)
        _write_down("account.stopped", person, by, now)


def start(*, username: str, by: str, now: datetime) -> None:
    """Somebody came back."""
    person = _called(username)
    with transaction.atomic():
        Practitioner.objects.filter(pk=person.pk).update(is_active=True)
        _write_down("account.started", person, by, now)


def link(*, username: str, issuer: str, subject: str, by: str, now: datetime) -> None:
    """Put on record whom a provider's subject is here. One that was somebody else's is theirs no more."""
    person = _called(username)
    with transaction.atomic():
        turns.take_for(f"subject {issuer} {subject}")
        Subject.objects.filter(issuer=issuer, subject=subject, ended=None).update(ended=now)
        Subject.objects.create(issuer=issuer, subject=subject, practitioner=person, since=now, by=by)
        _write_down("account.linked", person, by, now)


def unlink(*, username: str, by: str, now: datetime) -> None:
    """Nobody signs in as this person with a provider any more; all sign-ins end."""
    person = _called(username)
    with transaction.atomic():
        Subject.objects.filter(practitioner=person, ended=None).update(ended=now)
        _out(person, now)
        _write_down("account.unlinked", person, by, now)


def everybody() -> Sequence[Practitioner]:
    """Every account, by user name."""
    return list(Practitioner.objects.select_related("organisation").order_by("username"))


def _called(username: str) -> Practitioner:
    found = Practitioner.objects.filter(username=username).first()
    if found is None:
        raise AccountError(f"nobody is called {username}: nightlight account list shows who there is.")
    return found


def _out(person: Practitioner, now: datetime) -> None:
    SignIn.objects.filter(practitioner=person, ended=None).update(ended=now)


def _password() -> str:
    """Of 100 random bits, in groups that can be read out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def _write_down(act: str, person: Practitioner, by: str, now: datetime) -> None:
    audit.record(at=now, by=by, act=act, about=person.username)
