"""Two sources and a hub: real processes, real HTTP, a PostgreSQL each; through outages, in order, nothing doubled."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from support.deliveries import NHS_ONE, entry, person, record, take_in
from support.sources import Source, agree

from nightlight.actions.demo.staff import make_people
from nightlight.actions.sharing import asking as sharing
from nightlight.domain.pointers import ERASED
from nightlight.domain.sharing.vocabulary import Harm
from nightlight.store.audit.models import AuditEvent
from nightlight.store.chronology.models import EntryRow, FiringRow
from nightlight.store.duties.models import DutyNow
from nightlight.store.people.models import Person, Practitioner
from nightlight.store.sharing.models import DisclosedItem, Disclosure, ItemChange, SharingDecision
from nightlight.store.source.models import ReceivedEvent

SUPPORT = Path(__file__).parents[2]
START = "import sys; from nightlight.cli.main import main; sys.exit(main(sys.argv[1:]))"


class Wire:
    """What lies between the sources and the hub, and fails as it is told.

    well: all passes. down: nothing does. lost: the hub does what it is asked, and its answer never comes back. held:
    the same, and the answer is on its way until the source is gone.
    """

    def __init__(self, to: int) -> None:
        self.to, self.how, self.passed = to, "well", []
        self.held, self.let_go = threading.Event(), threading.Event()
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                wire.pass_on(self, self.rfile.read(int(self.headers["content-length"])))

            def do_GET(self) -> None:
                wire.pass_on(self, None)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def pass_on(self, asked: BaseHTTPRequestHandler, body: bytes | None) -> None:
        asked.close_connection = True
        if self.how == "down":
            return
        line = http.client.HTTPConnection("127.0.0.1", self.to, timeout=60)
        line.request(asked.command, asked.path, body, dict(asked.headers))
        answer = line.getresponse()
        said = answer.read()
        line.close()
        self.passed.append((asked.command, answer.status, body))
        if self.how != "well" and asked.command == "POST":
            if self.how == "held":
                self.held.set()
                self.let_go.wait(60)
            return
        asked.send_response(answer.status)
        for name in ("Content-Type", "Nightlight-Expected"):
            if name in answer.headers:
                asked.send_header(name, answer.headers[name])
        asked.send_header("Content-Length", str(len(said)))
        asked.end_headers()
        asked.wfile.write(said)

    def close(self) -> None:
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()


class Process:
    """A source's own machine."""

    def __init__(self, url: str, wire: Wire, source: Source) -> None:
        self.environment = {
            **os.environ, "NIGHTLIGHT_DATABASE_URL": url, "PYTHONPATH": str(SUPPORT), "NIGHTLIGHT_DEBUG": "0",
            "NIGHTLIGHT_SOURCE_HUB": f"http://127.0.0.1:{wire.port}", "NIGHTLIGHT_SOURCE_KEY": source.bearer,
            "NIGHTLIGHT_SOURCE_SECRET": source.secret, "NIGHTLIGHT_SOURCE_ORGANISATION": source.organisation,
            "NIGHTLIGHT_SOURCE_CONTACT": f"{source.organisation}, 01632 960 333",
        }  # fmt: skip
        self.organisation = source.organisation
        self.begin()

    def begin(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "support.source_process"], env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def tell(self, **said: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(said) + "\n")
        self.process.stdin.flush()

    def wait(self) -> tuple[int, str]:
        """The exit code, and what it printed."""
        assert self.process.stdout
        said = []
        for line in self.process.stdout:
            if line.startswith("done "):
                return int(line.split()[1]), "".join(said)
            said.append(line)
        pytest.fail(f"the source ended: {''.join(said)}")

    def do(self, what: str, **how: Any) -> None:
        self.tell(do=what, **{"with": {"organisation": self.organisation, **how}})
        self.wait()

    def run(self, *words: str) -> tuple[int, str]:
        self.tell(run=words)
        return self.wait()

    def status(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.run("source", "status", "--json")[1])
        return said

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream
            stream.close()


class World:
    """A hub that is served, the wire to it, and two sources."""

    def __init__(self, cluster: Any, folder: Path) -> None:
        take_in(
            record("p", entry("police.missing", 1, "p1"), people=[person("p1", given="Robin", nhs_number=NHS_ONE)]),
            agency="police", organisation="force-1", now=datetime.now(UTC),
        )  # fmt: skip
        make_people([("school-1", "School", "education"), ("ward-1", "Ward", "health.hospital")], now=datetime.now(UTC))
        agree("school-1", "ward-1")
        sources = [Source("school-1", "education"), Source("ward-1", "health.hospital")]
        self.database = connection.settings_dict["NAME"]
        urls = [self._database_beside(cluster) for _ in sources]
        self._serve(cluster.url(self.database))
        self.wire = Wire(self.port)
        self.school, self.ward = (Process(url, self.wire, each) for url, each in zip(urls, sources, strict=True))

    def _database_beside(self, cluster: Any) -> str:
        name = f"source_{uuid.uuid4().hex[:8]}"
        connection.close()
        with cluster.as_superuser("postgres") as outside:
            outside.autocommit = True
            # An earlier test's listener may still be there, and a template is nobody's while it is copied.
            outside.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (self.database,)
            )
            outside.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.database}" OWNER nightlight')
        url = str(cluster.url(name))
        self.names = [*getattr(self, "names", []), name]
        self._empty(cluster, name)
        return url

    def _empty(self, cluster: Any, name: str) -> None:
        """A copy of the hub's tables, with nothing of the hub's in them."""
        kept = ("django_migrations", "django_content_type", "auth_permission", "access_allowed", "access_laid",
                "access_signing", "audit_keyinuse")  # fmt: skip
        tables = [each for each in connection.introspection.table_names() if each not in kept]
        with cluster.as_superuser(name) as inside:
            inside.execute("SET session_replication_role = replica")
            inside.execute(f"TRUNCATE {', '.join(tables)}")

    def _serve(self, url: str) -> None:
        with socket.socket() as tried:
            tried.bind(("127.0.0.1", 0))
            self.port = tried.getsockname()[1]
        environment = {**os.environ, "NIGHTLIGHT_DATABASE_URL": url, "NIGHTLIGHT_HOSTS": "127.0.0.1"}
        command = [sys.executable, "-c", START, "serve", "--port", str(self.port), "--workers", "1", "--threads", "4"]
        self.hub = subprocess.Popen(command, env=environment)
        for _ in range(1200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        pytest.fail("the hub did not start")

    def close(self, cluster: Any) -> None:
        self.wire.close()
        for each in (self.school, self.ward):
            if each.process.poll() is None:
                each.kill()
        self.hub.terminate()
        self.hub.wait(60)
        with cluster.as_superuser("postgres") as outside:
            outside.autocommit = True
            for name in self.names:
                outside.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def world(transactional_db: None, cluster: Any, tmp_path: Path) -> Iterator[World]:
    made = World(cluster, tmp_path)
    yield made
    made.close(cluster)


def signals(organisation: str) -> list[tuple[int, bool]]:
    rows = EntryRow.objects.filter(kind="signal.fired", organisation=organisation).order_by("version")
    return [(row.version, row.retracts) for row in rows]


def test_two_sources_and_a_hub_through_outages_in_order_with_nothing_doubled(world: World) -> None:
    pointers_wait_while_the_hub_is_down_and_then_arrive(world)
    an_answer_that_was_lost_is_asked_for_again_and_nothing_is_doubled(world)
    a_source_killed_between_the_hubs_commit_and_its_answer_goes_on_where_it_was(world)
    the_hubs_indicator_across_agencies_counts_the_pointers(world)
    content_follows_only_what_was_decided(world)
    what_was_given_is_corrected_where_it_went(world)
    what_the_source_erased_is_withdrawn_where_it_went(world)
    a_hub_that_is_told_again_takes_nothing_twice(world)
    everything_came_once_and_in_order(world)


def pointers_wait_while_the_hub_is_down_and_then_arrive(world: World) -> None:
    world.school.do("school_log")
    world.wire.how = "down"
    code, said = world.school.run("source", "send")
    assert (code, "the hub was not reached" in said) == (8, True)
    assert world.school.status()["waiting"] == 1
    assert signals("school-1") == []
    world.wire.how = "well"
    assert world.school.run("source", "send")[0] == 0
    assert (world.school.status()["waiting"], signals("school-1")) == (0, [(1, False)])


def an_answer_that_was_lost_is_asked_for_again_and_nothing_is_doubled(world: World) -> None:
    world.ward.do("injury")
    world.wire.how = "lost"
    assert world.ward.run("source", "send")[0] == 8
    assert signals("ward-1") == [(1, False)]
    world.wire.how = "well"
    assert world.ward.run("source", "send")[0] == 0
    assert signals("ward-1") == [(1, False)]
    assert [status for command, status, _ in world.wire.passed if command == "POST"][-2:] == [201, 200]


def a_source_killed_between_the_hubs_commit_and_its_answer_goes_on_where_it_was(world: World) -> None:
    """It is the withdrawal that is under way; what follows must not come before it."""
    world.ward.do("injury", explanation="suitable")
    world.wire.how = "held"
    world.ward.tell(run=["source", "send"])
    assert world.wire.held.wait(60)
    world.ward.kill()
    world.wire.let_go.set()
    assert signals("ward-1") == [(1, False), (2, True)]
    world.wire.how = "well"
    world.ward.begin()
    world.ward.do("injury")
    assert world.ward.run("source", "send")[0] == 0
    events = ReceivedEvent.objects.filter(organisation="ward-1").order_by("sequence")
    assert [each.type.rpartition(".")[2] for each in events] == ["fired", "withdrawn", "fired"]
    assert [each.sequence for each in events] == [1, 2, 3]


def the_hubs_indicator_across_agencies_counts_the_pointers(world: World) -> None:
    child = Person.objects.get(is_child=True)
    spans = FiringRow.objects.filter(child=child.id, indicator="convergence.three_agencies").order_by("starts")
    (_before_the_withdrawal, firing) = spans
    held = EntryRow.objects.filter(id__in=firing.evidence)
    assert {row.agency for row in held} == {"education", "health.hospital", "police"}
    assert not EntryRow.objects.exclude(kind="police.missing").exclude(kind="signal.fired").exists()


def content_follows_only_what_was_decided(world: World) -> None:
    by, child = Practitioner.objects.get(username="front-door-team-manager"), Person.objects.get(is_child=True)
    ask = sharing.Ask(holder="school-1", harm=Harm.SIGNIFICANT, what="What was logged?", why="To decide today.")
    request = sharing.ask(by=by, child=child.id, ask=ask, key="a", now=datetime.now(UTC))
    assert world.school.run("source", "send")[0] == 0
    assert "waits for somebody here" in world.school.run("source", "requests")[1]
    world.school.do("answer")
    world.wire.how = "lost"
    assert world.school.run("source", "send")[0] == 8
    world.wire.how = "well"
    assert world.school.run("source", "send")[0] == 0
    assert "answered" in world.school.run("source", "requests")[1]
    given = EntryRow.objects.filter(kind="education.concern")
    assert given.count() == 5
    assert {(row.text, tuple(row.attributes)) for row in given} == {("", ("category",))}
    decision = SharingDecision.objects.get(request=request)
    assert (decision.did, decision.organisation) == ("part", "school-1")
    assert Disclosure.objects.get(decision=decision).to_person == by.username
    assert set(DisclosedItem.objects.values_list("entry", flat=True)) == {row.id for row in given}
    assert not DutyNow.objects.filter(question__startswith="sharing:").exclude(status="discharged").exists()
    assert AuditEvent.objects.filter(act="sharing.answered", about=str(request)).count() == 1


def what_was_given_is_corrected_where_it_went(world: World) -> None:
    world.school.do("school_log", category="hygiene")
    assert world.school.run("source", "send")[0] == 0
    newest = EntryRow.objects.filter(kind="education.concern", version=2)
    assert [row.attributes for row in newest] == [{"category": "hygiene"}] * 5
    assert ItemChange.objects.filter(entry__in=[row.id for row in newest], withdrawn=False).count() == 5


def what_the_source_erased_is_withdrawn_where_it_went(world: World) -> None:
    """The pointer and all that was given, in one event that waits through an outage and whose answer is lost."""
    ask = sharing.Ask(holder="school-1", harm=Harm.SIGNIFICANT, what="And since?", why="To decide again.")
    by, child = Practitioner.objects.get(username="front-door-team-manager"), Person.objects.get(is_child=True)
    waits = sharing.ask(by=by, child=child.id, ask=ask, key="b", now=datetime.now(UTC))
    world.school.do("erase")
    world.wire.how = "down"
    assert world.school.run("source", "send")[0] == 8
    assert world.school.status()["waiting"] == 1
    world.wire.how = "lost"
    world.school.run("source", "send")
    world.wire.how = "well"
    assert world.school.run("source", "send")[0] == 0
    assert world.school.status()["waiting"] == 0
    assert left_of("school-1") == []
    assert ItemChange.objects.filter(withdrawn=True, item__disclosure__child=child.id).count() == 5
    assert SharingDecision.objects.get(request=waits).did == "nothing"
    assert not DutyNow.objects.filter(question__startswith="sharing:").exclude(status="discharged").exists()
    assert left_of("ward-1")


def left_of(organisation: str) -> list[str]:
    """The kinds of what an organisation told or gave that is not withdrawn."""
    rows = EntryRow.objects.filter(organisation=organisation)
    gone = set(rows.exclude(supersedes=None).values_list("supersedes", flat=True))
    return [row.kind for row in rows if row.id not in gone and not row.retracts]


def a_hub_that_is_told_again_takes_nothing_twice(world: World) -> None:
    held = EntryRow.objects.count()
    for each in (world.school, world.ward):
        assert each.run("source", "send", "--again")[0] == 0
    assert (EntryRow.objects.count(), left_of("school-1")) == (held, [])
    assert ReceivedEvent.objects.filter(organisation="school-1", type=ERASED).count() == 2


def everything_came_once_and_in_order(world: World) -> None:
    for organisation in ("school-1", "ward-1"):
        numbers = ReceivedEvent.objects.filter(organisation=organisation).order_by("sequence")
        assert [each.sequence for each in numbers] == list(range(1, len(numbers) + 1))
    sent = b"".join(body or b"" for _, _, body in world.wire.passed)
    assert NHS_ONE.encode() not in sent
    assert b"In confidence" not in sent
    assert b"Fictional" not in sent
