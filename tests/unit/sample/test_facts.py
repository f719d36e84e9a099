"""Children's chronologies without a feed, their groups, and outcomes that follow hidden state alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from nightlight.domain.kinds import KINDS, problems_with
from nightlight.domain.views import Pooled
from nightlight.sample.facts import DISABLED, chronologies, grouping, outcomes
from nightlight.sample.happenings import Happening, at
from nightlight.sample.harm import admissions, harm_rate, serious_harm
from nightlight.sample.life import lived, lived_wider
from nightlight.sample.population import Family, Spell, blocks, families, families_of

UNTIL = date(2026, 11, 23)
START = UNTIL - timedelta(days=3 * 365)
Lives = list[tuple[Family, list[Happening], list[Happening]]]


@pytest.fixture(scope="module")
def lives() -> Lives:
    found = []
    for family in families(children=400, seed=5, until=UNTIL, years=3):
        life = lived(family, seed=5, until=UNTIL, years=3, register_years=0.3)
        found.append((family, life, lived_wider(family, life, seed=5, until=UNTIL, years=3)))
    return found


def test_blocks_have_the_families_of_the_whole() -> None:
    whole = list(families(children=90, seed=3, until=UNTIL, years=3))
    parts = [
        family
        for block in blocks(children=90, seed=3, size=20)
        for family in families_of(block, seed=3, until=UNTIL, years=3)
    ]
    assert [_bare(family) for family in parts] == [_bare(family) for family in whole]
    assert sum(block.children for block in blocks(children=90, seed=3, size=20)) == 90


def _bare(family: Family) -> Family:
    """Without the numbers that no column holds; that there is a UPN says that the child goes to school."""
    children = (replace(child, nhs_number="", upn="a number" if child.upn else "") for child in family.children)
    return replace(family, children=tuple(children))


def test_everything_that_happens_is_an_entry_of_its_kind(lives: Lives) -> None:
    for _, _, everything in lives:
        for happening in everything:
            assert problems_with(happening.kind, happening.attributes) == []
            assert happening.written < at(UNTIL, 0)
            assert happening.until is None or happening.until < UNTIL
            assert happening.until is None or KINDS[happening.kind].episode


def test_what_agencies_without_a_feed_hold_changes_nothing_else(lives: Lives) -> None:
    for _, life, everything in lives:
        left = Counter(map(repr, everything))
        left.subtract(map(repr, life))
        assert min(left.values(), default=0) >= 0
    kinds = {h.kind for _, _, everything in lives for h in everything}
    assert {"adult.treatment", "housing.residence", "health.growth", "social_care.core_group", "voice.scale"} <= kinds


def test_facts_about_a_child_are_in_that_childs_chronology_alone(lives: Lives) -> None:
    for family, life, _ in lives:
        own = {
            c.child: {f.entry.id for f in c.facts(Pooled()) if f.through == "child"} for c in chronologies(family, life)
        }
        for number, happening in enumerate(life):
            if happening.kind == "police.incident":
                continue
            for child in family.children:
                assert (f"{family.number:06d}-{number}" in own[child.true_id]) is (child.true_id in happening.about)


def test_facts_about_an_adult_or_the_home_concern_the_children(lives: Lives) -> None:
    through: Counter[tuple[str, str]] = Counter()
    for family, _, everything in lives:
        for chronology in chronologies(family, everything):
            through.update((fact.kind, fact.through) for fact in chronology.facts(Pooled()))
    assert through["adult.substance_misuse", "adult"] > 0
    assert through["housing.condition", "address"] > 0
    assert through["police.incident", "adult"] > 0
    assert through["police.incident", "child"] > 0
    assert through["education.register", "child"] > 1000


def test_every_entry_is_known_when_it_was_written(lives: Lives) -> None:
    family, life, _ = next(each for each in lives if len(each[1]) > 100)
    by_id = {f"{family.number:06d}-{n}": happening for n, happening in enumerate(life)}
    for chronology in chronologies(family, life):
        for fact in chronology.facts(Pooled()):
            assert fact.known_from == by_id[fact.entry.id].written


def test_words_are_left_out_of_the_facts(lives: Lives) -> None:
    for family, _, everything in lives[:100]:
        for chronology in chronologies(family, everything):
            assert not any(entry.words or entry.text for entry in chronology.entries)


def test_groups_are_of_the_child_and_disability_of_one_in_nine() -> None:
    grouped = [
        grouping(family, child, seed=1, until=UNTIL)
        for family in families(children=4000, seed=1, until=UNTIL, years=3)
        for child in family.children
    ]
    assert sum(each.disability == "yes" for each in grouped) / len(grouped) == pytest.approx(DISABLED, rel=0.1)
    assert len({each.area for each in grouped}) == 8
    assert all(dict(each.organisations)["social_care"] for each in grouped)
    assert "education" not in dict(next(g for g in grouped if (UNTIL - g.born).days < 700).organisations)


def test_outcomes_are_of_the_record_and_of_hidden_harm(lives: Lives) -> None:
    kinds: Counter[str] = Counter()
    for family, life, _ in lives:
        found = list(outcomes(family, life, seed=5, until=UNTIL, years=3))
        kinds.update(each.kind for each in found)
        enquiries = [h for h in life if h.kind == "social_care.section_47"]
        assert sum(each.kind == "section_47" for each in found) == len(enquiries)
        ill = [h for h in life if h.kind == "health.admission" and h.attributes["reason"] == "other"]
        assert not any(each.kind == "admission" and each.at == h.instant for each in found for h in ill)
    assert {"section_47", "plan", "admission"} <= set(kinds)


def test_an_outcome_of_a_day_is_at_its_first_moment(lives: Lives) -> None:
    family, life = next((f, h) for f, h, _ in lives if any(x.kind == "social_care.section_47" for x in h))
    enquiry = next(h for h in life if h.kind == "social_care.section_47")
    found = [each.at for each in outcomes(family, life, seed=5, until=UNTIL, years=3) if each.kind == "section_47"]
    assert at(enquiry.day, 0) in found


def _with(family: Family, *spells: Spell) -> Family:
    return replace(family, spells=spells)


def test_harm_and_admission_follow_hidden_state_and_nothing_that_was_seen() -> None:
    spells = [
        Spell(t, START - timedelta(days=400), UNTIL + timedelta(days=800), 1.0) for t in ("neglect", "domestic_abuse")
    ]
    counted: Counter[tuple[str, bool]] = Counter()
    for family in families(children=3000, seed=8, until=UNTIL, years=3):
        for troubled in (True, False):
            each = _with(family, *(spells if troubled else ()))
            admitted = admissions(each, Random(family.number), start=START, until=UNTIL)
            counted["injury", troubled] += sum(h.attributes["reason"] == "injury" for h in admitted)
            counted["harm", troubled] += len(list(serious_harm(each, Random(family.number), start=START, until=UNTIL)))
    assert counted["injury", True] > 3 * counted["injury", False] > 0
    assert counted["harm", True] > 8 * counted["harm", False]


def test_hazard_of_harm_is_the_documented_product() -> None:
    family = _with(next(families(children=1, seed=1, until=UNTIL, years=3)))
    child = replace(family.children[0], born=UNTIL - timedelta(days=200))
    assert harm_rate(family, child, UNTIL) == pytest.approx(0.00016 * 5)
    neglect = Spell("neglect", UNTIL - timedelta(days=100), UNTIL + timedelta(days=100), 0.5)
    assert harm_rate(_with(family, neglect), child, UNTIL) == pytest.approx(0.00016 * 5 * (1 + 8 * 0.5))
    older = replace(child, born=UNTIL - timedelta(days=3000))
    assert harm_rate(family, older, UNTIL) == pytest.approx(0.00016)


def test_a_child_is_harmed_at_most_once() -> None:
    worst = [
        Spell(t, START - timedelta(days=900), UNTIL + timedelta(days=900), 1.0) for t in ("neglect", "domestic_abuse")
    ]
    for family in families(children=2000, seed=2, until=UNTIL, years=3):
        found = [h.child for h in serious_harm(_with(family, *worst), Random(1), start=START, until=UNTIL)]
        assert len(found) == len(set(found))
