"""What the specs do not show: a history is worked out once, and says what can change it and when."""

from __future__ import annotations

import pytest
from support.facts import facts, moment

from nightlight.indicators import nodes, reference
from nightlight.indicators.history import History
from nightlight.indicators.language import age, days, entries, nothing, uncovered, working_days, years
from nightlight.indicators.nodes import Window
from nightlight.timeline.calendar import WorkingCalendar
from nightlight.timeline.partial import Partial
from nightlight.timeline.spans import Spans

CALENDAR = WorkingCalendar.england()
PLAN = entries("social_care.child_protection_plan")


def history(table: str, born: str = "") -> History:
    return History(facts(table), Partial.parse(born) if born else None, CALENDAR)


def test_spans_are_worked_out_once():
    one = history("a | 2024-01-01 | voice.words |")
    node = (entries("voice.words").in_last(days(1)) >= 1).node
    assert reference.spans(node, one) is reference.spans(node, one)


def test_equal_nodes_on_other_histories_do_not_mix():
    node = (entries("voice.words").ever() >= 1).node
    assert reference.spans(node, history("a | 2024-01-01 | voice.words |"))
    assert not reference.spans(node, history(""))


def test_a_name_changes_no_meaning():
    node = (entries("voice.words").ever() >= 1).node
    one = history("a | 2024-01-01 | voice.words |")
    assert reference.spans(nodes.Named("voice.x", node), one) == reference.spans(node, one)


def test_kinds_used_spells_out_themes():
    condition = entries("voice").ever() >= 1
    assert reference.kinds_used(condition.node) == {"voice.words", "voice.scale"}


def test_next_edge_is_known_in_advance():
    node = nothing(entries("social_care.visit")).for_(days(28), since=PLAN.going_on()).node
    one = history("p | 2024-01-01 | social_care.child_protection_plan |")
    assert reference.next_edge(node, one, moment("2024-01-02")) == moment("2024-01-29")
    assert reference.next_edge(node, one, moment("2024-01-29")) is None


def test_working_days_of_a_day_known_only_as_a_date_start_on_that_day():
    """Monday 8 January, known as a date, is over on Tuesday at midnight: one working day later is Tuesday."""
    one = history("")
    assert one.until(Partial.parse("2024-01-08").latest, working_days(1)) == moment("2024-01-10")


@pytest.mark.parametrize("born", ["..2020", "2020.."])
def test_age_with_an_open_birth_date_says_only_what_is_certain(born):
    one = history("", born)
    certain = [reference.spans((age() < years(1)).node, one), reference.spans((age() >= years(1)).node, one)]
    assert sum(bool(each) for each in certain) == 1


def test_a_danger_whose_date_cannot_be_read_counts_from_when_it_was_voiced():
    table = "d | 2024-01-05 | concern.raised | severity=immediate from_when=tonight"
    node = uncovered(
        entries("concern.raised"), starts="from_when", protections=entries("meeting.decision"),
        in_force="in_force_from", before=days(1),
    ).node  # fmt: skip
    assert reference.spans(node, history(table)) == Spans.since(moment("2024-01-05"))


def test_an_unknown_node_is_a_mistake_of_ours():
    with pytest.raises(TypeError, match="no rule"):
        reference.spans(nodes.Expression(), history(""))
    with pytest.raises(TypeError, match="no rule"):
        reference.steps(nodes.Amount(), history(""))


def test_a_mistyped_year_stops_nothing():
    one = history("")
    assert one.until(moment("1066-10-14"), Window(2, working=True)) == moment("1066-10-18")
    assert one.until(moment("2999-10-14"), Window(2, working=True)) == moment("2999-10-18")


def test_unbounded_moments_stay_so():
    one = history("")
    assert one.until(moment("end"), Window(2)) == moment("end")
    assert one.until(moment("beginning"), Window(2, working=True)) == moment("beginning")


def test_what_was_withdrawn_before_it_could_happen_never_counts():
    table = """
        d | 2024-01-20 | concern.raised | known=2024-01-01 gone=2024-01-03
        v | 2024-01-10 | voice.words |
        w | 2024-01-30 | health.review | known=2024-01-01 gone=2024-01-03
    """
    danger = uncovered(
        entries("concern.raised"), starts="from_when", protections=entries("meeting.decision"),
        in_force="in_force_from", before=days(1),
    ).node  # fmt: skip
    words = entries("voice.words")
    unanswered = words.not_followed_by(
        entries("health.review"), within=days(2), lasting=days(30), since=words.ever() >= 1
    )
    assert not reference.spans(danger, history(table))
    assert reference.spans(unanswered.node, history(table)) == Spans.of(moment("2024-01-12"), moment("2024-02-11"))
