"""A duty's events as sentences, in the order they happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch

from nightlight.domain import duty_events as events
from nightlight.domain.roles import role_title
from nightlight.web.presenters import words


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: when, what in a sentence, and the reason that was given for it."""

    at: datetime
    said: str
    reason: str


def story(happened: Iterable[events.Event], names: Mapping[str, str]) -> list[Happened]:
    """Every event but that somebody opened it: reading is in the audit, and decides nothing."""
    return [
        Happened(event.at, _said(event, names), _reason(event, names))
        for event in happened
        if not isinstance(event, events.Seen)
    ]


def _reason(event: events.Event, names: Mapping[str, str]) -> str:
    """What a person wrote stays as they wrote it; what the rota says has user names in it."""
    reason = getattr(event, "reason", "")
    return words.named(reason, names) if isinstance(event, events.Assigned) else reason


def people_in(happened: Iterable[events.Event]) -> set[str]:
    """The user names that the events speak of."""
    found: set[str] = set()
    for event in happened:
        found |= {event.by, getattr(event, "to", ""), getattr(event, "owner", "")}
        if isinstance(event, events.Raised):
            found.add(event.duty.owner)
        if isinstance(event, events.Assigned):
            found |= words.tokens([event.reason])
    return found - {""}


def _who(username: str, names: Mapping[str, str]) -> str:
    return "Nightlight" if username == events.SYSTEM else names.get(username, username)


@singledispatch
def _said(event: events.Event, names: Mapping[str, str]) -> str:
    return f"{_who(event.by, names)}: {type(event).__name__}"


@_said.register
def _raised(event: events.Raised, names: Mapping[str, str]) -> str:
    owner = (
        f"given to {_who(event.duty.owner, names)}" if event.duty.owner else "nobody is on the rota, so nobody owns it"
    )
    entries = words.how_many(len(event.duty.evidence), "entry", "entries")
    return f"Raised at {event.duty.level}, on {entries}; {role_title(event.duty.role)}: {owner}"


@_said.register
def _notified(event: events.Notified, names: Mapping[str, str]) -> str:
    return f"{_who(event.to, names)} was told"


@_said.register
def _acknowledged(event: events.Acknowledged, names: Mapping[str, str]) -> str:
    return f"{_who(event.by, names)} acknowledged it: it is theirs"


@_said.register
def _handed_over(event: events.HandedOver, names: Mapping[str, str]) -> str:
    if event.by == events.SYSTEM:
        return f"Offered to {_who(event.to, names)} by the rota; its owner stays accountable until they accept"
    return f"{_who(event.by, names)} offered it to {_who(event.to, names)}, and stays accountable until they accept"


@_said.register
def _accepted(event: events.Accepted, names: Mapping[str, str]) -> str:
    return f"{_who(event.by, names)} accepted it, and is accountable from now"


@_said.register
def _declined(event: events.Declined, names: Mapping[str, str]) -> str:
    return f"{_who(event.by, names)} did not accept it: it stays where it was"


@_said.register
def _evidence(event: events.EvidenceAdded, names: Mapping[str, str]) -> str:
    raised = f", and it was raised to {event.level}" if event.level else ""
    return f"{words.how_many(len(event.evidence), 'more entry', 'more entries')} on the same question{raised}"


@_said.register
def _discharged(event: events.Discharged, names: Mapping[str, str]) -> str:
    if event.by.startswith(events.ENTRY):
        return f"Ended by an entry: {events.outcome_words(event.outcome)}"
    return f"{_who(event.by, names)} discharged it: {events.outcome_words(event.outcome)}"


@_said.register
def _withdrawn(event: events.Withdrawn, names: Mapping[str, str]) -> str:
    return "Withdrawn: what it rested on is not of this child, or was corrected"


@_said.register
def _moved(event: events.EvidenceMoved, names: Mapping[str, str]) -> str:
    entries = words.how_many(len(event.evidence), "entry", "entries")
    return f"{entries} of its evidence found to be of another child; the rest still asks the question"


@_said.register
def _reckoned(event: events.Reckoned, names: Mapping[str, str]) -> str:
    return f"What started its clock was corrected: it is due {words.moment(event.due)}"


@_said.register
def _assigned(event: events.Assigned, names: Mapping[str, str]) -> str:
    return f"Given to {_who(event.owner, names)}, whom the rota names"


@_said.register
def _challenged(event: events.Challenged, names: Mapping[str, str]) -> str:
    return f"{_who(event.by, names)} challenged how it ended"


@_said.register
def _lapsed(event: events.Lapsed, names: Mapping[str, str]) -> str:
    return "Its time ran out and nobody had discharged it"


@_said.register
def _climbed(event: events.Climbed, names: Mapping[str, str]) -> str:
    return f"It climbed to the {role_title(event.to_role).lower()}" + (
        f", {_who(event.owner, names)}" if event.owner else ""
    )
