"""The far ends of channels, run by the tests on this machine: a mail server, GOV.UK Notify's API, a webhook's receiver.

Each keeps what arrived, can be told to be busy or to refuse, and has `channel`: the adapter that reaches it.
"""

from __future__ import annotations

import json
import socket
import threading
import uuid
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller

from nightlight.notify.govuk import GovUkNotify
from nightlight.notify.smtp import Smtp
from nightlight.notify.webhook import Webhook, secret_for, signature

MADE = datetime(2026, 11, 23, 9, tzinfo=UTC)
MASTER = "fifty-random-characters-of-an-installation"


class FarEnd:
    """What all of them share."""

    made = MADE
    says_what_became_of_it = False

    def __init__(self):
        self.arrived: list[str] = []
        self.ids: list[str] = []
        self.answers = "well"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def answer(self, how):
        self.answers = how

    @property
    def seen_by_the_person(self):
        """Mail programs, Notify and receivers take the same id for the same message."""
        return set(self.ids)


class SMTP(FarEnd):
    """A mail server."""

    address = "lead@school.example"

    def __init__(self):
        super().__init__()
        port = _free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=port)
        self.controller.start()
        self.channel = Smtp.at(f"smtp://127.0.0.1:{port}?tls=none", "hub@partnership.example", timeout=30)
        self.senders: list[str] = []

    async def handle_DATA(self, server, session, envelope):
        if self.answers != "well":
            return "451 come again" if self.answers == "busy" else "550 nobody here"
        text = envelope.content.decode()
        self.arrived.append(text)
        self.senders.append(envelope.mail_from)
        self.ids.append(text.partition("Message-ID: ")[2].partition("\r\n")[0])
        return "250 taken"

    def close(self):
        if self.controller is not None:
            self.controller.stop()
            self.controller = None


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class _Http(FarEnd):
    """Something that answers HTTP."""

    def __init__(self):
        super().__init__()
        end = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                self._answer(*end.posted(self.path, self.headers, body))

            def do_GET(self):
                self._answer(*end.got(self.path))

            def _answer(self, status, said):
                body = json.dumps(said).encode()
                self.send_response(status)
                if status == 302:
                    self.send_header("location", "http://127.0.0.1:1/")
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        if self.server is not None:
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()
            self.server = None


class Hook(_Http):
    """A receiver of webhooks, which checks signatures."""

    def __init__(self):
        super().__init__()
        self.address = f"{self.base}/hook"
        self.channel = Webhook(source="https://hub.example", master=MASTER, timeout=30, clock=lambda: MADE)
        self.events: list[dict] = []
        self.posts: list[tuple[dict, bytes]] = []
        self.signed_rightly: list[bool] = []

    def posted(self, path, headers, body):
        if self.answers != "well":
            return {"busy": 503, "refused": 410, "elsewhere": 302}[self.answers], {}
        id_, timestamp = headers["webhook-id"], int(headers["webhook-timestamp"])
        expected = signature(secret_for(self.address, MASTER), id_, timestamp, body)
        self.signed_rightly.append(headers["webhook-signature"] == expected)
        self.posts.append(({name.lower(): value for name, value in headers.items()}, body))
        self.events.append(json.loads(body))
        self.arrived.append(body.decode())
        self.ids.append(id_)
        return 200, {}

    def got(self, path):
        return 404, {}


class GovUk(_Http):
    """GOV.UK Notify's API, as far as its own client asks of it."""

    says_what_became_of_it = True

    def __init__(self, medium):
        super().__init__()
        self.address = "lead@school.example" if medium == "email" else "+447700900123"
        key = f"test-{uuid.UUID(int=1)}-{uuid.UUID(int=2)}"
        template = str(uuid.UUID(int=3))
        self.channel = GovUkNotify(key=key, template=template, medium=medium, base_url=self.base, timeout=30)
        self.sent: dict[str, str] = {}
        self.status = "sending"

    def became(self, status):
        self.status = status

    def posted(self, path, headers, body):
        if self.answers != "well":
            code = {"busy": 503, "refused": 400}[self.answers]
            return code, {"status_code": code, "errors": [{"error": "BadRequestError", "message": "not valid"}]}
        said = json.loads(body)
        self.arrived.append(json.dumps(said["personalisation"]))
        self.ids.append(str(uuid.uuid4()))
        self.sent[said["reference"]] = self.ids[-1]
        return 201, {"id": self.ids[-1], "reference": said["reference"]}

    def got(self, path):
        parts = urlsplit(path)
        reference = parse_qs(parts.query).get("reference", [""])[0]
        if reference:
            found = [{"id": self.sent[reference]}] if reference in self.sent else []
            return 200, {"notifications": found}
        return 200, {"id": parts.path.rpartition("/")[2], "status": self.status}
