"""The way from a source to its hub over HTTP: signed as Standard Webhooks has it, under a key that ends.

What was signed for one address is not sent to another, and what the hub answers is read up to a limit.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib import error, request

from nightlight.domain.pointers import Answer, Unreachable
from nightlight.notify.webhook import OPENER, signature

LONGEST = 4 * 1024 * 1024
EVENTS, REQUESTS = "/api/v1/source/events", "/api/v1/source/requests"
EXPECTED = "Nightlight-Expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLink:
    """A hub at an address (`domain.pointers.Link`)."""

    base: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    timeout: float = 20
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # the signature's time is the moment of sending

    def send(self, id_: str, body: bytes) -> Answer:
        """See `domain.pointers.Link`."""
        return self._ask("POST", EVENTS, id_, body)

    def requests(self, id_: str) -> Answer:
        """See `domain.pointers.Link`."""
        return self._ask("GET", REQUESTS, id_, b"")

    def _ask(self, method: str, path: str, id_: str, body: bytes) -> Answer:
        timestamp = int(self.clock().timestamp())
        headers = {
            "authorization": f"Bearer {self.key}",
            "content-type": "application/cloudevents+json; charset=utf-8",
            "webhook-id": id_,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self.secret, id_, timestamp, body),
        }
        asked = request.Request(  # noqa: S310 checked when set
            self.base.rstrip("/") + path, data=body if method == "POST" else None, headers=headers, method=method
        )
        try:
            with OPENER.open(asked, timeout=self.timeout) as answer:
                return Answer(answer.status, _said(answer.read(LONGEST + 1)))
        except error.HTTPError as refused:
            with refused:
                return Answer(
                    refused.code, _words(refused.read(LONGEST)), _number(refused.headers.get(EXPECTED)),
                    _number(refused.headers.get("Retry-After")) or 0,
                )  # fmt: skip
        except (OSError, http.client.HTTPException, ValueError) as lost:
            raise Unreachable(f"the hub was not reached ({type(lost).__name__})") from None


def _said(body: bytes) -> Any:
    """What the hub answered; of an answer that was cut short it is not known whether it stands."""
    if len(body) > LONGEST:
        raise ValueError
    return json.loads(body) if body else None


def _words(body: bytes) -> Any:
    """What came with a refusal, which a proxy may have given in words of its own."""
    try:
        return _said(body)
    except ValueError:
        return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None
