"""Convergence: what agencies know apart and nobody has put together (C02, C03). Still rules, still no score."""

from __future__ import annotations

from nightlight.indicators.catalogue import asthma, health, home, process, school
from nightlight.indicators.catalogue.base import Indicator, Parameter, Provenance, Reference, indicator
from nightlight.indicators.language import Condition, any_of, days, entries
from nightlight.indicators.nodes import Named

OWN = Reference("Nightlight's own design; see the evidence catalogue, section 7")
PANEL = process.PANEL

AGENCIES = Parameter("agencies", 3, Provenance.CHOSEN, "Two may have spoken; three have not.")
NINETY_DAYS = Parameter("over", days(90), Provenance.CHOSEN, "A quarter of a year.")

# What an agency would set down as a worry about this child. A single emergency attendance is not among them (most are
# an ordinary child's), nor is anything about money, origin or belief.
worries = (
    entries("education.concern", category=("hunger", "hygiene", "clothing", "tired", "untreated_illness", "injury",
                                           "not_collected", "parent_presentation"))
    | entries("health.appointment", result="not_brought")
    | entries("health.admission", reason=("asthma", "self_harm", "ingestion"))
    | entries("health.emergency_attendance", reason=("self_harm", "ingestion"))
    | entries("health.injury", explanation=("unsuitable", "none", "changed"))
    | entries("health.concern")
    | entries("police.incident", category=("domestic_abuse", "drugs", "violence", "neglect", "sexual", "exploitation",
                                           "weapon"))
    | entries("police.missing")
    | entries("police.welfare_check", result="concern")
    | entries("social_care.visit", result=("no_access", "cancelled_by_family"))
    | entries("adult.treatment_missed")
    | entries("adult.substance_misuse")
    | entries("adult.mental_health_crisis")
    | entries("adult.hostility", category=("refused_entry", "threats", "intimidation"))
    | entries("housing.condition", category=("no_utilities", "squalor", "hazards"))
    | entries("community.concern")
    | entries("signal.fired", level=("concern", "threshold", "immediate"))
).called("entry that worried an agency", "entries that worried agencies")  # fmt: skip
together = (
    entries("social_care.strategy_discussion") | entries("social_care.conference") | entries("social_care.core_group")
).called("meeting of the agencies", "meetings of the agencies")

FAMILY_CONCERNS: tuple[Indicator, ...] = (
    asthma.reliever_overuse, asthma.reliever_up_preventer_down, asthma.repeat_emergency_attendance, asthma.admission,
    health.was_not_brought, health.bruise_non_mobile, health.unsuitable_explanation,
    school.attendance_drop, school.neglect_log, school.feels_unsafe,
    home.domestic_abuse_incident, home.drug_incident, home.treatment_dropout, home.hostile,
)  # fmt: skip


@indicator(
    "convergence.three_agencies", "C02", "Three agencies are worried and have not met",
    level="threshold", parameters=(AGENCIES, NINETY_DAYS), sources=(OWN,), owner_role="front_door_team_manager",
    question="convergence",
    ask_next=("Do they know of one another?", "What does the whole look like, read in the order it happened?"),
)  # fmt: skip
def three_agencies() -> Condition:
    """Three or more agencies each recorded a worry within ninety days, and the agencies have not met in that time."""
    worried = worries.distinct("agency").in_last(NINETY_DAYS.value) >= AGENCIES.value
    return worried.unless(together.in_last(NINETY_DAYS.value) >= 1)


@indicator(
    "convergence.indicator_after_no_further_action", "C03", "Something new after no further action",
    level="concern", parameters=(NINETY_DAYS,), sources=(PANEL, OWN), owner_role="front_door_team_manager",
    question="decisions", ask_next=("Would the decision have been the same, had this been known?",),
)  # fmt: skip
def indicator_after_no_further_action() -> Condition:
    """An indicator of concern about the family begins to hold within ninety days of a decision of no further action."""
    return any_of(
        *(
            Condition(Named(each.code, each.expression)).begins_within(NINETY_DAYS.value, of=process.dismissed)
            for each in FAMILY_CONCERNS
        )
    )


INDICATORS = (three_agencies, indicator_after_no_further_action)
