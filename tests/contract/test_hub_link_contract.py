"""What every way to a hub keeps: an answer is told as it is, and what is lost is not taken for a refusal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nightlight.domain.pointers import Link, Unreachable
from nightlight.notify.hub import EVENTS, REQUESTS, HubLink
from nightlight.notify.webhook import signature

SECRET = "whsec_c2VjcmV0"


class Hub(BaseHTTPRequestHandler):
    """A hub that answers as it is told, and keeps what arrived."""

    answers: tuple[int, bytes, dict[str, str]] = (200, b"{}", {})
    arrived: list[tuple[str, str, bytes, dict[str, str]]] = []

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["content-length"])))

    def do_GET(self) -> None:
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        type(self).arrived.append((self.command, self.path, body, {k.lower(): v for k, v in self.headers.items()}))
        status, said, headers = self.answers
        if status == 0:
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said) + (10 if status == 299 else 0)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[type[Hub]]:
    Hub.arrived.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Hub.port = server.server_address[1]  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield Hub
    server.shutdown()
    server.server_close()


def link(hub: Any) -> Link:
    return HubLink(base=f"http://127.0.0.1:{hub.port}/", key="nlk_k", secret=SECRET, timeout=60)


def test_what_is_sent_arrives_as_it_is_signed_with_the_secret_and_never_holds_it(hub: type[Hub]) -> None:
    hub.answers = (201, b'{"id": "i"}', {})
    assert link(hub).send("id-1", b"{}").taken
    ((command, path, body, headers),) = hub.arrived
    assert (command, path, body) == ("POST", EVENTS, b"{}")
    assert headers["authorization"] == "Bearer nlk_k"
    assert headers["webhook-signature"] == signature(SECRET, "id-1", int(headers["webhook-timestamp"]), b"{}")
    assert SECRET not in str(headers)


def test_requests_are_asked_for_signed(hub: type[Hub]) -> None:
    hub.answers = (200, b'{"requests": []}', {})
    answer = link(hub).requests("id-2")
    assert (answer.taken, answer.said, hub.arrived[0][:2]) == (True, {"requests": []}, ("GET", REQUESTS))


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422, 429, 500, 503])
def test_a_refusal_is_an_answer(hub: type[Hub], status: int) -> None:
    hub.answers = (status, b'{"detail": "why"}', {"Nightlight-Expected": "4", "Retry-After": "7"})
    answer = link(hub).send("i", b"{}")
    assert (answer.taken, answer.status, answer.said["detail"]) == (False, status, "why")
    assert (answer.expected, answer.wait) == (4, 7)


def test_a_refusal_in_a_proxys_own_words_is_one_too(hub: type[Hub]) -> None:
    hub.answers = (502, b"<html>Bad gateway</html>", {"Nightlight-Expected": "x"})
    answer = link(hub).send("i", b"{}")
    assert (answer.status, answer.said, answer.expected) == (502, None, None)


@pytest.mark.parametrize("answers", [(0, b"", {}), (299, b"{", {}), (200, b"<html>", {}), (302, b"", {})])
def test_what_was_lost_is_not_known_to_have_arrived(hub: type[Hub], answers: Any) -> None:
    """No answer, one cut short, one that is no answer of a hub; a redirect is followed nowhere."""
    hub.answers = answers
    assert not arrived(link(hub))
    assert len(hub.arrived) == 1


def arrived(way: Link) -> bool:
    try:
        return way.send("i", b"{}").taken
    except Unreachable:
        return False


def test_hub_that_is_away_is_unreachable() -> None:
    away = HubLink(base="http://127.0.0.1:9", key="k", secret=SECRET, timeout=60)
    with pytest.raises(Unreachable, match="was not reached"):
        away.send("i", b"{}")
