"""Who was told of a duty, and whether it reached them, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nightlight.actions.telling.told import Told, Try
from nightlight.web.presenters import words

_WHY = {
    "raised": "It is theirs to answer",
    "lapsed": "Its time ran out",
    "climbed": "It climbed to them",
    "assigned": "It is theirs by the rota",
    "reckoned": "It is due sooner: what started its clock was corrected",
    "withdrawn": "It was withdrawn: what it rested on is not of this child, or was corrected",
    "told": "They were told that it climbed",
    "offered": "It was offered to them",
    "accepted": "What they offered was accepted",
    "declined": "What they offered was not accepted",
    "challenged": "How it ended was challenged",
    "outcome": "The outcome, and why",
    "reminder": "It is still not answered",
    "nobody": "Nobody is on the rota for it",
    "unreached": "Somebody could not be reached",
    "late": "Clocks were answered late",
}
_TO_ME = {
    "raised": "A duty is yours to answer",
    "lapsed": "A duty of yours ran out of time, and goes to the next person",
    "climbed": "A duty was not answered in time, and has come up to you",
    "assigned": "A duty is now yours by the rota: whoever had it is away or has left, or nobody had it",
    "reckoned": "A duty of yours is due sooner: what started its clock was corrected",
    "withdrawn": "A duty of yours was withdrawn: what it rested on is not of this child, or was corrected",
    "told": "A duty was not answered in time, and climbed: it is not yours to answer",
    "offered": "A duty is offered to you: accept it, or say why not",
    "accepted": "The duty that you handed over was accepted",
    "declined": "The duty that you offered was not accepted: it is still yours",
    "challenged": "How you ended a duty was challenged",
    "outcome": "What you recorded was answered: read what was decided, and why",
    "reminder": "A duty still waits for you",
    "nobody": "A duty came to a role that nobody holds",
    "unreached": "No message reached the person who has a duty",
    "late": "Clocks were answered late: nothing ran to notice them",
    "worker": "A worker has stopped without saying so",
    "set_aside": "A clock could not be worked out",
    "glass": "Somebody broke the glass for a record that is in your care: see who, and why",
    "invited": "You are asked to a meeting: say whether you come, and send what you know",
    "asked": "A meeting or plan gave you something to do: it counts once you accept it",
    "decisions": "What a meeting decided: read it, and say that you have",
    "given": "Somebody shared information with you: read it, and use it for what it was given for",
    "answered": "A request for information that you made was answered",
    "consent": "Consent was taken back to something that you were given: read what follows, and say what you do",
    "corrected": "Information that you were given was corrected or withdrawn: read the change, and act on it",
    "checkpoint": "A checkpoint of the audit log was sent to you: keep that message where nobody here can delete it",
    "digest": "New notes since yesterday: nothing to answer by a set time",
}
_CHANNELS = {"email": "e-mail", "text": "text message", "webhook": "their system"}
_TRIED = {
    "sent": "handed to {}",
    "delivered": "delivered by {}",
    "failed": "failed by {}",
    "bounced": "came back by {}",
    "no word": "no word from {}",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One notice: when, to whom and why; how far it has come, as words and as delivered, waiting or failed."""

    at: datetime
    person: str
    why: str
    state: str
    stands: str
    tries: tuple[str, ...]


def lines(told: Iterable[Told], names: Mapping[str, str]) -> list[Line]:
    """The notices as lines."""
    return [
        Line(each.made, _who(each.person, names), _WHY.get(each.why, words.capital(each.why)), _state(each),
             _stands(each), tuple(_try(one) for one in each.tries))
        for each in told
    ]  # fmt: skip


def to_me(why: str, about: str) -> str:
    """A notice in the words that the person it is for reads; a digest says of how many notes.

    >>> to_me("digest", "notes:3")
    'New notes since yesterday: nothing to answer by a set time (3 notes)'
    """
    said = _TO_ME.get(why, words.capital(why))
    what, _, count = about.partition(":")
    return f"{said} ({words.how_many(int(count), 'note')})" if what == "notes" and count.isdigit() else said


def people_in(told: Iterable[Told]) -> set[str]:
    """The user names that the notices speak of."""
    return {each.person for each in told}


def _who(person: str, names: Mapping[str, str]) -> str:
    if person == "operator":
        return "Whoever runs Nightlight"
    if person.startswith("system-of:"):
        return "The organisation's own system"
    return names.get(person, person)


def _stands(told: Told) -> str:
    if told.state == "failed":
        return "failed"
    return "delivered" if told.seen or told.state in ("delivered", "shown") else "waiting"


def _state(told: Told) -> str:
    if told.seen:
        return f"Seen {words.moment(told.seen)}"
    channel = _CHANNELS.get(told.channel, told.channel)
    return {
        "shown": "On their page in Nightlight; no other way to reach them is set",
        "waiting": f"On their page; waiting to go by {channel}",
        "sent": f"On their page; sent by {channel}, not yet known to have arrived",
        "delivered": f"On their page; delivered by {channel}",
        "failed": "On their page only: no other channel reached them",
    }.get(told.state, words.capital(told.state))


def _try(one: Try) -> str:
    how = _TRIED.get(one.outcome, one.outcome + " by {}").format(_CHANNELS.get(one.channel, one.channel))
    why = f" ({one.code})" if one.code else ""
    return f"{words.moment(one.at)}: {how}{why}"
