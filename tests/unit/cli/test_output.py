"""Progress for people at a terminal, one line for a log, nothing when told to be quiet."""

from __future__ import annotations

import pytest

from nightlight.cli.output import progress_bar


def test_progress_away_from_a_terminal_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("Reading") as progress:
        progress(1, 2)
        progress(2, 2)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "Reading: done\n")


def test_quiet_progress_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("Reading", quiet=True) as progress:
        progress(1, 2)
    assert capsys.readouterr() == ("", "")


def test_failed_work_is_not_called_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), progress_bar("Reading"):
        raise ValueError("broken")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("total", [0, 200])
def test_progress_at_a_terminal_is_a_bar(
    total: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bar("Reading [a file]", counts="children") as progress:
        progress(50, total)
        progress(200, total)
    said = capsys.readouterr()
    assert "Reading [a file]" in said.err
    assert "200/200" in said.err
    assert said.out == ""
