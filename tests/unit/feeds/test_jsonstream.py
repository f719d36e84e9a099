"""JSON as a stream: where it is cut, what is refused, and that it doesn't matter how the bytes arrive."""

from __future__ import annotations

import io

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightlight.feeds.jsonstream import items
from nightlight.feeds.records import Rejection, UnreadableFile


class InPieces(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content, self._size = content, size

    def read(self, size: int = -1) -> bytes:
        piece, self._content = self._content[: self._size], self._content[self._size :]
        return piece


def cut(content: bytes, **options):
    """Each element's value, or (position, code) of a rejection."""
    found = items(io.BytesIO(content), **options)
    return [(item.position, item.code) if isinstance(item, Rejection) else item.value for item in found]


def test_list_is_cut_into_its_elements():
    assert cut(b'[{"a": "]}\\""}, 2, "x,y", [3, [4]], null]') == [{"a": ']}"'}, 2, "x,y", [3, [4]], None]


def test_lines_are_documents_and_a_broken_one_is_refused_alone():
    assert cut(b'{"a":1}\n{"b":\n\n{"c":3}\n') == [{"a": 1}, ("line 2", "not_json"), {"c": 3}]


def test_broken_first_line_does_not_take_the_rest_with_it():
    assert cut(b'{"a":\n{"b":2}\n') == [("line 1", "not_json"), {"b": 2}]


def test_documents_laid_out_over_lines_follow_one_another():
    assert cut(b'{\n  "a": 1\n}\n{\n  "b": 2\n}\n') == [{"a": 1}, {"b": 2}]


def test_member_is_streamed_and_the_document_comes_last():
    content = b'{"x": {"entry": [9]}, "entry" : [{"i": 1}, {"i": 2}], "y": "\\"entry\\": ["}'
    found = list(items(io.BytesIO(content), member="entry"))
    assert [item.value for item in found] == [{"i": 1}, {"i": 2}, {"x": {"entry": [9]}, "entry": [], "y": '"entry": ['}]
    assert [item.envelope for item in found] == [False, False, True]


def test_document_without_the_member_is_given_whole():
    [only] = items(io.BytesIO(b'{"resourceType": "Patient"}'), member="entry")
    assert only.envelope
    assert only.value == {"resourceType": "Patient"}


def test_truncated_list_keeps_what_came_before():
    assert cut(b'[{"a":1},{"b":') == [{"a": 1}, ("entry 2", "truncated")]
    assert cut(b'{"entry":[{"a":1}', member="entry") == [{"a": 1}, ("entry 2", "truncated")]
    assert cut(b'{"a": "b\\') == [("document 1", "truncated")]


def test_element_too_long_is_refused_and_the_next_is_read():
    content = b'[{"a":1},{"b":"' + b"x" * 500 + b'"},{"c":3}]'
    assert cut(content, longest=100) == [{"a": 1}, ("entry 2", "too_long"), {"c": 3}]


def test_nul_character_is_refused_and_its_escaped_spelling_is_not():
    assert cut(b'[{"a":"\\u0000"},{"a":"\\\\u0000"}]') == [("entry 1", "nul_byte"), {"a": "\\u0000"}]


def test_million_brackets_are_one_refusal():
    assert cut(b"[" * 1_000_000) == [("entry 1", "truncated")]
    assert cut(b"[" * 100_000 + b"]" * 100_000) == [("entry 1", "not_json")]


@pytest.mark.parametrize("content", [b"", b"UPN,Mark\n", b"<Bundle/>", b"\x1f\x8bzip"])
def test_other_than_json_is_refused_in_words(content):
    with pytest.raises(UnreadableFile, match="expected JSON"):
        cut(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(values=st.lists(JSON, max_size=6), size=st.integers(1, 30))
def test_any_list_in_any_pieces_is_cut_as_it_decodes(values, size):
    content = orjson.dumps(values)
    if b"\\u0000" in content:
        return
    assert [item.value for item in items(InPieces(content, size))] == values


@given(values=st.lists(JSON, max_size=6), size=st.integers(1, 30), around=st.dictionaries(st.text(max_size=4), JSON))
def test_any_member_in_any_pieces_is_cut_as_it_decodes(values, size, around):
    document = {**around, "entry": values}
    content = orjson.dumps(document)
    if b"\\u0000" in content:
        return
    *found, envelope = items(InPieces(content, size), member="entry")
    assert [item.value for item in found] == values
    assert envelope.value == {**around, "entry": []}
