"""`nightlight ingest` as an agency's technician meets it: what was kept, what was refused and why, and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nightlight.cli.main import main

HEADER = "Student ID,UPN,Surname,Forename,DOB,Date,Session,Mark\n"
GOOD = "1,,Fictional,Test,01/02/2014,01/09/2026,AM,/\n"


def register(folder: Path, *rows: str) -> str:
    path = folder / "register.csv"
    path.write_text(HEADER + "".join(rows))
    return str(path)


@pytest.mark.django_db
def test_json_tells_counts_and_the_first_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = register(tmp_path, GOOD, "2,,Fictional,Other,01/02/2014,31/02/2026,AM,/\n")
    assert main(["ingest", "school-register", path, "--organisation", "s1", "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert (report["accepted"], report["refused"], report["entries"]) == (1, 1, 1)
    assert report["first_refusals"] == ["line 3: Date: expected a date that exists, as DD/MM/YYYY or YYYY-MM-DD"]


@pytest.mark.django_db
def test_second_time_says_held_already(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = register(tmp_path, GOOD)
    for _ in range(2):
        assert main(["ingest", "school-register", path]) == 0
    assert "0 records accepted, 1 held already" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l "l">]><a>&l;</a>', "looks like XML"),
        (b"\xff\xfe\x00bad", "UTF-16"),
        (b"", "empty"),
        (b"one,two\n1,2\n", "Student ID"),
    ],
)
def test_file_that_can_not_be_read_is_named_with_what_was_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(content)
    assert main(["ingest", "school-register", str(path)]) == 4
    said = capsys.readouterr().out
    assert "register.csv: could not be read" in said
    assert words.lower() in said.lower()


@pytest.mark.django_db
def test_nothing_a_record_says_reaches_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = register(tmp_path, "7,Q999,Secretname,Hidden,01/02/2014,99/99/2026,AM,ZZZ\n")
    main(["ingest", "school-register", path])
    captured = capsys.readouterr()
    assert not any(word in captured.out + captured.err for word in ("Secretname", "Hidden", "Q999", "ZZZ", "99/99"))


def test_database_without_tables_says_which_command_makes_them(cluster: Any, tmp_path: Path) -> None:
    cluster.create_database("empty")
    try:
        path = register(tmp_path, GOOD)
        refused = _nightlight(cluster.url("empty"), "ingest", "school-register", path)
        assert refused.returncode == 5
        assert "nightlight migrate" in refused.stderr
        assert _nightlight(cluster.url("empty"), "migrate").returncode == 0
        assert _nightlight(cluster.url("empty"), "ingest", "school-register", path).returncode == 0
    finally:
        cluster.drop_database("empty")


def _nightlight(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("nightlight")
    env = {**os.environ, "NIGHTLIGHT_DATABASE_URL": url}
    return subprocess.run([program, *words], env=env, capture_output=True, text=True, check=False)
