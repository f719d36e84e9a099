"""An explanation counts and dates what is on record, names what is not, and repeats nothing that anyone said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.facts import facts, moment

from nightlight.domain.chronology import Chronology, Entry, Link, Source, Subject
from nightlight.domain.homes import counted
from nightlight.domain.people import LinkKind
from nightlight.domain.views import Pooled
from nightlight.indicators import nodes
from nightlight.indicators.author import draft
from nightlight.indicators.catalogue import CATALOGUE, PROTECTIVE
from nightlight.indicators.explain import evidence, explain, firings
from nightlight.indicators.history import History
from nightlight.indicators.language import Condition, days, entries
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial

CALENDAR = WorkingCalendar.england()
SCALE = entries("voice.scale").called("answer", "answers")
scale = SCALE.latest("score")
INHALERS = """
    a | 2024-03-02 | health.medicine_issued | medicine=reliever quantity=4 agency=health.gp
    b | 2024-08-14 | health.medicine_issued | medicine=reliever quantity=2 agency=health.gp
"""


def told(code: str, table: str, at: str, born: str = ""):
    history = History(facts(table), Partial.parse(born) if born else None, CALENDAR)
    return explain({**CATALOGUE, **PROTECTIVE}[code], history, moment(at))


def test_sentence_has_the_numbers():
    told_ = told("asthma.reliever_overuse", INHALERS, "2024-08-15")
    assert told_.sentence == (
        "6 reliever inhalers issued between 2 March and 14 August 2024; the threshold is 6 in 12 months."
    )
    assert told_.evidence == ("a", "b")
    assert told_.threshold == "6 in 12 months"
    assert told_.missing == ()


def test_sentence_says_how_near_it_is():
    told_ = told("asthma.reliever_overuse", INHALERS, "2024-08-13")
    assert told_.sentence == "4 reliever inhalers issued on 2 March 2024; the threshold is 6 in 12 months."


def test_evidence_is_of_that_moment():
    history = History(facts(INHALERS), None, CALENDAR)
    overuse = CATALOGUE["asthma.reliever_overuse"]
    assert evidence(overuse.expression, history, moment("2024-08-13")) == ("a",)
    assert evidence(overuse.expression, history, moment("2026-08-13")) == ()


def test_missing_medicine_records_are_not_known():
    told_ = told("asthma.preventer_under_collection", INHALERS, "2024-08-15")
    assert "no day of preventer collected is on record" in told_.missing


def test_missing_birth_date_is_said():
    told_ = told("health.bruise_non_mobile", "a | 2024-01-01 | health.injury | injury=bruise", "2024-01-02")
    assert told_.missing == ("no birth date is on record",)
    assert "not known whether the child is under 6 months" in told_.sentence


def test_entries_that_do_not_say_are_missing():
    table = "a | 2024-01-01 | health.medicine_issued | medicine=reliever"
    assert told("asthma.reliever_overuse", table, "2024-01-02").missing == (
        "1 reliever inhaler issued: does not say quantity",
    )


def test_too_few_sessions_are_missing():
    table = "a | 2024-01-01 | education.register | possible=10 attended=1"
    told_ = told("school.persistent_absence", table, "2024-01-02")
    assert told_.missing == ("fewer than 40 possible sessions on record in 12 months",)


def test_links_through_an_adult_or_an_address_are_marked():
    table = """
        a | 2024-01-01 | police.incident | category=drugs through=address agency=police
        b | 2024-01-02 | police.incident | category=drugs through=adult agency=police
    """
    assert told("place.drug_incident", table, "2024-01-02").links == (
        "1 entry through an adult linked to the child",
        "1 entry through an address where the child was",
    )


def test_a_gap_in_protection_is_in_hours():
    table = """
        d | 2024-01-05T14:45 | concern.raised | severity=immediate from_when=2024-01-05T17:00Z
        p | 2024-01-05T15:30 | meeting.decision | in_force_from=2024-01-08T09:00Z
    """
    told_ = told("protection.danger_without_protection", table, "2024-01-05T16:00")
    said = "and no protection is in force for 64 hours, from Friday 5 January 2024 at 17:00 to Monday 8 January 2024"
    assert said in told_.sentence
    assert told_.evidence == ("d", "p")
    before = told("protection.danger_without_protection", table, "2024-01-05T15:00")
    assert before.missing == ("no protection in force is on record",)


def test_a_gap_known_by_the_day_is_as_long_as_it_may_be_and_says_so():
    table = """
        d | 2017-11-24 | concern.raised | severity=immediate from_when=2017-11-24
        p | 2017-11-24 | meeting.decision | in_force_from=2017-11-27
    """
    told_ = told("protection.danger_without_protection", table, "2017-11-25")
    assert "and there may be no protection in force for 96 hours, from the start of Friday" in told_.sentence
    assert "to the end of Monday 27 November 2017" in told_.sentence


def test_an_absence_names_the_last_one():
    table = """
        p | 2024-01-01 | social_care.child_protection_plan |
        v | 2024-01-05 | social_care.visit | child_seen=true
    """
    told_ = told("process.child_not_seen", table, "2024-02-10")
    assert told_.sentence == (
        "No visit in which the child was seen in the last 4 weeks, the last on 5 January 2024; "
        "the threshold is 4 weeks."
    )
    assert told_.evidence == ("p",)


def test_imprecise_dates_stay_so():
    (fact,) = facts("a | 2017-12-01 | health.admission | reason=asthma until=2017-12-01")
    vague = Partial.parse("2015-11..2017-11")
    entry = type(fact.entry)(**{
        **{name: getattr(fact.entry, name) for name in fact.entry.__dataclass_fields__}, "occurred": vague
    })  # fmt: skip
    fact = type(fact)(entry, fact.at, fact.ends, fact.known_from, fact.known_until)
    told_ = explain(CATALOGUE["asthma.admission"], History((fact,), None, CALENDAR), moment("2017-12-02"))
    assert "1 admission for asthma between November 2015 and November 2017" in told_.sentence


def test_firings_carry_what_a_duty_needs():
    history = History(facts(INHALERS), None, CALENDAR)
    (firing,) = firings(CATALOGUE["asthma.reliever_overuse"], history)
    assert (firing.indicator, firing.level, firing.question) == ("asthma.reliever_overuse", "concern", "asthma_control")
    assert firing.since == moment("2024-08-14")
    assert firing.until == moment("2025-03-02")
    assert firing.evidence == ("a", "b")
    assert firing.rule == CATALOGUE["asthma.reliever_overuse"].rule


def test_a_firing_without_an_end_has_none():
    table = "a | 2024-01-01 | health.admission | reason=asthma critical_care=true until=2024-01-03"
    assert firings(CATALOGUE["asthma.admission"], History(facts(table), None, CALENDAR))[0].until is None


@pytest.mark.parametrize("code", [*CATALOGUE, *PROTECTIVE])
def test_everything_can_be_explained_of_a_child_with_no_record(code):
    told_ = told(code, "", "2024-01-01")
    assert told_.sentence.endswith(".")
    assert told_.evidence == ()


def test_no_words_for_an_unknown_node_is_a_mistake_of_ours():
    with pytest.raises(TypeError, match="no words"):
        evidence(nodes.Expression(), History((), None, CALENDAR), moment("2024-01-01"))


def test_a_share_counts_entries_too():
    """Of all entries of school, the registers: counts share as totals do."""
    school = nodes.Count(nodes.Entries((nodes.Pattern("education"),)), None)
    registers = nodes.Count(nodes.Entries((nodes.Pattern("education.register"),)), None)
    history = History(
        facts("a | 2024-01-01 | education.register |\nb | 2024-01-02 | education.concern |"), None, CALENDAR
    )
    share = nodes.Share(registers, school, nodes.Op.AT_MOST, 50, 1)
    assert evidence(share, history, moment("2024-01-03")) == ("a", "b")


def test_what_holds_under_an_exception_is_said():
    table = """
        a | 2024-01-02 | education.concern | category=hunger
        b | 2024-02-02 | health.appointment | result=not_brought agency=health.gp
        c | 2024-03-01 | police.incident | category=drugs agency=police
        m | 2024-02-20 | social_care.strategy_discussion | agency=social_care
    """
    told_ = told("convergence.three_agencies", table, "2024-03-02")
    assert "1 meeting of the agencies on 20 February 2024" in told_.sentence


def said(condition, table, at):
    rule = draft("a.b", "A")(documented(condition))
    return explain(rule, History(facts(table), None, CALENDAR), moment(at))


def documented(condition):
    def build():
        return condition

    build.__doc__ = "A."
    return build


def changed(op, number):
    """A comparison that the language has no words for."""
    return Condition(nodes.LatestChange(SCALE.node, "score", op, number, 2))


SCALES = """
    a | 2024-01-01 | voice.scale | score=8
    b | 2024-01-05 | voice.scale | score=5
"""


@pytest.mark.parametrize(
    ("condition", "threshold"),
    [
        (scale.fallen_by(3), "a fall of 3 or more over 2 values"),
        (scale.risen_by(3), "a rise of 3 or more over 2 values"),
        (scale.not_risen(), "no rise over 2 values"),
        (scale.in_last(days(30)).not_fallen(), "no fall over 2 values in 1 month"),
        (
            Condition(nodes.LatestChange(SCALE.node, "score", nodes.Op.AT_LEAST, -2, 2)),
            "a fall of at most 2 over 2 values",
        ),
        (
            Condition(nodes.LatestChange(SCALE.node, "score", nodes.Op.AT_MOST, 2, 2)),
            "a rise of at most 2 over 2 values",
        ),
    ],
)
def test_change_of_the_latest_value_is_said(condition, threshold):
    told_ = said(condition, SCALES, "2024-01-06")
    assert told_.threshold == threshold
    assert told_.sentence.startswith("Score of the latest 2 answers: 8, 5 between 1 January and 5 January 2024")
    assert told_.evidence == ("a", "b")


def test_too_few_values_to_compare_are_said():
    told_ = said(scale.fallen_by(3, over=3), SCALES, "2024-01-06")
    assert told_.sentence.startswith("Fewer than 3 values of score")
    assert told_.missing == ()
    assert said(scale.fallen_by(3), "", "2024-01-06").missing == ("no answer is on record",)


def test_row_is_said_with_what_it_is_a_row_of():
    table = """
        a | 2024-01-01 | health.appointment | result=not_brought service=dentist
        b | 2024-01-05 | health.appointment | result=not_brought service=dentist
    """
    missed = entries("health.appointment", result="not_brought").called("missed one", "missed ones")
    row = missed.in_a_row(2, among=entries("health.appointment"), by="service", within=days(30))
    assert said(row, table, "2024-01-06").sentence == (
        "The latest 2 of one service were missed ones between 1 January and 5 January 2024; the threshold is 2 in a "
        "row of one service in 1 month."
    )
    told_ = said(row, "", "2024-01-06")
    assert told_.sentence.startswith("Not 2 missed ones in a row of one service")
    assert told_.missing == ("no missed one is on record",)


def test_what_was_followed_is_said_with_what_followed():
    table = """
        a | 2024-01-01 | police.missing | until=2024-01-02
        b | 2024-01-03 | voice.words |
        c | 2024-01-11 | police.missing | until=2024-01-12
    """
    missing = entries("police.missing").called("time missing", "times missing")
    words = missing.followed_by(entries("voice.words").called("word", "words"), within=days(5)).in_last(days(30)) >= 1
    told_ = said(words, table, "2024-01-12")
    assert told_.sentence == (
        "1 time missing on 1 January 2024, followed by word within 5 days; the threshold is 1 in 1 month."
    )
    assert told_.evidence == ("a", "b")
    assert said(words, "", "2024-01-12").sentence == "0 times missing; the threshold is 1 in 1 month."


def test_different_values_in_force_and_how_long_are_said():
    table = """
        a | 2024-01-01 | housing.residence | address=one agency=education
        b | 2024-01-05 | housing.residence | address=two agency=police
        c | 2024-01-06 | housing.residence | agency=police
    """
    conflict = (entries("housing.residence").distinct("address").going_on() >= 2).lasting(days(20))
    assert said(conflict, table, "2024-01-07").sentence == (
        "2 different addresses (threshold 2 addresses); and not yet for 20 days (threshold 20 days)."
    )
    assert said(conflict, table, "2024-01-30").sentence.endswith("and for 20 days or longer (threshold 20 days).")
    assert said(conflict, table, "2024-01-30").evidence == ("a", "b")


def test_exception_of_one_thing_after_another_is_said():
    table = "a | 2024-01-01 | police.missing | until=2024-01-02"
    missing, words = entries("police.missing").called("m", "ms"), entries("voice.words").called("w", "ws")
    rule = (missing.in_last(days(30)) >= 1).unless(missing.then(words, within=days(5), lasting=days(5)))
    assert "and no m followed by w" in said(rule, table, "2024-01-03").sentence


@pytest.mark.parametrize(
    ("when", "until", "seen", "words"),
    [
        ("2025-07-01", "", False, "since 1 July 2025"),
        ("2025-07-01", "2025-08-05", False, "since 1 July 2025, until 5 August 2025"),
        ("2025-07", "", False, "since July 2025"),
        ("2025-07-01..2025-07-05", "2025-09", False, "since a day between 1 and 5 July 2025, until September 2025"),
        ("..2025-07-05", "", False, "since 5 July 2025 or before"),
        ("2025-07-01T20:15Z", "", True, "seen there on 1 July 2025"),
    ],
)
def test_a_stay_is_said_as_exactly_as_it_is_known(when, until, seen, words):
    (fact,) = facts("a | 2025-07-31 | housing.unregistered | address=two until=2025-09-30 agency=police")
    entry = replace(
        fact.entry, occurred=Partial.parse(when), until=Partial.parse(until) if until else None,
        attributes={"address": "two", **({"seen": True} if seen else {})},
    )  # fmt: skip
    history = History((replace(fact, entry=entry),), None, CALENDAR)
    said_ = explain(CATALOGUE["place.not_on_record"], history, moment("2025-08-02"))
    assert said_.sentence == f"Stay at an address that no register has, {words}."


def test_a_stay_that_was_known_later_says_from_when_it_counts():
    """Of the last case: stayed with a friend from 1 July, which the police wrote down on 23 November."""
    home = Link(kind=LinkKind.RESIDENCE, person="c", other="home", agency="education", known_from=moment("2025-01-01"),
                id="register")  # fmt: skip
    told_of = Entry(
        id="e149", kind="housing.residence", subjects=(Subject("c"),), occurred=Partial.parse("2025-07-01"),
        recorded=Partial.parse("2025-11-23"), source=Source(agency="police"),
        attributes={"address": "friend", "basis": "staying_with"},
    )  # fmt: skip
    child = Chronology(child="c", entries=(told_of,), links=(home,))
    history = History(counted(child, Pooled()), None, CALENDAR)
    told_ = explain(CATALOGUE["place.not_on_record"], history, moment("2025-11-25"))
    assert told_.sentence == (
        "Stay at an address that no register has, since 1 July 2025, counted from 24 November 2025."
    )
    assert told_.evidence == ("e149",)


def test_a_plan_is_in_force_and_an_adult_is_known():
    plan = "a | 2025-07-01 | social_care.child_protection_plan | category=neglect agency=social_care"
    in_force = entries("social_care.child_protection_plan").called("plan", "plans").going_on().lasting(days(7))
    assert said(in_force, plan, "2025-08-02").sentence.startswith("Plan in force since 1 July 2025; and for ")
    adult = "a | 2025-07-01 | police.adult_of_concern | reason=violence through=adult agency=police"
    assert told("place.adult_of_concern", adult, "2025-08-02").sentence == (
        "Adult known to the police for violence, sexual offences or cruelty, since 1 July 2025."
    )


def test_an_incident_that_was_an_adult_s_elsewhere_is_not_said_to_be_at_home():
    """Like e150 of that case: an incident of the mother's "at another address", which the child's home was not."""
    table = """
        a | 2025-07-05 | police.incident | category=drugs through=adult agency=police
    """
    assert told("place.drug_incident", table, "2025-07-06").sentence == (
        "1 drug incident on 5 July 2025, of an adult linked to the child; the threshold is 1 in 12 months."
    )
    both = table + "b | 2025-07-06 | police.incident | category=drugs through=address agency=police"
    assert told("place.drug_incident", both, "2025-07-07").sentence == (
        "2 drug incidents between 5 July and 6 July 2025, 1 of them of an adult linked to the child and 1 of them at "
        "an address where the child was; the threshold is 1 in 12 months."
    )
