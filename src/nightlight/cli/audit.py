"""`nightlight audit`: a copy of the log, or its checkpoint, taken off the machine; the keys that it is checked with."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from nightlight.cli.giving import operator
from nightlight.cli.output import note
from nightlight.paper.blocks import Document, data


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "audit",
        help="take the audit log, or its checkpoint, off the machine",
        description="The audit log is sealed into a signed chain. An export is checked anywhere by `nightlight verify "
        "FILE`; a checkpoint kept elsewhere shows if the end of the log was cut off.",
    )
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    export = what.add_parser("export", help="write the whole log to a file")
    export.add_argument("file", type=Path, metavar="FILE", help="a file that is not there yet")
    checkpoint = what.add_parser("checkpoint", help="print a signed line that stands for the log as it is now")
    checkpoint.add_argument("--append", type=Path, metavar="FILE", help="add it to a file instead, on another machine")
    what.add_parser("public-key", help="print the public keys that the log is signed with")
    what.add_parser("seal", help="seal what waits, where no worker runs")
    subject = what.add_parser(
        "subject",
        help="write who has looked at a record, for whom it is about",
        description="In plain words: who looked, when and why; nothing of what the record says. It is on record.",
    )
    subject.add_argument("child", type=UUID, metavar="CHILD", help="the id in the address of the record")
    subject.add_argument(
        "--out", type=document_file, required=True, metavar="FILE", help="a new file: .html, .pdf or .json"
    )
    subject.add_argument(
        "--without", action="append", default=[], metavar="ORGANISATION",
        help="leave out an organisation's lines, where telling of them would do harm; may be given again",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Do as asked."""
    from nightlight.config.boot import boot

    boot()
    deeds = {
        "export": _export, "checkpoint": _checkpoint, "public-key": _public_key, "seal": _seal, "subject": _subject,
    }  # fmt: skip
    return deeds[args.what](args)


def write_new(path: Path, lines: Iterable[str]) -> None:
    """Write a text file that was not there, readable by its owner only: whole, or not at all."""
    write_new_bytes(path, (line.encode() for line in lines))


def write_new_bytes(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that was not there, readable by its owner only: whole, or not at all."""
    if path.exists():
        raise FileExistsError(17, "the file is there already; give the name of a new one", str(path))
    draft = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def _export(args: argparse.Namespace) -> int:
    from nightlight.actions.keeping import audit_log

    write_new(args.file, audit_log.export(by=operator(), now=datetime.now(UTC)))
    note(f"written to {args.file}; check it with: nightlight verify {args.file}")
    return 0


def _checkpoint(args: argparse.Namespace) -> int:
    from nightlight.actions.keeping import audit_log

    line = audit_log.checkpoint(by=operator(), now=datetime.now(UTC)).line()
    if args.append is None:
        print(line)
        return 0
    with args.append.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    return 0


def _subject(args: argparse.Namespace) -> int:
    from nightlight.actions.oversight import lookers

    now = datetime.now(UTC)
    made = lookers.for_subject_by_command(by=operator(), child=args.child, now=now, without=args.without)
    write_document(args.out, made, now)
    note(f"written to {args.out}")
    return 0


FORMS = (".html", ".pdf", ".json")


def document_file(text: str) -> Path:
    """A file's name whose ending says how a document is written."""
    path = Path(text)
    if path.suffix not in FORMS:
        raise argparse.ArgumentTypeError(f"expected a name that ends in {', '.join(FORMS)}: how it is to be written")
    return path


def write_document(path: Path, document: Document, now: datetime) -> None:
    """Write a document as its file's name says, to a file that was not there, readable by its owner only."""
    from nightlight.paper.html import page
    from nightlight.paper.pdf import pdf

    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        if path.suffix == ".pdf":
            file.write(pdf(document, at=now))
        elif path.suffix == ".html":
            file.write(page(document).encode())
        else:
            file.write((json.dumps(data(document), ensure_ascii=False, indent=2) + "\n").encode())


def _public_key(args: argparse.Namespace) -> int:
    from nightlight.store.keys.vault import keyring

    for id_, key in keyring().public_keys().items():
        print(id_, key.hex())
    return 0


def _seal(args: argparse.Namespace) -> int:
    from nightlight.actions.keeping import audit_log

    print(f"{audit_log.seal():,} rows sealed")
    return 0
