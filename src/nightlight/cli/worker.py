"""`nightlight worker`: answers clocks, evaluates indicators at their edges and sends notices, until it is stopped."""

from __future__ import annotations

import argparse
from typing import Any

from nightlight.cli.output import note


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "worker",
        help="answer clocks and send notices, day and night",
        description="Sleep until the next moment at which a duty falls due, an indicator changes by itself or a notice "
        "is to be sent, and do it. Run one at least, and two on different machines to be safe: any number work side "
        "by side, and one may be killed at any instruction.",
    )
    parser.add_argument(
        "--webhook-secret", metavar="URL", help="print the secret to give to the receiver at an address, and end"
    )


def run(args: argparse.Namespace) -> int:
    """Run until stopped."""
    from nightlight.config import work

    if args.webhook_secret:
        print(work.webhook_secret(args.webhook_secret))
        return 0
    from nightlight.config.boot import boot

    boot()
    return work.run(note)
