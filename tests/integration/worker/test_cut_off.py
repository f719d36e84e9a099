"""A worker that loses its connections, as when the database restarts, goes on by itself; and it ends when told."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from support.many_duties import a_rota, open_duties

from nightlight.store.duties.models import DutyEvent, WorkerBeat


def wait_for(done, seconds=180):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_worker_cut_off_from_the_database_goes_on_and_ends_when_told(database_url):
    a_rota()
    command = [Path(sys.executable).with_name("nightlight"), "worker"]
    environment = {**os.environ, "NIGHTLIGHT_DATABASE_URL": database_url}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as worker:
        try:
            wait_for(lambda: WorkerBeat.objects.count() >= 3)
            assert _cut_off() >= 3
            open_duties(1, due=lambda n: datetime.now(UTC) + timedelta(seconds=1))
            wait_for(DutyEvent.objects.filter(kind="Lapsed").exists)
        finally:
            worker.terminate()
        said = worker.communicate(timeout=60)[1]
    assert worker.returncode == 0
    assert "the database is away" in said
    assert not WorkerBeat.objects.filter(ended__isnull=True).exists()


def _cut_off():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        return cursor.fetchone()[0]
