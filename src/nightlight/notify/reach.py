"""Every configured channel together: a notice goes to the one it names.

An error in a channel is an outcome: it stops nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nightlight.domain.delivery import NotSent, Outcome, StillOnItsWay, Taken
from nightlight.notify.ports import Channel
from nightlight.notify.wording import message


@dataclass(frozen=True, slots=True)
class Reach:
    """The channels by name (`email`, `text`, `webhook`); base: where the pages are served (`domain.delivery.Reach`)."""

    base: str
    channels: Mapping[str, Channel] = field(default_factory=dict)

    def send(self, taken: Taken) -> Outcome:
        """Send it by its channel."""
        channel, address = self.channels.get(taken.channel), taken.contacts.get(taken.channel)
        if channel is None:
            return NotSent("channel-not-set-up", passing=False)
        if not address:
            return NotSent("no-address", passing=False)
        try:
            return channel.send(message(taken, address, self.base))
        except Exception as error:
            return NotSent(f"error-{type(error).__name__}", passing=True)

    def ask(self, taken: Taken) -> Outcome:
        """Ask its channel what became of it. Not to be told now is no failure."""
        channel = self.channels.get(taken.channel)
        if channel is None:
            return StillOnItsWay()
        try:
            outcome = channel.ask(taken.provider_id)
        except Exception:
            return StillOnItsWay()
        return StillOnItsWay() if isinstance(outcome, NotSent) and outcome.passing else outcome
