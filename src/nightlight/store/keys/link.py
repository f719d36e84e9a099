"""The secret that a source and a hub share: who a child is travels sealed under it, and nobody between reads it.

The secret signs, too (`notify.webhook`); what seals is drawn from it and is never the same key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_LABEL = b"nightlight/child"


class NotSealedForUs(ValueError):
    """What was sealed was sealed with another secret, or changed on its way. The message holds no value."""


def seal_child(secret: str, scheme: str, number: str) -> str:
    """A child's number, sealed for the other end; no two are alike.

    >>> opened_child("whsec_c2VjcmV0", "upn", seal_child("whsec_c2VjcmV0", "upn", "A999200010001"))
    'A999200010001'
    """
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(_key(secret)).encrypt(nonce, number.encode(), scheme.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def opened_child(secret: str, scheme: str, sealed: str) -> str:
    """The number that was sealed. Raises `NotSealedForUs`."""
    try:
        raw = base64.urlsafe_b64decode(sealed)
        return AESGCM(_key(secret)).decrypt(raw[:_NONCE], raw[_NONCE:], scheme.encode()).decode()
    except (InvalidTag, ValueError):
        raise NotSealedForUs("it was sealed with another secret, or changed on its way") from None


def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), _LABEL, hashlib.sha256)
