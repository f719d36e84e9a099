"""Webhooks: a CloudEvents 1.0 event as JSON, signed as Standard Webhooks has it (HMAC-SHA256 over id, time and body).

The id is the notice's, so a receiver that remembers ids takes a repeat for what it is. Redirects are not followed:
what was signed for one address is not sent to another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib import error, request

from nightlight.domain.delivery import Delivered, NotSent, Outcome, StillOnItsWay
from nightlight.notify.ports import Message

TYPE = "uk.nightlight.notice"
_MAY_PASS = frozenset({408, 425, 429})


def secret_for(address: str, master: str) -> str:
    """The secret shared with the receiver at an address, drawn from the installation's own; give it to nobody else.

    >>> secret_for("https://school.example/hook", "master")[:10]
    'whsec_xoYD'
    """
    digest = hmac.digest(master.encode(), address.encode(), hashlib.sha256)
    return f"whsec_{base64.b64encode(digest).decode()}"


def signature(secret: str, id_: str, timestamp: int, body: bytes) -> str:
    """The value of the header `webhook-signature`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


class _NoRedirect(request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = request.build_opener(_NoRedirect, request.ProxyHandler({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Sends events from `source` (where the pages are), each signed with the receiver's own secret."""

    source: str
    master: str = field(repr=False)
    timeout: float = 10
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # the signature's time is the moment of sending

    def send(self, message: Message) -> Outcome:
        """See `notify.ports.Channel`. Any 2xx answer means that the receiver has it."""
        body = event(message, self.source)
        try:
            with OPENER.open(self._request(message, body), timeout=self.timeout):
                return Delivered()
        except error.HTTPError as answer:
            answer.close()
            return NotSent(f"http-{answer.code}", passing=answer.code >= 500 or answer.code in _MAY_PASS)
        except (OSError, http.client.HTTPException, ValueError) as failed:
            return NotSent(f"http-{type(failed).__name__}", passing=True)

    def ask(self, provider_id: str) -> Outcome:
        """A receiver said it had it when it was sent; there is nothing to ask."""
        return StillOnItsWay()

    def _request(self, message: Message, body: bytes) -> request.Request:
        timestamp = int(self.clock().timestamp())
        headers = {
            "content-type": "application/cloudevents+json; charset=utf-8",
            "webhook-id": message.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret_for(message.to, self.master), message.id, timestamp, body),
        }
        return request.Request(message.to, data=body, headers=headers, method="POST")  # noqa: S310 checked when set


def event(message: Message, source: str) -> bytes:
    """The event for a message."""
    said = {
        "specversion": "1.0",
        "id": message.id,
        "source": source,
        "type": f"{TYPE}.{message.why}",
        "time": message.made.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {"text": message.subject, "link": message.link, "fast": message.fast},
    }
    if message.duty:
        said["subject"] = f"duties/{message.duty}"
    return json.dumps(said, sort_keys=True).encode()
