"""The words of notices. They name no child, no school and nothing that was recorded: something is to do, and where.

An e-mail is read on a phone in a corridor and forwarded by mistake; the page behind the link asks who is reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nightlight.domain.delivery import Taken
from nightlight.domain.notices import Why
from nightlight.domain.roles import role_title
from nightlight.notify.ports import Message
from nightlight.timeline.london import local_time

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        Why.RAISED: ("A duty is yours", "A concern needs an answer from you."),
        Why.LAPSED: ("A duty of yours is overdue", "Its time ran out unanswered. It goes to the next person."),
        Why.CLIMBED: ("A duty has come up to you", "Nobody answered it in time, so it is now yours."),
        Why.ASSIGNED: ("A duty is now yours", "The rota names you: whoever had it is away or has left."),
        Why.RECKONED: ("A duty of yours is due sooner", "What started its clock was corrected: see when it is due."),
        Why.WITHDRAWN: ("A duty of yours was withdrawn", "What it rested on is not of this child, or was corrected."),
        Why.TOLD: ("A duty has climbed", "It was not answered in time. Another person has it: you need not act."),
        Why.OFFERED: ("A duty is offered to you", "Somebody asks you to take it over. Until you accept, it is theirs."),
        Why.ACCEPTED: ("Your handover was accepted", "The duty you handed over is now the other person's."),
        Why.DECLINED: ("Your handover was declined", "The duty you offered is still yours."),
        Why.CHALLENGED: ("A decision of yours is challenged", "An agency disagrees with how a duty was ended."),
        Why.OUTCOME: ("There is an answer", "What you recorded has been answered. Read what was decided, and why."),
        Why.REMINDER: ("A duty still waits for you", "Nobody is above you for it to go to. It is yours until you act."),
        Why.NOBODY: ("Nobody is on the rota", "A duty came to a role that nobody holds."),
        Why.UNREACHED: ("Somebody could not be told", "No message reached the person who has this duty."),
        Why.LATE: ("Clocks were answered late", "Duties fell due while nothing ran to notice it."),
        Why.WORKER: ("A worker has stopped", "It stopped without saying so. Check that another one runs."),
        Why.SET_ASIDE: ("A clock could not be worked out", "A duty or a child could not be evaluated. Others go on."),
        Why.INVITED: ("You are asked to a meeting", "Say whether you come, and bring or send what you know."),
        Why.ASKED: ("Something is asked of you", "A meeting or plan gave you something. It counts once you accept it."),
        Why.DECISIONS: ("A meeting's decisions", "Read what was decided, and say that you have."),
        Why.GLASS: ("Somebody broke the glass", "A record in your care was opened in an emergency."),
        Why.GIVEN: ("You were given information", "Somebody has shared what they hold with you. Read it there."),
        Why.ANSWERED: ("A request of yours is answered", "Read what was decided about the information you asked for."),
        Why.CORRECTED: ("What you were given has changed", "It was corrected or withdrawn. Read it, and act on it."),
        Why.CONSENT: ("Consent was taken back", "Something was shared on it. Read what follows, and say what you do."),
        Why.CHECKPOINT: (
            "A checkpoint of the audit log",
            "Keep this message, where nobody who runs the hub can delete it: it shows if the log was rewritten since.",
        ),
        Why.DIGEST: ("Notes since yesterday", "Nothing here needs an answer by a set time."),
    }
)  # fmt: skip
_SHARING = {"given": "received", "asked": "requests", "consent": "consent"}
_NO_PAGE = frozenset({Why.LATE, Why.WORKER})
END = "This message holds no details. Sign in to read them. If a child is in danger now, telephone 999."


def message(taken: Taken, address: str, base: str) -> Message:
    """The message for a notice, to an address; base: where the pages are served, as https://hub.example.org."""
    subject, sentence = _WORDS[taken.why]
    link = base.rstrip("/") + _path(taken)
    when = f"{local_time(taken.made):%H:%M on %A %-d %B %Y}"
    lines = [sentence, *_about(taken), "", link, "", f"Since {when}.", END]
    return Message(
        id=taken.id,
        to=address,
        why=taken.why,
        subject=f"{'Urgent: ' if taken.fast else ''}{subject}",
        text="\n".join(lines),
        link=link,
        duty=taken.duty,
        made=taken.made,
        fast=taken.fast,
        again=taken.tries > 1,
    )


def _path(taken: Taken) -> str:
    what, _, id_ = taken.about.partition(":")
    if what == "concern":
        return f"/concerns/{id_}"
    if what in ("meeting", "plan"):
        return f"/{what}s/{id_}"
    if what == "checkpoint":
        return "/access/unusual"
    if what in _SHARING:
        return f"/sharing/{_SHARING[what]}/{id_}"
    if taken.duty:
        return f"/duties/{taken.duty}"
    return "/health" if taken.why in _NO_PAGE else "/duties"


def _about(taken: Taken) -> list[str]:
    """What a notice's `about` adds: a count, a role, a checkpoint; never a person."""
    what, _, value = taken.about.partition(":")
    match what:
        case "checkpoint":
            return ["", value, "", "To check it: nightlight verify --checkpoint FILE, with that line in the file."]
        case "notes":
            return [f"Notes that began: {value}."]
        case "minutes":
            return [f"The longest waited {value} minutes. All have been answered now."]
        case "role":
            return [f"The role: {role_title(value)}."]
    return []
