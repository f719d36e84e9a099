"""`nightlight restore`: a backup into an empty database, whole or not at all."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nightlight.cli.giving import operator
from nightlight.cli.output import note, progress_bar


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "restore",
        help="fill an empty database from a backup",
        description="Restore a backup into a database that holds no record yet, in one transaction: whole, with its "
        "audit log checked, or not at all. What was erased after the backup was made is erased again, from the list "
        "beside the key file; what is held in the backup is named and left to a person.",
    )
    parser.add_argument(
        "--erased", type=Path, metavar="LIST", help="what was erased since; else what lies beside the key file"
    )  # fmt: skip
    parser.add_argument("file", type=Path, metavar="FILE", help="what `nightlight backup` wrote")


def run(args: argparse.Namespace) -> int:
    """Restore it."""
    from nightlight.config.boot import boot

    boot(tables=False)
    from nightlight.actions.keeping import backups, erasures

    with progress_bar(f"Restoring {args.file.name}") as progress:
        made = backups.restore(path=args.file, by=operator(), now=datetime.now(UTC), progress=progress)
    boot()
    print(f"{sum(made.rows.values()):,} rows restored, as they were at {made.made}; the audit log is whole")
    if erasures.told_by_sources():
        note("what sources told this hub since is lost: on each source's machine, run nightlight source send --again")
    return _erase_again(args.erased)


def _erase_again(given: Path | None) -> int:
    """What the list of erasures names; 1 where something of it is left to a person."""
    from nightlight.actions.keeping import erasures

    path = given or erasures.where()
    if path is None or not (given or path.exists()):
        note(
            f"no list of erasures ({path}): if any record was erased since, erase it again by hand, from a list that "
            "you kept (nightlight retention erase); `nightlight retention list` does not know of it"
        )
        return 0
    try:
        done = erasures.again(path=path, by=operator(), now=datetime.now(UTC))
    except erasures.NoList as wrong:
        note(f"{wrong} What was erased since may be back: mend the list, or erase by hand (nightlight retention erase)")
        return 1
    print(f"{done.erased:,} records erased again, by {path}")
    for child in done.held:
        note(f"{child} was erased, and is held in this backup: release it and erase it, or keep it")
    return 1 if done.held else 0
