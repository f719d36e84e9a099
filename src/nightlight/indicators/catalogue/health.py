"""Health: appointments, bruises and explanations (H11 to H15)."""

from __future__ import annotations

from nightlight.indicators.catalogue.base import Parameter, Provenance, Reference, indicator
from nightlight.indicators.language import Condition, age, days, entries, months

WAS_NOT_BROUGHT = Reference(
    "RCGP safeguarding toolkit: was not brought",
    "https://elearning.rcgp.org.uk/mod/book/view.php?chapterid=964&id=15290",
)
PAN_SUSSEX = Reference(
    "Pan-Sussex procedures 5.3: children not brought to appointments",
    "https://sussexchildprotection.procedures.org.uk/hkysoo/recognition-and-referral-of-abuse-and-neglect/"
    "children-not-brought-to-appointments-or-meetings-that-relate-to-their-welfare-care-or-health",
)
IMMOBILE = Reference(
    "Bedfordshire protocol for immobile children", "https://bedfordscb.proceduresonline.com/p_bruise.html"
)
SENTINEL = Reference(
    "Tees procedures: bruising and injuries in non-mobile infants",
    "https://www.teescpp.org.uk/procedures-and-guidance-on-specific-issues-that-affect-children/"
    "bruising-and-injuries-in-non-mobile-infants-a-multiagency-procedure",
)
CG89 = Reference(
    "NICE CG89: definitions of an unsuitable explanation",
    "https://www.nice.org.uk/guidance/cg89/chapter/2-Research-recommendations",
)

YEAR = Parameter("over", months(12), Provenance.CONCEPT, "The toolkit asks to see missed appointments together.")
HALF_YEAR = Parameter("over", months(6), Provenance.CONCEPT, "The procedures name repeated changes, and no number.")
MISSED = Parameter("appointments", 3, Provenance.CONCEPT, "Repeated, across all services; the number is ours.")
MISSED_ON_PLAN = Parameter("on a plan", 1, Provenance.CONCEPT, "One, of a child on a plan for neglect, raises concern.")
MISSED_IN_A_ROW = Parameter("in a row", 2, Provenance.CONCEPT, "Two running at one service; the number is ours.")
CHANGED = Parameter("changes", 3, Provenance.CONCEPT, "Repeatedly cancelled and rescheduled; the number is ours.")
ONE_INJURY = Parameter("injuries", 1, Provenance.STATED, "Any bruise or injury of a child who cannot move about.")
NOT_MOBILE = Parameter(
    "younger than", months(6), Provenance.CONCEPT, "Certainly not mobile; where nobody wrote it down."
)
NOT_CRUISING = Parameter("younger than", months(9), Provenance.CONCEPT, "Before a baby pulls up and moves along.")
SHOWN = Parameter(
    "shown for", days(28), Provenance.CHOSEN, "Until a referral and a paediatric opinion can be on record."
)
ONE_EXPLANATION = Parameter("explanations", 1, Provenance.STATED, "One that does not fit is enough to consider abuse.")

not_brought = entries("health.appointment", result="not_brought").called(
    "appointment to which the child was not brought", "appointments to which the child was not brought"
)
kept_or_not = entries("health.appointment", result=("attended", "not_brought"))
neglect_plan = entries("social_care.child_protection_plan", category="neglect").called(
    "child protection plan for neglect", "child protection plans for neglect"
)
changed = (
    entries("health.appointment", result=("cancelled_by_carer", "rescheduled_by_carer"))
    | entries("social_care.visit", result="cancelled_by_family")
).called("appointment or visit called off by the family", "appointments or visits called off by the family")
of_immobile = entries("health.injury", mobile=False).called(
    "injury of a child who is not mobile", "injuries of a child who is not mobile"
)
sentinel = entries("health.injury", injury=("bruise", "intra_oral", "eye")).called(
    "bruise, or injury of mouth or eye", "bruises, or injuries of mouth or eye"
)
sentinel_mobile = entries("health.injury", injury=("bruise", "intra_oral", "eye"), mobile=True).called(
    "such injury of a child known to be mobile", "such injuries of a child known to be mobile"
)
injuries = (entries("health.injury") | entries("education.concern", category="injury")).called("injury", "injuries")
unsuitable = entries("health.injury", explanation=("unsuitable", "none", "changed")).called(
    "injury without a suitable explanation", "injuries without a suitable explanation"
)


@indicator(
    "health.was_not_brought", "H11", "Not brought to appointments",
    level="concern", parameters=(MISSED, YEAR, MISSED_IN_A_ROW, MISSED_ON_PLAN), sources=(WAS_NOT_BROUGHT,),
    owner_role="safeguarding_lead", question="access_to_health_care",
    ask_next=("What was each appointment for, and what follows for the child from missing it?",
              "Was anyone told, and did anyone go and see?"),
    caveat="Counted over all services together: each one alone may have seen a single missed appointment.",
)  # fmt: skip
def was_not_brought() -> Condition:
    """Not brought three times in twelve months, twice running at one service, or once while on a plan for neglect."""
    often = not_brought.in_last(YEAR.value) >= MISSED.value
    running = not_brought.in_a_row(MISSED_IN_A_ROW.value, among=kept_or_not, by="service", within=YEAR.value)
    once = not_brought.in_last(YEAR.value) >= MISSED_ON_PLAN.value
    return often | running | (once & neglect_plan.going_on())


@indicator(
    "health.cancelled_or_rescheduled", "H12", "Appointments and visits called off",
    level="note", parameters=(CHANGED, HALF_YEAR), sources=(PAN_SUSSEX,), owner_role="safeguarding_lead",
    question="access_to_health_care", ask_next=("Who called it off, how late, and what was said?",),
)  # fmt: skip
def cancelled_or_rescheduled() -> Condition:
    """The family called off three or more appointments or visits in six months."""
    return changed.in_last(HALF_YEAR.value) >= CHANGED.value


@indicator(
    "health.bruise_non_mobile", "H13", "Bruise or injury of a child who cannot move about",
    level="immediate", parameters=(ONE_INJURY, NOT_MOBILE, SHOWN), sources=(IMMOBILE, CG89),
    owner_role="front_door_team_manager", question="injury",
    ask_next=("Has a paediatrician seen the child today?", "Has children's social care been told?"),
    caveat="A carer's explanation does not settle it. Accidental in fewer than 1 of 100.",
)  # fmt: skip
def bruise_non_mobile() -> Condition:
    """A bruise or injury of a child who is not independently mobile, or is younger than six months."""
    named = of_immobile.in_last(SHOWN.value) >= ONE_INJURY.value
    return named | ((injuries.in_last(SHOWN.value) >= ONE_INJURY.value) & (age() < NOT_MOBILE.value))


@indicator(
    "health.sentinel_injury", "H14", "Small injury of a baby that babies do not get",
    level="immediate", parameters=(ONE_INJURY, NOT_CRUISING, SHOWN), sources=(SENTINEL,),
    owner_role="front_door_team_manager", question="injury",
    ask_next=("Has a paediatrician seen the whole child today?", "Has anyone seen a mark before?"),
    caveat="Small, and heals: many babies who were gravely hurt had one before.",
)  # fmt: skip
def sentinel_injury() -> Condition:
    """A bruise, or an injury of the mouth or eye, of a baby younger than nine months who is not known to be mobile."""
    hurt = (sentinel.in_last(SHOWN.value) >= ONE_INJURY.value) & (age() < NOT_CRUISING.value)
    return hurt.unless(sentinel_mobile.in_last(SHOWN.value) >= 1)


@indicator(
    "health.unsuitable_explanation", "H15", "Injury without a suitable explanation",
    level="concern", parameters=(ONE_EXPLANATION, SHOWN), sources=(CG89,), owner_role="safeguarding_lead",
    question="injury", ask_next=("What did the child say?", "Has the explanation been different elsewhere?"),
)  # fmt: skip
def unsuitable_explanation() -> Condition:
    """An injury with no explanation, one that does not fit, or one that changed."""
    return unsuitable.in_last(SHOWN.value) >= ONE_EXPLANATION.value


INDICATORS = (was_not_brought, cancelled_or_rescheduled, bruise_non_mobile, sentinel_injury, unsuitable_explanation)
