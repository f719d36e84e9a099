"""The loop of a worker: how long it sleeps, and that no error of a part ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from nightlight.actions.watching import clockwork
from nightlight.store import waking
from nightlight.worker import loop
from nightlight.worker.loop import Worker, seconds_until, worker_name

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("edge", "seconds"),
    [
        (None, 15.0),
        (NOW + timedelta(seconds=3), 3.0),
        (NOW + timedelta(days=1), 15.0),
        (NOW - timedelta(hours=1), 0.0),
    ],
)
def test_sleep_is_until_the_edge_and_bounded(edge, seconds):
    assert seconds_until(edge, NOW) == seconds


def test_no_two_workers_have_the_same_name():
    assert worker_name() != worker_name()


class Part:
    """Does its errors first, then tells its worker to stop."""

    name, channel = "clocks", "c"

    def __init__(self, *errors):
        self.errors, self.worked = list(errors), 0

    def work(self, now):
        if self.errors:
            raise self.errors.pop(0)
        self.worked += 1
        self.worker.stop()
        return False

    def next_edge(self, now):
        return None


@pytest.fixture
def quiet(monkeypatch):
    """No database: the loop alone."""
    monkeypatch.setattr(waking, "listen", lambda channel: None)
    monkeypatch.setattr(waking, "wait", lambda seconds: False)
    monkeypatch.setattr(clockwork, "database_time", lambda: NOW)
    monkeypatch.setattr(clockwork, "beat", lambda **_: None)
    monkeypatch.setattr(loop, "LONGEST_BACKOFF", 0.01)


def test_error_of_any_kind_is_said_by_its_kind_and_tried_again(quiet):
    said = []
    part = Part(OperationalError("password=secret"), ValueError("a child's name"))
    worker = part.worker = Worker([part], said.append)
    worker.run_part(part)
    assert part.worked == 1
    assert "the database is away (OperationalError)" in said[0]
    assert "an error in Nightlight itself (ValueError)" in said[1]
    assert "secret" not in "".join(said)
    assert "child" not in "".join(said)
