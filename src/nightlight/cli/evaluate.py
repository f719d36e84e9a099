"""`nightlight evaluate`: make what is derived again, or keep it true as time passes."""

from __future__ import annotations

import argparse
import signal
from datetime import UTC, datetime
from types import FrameType
from typing import Any

LONGEST_SLEEP = 3600.0
"""Seconds: a machine's clock may be put right while we sleep."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="evaluate indicators: all again, those that are due, or as time passes",
        description="Indicators are evaluated at each new entry by themselves. This makes the derived tables again, or "
        "waits for the moments at which an absence becomes a concern.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--all", action="store_true", help="every child again, from the entries")
    what.add_argument("--due", action="store_true", help="the children for whom a moment has come, once")
    what.add_argument("--watch", action="store_true", help="sleep until the next moment, evaluate, and so on")


def run(args: argparse.Namespace) -> int:
    """Evaluate as asked; `--watch` runs until it is stopped."""
    from nightlight.config.boot import boot

    boot()
    from nightlight.actions import evaluation

    if args.watch:
        return _watch()
    act = evaluation.evaluate_all if args.all else evaluation.evaluate_due
    raised = act(now=datetime.now(UTC))
    print(f"{raised:,} duties raised")
    return 0


class _Stopped(Exception):
    pass


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _Stopped


def _watch() -> int:
    from nightlight.actions import evaluation
    from nightlight.store.chronology import edges

    signal.signal(signal.SIGTERM, _stop)
    try:
        edges.listen()
        while True:
            evaluation.evaluate_due(now=datetime.now(UTC))
            edges.wait(_until(edges.earliest(), datetime.now(UTC)))
    except _Stopped:
        return 0


def _until(edge: datetime | None, now: datetime) -> float:
    """Seconds to sleep: until the edge, and never so long that a changed clock goes unseen."""
    if edge is None:
        return LONGEST_SLEEP
    return min(max((edge - now).total_seconds(), 0.0), LONGEST_SLEEP)
