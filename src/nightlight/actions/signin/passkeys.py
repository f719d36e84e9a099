"""Passkeys (WebAuthn): something that somebody has, opened by what they know or are; both factors in one.

What a browser sends back is checked by the library; here is whose it is, and that it was asked for here and now.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import webauthn
from django.db import IntegrityError, transaction
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from nightlight.actions.signin.factors import PASSKEY
from nightlight.actions.trail import audit
from nightlight.store.access import wall
from nightlight.store.people.models import Practitioner
from nightlight.store.signin.models import Factor


class NotAccepted(Exception):
    """What the browser sent is not a passkey's answer to what was asked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the pages are served: a passkey is bound to it. name: the host alone; origin: with scheme and port."""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser is asked (JSON), and the challenge that its answer must hold."""

    options: str
    challenge: str


@wall.lifted("somebody's own passkeys")
def ask_new(*, by: Practitioner, site: Site) -> Asked:
    """Ask a browser for a new passkey of somebody's."""
    held = Factor.objects.filter(practitioner=by, kind=PASSKEY).values_list("credential", flat=True)
    options = webauthn.generate_registration_options(
        rp_id=site.name,
        rp_name="Nightlight",
        user_id=hashlib.sha256(f"nightlight:{by.pk}".encode()).digest(),
        user_name=by.username,
        user_display_name=by.name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in held if each],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return Asked(webauthn.options_to_json(options), bytes_to_base64url(options.challenge))


@wall.lifted("somebody's own passkeys")
def add(*, by: Practitioner, answer: str, challenge: str, site: Site, name: str, now: datetime) -> Factor:
    """Keep the passkey that a browser made; raises `NotAccepted`."""
    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
        with transaction.atomic():
            factor = Factor.objects.create(
                practitioner=by, kind=PASSKEY, name=name.strip()[:60] or "Passkey", secret=found.credential_public_key,
                credential=bytes_to_base64url(found.credential_id), counter=found.sign_count, made=now, confirmed=now,
            )  # fmt: skip
            audit.record(at=now, by=by, act="factor.added", about=str(factor.id), detail={"kind": PASSKEY})
    except (WebAuthnException, IntegrityError, ValueError) as error:
        raise NotAccepted("The passkey could not be added. Try again, or use an app that makes codes.") from error
    return factor


def ask(*, site: Site) -> Asked:
    """Ask a browser for any passkey of this site. It names nobody, so that it tells nothing of who has one."""
    options = webauthn.generate_authentication_options(
        rp_id=site.name, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Asked(webauthn.options_to_json(options), bytes_to_base64url(options.challenge))


@wall.lifted("whose passkey it is, before anybody has signed in")
def whose(*, answer: str, challenge: str, site: Site, now: datetime) -> Practitioner:
    """The practitioner whose passkey answered; raises `NotAccepted`."""
    try:
        credential = parse_authentication_credential_json(answer)
        factor = Factor.objects.select_related("practitioner__organisation").get(
            kind=PASSKEY, credential=bytes_to_base64url(credential.raw_id)
        )
        found = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=bytes(factor.secret),
            credential_current_sign_count=factor.counter,
            require_user_verification=True,
        )
    except (WebAuthnException, Factor.DoesNotExist, ValueError) as error:
        raise NotAccepted(_SAID) from error
    if not factor.practitioner.is_active:
        raise NotAccepted(_SAID)
    Factor.objects.filter(id=factor.id).update(counter=found.new_sign_count, used=now)
    return factor.practitioner


_SAID = "That passkey is not known here. Sign in another way, or ask your administrator."
