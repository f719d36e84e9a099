"""`nightlight keys`: the file of keys that seal sensitive columns and backups and sign the audit log."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from nightlight.cli.giving import operator
from nightlight.cli.output import note, progress_bar


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "keys",
        help="make, list, rotate or forget the keys that encrypt and sign",
        description="The key file (NIGHTLIGHT_KEYS) is not in the database and not in its backups: keep a copy of it "
        "elsewhere. Without it nothing sealed can be read again.",
    )
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    what.add_parser("make", help="make the key file of a new installation")
    what.add_parser("list", help="the keys by id, and since when; never the keys themselves")
    rotate = what.add_parser("rotate", help="make new keys, and seal every value anew")
    rotate.add_argument("--resume", action="store_true", help="no new keys: go on with a rotation that was stopped")
    forget = what.add_parser("forget", help="take a key that seals nothing any more out of the file")
    forget.add_argument("id", metavar="ID", help="a data key; backups made under it can't be read any more")


def run(args: argparse.Namespace) -> int:
    """Do as asked."""
    return {"make": _make, "list": _list, "rotate": _rotate, "forget": _forget}[args.what](args)


def _make(args: argparse.Namespace) -> int:
    from nightlight.config.environment import key_file
    from nightlight.store.keys.keyring import make

    path = key_file()
    if path.exists():
        raise FileExistsError(17, "the key file is there already", str(path))
    make(path, datetime.now(UTC))
    note(f"made {path}. Keep a copy where neither this machine nor a backup is: without it nothing sealed can be read.")
    return 0


def _list(args: argparse.Namespace) -> int:
    from nightlight.config.environment import key_file
    from nightlight.store.keys.keyring import read

    ring = read(key_file())
    for kind, keys, newest in (("data", ring.data, ring.current), ("signing", ring.signing, ring.signer)):
        for key in keys:
            print(f"{key.id}  {kind:<8} made {key.made}{'  in use' if key == newest else ''}")
    return 0


def _rotate(args: argparse.Namespace) -> int:
    from nightlight.config.boot import boot
    from nightlight.config.environment import key_file

    boot()
    from nightlight.actions.keeping import keys

    now = datetime.now(UTC)
    with progress_bar("Sealing anew", counts="values") as progress:
        if args.resume:
            sealed = keys.reseal(by=operator(), now=now, progress=progress)
        else:
            sealed = keys.rotate(path=key_file(), by=operator(), now=now, progress=progress)
    print(f"{sealed:,} values sealed with the newest key")
    note(f"copy {key_file()} to where its copies are kept, now: older copies lack the newest key.")
    return 0


def _forget(args: argparse.Namespace) -> int:
    from nightlight.config.boot import boot
    from nightlight.config.environment import key_file

    boot()
    from nightlight.actions.keeping import keys

    keys.forget(path=key_file(), id_=args.id, by=operator(), now=datetime.now(UTC))
    print(f"{args.id} is forgotten")
    return 0
