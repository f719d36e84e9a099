"""The web's one reading of the wall clock, taken once a request and passed down as `now`."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
