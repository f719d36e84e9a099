"""Signing in with an organisation's own identity provider, by OpenID Connect: code flow, PKCE, state and nonce.

The provider says which of its subjects somebody is. Whom that is here is on record (`accounts.link`); an unknown
subject is nobody, whatever name or e-mail address the provider gives with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from nightlight.actions.signin import tries
from nightlight.actions.signin.tries import SignInRefused
from nightlight.actions.trail import audit
from nightlight.store.access import wall
from nightlight.store.people.models import Practitioner
from nightlight.store.signin.models import Subject

_SECONDS = 5
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_NOT_KNOWN = (
    "Your organisation knows you, and Nightlight does not, or not any more. Ask your administrator to link your "
    "account. If a child is in danger now, telephone; do not wait."
)
_NOT_FINISHED = "Signing in with your organisation was not finished. Try again, or sign in another way."


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider, and as whom Nightlight is known to it. back: where it sends a browser afterwards."""

    issuer: str
    client: str
    secret: str
    back: str


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what its session keeps until it comes back."""

    address: str
    kept: dict[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """Who came back, and when they proved it to the provider; an age ago where it does not say."""

    practitioner: Practitioner
    proved: datetime


def begin(provider: Provider, *, longest: timedelta, again: bool = False) -> Begun:
    """Begin. again: ask them to prove it there once more, though they may be signed in at the provider still."""
    kept = {name: secrets.token_urlsafe(48) for name in ("state", "nonce", "verifier")}
    asked = {"prompt": "login"} if again else {}
    try:
        address, _ = _session(provider).create_authorization_url(
            _told(provider.issuer)["authorization_endpoint"], state=kept["state"], nonce=kept["nonce"],
            code_verifier=kept["verifier"], max_age=str(int(longest.total_seconds())), **asked,
        )  # fmt: skip
    except (requests.RequestException, KeyError, ValueError) as error:
        raise SignInRefused("Your organisation's sign-in does not answer. Sign in another way, or wait.") from error
    return Begun(address, kept)


def finish(provider: Provider, *, kept: Mapping[str, str], answer: Mapping[str, str], now: datetime) -> Known:
    """Who came back with this answer; raises `SignInRefused`."""
    if not kept or not secrets.compare_digest(answer.get("state", ""), kept["state"]) or not answer.get("code"):
        raise SignInRefused(_NOT_FINISHED)
    try:
        claims = _claims(provider, answer["code"], kept)
        _check(claims, provider, kept["nonce"], now)
    except (requests.RequestException, OAuthError, JoseError, KeyError, ValueError) as error:
        raise SignInRefused(_NOT_FINISHED) from error
    said = claims.get("auth_time")
    proved = datetime.fromtimestamp(said, UTC) if isinstance(said, int) else now - timedelta(days=1)
    return Known(_whose(provider.issuer, str(claims["sub"]), now), min(proved, now))


def _claims(provider: Provider, code: str, kept: Mapping[str, str]) -> dict[str, Any]:
    told = _told(provider.issuer)
    token = _session(provider).fetch_token(
        told["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=kept["verifier"],
        timeout=_SECONDS,
    )  # fmt: skip
    keys = requests.get(told["jwks_uri"], timeout=_SECONDS).json()
    return dict(jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims)


def _check(claims: dict[str, Any], provider: Provider, nonce: str, now: datetime) -> None:
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=60,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    registry.validate(claims)
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != provider.client:
        raise ValueError("a token for several, and not from us")


@wall.lifted("whom a provider's subject is, before anybody has signed in")
def _whose(issuer: str, subject: str, now: datetime) -> Practitioner:
    rows = Subject.objects.select_related("practitioner__organisation").filter(ended=None)
    found = rows.filter(issuer=issuer, subject=subject, practitioner__is_active=True).first()
    if found is None:
        audit.record(at=now, by=tries.nobody(f"{issuer} {subject}"), act="session.refused", detail={"how": "provider"})
        raise SignInRefused(_NOT_KNOWN)
    return found.practitioner


def _session(provider: Provider) -> Any:
    return OAuth2Session(
        provider.client, provider.secret, scope="openid", redirect_uri=provider.back, code_challenge_method="S256"
    )


@lru_cache(maxsize=4)
def _told(issuer: str) -> dict[str, Any]:
    """What the provider says of itself. One that gives itself another name is somebody else."""
    answer = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=_SECONDS)
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()
    if told.get("issuer") != issuer:
        raise ValueError("the provider gives itself another name than the one in NIGHTLIGHT_OIDC_ISSUER")
    return told
