"""The `nightlight` command: finds the command's module, runs it, and turns what went wrong into one line.

Modules are imported only when their command is run, so that `nightlight --help` answers at once. A user's mistake
never shows a traceback, and no message holds a child's data.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from nightlight.cli import giving

#: Every command, its module and its one-line help (kept here so that `--help` need import none of them).
COMMANDS = {
    "demo": ("nightlight.cli.demo", "try Nightlight with an invented partnership"),
    "sample": ("nightlight.cli.sample", "write the files of an invented partnership"),
    "ingest": ("nightlight.cli.ingest", "take in files that an agency delivered"),
    "evaluate": ("nightlight.cli.evaluate", "evaluate indicators: all again, or those that are due"),
    "backtest": ("nightlight.cli.backtest", "what indicators would have found in a population, and what it would cost"),
    "replay": ("nightlight.cli.replay", "replay a case file: what was known, to whom, when"),
    "indicators": ("nightlight.cli.indicators", "list, show, check and compare indicators"),
    "policy": ("nightlight.cli.policy", "who may see what: show the access policy, or check a text of one"),
    "agreement": ("nightlight.cli.agreement", "information-sharing agreements: record, list or end one"),
    "migrate": ("nightlight.cli.migrate", "bring the database's tables to this version"),
    "worker": ("nightlight.cli.worker", "answer clocks and send notices, day and night"),
    "contact": ("nightlight.cli.contact", "say how a person or an organisation's system is reached"),
    "bounce": ("nightlight.cli.bounce", "take in a mail server's report that a message did not arrive"),
    "verify": ("nightlight.cli.verify", "check that nobody altered the audit log"),
    "backup": ("nightlight.cli.backup", "write the whole database into one encrypted file"),
    "restore": ("nightlight.cli.restore", "fill an empty database from a backup"),
    "retention": ("nightlight.cli.retention", "records due for review; hold, release, erase one, or take it in again"),
    "keys": ("nightlight.cli.keys", "make, list, rotate or forget the keys that encrypt and sign"),
    "audit": ("nightlight.cli.audit", "take the audit log, or its checkpoint, off the machine"),
    "copies": ("nightlight.cli.copies", "list requests for a copy of what is held on somebody; take one out"),
    "account": ("nightlight.cli.account", "who may sign in: add, list, unlock, reset, stop, link to a provider"),
    "key": ("nightlight.cli.key", "keys for the API: create, list, revoke"),
    "matcher": ("nightlight.cli.matcher", "train and explain the model that says whose record is whose"),
    "source": ("nightlight.cli.source", "evaluate your own records here, and send a hub pointers and no content"),
    "serve": ("nightlight.cli.serve", "serve the pages"),
}


class Outcome(NamedTuple):
    """What a class of error means to the shell: a stable exit code."""

    code: int
    meaning: str


DONE = Outcome(0, "done")
UNEXPECTED = Outcome(1, "an error in Nightlight itself; NIGHTLIGHT_DEBUG=1 shows where, please report it")
USAGE = Outcome(2, "the command was not understood; its usage is shown")
SETTING = Outcome(3, "a setting is missing or can't be read")
INPUT = Outcome(4, "a file or folder can't be read, or is not what its kind should be")
DATABASE = Outcome(5, "the database can't be started or reached, or lacks tables")
PORT = Outcome(6, "the port is in use")
DISK = Outcome(7, "the disk is full")
REFUSED = Outcome(8, "not allowed, or not possible in the present state")
TAMPERED = Outcome(9, "the audit log was altered, or a part of it is missing")
INTERRUPTED = Outcome(130, "stopped by the user")
OUTCOMES = (DONE, UNEXPECTED, USAGE, SETTING, INPUT, DATABASE, PORT, DISK, REFUSED, TAMPERED, INTERRUPTED)

#: Classes by name, so that none is imported before it can have been raised. A subclass counts as its base.
ERRORS = {
    "nightlight.store.cluster_errors.DiskFull": DISK,
    "nightlight.store.cluster_errors.ClusterError": DATABASE,
    "psycopg.errors.DiskFull": DISK,
    "psycopg.OperationalError": DATABASE,
    "django.db.utils.OperationalError": DATABASE,
    "nightlight.config.environment.SettingError": SETTING,
    "nightlight.config.boot.TablesBehind": DATABASE,
    "nightlight.store.keys.keyring.KeysError": SETTING,
    "nightlight.cli.serve.PortInUse": PORT,
    "nightlight.cli.demo.DemoRefused": REFUSED,
    "nightlight.actions.keeping.backups.BackupError": INPUT,
    "nightlight.actions.keeping.retention.NotErased": REFUSED,
    "nightlight.cli.verify.NotWhole": TAMPERED,
    "nightlight.cli.verify.NotReadable": INPUT,
    "nightlight.domain.audit_export.NotAnExport": INPUT,
    "nightlight.actions.seeing.access.Refused": REFUSED,
    "nightlight.actions.sharing.agreements.NoAgreement": REFUSED,
    "nightlight.actions.sharing.agreements.NotAgreed": INPUT,
    "nightlight.actions.signin.accounts.AccountError": INPUT,
    "nightlight.actions.oversight.lookers.NobodyThere": INPUT,
    "nightlight.actions.oversight.copies.NotMade": INPUT,
    "nightlight.actions.signin.service_keys.KeyRefused": INPUT,
    "nightlight.actions.people.linkage.TooFew": REFUSED,
    "nightlight.matcher.thresholds.WrongThresholds": INPUT,
    "nightlight.matcher.model.UnreadableModel": INPUT,
    "nightlight.actions.telling.notices.ContactRefused": INPUT,
    "nightlight.feeds.records.UnreadableFile": INPUT,
    "nightlight.feeds.ahead.ReaderDied": INPUT,
    "nightlight.feeds.registry.UnknownFeed": INPUT,
    "nightlight.sample.write.NotEmptyError": INPUT,
    "nightlight.domain.documents.DocumentError": INPUT,
    "nightlight.domain.access.texts.PolicyError": INPUT,
    "nightlight.engines.errors.LayoutError": INPUT,
    "nightlight.indicators.checks.IndicatorError": INPUT,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        parser = build_parser(_command_of(words))
        args = parser.parse_args(words)
        if args.command is None:
            parser.print_help()
            return USAGE.code
        giving.let(getattr(args, giving.LEAF))
        return int(args.run(args) or 0)
    except KeyboardInterrupt:
        return _say("stopped", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has seen enough
        return DONE.code
    except Exception as error:
        return _explain(error)


def _command_of(words: Sequence[str]) -> str | None:
    return next((word for word in words if word in COMMANDS), None)


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The whole command line; with *only*, the other commands by name and help alone, importing nothing for them."""
    parser = argparse.ArgumentParser(
        prog="nightlight", description="A multi-agency child-safeguarding hub. Decision support: people decide."
    )
    parser.add_argument("--version", action="version", version=_version() if only is None else "")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, (module, line) in COMMANDS.items():
        if name == only:
            _add(subparsers, name, importlib.import_module(module))
            giving.name_leaves(parser)
        else:
            subparsers.add_parser(name, help=line)
    return parser


def full_parser() -> argparse.ArgumentParser:
    """Every command with every option: what the printed reference is made from."""
    parser = argparse.ArgumentParser(prog="nightlight")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, (module, _) in COMMANDS.items():
        _add(subparsers, name, importlib.import_module(module))
    return parser


def _add(subparsers: Any, name: str, module: Any) -> None:
    module.add_parser(subparsers)
    subparsers.choices[name].set_defaults(run=module.run)


def _version() -> str:
    from importlib.metadata import version

    return f"nightlight {version('nightlight')}"


def _explain(error: Exception) -> int:
    from nightlight.config import environment

    if environment.read(environment.DEBUG) == "1":
        raise error
    outcome = outcome_of(error)
    if outcome is UNEXPECTED:
        # The words of an error nobody foresaw may quote a record, so its kind is all that is shown.
        return _say(f"an error in Nightlight itself ({type(error).__name__}). NIGHTLIGHT_DEBUG=1 shows where.", outcome)
    return _say(_words(error), outcome)


def outcome_of(error: BaseException) -> Outcome:
    """The outcome of the nearest known class of this error, or of the error that Django wrapped in it."""
    for kind in (*type(error.__cause__).__mro__, *type(error).__mro__):
        known = ERRORS.get(f"{kind.__module__}.{kind.__qualname__}")
        if known:
            return known
    if isinstance(error, OSError):
        return DISK if error.errno == 28 else INPUT
    return UNEXPECTED


def _words(error: Exception) -> str:
    module = type(error).__module__
    if module.startswith(("django.", "psycopg")):
        if outcome_of(error) is DISK:
            return "the database's disk is full. Nothing half done was kept: make room and run the command again."
        return (
            "the database can't be reached. Check NIGHTLIGHT_DATABASE_URL and that the server runs; with it unset, "
            "Nightlight runs a database of its own."
        )
    if isinstance(error, OSError) and not module.startswith("nightlight."):
        return f"{error.strerror or type(error).__name__}: {error.filename or 'while reading or writing a file'}"
    return str(error)


def _say(line: str, outcome: Outcome) -> int:
    print(f"nightlight: {line}", file=sys.stderr)
    return outcome.code
