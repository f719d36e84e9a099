"""A dead worker is noticed: by the others, and by whatever asks `/health`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from support.many_duties import open_duties

from nightlight.actions.watching import clockwork
from nightlight.store.audit.models import AuditEvent
from nightlight.store.duties.models import Notice

pytestmark = pytest.mark.django_db


def now():
    return datetime.now(UTC)


def beat(ago=0.0, worker="w1"):
    clockwork.beat(worker=worker, part="clocks", now=now() - timedelta(seconds=ago))


def ask(client):
    answer = client.get("/health")
    return answer.status_code, answer.json()


def test_no_worker_ever_is_not_well(client):
    code, said = ask(client)
    assert (code, said["status"]) == (503, "no worker")


def test_worker_that_beats_is_well(client):
    beat()
    code, said = ask(client)
    assert (code, said["status"]) == (200, "well")
    assert said["worker_seconds_since_beat"] < 5


def test_worker_that_stopped_beating_is_not_well(client):
    beat(ago=61)
    assert ask(client)[0] == 503


def test_worker_that_said_it_ended_is_no_worker(client):
    beat()
    clockwork.end(worker="w1", now=now())
    assert ask(client)[1]["status"] == "no worker"


def test_edge_that_nobody_answers_is_late_though_a_worker_beats(client):
    beat()
    open_duties(1, due=lambda n: now() - timedelta(minutes=10))
    code, said = ask(client)
    assert (code, said["status"]) == (503, "late")
    assert said["oldest_overdue_edge_seconds"] >= 600


def test_database_that_is_away_is_an_answer_too(client):
    with mock.patch("nightlight.web.views.health.standing", side_effect=OperationalError):
        assert ask(client) == (503, {"status": "database away", "database": False})


def test_dead_worker_is_noticed_by_another_once():
    beat(ago=61, worker="gone")
    beat(worker="here")
    assert clockwork.notice_dead(now=now()) == ["gone"]
    assert clockwork.notice_dead(now=now()) == []
    assert AuditEvent.objects.get(act="worker.died").about == "gone"
    assert Notice.objects.get(why="worker").person == "operator"


def test_worker_that_comes_back_is_a_worker_again():
    beat(ago=61, worker="gone")
    clockwork.notice_dead(now=now())
    beat(worker="gone")
    assert clockwork.standing(now=now()).alive
