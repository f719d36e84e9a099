"""`nightlight migrate`: bring the database's tables to this version."""

from __future__ import annotations

import argparse
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    subparsers.add_parser(
        "migrate",
        help="bring the database's tables to this version",
        description="Make or change the tables of the database of NIGHTLIGHT_DATABASE_URL; back it up first. "
        "The private database of a data folder is kept up to date by itself.",
    )


def run(args: argparse.Namespace) -> int:
    """Apply what is missing; nothing when nothing is."""
    from nightlight.config.boot import boot

    boot(tables=False)
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    print("The database is up to date.")
    return 0
