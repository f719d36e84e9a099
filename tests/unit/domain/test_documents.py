"""YAML read with its lines: what is refused, where, and that no value is ever repeated."""

from __future__ import annotations

import pickle

import pytest

from nightlight.domain.documents import Document, DocumentError


def mistakes_of(text):
    with pytest.raises(DocumentError) as caught:
        Document.parse(text, "f.yaml")
    return [(m.line, m.expected) for m in caught.value.mistakes]


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("a: 1\nb: [", 3, "YAML (did not find expected node content)"),
        ("a: &x 1\nb: 2", 1, "no anchors or aliases (& and *): write the value out"),
        ("a: 1\nb: *x", 2, "no anchors or aliases (& and *): write the value out"),
        ("- 1\n- 2", 1, "a mapping (key: value) at the top"),
        ("a: 1\n---\nb: 2", 3, "one document in a file (a single ---)"),
        ("? [a]\n: b", 1, "a plain name as key"),
        ("a: " + "[" * 5000, 1, "at most 12 levels of nesting"),
        ("a: 1\nb: \x01", 2, "YAML (a character that may not appear in text)"),
    ],
)
def test_document_that_is_no_document_of_ours_is_refused(text, line, expected):
    assert mistakes_of(text) == [(line, expected)]


def test_a_key_given_twice_is_a_mistake_and_the_first_stays():
    document = Document.parse("a: 1\na: 2", "f.yaml")
    assert [str(m) for m in document.mistakes] == [
        "f.yaml, line 2: a: expected each key once; this one was given above"
    ]
    assert document.words(document.root, "a") == "1"


def test_a_tag_is_a_mistake_and_constructs_nothing():
    document = Document.parse("a: !!python/object/apply:os.getcwd []", "f.yaml")
    assert [m.line for m in document.mistakes] == [1]


def test_values_are_text_numbers_or_booleans_and_never_dates_or_octals():
    document = Document.parse("{a: 2017-11, b: 2017-11-24, c: 010, d: 1.5, e: true, f: 'true', g: yes, h: ~}", "f")
    expected = {"a": "2017-11", "b": "2017-11-24", "c": 10, "d": 1.5, "e": True, "f": "true", "g": "yes", "h": None}
    assert document.root.value() == expected


def test_an_unknown_key_and_a_missing_one_are_both_named():
    document = Document.parse("one: 1\ntow: 2", "f.yaml")
    document.only(document.root, {"one": True, "two": True})
    assert [str(m) for m in document.mistakes] == [
        "f.yaml, line 2: tow: expected no such key here; the keys are one, two",
        "f.yaml, line 1: two: expected a value: it must be given",
    ]


def test_a_mistake_never_repeats_what_was_written():
    document = Document.parse("severity: Fictional Child said so\nFictional Child: 1", "f.yaml")
    document.one_of(document.root, "severity", ("note", "concern"))
    document.only(document.root, {"severity": True})
    assert len(document.mistakes) == 2
    assert "Fictional" not in " ".join(map(str, document.mistakes))


def test_a_file_that_is_not_utf8_names_the_line(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(DocumentError, match=r"f\.yaml, line 2: document: expected text in UTF-8"):
        Document.read(path)


def test_a_file_that_is_missing_says_so_without_its_folder(tmp_path):
    with pytest.raises(DocumentError, match=r"^f\.yaml, line 1: document: expected a file that can be read"):
        Document.read(tmp_path / "f.yaml")


def test_an_error_survives_being_sent_between_processes():
    error = DocumentError(Document.parse("a: 1\na: 2", "f.yaml").mistakes)
    assert pickle.loads(pickle.dumps(error)).mistakes == error.mistakes


@pytest.mark.parametrize(
    ("read", "expected"),
    [("whole", "a whole number"), ("yes", "true or false"), ("words", "text")],
)
def test_a_value_of_another_sort_is_refused_and_the_default_is_used(read, expected):
    document = Document.parse("a: [1]", "f.yaml")
    getattr(document, read)(document.root, "a")
    assert [m.expected for m in document.mistakes] == [expected]
