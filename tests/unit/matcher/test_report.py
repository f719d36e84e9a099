"""How well a model does, by group, as a page that can be published."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from nightlight.actions.research.matcher_report import measure, page
from nightlight.actions.research.people_on_record import known, without_numbers

DAY = date(2026, 11, 23)


def test_measure_counts_everybody_once_in_each_way_of_grouping() -> None:
    report = measure(children=150, day=DAY)
    assert report.overall.people == report.overall.whole + report.overall.apart + report.overall.wrong > 100
    for groups in report.groups.values():
        assert sum(group.people for group in groups) == report.overall.people
        assert sum(group.whole for group in groups) == report.overall.whole


def test_measure_finds_most_whole_and_nobody_with_anothers_record() -> None:
    report = measure(children=150, day=DAY)
    assert report.overall.share_whole > 0.85
    assert report.overall.wrong == 0


def test_page_needs_nothing_beside_it() -> None:
    report = measure(children=60, day=DAY)
    text = page(replace(report, on="<b>records</b>"))
    assert "<b>records</b>" not in text
    assert "src=" not in text
    assert "href=" not in text
    assert text.count("<table>") == len(report.groups)
    json.dumps(report.as_json())


def test_known_people_are_the_same_every_time_and_without_numbers_have_none() -> None:
    people = known(60)
    assert people == known(60)
    assert any(each.record.upn for each in people)
    assert not any(each.record.upn or each.record.nhs_number for each in without_numbers(people))
