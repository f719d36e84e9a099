"""`nightlight replay CASE`: what would have been seen, by whom and when, on the facts of a case file."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from pathlib import Path
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "replay",
        help="replay a case file: what was known, to whom, when",
        description="Evaluate every indicator on a case file: as each agency alone knew things, as they were shared, "
        "and on everything pooled. Needs no database. The format: docs/reference/case-format.md.",
    )
    parser.add_argument("case", metavar="CASE", type=Path, help="a case file, such as cases/family-r.yaml")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")


def run(args: argparse.Namespace) -> int:
    """Read the case, replay each of its children, and print what came of it."""
    from nightlight.domain.clocks import default_rules
    from nightlight.indicators.catalogue import CATALOGUE
    from nightlight.review.casefile import read_case
    from nightlight.review.replay import replay
    from nightlight.timeline.calendar import WorkingCalendar

    case = read_case(args.case)
    calendar = WorkingCalendar.england()
    replays = [replay(case, CATALOGUE.values(), default_rules(), calendar, child=child) for child in case.children]
    if args.json:
        print(json.dumps(_document(replays), indent=2, ensure_ascii=False))
    else:
        _show(replays)
    return 0


def _document(replays: list[Any]) -> dict[str, Any]:
    from nightlight.review.report import as_json

    documents = [as_json(each) for each in replays]
    if len(documents) == 1:
        return documents[0]
    return {"case": documents[0]["case"], "children": {each["child"]: each for each in documents}}


def _show(replays: list[Any]) -> None:
    from nightlight.review.report import as_text

    for each in replays:
        _print(as_text(each))


def _print(text: str) -> None:
    """On a terminal lines are broken at words and keep their indent; elsewhere the text is as it is."""
    if not sys.stdout.isatty():
        print(text)
        return
    width = max(40, shutil.get_terminal_size().columns)
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        print(textwrap.fill(line, width, subsequent_indent=indent, drop_whitespace=True))
