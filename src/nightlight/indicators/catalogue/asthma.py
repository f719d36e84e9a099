"""Asthma: medicines issued and collected, attacks, and whether anyone reviewed the child (H01 to H08)."""

from __future__ import annotations

from nightlight.indicators.catalogue.base import Parameter, Provenance, Reference, SpeaksOf, indicator
from nightlight.indicators.language import Condition, entries, months, nothing, weeks, working_days

QUESTION = "asthma_control"
SABA = Reference(
    "NHS Scotland respiratory prescribing strategy: prescribing of short-acting beta agonists",
    "https://rightdecisions.scot.nhs.uk/respiratory-quality-prescribing-strategy-a-guide-for-improvement/asthma/"
    "prescribing-issues-to-address/prescribing-of-short-acting-beta-agonists-saba",
)
NRAD_THEMES = Reference(
    "BJGP 2019 on the themes of the National Review of Asthma Deaths for children",
    "https://bjgp.org/content/69/685/405",
)
NRAD_SUMMARY = Reference(
    "Napp Academy summary of the National Review of Asthma Deaths",
    "https://www.nappacademy.co.uk/respiratory-academy/respiratory-cpd-learning-zone/"
    "module-5-optimising-asthma-patient-assessment-and-review/section-4/",
)
NO_RELIEVER_ALONE = Reference(
    "OpenPrescribing, quoting BTS/NICE/SIGN (NG245): no reliever without an inhaled steroid at any age",
    "https://openprescribing.net/measure/saba",
)
HSSIB = Reference(
    "HSSIB: management of chronic asthma in children aged 16 years and under",
    "https://www.hssib.org.uk/patient-safety-investigations/management-of-chronic-asthma-in-children-aged-16-years-and-under/"
    "investigation-report",
)
QS25_FOLLOW_UP = Reference(
    "NICE QS25, statement 4: follow-up by general practice after emergency care",
    "https://www.nice.org.uk/guidance/qs25/chapter/Quality-statement-4-Follow-up-by-general-practice-after-emergency-care",
)
QS25_REVIEW = Reference(
    "NICE QS25 press notice: annual structured review",
    "http://www.nice.org.uk/newsroom/pressreleases/AsthmaQualityStandardPublished.jsp",
)
ADULT_NUMBERS = (
    "The source's numbers come from adults and all ages together. Spare inhalers for school or a second home raise the "
    "count: ask who holds them."
)

YEAR = Parameter("over", months(12), Provenance.STATED, "The source counts a year.")
HALF_YEAR = Parameter("over", months(6), Provenance.CHOSEN, "Long enough for two or three prescriptions.")
RELIEVERS_PRIORITY = Parameter("relievers", 6, Provenance.STATED, "Six or more in a year: a priority for review.")
RELIEVERS_REVIEW = Parameter("relievers", 3, Provenance.STATED, "Three or more in a year go with attacks: review.")
ONE_RELIEVER = Parameter("relievers", 1, Provenance.STATED, "None at all without an inhaled steroid.")
PREVENTER_DAYS = Parameter(
    "days' supply", 90, Provenance.CHOSEN, "Half of six months. The review of deaths names under-collection, no number."
)
ATTENDANCES = Parameter(
    "attendances",
    2,
    Provenance.CONCEPT,
    "Of those who died, 21% had an attack in an emergency department in that year.",
)
ADMISSIONS = Parameter("admissions", 1, Provenance.CHOSEN, "One admission is already a severe attack.")
FOLLOW_UP = Parameter("within", working_days(2), Provenance.STATED, "Followed up within two working days.")
FOLLOW_UP_SHOWN = Parameter(
    "shown for", weeks(4), Provenance.CHOSEN, "After that the annual review is what is missing."
)
REVIEW_EVERY = Parameter("every", months(12), Provenance.STATED, "A structured review at least once a year.")

relievers = entries("health.medicine_issued", medicine="reliever").called(
    "reliever inhaler issued", "reliever inhalers issued"
)
collected = entries("health.medicine_collected", medicine="preventer").called(
    "day of preventer collected", "days of preventer collected"
)
preventers = entries("health.medicine_issued", medicine="preventer").called(
    "preventer issued, alone or in combination", "preventers issued, alone or in combination"
)
attendances = entries("health.emergency_attendance", reason="asthma").called(
    "emergency attendance for asthma", "emergency attendances for asthma"
)
admissions = entries("health.admission", reason="asthma").called("admission for asthma", "admissions for asthma")
intensive = entries("health.admission", reason="asthma", critical_care=True).called(
    "admission to critical care for asthma", "admissions to critical care for asthma"
)
attacks = (attendances | admissions).called("asthma attack", "asthma attacks")
practice_records = entries("health", agency="health.gp").called(
    "entry from general practice", "entries from general practice"
)
reviews = entries("health.review", condition="asthma").called("asthma review", "asthma reviews")
followed_up = (
    entries("health.follow_up") | reviews | entries("health.appointment", result="attended", agency="health.gp")
).called("follow-up", "follow-ups")
diagnosis = entries("health.condition", condition="asthma", agency="health.gp").called(
    "diagnosis of asthma at the practice", "diagnoses of asthma at the practice"
)
few_collected = (
    collected.total("days_supply").in_last(HALF_YEAR.value).under(PREVENTER_DAYS.value, since=collected.ever() >= 1)
)


@indicator(
    "asthma.reliever_overuse", "H01", "Reliever inhalers used too much",
    level="concern", parameters=(RELIEVERS_PRIORITY, YEAR), sources=(SABA,), owner_role="safeguarding_lead",
    question=QUESTION, caveat=ADULT_NUMBERS,
    ask_next=("Who holds the inhalers, and when does the child use them?", "When was the last asthma review?"),
)  # fmt: skip
def reliever_overuse() -> Condition:
    """Six or more reliever inhalers were issued in twelve months: the asthma is not controlled."""
    return relievers.total("quantity").in_last(YEAR.value) >= RELIEVERS_PRIORITY.value


@indicator(
    "asthma.reliever_review", "H01", "Reliever inhalers: time for a review",
    level="note", parameters=(RELIEVERS_REVIEW, YEAR), sources=(SABA,), owner_role="school_nurse",
    question=QUESTION, caveat=ADULT_NUMBERS, ask_next=("Has the practice called the child for a review?",),
)  # fmt: skip
def reliever_review() -> Condition:
    """Three or more reliever inhalers were issued in twelve months."""
    return relievers.total("quantity").in_last(YEAR.value) >= RELIEVERS_REVIEW.value


@indicator(
    "asthma.reliever_without_preventer", "H02", "Reliever prescribed and no preventer",
    level="note", parameters=(ONE_RELIEVER, YEAR), sources=(NO_RELIEVER_ALONE,), owner_role="school_nurse",
    question="asthma_prescribing", speaks_of=SpeaksOf.SERVICE,
    ask_next=("Has the practice reviewed what it prescribes?",),
    caveat="What was not prescribed is the practice's doing, not the family's. A combination inhaler is a preventer.",
)  # fmt: skip
def reliever_without_preventer() -> Condition:
    """A reliever was issued in the last twelve months of a child with asthma, and in all of them no preventer."""
    unprotected = nothing(preventers).for_(YEAR.value, since=diagnosis.going_on())
    return (relievers.in_last(YEAR.value) >= ONE_RELIEVER.value) & unprotected


@indicator(
    "asthma.preventer_under_collection", "H03", "Preventer not collected",
    level="note", parameters=(PREVENTER_DAYS, HALF_YEAR), sources=(NRAD_THEMES,), owner_role="school_nurse",
    question=QUESTION, ask_next=("What keeps the family from collecting it: cost, travel, knowledge, or chaos?",),
    caveat="Known only where a pharmacy or practice records what is collected, and only from the first such record on.",
)  # fmt: skip
def preventer_under_collection() -> Condition:
    """Preventer for less than half of the last six months was collected, where collection is recorded at all."""
    return few_collected


@indicator(
    "asthma.reliever_up_preventer_down", "H04", "More reliever while the preventer is not collected",
    level="concern", parameters=(RELIEVERS_REVIEW, YEAR, PREVENTER_DAYS, HALF_YEAR), sources=(SABA, NRAD_THEMES),
    owner_role="safeguarding_lead", question=QUESTION,
    ask_next=("Who sees to it that the child takes the preventer?", "Does the school hold an asthma plan?"),
)  # fmt: skip
def reliever_up_preventer_down() -> Condition:
    """Three or more reliever inhalers in twelve months, while preventer for less than half of six was collected."""
    return (relievers.total("quantity").in_last(YEAR.value) >= RELIEVERS_REVIEW.value) & few_collected


@indicator(
    "asthma.repeat_emergency_attendance", "H05", "Emergency attendances for asthma, again",
    level="concern", parameters=(ATTENDANCES, YEAR), sources=(NRAD_SUMMARY,), owner_role="safeguarding_lead",
    question=QUESTION, ask_next=("What happened before each attack?", "Did the practice follow each one up?"),
)  # fmt: skip
def repeat_emergency_attendance() -> Condition:
    """Two or more emergency attendances for asthma in twelve months."""
    return attendances.in_last(YEAR.value) >= ATTENDANCES.value


@indicator(
    "asthma.admission", "H06", "Admitted to hospital for asthma",
    level="concern", parameters=(ADMISSIONS, YEAR), sources=(HSSIB,), owner_role="safeguarding_lead",
    question=QUESTION, ask_next=("Who at home gives the medicine?", "What is in place for the next attack, at night?"),
    caveat="Critical care counts for ever: a child who nearly died once may again.",
)  # fmt: skip
def admission() -> Condition:
    """The child was admitted for asthma in the last twelve months, or was ever in critical care for it."""
    return (admissions.in_last(YEAR.value) >= ADMISSIONS.value) | (intensive.ever() >= ADMISSIONS.value)


@indicator(
    "asthma.no_follow_up", "H07", "No follow-up after an asthma attack",
    level="note", parameters=(FOLLOW_UP, FOLLOW_UP_SHOWN), sources=(QS25_FOLLOW_UP,), owner_role="school_nurse",
    question="asthma_follow_up", speaks_of=SpeaksOf.SERVICE,
    ask_next=("Was the practice told of the attendance, and when?",),
    caveat="64% of patients report no such follow-up: a gap in the service before it is one in the family. "
    "Judged only where the practice's records are known.",
)  # fmt: skip
def no_follow_up() -> Condition:
    """No follow-up by the practice within two working days of an emergency attendance or admission for asthma."""
    return attacks.not_followed_by(
        followed_up, within=FOLLOW_UP.value, lasting=FOLLOW_UP_SHOWN.value, since=practice_records.ever() >= 1
    )


@indicator(
    "asthma.review_overdue", "H08", "Asthma review overdue",
    level="note", parameters=(REVIEW_EVERY,), sources=(QS25_REVIEW,), owner_role="school_nurse",
    question="asthma_follow_up", speaks_of=SpeaksOf.SERVICE, ask_next=("Was the child called, and did anyone come?",),
    caveat="Judged only where the practice's records are known.",
)  # fmt: skip
def review_overdue() -> Condition:
    """No asthma review for twelve months, while the practice has had the child down as having asthma."""
    return nothing(reviews).for_(REVIEW_EVERY.value, since=diagnosis.going_on())


INDICATORS = (
    reliever_overuse, reliever_review, reliever_without_preventer, preventer_under_collection,
    reliever_up_preventer_down, repeat_emergency_attendance, admission, no_follow_up, review_overdue,
)  # fmt: skip
