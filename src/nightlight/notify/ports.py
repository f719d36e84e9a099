"""What every channel is: it takes a message under an id, and says whether it was taken and what became of it.

Sending the same id again must reach a person once, as far as the channel can hold that; each says how it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from nightlight.domain.delivery import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent: to an address, under the notice's id. It holds a link and no child's details.

    again: whether it was tried before, so that a channel that can ask looks whether it has it already.
    """

    id: str
    to: str
    why: str
    subject: str
    text: str
    link: str
    duty: str
    made: datetime
    fast: bool = False
    again: bool = False


class Channel(Protocol):
    """One way out."""

    def send(self, message: Message) -> Outcome:
        """Hand the message over. Never raises for what the other end does: that is an outcome."""
        ...

    def ask(self, provider_id: str) -> Outcome:
        """What became of a message sent before; `StillOnItsWay` from a channel that cannot say."""
        ...
