"""`nightlight indicators`: the rules, one rule whole, the check of a file that someone wrote, and two sets compared.

It reads rules only; no child's record is opened. What rules find in a population is `nightlight backtest`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from nightlight.cli.main import INPUT
from nightlight.domain.roles import role_title
from nightlight.indicators.catalogue import CATALOGUE
from nightlight.indicators.catalogue.base import Indicator
from nightlight.indicators.checks import IndicatorError, instead_of
from nightlight.indicators.compare import Difference, Rule, differences, rule_of
from nightlight.indicators.files import check, load_file
from nightlight.indicators.versions import Version, catalogue_on, rule_by_hash, versions
from nightlight.indicators.written import written

_SHIPPED = ("shipped", "catalogue")
"""What stands for our own rules; `nightlight backtest --against` says the second."""


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "indicators",
        help="list, show, check and compare indicators",
        description="The rules: what each one says, on what authority, and what changed between two sets of them.",
    )
    commands = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    _add_list(commands)
    _add_show(commands)
    _add_check(commands)
    _add_diff(commands)


def _add_list(commands: Any) -> None:
    listing = commands.add_parser(
        "list",
        help="one line a rule",
        description="One line a rule: its code, level, where its numbers come from, and of whom it speaks.",
    )
    listing.add_argument("--file", type=Path, metavar="FILE", help="the rules of this Python file instead of ours")
    listing.add_argument("--json", action="store_true", help="as JSON, with the sentence and the hash of each")


def _add_show(commands: Any) -> None:
    show = commands.add_parser(
        "show",
        help="one rule whole",
        description="One rule whole: its sentence, sources, numbers, expression and hash; and its earlier versions.",
    )
    show.add_argument("code", metavar="CODE", help="the rule's code, or the hash that a result names")
    show.add_argument("--file", type=Path, metavar="FILE", help="look in this Python file instead of ours")


def _add_check(commands: Any) -> None:
    checking = commands.add_parser(
        "check",
        help="run the cases of a file's rules, and ask every guardrail of them",
        description="Runs each rule of a file on its own three cases and asks every guardrail of it. Exit code 4 if "
        "something is wrong.",
    )
    checking.add_argument("file", type=Path, metavar="FILE", help="a Python file of rules; it is run, like any script")


def _add_diff(commands: Any) -> None:
    diff = commands.add_parser(
        "diff",
        help="what changed between two sets of rules, in words",
        description="What is new, gone and changed. A file beside our catalogue is compared in its own rules only.",
    )
    words = "a Python file, `shipped`, or `shipped@2026-11-01` for our rules in force on a day"
    diff.add_argument("old", metavar="OLD", help=words)
    diff.add_argument("new", metavar="NEW", help="the same")


def run(args: argparse.Namespace) -> int:
    """Run one of the four; 4 if a check found something wrong."""
    return _COMMANDS[args.what](args)


# -- list


def _list(args: argparse.Namespace) -> int:
    rules = _indicators(args.file)
    if args.json:
        json.dump([_as_json(each) for each in rules.values()], sys.stdout, indent=2)
        print()
        return 0
    rows = [(each.code, each.level, each.provenance, each.speaks_of, each.title) for each in rules.values()]
    for line in _table([("CODE", "LEVEL", "NUMBERS", "SPEAKS OF", "TITLE"), *rows]):
        print(line)
    return 0


def _as_json(each: Indicator) -> dict[str, str]:
    return {
        "code": each.code, "catalogue_id": each.catalogue_id, "title": each.title, "level": each.level,
        "provenance": each.provenance, "speaks_of": each.speaks_of, "meaning": each.meaning,
        "question": each.question, "owner_role": each.owner_role, "rule": each.rule,
    }  # fmt: skip


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _indicators(file: Path | None) -> Mapping[str, Indicator]:
    return CATALOGUE if file is None else {each.code: each for each in load_file(file)}


# -- show


def _show(args: argparse.Namespace) -> int:
    rules = _indicators(args.file)
    if args.code in rules:
        lines = _whole(rules[args.code], earlier=args.file is None)
    elif args.code.endswith(".py"):
        raise IndicatorError(f"{args.code} is a file. Give a code, and the file by --file {args.code}.")
    elif args.file or not _is_hash(args.code):
        instead = instead_of(args.code, tuple(rules), "docs/reference/indicators.md")
        own = "" if args.file else " One of your own is in its file: add --file FILE."
        raise IndicatorError(f"There is no indicator {args.code!r}. {instead}{own}")
    else:
        lines = _as_it_was(rule_by_hash(args.code))
    print("\n".join(lines))
    return 0


def _is_hash(code: str) -> bool:
    return bool(code) and set(code) <= set("0123456789abcdef")


def _whole(each: Indicator, *, earlier: bool) -> Iterator[str]:
    yield from (f"{each.code}  {each.title}", "", each.meaning)
    if each.caveat:
        yield f"Mind: {each.caveat}"
    yield ""
    yield f"Level       {each.level}; owner: {role_title(each.owner_role)}; question: {each.question}"
    row = "a rule of your own" if each.catalogue_id == "local" else f"row {each.catalogue_id} of the evidence catalogue"
    yield f"Speaks of   the {each.speaks_of} ({row})"
    yield f"Numbers     {each.provenance.words}"
    yield from (f"            {p.name}: {p.value} ({p.provenance}). {p.words}" for p in each.parameters)
    yield from (f"Source      {source.document} {source.url}".rstrip() for source in each.sources)
    yield from (f"Ask next    {question}" for question in each.ask_next)
    yield from (f"Rule        {each.rule}", "", written(each.expression))
    if earlier:
        yield from _earlier(each)


def _earlier(each: Indicator) -> Iterator[str]:
    kept = [version for version in versions(each.code) if version.rule != each.rule]
    if kept:
        yield ""
    yield from (f"Earlier     {version.rule or 'withdrawn'}, from {version.since}" for version in kept)


def _as_it_was(version: Version) -> Iterator[str]:
    rule = rule_of(version)
    yield from (f"{rule.code}, in force from {version.since}", "", rule.meaning, "")
    yield from (f"Level       {rule.level}", f"Rule        {rule.rule}", "", written(rule.expression))


# -- check


def _check(args: argparse.Namespace) -> int:
    wrong = 0
    for each in load_file(args.file):
        for finding in check(each):
            wrong += not finding.right
            print(f"{'ok   ' if finding.right else 'WRONG'}  {each.code}  {finding.what}  {finding.words}".rstrip())
    print(f"{wrong} wrong" if wrong else "all right")
    return INPUT.code if wrong else 0


# -- diff


def _diff(args: argparse.Namespace) -> int:
    old, new = _rules(args.old), _rules(args.new)
    if not _is_file(args.new) and _is_file(args.old):
        new = {code: rule for code, rule in new.items() if code in old}
    if not _is_file(args.old) and _is_file(args.new):
        old = {code: rule for code, rule in old.items() if code in new}
    found = differences(old, new)
    print("\n".join(_said(found)) or "no difference")
    return 0


def _is_file(name: str) -> bool:
    return name.partition("@")[0] not in _SHIPPED


def _rules(name: str) -> dict[str, Rule]:
    if _is_file(name):
        return {each.code: rule_of(each) for each in load_file(Path(name))}
    shipped: Iterable[Indicator | Version] = CATALOGUE.values()
    if "@" in name:
        shipped = catalogue_on(_day(name)).values()
    return {each.code: rule_of(each) for each in shipped}


def _day(name: str) -> date:
    try:
        return date.fromisoformat(name.partition("@")[2])
    except ValueError:
        raise IndicatorError(f"{name!r} names no day. Write shipped@2026-11-01.") from None


def _said(found: Iterable[Difference]) -> Iterator[str]:
    for each in found:
        yield f"{each.what}: {each.code}"
        yield from (f"  {line}" for line in each.words)


_COMMANDS = {"list": _list, "show": _show, "check": _check, "diff": _diff}
