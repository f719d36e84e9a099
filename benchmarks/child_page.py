"""How fast a child's page comes: p50 and p95 in milliseconds at 50 requests a second, for 100 and for 3,000 entries.

    python benchmarks/child_page.py [--quick] [--seconds S] [--rate R]

Starts a private PostgreSQL in a scratch folder and gunicorn with two workers, as `nightlight serve` does, both on this
machine and its load too. Requests are sent on time whether or not earlier ones are answered, and each is measured from
when it was due, so that a queue shows. `spread`: each request opens another child of forty, as on an ordinary day.
`one`: all open one child, as on a bad one. `cold`: one at a time, nothing kept from before. The last line is JSON.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ORGANISATIONS = (
    ("school-1", "Fictional School", "education"),
    ("practice-1", "Fictional Surgery", "health.gp"),
    ("hospital-1", "Fictional Hospital", "health.hospital"),
    ("force-1", "Fictional Constabulary", "police"),
    ("council-1", "Fictional Children's Services", "social_care"),
)
KINDS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "education": (
        ("education.register", {"possible": 10, "attended": 9, "late": 1, "authorised": 1, "unauthorised": 0}),
        ("education.concern", {"category": "tired", "observer": "class teacher"}),
        ("voice.words", {"setting": "school"}),
    ),
    "health.gp": (
        ("health.medicine_issued", {"medicine": "reliever", "quantity": 1, "days_supply": 100}),
        ("health.appointment", {"result": "not_brought", "service": "asthma clinic"}),
    ),
    "health.hospital": (("health.emergency_attendance", {"reason": "asthma", "left_before_seen": False}),),
    "police": (("police.welfare_check", {"child_seen": True, "result": "no_concern"}),),
    "social_care": (
        ("social_care.visit", {"child_seen": True, "result": "seen", "seen_alone": False}),
        ("social_care.contact", {"from": "education", "outcome": "information"}),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="ten seconds of load for each figure, not sixty")
    parser.add_argument("--seconds", type=int, help="seconds of load for each figure")
    parser.add_argument("--rate", type=int, default=50, help="requests a second (50)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightlight-bench-") as scratch:
        os.chmod(scratch, 0o711)
        _run(Path(scratch), args.seconds or (10 if args.quick else 60), args.rate)


def _run(scratch: Path, seconds: int, rate: int) -> None:
    from nightlight.config.boot import logins_of
    from nightlight.store.cluster import Cluster

    cluster = Cluster(scratch / "data")
    cluster.start()
    os.environ.update(logins_of(cluster), NIGHTLIGHT_DATA=str(scratch / "data"))
    try:
        hundred, thousands, cookie = _fill()
        figures = _measure(scratch, {100: hundred, 3000: thousands}, cookie, seconds, rate)
    finally:
        cluster.destroy()
    print(json.dumps(figures))


# -- what is looked at


def _fill() -> tuple[list[UUID], list[UUID], str]:
    """Forty children of a hundred entries and four of three thousand; and a session that may see them."""
    from django.core.management import call_command

    from nightlight.config.boot import boot

    boot(tables=False)
    call_command("migrate", verbosity=0)
    from nightlight.actions.demo.staff import make_people
    from nightlight.store.people.models import Practitioner

    make_people(list(ORGANISATIONS), now=NOW - timedelta(days=1))
    hundred = [_child(number, 100) for number in range(40)]
    thousands = [_child(number, 3000) for number in range(40, 44)]
    return hundred, thousands, _session(Practitioner.objects.get(username="front-door-team-manager"))


def _child(number: int, entries: int) -> UUID:
    from nightlight.feeds.records import PersonRecord
    from nightlight.store.people.models import SourcePerson
    from nightlight.timeline.partial import Partial

    who = PersonRecord(
        source_id=f"child-{number}",
        role="child",
        given="Bench",
        family=f"Fictional {number}",
        born=Partial.parse(f"2016-{number % 12 + 1:02}-{number % 27 + 1:02}"),
        nhs_number=_nhs_number(number),
    )
    rng = Random(number)
    for organisation, _, agency in ORGANISATIONS:
        _deliver(organisation, agency, who, entries // len(ORGANISATIONS), rng)
    return SourcePerson.objects.get(source_id=who.source_id, organisation="school-1").person_id


def _deliver(organisation: str, agency: str, who: Any, many: int, rng: Random) -> None:
    import io

    from nightlight.actions.intake.ingest import deliver_stream
    from nightlight.feeds.records import EntryRecord, Feed, FeedContext, Record, SubjectRecord
    from nightlight.timeline.partial import Partial

    def record(number: int) -> Record:
        kind, attributes = rng.choice(KINDS[agency])
        at = NOW - timedelta(hours=rng.uniform(24, 24 * 365 * 4))
        stated = EntryRecord(
            kind=kind,
            subjects=(SubjectRecord(who.source_id),),
            occurred=Partial.day(at.date()),
            recorded=at + timedelta(hours=20),
            attributes=attributes,
            words="I was too tired to play." if kind == "voice.words" else "",
            text="What was seen, by whom, and what was said, in a sentence or two as people write them.",
        )
        name = f"{who.source_id}-{agency}-{number}"
        return Record(position=name, record_id=name, raw=name.encode(), people=(who,), entries=(stated,))

    records = [record(number) for number in range(many)]
    feed = Feed(name="bench", title="Bench", agency=agency, read=lambda *_: iter(records), suffixes=(".none",))
    context = FeedContext(agency=agency, organisation=organisation, system=organisation, now=NOW, file_name="bench")
    deliver_stream(feed=feed, stream=io.BytesIO(), context=context, by="benchmark")


def _nhs_number(number: int) -> str:
    """A number of the range that is never issued, with its check digit."""
    for last in range(number * 11, number * 11 + 11):
        nine = f"9990{last:05}"
        check = 11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return f"{nine}{0 if check == 11 else check}"
    raise AssertionError("eleven numbers in a row without a check digit")


def _session(practitioner: Any) -> str:
    from django.test import Client

    from nightlight.web import signed_in  # keeps the row of the sign-in, without which a session is none

    assert signed_in.KEPT
    client = Client()
    client.force_login(practitioner)
    return f"sessionid={client.cookies['sessionid'].value}"


# -- the load


def _measure(
    scratch: Path, children: dict[int, list[UUID]], cookie: str, seconds: int, rate: int
) -> dict[str, dict[str, float]]:
    figures = {}
    for entries, ids in children.items():
        for name, wanted, at in (("cold", ids, 0), ("spread", ids, rate), ("one", ids[:1], rate)):
            with _Server(scratch) as port:
                if at:
                    _send(port, cookie, wanted, 2, 10)
                took = _send(port, cookie, wanted, seconds, at) if at else _one_by_one(port, cookie, wanted)
            figures[f"{entries}_{name}"] = _figure(took)
            print(f"{entries} entries, {name}: {figures[f'{entries}_{name}']}", file=sys.stderr)
    return figures


class _Server:
    """Gunicorn with two workers, on a port that is free."""

    def __init__(self, scratch: Path) -> None:
        self.log = scratch / "gunicorn.log"

    def __enter__(self) -> int:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        command = [
            sys.executable, "-m", "gunicorn", "--workers=2", "--threads=4", "--no-control-socket",
            f"--bind=127.0.0.1:{port}", "nightlight.config.wsgi:application",
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stderr=self.log.open("ab"))
        for _ in range(150):
            try:
                _get(port, "/sign-in", "")
                return port
            except OSError:
                time.sleep(0.1)
        raise SystemExit("gunicorn did not answer within 15 seconds:\n" + self.log.read_text()[-2000:])

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def _get(port: int, path: str, cookie: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Cookie": cookie})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def _send(port: int, cookie: str, children: list[UUID], seconds: int, rate: int) -> list[float]:
    """Milliseconds from when each request was due until all of its answer had come."""
    began = time.perf_counter() + 0.2

    def one(number: int) -> float:
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        status = _get(port, f"/children/{children[number % len(children)]}", cookie)
        if status != 200:
            raise SystemExit(f"a child's page answered {status}")
        return (time.perf_counter() - due) * 1000

    with ThreadPoolExecutor(max_workers=64) as pool:
        return list(pool.map(one, range(seconds * rate)))


def _one_by_one(port: int, cookie: str, children: list[UUID]) -> list[float]:
    """Milliseconds for the first view of each child by a worker that has seen none of them."""
    _get(port, "/duties", cookie)
    took = []
    for child in children:
        began = time.perf_counter()
        _get(port, f"/children/{child}", cookie)
        took.append((time.perf_counter() - began) * 1000)
    return took


def _figure(took: list[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {
        "requests": len(ordered),
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
        "max_ms": round(ordered[-1], 1),
    }


if __name__ == "__main__":
    main()
