"""A source as a hub meets it: events as they are signed and sent, by a key of its own."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.test import Client

from nightlight.actions.sharing import agreements
from nightlight.actions.signin import service_keys
from nightlight.domain.pointers import FIRED, Event, written
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.notify.webhook import signature
from nightlight.store.keys.link import seal_child
from nightlight.store.people.models import Organisation
from nightlight.store.signin.models import ServiceKey

NHS = "9990000018"
INDICATOR = CATALOGUE["place.missing"]


def agree(*organisations: str, feeds: tuple[str, ...] = ("signals", "ssd")) -> None:
    """An agreement under which these send pointers."""
    terms = agreements.Terms(
        title="Pointers", purpose="To see", parties=organisations, feeds=feeds, starts=date(2020, 1, 1)
    )
    agreements.add(by="test", terms=terms, now=datetime.now(UTC))


@dataclass
class Source:
    """A source that can lie."""

    organisation: str = "oak"
    agency: str = "education"
    key: ServiceKey = field(init=False)
    bearer: str = field(init=False)
    secret: str = field(init=False)

    def __post_init__(self) -> None:
        Organisation.objects.get_or_create(
            code=self.organisation, defaults={"name": self.organisation, "agency": self.agency}
        )
        self.key, self.bearer = service_keys.create(
            name="source", organisation=self.organisation, feeds=(), may=[service_keys.POINT], days=5, by="test",
            now=datetime.now(UTC),
        )  # fmt: skip
        self.secret = service_keys.signing_secret(self.key)

    def signal(self, number: str = NHS, **changes: Any) -> dict[str, Any]:
        """What a pointer says."""
        since = datetime.now(UTC) - timedelta(days=2)
        return {
            "child": {"scheme": "nhs_number", "sealed": seal_child(self.secret, "nhs_number", number)},
            "signal": str(uuid.uuid4()), "indicator": INDICATOR.code, "level": INDICATOR.level,
            "rule": INDICATOR.rule, "since": since.isoformat(), "until": None, "agency": self.agency,
            "contact": "Safeguarding team, 01632 960 222", **changes,
        }  # fmt: skip

    def event(self, child: uuid.UUID, sequence: int, data: Mapping[str, Any], type_: str = FIRED, **more: Any) -> Event:
        """An event about a child, in its place."""
        return Event(
            id=more.pop("id", uuid.uuid4()), organisation=more.pop("organisation", self.organisation), type=type_,
            time=datetime.now(UTC), subject=child, sequence=sequence, data=data,
        )  # fmt: skip

    def send(self, event: Event | bytes, *, secret: str = "", at: datetime | None = None, id_: str = "") -> Any:
        """Send it as a source does; or signed otherwise."""
        body = event if isinstance(event, bytes) else written(event)
        id_ = id_ or (str(event.id) if isinstance(event, Event) else str(uuid.uuid4()))
        return Client().post(
            "/api/v1/source/events", body, content_type="application/cloudevents+json",
            headers=self.headers(id_, body, secret=secret, at=at),
        )  # fmt: skip

    def headers(self, id_: str, body: bytes, *, secret: str = "", at: datetime | None = None) -> dict[str, str]:
        """How it is signed."""
        timestamp = int((at or datetime.now(UTC)).timestamp())
        return {
            "Authorization": f"Bearer {self.bearer}", "webhook-id": id_, "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret or self.secret, id_, timestamp, body),
        }  # fmt: skip

    def requests(self) -> Any:
        """The requests that wait for it."""
        return Client().get("/api/v1/source/requests", headers=self.headers("r", b""))


OTHER_SECRET = f"whsec_{base64.b64encode(b'x' * 32).decode()}"
