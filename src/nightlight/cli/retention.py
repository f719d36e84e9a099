"""`nightlight retention`: records whose keeping has run out, and what a person decided about one."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from nightlight.cli.giving import operator


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "retention",
        help="records due for review; hold, release, erase one, or take it in again",
        description="A record that is due is reviewed by a person; nothing is erased by itself. Erasing deletes the "
        "child's rows; the audit log stays and says that it was done. Backups made before still hold them.",
    )
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    what.add_parser(
        "list",
        help="the records that are due, by the child's id, what was decided how long to keep, and what is turned away "
        "since it was erased",
    )
    for name, line in (
        ("hold", "let nobody erase a record: an inquiry, a court, a claim"),
        ("release", "end the holds on a record"),
        ("erase", "delete a child's record for good"),
    ):
        one = what.add_parser(name, help=line)
        one.add_argument("child", type=UUID, metavar="ID", help="the child's id")
        one.add_argument("--why", required=True, metavar="WORDS", help="the reason, with its reference; it is logged")
    one = what.add_parser("lift", help="take in again what was erased, when its source sends it")
    one.add_argument("suppression", type=UUID, metavar="ID", help="the id that `nightlight retention list` shows")
    one.add_argument("--why", required=True, metavar="WORDS", help="the reason, with its reference; it is logged")


def run(args: argparse.Namespace) -> int:
    """Do as asked."""
    from nightlight.config.boot import boot

    boot()
    from nightlight.actions.keeping import erasures, retention, suppression

    now = datetime.now(UTC)
    if args.what == "list":
        _list(retention.due(by=operator(), now=now))
        _list_turned_away(suppression.standing())
        return 0
    if args.what == "lift":
        suppression.lift(by=operator(), suppression=args.suppression, why=args.why, now=now)
        print("lifted: it is taken in again when its source sends it")
        return 0
    deed = erasures.erase if args.what == "erase" else getattr(retention, args.what)
    done = deed(child=args.child, why=args.why, by=operator(), now=now)
    if args.what == "erase":
        print("\n".join(f"{rows:>8,} {table}" for table, rows in done.items()))
        print("erased; the audit log says so, and the list beside the key file, by which a restored backup erases it")
        print(
            "again. Copy that list to where the key file's copies are. Backups made before hold it until they are gone."
        )
    else:
        print({"hold": "held", "release": f"{done} holds released"}[args.what])
    return 0


def _list_turned_away(found: list[Any]) -> None:
    for each in found:
        print(f"{each.id}  erased {each.at:%Y-%m-%d}  {each.records:,} records are turned away if they are sent again")


def _list(found: list[Any]) -> None:
    for each in found:
        print(f"{each.child}  since {each.since}  {each.row.code}{'  held' if each.held else ''}")
    for row in {each.row.code: each.row for each in found}.values():
        print(f"{row.code}: {row.what} Source ({row.grade}): {row.source}")
    print(f"{len(found):,} records are due for review")
