"""The environment's maker: what it says when it can't, and that a half-made environment never counts as made."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment", ROOT / "tools" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    place = tmp_path / ".venv"
    monkeypatch.setattr(module, "ENVIRONMENT", place)
    monkeypatch.setattr(module, "STAMP", place / "nightlight.json")
    monkeypatch.setattr(module, "PYTHON", place / "bin" / "python")
    monkeypatch.setattr(module, "UV", place / "bin" / "uv")
    monkeypatch.setattr(module, "_pip_settings", dict)
    module.commands = []
    module.failing = ""
    monkeypatch.setattr(module, "_runs", lambda command, quietly=False: pretend(module, command))
    return module


def pretend(module: ModuleType, command: list[str]) -> bool:
    module.commands.append(command)
    if "venv" in command:
        module.PYTHON.parent.mkdir(parents=True)
        module.PYTHON.touch()
    if str(module.UV_LOCK) in command:
        module.UV.touch()
    return not module.failing or not any(module.failing in word for word in command)


def test_made_environment_is_not_made_again(maker: ModuleType) -> None:
    assert maker.main("runtime") == 0
    made = len(maker.commands)
    assert [Path(command[0]).name for command in maker.commands[1:]] == [Path(sys.executable).name, "uv", "uv"]
    assert maker.main("runtime") == 0
    assert len(maker.commands) == made


def test_development_environment_serves_to_run_the_program(maker: ModuleType) -> None:
    maker.main("dev")
    made = len(maker.commands)
    assert maker.main("runtime") == 0
    assert len(maker.commands) == made


def test_changed_lock_is_installed_into_the_same_environment(maker: ModuleType, tmp_path: Path) -> None:
    maker.main("runtime")
    other = tmp_path / "requirements.lock"
    other.write_text("changed")
    maker.LOCKS["runtime"] = other
    maker.commands.clear()
    assert maker.main("runtime") == 0
    assert not any("venv" in command for command in maker.commands)
    assert any(str(other) in command for command in maker.commands)


def test_environment_whose_packages_failed_is_made_again(maker: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    maker.failing = "--require-hashes"
    assert maker.main("runtime") == 1
    assert "Run the same command again" in capsys.readouterr().err
    maker.failing = ""
    assert maker.main("runtime") == 0
    assert "unfinished" in capsys.readouterr().err


def test_packages_that_uv_cannot_install_pip_does(maker: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    maker.failing = "bin/uv"
    assert maker.main("runtime") == 0
    assert "Trying with pip" in capsys.readouterr().err
    assert Path(maker.commands[-1][0]).name == "python"


def test_a_python_without_a_pip_of_its_own_makes_one(maker: ModuleType) -> None:
    maker.failing = "--python"
    maker.main("runtime")
    assert any("ensurepip" in command for command in maker.commands)


def test_uv_looks_where_pip_is_told_to(maker: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"index-url": "https://one.example/simple", "find-links": "/wheels /more"}
    monkeypatch.setattr(maker, "_pip_settings", lambda: told)
    options = maker._as_pip_is_told()
    assert options[2:] == [
        "--index-url",
        "https://one.example/simple",
        "--find-links",
        "/wheels",
        "--find-links",
        "/more",
    ]


def test_pip_is_asked_once_where_it_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("environment", ROOT / "tools" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    asked = []
    listed = SimpleNamespace(stdout=b"global.index-url='https://one.example/simple'\n:env:.cert='/one.pem'\n")
    monkeypatch.setattr(module.subprocess, "run", lambda command, **_: asked.append(command) or listed)
    monkeypatch.setenv("SSL_CERT_FILE", "/two.pem")
    assert module._as_pip_is_told() == module._as_pip_is_told()
    assert module._as_pip_is_told()[2:] == ["--index-url", "https://one.example/simple"]
    assert len(asked) == 1


def test_missing_venv_module_says_which_package_to_install(
    maker: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    maker.failing = "venv"
    assert maker.main("runtime") == 1
    assert "apt install python3-venv" in capsys.readouterr().err


def test_old_python_is_named_with_what_is_needed(
    maker: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(maker, "OLDEST", (9, 9))
    assert maker.main("runtime") == 1
    assert "needs Python 9.9 or later" in capsys.readouterr().err
    assert maker.commands == []


def test_locks_name_no_registry() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-spark.lock", "requirements-uv.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text
