"""The audit of packages never passes what it could not ask about."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOOL = Path(__file__).parents[3] / "tools" / "audit.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["audit_tool"] = made
    spec.loader.exec_module(made)
    return made


PACKAGES = [("one", "1.0"), ("two", "2.0")]
SKIPPED = {"name": "one", "skip_reason": "Dependency not found"}


def _told(tool: ModuleType, report: dict[str, Any], index: dict[str, Any]) -> tuple[int, str]:
    def ask(name: str) -> Any:
        if name not in index:
            raise OSError
        return index[name]

    found = [one if one.holes is not None else tool.of_index(one, ask) for one in tool.of_service(report, PACKAGES)]
    number, said = tool.verdict(found)
    return number, "\n".join(said)


def _newest(version: str, *holes: str) -> dict[str, Any]:
    return {"info": {"version": version}, "vulnerabilities": [{"id": hole} for hole in holes]}


def test_every_package_that_was_asked_about_and_has_none_passes(tool: ModuleType) -> None:
    report = {"dependencies": [{"name": name, "version": v, "vulns": []} for name, v in PACKAGES]}
    assert _told(tool, report, {}) == (0, "2 of 2 packages were asked about, 0 with a known hole.")


def test_what_was_skipped_does_not_pass(tool: ModuleType) -> None:
    number, said = _told(tool, {"dependencies": [SKIPPED, {"name": "two", "version": "2.0", "vulns": []}]}, {})
    assert number == tool.NOT_ASKED
    assert "NOTHING IS KNOWN of 1: one 1.0." in said


def test_a_service_that_answers_nothing_passes_nothing(tool: ModuleType) -> None:
    assert _told(tool, {}, {})[0] == tool.NOT_ASKED


@pytest.mark.parametrize(
    "held", [_newest("1.1"), {"info": {"version": "1.0"}}, {"info": {"version": "1.0"}, "vulnerabilities": None}, {}]
)
def test_an_index_that_speaks_of_another_version_or_of_no_holes_at_all_says_nothing(
    tool: ModuleType, held: dict[str, Any]
) -> None:
    assert _told(tool, {}, {"one": held, "two": _newest("2.0")})[0] == tool.NOT_ASKED


def test_the_index_is_believed_of_the_version_that_is_locked(tool: ModuleType) -> None:
    assert _told(tool, {}, {"one": _newest("1.0"), "two": _newest("2.0")})[0] == 0


@pytest.mark.parametrize("by", ["service", "index"])
def test_a_known_hole_is_named_whatever_else_was_not_asked(tool: ModuleType, by: str) -> None:
    report = {"dependencies": [{"name": "one", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}]}
    told = _told(tool, report, {}) if by == "service" else _told(tool, {}, {"one": _newest("1.0", "PYSEC-1")})
    assert told[0] == tool.HOLE
    assert "one 1.0: PYSEC-1" in told[1]


def test_every_line_of_the_lock_is_found(tool: ModuleType) -> None:
    text = tool.LOCK.read_text("utf-8")
    assert len(tool.locked(text)) == sum("==" in line and not line.startswith((" ", "#")) for line in text.splitlines())
