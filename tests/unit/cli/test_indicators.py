"""`nightlight indicators`: list, show, check, diff; the answer on standard output, what is wrong in one line."""

from __future__ import annotations

import json

import pytest

from nightlight.cli.main import main
from nightlight.indicators.catalogue import CATALOGUE

FILE = '''
from nightlight.indicators.author import *

@draft("{code}", "Missing", cases=Cases(
    at="2024-06-01",
    fires="a | 2024-05-01 | police.missing | until=2024-05-02",
    nearly="a | 2023-05-01 | police.missing | until=2023-05-02",
    does_not="a | 2024-05-01 | voice.words | setting=school",
))
def missing():
    """Missing once in twelve months."""
    return entries("police.missing").in_last({window}) >= 1
'''


@pytest.fixture
def file(tmp_path):
    def write(code="local.missing", window="months(12)", name="mine.py"):
        path = tmp_path / name
        path.write_text(FILE.format(code=code, window=window))
        return str(path)

    return write


def said(capsys, *words):
    code = main(["indicators", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_list_has_every_rule_with_level_provenance_and_of_whom_it_speaks(capsys):
    code, out, _ = said(capsys, "list")
    head, *lines = out.splitlines()
    assert code == 0
    assert head.split() == ["CODE", "LEVEL", "NUMBERS", "SPEAKS", "OF", "TITLE"]
    for each, line in zip(CATALOGUE.values(), lines, strict=True):
        assert line.split()[:4] == [each.code, each.level, each.provenance.value, each.speaks_of.value]


def test_list_as_json_has_the_hashes(capsys):
    _, out, _ = said(capsys, "list", "--json")
    assert {each["code"]: each["rule"] for each in json.loads(out)} == {c: e.rule for c, e in CATALOGUE.items()}


def test_list_of_a_file(capsys, file):
    _, out, _ = said(capsys, "list", "--file", file())
    assert out.splitlines()[1].split()[:2] == ["local.missing", "note"]


@pytest.mark.parametrize("code", CATALOGUE)
def test_show_has_sentence_source_expression_and_hash(capsys, code):
    done, out, _ = said(capsys, "show", code)
    each = CATALOGUE[code]
    assert done == 0
    for words in (
        each.meaning,
        each.sources[0].document,
        each.rule,
        each.provenance.words,
        *each.ask_next,
        each.caveat,
    ):
        assert words in out


def test_show_has_earlier_versions_and_shows_one_by_its_hash(capsys):
    _, out, _ = said(capsys, "show", "process.not_seen_alone")
    earlier = next(line for line in out.splitlines() if line.startswith("Earlier"))
    rule = earlier.split()[1].rstrip(",")
    _, old, _ = said(capsys, "show", rule)
    assert "process.not_seen_alone, in force from 2026-11-01" in old
    assert rule in old
    assert ".unless(" in old


def test_show_of_a_file(capsys, file):
    _, out, _ = said(capsys, "show", "local.missing", "--file", file())
    assert 'entries("police.missing").in_last(months(12)) >= 1' in out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["show", "place.mising"], "Did you mean place.missing"),
        (["show", "missing"], "There is no indicator 'missing'. Did you mean place.missing"),
        (["show", "0123456789abcdef"], "No version has the hash"),
        (["diff", "shipped@yesterday", "shipped"], "Write shipped@2026-11-01"),
        (["check", "not_there.py"], "not_there.py is not there"),
        (["show", "dentist.py"], "Give a code, and the file by --file dentist.py"),
        (["show", "zz.qqqq"], "docs/reference/indicators.md lists them. One of your own is in its file: add --file"),
    ],
)
def test_refused_in_one_line(capsys, words, line):
    code, out, err = said(capsys, *words)
    assert code == 4
    assert out == ""
    assert line in err
    assert err.startswith("nightlight: ")


def test_show_refuses_a_code_that_the_file_lacks(capsys, file):
    code, _, err = said(capsys, "show", "nothing", "--file", file())
    assert code == 4
    assert "There is no indicator 'nothing'" in err


def test_check_of_a_good_file(capsys, file):
    code, out, _ = said(capsys, "check", file())
    assert code == 0
    assert out.splitlines()[-1] == "all right"
    assert len(out.splitlines()) == 5


def test_check_of_a_wrong_file(capsys, file):
    code, out, _ = said(capsys, "check", file(window="days(7)"))
    assert code == 4
    assert out.splitlines()[0].startswith("WRONG  local.missing  fires  expected that it holds on 2024-06-01")
    assert out.splitlines()[-1] == "1 wrong"


def test_diff_of_two_files(capsys, file):
    _, out, _ = said(capsys, "diff", file(), file(window="months(6)", name="new.py"))
    assert out.splitlines()[:3] == [
        "changed: local.missing", "  numbers, now too: 6 months", "  numbers, no longer: 12 months",
    ]  # fmt: skip


def test_diff_of_a_file_and_ours_is_about_its_own_rules(capsys, file):
    mine = file(code="place.missing")
    _, out, _ = said(capsys, "diff", "shipped", mine)
    assert [line for line in out.splitlines() if not line.startswith(" ")] == ["changed: place.missing"]
    _, out, _ = said(capsys, "diff", mine, "shipped")
    assert [line for line in out.splitlines() if not line.startswith(" ")] == ["changed: place.missing"]
    _, out, _ = said(capsys, "diff", "shipped", file())
    assert out.splitlines() == ["new: local.missing", "  note: Missing once in twelve months."]
    assert said(capsys, "diff", "catalogue", file())[1] == out


def test_diff_of_ours_on_a_day_and_now(capsys):
    _, out, _ = said(capsys, "diff", "shipped@2026-11-01", "shipped")
    heads = [line for line in out.splitlines() if not line.startswith(" ")]
    assert "new: place.missing" in heads
    assert "changed: process.not_seen_alone" in heads
    assert said(capsys, "diff", "shipped", "shipped")[1] == "no difference\n"
