"""`nightlight backup`: everything in the database, as at one moment, in one encrypted file."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nightlight.cli.giving import operator
from nightlight.cli.output import note, progress_bar


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "backup",
        help="write the whole database into one encrypted file",
        description="Write the whole database, as it is at one moment, into a new file, encrypted with the newest data "
        "key, and read it back to check it. The key file is not in it: keep a copy of that elsewhere.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that is not there yet")
    parser.add_argument("--check", action="store_true", help="read a backup that is there through, and change nothing")


def run(args: argparse.Namespace) -> int:
    """Write it, or check one."""
    from nightlight.config.boot import boot

    boot(tables=not args.check)
    from nightlight.actions.keeping import backups

    if args.check:
        made = backups.check(path=args.file)
    else:
        with progress_bar(f"Backing up to {args.file.name}") as progress:
            made = backups.back_up(
                path=args.file, version=version("nightlight"), by=operator(), now=datetime.now(UTC), progress=progress
            )
        note("keep it on another machine, and a copy of the key file elsewhere again")
    print(f"{sum(made.rows.values()):,} rows of {len(made.rows)} tables, of {made.made}; read back and whole")
    return 0
