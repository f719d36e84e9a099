"""Hearing at once that a meeting or a plan changed: one LISTEN connection for all who have such a page open in this
process.

A word that is lost costs nothing but time: after a break whoever listens reads again from where it was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import psycopg
from django.db import connection

OF_MEETINGS, OF_PLANS = "nightlight_meeting", "nightlight_plan"
"""The channels on which each is said."""
_CONNECT_TIMEOUT = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """A meeting or a plan changed; draft: the one that somebody types in the open, where it is that. None: the line is
    new."""

    about: UUID | None
    draft: int = 0


async def heard(channel: str = OF_MEETINGS) -> AsyncIterator[Heard]:
    """What is said, as long as the connection holds; the first word is that the line is open. Raises when it breaks."""
    line = await psycopg.AsyncConnection.connect(autocommit=True, connect_timeout=_CONNECT_TIMEOUT, **_parameters())
    async with line:
        await line.execute(f"LISTEN {channel}")
        yield Heard(None)
        async for word in line.notifies():
            about, _, draft = word.payload.partition(" ")
            yield Heard(UUID(about), int(draft or 0))


def _parameters() -> dict[str, object]:
    """How to reach the database that Django uses, without what only Django understands."""
    found = connection.get_connection_params()
    return {name: found[name] for name in found if name not in {"context", "cursor_factory", "prepare_threshold"}}


BREAKS = (psycopg.Error, OSError)
"""What `heard` raises when the line breaks."""
