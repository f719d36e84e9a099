"""Three small histories of each rule of the catalogue: it holds, it nearly does, it is about something else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Three:
    """Histories as at one moment. `fires` and `nearly` differ in as little as possible; `does_not` in what it is."""

    at: str
    fires: str
    nearly: str
    does_not: str
    born: str = "2016-05-10"


def weekly(first_week: int, *registers: str) -> str:
    """Registers of consecutive weeks of 2023 and 2024, numbered from Monday 2 January 2023."""
    start = date(2023, 1, 2)
    return "\n".join(
        f"r{first_week + n} | {start + timedelta(weeks=first_week + n)} | education.register | {row}"
        for n, row in enumerate(registers)
    )


FULL, UNAUTHORISED, ILL = (
    f"possible=10 attended={a} unauthorised={u} authorised={i}" for a, u, i in ((10, 0, 0), (8, 2, 0), (8, 0, 2))
)
AWAY = "possible=10 attended=0 unauthorised=10"
UNEXPLAINED = "possible=10 attended=5 unexplained=5"
AFTER = """
    a | 2023-11-06 | police.incident | category=domestic_abuse through=address
    b | 2023-11-08 | education.register | possible=2 attended=0 unauthorised=2
    c | 2024-02-05 | police.incident | category=domestic_abuse through=address
    d | {second} | education.register | possible=2 attended=0 unexplained=2
"""
DIFFER = """a | 2024-01-15 | housing.differs | address=one agency=education
b | 2024-01-15 | housing.differs | address=two agency=health.gp"""
THREE_FACTORS = """
    a | 2023-03-01 | adult.mental_health_crisis | through=adult
    b | 2023-09-01 | adult.substance_misuse | substance=alcohol through=adult
    c | 2024-01-01 | police.incident | category=domestic_abuse through=adult
"""
COMPLIANCE = """
    a | 2023-10-01 | health.appointment | result=not_brought
    b | 2023-11-01 | social_care.visit | result=no_access
    c | 2023-12-01 | social_care.visit | result=cancelled_by_family
    d | 2024-01-10 | health.appointment | result=attended
    e | 2024-01-15 | social_care.visit | result=seen
    f | 2024-01-18 | social_care.core_group |
"""
ON_PLAN = "p | 2024-01-01 | social_care.child_protection_plan | category=neglect agency=social_care"
IN_NEED = "p | 2024-01-01 | social_care.child_in_need_plan | category=neglect"
VISITED = "v | 2024-01-08 | social_care.visit | child_seen=true agency=social_care"
ISSUED = "health.medicine_issued | medicine=reliever agency=health.gp"
COLLECTED = "health.medicine_collected | medicine=preventer agency=health.gp"
ASTHMA = "x | 2020-01-01 | health.condition | condition=asthma agency=health.gp"
VOICED = (
    "d | 2024-01-05T14:45 | concern.raised | severity=immediate from_when=2024-01-05T17:00Z agency=health.community"
)
DECIDED = "m | 2024-01-05T15:30 | meeting.decision | agency=social_care in_force_from"
NFA = "social_care.contact | outcome=no_further_action agency=social_care"
WORRIES = """
    a | 2024-01-02 | education.concern | category=hunger
    b | 2024-02-02 | health.appointment | result=not_brought agency=health.gp
"""
DRUGS = "c | 2024-03-01 | police.incident | category=drugs agency=police through=address"

CASES = {
    "protection.danger_without_protection": Three(
        "2024-01-05T16:00",
        VOICED + f"\n{DECIDED}=2024-01-08T09:00Z",
        VOICED + f"\n{DECIDED}=2024-01-05T17:00Z",
        VOICED.replace("immediate", "concern"),
    ),
    "convergence.three_agencies": Three(
        "2024-03-02",
        WORRIES + DRUGS,
        WORRIES + DRUGS + "\nm | 2024-02-20 | social_care.strategy_discussion |",
        WORRIES + DRUGS.replace("drugs", "asb"),
    ),
    "convergence.indicator_after_no_further_action": Three(
        "2024-03-02",
        f"n | 2023-12-15 | {NFA}\n{DRUGS}",
        f"n | 2023-11-30 | {NFA}\n{DRUGS}",
        f"n | 2023-12-15 | {NFA}",
    ),
    "process.no_further_action_accumulates": Three(
        "2024-03-02",
        f"a | 2023-05-01 | {NFA} from=education\nb | 2023-09-01 | {NFA} from=police\n"
        f"c | 2024-03-01 | {NFA} from=police",
        f"a | 2023-05-01 | {NFA} from=police\nb | 2023-09-01 | {NFA} from=police\nc | 2024-03-01 | {NFA} from=police",
        f"a | 2023-05-01 | {NFA} from=education".replace("no_further_action", "referral"),
    ),
    "process.child_not_seen": Three(
        "2024-02-06",
        f"{ON_PLAN}\n{VISITED}",
        f"{ON_PLAN}\n{VISITED.replace('01-08', '01-10')}",
        f"{IN_NEED}\n{VISITED}",
    ),
    "process.child_not_seen_long": Three(
        "2024-02-20", f"{IN_NEED}\n{VISITED}", f"{IN_NEED}\n{VISITED.replace('01-08', '01-10')}", ON_PLAN
    ),
    "process.visits_not_known": Three(
        "2024-01-30", ON_PLAN, ON_PLAN.replace("01-01", "01-04"), f"{ON_PLAN}\n{VISITED.replace('true', 'false')}"
    ),
    "process.not_seen_alone": Three(
        "2024-02-01",
        "a | 2024-01-01 | social_care.visit | result=seen seen_alone=false\n"
        "b | 2024-01-20 | social_care.visit | result=seen seen_alone=false",
        "a | 2024-01-01 | social_care.visit | result=seen seen_alone=false\n"
        "b | 2024-01-10 | social_care.visit | result=seen seen_alone=true\n"
        "c | 2024-01-20 | social_care.visit | result=seen seen_alone=false",
        "a | 2024-01-01 | social_care.visit | result=seen\nb | 2024-01-20 | social_care.visit | result=seen",
    ),
    "process.failed_visits": Three(
        "2024-02-01",
        "a | 2024-01-01 | social_care.visit | result=no_access child_seen=false\n"
        "b | 2024-01-20 | social_care.visit | result=cancelled_by_family child_seen=false",
        "a | 2024-01-01 | social_care.visit | result=no_access child_seen=false\n"
        "b | 2024-01-10 | social_care.visit | result=seen child_seen=true\n"
        "c | 2024-01-20 | social_care.visit | result=cancelled_by_family child_seen=false",
        "a | 2024-01-01 | social_care.visit | result=cancelled_by_service\n"
        "b | 2024-01-20 | social_care.visit | result=cancelled_by_service",
    ),
    "process.worker_churn": Three(
        "2024-02-01",
        "a | 2023-03-01 | social_care.worker_changed |\nb | 2023-08-01 | social_care.worker_changed |\n"
        "c | 2024-01-31 | social_care.worker_changed |",
        "b | 2023-08-01 | social_care.worker_changed |\nc | 2024-01-31 | social_care.worker_changed |",
        "a | 2023-03-01 | social_care.visit |",
    ),
    "school.persistent_absence": Three(
        "2023-01-31",
        weekly(0, FULL, ILL, UNAUTHORISED, FULL),
        weekly(0, FULL, ILL, FULL, FULL),
        weekly(0, UNAUTHORISED, UNAUTHORISED),
    ),
    "school.attendance_drop": Three(
        "2023-04-26",
        weekly(0, *[FULL] * 8, *[UNAUTHORISED] * 8),
        weekly(0, *[FULL] * 11, *[UNAUTHORISED] * 5),
        weekly(0, *[FULL] * 8, *[ILL] * 8),
    ),
    "school.neglect_log": Three(
        "2024-02-01",
        "a | 2023-09-10 | education.concern | category=hunger observer=teacher\n"
        "b | 2023-11-10 | education.concern | category=hygiene observer=office\n"
        "c | 2024-01-10 | education.concern | category=tired observer=teacher",
        "a | 2023-09-10 | education.concern | category=hunger observer=teacher\n"
        "b | 2023-11-10 | education.concern | category=hygiene observer=teacher\n"
        "c | 2024-01-10 | education.concern | category=tired observer=teacher",
        "\n".join(f"{n} | 2024-01-1{n} | education.concern | category=behaviour observer=staff-{n}" for n in range(5)),
    ),
    "voice.childs_words": Three(
        "2024-02-01",
        "a | 2024-01-01 | voice.words | setting=school",
        "a | 2023-07-01 | voice.words | setting=school",
        "a | 2024-01-01 | voice.scale | score=9",
    ),
    "voice.feels_unsafe": Three(
        "2024-02-01",
        "a | 2024-01-01 | voice.scale | score=3",
        "a | 2024-01-01 | voice.scale | score=4",
        "a | 2024-01-01 | voice.scale | score=1\nb | 2024-01-20 | voice.scale | score=8",
    ),
    "asthma.reliever_overuse": Three(
        "2024-02-01",
        f"a | 2023-03-01 | {ISSUED} quantity=6",
        f"a | 2023-03-01 | {ISSUED} quantity=5",
        f"a | 2023-03-01 | {ISSUED} quantity=6".replace("reliever", "preventer"),
    ),
    "asthma.reliever_review": Three(
        "2024-02-01",
        f"a | 2023-03-01 | {ISSUED} quantity=3",
        f"a | 2023-01-01 | {ISSUED} quantity=3",
        f"a | 2023-03-01 | {ISSUED} quantity=2",
    ),
    "asthma.preventer_under_collection": Three(
        "2024-02-01",
        f"a | 2023-03-01 | {COLLECTED} days_supply=30\nb | 2023-12-01 | {COLLECTED} days_supply=30",
        f"a | 2023-03-01 | {COLLECTED} days_supply=30\nb | 2023-12-01 | {COLLECTED} days_supply=90",
        ASTHMA,
    ),
    "asthma.reliever_up_preventer_down": Three(
        "2024-02-01",
        f"a | 2023-03-01 | {COLLECTED} days_supply=30\nb | 2023-12-01 | {ISSUED} quantity=3",
        f"a | 2023-03-01 | {COLLECTED} days_supply=30\nb | 2023-12-01 | {ISSUED} quantity=2",
        f"b | 2023-12-01 | {ISSUED} quantity=9",
    ),
    "asthma.repeat_emergency_attendance": Three(
        "2024-02-01",
        "a | 2023-03-01 | health.emergency_attendance | reason=asthma\n"
        "b | 2024-01-01 | health.emergency_attendance | reason=asthma",
        "a | 2023-01-01 | health.emergency_attendance | reason=asthma\n"
        "b | 2024-01-01 | health.emergency_attendance | reason=asthma",
        "a | 2023-03-01 | health.emergency_attendance | reason=injury\n"
        "b | 2024-01-01 | health.emergency_attendance | reason=injury",
    ),
    "asthma.admission": Three(
        "2024-02-01",
        "a | 2023-03-01 | health.admission | reason=asthma",
        "a | 2023-01-01 | health.admission | reason=asthma",
        "a | 2023-03-01 | health.admission | reason=injury critical_care=true",
    ),
    "asthma.no_follow_up": Three(
        "2024-01-12",
        f"{ASTHMA}\na | 2024-01-08T12:00 | health.emergency_attendance | reason=asthma",
        f"{ASTHMA}\na | 2024-01-08T12:00 | health.emergency_attendance | reason=asthma\n"
        "f | 2024-01-10 | health.follow_up | after=emergency_attendance",
        "a | 2024-01-08T12:00 | health.emergency_attendance | reason=asthma",
    ),
    "asthma.review_overdue": Three(
        "2024-02-01",
        f"{ASTHMA}\nr | 2023-01-31 | health.review | condition=asthma",
        f"{ASTHMA}\nr | 2023-02-02 | health.review | condition=asthma",
        ASTHMA.replace("condition=asthma", "condition=epilepsy"),
    ),
    "health.was_not_brought": Three(
        "2024-02-01",
        f"{ON_PLAN}\na | 2024-01-15 | health.appointment | result=not_brought",
        "a | 2024-01-15 | health.appointment | result=not_brought\n"
        "b | 2024-01-16 | health.appointment | result=not_brought",
        f"{ON_PLAN}\na | 2024-01-15 | health.appointment | result=cancelled_by_service",
    ),
    "health.cancelled_or_rescheduled": Three(
        "2024-02-01",
        "a | 2023-10-01 | health.appointment | result=cancelled_by_carer\n"
        "b | 2023-12-01 | health.appointment | result=rescheduled_by_carer\n"
        "c | 2024-01-01 | social_care.visit | result=cancelled_by_family",
        "a | 2023-10-01 | health.appointment | result=cancelled_by_carer\n"
        "b | 2023-12-01 | health.appointment | result=rescheduled_by_carer",
        "\n".join(f"{n} | 2024-01-0{n} | health.appointment | result=attended" for n in range(1, 6)),
    ),
    "health.bruise_non_mobile": Three(
        "2024-02-01",
        "a | 2024-01-31 | health.injury | injury=bruise",
        "a | 2024-01-31 | health.injury | injury=bruise mobile=true".replace("2024-01-31", "2023-12-31"),
        "a | 2024-01-31 | health.concern | category=hygiene",
        born="2023-09-01",
    ),
    "health.unsuitable_explanation": Three(
        "2024-02-01",
        "a | 2024-01-31 | health.injury | injury=burn explanation=changed",
        "a | 2024-01-01 | health.injury | injury=burn explanation=changed",
        "a | 2024-01-31 | health.injury | injury=fracture explanation=suitable",
    ),
    "place.domestic_abuse_incident": Three(
        "2024-02-01",
        "a | 2023-03-01 | police.incident | category=domestic_abuse through=adult agency=police",
        "a | 2023-01-01 | police.incident | category=domestic_abuse through=adult agency=police",
        "a | 2023-03-01 | police.incident | category=asb through=address agency=police",
    ),
    "place.drug_incident": Three(
        "2024-03-02", DRUGS, DRUGS.replace("2024-03-01", "2023-03-02"), DRUGS.replace("drugs", "asb")
    ),
    "adults.treatment_dropout": Three(
        "2024-02-01",
        "a | 2022-01-01 | adult.treatment | end=dropped_out until=2024-01-01 through=adult",
        "a | 2022-01-01 | adult.treatment | end=dropped_out until=2023-11-01 through=adult",
        "a | 2022-01-01 | adult.treatment | end=completed until=2024-01-01 through=adult",
    ),
    "adults.hostility": Three(
        "2024-02-01",
        "a | 2023-12-01 | adult.hostility | category=threats through=adult\n"
        "b | 2024-01-01 | adult.hostility | category=refused_entry through=adult",
        "a | 2023-10-01 | adult.hostility | category=threats through=adult\n"
        "b | 2024-01-01 | adult.hostility | category=refused_entry through=adult",
        "a | 2023-12-01 | adult.hostility | category=complaint through=adult\n"
        "b | 2024-01-01 | adult.hostility | category=complaint through=adult",
    ),
    "asthma.reliever_without_preventer": Three(
        "2024-02-01",
        f"{ASTHMA}\na | 2023-03-01 | {ISSUED}",
        f"{ASTHMA}\na | 2023-03-01 | {ISSUED}\n" + f"b | 2023-02-03 | {ISSUED}".replace("reliever", "preventer"),
        f"a | 2023-03-01 | {ISSUED}",
    ),
    "health.sentinel_injury": Three(
        "2024-02-01",
        "a | 2024-01-31 | health.injury | injury=intra_oral",
        "a | 2024-01-31 | health.injury | injury=intra_oral mobile=true",
        "a | 2024-01-31 | health.injury | injury=burn",
        born="2023-06-01",
    ),
    "school.unauthorised_absence": Three(
        "2023-02-25",
        weekly(0, *[UNAUTHORISED] * 5),
        weekly(0, *[UNAUTHORISED] * 4, ILL),
        weekly(0, *[ILL] * 8),
    ),
    "school.continuous_absence": Three(
        "2023-01-15",
        weekly(0, AWAY, AWAY),
        weekly(0, AWAY, AWAY.replace("attended=0 unauthorised=10", "attended=1 unauthorised=9")),
        weekly(0, FULL, AWAY),
    ),
    "school.unexplained_absence": Three(
        "2023-01-31",
        weekly(0, FULL, UNEXPLAINED, FULL, UNEXPLAINED),
        weekly(0, UNEXPLAINED, FULL, FULL, FULL, UNEXPLAINED),
        weekly(0, UNAUTHORISED, UNAUTHORISED, UNAUTHORISED, UNAUTHORISED),
    ),
    "school.off_roll_with_open_concern": Three(
        "2024-02-01",
        f"{ON_PLAN}\na | 2024-01-15 | education.removed_from_roll | destination=home_education",
        f"{ON_PLAN}\na | 2024-01-15 | education.removed_from_roll | destination=school",
        "a | 2024-01-15 | education.removed_from_roll | destination=home_education",
    ),
    "school.absence_after_event": Three(
        "2024-02-10",
        AFTER.format(second="2024-02-07"),
        AFTER.format(second="2024-02-09"),
        AFTER.format(second="2024-02-07").replace("domestic_abuse", "asb"),
    ),
    "school.file_not_received": Three(
        "2024-01-10",
        "a | 2024-01-02T09:00 | education.file_transfer | receipt=false",
        "a | 2024-01-02T09:00 | education.file_transfer | receipt=false\n"
        "b | 2024-01-09 | education.file_transfer | receipt=true",
        "b | 2024-01-02 | education.file_transfer | receipt=true",
    ),
    "voice.words_unanswered": Three(
        "2024-01-10",
        f"{ON_PLAN}\na | 2024-01-08T10:00 | voice.words | setting=school",
        f"{ON_PLAN}\na | 2024-01-08T10:00 | voice.words | setting=school\n"
        "b | 2024-01-09 | social_care.visit | child_seen=true",
        "a | 2024-01-08T10:00 | voice.words | setting=school",
    ),
    "process.return_after_step_down": Three(
        "2024-02-01",
        "a | 2023-09-01 | social_care.closed |\nb | 2024-01-15 | social_care.section_47 |",
        "a | 2023-07-01 | social_care.closed |\nb | 2024-01-15 | social_care.section_47 |",
        "a | 2023-09-01 | social_care.closed |\nb | 2024-01-15 | health.emergency_attendance | reason=asthma",
    ),
    "process.no_progress": Three(
        "2024-02-01",
        f"{ON_PLAN}\na | 2024-01-10 | social_care.plan_review | progress=worse\n"
        "b | 2024-01-20 | social_care.plan_review | progress=unchanged",
        f"{ON_PLAN}\na | 2024-01-10 | social_care.plan_review | progress=worse safety=3\n"
        "b | 2024-01-15 | social_care.plan_review | progress=better safety=4\n"
        "c | 2024-01-20 | social_care.plan_review | progress=unchanged safety=4",
        "a | 2024-01-10 | social_care.plan_review | progress=worse\n"
        "b | 2024-01-20 | social_care.plan_review | progress=unchanged",
    ),
    "convergence.voiced_danger_unanswered": Three(
        "2024-01-06T15:00",
        VOICED,
        f"{VOICED}\nm | 2024-01-06T14:00 | social_care.strategy_discussion |",
        VOICED.replace("immediate", "concern"),
    ),
    "convergence.another_child": Three(
        "2024-02-01",
        "a | 2024-01-15 | social_care.section_47 | part=mentioned",
        "a | 2023-11-01 | social_care.section_47 | part=mentioned",
        "a | 2024-01-15 | social_care.section_47 |",
    ),
    "place.domestic_abuse_high_risk": Three(
        "2024-02-01",
        "a | 2024-01-15 | police.incident | category=domestic_abuse dash=14 through=address",
        "a | 2024-01-15 | police.incident | category=domestic_abuse dash=13 risk=medium through=address",
        "a | 2024-01-15 | police.incident | category=violence risk=high through=address",
    ),
    "place.missing": Three(
        "2024-02-01",
        "a | 2023-12-01 | police.missing | until=2023-12-02\nb | 2024-01-01 | police.missing | until=2024-01-02\n"
        "c | 2024-01-20 | police.missing | until=2024-01-21",
        "b | 2024-01-01 | police.missing | until=2024-01-02\nc | 2024-01-20 | police.missing | until=2024-01-21",
        "b | 2024-01-01 | police.welfare_check | child_seen=true",
        born="2010-05-10",
    ),
    "place.no_return_interview": Three(
        "2024-01-25",
        "s | 2023-01-01 | social_care.visit |\nc | 2024-01-20 | police.missing | until=2024-01-21",
        "s | 2023-01-01 | social_care.visit |\nc | 2024-01-20 | police.missing | until=2024-01-21\n"
        "i | 2024-01-24 | social_care.return_interview | result=declined",
        "c | 2024-01-20 | police.missing | until=2024-01-21",
    ),
    "place.adult_of_concern": Three(
        "2024-02-01",
        "a | 2023-01-01 | police.adult_of_concern | reason=sexual through=address",
        "a | 2023-01-01 | police.adult_of_concern | reason=sexual until=2024-01-31 through=address",
        "a | 2023-01-01 | police.adult_of_concern | reason=drugs through=address",
    ),
    "place.unassessed_adult": Three(
        "2024-03-01",
        f"{ON_PLAN}\na | 2024-01-15 | housing.residence | address=one through=adult",
        f"{ON_PLAN}\na | 2024-01-15 | housing.residence | address=one through=adult\n"
        "b | 2024-02-20 | social_care.assessment |",
        "a | 2024-01-15 | housing.residence | address=one through=adult",
    ),
    "place.frequent_moves": Three(
        "2024-03-01",
        "a | 2023-09-01 | housing.left | address=one\n"
        "b | 2023-09-01 | housing.moved_in | address=two\n"
        "c | 2024-01-10 | housing.left | address=two\nd | 2024-01-10 | housing.moved_in | address=three",
        "a | 2023-02-20 | housing.left | address=one\n"
        "b | 2023-09-01 | housing.moved_in | address=two\n"
        "d | 2024-01-10 | housing.named | address=three agency=police until=2024-04-10",
        "a | 2023-09-01 | housing.left | address=one\n"
        "b | 2023-09-01 | housing.residence | address=two until=2024-01-10\n"
        "d | 2024-01-10 | housing.moved_in | address=one",
    ),
    "place.address_unknown": Three(
        "2024-03-01",
        "a | 2023-01-15 | housing.residence | address=one until=2024-02-10",
        "a | 2023-01-15 | housing.residence | address=one until=2024-02-10\n"
        "b | 2024-02-20 | housing.named | address=two until=2024-05-20 agency=police",
        "b | 2023-01-15 | social_care.visit |",
    ),
    "place.not_on_record": Three(
        "2024-03-01",
        "a | 2023-01-15 | housing.residence | address=one agency=education\n"
        "b | 2024-02-01 | housing.unregistered | address=two until=2024-05-01 agency=police",
        "a | 2023-01-15 | housing.residence | address=one agency=education\n"
        "b | 2023-11-01 | housing.unregistered | address=two until=2024-01-30 agency=police",
        "a | 2023-01-15 | housing.residence | address=one agency=education",
    ),
    "place.address_conflict": Three(
        "2024-03-01",
        DIFFER,
        DIFFER.replace("2024-01-15", "2024-02-15"),
        DIFFER.replace("differs", "residence").replace("two", "one"),
    ),
    "place.address_conflict_not_found": Three(
        "2024-03-01",
        f"{DIFFER}\nc | 2024-02-20 | social_care.visit | result=no_access",
        f"{DIFFER}\nc | 2024-02-20 | social_care.visit | result=no_access\n"
        "d | 2024-02-09 | education.register | possible=10 attended=1 unauthorised=9",
        DIFFER,
    ),
    "adults.mental_health_crisis": Three(
        "2024-02-01",
        "a | 2023-03-01 | adult.mental_health_crisis | through=adult",
        "a | 2023-01-01 | adult.mental_health_crisis | through=adult",
        "a | 2023-03-01 | adult.treatment_missed | through=adult",
    ),
    "adults.mental_health_crisis_young_child": Three(
        "2024-02-01",
        "a | 2023-03-01 | adult.mental_health_crisis | through=adult",
        "a | 2023-01-01 | adult.mental_health_crisis | through=adult",
        "a | 2023-03-01 | adult.treatment_missed | through=adult",
        born="2019-03-01",
    ),
    "adults.three_factors": Three(
        "2024-02-01",
        THREE_FACTORS,
        THREE_FACTORS.replace("2023-03-01", "2023-01-01"),
        THREE_FACTORS.replace("domestic_abuse", "asb"),
    ),
    "adults.disguised_compliance": Three(
        "2024-02-01",
        COMPLIANCE,
        COMPLIANCE.replace("2024-01-10", "2023-12-30"),
        COMPLIANCE.replace("no_access", "cancelled_by_service"),
    ),
    "protective.attendance_improved": Three(
        "2023-04-26",
        weekly(0, *[UNAUTHORISED] * 8, *[FULL] * 8),
        weekly(0, *[UNAUTHORISED] * 8, *[FULL] * 3, *[ILL] * 5),
        weekly(0, *[FULL] * 16),
    ),
    "protective.review_attended": Three(
        "2024-02-01",
        "r | 2023-02-02 | health.review | condition=asthma",
        "r | 2023-01-31 | health.review | condition=asthma",
        "r | 2023-02-02 | health.review | condition=diabetes",
    ),
    "protective.medicine_collected": Three(
        "2024-02-01",
        f"a | 2023-12-01 | {COLLECTED} days_supply=137",
        f"a | 2023-12-01 | {COLLECTED} days_supply=136",
        f"a | 2023-12-01 | {COLLECTED} days_supply=200".replace("preventer", "reliever"),
    ),
    "protective.brought_after_all": Three(
        "2024-02-01",
        "a | 2024-01-01 | health.appointment | result=not_brought\n"
        "b | 2024-01-20 | health.appointment | result=attended",
        "a | 2023-12-01 | health.appointment | result=not_brought\n"
        "b | 2024-01-20 | health.appointment | result=attended",
        "b | 2024-01-20 | health.appointment | result=attended",
    ),
    "protective.seen_alone": Three(
        "2024-02-01",
        "a | 2024-01-20 | social_care.visit | seen_alone=true",
        "a | 2024-01-02 | social_care.visit | seen_alone=true",
        "a | 2024-01-20 | social_care.visit | seen_alone=false",
    ),
    "protective.in_treatment": Three(
        "2024-02-01",
        "a | 2024-01-20 | adult.treatment | through=adult",
        "a | 2023-01-20 | adult.treatment | until=2024-01-31 through=adult",
        "a | 2024-01-20 | adult.treatment_missed | through=adult",
    ),
}
