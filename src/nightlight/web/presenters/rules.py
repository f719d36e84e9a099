"""The rule that a clock runs under, as people read it: its words, what binds them to it, and how well it was read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from nightlight.actions.duties.disagreements import QUESTION as DISAGREEMENT
from nightlight.actions.meetings.in_force import QUESTION as UNCOVERED
from nightlight.domain.clocks import Force, Grade, RuleRow, rules_in_use
from nightlight.domain.duty_events import (
    CLOCK_QUESTION,
    MEETING_QUESTION,
    PLAN_QUESTION,
    ROTA_QUESTION,
)
from nightlight.domain.roles import role_title
from nightlight.web.presenters import words

_FORCES = {
    Force.LAW: "Law",
    Force.STATUTORY_GUIDANCE: "Statutory guidance: followed unless there is a good reason",
    Force.LOCAL: "Local procedure",
    Force.STANDARD: "Professional standard",
    Force.HUB: "Nightlight's own default, for the partnership to set",
}
_SHORT = {
    Force.LAW: "Law",
    Force.STATUTORY_GUIDANCE: "Statutory guidance",
    Force.LOCAL: "Local",
    Force.STANDARD: "Standard",
    Force.HUB: "Nightlight's default",
}
_GRADES = {
    Grade.PRIMARY: "read in its own text",
    Grade.SECONDARY: "read in a procedure or a law firm's text that quotes it",
    Grade.UNVERIFIED: "no source was found: check it before you rely on it",
    Grade.HUB: "",  # its force says it: nothing was read
}


@dataclass(frozen=True, slots=True)
class Basis:
    """A rule's words, within what time, what starts it and ends it, its force and source; `unverified` is marked."""

    code: str
    version: int
    what: str
    within: str
    trigger: str
    discharged_by: str
    force: str
    short_force: str
    source: str
    read: str
    unverified: bool


def basis(rule: RuleRow) -> Basis:
    """A row in words."""
    return Basis(
        code=rule.id,
        version=rule.version,
        what=rule.what,
        within=rule.within(),
        trigger=words.capital(rule.trigger),
        discharged_by=words.capital(rule.discharged_by),
        force=_FORCES[rule.force],
        short_force=_SHORT[rule.force],
        source=rule.source,
        read=_GRADES[rule.grade],
        unverified=rule.grade is Grade.UNVERIFIED,
    )


def is_clock(question: str) -> bool:
    """Whether a duty asks for what a timescale asks, and not for an answer to an indicator."""
    return question.startswith(CLOCK_QUESTION)


_AGREED = {
    "unconfirmed": "Is a protection in force that nobody has confirmed?",
    "failed": "A protection is not in force",
    "action": "An agreed action is overdue",
    "emergency": "An emergency route",
    "unread": "Decisions of a meeting, not yet read",
    "tell": "Tell a parent what a meeting decided",
    "override": "A meeting closed with danger uncovered",
    "director": "A meeting closed with danger uncovered",
    "left": "A meeting left with a danger uncovered",
    "unclosed": "A meeting that is not closed",
    "tripwire": "A plan's tripwire went off",
    "drift": "A plan drifts",
}


def question(code: str) -> str:
    """What a duty asks about, as words; for a clock, what its rule asks for."""
    if is_clock(code):
        return rule_words(code.split(":")[1])
    if code.startswith(ROTA_QUESTION):
        return f"Nobody is on the rota: {role_title(code.split(':')[1]).lower()}"
    if code.startswith(DISAGREEMENT):
        return "A professional disagreement"
    if code.startswith((MEETING_QUESTION, PLAN_QUESTION)):
        return _AGREED.get(code.split(":")[2], "Something that a meeting or plan asks")
    if code.startswith(UNCOVERED):
        return "A danger that nothing in force covers"
    return words.question(code)


def rule_words(code: str) -> str:
    """What a rule asks for, in its newest version's words; the code for one that is not known."""
    return _newest().get(code, code)


@cache
def _newest() -> dict[str, str]:
    rows = sorted(rules_in_use().rows, key=lambda row: row.version)
    return {row.id: words.capital(row.what.rstrip(".")) for row in rows}
