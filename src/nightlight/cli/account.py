"""`nightlight account`: who may sign in, and how: made, let in again, stopped, linked to a provider."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from nightlight.cli.giving import user

_DEEDS = {
    "password": "make a new password, shown once; all sign-ins end",
    "unlock": "let somebody try again after too many wrong tries",
    "reset": "forget somebody's second factors; they set one up at the next sign-in",
    "stop": "sign somebody out everywhere and let them in no more",
    "start": "let somebody in again who was stopped",
    "unlink": "end every link to a provider; all sign-ins end",
}


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "account",
        help="who may sign in: add, list, unlock, reset, stop, link to a provider",
        description="Who may sign in, and how. Every change is in the audit log under the name of whoever runs it.",
    )
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    deeds.add_parser("list", help="every account")
    new = deeds.add_parser("add", help="make an account; its password is shown once")
    new.add_argument("username", metavar="USERNAME")
    new.add_argument("--name", required=True, help="as colleagues know them")
    new.add_argument("--role", required=True, help="code of a role, such as social_worker")
    new.add_argument("--organisation", required=True, help="code of their organisation")
    link = deeds.add_parser("link", help="say whom a provider's subject is")
    link.add_argument("username", metavar="USERNAME")
    link.add_argument("--subject", required=True, help="the provider's own id of them (its claim sub)")
    link.add_argument("--issuer", help="the provider; default: the one that is configured")
    for name, line in _DEEDS.items():
        deeds.add_parser(name, help=line).add_argument("username", metavar="USERNAME")


def run(args: argparse.Namespace) -> int:
    """Do one deed, and say what became of it."""
    from nightlight.config.boot import boot

    boot()
    from nightlight.actions.signin import accounts

    if args.deed == "list":
        for each in accounts.everybody():
            print(f"{each.username}\t{each.role}\t{each.organisation_id}\t{'' if each.is_active else 'stopped'}")
        return 0
    who: dict[str, Any] = {"username": args.username, "by": f"cli:{user()}", "now": datetime.now(UTC)}
    if args.deed == "add":
        made = accounts.add(**who, name=args.name, role=args.role, organisation=args.organisation)
        print(f"{args.username} may sign in. The password, shown this once: {made}")
    elif args.deed == "link":
        accounts.link(**who, issuer=args.issuer or _issuer(), subject=args.subject)
        print(f"{args.username} is linked.")
    elif args.deed == "password":
        print(f"The new password, shown this once: {accounts.password(**who)}")
    else:
        getattr(accounts, args.deed)(**who)
        print(f"{args.username}: done ({_DEEDS[args.deed]}).")
    return 0


def _issuer() -> str:
    from nightlight.config import environment as env

    if found := env.read(env.OIDC_ISSUER):
        return found
    raise env.SettingError("name the provider with --issuer, or set NIGHTLIGHT_OIDC_ISSUER.")
