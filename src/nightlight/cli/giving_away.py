"""Gunicorn's threaded worker, which lets a request take its connection away: a page that listens keeps no thread.

A view finds `TAKE` in the environ, calls it for the connection, and answers over that by itself. Whatever the view
returns is not sent. Any other server leaves `TAKE` out, and the view answers with chunks.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

TAKE = "nightlight.take_connection"


class Taken(Exception):
    """The connection is somebody else's now: gunicorn neither writes to it nor closes it."""


def giving_away(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application, with `TAKE` in each request's environ."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        taken: list[bool] = []

        def take() -> socket.socket:
            taken.append(True)
            connection: socket.socket = environ["gunicorn.socket"]
            return connection

        environ[TAKE] = take
        response = app(environ, start_response)
        if not taken:
            return response
        response.close()  # type: ignore[attr-defined]  # Django's: what it opened for the request is closed
        raise Taken

    return application


class GivingWorker(ThreadWorker):
    """A worker of threads that forgets a connection which was taken."""

    def handle_request(self, req: Any, conn: Any) -> bool:
        try:
            return bool(super().handle_request(req, conn))
        except Taken:
            conn.sock = socket.socket()  # nobody's: it is closed in place of the one that was taken
            return False
