"""A large file is read in a process of its own, and gives what reading it here gives."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nightlight.feeds import ahead
from nightlight.feeds.records import FeedContext, UnreadableFile

CONTEXT = FeedContext(
    agency="education",
    organisation="s1",
    system="sims:s1",
    now=datetime(2026, 11, 23, 9, tzinfo=UTC),
    file_name="r.csv",
)


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "r.csv"
    rows = [
        f"{pupil},,Name{pupil},Given{pupil},01/02/2014,0{day}/09/2026,AM,/" for pupil in range(90) for day in (1, 2)
    ]
    path.write_text("Student ID,UPN,Surname,Forename,DOB,Date,Session,Mark\n" + "\n".join([*rows, "bad"]) + "\n")
    return path


def read(*paths: Path) -> list[ahead.Read]:
    return list(ahead.read_files([ahead.Wanted("school-register", path, CONTEXT) for path in paths]))


def test_read_elsewhere_gives_what_is_read_here(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = read(register)
    monkeypatch.setattr(ahead, "WORTH_IT", 0)
    assert read(register) == here
    assert [each.item is None for each in here] == [False] * 91 + [True]


def test_several_files_are_read_in_order_and_one_that_cannot_be_stops_no_other(
    register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"\x00\x01\x02")
    here = read(bad, register)
    monkeypatch.setattr(ahead, "WORTH_IT", 0)
    elsewhere = read(bad, register)
    assert [each.file for each in elsewhere] == [each.file for each in here] == [0, 0] + [1] * 92
    assert isinstance(here[0].item, UnreadableFile)
    assert elsewhere[1:] == here[1:]


def test_unreadable_file_says_why_from_either_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(b"\x00\x01\x02")
    here = read(path)
    monkeypatch.setattr(ahead, "WORTH_IT", 0)
    elsewhere = read(path)
    assert [str(each.item) for each in elsewhere] == [str(each.item) for each in here]
    assert isinstance(elsewhere[0].item, UnreadableFile)


def test_reader_that_died_is_named_and_what_it_gave_stands(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "WORTH_IT", 0)
    started = subprocess.Popen

    def dies(_command: list[str], **streams: Any) -> Any:
        return started(["false"], **streams)

    monkeypatch.setattr(ahead.subprocess, "Popen", dies)
    with pytest.raises(ahead.ReaderDied, match=r"r\.csv: its reader stopped"):
        read(register)


def test_rest_of_a_file_that_nobody_wants_leaves_no_process(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "WORTH_IT", 0)
    found = ahead.read_files([ahead.Wanted("school-register", register, CONTEXT)])
    next(found)
    found.close()  # type: ignore[attr-defined]
    with pytest.raises(StopIteration):
        next(found)
