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
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from support.meetings import conference, key

from nightlight.actions.meetings import after as meeting_after
from nightlight.actions.plans import deeds as plans
from nightlight.actions.plans import page as plan_live
from nightlight.actions.seeing import compartments
from nightlight.domain.plans import events as pe
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


def test_an_open_plan_hears_of_a_change_and_nothing_of_what_is_closed_to_its_reader(held, served):
    begun = plans.begin(
        by=held.people["worker"], kind="child_protection", children=[held.child], why="Harm.", key=key(),
        meeting=held.meeting, now=held.now,
    )  # fmt: skip
    members = pe.MembersNamed(id=key(), at=held.now, by="worker", members=("nurse", "officer", "lead"))
    plans.do(by=held.people["worker"], plan=begun, event=members, now=held.now)
    sessions = {name: signed_in(held.people[name]) for name in ("nurse", "officer", "lead", "outsider")}
    path = f"/plans/{begun}/stream?after=2"
    streams = {name: served.get(path, sessions[name]) for name in ("nurse", "officer", "lead")}
    for stream in streams.values():
        until(stream, "event: ready")
    assert served.get(path, sessions["outsider"]).status == 204
    assert served.get("/notices", sessions["nurse"]).status == 200  # three streams, two threads
    part = str(uuid4())
    compartments.open_in_meeting(part, kind="police", reason="A code.", members=("officer",), by=held.people["officer"],
                                 now=held.now)  # fmt: skip
    for name, closed in (("secret", part), ("open", "")):
        plans.add(
            by=held.people["officer"], plan=begun, key=key(), what="danger", item=str(uuid4()), now=held.now,
            fields={"what": f"{name} words", "closed_part": closed},
        )  # fmt: skip
    heard = {name: until(stream, '"number":4') for name, stream in streams.items()}
    assert '"number":3' in heard["officer"]
    for name in ("nurse", "lead"):
        assert '"number":3' not in heard[name]
    for text in heard.values():
        assert "words" not in text
        assert '"by_name":"Officer Fiction"' in text


def test_from_whom_a_plan_is_withheld_hears_of_their_own_part_of_it_alone(held):
    meeting_after.withhold(by=held.people["chair"], meeting=held.meeting, person="nurse", reason="Kin.", now=held.now)
    begun = plans.begin(
        by=held.people["worker"], kind="child_protection", children=[held.child], why="Harm.", key=key(),
        meeting=held.meeting, now=held.now,
    )  # fmt: skip
    for owner in ("nurse", "lead"):
        plans.add(
            by=held.people["worker"], plan=begun, key=key(), what="action", item=str(uuid4()), now=held.now,
            fields={"what": f"Something of {owner}.", "owner": owner},
        )  # fmt: skip
    messages = plan_live.Changes().since(begun, 0)
    assert [each.number for each in messages if each.is_for("nurse")] == [2]
    assert [each.number for each in messages if each.is_for("lead")] == [1, 2, 3]
    assert plan_live.Changes().may_hear(begun, "nurse")
    assert not plan_live.Changes().may_hear(begun, "outsider")
    assert not plan_live.Changes().typed(begun, None)
