"""What was sent beyond what is shown has a name in plain words, also where it came as a line of a table."""

from __future__ import annotations

import pytest

from nightlight.domain.subject_raw import beyond, plain_name


def test_each_cell_has_its_columns_name_in_plain_words() -> None:
    assert beyond(b'{"DOB": "2 May 2017", "pers_cat": "CIN"}', []) == (
        ("date of birth", "2 May 2017"), ("person category", "CIN"),
    )  # fmt: skip


def test_line_that_was_kept_without_names_is_told_cell_by_cell() -> None:
    found = beyond(b'77,"Robin, the younger",LNCH', ["77"])
    assert found == (
        ("column 2 of the line as it was sent", "Robin, the younger"), ("column 3 of the line as it was sent", "LNCH"),
    )  # fmt: skip


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_line_of_another_delimiter_is_one_too(delimiter: str) -> None:
    assert [label for label, _ in beyond(delimiter.join("abc").encode(), [])] == [
        f"column {place} of the line as it was sent" for place in (1, 2, 3)
    ]


@pytest.mark.parametrize("text", ["He said so, twice", "a,b\nc,d", 'a,"b"c",d'])
def test_any_other_text_is_told_whole(text: str) -> None:
    assert beyond(text.encode(), []) == (("as it was sent", text),)


def test_name_that_is_written_in_capitals_and_unknown_stays() -> None:
    assert plain_name("CAMHS lead") == "CAMHS lead"
