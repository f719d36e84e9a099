"""The command writes, says what it wrote, and refuses with a sentence that says what to do."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from nightlight.cli import sample


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    sample.add_parser(parser.add_subparsers())
    return sample.run(parser.parse_args(["sample", *words]))


def test_sample_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(str(tmp_path / "s"), "--children", "12", "--seed", "4", "--until", "2026-11-23") == 0
    printed = capsys.readouterr().out
    assert "Synthetic: 12 invented children" in printed
    assert "Robin Example-Rook (family-r)" in printed


def test_sample_command_refuses_a_folder_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").touch()
    assert _run(str(tmp_path), "--children", "12") == 2
    assert "Name a new or empty folder" in capsys.readouterr().err


def test_sample_command_writes_columns_beside_files_or_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--parquet", str(tmp_path / "columns"), "--children", "12", "--until", "2026-11-23", "--jobs", "1")
    assert _run(*words) == 0
    assert "Synthetic: 12 invented children" in capsys.readouterr().out
    assert (tmp_path / "columns" / "population.json").is_file()
    assert _run(*words) == 2
    assert "Name a new or empty folder" in capsys.readouterr().err


def test_sample_command_needs_a_folder_of_one_sort(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--children", "12") == 2
    assert "--parquet DIR" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--jobs", "0"], "1 or more"),
        (["--children", "1"], "2 or more"),
        (["--children", "many"], "a whole number"),
        (["--until", "31/12/2025"], "YYYY-MM-DD"),
        (["--years", "9"], "1 to 5"),
    ],
)
def test_sample_command_teaches_its_arguments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], expected: str
) -> None:
    with pytest.raises(SystemExit):
        _run(str(tmp_path / "s"), *words)
    assert expected in capsys.readouterr().err
