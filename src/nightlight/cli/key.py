"""`nightlight key`: the keys with which systems call the API. A key is printed when it is made, and never again."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from nightlight.cli.giving import user


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "key",
        help="keys for the API: create, list, revoke",
        description="Keys for systems that call the API. Each is one organisation's, for what it names, until it ends.",
    )
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    new = deeds.add_parser("create", help="make a key; it is shown once")
    new.add_argument("name", metavar="NAME", help="what uses it, such as: register of Fernbank School")
    new.add_argument("--organisation", required=True, help="code of the organisation that it acts as")
    new.add_argument("--feed", action="append", default=[], help="a feed that it may deliver; may be given again")
    new.add_argument("--receipts", action="store_true", help="it may read what became of its organisation's deliveries")
    new.add_argument("--source", action="store_true", help="it is a source's: it sends pointers and answers requests")
    new.add_argument("--days", type=int, default=90, help="how long it lasts (default 90, at most 366)")
    new.add_argument("--system", default="", help="name of the source system; default: FEED:ORGANISATION")
    deeds.add_parser("list", help="every key, without its secret")
    deeds.add_parser("revoke", help="end a key now").add_argument("id", metavar="ID", type=UUID)


def run(args: argparse.Namespace) -> int:
    """Do one deed, and say what became of it."""
    from nightlight.config.boot import boot

    boot()
    from nightlight.actions.signin import service_keys

    moment, by = datetime.now(UTC), f"cli:{user()}"
    if args.deed == "list":
        for each in service_keys.everything():
            print(f"{each.id}\t{each.name}\t{each.organisation_id}\t{_may(each)}\t{_standing(each, moment)}")
    elif args.deed == "revoke":
        service_keys.revoke(key=args.id, by=by, now=moment)
        print("It works no more.")
    else:
        may = [service_keys.DELIVER] * bool(args.feed) + [service_keys.RECEIPTS] * args.receipts
        may += [service_keys.POINT] * args.source
        row, secret = service_keys.create(
            name=args.name, organisation=args.organisation, feeds=args.feed, may=may, days=args.days,
            system=args.system, by=by, now=moment,
        )  # fmt: skip
        print(f"{row.id} lasts until {row.expires:%Y-%m-%d}. The key, shown this once:\n{secret}")
        if signing := service_keys.signing_secret(row):
            print(f"What its source signs with, shown this once:\n{signing}")
    return 0


def _may(key: Any) -> str:
    return " ".join([*key.may, *key.feeds])


def _standing(key: Any, now: datetime) -> str:
    if key.revoked:
        return f"revoked {key.revoked:%Y-%m-%d}"
    return f"{'ended' if key.expires <= now else 'until'} {key.expires:%Y-%m-%d}"
