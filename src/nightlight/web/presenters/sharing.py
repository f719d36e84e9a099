"""Sharing in words: fields as people read them, what was proposed and decided, and on what basis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.rule_types import Grade
from nightlight.domain.sharing.consent import Does, How
from nightlight.domain.sharing.deciding import GOLDEN_RULES, UNSAFE, Answer, Reason
from nightlight.domain.sharing.items import ATTRIBUTE, Field, Shown
from nightlight.domain.sharing.rows import rows_in_use
from nightlight.domain.sharing.vocabulary import Asked, Consent, Harm, Mode, Outcome, Unsafe
from nightlight.store.sharing.models import SharingDecision
from nightlight.web.presenters import words

HARM = {
    Harm.IMMEDIATE: "Immediate danger to life or safety",
    Harm.SIGNIFICANT: "Significant harm is suspected",
    Harm.IN_NEED: "A child in need",
    Harm.WELFARE: "The child's welfare",
}
ASKED = {
    Asked.REQUEST: "A request between professionals",
    Asked.SECTION_47: "A section 47 enquiry",
    Asked.SECTION_16H: "A safeguarding partner's request under section 16H",
    Asked.COURT_ORDER: "A court's order",
}
MODE = {Mode.CONTENT: "What the record says", Mode.EXISTENCE: "Only whether there is a record"}
CONSENT = {
    Consent.NOT_SOUGHT: "Not sought",
    Consent.GIVEN: "Given",
    Consent.REFUSED: "Refused",
    Consent.WITHDRAWN: "Withdrawn",
    Consent.NOT_POSSIBLE: "Could not be sought",
}
HOW = {
    How.IN_PERSON: "In person",
    How.TELEPHONE: "By telephone",
    How.WRITING: "In writing: a letter, an e-mail, a text message",
    How.THROUGH_ANOTHER: "Through somebody else",
}
DOES = {
    Does.DESTROYED: "Destroyed or returned: nothing of it is used any more",
    Does.NEVER_KEPT: "Nothing of it was ever kept outside this page",
    Does.KEPT: "Kept, on a ground of our own",
}
NOT_TOLD = {Unsafe(code): words.capital(said) for code, said in UNSAFE.items()}
DID = {
    "given": "Shared in full",
    "part": "Shared in part",
    "existence": "Shared that there is a record",
    "refused": "Not shared",
    "nothing": "Nothing that can be given",
    "advice": "Advice asked for",
    "withdrawn": "Request withdrawn",
    "ended": "Not shared: consent was taken back",
}
PROPOSED = {
    Outcome.SHARE_NOW: "Share it now",
    Outcome.SHARE_AS_ORDERED: "Share what the order names",
    Outcome.SHARE_DUTY: "It must be shared",
    Outcome.SHARE: "It may be shared",
    Outcome.SHARE_WITHIN_CONSENT: "Share within what was agreed to",
    Outcome.HOLD: "Hold it, and say why",
    Outcome.DO_NOT_SHARE: "Do not share it",
    Outcome.SEEK_AGREEMENT: "Say why it is necessary, or ask for agreement",
    Outcome.SEEK_ADVICE: "Ask for advice",
}
_GRADES = {
    Grade.PRIMARY: "read in its own text",
    Grade.SECONDARY: "read in a text that quotes it",
    Grade.UNVERIFIED: "not verified: check it before you rely on it",
    Grade.HUB: "chosen by the project",
}
_NAMES = {"kind": "What it is", "when": "When", "until": "Until", "words": "What was said", "text": "What was written"}


@dataclass(frozen=True, slots=True)
class Said:
    """A field with its label and its value in words. quoted: somebody's own words."""

    code: str
    label: str
    value: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One thing that is shared, as its receiver reads it."""

    agency: str
    organisation: str
    existence: bool
    fields: tuple[Said, ...]
    part: bool


@dataclass(frozen=True, slots=True)
class Why:
    """A reason in words, with its source and how surely that was read."""

    code: str
    words: str
    source: str
    read: str
    unverified: bool


def label(code: str) -> str:
    """The name of a field.

    >>> label("attribute:child_seen"), label("text")
    ('Child seen', 'What was written')
    """
    if code.startswith(ATTRIBUTE):
        return code.removeprefix(ATTRIBUTE).replace("_", " ").capitalize()
    return _NAMES.get(code, code)


def said(field: Field) -> Said:
    """A field as it is read."""
    return Said(field.code, label(field.code), _value(field.code, field.value), field.code == "words")


def _value(code: str, value: Any) -> str:
    if code == "kind":
        return f"{words.theme(value)}: {words.kind(value).lower()}"
    if code in ("when", "until"):
        return str(value.describe())
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return f"{value:g}"
    if code.startswith(ATTRIBUTE):
        return AGENCIES.get(str(value), str(value).replace("_", " "))
    return str(value)


def card(shown: Shown, organisations: Mapping[str, str]) -> Card:
    """One thing as its receiver reads it: the same in a preview and afterwards."""
    return Card(
        agency=AGENCIES.get(shown.agency, shown.agency),
        organisation=organisations.get(shown.organisation, shown.organisation),
        existence=shown.mode is Mode.EXISTENCE,
        fields=tuple(said(field) for field in shown.fields),
        part=shown.part,
    )


def reasons(answer: Answer) -> list[Why]:
    """Every reason, in the order in which it counted."""
    return [reason(each) for each in answer.reasons]


def reason(each: Reason) -> Why:
    """One reason in words."""
    return Why(each.code, each.words, each.source, _GRADES[each.grade], each.grade is Grade.UNVERIFIED)


def ground(decision: SharingDecision) -> Why:
    """What carries something that was shared without resting on consent, with its source."""
    row = next(
        (each for each in rows_in_use().rules if (each.code, each.version) == (decision.rule, decision.rule_version)),
        None,
    )
    if row is None:  # a rule that a partnership has taken away since, or a source's own
        return Why(decision.rule, "Another basis carries it, as is on record.", GOLDEN_RULES, "", False)
    told = row.consent_says or row.says
    return Why(row.code, told, row.consent_source or row.source, _GRADES[row.grade], row.grade is Grade.UNVERIFIED)


def basis(codes: Iterable[str]) -> list[str]:
    """The names of what it rests on; one that nobody has verified says so."""
    found = [rows_in_use().basis(code) for code in codes]
    return [f"{row.title} (not verified)" if row.grade is Grade.UNVERIFIED else row.title for row in found]


def left_out(codes: Iterable[str]) -> str:
    """The fields that were left out, by name."""
    return ", ".join(label(code).lower() for code in codes)
