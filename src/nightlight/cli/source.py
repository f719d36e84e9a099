"""`nightlight source`: an organisation's own records on its own machine, and the pointers that leave it for a hub."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "source",
        help="evaluate your own records here, and send a hub pointers and no content",
        description="Run Nightlight on an organisation's own machine, over its own records: what leaves is a pointer "
        "(which indicator, from when), and on a request that somebody here accepted, what they chose to give. "
        "Take records in with nightlight ingest; answer requests on the pages (nightlight serve).",
    )
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    deeds.add_parser("run", help="run until stopped: evaluate, send what is due, fetch requests")
    send = deeds.add_parser("send", help="send what waits and fetch requests, once, now")
    send.add_argument("--refused", action="store_true", help="first put back what the hub refused")
    send.add_argument(
        "--again",
        action="store_true",
        help="first tell the hub everything again: it was restored from a backup, or lost what it had",
    )
    status = deeds.add_parser("status", help="what waits, what was refused and why, when the hub was last reached")
    status.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    deeds.add_parser("requests", help="the hub's requests for information, and how each stands")


def run(args: argparse.Namespace) -> int:
    """Do one deed. 0 when the hub has everything, 8 where something waits or was refused (`send`)."""
    from nightlight.config import work
    from nightlight.config.boot import boot

    boot()
    if args.deed == "run":
        return work.run_source(_say)
    if args.deed == "send":
        return _send(args)
    if args.deed == "requests":
        return _requests()
    return _status(args)


def _say(line: str) -> None:
    print(line, flush=True)


def _send(args: argparse.Namespace) -> int:
    from nightlight.actions.keeping import audit_log
    from nightlight.actions.source import outbox as source_outbox
    from nightlight.actions.source import sending as source_sending
    from nightlight.config import work

    part = work.source()
    if args.again:
        source_outbox.again(now=datetime.now(UTC))
    if args.refused:
        print(f"{source_sending.try_refused_again():,} put back.")
    source_sending.hurry()
    done = part.turn(datetime.now(UTC))
    audit_log.seal()
    print(f"{done.taken:,} sent, {done.refused:,} refused by the hub.")
    if done.stopped:
        print(f"Stopped: {done.stopped}. What waits is sent when the hub answers.")
    return 8 if done.stopped or done.refused else 0


def _requests() -> int:
    from nightlight.actions.source import requests as source_requests

    found = source_requests.listed()
    for line in found:
        print(f"{line.request}\t{line.at:%Y-%m-%d %H:%M}\t{line.by}\t{line.harm}\t{line.stands}")
    if not found:
        print("The hub has asked for nothing.")
    return 0


def _status(args: argparse.Namespace) -> int:
    from nightlight.actions.source import outbox as source_outbox
    from nightlight.actions.source import sending as source_sending

    now, unnumbered = source_sending.standing(), source_outbox.unnumbered()
    if args.json:
        said = {
            "waiting": now.waiting, "sent": now.sent, "refused": dict(now.refused), "unnumbered": unnumbered,
            "oldest": now.oldest, "next_at": now.next_at, "reached": now.reached, "hub_said": now.said,
        }  # fmt: skip
        print(json.dumps(said, indent=2, default=str))
        return 0
    reached = f"{now.reached:%Y-%m-%d %H:%M} UTC" if now.reached else "never"
    print(f"The hub was last reached: {reached}" + (f". It said: {now.said}" if now.said else ""))
    oldest = f", the oldest since {now.oldest:%Y-%m-%d %H:%M} UTC" if now.oldest else ""
    print(f"{now.sent:,} events sent, {now.waiting:,} waiting{oldest}")
    for code, count in now.refused:
        print(f"{count:,} refused by the hub: {code}. Once that is mended: nightlight source send --refused")
    if unnumbered:
        print(f"{unnumbered:,} children have neither an NHS number nor a UPN, so that the hub cannot be told of them")
    return 0
