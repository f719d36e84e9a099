"""Replays: the three cases come out as they must, and what is not known is never shown as if it were."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from nightlight.cli.main import main
from nightlight.domain.clocks import default_rules
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.review.casefile import parse_case, read_case
from nightlight.review.replay import replay
from nightlight.review.report import as_json, as_text
from nightlight.timeline.calendar import WorkingCalendar

CASES = Path(__file__).parents[3] / "cases"
ENGLAND = WorkingCalendar.england()
LEVELS = ("concern", "threshold", "immediate")


def replayed(case):
    return replay(case, CATALOGUE.values(), default_rules(), ENGLAND)


@pytest.fixture(scope="module", params=["child-h", "family-q", "family-r"])
def any_replay(request):
    return replayed(read_case(CASES / f"{request.param}.yaml"))


@pytest.fixture(scope="module")
def family_r():
    return as_json(replayed(read_case(CASES / "family-r.yaml")))


@pytest.fixture(scope="module")
def child_h():
    return as_json(replayed(read_case(CASES / "child-h.yaml")))


def day(text):
    return datetime.fromisoformat(text).date()


def test_pooled_reaches_threshold_hundreds_of_days_before_any_agency_alone(family_r):
    alone = [day(levels["threshold"]) for levels in family_r["views"]["alone"].values() if levels["threshold"]]
    assert alone
    assert (min(alone) - day(family_r["views"]["pooled"]["threshold"])).days >= 200
    assert family_r["days_before_harm"]["pooled"]["threshold"] >= 365


def test_an_ordinary_family_raises_nothing_above_concern_and_at_most_one_of_that_in_any_view():
    document = as_json(replayed(read_case(CASES / "family-q.yaml")))
    levels = {(firing["view"], firing["indicator"], firing["level"]) for firing in document["firings"]}
    assert {level for _, _, level in levels} <= {"note", "concern"}
    views = {view for view, _, _ in levels}
    assert views
    assert all(len([1 for v, _, level in levels if (v, level) == (view, "concern")]) <= 1 for view in views)
    assert (document["harm"], document["days_before_harm"], document["uncovered"]) == (None, None, [])


def test_child_h_reaches_immediate_at_the_conference_and_its_weekend_is_uncovered(child_h):
    assert day(child_h["views"]["pooled"]["immediate"]) == day("2017-11-24")
    (gap,) = child_h["uncovered"]
    assert (gap["danger"], gap["hours"], gap["possible"]["hours"]) == ("e022", 48, 96)
    assert (gap["from"], gap["until"]) == ("2017-11-25T00:00:00+00:00", "2017-11-27T00:00:00+00:00")
    assert (child_h["harm"], child_h["days_before_harm"]["pooled"]["immediate"]) == ("2017-11-26", 2)


def test_family_r_s_weekend_is_uncovered_to_the_hour_and_its_duty_is_out_of_hours(family_r):
    (gap,) = family_r["uncovered"]
    assert (gap["danger"], gap["hours"], gap["possible"]["hours"]) == ("e191", 64, 64)
    immediate = [duty for duty in family_r["duties"] if duty["level"] == "immediate"]
    assert [(duty["raised"], duty["due"]) for duty in immediate] == [
        ("2025-11-21T14:45:00+00:00", "2025-11-21T15:45:00+00:00")
    ]


def test_one_duty_runs_for_each_question_and_none_is_raised_or_climbs_after_the_harm(family_r):
    questions = [duty["question"] for duty in family_r["duties"]]
    assert len(questions) == len(set(questions))
    harm = datetime.fromisoformat("2025-11-23T03:00:00+00:00")
    moments = [duty["raised"] for duty in family_r["duties"]]
    moments += [climb["at"] for duty in family_r["duties"] for climb in duty["climbs"]]
    assert all(datetime.fromisoformat(moment) < harm for moment in moments)


def test_every_duty_of_a_child_whom_nobody_answered_for_climbed(family_r):
    lapsed = [duty for duty in family_r["duties"] if duty["lapsed"]]
    assert lapsed
    assert all(duty["climbs"] and duty["climbs"][0]["at"] >= duty["lapsed"] for duty in lapsed)


def test_levels_are_reached_in_order_and_views_know_no_more_than_they_should(any_replay):
    for levels in [*any_replay.alone.values(), *any_replay.actual_of.values(), any_replay.pooled, any_replay.actual]:
        moments = [levels[level].at for level in LEVELS]
        known = [moment for moment in moments if moment]
        assert known == sorted(known)
        assert moments[len(known) :] == [None] * (len(moments) - len(known))


def test_what_is_shared_is_reached_by_the_agency_that_is_named(any_replay):
    for level in LEVELS:
        reached = any_replay.actual[level]
        by_agency = [levels[level].at for levels in any_replay.actual_of.values() if levels[level].at]
        assert reached.at == min(by_agency, default=None)
        if reached.at:
            assert any_replay.actual_of[reached.agency][level].at == reached.at


def test_the_earliest_possible_is_never_later_than_what_is_certain_of_a_danger(any_replay):
    reached = any_replay.pooled["immediate"]
    assert reached.at is None or (reached.earliest is not None and reached.earliest <= reached.at)


def test_every_firing_has_its_reason_and_entries_of_the_file(any_replay):
    ids = {entry.id for entry in any_replay.case.entries}
    for firing in any_replay.firings:
        assert firing.because
        assert ids.issuperset(firing.evidence)
        assert firing.since < firing.until


def test_a_replay_is_deterministic(any_replay):
    again = replayed(any_replay.case)
    assert as_json(again) == as_json(any_replay)
    assert as_text(again) == as_text(any_replay)


def test_the_document_is_json_with_the_keys_of_the_manual(any_replay):
    document = json.loads(json.dumps(as_json(any_replay)))
    assert {"case", "views", "firings", "duties", "uncovered", "harm", "days_before_harm"} <= set(document)
    assert set(document["views"]) == {"alone", "actual", "pooled"}
    assert set(document["views"]["pooled"]) == set(LEVELS)
    for firing in document["firings"]:
        assert {"indicator", "level", "view", "from", "until", "evidence", "because"} <= set(firing)
    for duty in document["duties"]:
        assert {"what", "role", "raised", "due", "climbs"} <= set(duty)


def test_every_instant_of_the_document_has_an_offset(any_replay):
    document = as_json(any_replay)
    moments = [firing["from"] for firing in document["firings"]] + [duty["due"] for duty in document["duties"]]
    assert all(datetime.fromisoformat(moment).utcoffset() is not None for moment in moments)


def text_of(name):
    return as_text(replayed(read_case(CASES / f"{name}.yaml")))


def test_text_says_not_recorded_and_shows_a_range_where_dates_are_imprecise():
    text = text_of("child-h")
    assert "Not recorded: anything from Housing, Adult services, Voluntary sector, Family and public." in text
    assert "Hospital alone: not before the harm for certain; as dates are imprecise, it may have been from" in text
    assert "No protection is in force for 48 hours" in text
    assert "Harm: not recorded." in text_of("family-q")


def test_text_says_of_each_moment_only_what_the_file_says():
    """As a reviewer of the case reads it: whose moment it was, what is imprecise, and nothing of after the harm."""
    text = text_of("child-h")
    first = "by Children's social care, Education and Community health: A danger comes before the protection"
    assert f"as it was shared:  24 November 2017, 2 days before the harm {first} (e022, e024)" in text
    assert "(e022, e024); as dates are imprecise, something as serious may have been from 1 November 2015" in text
    assert "there may be no protection in force for 96 hours, from the start of Friday 24 November 2017" in text
    assert "then): Admitted to hospital for asthma; No visit on record of a child on a plan; Three agencies" in text
    assert "This is after the harm" not in text
    assert "it names no person, and it does not say that anyone accepted it" in text
    assert "What is known by its day counts from the end of that day" in text


def test_text_ends_a_stretch_by_the_day_unless_the_file_gives_the_moment():
    text = text_of("family-r")
    assert "21 November 2025, 14:45, until 24 November 2025, 09:00: immediate" in text
    assert "26 September 2024, until 1 January 2025: concern" in text
    assert "for 64 hours, from Friday 21 November 2025 at 17:00 to Monday 24 November 2025 at 09:00" in text
    assert "on the question of the child's voice" in text


def test_text_compares_pooled_with_the_first_agency_alone():
    assert "pooled is 237 days before the first agency alone" in text_of("family-r")


TWO_CHILDREN = """
case: two
title: "Two children"
fictional: true
people: {one: {role: child}, two: {role: child}}
entries:
  - {id: e1, when: 2025-11-21T00:00:00+00:00, kind: concern.raised, about: [two], agency: education,
     attributes: {severity: immediate, from_when: "2025-11-21T17:00:00+00:00"}}
"""


def test_each_child_is_replayed_and_a_danger_with_no_protection_has_no_end():
    case = parse_case(TWO_CHILDREN)
    one, two = (
        as_json(replay(case, CATALOGUE.values(), default_rules(), ENGLAND, child=child)) for child in case.children
    )
    assert (one["firings"], one["duties"], one["uncovered"]) == ([], [], [])
    assert (two["uncovered"][0]["until"], two["uncovered"][0]["hours"]) == (None, None)


def test_a_real_midnight_is_not_shown_as_the_end_of_the_day_before():
    case = parse_case(TWO_CHILDREN)
    document = as_json(replay(case, CATALOGUE.values(), default_rules(), ENGLAND, child="two"))
    assert document["views"]["pooled"]["immediate"] == "2025-11-21T00:00:00+00:00"


def test_the_command_prints_text_or_one_json_document(capsys):
    assert main(["replay", str(CASES / "family-q.yaml")]) == 0
    assert capsys.readouterr().out.startswith("Family Q")
    assert main(["replay", str(CASES / "family-q.yaml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["case"] == "family-q"


def test_the_command_replays_every_child(tmp_path, capsys):
    path = tmp_path / "two.yaml"
    path.write_text(TWO_CHILDREN)
    assert main(["replay", str(path), "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["children"]) == ["one", "two"]


def test_the_command_breaks_lines_at_words_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    assert main(["replay", str(CASES / "child-h.yaml")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert "DANGERS THAT NOTHING COVERED" in lines


PROTECTED = """
case: protected
title: "A care order before the danger, and a danger nobody dated"
fictional: true
people: {child: {role: child}}
entries:
  - {id: e1, when: 2025-11-20, kind: social_care.looked_after, about: [child], agency: social_care,
     attributes: {status: care_order}, until: 2025-11-28}
  - {id: e2, when: 2025-11-21T12:00:00+00:00, kind: concern.raised, about: [child], agency: education,
     attributes: {severity: immediate, from_when: "2025-11-22"}}
  - {id: e3, when: 2025-11-21T12:00:00+00:00, kind: concern.raised, about: [child], agency: education,
     attributes: {severity: note}}
"""


def test_a_danger_is_covered_while_a_care_order_lasts_and_no_longer():
    (gap,) = as_json(replayed(parse_case(PROTECTED)))["uncovered"]
    assert (gap["danger"], gap["from"], gap["until"]) == ("e2", "2025-11-29T00:00:00+00:00", None)
    assert gap["possible"]["from"] == "2025-11-28T00:00:00+00:00"


def test_the_command_refuses_a_wrong_file_with_every_mistake_and_its_exit_code(tmp_path, capsys):
    path = tmp_path / "wrong.yaml"
    path.write_text(TWO_CHILDREN.replace("concern.raised", "concern.rasied").replace("[two]", "[three]"))
    assert main(["replay", str(path)]) == 4
    told = capsys.readouterr().err
    assert "wrong.yaml, line 7: entries[0].kind: expected a kind" in told
    assert "wrong.yaml, line 7: entries[0].about[0]: expected the name of one" in told
