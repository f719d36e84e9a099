"""What each primitive of the language means, on tables small enough to check by eye.

Every engine must agree with these (`engines.py`). Expected spans are written out; a day is its first moment in UTC, and
dates are in winter, when that is midnight in England too.
"""

from __future__ import annotations

from dataclasses import dataclass

from nightlight.indicators.language import (
    Condition,
    age,
    all_of,
    any_of,
    at_least,
    at_least_of,
    at_most,
    days,
    entries,
    months,
    nothing,
    percent,
    uncovered,
    working_days,
    years,
)  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """One claim: on this table the condition holds over these spans."""

    says: str
    table: str
    condition: Condition
    expected: str
    born: str = ""


VISITS = """
    a | 2024-01-01 | social_care.visit | child_seen=true
    b | 2024-01-05 | social_care.visit | child_seen=true
    c | 2024-01-20 | social_care.visit | child_seen=false
"""
REGISTERS = """
    a | 2024-01-01 | education.register | possible=10 attended=10
    b | 2024-01-08 | education.register | possible=10 attended=8
    c | 2024-01-15 | education.register | possible=10 attended=6
"""
PLAN = "p | 2024-01-01 | social_care.child_protection_plan | category=neglect until=2024-03-01"

visits = entries("social_care.visit")
seen = entries("social_care.visit", child_seen=True)
plan = entries("social_care.child_protection_plan")
register = entries("education.register")

SPECS: dict[str, tuple[Spec, ...]] = {
    "how many in a window": (
        Spec("one counts for as long as the window", VISITS, visits.in_last(days(10)) >= 1,
             "2024-01-01..2024-01-15 2024-01-20..2024-01-30"),
        Spec("two count while both are in it", VISITS, visits.in_last(days(10)) >= 2, "2024-01-05..2024-01-11"),
        Spec("more than one is two", VISITS, visits.in_last(days(10)) > 1, "2024-01-05..2024-01-11"),
        Spec("without a window they count for ever", VISITS, visits.ever() >= 2, "2024-01-05..end"),
        Spec("nothing on record is never enough", "", visits.ever() >= 1, "never"),
    ),
    "when it was known": (
        Spec("what becomes known late counts late", "a | 2024-01-01 | voice.words | known=2024-01-04",
             entries("voice.words").in_last(days(10)) >= 1, "2024-01-04..2024-01-11"),
        Spec("what becomes known after its window never counts", "a | 2024-01-01 | voice.words | known=2024-02-04",
             entries("voice.words").in_last(days(10)) >= 1, "never"),
        Spec("what is superseded stops counting", "a | 2024-01-01 | voice.words | gone=2024-01-03",
             entries("voice.words").in_last(days(10)) >= 1, "2024-01-01..2024-01-03"),
    ),
    "which entries": (
        Spec("a theme is all of its kinds", VISITS, entries("social_care").in_last(days(1)) >= 1,
             "2024-01-01..2024-01-02 2024-01-05..2024-01-06 2024-01-20..2024-01-21"),
        Spec("an attribute has a value", VISITS, seen.in_last(days(1)) >= 1,
             "2024-01-01..2024-01-02 2024-01-05..2024-01-06"),
        Spec("an attribute that was not written down never matches", "a | 2024-01-01 | social_care.visit |",
             entries("social_care.visit", child_seen=False).ever() >= 1, "never"),
        Spec("one of several values", REGISTERS, entries("education.register", attended=(8, 6)).in_last(days(1)) >= 1,
             "2024-01-08..2024-01-09 2024-01-15..2024-01-16"),
        Spec("at least", REGISTERS, entries("education.register", attended=at_least(8)).in_last(days(1)) >= 1,
             "2024-01-01..2024-01-02 2024-01-08..2024-01-09"),
        Spec("at most", REGISTERS, entries("education.register", attended=at_most(6)).in_last(days(1)) >= 1,
             "2024-01-15..2024-01-16"),
        Spec("an agency", "a | 2024-01-01 | voice.words | agency=police",
             entries("voice.words", agency="education").ever() >= 1, "never"),
        Spec("an entry in which the child is alleged to have harmed someone is not about the child",
             "a | 2024-01-01 | health.injury | part=alleged_harmer", entries("health.injury").ever() >= 1, "never"),
        Spec("unless that part is asked for", "a | 2024-01-01 | health.injury | part=alleged_harmer",
             entries("health.injury", part="alleged_harmer").ever() >= 1, "2024-01-01..end"),
        Spec("through an address only", "a | 2024-01-01 | police.incident | through=adult",
             entries("police.incident", through="address").ever() >= 1, "never"),
        Spec("filters joined match either", VISITS + PLAN, (seen | plan).in_last(days(1)) >= 2,
             "2024-01-01..2024-01-02"),
    ),
    "how much in a window": (
        Spec("quantities are added up", """
             a | 2024-01-01 | health.medicine_issued | medicine=reliever quantity=2
             b | 2024-01-05 | health.medicine_issued | medicine=reliever quantity=1
             """, entries("health.medicine_issued").total("quantity").in_last(days(10)) >= 3, "2024-01-05..2024-01-11"),
        Spec("an entry without the number adds nothing", "a | 2024-01-01 | health.medicine_issued | medicine=reliever",
             entries("health.medicine_issued").total("quantity").ever() > 0, "never"),
    ),
    "different agencies and values": (
        Spec("one agency twice is one", """
             a | 2024-01-01 | health.concern | agency=health.gp
             b | 2024-01-02 | health.concern | agency=health.gp
             c | 2024-01-04 | health.concern | agency=police
             """, entries("health.concern").distinct("agency").in_last(days(5)) >= 2, "2024-01-04..2024-01-07"),
        Spec("an entry that does not say is not another", """
             a | 2024-01-01 | education.concern | observer=one
             b | 2024-01-02 | education.concern |
             """, entries("education.concern").distinct("observer").ever() >= 2, "never"),
    ),
    "a share of a total": (
        Spec("18 of 20 sessions are 90 per cent", REGISTERS,
             register.share("attended", of="possible").in_last(days(14), minimum=20) <= percent(90),
             "2024-01-08..2024-01-22"),
        Spec("below the minimum nothing is known", REGISTERS,
             register.share("attended", of="possible").in_last(days(14), minimum=21) <= percent(90), "never"),
        Spec("a register that does not say is left out of both", """
             a | 2024-01-01 | education.register | possible=10 attended=10
             b | 2024-01-02 | education.register | possible=10
             """, register.share("attended", of="possible").in_last(days(10), minimum=10) <= percent(90), "never"),
    ),
    "a change": (
        Spec("100 per cent, then 60: a fall of 40 points", """
             a | 2024-01-01 | education.register | possible=10 attended=10
             b | 2024-01-08 | education.register | possible=10 attended=6
             """, register.share("attended", of="possible").fallen_by(40, recent=days(7), earlier=days(7), minimum=10),
             "2024-01-08..2024-01-15"),
        Spec("a rise is not a fall", """
             a | 2024-01-01 | education.register | possible=10 attended=6
             b | 2024-01-08 | education.register | possible=10 attended=10
             """, register.share("attended", of="possible").fallen_by(40, recent=days(7), earlier=days(7), minimum=10),
             "never"),
        Spec("60 per cent, then 100: a rise of 40 points", """
             a | 2024-01-01 | education.register | possible=10 attended=6
             b | 2024-01-08 | education.register | possible=10 attended=10
             """, register.share("attended", of="possible").risen_by(40, recent=days(7), earlier=days(7), minimum=10),
             "2024-01-08..2024-01-15"),
        Spec("with nothing before there is no change", "a | 2024-01-01 | education.register | possible=10 attended=1",
             register.share("attended", of="possible").fallen_by(1, recent=days(7), earlier=days(7), minimum=1),
             "never"),
    ),
    "a share of entries": (
        Spec("one of two appointments", """
             a | 2024-01-01 | health.appointment | result=attended
             b | 2024-01-04 | health.appointment | result=not_brought
             """, entries("health.appointment", result="not_brought").share_of(entries("health.appointment")).in_last(
                 days(10), minimum=2) >= percent(50), "2024-01-04..2024-01-11"),
    ),
    "followed by another, so many times": (
        Spec("twice", """
             a | 2024-01-01 | police.incident | category=drugs
             b | 2024-01-03 | voice.words |
             c | 2024-01-10 | police.incident | category=drugs
             d | 2024-01-12 | voice.words |
             """, entries("police.incident").followed_by(entries("voice.words"), within=days(3)).in_last(days(30)) >= 2,
             "2024-01-12..2024-02-02"),
        Spec("one that two follow counts once", """
             a | 2024-01-01 | police.incident | category=drugs
             b | 2024-01-02 | voice.words |
             c | 2024-01-03 | voice.words |
             """, entries("police.incident").followed_by(entries("voice.words"), within=days(3)).ever() >= 2, "never"),
        Spec("within working days: Friday, then Tuesday", """
             a | 2024-01-05T09:00 | police.incident | category=drugs
             b | 2024-01-09T09:00 | voice.words |
             """, entries("police.incident").followed_by(
                 entries("voice.words"), within=working_days(2)).in_last(days(1)) >= 1,
             "2024-01-09T09:00..2024-01-10T09:00"),
    ),
    "different ones in force": (
        Spec("two agencies with two addresses, while both last", """
             a | 2024-01-01 | housing.residence | address=one agency=education
             b | 2024-01-05 | housing.residence | address=two agency=health.gp until=2024-01-20
             c | 2024-01-07 | housing.residence | address=two agency=police
             """, entries("housing.residence").distinct("address").going_on() >= 2, "2024-01-05..end"),
        Spec("one address twice is one", """
             a | 2024-01-01 | housing.residence | address=one agency=education
             b | 2024-01-05 | housing.residence | address=one agency=health.gp
             """, entries("housing.residence").distinct("address").going_on() >= 2, "never"),
        Spec("an agency that has it twice is one", """
             a | 2024-01-01 | housing.residence | address=one agency=education
             b | 2024-01-05 | housing.residence | address=two agency=education
             """, entries("housing.residence").distinct("agency").going_on() >= 2, "never"),
    ),
    "for a time": (
        Spec("when the whole of it has passed", PLAN, plan.going_on().lasting(days(28)), "2024-01-29..2024-03-01"),
        Spec("an interruption starts it again", VISITS, (visits.in_last(days(10)) >= 1).lasting(days(9)),
             "2024-01-10..2024-01-15 2024-01-29..2024-01-30"),
        Spec("the first, and none on record before", VISITS, visits.first_in_last(days(3)), "2024-01-01..2024-01-04"),
    ),
    "in a row": (
        Spec("two of the latest two", """
             a | 2024-01-01 | health.appointment | result=not_brought service=dental
             b | 2024-01-05 | health.appointment | result=not_brought service=dental
             c | 2024-01-09 | health.appointment | result=attended service=dental
             """, entries("health.appointment", result="not_brought").in_a_row(2, among=entries("health.appointment")),
             "2024-01-05..2024-01-09"),
        Spec("at each service for itself", """
             a | 2024-01-01 | health.appointment | result=not_brought service=dental
             b | 2024-01-03 | health.appointment | result=attended service=asthma
             c | 2024-01-05 | health.appointment | result=not_brought service=dental
             d | 2024-01-06 | health.appointment | result=not_brought
             """, entries("health.appointment", result="not_brought").in_a_row(
                 2, among=entries("health.appointment"), by="service"), "2024-01-05..end"),
        Spec("one between that arrives late breaks it", """
             a | 2024-01-01 | health.appointment | result=not_brought
             b | 2024-01-05 | health.appointment | result=not_brought
             c | 2024-01-03 | health.appointment | result=attended known=2024-01-08
             """, entries("health.appointment", result="not_brought").in_a_row(2, among=entries("health.appointment")),
             "2024-01-05..2024-01-08"),
        Spec("within a time", """
             a | 2024-01-01 | health.appointment | result=not_brought
             b | 2024-01-05 | health.appointment | result=not_brought
             """, entries("health.appointment", result="not_brought").in_a_row(
                 2, among=entries("health.appointment"), within=days(7)), "2024-01-05..2024-01-08"),
    ),
    "a change in the latest value": (
        Spec("it fell by three", """
             a | 2024-01-01 | voice.scale | score=8
             b | 2024-01-05 | voice.scale | score=5
             c | 2024-01-09 | voice.scale | score=6
             """, entries("voice.scale").latest("score").fallen_by(3), "2024-01-05..2024-01-09"),
        Spec("it rose", """
             a | 2024-01-01 | voice.scale | score=5
             b | 2024-01-05 | voice.scale | score=8
             """, entries("voice.scale").latest("score").risen_by(3), "2024-01-05..end"),
        Spec("no better than two before", """
             a | 2024-01-01 | voice.scale | score=5
             b | 2024-01-05 | voice.scale | score=7
             c | 2024-01-09 | voice.scale | score=5
             """, entries("voice.scale").latest("score").not_risen(over=3), "2024-01-09..end"),
        Spec("one value has not changed", "a | 2024-01-01 | voice.scale | score=5",
             entries("voice.scale").latest("score").not_risen(), "never"),
        Spec("one too old to compare with", """
             a | 2024-01-01 | voice.scale | score=5
             b | 2024-01-05 | voice.scale | score=5
             """, entries("voice.scale").latest("score").in_last(days(7)).not_fallen(), "2024-01-05..2024-01-08"),
    ),
    "while and near an episode": (
        Spec("while it lasts", PLAN, plan.going_on(), "2024-01-01..2024-03-01"),
        Spec("an open one lasts on", "p | 2024-01-01 | social_care.child_protection_plan |", plan.going_on(),
             "2024-01-01..end"),
        Spec("from when it was known", PLAN + " known=2024-02-01", plan.going_on(), "2024-02-01..2024-03-01"),
        Spec("within a time of its start", PLAN, plan.within_of_start(days(10)), "2024-01-01..2024-01-11"),
        Spec("within a time of its end", PLAN, plan.within_of_end(days(10)), "2024-03-01..2024-03-11"),
    ),
    "nothing for a time": (
        Spec("from when the last is too long ago, while the plan lasts", PLAN + VISITS,
             nothing(seen).for_(days(28), since=plan.going_on()), "2024-02-02..2024-03-01"),
        Spec("the time starts with the plan, not before it", PLAN,
             nothing(seen).for_(days(28), since=plan.going_on()), "2024-01-29..2024-03-01"),
        Spec("in working days", "p | 2024-01-01 | social_care.child_protection_plan | until=2024-01-31",
             nothing(seen).for_(working_days(10), since=plan.going_on()), "2024-01-16..2024-01-31"),
        Spec("less than a number for a time", PLAN + VISITS,
             seen.in_last(days(28)).under(2, since=plan.going_on()), "2024-01-29..2024-03-01"),
    ),
    "one thing after another": (
        Spec("not followed, until it is", """
             a | 2024-01-01 | health.emergency_attendance | reason=asthma
             b | 2024-01-10 | health.follow_up |
             """, entries("health.emergency_attendance").not_followed_by(
                 entries("health.follow_up"), within=days(2), lasting=days(28),
                 since=entries("health").ever() >= 1), "2024-01-03..2024-01-10"),
        Spec("not followed, and never is", "a | 2024-01-01 | health.emergency_attendance | reason=asthma",
             entries("health.emergency_attendance").not_followed_by(
                 entries("health.follow_up"), within=days(2), lasting=days(28),
                 since=entries("health").ever() >= 1), "2024-01-03..2024-01-31"),
        Spec("not judged where what should follow would not be on record",
             "a | 2024-01-01 | health.emergency_attendance | reason=asthma",
             entries("health.emergency_attendance").not_followed_by(
                 entries("health.follow_up"), within=days(2), lasting=days(28),
                 since=entries("health", agency="health.gp").ever() >= 1), "never"),
        Spec("A then B within", """
             a | 2024-01-01 | police.incident | category=drugs
             b | 2024-01-05 | health.injury |
             c | 2024-03-05 | health.injury |
             """, entries("police.incident").then(entries("health.injury"), within=days(14), lasting=days(30)),
             "2024-01-05..2024-02-04"),
        Spec("B before A does not count", """
             a | 2024-01-05 | police.incident | category=drugs
             b | 2024-01-01 | health.injury |
             """, entries("police.incident").then(entries("health.injury"), within=days(14), lasting=days(30)),
             "never"),
        Spec("something begins after an entry", """
             a | 2024-01-01 | social_care.contact | outcome=no_further_action
             b | 2024-01-05 | education.concern | category=hunger
             """, (entries("education.concern").in_last(days(30)) >= 1).begins_within(
                 days(14), of=entries("social_care.contact")), "2024-01-05..2024-01-15"),
        Spec("what held before it does not begin", """
             a | 2024-01-03 | social_care.contact | outcome=no_further_action
             b | 2024-01-01 | education.concern | category=hunger
             """, (entries("education.concern").in_last(days(30)) >= 1).begins_within(
                 days(14), of=entries("social_care.contact")), "never"),
    ),
    "the latest value": (
        Spec("goes by when it happened", """
             a | 2024-01-01 | voice.scale | score=2
             b | 2024-01-10 | voice.scale | score=8
             """, entries("voice.scale").latest("score") <= 3, "2024-01-01..2024-01-10"),
        Spec("an older one that arrives late changes nothing", """
             a | 2024-01-10 | voice.scale | score=8
             b | 2024-01-01 | voice.scale | score=2 known=2024-01-15
             """, entries("voice.scale").latest("score") <= 3, "never"),
        Spec("too old is not known", "a | 2024-01-01 | voice.scale | score=2",
             entries("voice.scale").latest("score").in_last(days(7)) <= 3, "2024-01-01..2024-01-08"),
        Spec("a word", "a | 2024-01-01 | health.universal_review | result=missed",
             entries("health.universal_review").latest("result") == "missed", "2024-01-01..end"),
    ),
    "age": (
        Spec("under an age, until the birthday", "", age() < years(1), "beginning..2021-12-05", "2020-12-05"),
        Spec("an age reached", "", age() >= months(6), "2021-01-05..end", "2020-07-05"),
        Spec("an unknown birth date is neither", "", any_of(age() < years(18), age() >= years(18)), "never"),
        Spec("born some time in 2020: certainly one only when the year is over", "", age() >= years(1),
             "2021-12-31..end", "2020"),
        Spec("born on 29 February: a year older on 1 March", "", age() >= years(1), "2021-03-01..end", "2020-02-29"),
    ),
    "together": (
        Spec("all of", PLAN + VISITS, all_of(plan.going_on(), visits.in_last(days(1)) >= 1),
             "2024-01-01..2024-01-02 2024-01-05..2024-01-06 2024-01-20..2024-01-21"),
        Spec("any of", PLAN + VISITS, any_of(plan.within_of_end(days(1)), visits.in_last(days(1)) >= 1),
             "2024-01-01..2024-01-02 2024-01-05..2024-01-06 2024-01-20..2024-01-21 2024-03-01..2024-03-02"),
        Spec("at least two of three", PLAN + VISITS,
             at_least_of(2, plan.going_on(), visits.in_last(days(1)) >= 1, seen.in_last(days(2)) >= 1),
             "2024-01-01..2024-01-03 2024-01-05..2024-01-07 2024-01-20..2024-01-21"),
        Spec("unless", PLAN + VISITS, plan.going_on().unless(visits.in_last(days(30)) >= 1), "2024-02-19..2024-03-01"),
    ),
    "danger and protection": (
        Spec("voiced for Friday, protected from Monday: until Monday", """
             d | 2024-01-05T14:45 | concern.raised | severity=immediate from_when=2024-01-05T17:00Z
             p | 2024-01-05T15:30 | meeting.decision | in_force_from=2024-01-08T09:00Z
             """, uncovered(entries("concern.raised"), starts="from_when", protections=entries("meeting.decision"),
                            in_force="in_force_from", before=days(1)), "2024-01-05T14:45..2024-01-08T09:00"),
        Spec("protected before the danger: until that is agreed", """
             d | 2024-01-05T14:45 | concern.raised | severity=immediate from_when=2024-01-05T17:00Z
             p | 2024-01-05T15:30 | meeting.decision | in_force_from=2024-01-05T16:00Z
             """, uncovered(entries("concern.raised"), starts="from_when", protections=entries("meeting.decision"),
                            in_force="in_force_from", before=days(1)), "2024-01-05T14:45..2024-01-05T15:30"),
        Spec("a decision that does not say from when protects from nothing", """
             d | 2024-01-05 | concern.raised | severity=immediate
             p | 2024-01-05 | meeting.decision | owner=somebody
             """, uncovered(entries("concern.raised"), starts="from_when", protections=entries("meeting.decision"),
                            in_force="in_force_from", before=days(1)), "2024-01-05..end"),
        Spec("an old decision is no answer", """
             d | 2024-01-05 | concern.raised | severity=immediate
             p | 2023-12-01 | meeting.decision | in_force_from=2023-12-01
             """, uncovered(entries("concern.raised"), starts="from_when", protections=entries("meeting.decision"),
                            in_force="in_force_from", before=days(1)), "2024-01-05..end"),
        Spec("police protection covers only while it lasts", """
             d | 2024-01-05 | concern.raised | severity=immediate
             p | 2024-01-05 | police.protection | until=2024-01-08
             """, uncovered(entries("concern.raised"), starts="from_when", protections=entries("meeting.decision"),
                            in_force="in_force_from", before=days(1), holding=entries("police.protection")),
             "2024-01-05..end"),
        Spec("a danger withdrawn is over", "d | 2024-01-05 | concern.raised | severity=immediate gone=2024-01-06",
             uncovered(entries("concern.raised"), starts="from_when", protections=entries("meeting.decision"),
                       in_force="in_force_from", before=days(1)), "2024-01-05..2024-01-06"),
    ),
}  # fmt: skip
