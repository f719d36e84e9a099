"""`nightlight restore`: a backup into an empty database, whole or not at all."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nightlight.cli.audit import operator
from nightlight.cli.output import note, progress_bar


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "restore",
        help="fill an empty database from a backup",
        description="Restore a backup into a database that holds no record yet, in one transaction: whole, with its "
        "audit log checked, or not at all. What was erased after the backup was made must be erased again.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="what `nightlight backup` wrote")


def run(args: argparse.Namespace) -> int:
    """Restore it."""
    from nightlight.config.boot import boot

    boot(tables=False)
    from nightlight.actions import backups

    with progress_bar(f"Restoring {args.file.name}") as progress:
        made = backups.restore(path=args.file, by=operator(), now=datetime.now(UTC), progress=progress)
    boot()
    print(f"{sum(made.rows.values()):,} rows restored, as they were at {made.made}; the audit log is whole")
    note("erase again what was erased since then: nightlight retention list")
    return 0
