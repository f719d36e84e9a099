"""`nightlight contact`: how a person, an organisation's system or whoever runs the hub is reached."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "contact",
        help="say how a person or an organisation's system is reached",
        description="Say by which channel and address somebody is reached. `operator` is whoever runs the hub. A "
        "bounced address is used again once it is set again.",
    )
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--person", metavar="NAME", help="a sign-in name, or operator")
    whose.add_argument("--organisation", metavar="CODE", help="an organisation, for its system")
    parser.add_argument("channel", choices=("email", "text", "webhook"), help="by which channel")
    parser.add_argument("address", help="an e-mail address, a telephone number or an https address")
    parser.add_argument("--place", type=int, default=0, metavar="N", help="the lowest is tried first; %(default)s")


def run(args: argparse.Namespace) -> int:
    """Keep it."""
    from nightlight.config.boot import boot

    boot()
    from nightlight.actions.telling.notices import set_contact

    set_contact(
        by="operator",
        person=args.person or "",
        organisation=args.organisation or "",
        channel=args.channel,
        address=args.address,
        place=args.place,
        now=datetime.now(UTC),
    )
    print(f"{args.person or args.organisation} is reached by {args.channel}")
    return 0
