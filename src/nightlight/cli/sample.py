"""`nightlight sample`: write the files of an invented partnership, to try everything else on."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "sample",
        help="write the files of an invented partnership",
        description="Write, into an empty folder, the files that the agencies of an invented partnership would send: "
        "families, schools, practices, hospitals, police and social care. Nothing in them is real. The same seed and "
        "day give the same files.",
    )
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="?", help="a new or empty folder for the files")
    parser.add_argument(
        "--parquet",
        type=Path,
        metavar="DIR",
        help="a new or empty folder for the same children's facts as columns, for nightlight backtest; up to millions",
    )
    parser.add_argument(
        "--children", type=_children, default=2000, metavar="N", help="how many children (default 2000)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which invented population (default 1)")
    parser.add_argument("--until", type=_day, metavar="DATE", help="day of delivery, YYYY-MM-DD (default today)")
    parser.add_argument("--years", type=_years, default=3, help="years of history (default 3)")
    parser.add_argument(
        "--register-years",
        type=float,
        metavar="YEARS",
        help="years of school registers (default 1 in files, all years in columns)",
    )
    parser.add_argument("--jobs", type=_jobs, metavar="N", help="processes for --parquet (default: one a core)")


def run(args: argparse.Namespace) -> int:
    """Write the sample; 0 when written, 2 when a folder is not empty or the numbers do not reach."""
    from nightlight.sample.numbers import NumbersExhaustedError
    from nightlight.sample.write import NotEmptyError

    if args.folder is None and args.parquet is None:
        print("nightlight sample: name a folder for the files, or --parquet DIR, or both", file=sys.stderr)
        return 2
    until = args.until or datetime.now(UTC).date()
    try:
        if args.folder is not None:
            _write_files(args, until)
        if args.parquet is not None:
            _write_columns(args, until)
    except (NotEmptyError, NumbersExhaustedError) as error:
        print(f"nightlight sample: {error}", file=sys.stderr)
        return 2
    return 0


def _write_files(args: argparse.Namespace, until: date) -> None:
    from nightlight.sample.write import write

    manifest = write(
        args.folder, children=args.children, seed=args.seed, until=until, years=args.years,
        register_years=1.0 if args.register_years is None else args.register_years,
        progress=_bar if sys.stderr.isatty() else None,
    )  # fmt: skip
    print(_text(args.folder, manifest))


def _write_columns(args: argparse.Namespace, until: date) -> None:
    from nightlight.actions.research.population import Drawing, make_population
    from nightlight.cli.output import progress_bar

    years = float(args.years) if args.register_years is None else args.register_years
    drawing = Drawing(seed=args.seed, until=until, years=args.years, register_years=years)
    with progress_bar("inventing children", counts="children") as progress:
        made = make_population(
            args.parquet, children=args.children, drawing=drawing, jobs=args.jobs or os.cpu_count() or 1,
            progress=progress,
        )  # fmt: skip
    print(
        f"Synthetic: {made.children:,} invented children of {made.families:,} families, {made.entries:,} facts, "
        f"in {args.parquet}.\nHow they compare with published figures: population.json, marginals."
    )


def _bar(done: int, total: int) -> None:
    if done == total or done % 50 == 0:
        print(f"\r{done:,} of {total:,} children", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _text(folder: Path, manifest: Any) -> str:
    records = ", ".join(f"{feed} {count:,}" for feed, count in manifest.records.items())
    people = "; ".join(f"{c['given']} {c['family']} ({c['case']})" for c in manifest.cases)
    return (
        f"Synthetic: {manifest.children:,} invented children of {manifest.families:,} families, in {folder}.\n"
        f"Entries: {records}.\n"
        f"Deliveries: {len(manifest.deliveries)}, listed in manifest.json in the order to ingest.\n"
        f"The two case children: {people}."
    )


def _children(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 2:
        raise argparse.ArgumentTypeError("expected a whole number, 2 or more: two are the case families' children")
    return number


def _years(text: str) -> int:
    if text not in {"1", "2", "3", "4", "5"}:
        raise argparse.ArgumentTypeError("expected a whole number of years, 1 to 5")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected a day that exists, as YYYY-MM-DD") from None


def _jobs(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("expected a whole number of processes, 1 or more")
    return number
