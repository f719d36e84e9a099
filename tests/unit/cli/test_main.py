"""The command line's edge: start-up, one-line errors, stable exit codes."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from nightlight.cli import main as cli
from nightlight.cli.serve import PortInUse
from nightlight.config.environment import SettingError
from nightlight.store import cluster_errors


def run_raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    class Module:
        @staticmethod
        def add_parser(subparsers: object) -> None:
            subparsers.add_parser("serve")

        @staticmethod
        def run(args: object) -> int:
            raise error

    monkeypatch.setattr(importlib, "import_module", lambda name: Module)
    return cli.main(["serve"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingError("NIGHTLIGHT_X is not set."), 3),
        (cluster_errors.NoBinaries("No PostgreSQL."), 5),
        (cluster_errors.DiskFull("The disk is full."), 7),
        (PortInUse("port 8000 is in use"), 6),
        (FileNotFoundError(2, "No such file or directory", "there.csv"), 4),
        (OSError(28, "No space left on device"), 7),
        (KeyboardInterrupt(), 130),
    ],
)
def test_known_error_is_one_line_and_its_own_code(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_raising(monkeypatch, error) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("nightlight: ")
    assert said.err.count("\n") == 1


def test_unforeseen_error_shows_its_kind_and_not_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_raising(monkeypatch, ValueError("Ada Example, 999 000 0018")) == 1
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert "Ada" not in said
    assert "999" not in said


def test_database_error_never_quotes_the_statement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.db.utils import OperationalError

    assert run_raising(monkeypatch, OperationalError("near 999 000 0018")) == 5
    said = capsys.readouterr().err
    assert "NIGHTLIGHT_DATABASE_URL" in said
    assert "999 000" not in said


def test_full_disk_inside_a_database_error_is_a_full_disk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import psycopg
    from django.db.utils import OperationalError

    error = OperationalError("could not extend file")
    error.__cause__ = psycopg.errors.DiskFull("could not extend file")
    assert run_raising(monkeypatch, error) == 7
    assert "make room" in capsys.readouterr().err


def test_debug_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTLIGHT_DEBUG", "1")
    with pytest.raises(ValueError, match="where"):
        run_raising(monkeypatch, ValueError("where"))


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "demo" in capsys.readouterr().out


def test_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["dance"])
    assert ended.value.code == 2


@pytest.mark.parametrize("path", sorted(cli.ERRORS))
def test_every_error_in_the_table_exists(path: str) -> None:
    module, _, name = path.rpartition(".")
    kind = getattr(importlib.import_module(module), name)
    assert issubclass(kind, Exception)
    assert cli.outcome_of(kind.__new__(kind)) is not cli.UNEXPECTED


def test_exit_codes_are_distinct() -> None:
    codes = [outcome.code for outcome in cli.OUTCOMES]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_help_in_the_table_is_the_commands_own(name: str) -> None:
    parser = cli.full_parser()
    shown = next(action for action in parser._actions if action.dest == "command")
    helps = {choice.dest: choice.help for choice in shown._choices_actions}
    assert helps[name] == cli.COMMANDS[name][1]


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom nightlight.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('django', 'psycopg', 'rich', 'yaml', 'msgspec', 'holidays') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "[]"
