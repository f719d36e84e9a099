"""The gates G1 to G9: what must be so before a step is taken, each as a pure function that gives its reasons.

No reason, and the gate is open. A reason names what is missing, in a sentence, with its source and how that was read.
Some may be met by an exception that somebody records with their reason (`can_except`); uncovered danger may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Gate(StrEnum):
    """The steps of the process that something must come before."""

    CONCERN = "G1"
    NO_FURTHER_ACTION = "G2"
    STRATEGY = "G3"
    SECTION_47 = "G4"
    CONFERENCE = "G5"
    CORE_GROUP = "G6"
    STEP_DOWN = "G7"
    CLOSURE = "G8"
    CONVENE = "G9"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow:
    """What a gate is: what cannot go on until it is open, and on what that rests."""

    gate: Gate
    title: str
    until: str
    source: str
    grade: str


GATES = {
    row.gate: row
    for row in (
        GateRow(
            gate=Gate.CONCERN,
            title="Concern accepted",
            until="a named person has accepted it, and it has been asked whether the child is in danger now",
            source="KCSIE record content, as a public training course of September 2026 has it",
            grade="S",
        ),
        GateRow(
            gate=Gate.NO_FURTHER_ACTION,
            title="No further action",
            until="earlier ones and the concerns about brothers and sisters were shown, reasons are written, whoever "
            "raised it is told, and new evidence will bring it back",
            source="NSCB acknowledge referral; Panel annual report 2022-23 (Local Government Lawyer)",
            grade="S",
        ),
        GateRow(
            gate=Gate.STRATEGY,
            title="Strategy discussion valid",
            until="the local authority, police and health are there, or why not is recorded; and what was "
            "shared is listed",
            source="Surrey SCP strategy discussions & s47 (June 2025); Blackburn strategy discussions & s47",
            grade="S",
        ),
        GateRow(
            gate=Gate.SECTION_47,
            title="Outcome of a section 47 enquiry",
            until="the child was seen and spoken to, or why not is recorded; brothers and sisters were "
            "considered; health "
            "decided on a medical; and there is an interim plan where a conference follows",
            source="Solihull LSCP 3.5 initial CP conferences",
            grade="S",
        ),
        GateRow(
            gate=Gate.CONFERENCE,
            title="Conference closed",
            until="every danger that was voiced has a protection from when it begins, owned, confirmable, with "
            "a review",
            source="The project's own, built on Solihull LSCP 3.5 initial CP conferences and York SCP Signs of Safety",
            grade="hub",
        ),
        GateRow(
            gate=Gate.CORE_GROUP,
            title="Core group",
            until="the plan is detailed and every agency's action has its date",
            source="Bucks MAPP CP conferences & plans",
            grade="S",
        ),
        GateRow(
            gate=Gate.STEP_DOWN,
            title="Step down, or the end of a plan",
            until="each danger is answered by what was seen over a stated time, the child was heard, whoever "
            "takes over has "
            "accepted, and what would bring it back is watched for",
            source="How-to guide: danger statements & safety goals; the project's own",
            grade="hub",
        ),
        GateRow(
            gate=Gate.CLOSURE,
            title="Closing",
            until="no clock, dissent, serious indicator or file without a receipt is open",
            source="The project's own",
            grade="hub",
        ),
        GateRow(
            gate=Gate.CONVENE,
            title="Who may call a conference",
            until="an agency with a serious concern asks for it; a senior manager or named professional supports it",
            source="Bolton initial & review CP conferences; Cambs & Peterborough CP conferences",
            grade="S",
        ),
    )
}
"""Every gate by its code, as docs/reference/meetings.md prints them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a gate is shut: what is missing, in a sentence; which requirement; whether an exception may be recorded."""

    gate: Gate
    code: str
    missing: str
    source: str = ""
    grade: str = ""
    can_except: bool = False


Asked = tuple[bool, str, str, bool]
"""Whether it is so; the requirement's code; what is missing if it is not; whether an exception may be recorded."""


def shut(gate: Gate, *asked: Asked) -> tuple[Reason, ...]:
    """The reasons for which a gate is shut: those of the questions whose answer is no."""
    row = GATES[gate]
    return tuple(
        Reason(gate=gate, code=code, missing=missing, source=row.source, grade=row.grade, can_except=can_except)
        for is_so, code, missing, can_except in asked
        if not is_so
    )


# -- what each gate asks of; the gates of meetings themselves are in `closing`


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernFacts:
    """What G1 asks of a concern. in_danger_now: None while nobody has answered."""

    owner: str
    accepted: bool
    in_danger_now: bool | None


def concern_accepted(facts: ConcernFacts) -> tuple[Reason, ...]:
    """G1.

    >>> [r.code for r in concern_accepted(ConcernFacts(owner="p1", accepted=False, in_danger_now=False))]
    ['accepted']
    """
    return shut(
        Gate.CONCERN,
        (bool(facts.owner), "owner", "Nobody is named who answers for this concern.", False),
        (facts.accepted or not facts.owner, "accepted", "Its owner has not accepted it.", False),
        (facts.in_danger_now is not None, "danger", "Nobody has said whether the child is in danger now.", False),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFurtherActionFacts:
    """What G2 asks of a decision to do nothing more."""

    earlier_shown: bool
    siblings_shown: bool
    reasons: str
    feedback_sent: bool
    returns_on_new_evidence: bool = True


def no_further_action(facts: NoFurtherActionFacts) -> tuple[Reason, ...]:
    """G2."""
    return shut(
        Gate.NO_FURTHER_ACTION,
        (facts.earlier_shown, "earlier", "The earlier decisions to do nothing more were not shown.", False),
        (facts.siblings_shown, "siblings", "The concerns about brothers and sisters were not shown.", False),
        (bool(facts.reasons.strip()), "reasons", "The reasons are not written down.", False),
        (facts.feedback_sent, "feedback", "Whoever raised it has not been told, with the reason.", False),
        (facts.returns_on_new_evidence, "rearmed", "New evidence would not bring it back.", False),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Section47Facts:
    """What G4 asks of the outcome of an enquiry."""

    child_seen: bool
    child_spoken_to: bool
    why_not_seen: str
    siblings_considered: bool
    medical_decided: bool
    conference_follows: bool
    interim_plan_in_force: bool


def section_47_outcome(facts: Section47Facts) -> tuple[Reason, ...]:
    """G4."""
    seen = (facts.child_seen and facts.child_spoken_to) or bool(facts.why_not_seen.strip())
    return shut(
        Gate.SECTION_47,
        (seen, "seen", "The child was not seen and spoken to, and nobody has said why.", True),
        (facts.siblings_considered, "siblings", "Brothers and sisters were not considered.", False),
        (facts.medical_decided, "medical", "Health has not decided whether the child needs a medical.", True),
        (
            facts.interim_plan_in_force or not facts.conference_follows,
            "interim_plan",
            "A conference follows and no interim plan is in force until then.",
            False,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerAnswered:
    """One danger of a plan that is to end: what was seen of its being over, and over which time."""

    what: str
    seen: str
    observed_from: datetime | None
    observed_to: datetime | None

    @property
    def is_answered(self) -> bool:
        """Whether something was seen, over a time with two ends."""
        both = self.observed_from is not None and self.observed_to is not None
        return bool(self.seen.strip()) and both


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDownFacts:
    """What G7 asks before a plan steps down or ends."""

    dangers: tuple[DangerAnswered, ...]
    child_heard: bool
    follows: bool
    taken_over_by: str
    tripwires: int


def step_down(facts: StepDownFacts) -> tuple[Reason, ...]:
    """G7."""
    over = bool(facts.taken_over_by.strip()) or not facts.follows
    return (
        *(r for danger in facts.dangers for r in _unanswered(danger)),
        *shut(
            Gate.STEP_DOWN,
            (facts.child_heard, "child", "The child's own view of it is not recorded.", True),
            (over, "taken_over", "Whoever takes over has not accepted.", False),
            (facts.tripwires > 0, "tripwires", "Nothing is watched for that would bring it back.", False),
        ),
    )


def _unanswered(danger: DangerAnswered) -> Iterator[Reason]:
    missing = (
        f"{danger.what}: nobody has said what was seen that shows that it is over, and over which time. An "
        f"action done is "
        "not a danger answered."
    )
    yield from shut(Gate.STEP_DOWN, (danger.is_answered, "danger", missing, False))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureFacts:
    """What G8 asks before work with a child is closed: what is still open, by its id or name."""

    clocks: tuple[str, ...] = ()
    dissents: tuple[str, ...] = ()
    serious_indicators: tuple[str, ...] = ()
    files_without_receipt: tuple[str, ...] = ()


def closure(facts: ClosureFacts) -> tuple[Reason, ...]:
    """G8.

    >>> closure(ClosureFacts(clocks=("ICPC-15",)))[0].missing
    'Clocks are open: ICPC-15.'
    """
    return shut(
        Gate.CLOSURE,
        *(
            (not names, code, f"{words}: {', '.join(names)}.", False)
            for code, words, names in (
                ("clocks", "Clocks are open", facts.clocks),
                ("dissents", "Dissents are unanswered", facts.dissents),
                ("indicators", "Serious indicators are unanswered", facts.serious_indicators),
                ("files", "Files have no receipt", facts.files_without_receipt),
            )
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConveneFacts:
    """What G9 asks of whoever wants a conference. supported_by: the senior manager or named professional, if any."""

    asked_by: str
    agency: str
    concern: str
    supported_by: str = ""


def may_convene(facts: ConveneFacts) -> tuple[Reason, ...]:
    """G9: any agency may ask; that nobody senior supports it yet is said, and does not stop the asking."""
    return shut(
        Gate.CONVENE,
        (bool(facts.asked_by and facts.agency), "agency", "Say who asks, and for which agency.", False),
        (bool(facts.concern.strip()), "concern", "Say what the serious concern is.", False),
        (
            bool(facts.supported_by),
            "support",
            "No senior manager or named professional supports it yet: it is normally agreed where one does.",
            True,
        ),
    )


def in_words(reasons: Iterable[Reason]) -> str:
    """The reasons as one paragraph."""
    return " ".join(reason.missing for reason in reasons)
