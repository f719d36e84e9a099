"""Keys with which systems call the API: one organisation's, for what it names and until its end; revoked at once.

A key is shown when it is made and never again: what is kept is its digest.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from nightlight.actions.trail import audit
from nightlight.domain.limits import limit
from nightlight.feeds.registry import FEEDS
from nightlight.store.access import wall
from nightlight.store.people.models import Organisation
from nightlight.store.signin.models import ServiceKey
from nightlight.store.source.models import SourceKey

DELIVER, RECEIPTS, POINT = "deliver", "receipts", "point"
RIGHTS = {
    DELIVER: "deliver records of the feeds it names",
    RECEIPTS: "read what became of its own deliveries",
    POINT: "send pointers as a source, and answer what it is asked",
}
LONGEST = "KEY-DAYS"
_MARK = "nlk_"


class KeyRefused(Exception):
    """The key cannot be made or used so; the message says why, and holds no key."""


def create(
    *, name: str, organisation: str, feeds: Iterable[str], may: Iterable[str], days: int, system: str = "", by: str,
    now: datetime,
) -> tuple[ServiceKey, str]:  # fmt: skip
    """Make a key; the second is the key itself, shown once."""
    where = Organisation.objects.filter(code=organisation).first()
    if where is None:
        raise KeyRefused(f"there is no organisation {organisation}. It comes with its first delivery.")
    wanted, allowed = sorted(set(feeds)), sorted(set(may))
    _check(wanted, allowed, days, limit(LONGEST, now))
    secret = _MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        row = ServiceKey.objects.create(
            name=name, digest=_digest(secret), organisation=where, feeds=wanted, may=allowed, made=now, by=by,
            system=system, expires=now + timedelta(days=days),
        )  # fmt: skip
        if POINT in allowed:
            SourceKey.objects.create(key=row, secret=f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}")
        audit.record(at=now, by=by, act="key.made", about=str(row.id), detail={"may": allowed, "feeds": wanted})
    return row, secret


def signing_secret(key: ServiceKey) -> str:
    """The secret with which a source signs and seals: shown with its key, once. Empty for a key that is no source's."""
    row = SourceKey.objects.filter(key=key).first()
    return row.secret if row else ""


def revoke(*, key: UUID, by: str, now: datetime) -> None:
    """End a key now."""
    with transaction.atomic():
        if not ServiceKey.objects.filter(id=key, revoked=None).update(revoked=now):
            raise KeyRefused("there is no such key that still works: nightlight key list shows them.")
        audit.record(at=now, by=by, act="key.revoked", about=str(key))


def everything() -> Sequence[ServiceKey]:
    """Every key that was ever made, the newest first."""
    return list(ServiceKey.objects.select_related("organisation").order_by("-made"))


@wall.lifted("whose key it is, before anything is done in its name")
def whose(*, secret: str, now: datetime) -> ServiceKey | None:
    """The key that this is, if it still works."""
    rows = ServiceKey.objects.select_related("organisation").filter(digest=_digest(secret), revoked=None)
    row = rows.filter(expires__gt=now).first()
    if row is not None and (row.used is None or now - row.used > timedelta(minutes=1)):
        ServiceKey.objects.filter(id=row.id).update(used=now)
    return row


def actor(key: ServiceKey) -> str:
    """The name under which what a key does is written down."""
    return f"key:{key.id}"


def _check(feeds: list[str], may: list[str], days: int, longest: int) -> None:
    if unknown := [each for each in feeds if each not in FEEDS]:
        raise KeyRefused(f"there is no feed {', '.join(unknown)}. The feeds are {', '.join(FEEDS)}.")
    if not may or (wrong := [each for each in may if each not in RIGHTS]):
        raise KeyRefused(f"a key may: {', '.join(RIGHTS)}." + (f" Not: {', '.join(wrong)}." if may else ""))
    if (DELIVER in may) != bool(feeds):
        raise KeyRefused("a key that may deliver names its feeds, and one that may not names none.")
    if not 1 <= days <= longest:
        raise KeyRefused(f"a key lasts from 1 to {longest} days. Make a new one before it ends.")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
