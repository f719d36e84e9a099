"""Delivering a notice: what follows from each outcome of a try, and the loop that a worker and the simulation both run.

Sending is at least once under a key that makes a repeat harmless: what was taken and not settled is taken again after
its lease, by whoever comes next. Pure: stores and channels are ports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from nightlight.domain.notices import next_channel, retry_at

PAGE = "page"
"""The channel that always works: the notice is on the person's page as soon as it is kept."""


class State(StrEnum):
    """How far a notice has come. On the page it is from the start; these are of the channels that reach out."""

    SHOWN = "shown"
    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Sent:
    """A channel took it. provider_id: by which to ask what became of it; asks: whether that can be asked."""

    provider_id: str = ""
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """It arrived."""


@dataclass(frozen=True, slots=True)
class StillOnItsWay:
    """The channel does not know yet."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """It did not arrive: why, in a code; passing: whether trying again may help."""

    code: str
    passing: bool


Outcome = Sent | Delivered | StillOnItsWay | NotSent


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A notice that a worker has taken to send, or to ask after. contacts: address by channel, in order."""

    id: str
    why: str
    person: str
    duty: str
    about: str
    fast: bool
    made: datetime
    state: State
    channel: str
    tries: int
    provider_id: str
    contacts: Mapping[str, str]
    sent: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What becomes of a notice after a try. unreached: no channel is left, so the next person is told."""

    taken: Taken
    outcome: Outcome
    state: State
    channel: str
    tries: int
    next_at: datetime | None
    provider_id: str = ""
    unreached: bool = False


_ASK_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=6))
GIVE_UP_ASKING = timedelta(hours=72)
"""A provider that has not said by then what became of a message has failed to deliver it."""


def settle(taken: Taken, outcome: Outcome, now: datetime) -> Settled:
    """What follows from the outcome of a try: sent, asked after again, tried again, next channel, or nobody reached.

    A failure that may pass is tried again on the same channel a few times; one that will not goes to the next at once.
    """
    match outcome:
        case Sent(provider_id, asks):
            next_at = now + _ASK_AFTER[0] if asks else None
            return _settled(taken, outcome, State.SENT, taken.channel, taken.tries, next_at, provider_id)
        case Delivered():
            return _settled(taken, outcome, State.DELIVERED, taken.channel, taken.tries, None, taken.provider_id)
        case StillOnItsWay():
            return _asked(taken, outcome, now)
        case NotSent(passing=True) if taken.state is State.WAITING:
            again = retry_at(taken.tries, now, fast=taken.fast)
            if again is not None:
                return _settled(taken, outcome, State.WAITING, taken.channel, taken.tries, again)
    return _next(taken, outcome, now)


def _asked(taken: Taken, outcome: StillOnItsWay, now: datetime) -> Settled:
    waited = now - (taken.sent or now)
    if waited >= GIVE_UP_ASKING:
        return _next(taken, NotSent("no-word", passing=False), now)
    wait = next((each for each in _ASK_AFTER if each > waited), _ASK_AFTER[-1])
    return _settled(taken, outcome, State.SENT, taken.channel, taken.tries, now + wait, taken.provider_id)


def _next(taken: Taken, outcome: Outcome, now: datetime) -> Settled:
    channel = next_channel(list(taken.contacts), taken.channel)
    if channel:
        return _settled(taken, outcome, State.WAITING, channel, 0, now)
    return Settled(
        taken=taken, outcome=outcome, state=State.FAILED, channel=taken.channel, tries=taken.tries, next_at=None,
        unreached=True,
    )  # fmt: skip


def _settled(
    taken: Taken,
    outcome: Outcome,
    state: State,
    channel: str,
    tries: int,
    next_at: datetime | None,
    provider_id: str = "",
) -> Settled:
    return Settled(
        taken=taken, outcome=outcome, state=state, channel=channel, tries=tries, next_at=next_at,
        provider_id=provider_id,
    )  # fmt: skip


# -- one batch, on any store


class Outbox(Protocol):
    """Where notices are kept, as delivery needs it."""

    def transaction(self) -> AbstractContextManager[object]:
        """All that is written inside is kept together, or nothing of it is."""
        ...

    def take(self, now: datetime, limit: int) -> Sequence[Taken]:
        """Notices whose moment has come, one try more counted; nobody else takes them until their lease ends."""
        ...

    def settle(self, settled: Iterable[Settled], now: datetime) -> Sequence[Settled]:
        """Write what came of each, unless another worker has taken it since; returns those written."""
        ...


class Reach(Protocol):
    """The channels, by their names: what sends, and what can be asked."""

    def send(self, taken: Taken) -> Outcome:
        """Hand it to its channel, under the notice's id: a repeat reaches the person once."""
        ...

    def ask(self, taken: Taken) -> Outcome:
        """What became of it, where the channel can say."""
        ...


Each = Callable[[Callable[[Taken], Outcome], Sequence[Taken]], Iterable[Outcome]]


def deliver(
    outbox: Outbox,
    reach: Reach,
    now: Callable[[], datetime],
    limit: int,
    unreached: Callable[[Settled, datetime], None],
    each: Each = map,
) -> int:
    """One batch: taken and counted in one transaction, sent outside any, settled in another. Returns how many.

    each: runs the sending over the batch, a pool of threads or plain `map`.
    """
    with outbox.transaction():
        taken = outbox.take(now(), limit)
    if not taken:
        return 0
    outcomes = list(each(lambda one: reach.send(one) if one.state is State.WAITING else reach.ask(one), taken))
    moment = now()
    with outbox.transaction():
        settled = [settle(one, outcome, moment) for one, outcome in zip(taken, outcomes, strict=True)]
        for one in outbox.settle(settled, moment):
            if one.unreached:
                unreached(one, moment)
    return len(taken)
