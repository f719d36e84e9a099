"""Whose knowledge counts: one agency alone, what was actually shared with it, or everyone's together.

A view answers one question, from when an entry was known in it. It must not read entries' content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class View(Protocol):
    """From when an entry of `agency`, written down at `recorded`, is known in this view; None if it never is.

    shared: the agencies that in fact learned of it besides its own, and from when.
    """

    def known_from(self, agency: str, recorded: datetime, shared: Mapping[str, datetime]) -> datetime | None: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Alone:
    """What one agency holds itself."""

    agency: str

    @property
    def name(self) -> str:
        return f"alone:{self.agency}"

    def known_from(self, agency: str, recorded: datetime, shared: Mapping[str, datetime]) -> datetime | None:
        return recorded if agency == self.agency else None


@dataclass(frozen=True, slots=True)
class Actual:
    """What one agency holds itself and what was in fact shared with it, from when it learned of it."""

    agency: str

    @property
    def name(self) -> str:
        return f"actual:{self.agency}"

    def known_from(self, agency: str, recorded: datetime, shared: Mapping[str, datetime]) -> datetime | None:
        return recorded if agency == self.agency else shared.get(self.agency)


@dataclass(frozen=True, slots=True)
class Pooled:
    """Every entry, from the moment any agency had written it down."""

    @property
    def name(self) -> str:
        return "pooled"

    def known_from(self, agency: str, recorded: datetime, shared: Mapping[str, datetime]) -> datetime | None:
        return recorded
