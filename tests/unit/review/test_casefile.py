"""Case files: what they give, and that a wrong one gets line, field and what was expected, for all that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightlight.domain.people import LinkKind
from nightlight.domain.views import Pooled
from nightlight.review.casefile import CaseFileError, parse_case, read_case
from nightlight.timeline.partial import Partial

CASES = Path(__file__).parents[3] / "cases"
SMALL = """\
case: small
title: "A small case"
fictional: true
sources: ["invented"]
people:
  child: {role: child, born: 2015-03}
  mother: {role: parent, of: [child]}
addresses:
  flat: {}
entries:
  - id: e1
    when: 2017-09
    kind: voice.words
    about: [child]
    agency: education
    attributes: {setting: school}
    words: "I am tired"
    known_to: {police: 2017-11-24}
    source: 0
  - id: e2
    when: {not_before: 2016, not_after: 2017-03}
    until: 2017-06
    kind: housing.residence
    about: [child, mother]
    agency: housing
    attributes: {address: flat, basis: tenancy}
  - when: 2017-11-24T14:40:00+00:00
    kind: concern.raised
    about: [child]
    agency: education
    attributes: {severity: immediate, from_when: 2017, harm: "2017"}
response: [e2]
harm: {when: 2017-11-26, kind: outcome.death}
review:
  recognisable_from: {not_after: 2017-06}
  missed:
    - {when: 2017-11-24, what: "nothing in force"}
"""


def test_a_case_is_read_as_precisely_as_it_was_written_and_no_more():
    case = parse_case(SMALL)
    first, second, third = case.entries
    assert (first.occurred, first.recorded) == (Partial.month(2017, 9), Partial.month(2017, 9))
    assert (second.occurred.isoformat(), second.until) == ("2016..2017-03", Partial.month(2017, 6))
    assert (third.id, third.attributes["from_when"], third.attributes["harm"]) == ("entry-3", "2017", "2017")
    assert (first.words, case.known_to["e1"]["police"]) == ("I am tired", Partial.parse("2017-11-24"))
    assert (case.harm.kind, case.response, case.fictional) == ("outcome.death", ("e2",), True)
    assert case.review.recognisable_from == Partial.parse("..2017-06")
    assert [missed.what for missed in case.review.missed] == ["nothing in force"]


def test_a_case_s_chronology_counts_what_is_imprecise_from_its_last_moment():
    chronology = parse_case(SMALL).chronology("child")
    assert chronology.born == Partial.month(2015, 3)
    assert [(link.kind, link.person) for link in chronology.links] == [(LinkKind.PARENT, "mother")]
    first = next(fact for fact in chronology.facts(Pooled()) if fact.entry.id == "e1")
    assert first.counts_from.isoformat() == "2017-09-30T23:00:00+00:00"
    assert chronology.shared["e1"]["police"].isoformat() == "2017-11-25T00:00:00+00:00"


def test_what_may_be_left_out_may_be_left_out():
    text = SMALL.split("response:")[0].replace("addresses:\n  flat: {}\n", "").replace("address: flat, ", "")
    case = parse_case(text)
    assert (case.harm, case.response, case.addresses) == (None, (), ())


@pytest.mark.parametrize("path", sorted(CASES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_cases_that_come_with_the_project_are_read(path):
    case = read_case(path)
    assert (case.id, case.children) == (path.stem, ("child",))


FIRST_ABOUT = "about: [child]\n    agency: education\n    attributes: {setting"
WRONG = [
    ("case: small", "case: Small Case", 1, "case", "lower-case letters"),
    ("fictional: true", "fictional: yes", 3, "fictional", "true or false"),
    ("role: child,", "role: kid,", 6, "people.child.role", "one of child, parent"),
    ("role: parent, of: [child]", "role: parent", 7, "people.mother.of", "the children this parent is linked to"),
    ("of: [child]", "of: [mother]", 7, "people.mother.of", "only people of this file with role: child"),
    ("born: 2015-03", "born: 2015-13", 6, "people.child.born", "a date that exists"),
    ("  flat: {}", "  child: {}", 6, "people.child", "a name that no address has"),
    ("  flat: {}", "  flat: {postcode: x}", 9, "addresses.flat", "{}: an address has a name and nothing else"),
    ("when: 2017-09", "when: 2017-02-31", 12, "entries[0].when", "a date that exists"),
    ("when: 2017-09", "when: last autumn", 12, "entries[0].when", "a date that exists"),
    ("when: 2017-09", "when: 2017-09-01T10:00:00", 12, "entries[0].when", "a date that exists"),
    ("when: 2017-09", "when: 2016..2017", 12, "entries[0].when", "a date that exists"),
    ("not_after: 2017-03", "not_after: 2015-03", 21, "entries[1].when", "not_before no later than not_after"),
    ("{not_before: 2016, not_after: 2017-03}", "{}", 21, "entries[1].when", "not_before, not_after or both"),
    ("until: 2017-06", "until: 2014", 22, "entries[1].until", "an end that is not before `when`"),
    ("    kind: voice.words\n", "    kind: voice.words\n    until: 2018\n", 14, "entries[0].until", "no end: voice"),
    ("kind: voice.words", "kind: voice.wrods", 13, "entries[0].kind", "a kind of docs/reference/kinds.md"),
    (FIRST_ABOUT, FIRST_ABOUT.replace("child", "kid"),
     14, "entries[0].about[0]", "the name of one of the file's people or addresses"),
    (FIRST_ABOUT, FIRST_ABOUT.replace("child", "flat"),
     14, "entries[0].about[0]", "child, which voice.words is about"),
    (FIRST_ABOUT, FIRST_ABOUT.replace("child", ""),
     14, "entries[0].about", "at least one person or address"),
    ("agency: housing", "agency: council", 25, "entries[1].agency", "one of education, health.gp"),
    ("{setting: school}", "{seting: school}", 16, "entries[0].attributes.seting", "only setting for voice.words"),
    ("basis: tenancy", "basis: squat", 26, "entries[1].attributes.basis", "one of tenancy, temporary"),
    ("address: flat", "address: house", 26, "entries[1].attributes.address", "the name of one of the file's addresses"),
    ("from_when: 2017", "from_when: soon", 31, "entries[2].attributes.from_when", "a date that exists"),
    ("{police: 2017-11-24}", "{polis: 2017-11-24}", 18, "entries[0].known_to.polis", "an agency: one of education"),
    ("{police: 2017-11-24}", "{education: 2017-11}", 18, "entries[0].known_to.education", "another agency than"),
    ("{police: 2017-11-24}", "{police: 2017-08-31}", 18, "entries[0].known_to.police", "a moment that is not before"),
    ("source: 0", "source: 1", 19, "entries[0].source", "the place of one of the 1 sources, from 0"),
    ("id: e2", "id: e1", 20, "entries[1].id", "an id of its own; line 11 has this one already"),
    ("    source: 0\n", "    recorded: 2016\n", 19, "entries[0].recorded", "a moment that is not before `when`"),
    ("    source: 0\n", "    colour: red\n", 19, "entries[0].colour", "no such key here"),
    ("response: [e2]", "response: [e9]", 32, "response[0]", "the id of an entry of this file"),
    ("outcome.death", "health.review", 33, "harm.kind", "one of outcome.death"),
    ("harm: {when: 2017-11-26, ", "harm: {", 33, "harm.when", "a value: it must be given"),
    ("title:", "titel:", 1, "title", "a value: it must be given"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "field", "expected"), WRONG, ids=lambda each: str(each)[:30])
def test_a_wrong_file_gets_line_field_and_what_was_expected(old, new, line, field, expected):
    assert SMALL.count(old) >= 1
    with pytest.raises(CaseFileError) as caught:
        parse_case(SMALL.replace(old, new, 1), "small.yaml")
    found = [m for m in caught.value.mistakes if m.field == field]
    assert [(m.file, m.line, m.expected[: len(expected)]) for m in found] == [("small.yaml", line, expected)]


def test_all_mistakes_are_reported_at_once_in_the_order_of_their_lines():
    text = SMALL
    for old, new in (("role: child,", "role: kid,"), ("2017-09", "2017-02-31"), ("e2\n", "e1\n"), ("[e2]", "[e9]")):
        text = text.replace(old, new, 1)
    with pytest.raises(CaseFileError) as caught:
        parse_case(text, "small.yaml")
    lines = [m.line for m in caught.value.mistakes]
    assert lines == sorted(lines)
    assert {6, 12, 20, 32} <= set(lines)


def test_a_case_without_a_child_is_refused():
    with pytest.raises(CaseFileError, match="at least one person with role: child"):
        parse_case("case: a\ntitle: b\npeople: {m: {role: other}}\nentries: []")


def test_several_children_are_each_a_child_of_the_case():
    case = parse_case(SMALL.replace("  mother:", "  sister: {role: child, born: 2012}\n  mother:"))
    assert case.children == ("child", "sister")
    assert [fact.entry.id for fact in case.chronology("sister").facts(Pooled())] == []


def test_no_mistake_repeats_what_the_file_says():
    with pytest.raises(CaseFileError) as caught:
        parse_case(
            SMALL.replace("2017-09", "Fictional Name").replace("severity: immediate", "severity: Fictional Name")
        )
    assert "Fictional" not in str(caught.value)


def test_a_file_that_is_not_yaml_is_refused_with_its_line(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text(SMALL[:200] + "\n  - [")
    with pytest.raises(CaseFileError, match=r"^broken\.yaml, line \d+: document: expected YAML"):
        read_case(path)
