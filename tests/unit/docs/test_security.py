"""SECURITY.md promises nothing that no code keeps and no test checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
PROMISES = re.findall(r"^(\d+)\. (.+)\n   Code: (.+)\.\n   Test: (.+)\.$", TEXT, re.M)


def test_promises_are_numbered_in_order() -> None:
    assert [int(number) for number, *_ in PROMISES] == list(range(1, len(PROMISES) + 1))
    assert len(PROMISES) >= 30
    assert len(PROMISES) == len(re.findall(r"^\d+\. ", TEXT, re.M))


@pytest.mark.parametrize(("number", "what", "code", "tests"), PROMISES)
def test_what_a_promise_names_is_there(number: str, what: str, code: str, tests: str) -> None:
    files = re.findall(r"`([^`]+)`", code)
    named = re.findall(r"`([^`]+)`", tests)
    assert files
    assert named
    for each in files:
        assert (ROOT / each).exists(), f"promise {number}: there is no {each}"
    for each in named:
        file, _, test = each.partition("::")
        assert (ROOT / file).is_file(), f"promise {number}: there is no {file}"
        assert not test or f"def {test}(" in (ROOT / file).read_text("utf-8"), f"promise {number}: no {test} in {file}"
