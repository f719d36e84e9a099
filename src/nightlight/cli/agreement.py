"""`nightlight agreement`: record, list and end information-sharing agreements. They hold no child's data."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "agreement",
        help="information-sharing agreements: record, list or end one",
        description="Who may send which feed, what for and until when. From the first that is recorded, a feed without "
        "an agreement in force is refused. A public page lists them.",
    )
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    _add(deeds.add_parser("add", help="record an agreement that was signed"))
    deeds.add_parser("list", help="every agreement, and whether it is in force")
    end = deeds.add_parser("end", help="say on which day one ends")
    end.add_argument("agreement", metavar="ID", type=UUID)
    end.add_argument("--on", metavar="DATE", type=_day, required=True, help="its last day, as 2027-03-31")


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--title", required=True)
    parser.add_argument("--purpose", required=True, help="what it is for, in words that a parent could read")
    parser.add_argument("--party", action="append", required=True, metavar="ORGANISATION", help="again for each party")
    parser.add_argument("--feed", action="append", default=[], metavar="FEED", help="again for each feed")
    parser.add_argument(
        "--user", action="append", default=[], metavar="ROLE", help="a role that uses it; again for each"
    )
    parser.add_argument("--from", dest="starts", metavar="DATE", type=_day, required=True, help="its first day")
    parser.add_argument("--until", dest="ends", metavar="DATE", type=_day, help="its last day; left out: no end is set")
    parser.add_argument("--reference", default="", help="where the signed text is")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; expected one as 2027-03-31") from None


def run(args: argparse.Namespace) -> int:
    """Do what was asked, and say what holds now."""
    from nightlight.config.boot import boot

    boot()
    from nightlight.actions.keeping import audit_log
    from nightlight.actions.sharing import agreements

    now = datetime.now(UTC)
    if args.deed == "add":
        terms = agreements.Terms(
            title=args.title, purpose=args.purpose, parties=args.party, feeds=args.feed, users=args.user,
            starts=args.starts, ends=args.ends, reference=args.reference,
        )  # fmt: skip
        first = not agreements.gated()
        print(f"Recorded: {agreements.add(by='command-line', terms=terms, now=now).id}")
        if first:
            print("From now on a feed that no agreement in force names is refused.")
    elif args.deed == "end":
        row = agreements.end(by="command-line", agreement=args.agreement, on=args.on, now=now)
        print(f"Ends with {row.ends}: {row.title}")
    else:
        _list(agreements, now)
    audit_log.seal()
    return 0


def _list(agreements: Any, now: datetime) -> None:
    holding = {row.id for row in agreements.in_force(now)}
    rows = agreements.listed()
    for row in rows:
        state = "in force" if row.id in holding else "not in force"
        print(f"{row.id}  {state}, from {row.starts} until {row.ends or 'no end is set'}: {row.title}")
        print(f"    feeds: {', '.join(row.feeds) or 'none'}; parties: {', '.join(row.parties)}")
    if not rows:
        print("No agreement is recorded, so any feed is taken in. Record one before any real record comes.")
