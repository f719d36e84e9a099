"""The rows of the gates: dated, with their source; a partnership's own stricter, never looser."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from nightlight.domain.meetings import gate_rows, gates
from nightlight.domain.meetings.gate_rows import Gate, Gates, default_gates, gates_with
from nightlight.domain.rule_types import NoRuleError, RulesError

FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
BEFORE = datetime(2025, 11, 20, 15, tzinfo=UTC)
OWN = "gates:\n  - {code: %s, version: 12, valid_from: 2026-01-01, source: Our board., force: local, %s}\n"
ENQUIRY = gates.Section47Facts(
    child_seen=False, child_spoken_to=False, why_not_seen="abroad", siblings_considered=True, medical_decided=True,
    conference_follows=False, interim_plan_in_force=False,
)  # fmt: skip
SEEN = gates.DangerAnswered(what="x", seen="y", observed_from=FRIDAY, observed_to=FRIDAY + timedelta(days=40))
ENDING = gates.StepDownFacts(dangers=(SEEN,), child_heard=True, follows=False, taken_over_by="", tripwires=1)


def in_use(monkeypatch, text):
    monkeypatch.setattr(gate_rows, "_IN_USE", [gates_with(text)])


def test_every_gate_has_its_row_with_source_and_what_it_asks_in_words():
    assert list(dict.fromkeys(row.code for row in default_gates().rows)) == list(Gate)
    for row in default_gates().rows:
        assert row.source
        assert row.title
        assert row.until
        assert all(each.missing.endswith(".") for each in row.asks)


def test_what_is_written_down_answers_only_where_the_row_lets_it(monkeypatch):
    assert gates.section_47_outcome(ENQUIRY, FRIDAY) == ()
    in_use(monkeypatch, OWN % ("G4", "or_why: [medical]"))
    (reason,) = gates.section_47_outcome(ENQUIRY, FRIDAY)
    assert (reason.code, reason.can_except, reason.source) == ("seen", False, "Our board.")
    assert gates.section_47_outcome(ENQUIRY, BEFORE) == ()
    undecided = replace(ENQUIRY, child_seen=True, child_spoken_to=True, medical_decided=False)
    assert [reason.can_except for reason in gates.section_47_outcome(undecided, FRIDAY)] == [True]


def test_a_danger_s_end_is_seen_over_the_days_that_the_row_asks(monkeypatch):
    assert gates.step_down(ENDING, FRIDAY) == ()
    in_use(monkeypatch, OWN % ("G7", "days: 41"))
    assert "over 41 days or more. An action done" in gates.step_down(ENDING, FRIDAY)[0].missing
    assert gates.step_down(ENDING, BEFORE) == ()
    in_use(monkeypatch, OWN % ("G7", "days: 40"))
    assert gates.step_down(ENDING, FRIDAY) == ()


AFTER = datetime(2026, 11, 24, 15, tzinfo=UTC)
TAKEN = replace(ENDING, follows=True, taken_over_by="Asha Grant")


def test_a_name_alone_takes_nothing_over_in_either_version():
    for at, codes in ((FRIDAY, ["taken_over"]), (AFTER, ["accepted"])):
        assert [reason.code for reason in gates.step_down(TAKEN, at)] == codes
        assert gates.step_down(replace(TAKEN, accepted=True), at) == ()
        assert [reason.code for reason in gates.step_down(replace(TAKEN, taken_over_by=" "), at)] == ["taken_over"]
    assert gates.step_down(TAKEN, AFTER)[0].missing.startswith("Asha Grant is asked to take it over and has not")


def test_a_partnership_s_row_asks_what_the_package_asks_on_that_day(monkeypatch):
    """Its own row of last year is laid over the version of the day, so that it can never ask for less."""
    in_use(monkeypatch, OWN % ("G7", "days: 40"))
    own = gates_with(OWN % ("G7", "days: 40"))
    for at, asks in ((FRIDAY, 4), (AFTER, 5)):
        row = own.in_force(Gate.STEP_DOWN, at)
        assert (row.days, row.source, len(row.asks)) == (40, "Our board.", asks)
    assert [reason.code for reason in gates.step_down(TAKEN, AFTER)] == ["accepted"]


def test_more_names_and_more_levels_may_be_asked():
    own = gates_with(OWN % ("G5", "names: 3") + (OWN % ("G8", "levels: [immediate, threshold, concern]"))[7:])
    assert own.in_force(Gate.CONFERENCE, FRIDAY).names == 3
    assert own.in_force(Gate.CLOSURE, FRIDAY).levels == ("immediate", "threshold", "concern")
    assert own.in_force(Gate.CLOSURE, FRIDAY).asks == default_gates().in_force(Gate.CLOSURE, FRIDAY).asks
    assert own.in_force(Gate.CONFERENCE, BEFORE).names == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OWN % ("G5", "names: 1"), "names: expected 2 or more"),
        (OWN % ("G4", "names: 3"), "names: expected nothing: gate G4 counts none"),
        (OWN % ("G7", "days: -1"), "a whole number, 0"),
        (OWN % ("G8", "levels: [immediate]"), "levels: expected threshold too"),
        (OWN % ("G8", "levels: [immediate, threshold, dire]"), "levels that there are: note, concern"),
        (OWN % ("G1", "levels: [note]"), "levels: expected nothing: gate G1 asks of no duties"),
        (OWN % ("G4", "or_why: [siblings]"), "no others than seen, medical"),
        (OWN % ("G9", "or_why: [support]"), "no others than none"),
        (OWN % ("G4", "asks: []"), "no such key here"),
        (OWN % ("G10", "names: 3"), "code: expected one of G1"),
        ((OWN % ("G5", "names: 3")).replace("version: 12", "version: 1"), "a version of its own"),
        ((OWN % ("G5", "names: 3")).replace("force: local", "force: law"), "a row of your own is no law"),
    ],
)
def test_a_looser_gate_stops_the_program_and_says_where(text, said):
    with pytest.raises(RulesError) as caught:
        gates_with(text)
    assert said in str(caught.value)
    assert "gates, line 2" in str(caught.value)


def test_that_any_agency_may_ask_for_a_conference_cannot_be_taken_away(monkeypatch):
    in_use(monkeypatch, OWN % ("G9", "or_why: []"))
    asked = gates.ConveneFacts(asked_by="p1", agency="education", concern="x")
    assert [reason.can_except for reason in gates.may_convene(asked, FRIDAY)] == [True]


def test_a_day_without_a_row_is_said():
    ended = Gates(tuple(replace(row, valid_to=date(2001, 1, 1)) for row in default_gates().rows))
    with pytest.raises(NoRuleError, match="no row of gate G5 is in force on 2026-11-20"):
        ended.in_force(Gate.CONFERENCE, FRIDAY)
