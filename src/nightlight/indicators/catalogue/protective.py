"""Protective facts: what speaks for safety, declared like an indicator. Shown beside, never subtracted."""

from __future__ import annotations

from nightlight.indicators.catalogue import asthma, process, school
from nightlight.indicators.catalogue.base import Parameter, Provenance, protective
from nightlight.indicators.language import Condition, days, entries, months, weeks

POINTS = Parameter("points", 10, Provenance.CHOSEN, "A day in each two weeks more than before.")
YEAR = Parameter("over", months(12), Provenance.STATED, "A review at least once a year.")
FOUR_WEEKS = Parameter("over", weeks(4), Provenance.CHOSEN, "Four weeks.")
COLLECTED_DAYS = Parameter("days' supply", 137, Provenance.CHOSEN, "Three quarters of 182 days.")
REARRANGED = Parameter("within", days(28), Provenance.CHOSEN, "Four weeks.")
REARRANGED_SHOWN = Parameter("shown for", months(6), Provenance.CHOSEN, "Two terms.")

attended = entries("health.appointment", result="attended").called("appointment attended", "appointments attended")
treatment = entries("adult.treatment").called("treatment of an adult", "treatments of an adult")


@protective(
    "protective.attendance_improved", "Attendance has risen",
    parameters=(POINTS, school.RECENT, school.EARLIER, school.SESSIONS), beside=("attendance", "neglect"),
)  # fmt: skip
def attendance_improved() -> Condition:
    """Attendance over the last eight weeks is ten points or more above the twelve weeks before."""
    return school.attendance.risen_by(
        POINTS.value, recent=school.RECENT.value, earlier=school.EARLIER.value, minimum=school.SESSIONS.value
    )


@protective(
    "protective.review_attended", "Asthma review attended", parameters=(YEAR,),
    beside=("asthma_control", "asthma_follow_up"),
)  # fmt: skip
def review_attended() -> Condition:
    """An asthma review took place in the last twelve months."""
    return asthma.reviews.in_last(YEAR.value) >= 1


@protective(
    "protective.medicine_collected", "Preventer collected", parameters=(COLLECTED_DAYS, asthma.HALF_YEAR),
    beside=("asthma_control",),
)  # fmt: skip
def medicine_collected() -> Condition:
    """Preventer for three quarters or more of the last six months was collected."""
    return asthma.collected.total("days_supply").in_last(asthma.HALF_YEAR.value) >= COLLECTED_DAYS.value


@protective(
    "protective.brought_after_all", "Missed appointment made good", parameters=(REARRANGED, REARRANGED_SHOWN),
    beside=("access_to_health_care",),
)  # fmt: skip
def brought_after_all() -> Condition:
    """After an appointment was missed, the child was brought to one within four weeks."""
    missed = entries("health.appointment", result="not_brought").called("missed appointment", "missed appointments")
    return missed.then(attended, within=REARRANGED.value, lasting=REARRANGED_SHOWN.value)


@protective("protective.seen_alone", "Seen alone", parameters=(FOUR_WEEKS,), beside=("child_seen",))
def seen_alone() -> Condition:
    """A social worker saw the child alone in the last four weeks."""
    return process.alone.in_last(FOUR_WEEKS.value) >= 1


@protective(
    "protective.in_treatment", "An adult is in treatment", parameters=(FOUR_WEEKS,), beside=("substances_at_home",),
)  # fmt: skip
def in_treatment() -> Condition:
    """An adult of the household is in treatment."""
    return treatment.going_on()


PROTECTIVE = (attendance_improved, review_attended, medicine_collected, brought_after_all, seen_alone, in_treatment)
