"""A rule in a file of one's own: loaded, checked on its cases, refused in words that say what to do."""

from __future__ import annotations

import re

import pytest

from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.files import FileError, check, load_file
from nightlight.indicators.language import LanguageError

START = "from nightlight.indicators.author import *\n"
RULE = '''
@draft("local.dentist", "Dentist", cases=Cases(
    at="2024-06-01",
    fires="a | 2024-05-01 | health.appointment | result=not_brought",
    nearly="{nearly}",
    does_not="a | 2024-05-01 | health.appointment | result=attended",
))
def dentist():
    """Not brought once in twelve months."""
    return entries("health.appointment", result="not_brought").in_last(months(12)) >= 1
'''
NEARLY = "a | 2023-05-01 | health.appointment | result=not_brought"
GOOD = START + RULE.format(nearly=NEARLY)


@pytest.fixture
def written(tmp_path):
    def write(text, name="mine.py"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_file_gives_its_rules_in_order(written):
    second = RULE.format(nearly=NEARLY).replace("local.dentist", "local.other").replace("def dentist", "def other")
    rules = load_file(written(GOOD + second))
    assert [each.code for each in rules] == ["local.dentist", "local.other"]
    assert rules[0].provenance.words == "threshold chosen locally"
    assert [str(each.value) for each in rules[0].parameters] == ["1", "12 months"]


def test_rule_of_a_file_has_the_hash_of_its_meaning(written):
    (one,) = load_file(written(GOOD))
    (two,) = load_file(written(GOOD.replace("Not brought once", "Missed one")))
    (three,) = load_file(written(GOOD.replace(">= 1", ">= 2")))
    assert one.rule == two.rule != three.rule


def test_good_rule_is_right_in_every_way(written):
    (rule,) = load_file(written(GOOD))
    assert [(each.what, each.right) for each in check(rule)] == [
        ("fires", True), ("nearly", True), ("does not", True), ("guardrails", True)]  # fmt: skip


def test_wrong_case_says_when_it_holds(written):
    (rule,) = load_file(written(START + RULE.format(nearly=NEARLY.replace("2023-05", "2024-04"))))
    (wrong,) = [each for each in check(rule) if not each.right]
    assert wrong.what == "nearly"
    assert "expected that it does not hold on 2024-06-01, but it holds over Spans(2024-04-01" in wrong.words


def test_rule_that_never_holds_is_said_to(written):
    (rule,) = load_file(written(GOOD.replace(">= 1", ">= 2")))
    assert [each.words for each in check(rule) if not each.right] == [
        "expected that it holds on 2024-06-01, but it never holds."
    ]


@pytest.mark.parametrize(
    ("nearly", "words"),
    [("a | 2023-05-01", "no line of a case"), ("a | someday | voice.words |", "no moment of a case"),
     ("a | 2023-05-01 | voice.word |", "Did you mean voice.words"),
     ("a | 2023-05-01 | voice.words | why", "no line of a case")],
)  # fmt: skip
def test_case_that_cannot_be_read_is_a_finding(written, nearly, words):
    (rule,) = load_file(written(START + RULE.format(nearly=nearly)))
    (wrong,) = [each for each in check(rule) if not each.right]
    assert words in wrong.words


REFUSED = {
    "nothing in it": ("x = 1\n", "defines no indicator"),
    "no Python": ("def (:\n", r"mine\.py, line 1: this is not Python"),
    "a wrong word": (
        GOOD.replace('"not_brought").in', '"not_brougth").in'), r"mine\.py, line 11: [^\n]*\n  Did you mean not_brought"
    ),
    "no condition": (GOOD.replace(" >= 1", ""), "gives Amount, not a condition"),
    "no start": (RULE.format(nearly=NEARLY), r"line 2: name .draft. is not defined.*author import \*"),
    "no such word": (GOOD.replace("entries(", "entry("), r"line 11: There is no word .entry.. Did you mean entries"),
    "no such level": (GOOD.replace('"Dentist", ', '"Dentist", level="urgent", '), "its level is missing"),
    "one code twice": (GOOD + RULE.format(nearly=NEARLY).replace("def dentist", "def other"), "local.dentist twice"),
    "no sentence": (GOOD.replace('"""Not brought once in twelve months."""', ""), "its meaning is missing"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_in_words(written, text, words):
    with pytest.raises(FileError, match=words) as caught:
        load_file(written(text))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(("name", "words"), [("mine.txt", "is no Python file"), ("not_there.py", "is not there")])
def test_what_is_no_file_of_python_is_refused(written, tmp_path, name, words):
    written(GOOD, "mine.txt")
    with pytest.raises(FileError, match=words):
        load_file(tmp_path / name)


def test_shipped_rule_has_its_cases_among_the_tests():
    assert [each.what for each in check(CATALOGUE["place.missing"]) if not each.right] == ["cases"]


def test_holds_uses_a_shipped_rule_by_its_code(written):
    (rule,) = load_file(written(GOOD.replace("return ", 'return holds("place.missing") & (').replace(">= 1", ">= 1)")))
    assert "police.missing" in rule.kinds


def test_holds_refuses_an_unknown_code():
    from nightlight.indicators.author import holds

    with pytest.raises(LanguageError, match=r"Did you mean place\.missing"):
        holds("place.mising")


def test_numbers_of_a_draft_are_all_its_own(written):
    condition = 'entries("police.incident", dash=at_least(14)).in_last(weeks(6)) >= 2) & (age() < years(3)'
    text = GOOD.replace(
        'entries("health.appointment", result="not_brought").in_last(months(12)) >= 1', f"({condition})"
    )
    (rule,) = load_file(written(text))
    assert {str(each.value) for each in rule.parameters} == {"14", "6 weeks", "2", "3 years"}
    assert [each.right for each in check(rule) if each.what == "guardrails"] == [True]


MISUSED = {
    "a word that is not there": (
        "from nightlight.indicators.author import entry\n", "line 1: There is no word 'entry'. Did you mean entries?"
    ),
    "a method that is not there": (GOOD.replace("in_last", "inlast"), "no .inlast. Did you mean in_last"),
    "what a draft does not take": (
        GOOD.replace("cases=Cases", "owner=1, cases=Cases"), "takes no owner=. Did you mean owner_role?"
    ),
    "what cases do not take": (GOOD.replace("does_not=", "doesnt="), "takes no doesnt=. Did you mean does_not?"),
    "cases that lack one": (GOOD.replace("does_not=", "born="), "Cases(...) missing 1 required"),
    "another file's words": ("import json\njson.dumpz(1)\n", "line 2: AttributeError: module 'json'"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), MISUSED.values(), ids=MISUSED)
def test_word_that_is_misused_is_named_with_what_is_near(written, text, words):
    with pytest.raises(FileError, match=re.escape(words)):
        load_file(written(text))


def test_case_without_an_entry_or_of_no_kind_is_wrong(written):
    (rule,) = load_file(written(START + RULE.format(nearly="")))
    (wrong,) = [each for each in check(rule) if not each.right]
    assert (wrong.what, wrong.words[:12]) == ("nearly", "It has no en")
    (rule,) = load_file(written(START + RULE.format(nearly=NEARLY.replace("appointment", "apointment"))))
    (wrong,) = [each for each in check(rule) if not each.right]
    assert "no kind 'health.apointment'. Did you mean health.appointment" in wrong.words
