"""`nightlight copies`: who is owed a copy of what is held on them, and taking out one that the guardian made."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from nightlight.cli.audit import document_file
from nightlight.cli.giving import operator
from nightlight.cli.output import note


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "copies",
        help="list requests for a copy of what is held on somebody; take one out",
        description="The Caldicott guardian decides what is given, field by field, on the page Copies for people. "
        "A copy taken out here is exactly the one that was made there, and is on record.",
    )
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    what.add_parser("list", help="every request by its id, when it is due and whether a copy was made; no names")
    take = what.add_parser("take", help="write the copy of a request to a new file")
    take.add_argument("request", type=UUID, metavar="REQUEST", help="the id that the list shows")
    take.add_argument(
        "--out",
        type=_copy_file,
        required=True,
        metavar="FILE",
        help="a new file: .zip (with the files that go with it), .html, .pdf or .json",
    )


def _copy_file(text: str) -> Path:
    return Path(text) if text.endswith(".zip") else document_file(text)


def run(args: argparse.Namespace) -> int:
    """Do as asked."""
    from nightlight.config.boot import boot

    boot()
    return _list() if args.what == "list" else _take(args)


def _list() -> int:
    from nightlight.actions.oversight import copies as subject_access

    for row, copies in subject_access.open_requests():
        standing = f"answered {row.closed:%Y-%m-%d}" if row.closed else f"due {row.due:%Y-%m-%d}"
        print(f"{row.id}\treceived {row.received:%Y-%m-%d}\t{standing}\t{'copy made' if copies else 'no copy'}")
    return 0


def _take(args: argparse.Namespace) -> int:
    from nightlight.actions.oversight import copies as subject_access
    from nightlight.cli.audit import write_document, write_new, write_new_bytes

    now = datetime.now(UTC)
    if args.out.exists():
        raise FileExistsError(17, "the file is there already; give the name of a new one", str(args.out))
    copy = subject_access.copy_by_command(by=operator(), request=args.request, now=now)
    content = bytes(copy.content)
    if args.out.suffix == ".zip":
        write_new_bytes(args.out, [subject_access.bundle(copy, now)])
    elif args.out.suffix == ".json":
        write_new(args.out, [content.decode()])
    else:
        write_document(args.out, subject_access.document(content), now)
    note(f"written to {args.out}")
    return 0
