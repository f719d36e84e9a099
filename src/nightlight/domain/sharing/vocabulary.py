"""The words in which the sharing rules are asked: who holds it, who would have it, what it is, and consent.

Nothing is decided here. Each word is one that a row of `rows.yaml` may name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Harm(StrEnum):
    """How serious it is, as whoever asks or shares sees it."""

    IMMEDIATE = "immediate"
    SIGNIFICANT = "significant_harm_suspected"
    IN_NEED = "child_in_need"
    WELFARE = "welfare_relevant"
    NONE = "none"


HARM_INDICATED = frozenset({Harm.IMMEDIATE, Harm.SIGNIFICANT})


class Standing(StrEnum):
    """How an organisation stands under Children Act 2004 s.16LA(4)."""

    SECTION_11 = "section11"
    DESIGNATED_EDUCATION = "designated_education"
    COMMISSIONED = "commissioned"
    NONE = "none"


class Asked(StrEnum):
    """What brings the question up."""

    SPONTANEOUS = "spontaneous"
    REQUEST = "request"
    SECTION_47 = "s47_enquiry"
    COURT_ORDER = "court_order"
    SECTION_16H = "s16h_request"
    ENCOMPASS = "domestic_abuse_incident"


class Mode(StrEnum):
    """That there is a record, or what it says."""

    EXISTENCE = "existence"
    CONTENT = "content"


class Consent(StrEnum):
    """What the person, or whoever may consent for them, said."""

    NOT_SOUGHT = "not_sought"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_POSSIBLE = "not_possible"


class Category(StrEnum):
    """What sort of information it is, as far as a restriction minds."""

    IDENTITY = "identity"
    WELFARE = "welfare"
    SPECIAL = "special"
    CRIMINAL = "criminal"
    POLICE_SENSITIVE = "police_sensitive"
    LEGAL = "legal_privilege"
    ADULT_HEALTH = "adult_third_party_health"
    ADOPTION = "adoption"
    WHEREABOUTS = "da_location"
    INFORMANT = "informant"
    STAFF_ALLEGATION = "staff_allegation"
    IMAGES = "indecent_images"
    REVIEW = "learning_review"
    SENSITIVE_SERVICE = "sensitive_service"


class Unsafe(StrEnum):
    """Why somebody is not told that their information is shared."""

    RISK = "greater_risk"
    CRIME = "prejudices_detection"
    EVIDENCE = "evidence_lost"
    DELAY = "unjustified_delay"


class Outcome(StrEnum):
    """What the rules propose."""

    SHARE_NOW = "share_now"
    SHARE_AS_ORDERED = "share_as_ordered"
    SHARE_DUTY = "share_duty"
    SHARE = "share"
    SHARE_WITHIN_CONSENT = "share_within_consent"
    HOLD = "hold_with_reason"
    DO_NOT_SHARE = "do_not_share"
    SEEK_AGREEMENT = "seek_agreement"
    SEEK_ADVICE = "seek_advice"

    @property
    def shares(self) -> bool:
        """Whether something is to be given."""
        return self in _SHARES


_SHARES = frozenset(
    {Outcome.SHARE_NOW, Outcome.SHARE_AS_ORDERED, Outcome.SHARE_DUTY, Outcome.SHARE, Outcome.SHARE_WITHIN_CONSENT}
)


class ConsentIs(StrEnum):
    """What consent is to an outcome: not needed for it, its basis, or what to ask for because nothing else carries."""

    NOT_NEEDED = "not_needed"
    BASIS = "basis"
    AGREEMENT = "agreement"
    NO_MATTER = "no_matter"


@dataclass(frozen=True, slots=True)
class Party:
    """One side: the agency, and how its organisation stands under s.16LA."""

    agency: str
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything that the rules ask about: who holds it, who would have it, and what is known of consent and risk.

    function: whether the recipient can use it for a safeguarding or welfare function. detriment: whether the sender
    considers that giving it would be worse for the child than not. necessary: whether somebody has written down why it
    is necessary and proportionate. approved: the restrictions whose approver has agreed. unsafe: why nobody is told.
    """

    sender: Party
    recipient: Party
    harm: Harm
    asked: Asked = Asked.SPONTANEOUS
    mode: Mode = Mode.CONTENT
    categories: frozenset[Category] = frozenset({Category.WELFARE})
    consent: Consent = Consent.NOT_SOUGHT
    function: bool = True
    detriment: bool = False
    necessary: bool = False
    approved: frozenset[str] = frozenset()
    unsafe: Unsafe | None = None
