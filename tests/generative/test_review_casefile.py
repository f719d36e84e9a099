"""Any case file: a right one is read as it is and replayed; a wrong one is refused with its lines, never a crash."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nightlight.domain.agencies import AGENCIES
from nightlight.domain.clocks import default_rules
from nightlight.domain.kinds import KINDS
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.review.casefile import CaseFileError, parse_case
from nightlight.review.replay import replay
from nightlight.review.report import as_json, as_text
from nightlight.timeline.calendar import WorkingCalendar

ENGLAND = WorkingCalendar.england()
FAMILY_R = (Path(__file__).parents[2] / "cases" / "family-r.yaml").read_text()
ABOUT = {"child": "child", "adult": "mother", "address": "flat"}

dates = st.builds("{}-{:02}-{:02}".format, st.integers(2015, 2025), st.integers(1, 12), st.integers(1, 28))
instants = st.builds("{}T{:02}:{:02}:00+00:00".format, dates, st.integers(0, 23), st.integers(0, 59))
loose = dates | instants | dates.map(lambda day: day[:7]) | dates.map(lambda day: day[:4])
bounds = st.tuples(loose, loose).map(lambda two: {"not_before": min(two)[:4], "not_after": max(two)})


def values(attribute):
    if attribute.values:
        return st.sampled_from([{"true": True, "false": False}.get(value, value) for value in attribute.values])
    for example in (3, "flat", "2017-11-24"):
        if attribute.accepts(example):
            return st.just(example)
    raise AssertionError(attribute.expected)


@st.composite
def entries(draw):
    kind = draw(st.sampled_from(sorted(KINDS)))
    names = (
        draw(st.lists(st.sampled_from(sorted(KINDS[kind].attributes)), unique=True)) if KINDS[kind].attributes else []
    )
    agency = draw(st.sampled_from(sorted(AGENCIES)))
    others = st.sampled_from(sorted(set(AGENCIES) - {agency}))
    entry = {
        "when": draw(loose | bounds),
        "kind": kind,
        "about": draw(
            st.lists(st.sampled_from([ABOUT[w] for w in sorted(KINDS[kind].about)]), min_size=1, unique=True)
        ),
        "agency": agency,
        "attributes": {
            name: "2017-11-24" if name in ("from_when", "in_force_from") else draw(values(KINDS[kind].attributes[name]))
            for name in names
        },
        "known_to": draw(st.dictionaries(others, st.just("2026"), max_size=2)),
    }
    if draw(st.booleans()):
        entry["recorded"] = "2026-01-0" + str(draw(st.integers(1, 9)))
    if KINDS[kind].episode and draw(st.booleans()):
        entry["until"] = "2026"
    return entry


@st.composite
def cases(draw):
    return {
        "case": "made-up",
        "title": "Made up",
        "fictional": True,
        "people": {"child": {"role": "child", "born": draw(loose)}, "mother": {"role": "parent", "of": ["child"]}},
        "addresses": {"flat": {}},
        "entries": draw(st.lists(entries(), max_size=12)),
        **draw(st.sampled_from([{}, {"harm": {"when": "2025-06", "kind": "outcome.death"}}])),
    }


@given(cases())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_right_case_is_read_whole_and_replayed_the_same_each_time(made):
    case = parse_case(yaml.safe_dump(made, sort_keys=False))
    assert [entry.kind for entry in case.entries] == [entry["kind"] for entry in made["entries"]]
    assert [dict(entry.attributes) for entry in case.entries] == [entry["attributes"] for entry in made["entries"]]
    first, again = (replay(case, CATALOGUE.values(), default_rules(), ENGLAND) for _ in range(2))
    assert as_json(first) == as_json(again)
    json.dumps(as_json(first), allow_nan=False)
    assert as_text(first).startswith("Made up (fictional)")


def mistakes_in(text):
    """What a reader is told is wrong; nothing where the text is a case file. Anything but a refusal is a failure."""
    try:
        parse_case(text, "any.yaml")
    except CaseFileError as error:
        return error.mistakes
    return ()


@given(st.integers(0, len(FAMILY_R) - 1), st.integers(0, 40), st.text(max_size=6))
@settings(deadline=None, max_examples=60)
def test_a_damaged_case_is_read_or_refused_with_its_lines(start, length, put):
    damaged = FAMILY_R[:start] + put + FAMILY_R[start + length :]
    lines = damaged.count("\n") + 2
    for mistake in mistakes_in(damaged):
        assert (mistake.file, bool(mistake.expected)) == ("any.yaml", True)
        assert 1 <= mistake.line <= lines


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["case", "people", "entries", "when", "about", "x"]), inner)
        ),
    )
)
@settings(deadline=None)
def test_any_other_yaml_at_all_is_refused(value):
    assert mistakes_in(yaml.safe_dump(value, allow_unicode=True))
