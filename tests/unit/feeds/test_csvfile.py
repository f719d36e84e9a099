"""Tables in CSV: what is read as a row, what is refused, and what is put right."""

from __future__ import annotations

import io

import pytest

from nightlight.feeds.csvfile import missing_columns, open_table
from nightlight.feeds.records import Rejection, UnreadableFile


def rows(content: bytes, **options):
    """Each row's cells, or (line, code) of a rejection."""
    found = open_table(io.BytesIO(content), **options).rows
    return [(r.position, r.code) if isinstance(r, Rejection) else r.cells for r in found]


@pytest.mark.parametrize(
    ("header", "delimiter"), [(b"a,b;c,d", ","), (b"a;b;c", ";"), (b"a\tb,c\td", "\t"), (b'"a,b";c;d', ";")]
)
def test_delimiter_is_the_headers_most_used(header, delimiter):
    assert open_table(io.BytesIO(header + b"\n")).delimiter == delimiter


def test_delimiter_is_not_guessed_from_the_rows():
    assert rows(b"a,b\n1;2;3;4,5\n") == [["1;2;3;4", "5"]]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_rows_with_any_newline_and_byte_order_mark(newline, bom):
    content = bom + newline.join([b"a,b", b"1,2", b'"x', b'y",3', b""])
    assert rows(content) == [["1", "2"], ["x\ny", "3"]]


def test_last_row_without_a_newline_is_kept():
    assert rows(b"a,b\n1,2") == [["1", "2"]]


def test_blank_rows_are_left_out_and_lines_still_counted():
    assert rows(b"a,b\n\n,,\n1\n") == [("line 4", "columns")]


def test_more_cells_than_columns_are_refused_unless_empty():
    assert rows(b"a,b\n1,2,,\n1,2,3\n") == [["1", "2"], ("line 3", "columns")]


def test_quote_never_closed_loses_its_own_line_only():
    assert rows(b'a,b\n"1,2\n3,4\n5,6\n') == [("line 2", "unclosed_quote"), ["3", "4"], ["5", "6"]]


def test_quote_closed_hundreds_of_kilobytes_later_is_refused():
    content = b'a,b\n"1,2\n' + b"3,4\n" * 50_000 + b'5,"6"\n'
    found = rows(content)
    assert found[0] == ("line 2", "unclosed_quote")
    assert len(found) == 50_002


def test_row_not_utf8_is_refused_alone_even_over_two_lines():
    assert rows(b'a,b\ncaf\xe9,1\n"x\ncaf\xe9",2\n3,4\n') == [
        ("line 2", "not_utf8"),
        ("line 3", "not_utf8"),
        ["3", "4"],
    ]


def test_nul_byte_is_refused():
    assert rows(b"column a,column b\n1,\x002\n3,4\n") == [("line 2", "nul_byte"), ["3", "4"]]


def test_line_too_long_is_refused_and_the_next_is_read():
    assert rows(b"a,b\n" + b"x" * 200 + b",1\n3,4\n", longest=100) == [("line 2", "too_long"), ["3", "4"]]


def test_refused_row_keeps_its_bytes():
    [refused] = open_table(io.BytesIO(b"a,b\nonly\n")).rows
    assert refused.raw == b"only"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"), (b" \n\n", "an empty file"), (b"<?xml version='1.0'?>", "XML"), (b"[1]", "JSON"),
        (b"<!DOCTYPE html><html>", "HTML"), (b"PK\x03\x04", "Excel"), (b"\xff\xfea\x00", "UTF-16"), (b"%PDF-1", "PDF"),
        (b"caf\xe9,b\n1,2\n", "not UTF-8"), (b"a,b\r1,2\r", "carriage return"),
    ],
)  # fmt: skip
def test_file_that_is_not_a_table_is_refused_in_words(content, words):
    with pytest.raises(UnreadableFile, match=words):
        open_table(io.BytesIO(content))


def test_missing_column_is_named_and_those_found_are_listed():
    table = open_table(io.BytesIO(b"UPN,Date,Sesion\n"))
    assert str(missing_columns(table, ["Session"], ["UPN"])) == (
        "no column Session in the header; found UPN, Date, Sesion."
    )


def test_file_without_a_header_has_its_first_child_kept_out_of_the_message():
    table = open_table(io.BytesIO(b"77,Quillfeather,02/09/2024\n"))
    assert "Quillfeather" not in str(missing_columns(table, ["Mark"], ["UPN"]))


def test_wrong_delimiter_is_said():
    table = open_table(io.BytesIO(b"UPN|Date|Mark\n"))
    assert "expected columns separated by commas, semicolons or tabs" in str(missing_columns(table, ["Mark"], ["UPN"]))
