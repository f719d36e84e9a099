"""`nightlight policy`: the access policy in plain words, as text, and whether it can be used. It reads no record."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "policy",
        help="who may see what: show the access policy, or check a text of one",
        description="The access policy that every page, list, count and search asks. Needs no database.",
    )
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    show = deeds.add_parser("show", help="its rules in plain words, and what follows for each role")
    show.add_argument("--text", action="store_true", help="the text itself, as a guardian signs it")
    check = deeds.add_parser("check", help="whether the .cedar files of a folder can be used")
    check.add_argument("folder", type=Path, metavar="FOLDER")


def run(args: argparse.Namespace) -> int:
    """Show or check; a text that cannot be used says what is wrong with it."""
    return _check(args.folder) if args.deed == "check" else _show(whole=args.text)


def _show(*, whole: bool) -> int:
    from nightlight.domain.access.engine import policy

    asked = policy()
    if whole:
        for name, text in asked.texts.files:
            print(f"// {name}\n{text}")
        return 0
    print(f"Access policy {asked.texts.digest}\n")
    for rule in asked.rules.values():
        print(f"{rule.effect:7}{rule.id}\n       {rule.says}\n       Source: {rule.source}")
    return 0


def _check(folder: Path) -> int:
    from nightlight.domain.access.engine import Policy
    from nightlight.domain.access.texts import PolicyTexts

    files = sorted(folder.glob("*.cedar"))
    if not files:
        raise FileNotFoundError(f"{folder.name}: there is no .cedar file in this folder")
    asked = Policy(PolicyTexts(tuple((file.name, file.read_text("utf-8")) for file in files)))
    print(f"{len(asked.rules)} rules can be used. Digest: {asked.texts.digest}")
    return 0
