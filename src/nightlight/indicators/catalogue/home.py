"""Home: what the police and adult services know of the place and the adults (P01, P04, A01, A06)."""

from __future__ import annotations

from nightlight.indicators.catalogue.base import Parameter, Provenance, Reference, indicator
from nightlight.indicators.language import Condition, days, entries, months

ENCOMPASS = Reference(
    "Victims and Prisoners Act 2024, section 20 (Domestic Abuse Act 2021, section 49A)",
    "https://www.legislation.gov.uk/ukpga/2024/21/section/20/enacted",
)
OWN_POLICE = Reference("Nightlight's own design; see the evidence catalogue, section 3")
OWN_ADULTS = Reference("Nightlight's own design; see the evidence catalogue, section 4")

ONE_INCIDENT = Parameter("incidents", 1, Provenance.STATED, "Each one is told to the child's school.")
ONE_DRUGS = Parameter("incidents", 1, Provenance.CHOSEN, "One where the child lives is enough to ask.")
YEAR = Parameter("over", months(12), Provenance.CHOSEN, "A year.")
MISSED_IN_A_ROW = Parameter("missed", 3, Provenance.CHOSEN, "Three missed in the window stand for three in a row.")
NINETY_DAYS = Parameter("over", days(90), Provenance.CHOSEN, "A quarter: when relapse is likeliest.")
HOSTILE = Parameter("times", 2, Provenance.CHOSEN, "Once may be a bad day.")

domestic_abuse = entries("police.incident", category="domestic_abuse").called(
    "domestic abuse incident", "domestic abuse incidents"
)
drugs = entries("police.incident", category="drugs").called("drug incident", "drug incidents")
dropped_out = entries("adult.treatment", end="dropped_out").called(
    "treatment that an adult dropped out of", "treatments that an adult dropped out of"
)
missed_treatment = entries("adult.treatment_missed").called(
    "treatment appointment missed by an adult", "treatment appointments missed by an adult"
)
hostility = entries("adult.hostility", category=("refused_entry", "threats", "intimidation")).called(
    "time that a worker was refused or threatened", "times that a worker was refused or threatened"
)


@indicator(
    "place.domestic_abuse_incident", "P01", "Domestic abuse where the child lives",
    level="concern", parameters=(ONE_INCIDENT, YEAR), sources=(ENCOMPASS,), owner_role="safeguarding_lead",
    question="domestic_abuse", ask_next=("Was the school told before the next morning?", "Where was the child?"),
)  # fmt: skip
def domestic_abuse_incident() -> Condition:
    """The police recorded domestic abuse at the child's home, or by or of an adult of it, in twelve months."""
    return domestic_abuse.in_last(YEAR.value) >= ONE_INCIDENT.value


@indicator(
    "place.drug_incident", "P04", "Drugs where the child lives",
    level="concern", parameters=(ONE_DRUGS, YEAR), sources=(OWN_POLICE,), owner_role="safeguarding_lead",
    question="substances_at_home", ask_next=("Did anyone see the child, and where the child sleeps?", "Who was told?"),
)  # fmt: skip
def drug_incident() -> Condition:
    """The police recorded a drug incident at the child's address, or by an adult of the household, in twelve months."""
    return drugs.in_last(YEAR.value) >= ONE_DRUGS.value


@indicator(
    "adults.treatment_dropout", "A01", "An adult has left drug or alcohol treatment",
    level="concern", parameters=(MISSED_IN_A_ROW, NINETY_DAYS), sources=(OWN_ADULTS,), owner_role="safeguarding_lead",
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
    level="concern", parameters=(HOSTILE, NINETY_DAYS), sources=(OWN_ADULTS,), owner_role="safeguarding_lead",
    question="access_to_child", ask_next=("Has anyone seen the child since?", "Are workers keeping away?"),
)  # fmt: skip
def hostile() -> Condition:
    """A worker was refused entry, threatened or intimidated twice or more in ninety days."""
    return hostility.in_last(NINETY_DAYS.value) >= HOSTILE.value


INDICATORS = (domestic_abuse_incident, drug_incident, treatment_dropout, hostile)
