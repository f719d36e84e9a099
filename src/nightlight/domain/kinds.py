"""The kinds of entry, and the attributes that each one takes (source: docs/reference/kinds.md).

A kind is dotted, `theme.what`. An attribute that its kind does not list is refused by name: a misspelt field must never
be kept as if it meant something. This module knows nothing of where an entry came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from nightlight.domain.agencies import AGENCIES


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an entry: the field, and what was expected. Never the value itself."""

    field: str
    code: str
    expected: str

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Attribute:
    """What one attribute may hold: a test of its value, and the words for what is expected."""

    accepts: Callable[[Any], bool]
    expected: str
    values: tuple[str, ...] = ()


def one_of(*values: str) -> Attribute:
    """One of a closed list of words."""
    allowed = frozenset(values)
    return Attribute(lambda v: isinstance(v, str) and v in allowed, "one of " + ", ".join(values), values)


def _is_whole(value: Any, at_least: int, at_most: int | None) -> bool:
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return value >= at_least and (at_most is None or value <= at_most)


def whole(at_least: int = 0, at_most: int | None = None) -> Attribute:
    """A whole number, both ends included."""
    upper = f" to {at_most}" if at_most is not None else " or more"
    return Attribute(lambda v: _is_whole(v, at_least, at_most), f"a whole number, {at_least}{upper}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9


YES_NO = Attribute(lambda v: isinstance(v, bool), "true or false", ("true", "false"))
NUMBER = Attribute(_is_number, "a number, 0 or more")
TEXT = Attribute(lambda v: isinstance(v, str) and 0 < len(v) <= 10_000, "text, 1 to 10,000 characters")
WHEN = Attribute(
    lambda v: isinstance(v, str) and 0 < len(v) <= 40,
    "a date (YYYY, YYYY-MM or YYYY-MM-DD) or an instant with its offset",
)
AGENCY = one_of(*AGENCIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What sort of fact an entry is: its dotted name, the attributes it takes, and whether it lasts (an *episode*)."""

    name: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    episode: bool = False
    about: frozenset[str] = frozenset({"child"})

    @property
    def theme(self) -> str:
        return self.name.partition(".")[0]

    def problems(self, attributes: Mapping[str, Any]) -> list[Problem]:
        """Everything wrong with these attributes, in the order given; empty when the entry may be kept."""
        found = []
        for name, value in attributes.items():
            attribute = self.attributes.get(name)
            if attribute is None:
                known = ", ".join(self.attributes) or "no attributes"
                found.append(Problem(f"attributes.{name}", "unknown_attribute", f"only {known} for {self.name}"))
            elif not attribute.accepts(value):
                found.append(Problem(f"attributes.{name}", "bad_value", attribute.expected))
        return found


CONCERN_CATEGORIES = (
    "hunger", "hygiene", "clothing", "tired", "untreated_illness", "injury", "behaviour", "not_collected",
    "parent_presentation", "attainment_drop", "other",
)  # fmt: skip
HEALTH_CONCERN_CATEGORIES = (
    *CONCERN_CATEGORIES, "faltering_growth", "carer_interaction", "exposure_to_drugs", "exposure_to_smoke",
    "medicine_misuse",
)  # fmt: skip
ATTENDANCE_REASONS = ("asthma", "injury", "self_harm", "seizure", "ingestion", "other")
MEDICINES = ("reliever", "preventer", "oral_steroid", "insulin", "anti_epileptic", "other")
PLAN_CATEGORIES = ("neglect", "physical", "sexual", "emotional", "multiple")
LEVELS = ("note", "concern", "threshold", "immediate")

_CHILD = frozenset({"child"})
_ADULT = frozenset({"adult"})
_PLACE = frozenset({"address"})
_medicine = {"medicine": one_of(*MEDICINES), "quantity": NUMBER, "days_supply": NUMBER}
_plan = {"category": one_of(*PLAN_CATEGORIES)}
_information = {"to": TEXT, "from": TEXT, "basis": TEXT}
_outcome = {"cause": TEXT}


def _kind(
    name: str,
    attributes: Mapping[str, Attribute] | None = None,
    *,
    about: frozenset[str] = _CHILD,
    episode: bool = False,
) -> Kind:
    return Kind(name=name, attributes=MappingProxyType(dict(attributes or {})), about=about, episode=episode)


_ALL = (
    _kind("education.enrolment", {"setting": TEXT}, episode=True),
    _kind(
        "education.register",
        {
            "possible": whole(0, 14), "attended": whole(0, 14), "late": whole(0, 14), "authorised": whole(0, 14),
            "unauthorised": whole(0, 14), "unexplained": whole(0, 14),
        },
    ),
    _kind("education.suspension", {"sessions": whole(0), "permanent": YES_NO}),
    _kind("education.concern", {"category": one_of(*CONCERN_CATEGORIES), "observer": TEXT}),
    _kind("education.removed_from_roll", {"destination": one_of("school", "home_education", "unknown")}),
    _kind("education.file_transfer", {"receipt": YES_NO}),
    _kind("voice.words", {"setting": TEXT}),
    _kind("voice.scale", {"score": whole(0, 10), "question": TEXT}),
    _kind(
        "health.condition",
        {"condition": one_of("asthma", "diabetes", "epilepsy", "disability", "other"), "severity": TEXT},
        about=_CHILD | _ADULT, episode=True,
    ),
    _kind("health.emergency_attendance", {"reason": one_of(*ATTENDANCE_REASONS), "left_before_seen": YES_NO}),
    _kind("health.admission", {"reason": one_of(*ATTENDANCE_REASONS), "critical_care": YES_NO}, episode=True),
    _kind(
        "health.appointment",
        {
            "result": one_of(
                "attended", "not_brought", "cancelled_by_carer", "cancelled_by_service", "rescheduled_by_carer"
            ),
            "service": TEXT,
        },
    ),
    _kind("health.medicine_issued", _medicine),
    _kind("health.medicine_collected", _medicine),
    _kind("health.review", {"condition": one_of("asthma", "diabetes", "epilepsy", "disability", "other")}),
    _kind("health.follow_up", {"after": one_of("emergency_attendance", "admission")}),
    _kind(
        "health.injury",
        {
            "injury": one_of("bruise", "burn", "fracture", "head", "intra_oral", "eye", "bite", "other"),
            "mobile": YES_NO,
            "explanation": one_of("suitable", "unsuitable", "none", "changed"),
        },
    ),
    _kind("health.growth", {"centile_spaces_fallen": NUMBER}),
    _kind("health.universal_review", {"result": one_of("done", "missed")}),
    _kind(
        "health.antenatal", {"result": one_of("booked", "attended", "missed"), "week": whole(0, 45)},
        about=_CHILD | _ADULT,
    ),
    _kind("health.concern", {"category": one_of(*HEALTH_CONCERN_CATEGORIES)}),
    _kind(
        "police.incident",
        {
            "category": one_of(
                "domestic_abuse", "drugs", "violence", "neglect", "sexual", "exploitation", "weapon", "asb", "death",
                "other",
            ),
            "child_present": one_of("present", "absent", "unknown"),
            "risk": one_of("standard", "medium", "high"),
            "dash": whole(0, 27),
        },
        about=_CHILD | _ADULT | _PLACE,
    ),
    _kind("police.missing", {"overnight": YES_NO}, episode=True),
    _kind("police.protection", episode=True),
    _kind(
        "police.welfare_check", {"child_seen": YES_NO, "result": one_of("no_concern", "concern", "no_access")},
        about=_CHILD | _PLACE,
    ),
    _kind("police.marac", about=_CHILD | _ADULT),
    _kind(
        "police.adult_of_concern",
        {"reason": one_of("violence", "sexual", "child_cruelty", "drugs", "other")},
        about=_ADULT | _PLACE, episode=True,
    ),
    _kind("police.notification", {"to": AGENCY, "scheme": one_of("vulnerable_child", "encompass")}),
    _kind(
        "social_care.contact",
        {
            "from": one_of(*AGENCIES, "family", "anonymous"),
            "outcome": one_of("referral", "information", "no_further_action", "family_help", "already_open"),
        },
    ),
    _kind(
        "social_care.referral",
        {
            "from": one_of(*AGENCIES, "family", "anonymous"),
            "outcome": one_of("assessment", "section_47", "family_help", "no_further_action", "undecided"),
        },
    ),
    _kind(
        "social_care.assessment",
        {"outcome": one_of("child_in_need", "section_47", "family_help", "no_further_action")}, episode=True,
    ),
    _kind(
        "social_care.strategy_discussion",
        {"outcome": one_of("section_47", "assessment", "no_further_action"), "agencies": TEXT},
    ),
    _kind(
        "social_care.section_47", {"outcome": one_of("conference", "child_in_need", "no_further_action")}, episode=True
    ),
    _kind(
        "social_care.conference",
        {
            "type": one_of("initial", "review"),
            "outcome": one_of("child_protection_plan", "child_in_need", "no_plan"),
        },
    ),
    _kind("social_care.core_group", {"quorate": YES_NO}),
    _kind(
        "social_care.plan_review", {"progress": one_of("better", "unchanged", "worse"), "safety": whole(0, 10)}
    ),
    _kind("social_care.child_in_need_plan", _plan, episode=True),
    _kind("social_care.child_protection_plan", _plan, episode=True),
    _kind("social_care.family_help", episode=True),
    _kind(
        "social_care.looked_after",
        {"status": one_of("section_20", "interim_care_order", "care_order", "police_protection")}, episode=True,
    ),
    _kind("social_care.return_interview", {"result": one_of("done", "declined", "not_offered")}),
    _kind(
        "social_care.legal_meeting", {"outcome": one_of("proceedings", "pre_proceedings", "threshold_not_met")}
    ),
    _kind(
        "social_care.visit",
        {
            "child_seen": YES_NO, "seen_alone": YES_NO, "bedroom_seen": YES_NO,
            "result": one_of("seen", "no_access", "cancelled_by_family", "cancelled_by_service"),
            "announced": YES_NO, "with_parent": YES_NO,
        },
    ),
    _kind("social_care.closed", {"child_seen_before_closing": YES_NO}),
    _kind("social_care.sibling_removed", about=_CHILD | _ADULT),
    _kind("social_care.worker_changed"),
    _kind(
        "adult.substance_misuse", {"substance": one_of("heroin", "crack", "alcohol", "cannabis", "other")}, about=_ADULT
    ),
    _kind(
        "adult.treatment", {"service": TEXT, "end": one_of("completed", "dropped_out", "transferred")},
        about=_ADULT, episode=True,
    ),
    _kind("adult.treatment_missed", {"service": TEXT}, about=_ADULT),
    _kind("adult.mental_health_crisis", about=_ADULT),
    _kind("adult.custody", about=_ADULT, episode=True),
    _kind(
        "adult.hostility",
        {"category": one_of("refused_entry", "threats", "intimidation", "complaint"), "towards": AGENCY}, about=_ADULT,
    ),
    _kind("adult.false_account", {"towards": AGENCY}, about=_ADULT),
    _kind(
        "housing.residence",
        {"address": TEXT, "basis": one_of("tenancy", "temporary", "staying_with", "unknown")},
        about=_CHILD | _ADULT, episode=True,
    ),
    _kind("housing.left", {"address": TEXT}, about=_CHILD | _ADULT),
    _kind("housing.moved_in", {"address": TEXT}, about=_CHILD | _ADULT),
    _kind("housing.named", {"address": TEXT}, about=_CHILD | _ADULT, episode=True),
    _kind("housing.differs", {"address": TEXT}, episode=True),
    _kind("housing.unregistered", {"address": TEXT, "seen": YES_NO}, episode=True),
    _kind(
        "housing.notice", {"type": one_of("eviction", "disconnection", "homeless_application")}, about=_ADULT
    ),
    _kind(
        "housing.condition",
        {"category": one_of("overcrowding", "damp", "hazards", "no_utilities", "squalor")}, about=_PLACE,
    ),
    _kind(
        "community.concern",
        {
            "from": one_of("relative", "neighbour", "public"),
            "category": one_of("neglect", "injury", "domestic_abuse", "drugs", "other"),
        },
    ),
    _kind("concern.raised", {"severity": one_of(*LEVELS), "from_when": WHEN, "harm": TEXT}),
    _kind("meeting.safety_score", {"score": whole(0, 10), "wanted": TEXT}),
    _kind("meeting.decision", {"action": TEXT, "owner": TEXT, "in_force_from": WHEN}),
    _kind("meeting.dissent", {"reason": TEXT}),
    _kind("information.requested", _information),
    _kind("information.given", _information),
    _kind("information.refused", _information),
    _kind(
        "signal.fired", {"indicator": TEXT, "level": one_of(*LEVELS), "rule": TEXT, "contact": TEXT}, episode=True
    ),
    _kind("outcome.death", _outcome),
    _kind("outcome.serious_harm", _outcome),
    _kind("outcome.near_miss", _outcome),
)  # fmt: skip

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})
"""Every kind by its dotted name."""

OF_PLACES = frozenset(kind.name for kind in _ALL if "address" in kind.about)
"""The kinds that may be about an address: one that names a child too says that the child was there."""

AT_A_HOME = MappingProxyType({"police.welfare_check": (), "police.incident": ("domestic_abuse", "neglect")})
"""What happens in somebody's home, whoever is known to live there: a kind, and of which categories (none: of any)."""


def is_at_a_home(kind: str, attributes: Mapping[str, Any]) -> bool:
    """Whether an entry at an address says by itself that the place is a home.

    >>> is_at_a_home("police.incident", {"category": "neglect"}), is_at_a_home("police.incident", {"category": "asb"})
    (True, False)
    """
    categories = AT_A_HOME.get(kind)
    return categories is not None and (not categories or attributes.get("category") in categories)


THEMES: tuple[str, ...] = tuple(dict.fromkeys(kind.theme for kind in _ALL))
"""The themes, in the order of `KINDS`; a filter may name one of them."""


def problems_with(kind_name: str, attributes: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong with an entry's kind and attributes; empty when it may be kept.

    >>> [str(p) for p in problems_with("health.review", {"conditon": "asthma"})]
    ['attributes.conditon: expected only condition for health.review']
    """
    kind = KINDS.get(kind_name)
    if kind is None:
        return [Problem("kind", "unknown_kind", "a kind listed in docs/reference/kinds.md, as theme.what")]
    return kind.problems(attributes)


def is_kind_or_theme(name: str) -> bool:
    """Whether a filter may name this: a kind (`health.review`) or a theme (`health`)."""
    return name in KINDS or name in THEMES
