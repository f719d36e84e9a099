"""The gates G1 to G9: what must be so before a step is taken, each as a pure function that gives its reasons.

No reason, and the gate is open. A reason names what is missing, in a sentence, with its source and how that was read.
Some may be met by an exception that somebody records with their reason (`can_except`); uncovered danger may not. What
each asks, in which words and with which numbers, are rows (`gate_rows`); whether it is so stays code, for it is read
off what happened and a row cannot say how.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from nightlight.domain.meetings.gate_rows import Gate, GateRow, gates_in_use


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a gate is shut: what is missing, in a sentence; which requirement; whether an exception may be recorded."""

    gate: Gate
    code: str
    missing: str
    source: str = ""
    grade: str = ""
    can_except: bool = False


Asked = tuple[str, bool, Mapping[str, str]]
"""A requirement's code, whether it is so, and what its words say it of."""
_OF_NOTHING: Mapping[str, str] = MappingProxyType({})


def row_of(gate: Gate, at: datetime) -> GateRow:
    """What a gate asks of a step taken, or of a meeting or plan begun, at that moment."""
    return gates_in_use().in_force(gate, at)


def reason_of(row: GateRow, code: str, missing: str) -> Reason:
    """A reason of that gate, with its source, which nothing excepts."""
    return Reason(gate=row.code, code=code, missing=missing, source=row.source, grade=row.grade)


def shut(row: GateRow, *asked: Asked) -> tuple[Reason, ...]:
    """The reasons for which a gate is shut: those of the questions whose answer is no, of what this version asks."""
    asks = {each.code for each in row.asks}
    return tuple(_reason(row, code, of) for code, is_so, of in asked if not is_so and code in asks)


def _reason(row: GateRow, code: str, of: Mapping[str, str]) -> Reason:
    asked = row.requirement(code)
    said = reason_of(row, code, asked.missing.format_map(of))
    return replace(said, can_except=asked.or_why or asked.only_said)


# -- what each gate asks of; the gates of meetings themselves are in `closing`


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernFacts:
    """What G1 asks of a concern. in_danger_now: None while nobody has answered."""

    owner: str
    accepted: bool
    in_danger_now: bool | None


def concern_accepted(facts: ConcernFacts, at: datetime) -> tuple[Reason, ...]:
    """G1.

    >>> from datetime import UTC
    >>> facts = ConcernFacts(owner="p1", accepted=False, in_danger_now=False)
    >>> [reason.code for reason in concern_accepted(facts, datetime(2026, 11, 20, tzinfo=UTC))]
    ['accepted']
    """
    return shut(
        row_of(Gate.CONCERN, at),
        ("owner", bool(facts.owner), _OF_NOTHING),
        ("accepted", facts.accepted or not facts.owner, _OF_NOTHING),
        ("danger", facts.in_danger_now is not None, _OF_NOTHING),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFurtherActionFacts:
    """What G2 asks of a decision to do nothing more."""

    earlier_shown: bool
    siblings_shown: bool
    reasons: str
    feedback_sent: bool
    returns_on_new_evidence: bool = True


def no_further_action(facts: NoFurtherActionFacts, at: datetime) -> tuple[Reason, ...]:
    """G2."""
    return shut(
        row_of(Gate.NO_FURTHER_ACTION, at),
        ("earlier", facts.earlier_shown, _OF_NOTHING),
        ("siblings", facts.siblings_shown, _OF_NOTHING),
        ("reasons", bool(facts.reasons.strip()), _OF_NOTHING),
        ("feedback", facts.feedback_sent, _OF_NOTHING),
        ("rearmed", facts.returns_on_new_evidence, _OF_NOTHING),
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


def section_47_outcome(facts: Section47Facts, at: datetime) -> tuple[Reason, ...]:
    """G4. Why a child was not seen is an answer only where the row lets it be one."""
    row = row_of(Gate.SECTION_47, at)
    why_not = bool(facts.why_not_seen.strip()) and row.requirement("seen").or_why
    return shut(
        row,
        ("seen", (facts.child_seen and facts.child_spoken_to) or why_not, _OF_NOTHING),
        ("siblings", facts.siblings_considered, _OF_NOTHING),
        ("medical", facts.medical_decided, _OF_NOTHING),
        ("interim_plan", facts.interim_plan_in_force or not facts.conference_follows, _OF_NOTHING),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerAnswered:
    """One danger of a plan that is to end: what was seen of its being over, and over which time."""

    what: str
    seen: str
    observed_from: datetime | None
    observed_to: datetime | None

    def is_answered(self, days: int) -> bool:
        """Whether something was seen, over a time with two ends and of so many days at least."""
        if not self.seen.strip() or self.observed_from is None or self.observed_to is None:
            return False
        return self.observed_to - self.observed_from >= timedelta(days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDownFacts:
    """What G7 asks before a plan steps down or ends. accepted: whether whoever takes it over has said so."""

    dangers: tuple[DangerAnswered, ...]
    child_heard: bool
    follows: bool
    taken_over_by: str
    tripwires: int
    accepted: bool = False


def step_down(facts: StepDownFacts, at: datetime) -> tuple[Reason, ...]:
    """G7. Its first version asks in one question that somebody is named and has said so; later ones ask both apart."""
    row = row_of(Gate.STEP_DOWN, at)
    who = facts.taken_over_by.strip()
    accepted = facts.accepted or not who or not facts.follows
    apart = any(each.code == "accepted" for each in row.asks)
    over = (bool(who) and (accepted or apart)) or not facts.follows
    time = f"over {row.days} days or more" if row.days else "and over which time"
    return shut(
        row,
        *(("danger", danger.is_answered(row.days), {"what": danger.what, "time": time}) for danger in facts.dangers),
        ("child", facts.child_heard, _OF_NOTHING),
        ("taken_over", over, _OF_NOTHING),
        ("accepted", accepted, {"who": who}),
        ("tripwires", facts.tripwires > 0, _OF_NOTHING),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureFacts:
    """What G8 asks before work with a child is closed: what is still open, by its id or name."""

    clocks: tuple[str, ...] = ()
    dissents: tuple[str, ...] = ()
    serious_indicators: tuple[str, ...] = ()
    files_without_receipt: tuple[str, ...] = ()


def closure(facts: ClosureFacts, at: datetime) -> tuple[Reason, ...]:
    """G8.

    >>> from datetime import UTC
    >>> closure(ClosureFacts(clocks=("ICPC-15",)), datetime(2026, 11, 20, tzinfo=UTC))[0].missing
    'Clocks are open: ICPC-15.'
    """
    return shut(
        row_of(Gate.CLOSURE, at),
        *(
            (code, not names, {"names": ", ".join(names)})
            for code, names in (
                ("clocks", facts.clocks),
                ("dissents", facts.dissents),
                ("indicators", facts.serious_indicators),
                ("files", facts.files_without_receipt),
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


def may_convene(facts: ConveneFacts, at: datetime) -> tuple[Reason, ...]:
    """G9: any agency may ask; that nobody senior supports it yet is said, and does not stop the asking."""
    return shut(
        row_of(Gate.CONVENE, at),
        ("agency", bool(facts.asked_by and facts.agency), _OF_NOTHING),
        ("concern", bool(facts.concern.strip()), _OF_NOTHING),
        ("support", bool(facts.supported_by), _OF_NOTHING),
    )


def in_words(reasons: Iterable[Reason]) -> str:
    """The reasons as one paragraph."""
    return " ".join(reason.missing for reason in reasons)
