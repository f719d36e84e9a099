"""`nightlight verify`: whether the audit log is whole, in the database or in an export, with no database at all."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

MOST_SHOWN = 20


class NotWhole(Exception):
    """The log was altered, or a part of it is missing; the message names the first fault."""


class NotReadable(Exception):
    """A file of keys or checkpoints is not what it should be; the message says what was expected."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "verify",
        help="check that nobody altered the audit log",
        description="Check every row of the audit log against the signed chain of its seals, and name the first that "
        "was altered, dropped, inserted or put out of its order. With FILE, an export is checked: no database and no "
        "key file is needed.",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="what `nightlight audit export` wrote")
    parser.add_argument("--public-key", type=Path, metavar="FILE", help="what `nightlight audit public-key` printed")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="checkpoints kept elsewhere, one a line: a log cut short after them is found; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Check it; 0 when it is whole."""
    checkpoints = [each for path in args.checkpoint for each in _checkpoints(path)]
    given = _public_keys(args.public_key) if args.public_key else None
    result = _of_file(args.file, given, checkpoints) if args.file else _live(given, checkpoints)
    print(json.dumps(result, indent=2) if args.json else "\n".join(_lines(result)))
    if result["faults"]:
        raise NotWhole(f"the audit log is not whole: {result['faults'][0]['sentence']}")
    return 0


def _of_file(path: Path, given: dict[str, bytes] | None, checkpoints: list[Any]) -> dict[str, Any]:
    from nightlight.domain import audit_chain
    from nightlight.domain.audit_export import Reader
    from nightlight.store.keys.keyring import verifier

    with path.open(encoding="utf-8") as file:
        reader = Reader(file)
        named = {id_: bytes.fromhex(key) for id_, key in reader.head.keys.items()}
        verify = verifier(named if given is None else given)
        hashes: dict[int, bytes] = {}
        checked = audit_chain.check(_noting(reader.links(), hashes), verify)
    checked.findings += reader.faults
    for each in checkpoints:
        checked.findings += audit_chain.checkpoint_faults(each, hashes, verify)
    return _result(checked, waiting=0, keys_given=given is not None)


def _noting(links: Iterable[Any], hashes: dict[int, bytes]) -> Iterator[Any]:
    for seal, rows in links:
        hashes[seal.number] = seal.hash
        yield seal, rows


def _live(given: dict[str, bytes] | None, checkpoints: list[Any]) -> dict[str, Any]:
    from nightlight.config.boot import boot

    boot()
    from nightlight.actions.keeping.audit_log import verify_live
    from nightlight.store.keys.keyring import verifier

    verdict = verify_live(checkpoints=checkpoints, verify=verifier(given) if given is not None else None)
    return _result(verdict.checked, waiting=verdict.waiting, keys_given=True)


def _result(checked: Any, *, waiting: int, keys_given: bool) -> dict[str, Any]:
    return {
        "whole": checked.sound,
        "seals": checked.seals,
        "rows": checked.rows,
        "sealed_until": checked.newest.sealed if checked.newest else None,
        "waiting": waiting,
        "keys_given": keys_given,
        "written_late": checked.late,
        "faults": [
            {"fault": each.fault.value, "seal": each.seal, "row": each.row, "sentence": each.sentence}
            for each in checked.findings
        ],
    }


def _lines(result: dict[str, Any]) -> Iterator[str]:
    until = f", the last of {result['sealed_until']}" if result["sealed_until"] else ""
    yield f"{result['rows']:,} rows in {result['seals']:,} seals{until}."
    for fault in result["faults"][:MOST_SHOWN]:
        yield fault["sentence"]
    if len(result["faults"]) > MOST_SHOWN:
        yield f"... and {len(result['faults']) - MOST_SHOWN:,} faults more (--json lists all)."
    if result["waiting"]:
        yield f"{result['waiting']:,} rows wait for their seal: nothing proves them yet (nightlight worker seals them)."
    if late := result["written_late"]:
        named = ", ".join(map(str, late[:MOST_SHOWN]))
        yield f"{len(late):,} rows say they are over a day older than the seal before theirs: {named}. Ask why."
    if not result["keys_given"]:
        yield "The signatures were checked with the keys that the export itself names. To know whose they are, give"
        yield "--public-key with what `nightlight audit public-key` printed on the machine of the log."
    if not result["faults"]:
        yield "The audit log is whole."


def _public_keys(path: Path) -> dict[str, bytes]:
    found = {}
    for line in path.read_text("utf-8").splitlines():
        try:
            id_, key = line.split()
            found[id_] = bytes.fromhex(key)
        except ValueError:
            raise NotReadable(
                f"{path}: expected a key id and a key a line, as `nightlight audit public-key` prints them"
            ) from None
    return found


def _checkpoints(path: Path) -> Iterator[Any]:
    from nightlight.domain.audit_chain import read_checkpoint

    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            yield read_checkpoint(line)
        except ValueError as error:
            raise NotReadable(f"{path} line {number}: {error}") from None
