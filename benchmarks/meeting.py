"""How soon thirty people in one meeting see what another saves: p50, p95 and worst, in milliseconds, over real HTTP.

    python benchmarks/meeting.py [--quick] [--people N] [--seconds S]

Starts a private PostgreSQL in a scratch folder and the server as `nightlight serve` does, and signs N people in, all at
one meeting. Each types: a draft of a danger is saved every two seconds, as a page does at a pause in typing.
`saved_to_seen` is from when a save was answered to when each other person's stream brought it; `sent_to_seen` is from
when it was sent. The peer polls: the same people ask the same server for what is new, every second, in the same run.
Another page is asked for ten times a second meanwhile, to see that open streams keep nobody waiting. The last line is
JSON.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

NOW = datetime.now(UTC)
PAUSE = 2.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="ten seconds, not sixty")
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--poll", type=float, default=1.0, help="seconds between two questions of the polling peer")
    args = parser.parse_args()
    seconds = args.seconds or (10 if args.quick else 60)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # the database's own user must pass through where root starts this
        print(json.dumps(_in(Path(folder), args.people, seconds, args.poll), default=str))


def _in(scratch: Path, people: int, seconds: int, poll: float) -> dict[str, Any]:
    from nightlight.config.boot import logins_of
    from nightlight.store.cluster import Cluster

    cluster = Cluster(scratch / "data")
    cluster.start()
    os.environ.update(logins_of(cluster), NIGHTLIGHT_DATA=str(scratch / "data"))
    try:
        return _measure(people, seconds, poll)
    finally:
        cluster.destroy()


def _measure(people: int, seconds: int, poll: float) -> dict[str, Any]:
    from django.core.management import call_command

    from nightlight.config.boot import boot

    boot(tables=False)
    call_command("migrate", verbosity=0, interactive=False)
    sessions, meeting = _a_meeting(people)
    port = _free_port()
    from django.db import connections

    connections.close_all()
    server = _serve(port)
    try:
        _wait_for(port)
        streams = Run(port, meeting, sessions, seconds)
        found = {"people": people, "seconds": seconds, "stream": streams.go()}
        found["poll"] = Run(port, meeting, sessions, seconds, poll=poll).go()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
    for how in ("stream", "poll"):
        print(how, found[how], file=sys.stderr)
    return found


# -- what there is


def _a_meeting(people: int) -> tuple[list[tuple[str, str]], str]:
    """People who are signed in (name and session key), and a meeting that all were asked to."""
    from django.test import Client

    from nightlight.actions.meetings import calling as meetings
    from nightlight.actions.meetings.calling import Invitation
    from nightlight.store.audit.models import AuditEvent
    from nightlight.store.people.models import Organisation, Person, Practitioner
    from nightlight.web import signed_in

    organisation = Organisation.objects.create(code="council", name="Fictional Council", agency="social_care")
    made = [
        Practitioner.objects.make(username=f"p{n}", name=f"Person {n}", role="social_worker", organisation=organisation)
        for n in range(people)
    ]
    child = Person.objects.create(given="Wren", family="Alder", is_child=True, created=NOW)
    AuditEvent.objects.create(at=NOW, by="p0", act="person.found", child=child.id)
    asked = [Invitation(person.username, "social_care") for person in made]
    meeting = meetings.call(
        by=made[0], kind="initial_conference", children=[child.id], why="Benchmark.", key="b", chair="p0", asked=asked,
        now=NOW,
    )  # fmt: skip
    assert signed_in.KEPT  # imported, it keeps the row of a sign-in, without which a session is none
    sessions = []
    for person in made:
        client = Client()
        client.force_login(person)
        sessions.append((person.username, client.cookies["sessionid"].value))
    return sessions, str(meeting)


def _serve(port: int) -> subprocess.Popen[bytes]:
    code = f"import sys; from nightlight.cli.main import main; sys.exit(main(['serve', '--port', '{port}']))"
    return subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "NIGHTLIGHT_HOSTS": "127.0.0.1"})


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/sign-in")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


# -- one run


class Run:
    """Everybody types; everybody hears, by their stream or by asking."""

    def __init__(
        self, port: int, meeting: str, sessions: list[tuple[str, str]], seconds: int, poll: float = 0.0
    ) -> None:
        self.port, self.meeting, self.sessions, self.seconds, self.poll = port, meeting, sessions, seconds, poll
        self.sent: dict[str, float] = {}
        self.saved: dict[str, float] = {}
        self.seen: dict[str, list[float]] = {}
        self.pages: list[float] = []
        self.failed = 0
        self.asked = 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.ready = threading.Semaphore(0)

    def go(self) -> dict[str, Any]:
        hear = self._ask_again if self.poll else self._hear
        threads = [threading.Thread(target=hear, args=each, daemon=True) for each in self.sessions]
        for thread in threads:
            thread.start()
        for _ in threads:
            if not self.ready.acquire(timeout=30):
                raise SystemExit("a stream did not open")
        typing = [threading.Thread(target=self._type, args=each, daemon=True) for each in self.sessions]
        typing.append(threading.Thread(target=self._look_around, daemon=True))
        for thread in typing:
            thread.start()
        time.sleep(self.seconds)
        self.stopping.set()
        for thread in typing:
            thread.join(10)
        time.sleep(2)
        return self._figures()

    def _figures(self) -> dict[str, Any]:
        with self.lock:
            late = [at - self.saved[mark] for mark, ats in self.seen.items() if mark in self.saved for at in ats]
            whole = [at - self.sent[mark] for mark, ats in self.seen.items() for at in ats]
            wanted = len(self.saved) * (len(self.sessions) - 1)
            return {
                "saves": len(self.saved), "seen": len(late), "of": wanted, "failed": self.failed,
                "saved_to_seen": _ms([max(each, 0.0) for each in late]), "sent_to_seen": _ms(whole),
                "save": _ms([self.saved[m] - self.sent[m] for m in self.saved]), "page": _ms(self.pages),
                "questions": self.asked,
            }  # fmt: skip

    def _type(self, name: str, session: str) -> None:
        rng = random.Random(name)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        place = f"danger:{uuid4()}"
        time.sleep(rng.random() * PAUSE)
        sequence = time.time_ns() // 1_000_000
        while not self.stopping.is_set():
            sequence += 1
            mark = uuid4().hex
            with self.lock:
                self.sent[mark] = time.perf_counter()
            kept = self._post(connection, session, {"place": place, "sequence": str(sequence), "what": mark})
            with self.lock:
                if kept:
                    self.saved[mark] = time.perf_counter()
                else:
                    self.failed += 1
            self.stopping.wait(PAUSE * (0.8 + 0.4 * rng.random()))

    def _post(self, connection: http.client.HTTPConnection, session: str, fields: dict[str, str]) -> bool:
        token = "a" * 32
        body = urlencode({**fields, "csrfmiddlewaretoken": token})
        headers = {
            "Cookie": f"sessionid={session}; csrftoken={token}", "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        for _ in range(2):  # as a browser does where the server has closed a connection that it kept
            try:
                connection.request("POST", f"/meetings/{self.meeting}/drafts", body, headers)
                answer = connection.getresponse()
                return answer.status == 200 and json.loads(answer.read())["kept"]
            except (OSError, http.client.HTTPException):
                connection.close()
        return False

    def _hear(self, name: str, session: str) -> None:
        first = True
        while not self.stopping.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request("GET", f"/meetings/{self.meeting}/stream", headers={"Cookie": f"sessionid={session}"})
            answer = connection.getresponse()
            for line in answer:
                if first and b"event: ready" in line:
                    self.ready.release()
                    first = False
                if line.startswith(b"data: ") and b'"place"' in line:
                    self._saw(json.loads(line[6:])["content"]["what"])
            time.sleep(0.5)

    def _ask_again(self, name: str, session: str) -> None:
        """The polling peer: a stream's beginning holds all that is being typed, so it is asked for and let go."""
        last: dict[str, int] = {}
        self.ready.release()
        time.sleep(random.random() * self.poll)
        while not self.stopping.is_set():
            asked = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                connection.request(
                    "GET", f"/meetings/{self.meeting}/stream", headers={"Cookie": f"sessionid={session}"}
                )
                for line in connection.getresponse():
                    if line.startswith(b"data: ") and b'"place"' in line:
                        draft = json.loads(line[6:])
                        if last.get(draft["place"], 0) < draft["sequence"]:
                            last[draft["place"]] = draft["sequence"]
                            self._saw(draft["content"]["what"])
                    elif b"event: ready" in line:
                        break
            except (OSError, http.client.HTTPException):
                self.failed += 1
            connection.close()
            self.asked += 1
            self.stopping.wait(max(self.poll - (time.perf_counter() - asked), 0.0))

    def _saw(self, mark: str) -> None:
        at = time.perf_counter()
        with self.lock:
            if mark in self.sent:
                self.seen.setdefault(mark, []).append(at)

    def _look_around(self) -> None:
        """Somebody else opens a page, ten times a second."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        cookie = {"Cookie": f"sessionid={self.sessions[0][1]}"}
        while not self.stopping.wait(0.1):
            began = time.perf_counter()
            try:
                connection.request("GET", "/notices", headers=cookie)
                connection.getresponse().read()
                self.pages.append(time.perf_counter() - began)
            except (OSError, http.client.HTTPException):
                connection.close()
                self.failed += 1


def _ms(seconds: list[float]) -> dict[str, float]:
    found = sorted(seconds)
    if not found:
        return {}
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    figures = {name: round(1000 * found[min(int(len(found) * part), len(found) - 1)], 1) for name, part in at.items()}
    return {**figures, "worst": round(1000 * found[-1], 1)}


if __name__ == "__main__":
    main()
