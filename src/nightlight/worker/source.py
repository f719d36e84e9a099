"""The part of a source's worker: draws what its hub is to hear, sends it, and fetches what it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from nightlight.actions.source import outbox as source_outbox
from nightlight.actions.source import requests as source_requests
from nightlight.actions.source import sending as source_sending
from nightlight.actions.source.outbox import Own
from nightlight.actions.source.sending import Seal, Sent
from nightlight.actions.watching import clockwork
from nightlight.domain.pointers import Link

EVERY = timedelta(seconds=10)
"""How often it looks whether something began to hold here, or was asked there."""


@dataclass(slots=True)
class Source:
    """See `worker.parts.Part`."""

    link: Link
    own: Own
    seal: Seal = field(repr=False)
    name: str = "source"
    channel: str = "nightlight_source"
    _next: datetime | None = None

    def work(self, now: datetime) -> bool:
        """One round."""
        self._next = now + EVERY
        self.turn(now)
        return False

    def next_edge(self, now: datetime) -> datetime | None:
        return self._next

    def turn(self, now: datetime) -> Sent:
        """Draw, fetch, send. What could not be sent waits in the database."""
        source_outbox.draw(own=self.own, now=now)
        source_requests.pull(link=self.link, organisation=self.own.organisation, now=now)
        source_requests.draw(now=now)
        return source_sending.send(link=self.link, own=self.own, seal=self.seal, now=clockwork.database_time)
