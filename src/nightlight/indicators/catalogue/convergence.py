"""Convergence: what agencies know apart and nobody has put together (C01 to C04). Still rules, still no score."""

from __future__ import annotations

from nightlight.indicators.catalogue import adults, asthma, health, home, process, protection, school
from nightlight.indicators.catalogue.base import Indicator, Parameter, Provenance, Reference, SpeaksOf, indicator
from nightlight.indicators.language import Condition, any_of, days, entries, weeks

OWN = Reference("Nightlight's own design; see the evidence catalogue, section 7")
PANEL = process.PANEL

AGENCIES = Parameter("agencies", 3, Provenance.CHOSEN, "Two may have spoken; three have not.")
ANSWERED = Parameter("answered within", days(1), Provenance.CHOSEN, "By the same time of the next day.")
ANSWER_SHOWN = Parameter("shown for", weeks(4), Provenance.CHOSEN, "Until somebody has decided something.")
ONE_CHILD = Parameter("entries", 1, Provenance.CHOSEN, "One is enough to ask about every child of the household.")
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
pointers = entries("signal.fired", level=("concern", "threshold", "immediate")).called(
    "pointer of an agency", "pointers of agencies"
)
together = (
    entries("social_care.strategy_discussion") | entries("social_care.conference") | entries("social_care.core_group")
).called("meeting of the agencies", "meetings of the agencies")

other_childs = (
    entries("signal.fired", level=("threshold", "immediate"), part="mentioned")
    | entries("concern.raised", severity=("threshold", "immediate"), part="mentioned")
    | entries("social_care.section_47", part="mentioned")
    | entries("police.protection", part="mentioned")
    | entries("health.injury", mobile=False, part="mentioned")
).called("grave entry about another child", "grave entries about another child")

FAMILY_CONCERNS: tuple[Indicator, ...] = tuple(
    each
    for theme in (asthma, health, school, home, adults)
    for each in theme.INDICATORS
    if each.level != "note" and each.speaks_of is SpeaksOf.FAMILY
)
"""What would have made a difference to a decision: each indicator of a family that is more than a note."""


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


def _pointed_at_since() -> Condition:
    """The same at a source, which says so by a pointer: while one lasts, and no longer than the decision is new."""
    lasts, window = pointers.going_on(), NINETY_DAYS.value
    since = process.dismissed.then(pointers, within=window, lasting=window) & (process.dismissed.in_last(window) >= 1)
    # One that began before the decision and came after it: whoever decided did not know of it.
    return (since & lasts) | lasts.begins_within(window, of=process.dismissed)


@indicator(
    "convergence.indicator_after_no_further_action", "C03", "Something new after no further action",
    level="concern", parameters=(NINETY_DAYS,), sources=(PANEL, OWN), owner_role="front_door_team_manager",
    question="decisions", ask_next=("Would the decision have been the same, had this been known?",),
)  # fmt: skip
def indicator_after_no_further_action() -> Condition:
    """An indicator of concern, or a pointer to one, begins within ninety days of a decision of no further action."""
    here = (each.holds.begins_within(NINETY_DAYS.value, of=process.dismissed) for each in FAMILY_CONCERNS)
    return any_of(*here, _pointed_at_since())


@indicator(
    "convergence.voiced_danger_unanswered", "C01", "A danger was voiced and nothing decided",
    level="immediate", parameters=(ANSWERED, ANSWER_SHOWN), sources=(OWN,), owner_role="emergency_duty_team",
    question="protection",
    ask_next=("Who is deciding, now?", "Does the person who voiced it know what was decided?"),
)  # fmt: skip
def voiced_danger_unanswered() -> Condition:
    """A danger voiced as serious, and a day later no decision of any kind is on record."""
    # A danger is voiced in the same record in which it would be answered, so its own presence gives absence a meaning.
    return protection.dangers.not_followed_by(
        process.decisions, within=ANSWERED.value, lasting=ANSWER_SHOWN.value, since=protection.dangers.ever() >= 1
    )


@indicator(
    "convergence.another_child", "C04", "Something grave about another child of the household",
    level="concern", parameters=(ONE_CHILD, NINETY_DAYS), sources=(OWN,), owner_role="front_door_team_manager",
    question="other_children",
    ask_next=("Go through the same questions for this child: who has seen this one, alone?",),
    caveat="Holds where the entry names this child as one of the household; the other child's record is not opened.",
)  # fmt: skip
def another_child() -> Condition:
    """A grave entry about another child, within ninety days, mentions this one."""
    return other_childs.in_last(NINETY_DAYS.value) >= ONE_CHILD.value


INDICATORS = (
    voiced_danger_unanswered, three_agencies, indicator_after_no_further_action, another_child,
)  # fmt: skip
