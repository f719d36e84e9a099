"""Protection: a danger that someone voiced, and what is in force by then (S13)."""

from __future__ import annotations

from nightlight.indicators.catalogue.base import Parameter, Provenance, Reference, indicator
from nightlight.indicators.language import Condition, days, entries, uncovered

INTERIM_PLAN = Reference(
    "Solihull procedures 3.5: an interim plan until the conference, in place at once",
    "http://solihulllscb.proceduresonline.com/chapters/p_init_CP_conf.html",
)

AGREED = Parameter(
    "agreed at most before", days(1), Provenance.CHOSEN, "An old decision is no answer to a danger voiced today."
)

dangers = entries("concern.raised", severity=("threshold", "immediate")).called("danger voiced", "dangers voiced")
decisions = entries("meeting.decision").called("protection agreed", "protections agreed")
keeping_safe = (
    entries("police.protection")
    | entries("social_care.looked_after", status=("interim_care_order", "care_order", "police_protection"))
).called("protection in force", "protections in force")


@indicator(
    "protection.danger_without_protection", "S13", "A danger comes before the protection",
    level="immediate", parameters=(AGREED,), sources=(INTERIM_PLAN,), owner_role="emergency_duty_team",
    question="protection",
    ask_next=("Who keeps the child safe in the hours not covered?", "What can be in force before the danger is?"),
    caveat="That an action is in force is what was agreed; whether it protects from this danger a person must judge.",
)  # fmt: skip
def danger_without_protection() -> Condition:
    """A danger voiced as serious comes, for some of its time, before any protection that was agreed is in force."""
    return uncovered(
        dangers, starts="from_when", protections=decisions, in_force="in_force_from", before=AGREED.value,
        holding=keeping_safe,
    )  # fmt: skip


INDICATORS = (danger_without_protection,)
