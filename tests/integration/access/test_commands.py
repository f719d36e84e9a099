"""Every command says what it gives away of children; those that read the database print no name and no word of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.access_world import RELATED, World, name_of

from nightlight.cli import main as cli
from nightlight.cli.giving import GIVES, Gives

pytestmark = pytest.mark.django_db

TRIED = {
    "evaluate": (["evaluate", "--due"], ["evaluate", "--all"]),
    "policy": (["policy", "show"], ["policy", "show", "--text"]),
    "agreement": (["agreement", "list"],),
    "indicators": (["indicators", "list"],),
    "verify": (["verify"], ["verify", "--json"]),
    "retention": (["retention", "list"],),
    "contact": (["contact", "--person", "viewer-staff", "email", "staff@school.example"],),
    "audit": (["audit", "export", "FILE"], ["audit", "checkpoint"]),
    "keys": (["keys", "list"],),
    "copies": (["copies", "list"],),
}
"""What is run of the commands that only read and need no other file."""


def test_every_command_says_what_it_gives_away() -> None:
    """A new command: add its row to cli/giving.py, and to TRIED if it reads the database."""
    assert set(GIVES) == set(cli.COMMANDS)


@pytest.mark.parametrize("command", sorted(TRIED))
def test_what_a_command_prints_names_no_child(
    world: World,
    command: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert GIVES[command] in set(Gives) - {Gives.ITS_OWN_FILE}
    monkeypatch.setattr("nightlight.config.boot.boot", lambda **_: None)
    file = tmp_path / "written"
    for words in TRIED[command]:
        assert cli.main([str(file) if word == "FILE" else word for word in words]) in (0, cli.REFUSED.code), words
        said = "".join(capfd.readouterr())
        assert "Traceback" not in said, words
        said += file.read_text("utf-8", "replace") if file.exists() else ""
        assert not [word for word in world.every_word() if word in said], words
        assert not [related for related in RELATED if name_of(related) in said], words
