"""Whether something came from a source: signed a moment ago with the secret of a source's key."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from nightlight.actions.intake import receipts
from nightlight.actions.seeing.access import Refused
from nightlight.actions.signin.service_keys import POINT, actor
from nightlight.actions.trail import audit
from nightlight.notify.webhook import signature
from nightlight.store.signin.models import ServiceKey
from nightlight.store.source.models import SourceKey

SIGNED_WITHIN = timedelta(minutes=5)


class BadSignature(Exception):
    """What came is not signed by whoever holds the key's secret, or was signed too long ago."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The headers with which something was signed, as Standard Webhooks has them."""

    id: str
    timestamp: str
    signature: str


def checked(*, key: ServiceKey, signed: Signed, body: bytes, now: datetime) -> str:
    """The secret that this was signed with. Raises `Refused` for a key that is no source's, and `BadSignature`."""
    row = SourceKey.objects.filter(key=key).first() if receipts.permits(key, POINT, own=True) else None
    if row is None:
        audit.record(at=now, by=actor(key), act="key.refused", detail={"wanted": POINT})
        raise Refused("This key may not send pointers. Make one that may: nightlight key create NAME --source")
    try:
        at = int(signed.timestamp)
        late = abs(now.timestamp() - at) > SIGNED_WITHIN.total_seconds()
    except (ValueError, OverflowError):
        at, late = 0, True
    if late:
        raise BadSignature("signed more than five minutes from the hub's time. Set the clock of the source right")
    right = signature(row.secret, signed.id, at, body).encode()
    if not any(hmac.compare_digest(right, each.encode()) for each in signed.signature.split()):
        raise BadSignature("not signed with the secret of this key. Check NIGHTLIGHT_SOURCE_SECRET")
    return row.secret
