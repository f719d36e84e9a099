"""`nightlight backtest POPULATION`: what indicators would have found in a population, and what that would have cost."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "backtest",
        help="what indicators would have found in a population, and what it would cost",
        description="Run indicators over years of a population's facts and count firings, alerts by team, how early "
        "and how often rightly they came before outcomes, and on which groups they fell. No child is scored. What each "
        "figure means: docs/reference/backtest.md.",
    )
    parser.add_argument(
        "population", metavar="POPULATION", type=Path, help="a folder, as `nightlight sample --parquet` makes one"
    )
    parser.add_argument(
        "--indicators", type=Path, metavar="FILE", help="a Python file of indicators (default: the whole catalogue)"
    )
    parser.add_argument(
        "--with-catalogue", action="store_true", help="run FILE's as part of the catalogue, in place of the same codes"
    )
    parser.add_argument(
        "--against", type=Path, metavar="FILE",
        help="another, to compare on the same children; the word catalogue stands for the one that is shipped",
    )  # fmt: skip
    parser.add_argument(
        "--answered-after", type=_days, metavar="DAYS", default=28,
        help="days after which a duty is taken to be answered (default 28)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON document of exact counts instead of text")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write a page to publish, without small numbers")
    parser.add_argument(
        "--changed", type=Path, metavar="OUT",
        help="with --against: write a CSV of each child and indicator that differ; it names children, keep it safe",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Run the backtest, print it, and write what was asked for."""
    from nightlight.actions.research.backtest import backtest_population
    from nightlight.cli.output import progress_bar
    from nightlight.engines.running import spans_of
    from nightlight.review.backtest_page import as_page

    if args.changed is not None and args.against is None:
        print("nightlight backtest: --changed needs --against: say what to compare with", file=sys.stderr)
        return 2
    for out in (args.html, args.changed):
        if out is not None and not out.resolve().parent.is_dir():
            print(f"nightlight backtest: {out}: its folder is not there; make it first", file=sys.stderr)
            return 2
    these = _indicators(args.indicators, on_top=args.with_catalogue)
    against = None if args.against is None else _indicators(args.against)
    with progress_bar("running indicators", counts="children") as progress, _differences(args.changed) as changed:
        result = backtest_population(
            args.population, indicators=these, against=against, spans_of=spans_of, changed=changed,
            answered_after=args.answered_after, progress=progress,
        )  # fmt: skip
    if args.html is not None:
        page = as_page(result.backtest, result.about, result.comparison)
        args.html.write_text(page, encoding="utf-8")
    _print(args, result)
    return 0


def _print(args: argparse.Namespace, result: Any) -> None:
    from nightlight.review.backtest_report import as_json, as_text

    what = (result.backtest, result.about, result.comparison)
    print(json.dumps(as_json(*what), indent=2, ensure_ascii=False) if args.json else as_text(*what))


def _indicators(path: Path | None, *, on_top: bool = False) -> tuple[Any, ...]:
    """A file's, or the catalogue's; on_top: the catalogue with the file's in the place of those of the same code."""
    from nightlight.indicators.catalogue import CATALOGUE
    from nightlight.indicators.files import load_file

    if path is None or (str(path) in ("catalogue", "shipped") and not path.exists()):
        return tuple(CATALOGUE.values())
    written = {each.code: each for each in load_file(path)}
    return tuple({**CATALOGUE, **written}.values()) if on_top else tuple(written.values())


@contextmanager
def _differences(path: Path | None) -> Iterator[Callable[[Any], None] | None]:
    """Writes each difference as it is found, in the children's order."""
    if path is None:
        yield None
        return
    from nightlight.review.backtest_sections import day_iso

    def day(moment: int | None) -> str:
        return "" if moment is None else day_iso(moment)

    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("child", "indicator", "first_by_those", "first_by_these"))
        yield lambda each: rows.writerow((each.child, each.code, day(each.first), day(each.second)))


def _days(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if number < 0:
        raise argparse.ArgumentTypeError("expected a whole number of days, 0 or more")
    return number
