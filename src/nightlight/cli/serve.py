"""`nightlight serve`: the pages, by gunicorn with threads, at an address of this machine."""

from __future__ import annotations

import argparse
import socket
import sys
from typing import Any

from nightlight.config import environment as env

HOST = "127.0.0.1"
PORT = 8000


class PortInUse(Exception):
    """Something else listens at the address; the message names the port and how to take another."""


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "serve",
        help="serve the pages",
        description="Serve the pages to this machine. To serve others, put a proxy that speaks https in front.",
    )
    add_options(parser)


def add_options(parser: Any) -> None:
    """What `serve` and `demo` share."""
    parser.add_argument("--port", type=_port, default=PORT, metavar="N", help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes; default: %(default)s")
    parser.add_argument("--threads", type=int, default=8, metavar="N", help="requests at once in each; %(default)s")


def run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    check_port(args.port)
    from nightlight.config.boot import boot
    from nightlight.engines import ready

    boot()
    _say_if_shared()
    ready.warm_beside()
    return serve(args.port, args.threads, args.workers)


def _say_if_shared() -> None:
    from django.db import connection  # late: boot() has set it up

    for does, has, name in (
        ("Pages are read", connection.has_two_logins, env.PAGES_DATABASE_URL.name),  # type: ignore[attr-defined]
        ("Deeds are done", connection.has_deeds_login, env.DEEDS_DATABASE_URL.name),  # type: ignore[attr-defined]
    ):
        if not has:
            print(
                f"{does} by the login that owns the tables: set {name} (docs/how-to/access.md, Prepare the database).",
                file=sys.stderr,
            )


def check_port(port: int, host: str = HOST) -> None:
    """Raise `PortInUse` now rather than after minutes of preparation."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError:
            raise PortInUse(
                f"port {port} is in use by another program. End it, or choose another port: --port {port + 1}"
            ) from None


def serve(port: int, threads: int, workers: int) -> int:
    """Run gunicorn in this process until it is told to stop."""
    from django.core.wsgi import get_wsgi_application
    from gunicorn.app.base import BaseApplication

    from nightlight.cli.giving_away import GivingWorker, giving_away
    from nightlight.config.boot import ready_to_serve

    class Server(BaseApplication):
        def load_config(self) -> None:
            settings = {
                "bind": f"{HOST}:{port}",
                "workers": workers,
                "threads": threads,
                "worker_class": GivingWorker,  # threads; a page that stays open takes none of them
                "accesslog": None,  # an access log would say who looked up whom, outside the audit's protection
                "loglevel": "warning",
                "proc_name": "nightlight",
                "control_socket_disable": True,
            }
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            pages = get_wsgi_application()
            ready_to_serve()
            return giving_away(pages)

    try:
        Server().run()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _port(text: str) -> int:
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port; expected a number from 1 to 65535")
