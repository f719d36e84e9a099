"""The stream of an open meeting from the real server: it takes no thread, and survives what breaks."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from support.meetings import conference

from nightlight.timeline.partial import Partial
from nightlight.web import signed_in as web_signed_in

START = (
    "import sys; from nightlight.cli.main import main; sys.exit(main(['serve', '--port', sys.argv[1], *sys.argv[2:]]))"
)
WAIT = 60


class Served:
    """The server, with one process of two threads, so that a stream that took one would show."""

    def __init__(self, database_url):
        with socket.socket() as tried:
            tried.bind(("127.0.0.1", 0))
            self.port = tried.getsockname()[1]
        self.lines = []
        self.environment = {**os.environ, "NIGHTLIGHT_DATABASE_URL": database_url, "NIGHTLIGHT_HOSTS": "127.0.0.1"}
        self.start()

    def start(self):
        command = [sys.executable, "-c", START, str(self.port), "--workers", "1", "--threads", "2"]
        self.process = subprocess.Popen(command, env=self.environment)
        for _ in range(WAIT * 10):
            try:
                self.get("/sign-in")
                return
            except OSError:
                time.sleep(0.1)
        pytest.fail("the server did not start")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(WAIT)

    def line(self):
        self.lines.append(http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT))
        return self.lines[-1]

    def close(self):
        self.stop()
        for line in self.lines:
            line.close()

    def get(self, path, session="", **headers):
        line = self.line()
        line.request("GET", path, headers={"Cookie": f"sessionid={session}", **headers})
        answer = line.getresponse()
        self.lines.append(answer)
        if "event-stream" not in answer.headers.get("Content-Type", ""):
            answer.read()
        return answer

    def draft(self, meeting, session, place, **fields):
        body = urlencode({"place": place, "sequence": str(time.time_ns()), "csrfmiddlewaretoken": "a" * 32, **fields})
        line = self.line()
        cookie = f"sessionid={session}; csrftoken={'a' * 32}"
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", f"/meetings/{meeting}/drafts", body, headers)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.fixture
def held(transactional_db):
    return conference()


@pytest.fixture
def served(held, database_url):
    server = Served(database_url)
    yield server
    server.close()


def signed_in(person):
    assert web_signed_in.KEPT  # imported, it keeps the row of a sign-in, without which a session is none
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value


def until(stream, *words):
    """The lines of a stream up to the one that has the last of these words, which come in this order."""
    lines = []
    wanted = list(words)
    for line in stream:
        lines.append(line.decode())
        if wanted[0] in lines[-1]:
            wanted.pop(0)
            if not wanted:
                return "".join(lines)
    raise AssertionError(f"the stream ended before {wanted}: {lines}")


def number_in(text):
    return max(int(line.removeprefix("id: ")) for line in text.splitlines() if line.startswith("id: "))


def test_open_pages_hear_at_once_take_no_thread_and_lose_nothing(held, served):
    sessions = {name: signed_in(held.people[name]) for name in ("chair", "lead", "nurse", "officer", "outsider")}
    path = f"/meetings/{held.meeting}/stream"
    streams = {name: served.get(path, sessions[name]) for name in ("chair", "lead", "nurse", "officer")}
    for stream in streams.values():
        until(stream, "event: ready")
    assert served.get(path, sessions["outsider"]).status == 204
    assert served.get("/notices", sessions["chair"]).status == 200  # four streams, two threads

    place = "danger:0e0e0e0e-0000-4000-8000-000000000001"
    assert served.draft(held.meeting, sessions["lead"], place, what="Half a sent") == (200, {"kept": True})
    assert served.draft(held.meeting, sessions["lead"], "score", score="1", reason="Mine alone") == (
        200,
        {"kept": True},
    )
    when = {"starts": Partial.parse("2099-11-20T17:00Z"), "ends": Partial.parse("2099-11-23T09:00Z")}
    held.add("lead", "danger", "d", what="Could die.", **when)  # to come, whenever this is run
    seen = until(streams["nurse"], "Half a sent", "DangerVoiced")
    assert "Mine alone" not in seen
    assert '"hours":64.0' in seen

    with connection.cursor() as cursor:  # the database's line breaks
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN nightlight_meeting'"
        )
        assert cursor.fetchall()
    held.protection()
    seen = until(streams["officer"], "ProtectionAccepted")
    last = number_in(seen)

    served.stop()  # the server is stopped and started again
    held.add("chair", "note", "n", block="harm", text="Written while it was away.")
    served.start()
    back = served.get(path, sessions["officer"], **{"Last-Event-ID": str(last)})
    missed = until(back, "event: ready")
    assert "NoteWritten" in missed
    assert "DangerVoiced" not in missed
