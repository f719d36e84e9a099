"""Real processes: several workers on a real PostgreSQL, killed at random while duties fall due.

Nothing is lost and nothing doubled. A thousand duties here; with NIGHTLIGHT_TEST_DUTIES=10000 it is the whole proof.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from support.many_duties import a_rota, open_duties

from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import DutyEvent, DutyNow, Notice

WORKERS = 3
KILLS = 12


@pytest.mark.django_db(transaction=True)
def test_workers_killed_at_random_lose_and_double_nothing(database_url):
    count = int(os.environ.get("NIGHTLIGHT_TEST_DUTIES", "1000"))
    a_rota()
    now = datetime.now(UTC)
    spread = max(6.0, count / 500)
    ids = open_duties(count, due=lambda n: now + timedelta(seconds=4 + spread * n / count))
    _with_workers_that_are_killed(database_url, until=lambda: _lapsed() == count)
    _everything_happened_once(ids)


def _with_workers_that_are_killed(url, until):
    chance = random.Random(20)
    workers = [_worker(url) for _ in range(WORKERS)]
    kills, end = 0, time.monotonic() + 500
    try:
        while not (until() and kills >= KILLS):
            assert time.monotonic() < end, f"{_lapsed()} lapsed after {kills} kills"
            time.sleep(chance.uniform(0.1, 0.9))
            if kills < KILLS:
                victim = chance.randrange(WORKERS)
                workers[victim].send_signal(signal.SIGKILL)
                workers[victim].wait()
                workers[victim] = _worker(url)
                kills += 1
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            assert worker.wait(180) in (0, -signal.SIGTERM)  # one that had only just begun has no handler yet


def _worker(url):
    command = [Path(sys.executable).with_name("nightlight"), "worker"]
    return subprocess.Popen(command, env={**os.environ, "NIGHTLIGHT_DATABASE_URL": url}, stderr=subprocess.DEVNULL)


def _lapsed():
    return DutyEvent.objects.filter(kind="Lapsed").count()


def _everything_happened_once(ids):
    kinds = Counter(DutyEvent.objects.values_list("duty", "kind"))
    assert kinds == {(id_, kind): 1 for id_ in ids for kind in ("Raised", "Lapsed", "Climbed")}
    assert Notice.objects.filter(why="lapsed").count() == Notice.objects.filter(why="climbed").count() == len(ids)
    acts = Counter(AuditEvent.objects.filter(act__startswith="duty.").values_list("act", flat=True))
    assert acts == {"duty.lapsed": len(ids), "duty.climbed": len(ids)}
    assert not DutyNow.objects.exclude(owner="line-manager").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM duties_dutynow WHERE next_edge <= clock_timestamp()")
        assert cursor.fetchone()[0] == 0
