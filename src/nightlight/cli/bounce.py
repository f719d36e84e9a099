"""`nightlight bounce`: a mail server's report that a message did not arrive, read from standard input."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    subparsers.add_parser(
        "bounce",
        help="take in a mail server's report that a message did not arrive",
        description="Read a delivery status report (RFC 3464) from standard input, as a mail server pipes it. The "
        "person's next channel is tried, then the next person. Other mail is left alone.",
    )


def run(args: argparse.Namespace) -> int:
    """Take one report in."""
    from nightlight.config.boot import boot

    boot()
    from nightlight.actions.telling.notices import bounced
    from nightlight.config.work import bounce_in

    bounce = bounce_in(sys.stdin.buffer.read())
    known = bounce is not None and bounced(notice=bounce[0], code=bounce[1], now=datetime.now(UTC))
    print("taken in" if known else "not a report about a notice that was sent")
    return 0
