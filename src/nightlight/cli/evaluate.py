"""`nightlight evaluate`: make what is derived again. As time passes, `nightlight worker` keeps it true."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="evaluate indicators: all again, or those that are due",
        description="Indicators are evaluated at each new entry by themselves. This makes the derived tables again, or "
        "evaluates once those for whom a moment has come; `nightlight worker` does that as time passes.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--all", action="store_true", help="every child again, from the entries")
    what.add_argument("--due", action="store_true", help="the children for whom a moment has come, once")


def run(args: argparse.Namespace) -> int:
    """Evaluate as asked."""
    from nightlight.config.boot import boot

    boot()
    from nightlight.actions.watching import evaluation

    act = evaluation.evaluate_all if args.all else evaluation.evaluate_due
    raised = act(now=datetime.now(UTC))
    print(f"{raised:,} duties raised")
    return 0
