"""Adults: what services for grown-ups know of those who look after the child (A01, A02, A03, A06, A07)."""

from __future__ import annotations

from nightlight.indicators.catalogue import health, home, process
from nightlight.indicators.catalogue.base import Parameter, Provenance, Reference, indicator
from nightlight.indicators.language import Condition, age, all_of, days, entries, months, working_days, years

OWN = Reference("Nightlight's own design; see the evidence catalogue, section 4")
PANEL_MENTAL_HEALTH = Reference(
    "Child Safeguarding Practice Review Panel, annual report 2023-24: parental mental health and pre-school children",
    "https://www.childprotectionprofessionals.org.uk/parental-mental-health-and-pre-school-children",
)
TRIO = Reference(
    "Skinner and others 2020: the evidence for the 'toxic trio' is weak",
    "https://globalwn.org/knowledge-share/resources/2020-11/"
    "domestic-violence-substance-misuse-and-mental-ill-health-toxic",
)

MISSED_IN_A_ROW = Parameter("missed", 3, Provenance.CHOSEN, "Three missed in the window stand for three in a row.")
NINETY_DAYS = Parameter("over", days(90), Provenance.CHOSEN, "A quarter: when relapse is likeliest.")
HOSTILE = Parameter("times", 2, Provenance.CHOSEN, "Once may be a bad day.")
YEAR = Parameter("over", months(12), Provenance.CONCEPT, "The reports look back a year; the number is ours.")
CRISES = Parameter("crises", 1, Provenance.CONCEPT, "Named in more than half of the cases of children of one to five.")
YOUNG = Parameter("younger than", years(5), Provenance.STATED, "Children of one to five.")
EACH = Parameter("of each", 1, Provenance.CONCEPT, "Each of the three is on record.")
CALLED_OFF = Parameter("called off or missed", 3, Provenance.CONCEPT, "The procedures name the pattern; ours.")
HALF_YEAR = Parameter("over", months(6), Provenance.CHOSEN, "From one review conference to the next.")
BEFORE_MEETING = Parameter("before a meeting", working_days(10), Provenance.CHOSEN, "Two weeks before it.")
KEPT_BEFORE = Parameter("kept before one", 2, Provenance.CHOSEN, "One may be chance.")

dropped_out = entries("adult.treatment", end="dropped_out").called(
    "treatment that an adult dropped out of", "treatments that an adult dropped out of"
)
missed_treatment = entries("adult.treatment_missed").called(
    "treatment appointment missed by an adult", "treatment appointments missed by an adult"
)
hostility = entries("adult.hostility", category=("refused_entry", "threats", "intimidation")).called(
    "time that a worker was refused or threatened", "times that a worker was refused or threatened"
)
crises = entries("adult.mental_health_crisis").called(
    "mental health crisis of an adult", "mental health crises of an adult"
)
substances = (entries("adult.substance_misuse") | entries("adult.treatment") | missed_treatment).called(
    "record of an adult's drug or alcohol use", "records of an adult's drug or alcohol use"
)
missed_or_called_off = (health.changed | health.not_brought | process.failed).called(
    "appointment or visit called off or missed", "appointments or visits called off or missed"
)
kept = (entries("health.appointment", result="attended") | entries("social_care.visit", result="seen")).called(
    "appointment or visit kept", "appointments or visits kept"
)
meetings = (
    entries("social_care.conference") | entries("social_care.core_group") | entries("social_care.legal_meeting")
).called("conference, core group or legal meeting", "conferences, core groups or legal meetings")


@indicator(
    "adults.treatment_dropout", "A01", "An adult has left drug or alcohol treatment",
    level="concern", parameters=(MISSED_IN_A_ROW, NINETY_DAYS), sources=(OWN,), owner_role="safeguarding_lead",
    question="substances_at_home",
    ask_next=("Does the adult's service know that there is a child?", "Who looks after the child then?"),
    caveat="Treatment is a strength; this is about its unplanned end. It is about a third party: mind who reads it.",
)  # fmt: skip
def treatment_dropout() -> Condition:
    """An adult of the household dropped out of treatment, or missed three appointments of it, in ninety days."""
    missed = missed_treatment.in_last(NINETY_DAYS.value) >= MISSED_IN_A_ROW.value
    return missed | dropped_out.within_of_end(NINETY_DAYS.value)


@indicator(
    "adults.hostility", "A06", "Workers refused or threatened",
    level="concern", parameters=(HOSTILE, NINETY_DAYS), sources=(OWN,), owner_role="safeguarding_lead",
    question="access_to_child", ask_next=("Has anyone seen the child since?", "Are workers keeping away?"),
)  # fmt: skip
def hostile() -> Condition:
    """A worker was refused entry, threatened or intimidated twice or more in ninety days."""
    return hostility.in_last(NINETY_DAYS.value) >= HOSTILE.value


@indicator(
    "adults.mental_health_crisis", "A02", "Mental health crisis of an adult at home",
    level="note", parameters=(CRISES, YEAR), sources=(PANEL_MENTAL_HEALTH,), owner_role="safeguarding_lead",
    question="adult_mental_health",
    ask_next=("Does the adult's service know that there is a child?", "Who was with the child that day?"),
    caveat="It is about a third party: mind who reads it. Being ill is not being a danger.",
)  # fmt: skip
def mental_health_crisis() -> Condition:
    """An adult of the household had a mental health crisis in twelve months."""
    return crises.in_last(YEAR.value) >= CRISES.value


@indicator(
    "adults.mental_health_crisis_young_child", "A02", "Mental health crisis of an adult with a child under five",
    level="concern", parameters=(CRISES, YEAR, YOUNG), sources=(PANEL_MENTAL_HEALTH,), owner_role="safeguarding_lead",
    question="adult_mental_health",
    ask_next=("Who looks after the child when the adult is unwell?", "Has anyone asked the adult about the child?"),
    caveat="It is about a third party: mind who reads it. Being ill is not being a danger.",
)  # fmt: skip
def mental_health_crisis_young_child() -> Condition:
    """An adult of the household had a mental health crisis in twelve months, and the child is under five."""
    return (crises.in_last(YEAR.value) >= CRISES.value) & (age() < YOUNG.value)


@indicator(
    "adults.three_factors", "A03", "Domestic abuse, mental ill-health and substance use in one household",
    level="note", parameters=(EACH, YEAR), sources=(TRIO,), owner_role="safeguarding_lead", question="adults_at_home",
    ask_next=("Read the three facts apart: what does each one mean for this child?",),
    caveat="The evidence that the three together foretell harm is weak: they are shown as three facts, not as one.",
)  # fmt: skip
def three_factors() -> Condition:
    """Domestic abuse, a mental health crisis and drug or alcohol use are each on record in twelve months."""
    return all_of(
        home.domestic_abuse.in_last(YEAR.value) >= EACH.value,
        crises.in_last(YEAR.value) >= EACH.value,
        substances.in_last(YEAR.value) >= EACH.value,
    )


@indicator(
    "adults.disguised_compliance", "A07", "Kept just before meetings, called off otherwise",
    level="concern", parameters=(CALLED_OFF, HALF_YEAR, BEFORE_MEETING, KEPT_BEFORE), sources=(health.PAN_SUSSEX,),
    owner_role="social_worker", question="access_to_child",
    ask_next=("What has changed for the child, whoever came?", "Has anyone gone unannounced?"),
    caveat="Services also arrange visits before their meetings: see who asked for each one.",
)  # fmt: skip
def disguised_compliance() -> Condition:
    """Three called off or missed in six months, and two or more kept in the ten working days before a meeting."""
    before_meetings = kept.followed_by(meetings, within=BEFORE_MEETING.value).in_last(HALF_YEAR.value)
    alternating = missed_or_called_off.in_last(HALF_YEAR.value) >= CALLED_OFF.value
    return alternating & (before_meetings >= KEPT_BEFORE.value)


INDICATORS = (
    treatment_dropout, mental_health_crisis, mental_health_crisis_young_child, three_factors, hostile,
    disguised_compliance,
)  # fmt: skip
