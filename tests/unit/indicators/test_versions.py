"""Every rule that was in force stays readable: by its code and a day, and by the hash that a result names."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from nightlight.indicators import versions
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.checks import IndicatorError
from nightlight.indicators.plain import content_hash

LINES = [json.loads(line) for line in versions.KEPT.read_text(encoding="utf-8").splitlines()]


def test_every_rule_of_the_catalogue_is_kept():
    assert versions.unkept() == (), "a rule changed: python -m nightlight.indicators.versions"


def test_each_version_is_the_rule_that_its_hash_names():
    for line in LINES:
        each = versions.rule_by_hash(line["rule"])
        assert content_hash(each.expression) == each.rule == line["rule"]


def test_versions_of_a_rule_are_in_the_order_of_their_days():
    for code in {line["code"] for line in LINES}:
        days = [each.since for each in versions.versions(code)]
        assert days == sorted(days)


def test_of_two_versions_of_one_day_the_later_is_in_force_and_both_are_known():
    """C03 changed three times on one day: what counted was the last, and each is still named by its hash."""
    code, day = "convergence.indicator_after_no_further_action", date(2026, 11, 24)
    that_day = [each for each in versions.versions(code) if each.since == day]
    assert len(that_day) == 3
    assert versions.rule_in_force(code, datetime(2026, 11, 24, 12, tzinfo=UTC)) == that_day[-1]
    assert versions.catalogue_on(day)[code] == that_day[-1]
    assert [versions.rule_by_hash(each.rule) for each in that_day] == that_day


def test_no_version_begins_on_a_day_to_come(kept):
    before = kept.read_text()
    with pytest.raises(IndicatorError, match="which is to come"):
        versions.keep(date(2027, 1, 16), today=date(2027, 1, 15))
    assert kept.read_text() == before


def test_rule_in_force_is_that_of_the_day_in_london():
    code = "process.not_seen_alone"
    old, new = versions.versions(code)
    assert versions.rule_in_force(code, datetime(2026, 10, 31, 23, 59, tzinfo=UTC)) is None
    assert versions.rule_in_force(code, datetime(2026, 11, 1, tzinfo=UTC)) == old
    assert versions.rule_in_force(code, datetime(2026, 11, 22, 23, 59, tzinfo=UTC)) == old
    assert versions.rule_in_force(code, datetime(2026, 11, 23, tzinfo=UTC)) == new
    assert new.rule == CATALOGUE[code].rule != old.rule


def test_catalogue_on_a_day():
    assert versions.catalogue_on(date(2026, 10, 31)) == {}
    assert "place.missing" not in versions.catalogue_on(date(2026, 11, 1))
    assert {code: each.rule for code, each in versions.catalogue_on(date(2099, 1, 1)).items()} == {
        code: each.rule for code, each in CATALOGUE.items()
    }


@pytest.mark.parametrize("rule", ["", "0123456789abcdef"])
def test_unknown_hash_is_refused(rule):
    with pytest.raises(versions.UnknownRule, match="No version has the hash"):
        versions.rule_by_hash(rule)


def test_unknown_code_is_refused_with_what_is_near():
    with pytest.raises(versions.UnknownRule, match=r"process\.not_seen_alone"):
        versions.versions("process.not_seen_alon")


LATER = date(2027, 2, 1)
NOT_KEPT = {"place.address_conflict", "convergence.indicator_after_no_further_action"}


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A file of versions of its own, in which two rules are not kept."""
    path = tmp_path / "versions.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES if line["code"] not in NOT_KEPT))
    monkeypatch.setattr(versions, "KEPT", path)
    versions._kept.cache_clear()
    yield path
    versions._kept.cache_clear()


def test_keep_adds_what_changed_and_nothing_twice(kept):
    before = kept.read_text()
    assert set(versions.keep(date(2027, 1, 15), today=LATER)) == NOT_KEPT
    assert kept.read_text().startswith(before)
    assert versions.keep(date(2027, 1, 15), today=LATER) == ()
    for code in NOT_KEPT:
        in_force = versions.rule_in_force(code, datetime(2027, 1, 15, tzinfo=UTC))
        assert in_force.expression == CATALOGUE[code].expression


def test_keep_withdraws_what_is_gone(kept, monkeypatch):
    gone = {code: each for code, each in CATALOGUE.items() if code != "process.no_progress"}
    versions.keep(date(2026, 12, 1), today=LATER)
    monkeypatch.setattr(versions, "CATALOGUE", gone)
    assert versions.keep(date(2027, 1, 15), today=LATER) == ("process.no_progress",)
    assert versions.rule_in_force("process.no_progress", datetime(2027, 1, 14, tzinfo=UTC)).rule
    assert versions.rule_in_force("process.no_progress", datetime(2027, 1, 15, tzinfo=UTC)) is None
    assert "process.no_progress" not in versions.catalogue_on(date(2027, 1, 15))


def test_keep_refuses_a_day_before_the_last(kept):
    with pytest.raises(IndicatorError, match="that day or a later one"):
        versions.keep(date(2020, 1, 1), today=LATER)


def test_command_says_what_it_kept(kept):
    now = datetime(2027, 1, 15, 12, tzinfo=UTC)
    assert list(versions._main([], now)) == sorted(NOT_KEPT, key=list(CATALOGUE).index)
