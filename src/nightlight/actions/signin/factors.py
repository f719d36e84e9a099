"""Second factors: an app that makes codes, and codes on paper for whoever lost it. Passkeys are `passkeys`.

The secret of an app is sealed, a code on paper is kept as a digest, and no code works twice.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyotp
from django.db import transaction

from nightlight.actions.seeing.access import Refused, not_there
from nightlight.actions.trail import audit, turns
from nightlight.store.access import wall
from nightlight.store.people.models import Practitioner
from nightlight.store.signin.models import Factor, RecoveryCode

APP, PASSKEY = "app", "passkey"
RECOVERY_CODES = 10
_STEP = 30
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class SetUp:
    """What an app is given: the secret to type in, and the same as an address to scan."""

    secret: str
    address: str


@wall.lifted("somebody's own second factors, asked for as they sign in")
def of(by: Practitioner) -> list[Factor]:
    """Somebody's second factors that have proved themselves."""
    return list(Factor.objects.filter(practitioner=by, confirmed__isnull=False).order_by("made"))


@wall.lifted("somebody's own codes on paper")
def codes_left(by: Practitioner) -> int:
    """How many of somebody's codes on paper still work."""
    return RecoveryCode.objects.filter(practitioner=by, used=None).count()


@wall.lifted("somebody's own second factor")
def set_up(*, by: Practitioner, now: datetime) -> SetUp:
    """Begin with an app: the same secret until it is confirmed, so that a page can be opened twice."""
    with transaction.atomic():
        turns.take_for(f"second factor {by.username}")  # two pages at once show the same secret
        begun = Factor.objects.filter(practitioner=by, kind=APP, confirmed=None).first()
        if begun is None:
            secret = pyotp.random_base32().encode()
            begun = Factor.objects.create(practitioner=by, kind=APP, name="Code app", secret=secret, made=now)
    totp = pyotp.TOTP(bytes(begun.secret).decode())
    return SetUp(totp.secret, totp.provisioning_uri(name=by.username, issuer_name="Nightlight"))


@wall.lifted("somebody's own second factor")
def confirm(*, by: Practitioner, code: str, now: datetime) -> tuple[str, ...] | None:
    """Take the app that was begun with into use, if its code is right; else None.

    Gives the codes on paper where somebody has none yet: they are shown once.
    """
    begun = Factor.objects.filter(practitioner=by, kind=APP, confirmed=None).first()
    step = _step_of(begun, code, now) if begun else None
    if begun is None or step is None:
        return None
    with transaction.atomic():
        Factor.objects.filter(id=begun.id).update(confirmed=now, used=now, counter=step)
        audit.record(at=now, by=by, act="factor.added", about=str(begun.id), detail={"kind": APP})
        return () if codes_left(by) else new_codes(by=by, now=now)


@wall.lifted("somebody's own second factor")
def right_code(*, by: Practitioner, code: str, now: datetime) -> bool:
    """Whether a code is one of somebody's app, or on their paper. It works once."""
    typed = "".join(code.split())
    return _from_app(by, typed, now) or _from_paper(by, typed, now)


@wall.lifted("somebody's own codes on paper")
def new_codes(*, by: Practitioner, now: datetime) -> tuple[str, ...]:
    """New codes on paper, shown once; those before them work no more."""
    made = tuple("-".join(_letters(4) for _ in range(4)) for _ in range(RECOVERY_CODES))
    with transaction.atomic():
        RecoveryCode.objects.filter(practitioner=by).delete()
        RecoveryCode.objects.bulk_create([RecoveryCode(practitioner=by, digest=_digest(code)) for code in made])
        audit.record(at=now, by=by, act="factor.codes_made", detail={"codes": len(made)})
    return made


@wall.lifted("somebody's own second factor")
def remove(*, by: Practitioner, factor: UUID, now: datetime) -> None:
    """Remove a second factor; never the last one, or a password alone would sign in."""
    with transaction.atomic():
        held = {each.id: each for each in Factor.objects.select_for_update().filter(practitioner=by)}
        if factor not in held:
            raise not_there()
        if not [each for each in held.values() if each.confirmed and each.id != factor]:
            raise Refused("This is the only second factor that you have. Add another, then remove this one.")
        held[factor].delete()
        audit.record(at=now, by=by, act="factor.removed", about=str(factor), detail={"kind": held[factor].kind})


def _from_app(by: Practitioner, typed: str, now: datetime) -> bool:
    for factor in Factor.objects.filter(practitioner=by, kind=APP, confirmed__isnull=False):
        step = _step_of(factor, typed, now)
        if step is not None:
            # Of two that bring the same code at once, one finds the step not taken yet.
            return bool(Factor.objects.filter(id=factor.id, counter__lt=step).update(counter=step, used=now))
    return False


def _step_of(factor: Factor, code: str, now: datetime) -> int | None:
    """The step of time whose code this is: now, or one before or after for a clock that is off; never an old one."""
    totp = pyotp.TOTP(bytes(factor.secret).decode())
    at = int(now.timestamp()) // _STEP
    steps = [step for step in (at - 1, at, at + 1) if step > factor.counter]
    typed = "".join(code.split()).encode()
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), typed)), None)


def _from_paper(by: Practitioner, typed: str, now: datetime) -> bool:
    rows = RecoveryCode.objects.filter(practitioner=by, digest=_digest(typed), used=None)
    if not rows.update(used=now):
        return False
    audit.record(at=now, by=by, act="factor.code_used")
    return True


def _digest(code: str) -> str:
    """Of 80 random bits a plain digest tells nobody anything."""
    return hashlib.sha256(code.replace("-", "").upper().encode()).hexdigest()


def _letters(many: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(many))
