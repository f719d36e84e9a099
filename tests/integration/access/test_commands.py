"""Every command, found from the command line itself: what it gives of children, under which rule, and who asked.

A command that is not in cli/giving.py is refused, and fails here. Those that read the database print no name and no
word of a record.
"""

from __future__ import annotations

import argparse
import os
import pwd
from itertools import product
from pathlib import Path

import pytest
from support.access_world import RELATED, World, name_of

from nightlight.cli import giving
from nightlight.cli import main as cli
from nightlight.cli.giving import RULES, Gives, Rule
from nightlight.domain.access.engine import policy
from nightlight.store.audit.models import AuditEvent
from nightlight.store.people.models import SourcePerson

pytestmark = pytest.mark.django_db

TRIED = {
    "evaluate": (["--due"], ["--all"]),
    "policy show": ([], ["--text"]),
    "agreement list": ([],),
    "indicators list": ([],),
    "verify": ([], ["--json"]),
    "retention list": ([],),
    "contact": (["--person", "viewer-staff", "email", "staff@school.example"],),
    "audit export": (["FILE"],),
    "audit checkpoint": ([],),
    "audit subject": (["CHILD", "--out", "FILE.json"],),
    "keys list": ([],),
    "account list": ([],),
    "key list": ([],),
    "copies list": ([],),
    "copies take": (["CHILD", "--out", "FILE.json"],),
    "source status": ([], ["--json"]),
    "source requests": ([],),
    "matcher explain": (["RECORD", "RECORD"],),
}
"""What is run of the commands that read the database and need no other file; a copy that nobody made is refused."""

NAMES_ONE = {"audit subject"}
"""Made for the child whom it names, in a file of its own."""


def commands() -> set[str]:
    """Every command that can be run, from the command line itself."""
    return {words for each in cli.COMMANDS for words, _ in giving.leaves(_part(each), (each,))}


def _part(command: str) -> argparse.ArgumentParser:
    parser = cli.build_parser(command)
    (inner,) = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    part = inner.choices[command]
    assert isinstance(part, argparse.ArgumentParser)
    return part


def test_every_command_has_a_rule() -> None:
    """A new command: add its row to cli/giving.py, and to TRIED if it gives away more than counts."""
    assert set(RULES) == commands()


@pytest.mark.parametrize("command", sorted(RULES))
def test_the_policy_permits_what_each_command_gives_and_to_be_on_record_where_it_must(command: str) -> None:
    rule = RULES[command]
    assert policy().give(rule.gives, on_record=rule.on_record)
    assert bool(policy().give(rule.gives, on_record=False)) == (rule.gives in giving.OF_NOBODY)
    if rule.on_record and command != "backup":
        assert command in TRIED, "what it gives must be tried below"


@pytest.mark.parametrize(("gives", "on_record"), [*product(["", "a record", "names"], [True, False])])
def test_no_rule_permits_a_command_a_record(gives: str, on_record: bool) -> None:
    assert not policy().give(gives, on_record=on_record)


@pytest.fixture
def _booted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightlight.config.boot.boot", lambda **_: None)


@pytest.mark.usefixtures("_booted")
@pytest.mark.parametrize("command", sorted(TRIED))
def test_what_a_command_prints_names_no_child_and_who_asked_is_in_the_log(
    world: World, command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rule = RULES[command]
    assert rule.gives is not Gives.ITS_OWN_FILE
    for options in TRIED[command]:
        before = AuditEvent.objects.count()
        code = cli.main([*command.split(), *(_filled(each, world, tmp_path) for each in options)])
        said = "".join(capfd.readouterr())
        assert "Traceback" not in said
        assert code in (cli.DONE.code, cli.INPUT.code, cli.REFUSED.code), (code, said)
        said += "".join(file.read_text("utf-8", "replace") for file in tmp_path.iterdir())
        assert not [word for word in world.every_word() if word in said]
        assert command in NAMES_ONE or not [related for related in RELATED if name_of(related) in said]
        if rule.on_record and code == cli.DONE.code:
            added = AuditEvent.objects.order_by("id")[before:]
            assert [each.by for each in added if each.act == (rule.act or giving.READ)] == [giving.operator()]


def _filled(word: str, world: World, folder: Path) -> str:
    if word.startswith("FILE"):
        return str(folder / f"written{word[4:]}")
    if word == "RECORD":
        return str(SourcePerson.objects.filter(person=world.children["partnership"]).values_list("id", flat=True)[0])
    return str(world.children["partnership"]) if word == "CHILD" else word


@pytest.mark.usefixtures("_booted")
@pytest.mark.parametrize("rule", [None, Rule("a record"), Rule("names")])  # type: ignore[arg-type]
def test_a_command_with_no_rule_or_one_that_the_policy_refuses_is_not_run(
    world: World, rule: Rule | None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    others = {name: each for name, each in RULES.items() if name != "retention list"}
    monkeypatch.setattr(giving, "RULES", others | ({"retention list": rule} if rule else {}))
    before = AuditEvent.objects.count()
    assert cli.main(["retention", "list"]) == cli.REFUSED.code
    assert not capfd.readouterr().out
    added = AuditEvent.objects.order_by("id")[before:]
    assert [(each.act, each.about, each.by) for each in added] == [
        (giving.TURNED_AWAY, "retention list", giving.operator())
    ]


def test_who_asks_is_the_machines_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says of who this is."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody-else")
    assert pwd.getpwuid(os.getuid()).pw_name in giving.operator()
    assert "somebody-else" not in giving.operator()


def test_whoever_became_another_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving, "_signed_in", lambda: 4_000_000_000)
    assert giving.user().endswith(", signed in as 4000000000")
