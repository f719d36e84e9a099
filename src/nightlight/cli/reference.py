"""Prints docs/reference/cli.md from the commands themselves, so that the page can't say anything else."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from nightlight.cli.main import OUTCOMES, full_parser

_START = """# The command line

Printed from the program by `make docs`; a test holds the two together.

The answer of a command goes to standard output, everything about the work to standard error. No message names a child.
"""


def page() -> str:
    """The whole page, in Markdown."""
    commands = next(a for a in full_parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
    parts = [_START, *(_command(name, parser) for name, parser in commands.items()), _outcomes()]
    return "\n".join(parts)


def _command(name: str, parser: argparse.ArgumentParser) -> str:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            parts = (_command(f"{name} {inner}", each) for inner, each in action.choices.items())
            return "\n".join([f"## nightlight {name}", "", parser.description or "", "", *parts])
    shown = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    usage = " ".join(["nightlight", name, *(_usage(action) for action in shown)])
    rows = [f"| `{_spelling(action)}` | {_help(parser, action)} |" for action in shown]
    table = ["| | |", "|---|---|", *rows, ""] if rows else []
    return "\n".join([f"## nightlight {name}", "", parser.description or "", "", f"`{usage}`", "", *table])


def _usage(action: argparse.Action) -> str:
    words = " ".join([*action.option_strings[-1:], *_value(action)])
    if action.nargs in ("+", "*"):
        words += "..."
    return words if action.required else f"[{words}]"


def _spelling(action: argparse.Action) -> str:
    return " ".join([", ".join(action.option_strings), *_value(action)]).strip()


def _value(action: argparse.Action) -> Iterable[str]:
    if action.nargs == 0:
        return []
    if action.metavar is None and action.choices:
        return ["{" + ",".join(map(str, action.choices)) + "}"]
    return [str(action.metavar or action.dest.upper())]


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    text = (action.help or "") % {**vars(action), "prog": parser.prog}
    return text.replace("|", "\\|")


def _outcomes() -> str:
    rows = [f"| {outcome.code} | {outcome.meaning} |" for outcome in OUTCOMES]
    return "\n".join(["## Exit codes", "", "Stable: scripts may rely on them.", "", "| | |", "|---|---|", *rows, ""])
